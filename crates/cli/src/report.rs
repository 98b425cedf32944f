//! What was redacted, as a table.

use prestop::scrub::Tally;

/// The lines of a table by label, most frequent first, and the sum.
pub fn table(tally: &Tally) -> Vec<String> {
    let mut rows: Vec<(&str, u64)> =
        tally.redactions().iter().map(|(label, count)| (label.as_str(), *count)).collect();
    rows.sort_by_key(|&(label, count)| (std::cmp::Reverse(count), label));
    let sum = rows.iter().map(|(_, count)| count).sum();
    rows.push(("redacted", sum));
    if tally.dropped() > 0 {
        rows.push(("dropped", tally.dropped()));
    }
    let width = rows.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    rows.iter().map(|(label, count)| format!("{label:<width$}  {count:>7}")).collect()
}

/// `PASSWORD 2, TOKEN 1`, or `none`.
pub fn phrase<'a>(counts: impl IntoIterator<Item = (&'a String, &'a u64)>) -> String {
    let mut counts: Vec<(&String, &u64)> = counts.into_iter().collect();
    counts.sort_by_key(|&(label, count)| (std::cmp::Reverse(count), label));
    if counts.is_empty() {
        return "none".to_owned();
    }
    counts.iter().map(|(label, count)| format!("{label} {count}")).collect::<Vec<_>>().join(", ")
}
