//! Reports of what was redacted.

use prestop::scrub::Tally;

/// Returns the labels with their counts, the highest count first.
pub fn most_frequent_first<'a>(
    counts: impl IntoIterator<Item = (&'a String, &'a u64)>,
) -> Vec<(&'a str, u64)> {
    let mut counts: Vec<(&str, u64)> =
        counts.into_iter().map(|(label, count)| (label.as_str(), *count)).collect();
    counts.sort_by_key(|&(label, count)| (std::cmp::Reverse(count), label));
    counts
}

/// Returns the lines of a table of labels, most frequent first, followed by the sum.
pub fn table(tally: &Tally) -> Vec<String> {
    let mut rows = most_frequent_first(tally.redactions());
    let sum = rows.iter().map(|(_, count)| count).sum();
    rows.push(("redacted", sum));
    if tally.dropped() > 0 {
        rows.push(("dropped", tally.dropped()));
    }
    let width = rows.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    rows.iter().map(|(label, count)| format!("{label:<width$}  {count:>7}")).collect()
}

/// Returns `PASSWORD 2, TOKEN 1`, or `none`.
pub fn phrase<'a>(counts: impl IntoIterator<Item = (&'a String, &'a u64)>) -> String {
    let counts = most_frequent_first(counts);
    if counts.is_empty() {
        return "none".to_owned();
    }
    counts.iter().map(|(label, count)| format!("{label} {count}")).collect::<Vec<_>>().join(", ")
}
