//! How far each rule has read into a text, so that no rule reads the same bytes again and again.
//!
//! A rule is tried at each of its keywords. Where keywords are dense and none begins a match, each try would
//! read what the try before has read. After a few such failures a single search looks ahead for the next
//! match, and no keyword before that is tried.

/// The number of failed tries in text that was read before, after which a search looks ahead.
const MAX_FAILURES: u32 = 4;
/// The length from which a match counts as long, in bytes, and how many overlapping long matches are rejected
/// before the next is accepted.
const LONG: usize = 64;
const MAX_REJECTIONS: u32 = 8;
/// Few texts need more rules than this; up to this number they are found by linear search, without a table.
const MAX_LINEAR: usize = 12;

/// What has been searched, by rule.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Up to where the parser of assignments has read.
    pub(super) assignments: usize,
    list: Vec<Searched>,
    /// For each rule its index in `list` plus one, or 0 if it is not in the list; empty while the list is
    /// short.
    places: Vec<u32>,
}

/// How far a rule has read.
#[derive(Clone, Copy, Debug, Default)]
struct Searched {
    rule: usize,
    /// The next match begins here or later.
    min_start: usize,
    /// No keyword before this has a match.
    no_match_before: usize,
    /// How far failed tries have read, and how many of them in a row began in text that was read before.
    failed_until: usize,
    failures: u32,
    /// How far rejected matches have read, how many of them overlap in a row, and where the secret of the
    /// first one begins.
    rejected_until: usize,
    rejections: u32,
    first_rejected: usize,
}

impl Progress {
    /// Forgets everything, for the next text.
    pub(super) fn clear(&mut self) {
        self.assignments = 0;
        for searched in self.list.drain(..) {
            if let Some(place) = self.places.get_mut(searched.rule) {
                *place = 0;
            }
        }
    }

    /// The lowest offset at which the next match of a rule may begin.
    pub(super) fn min_start(&self, rule: usize) -> usize {
        self.get(rule).map_or(0, |searched| searched.min_start)
    }

    /// Whether a keyword can be skipped: it is in a match, or is known to have none.
    pub(super) fn is_done(&self, rule: usize, keyword: usize) -> bool {
        self.get(rule).is_some_and(|searched| keyword < searched.min_start.max(searched.no_match_before))
    }

    /// Whether earlier tries have read the text at this keyword too, and have failed repeatedly.
    pub(super) fn keeps_failing(&self, rule: usize, keyword: usize) -> bool {
        self.get(rule)
            .is_some_and(|searched| searched.failures >= MAX_FAILURES && keyword < searched.failed_until)
    }

    /// Records that a match ends at `end`, or that everything before it was searched. `rules` is the number
    /// of rules.
    pub(super) fn set_min_start(&mut self, rule: usize, end: usize, rules: usize) {
        self.of(rule, rules).min_start = end;
    }

    /// Records that no keyword before `end` has a match, according to a search that read up to `read`.
    pub(super) fn note_no_match(&mut self, rule: usize, end: usize, read: usize, rules: usize) {
        let searched = self.of(rule, rules);
        searched.no_match_before = searched.no_match_before.max(end);
        searched.failed_until = searched.failed_until.max(read);
    }

    /// Records a failed try at `keyword` that read up to `end`.
    pub(super) fn note_failure(&mut self, rule: usize, keyword: usize, end: usize, rules: usize) {
        let searched = self.of(rule, rules);
        searched.failures =
            if keyword < searched.failed_until { searched.failures.saturating_add(1) } else { 0 };
        searched.failed_until = searched.failed_until.max(end);
    }

    /// Records a rejected match from `start` to `end` whose secret begins at `secret`. If too many rejected
    /// long matches overlap, this one is accepted nevertheless, so that reading them ends, and the offset
    /// where the first of their secrets begins is returned. All of them are redacted together, so that a
    /// later pass finds nothing in what is left.
    pub(super) fn force_accept(
        &mut self,
        rule: usize,
        (start, end): (usize, usize),
        secret: usize,
        rules: usize,
    ) -> Option<usize> {
        if end - start < LONG {
            return None;
        }
        let searched = self.of(rule, rules);
        if start >= searched.rejected_until {
            (searched.rejections, searched.first_rejected) = (0, secret);
        } else {
            searched.rejections += 1;
        }
        searched.rejected_until = searched.rejected_until.max(end);
        (searched.rejections > MAX_REJECTIONS).then_some(searched.first_rejected)
    }

    fn get(&self, rule: usize) -> Option<&Searched> {
        self.list.get(self.place(rule)?)
    }

    fn of(&mut self, rule: usize, rules: usize) -> &mut Searched {
        let place = self.place(rule).unwrap_or_else(|| {
            self.list.push(Searched { rule, ..Searched::default() });
            self.index(rules);
            self.list.len() - 1
        });
        &mut self.list[place]
    }

    /// The index of a rule in the list.
    fn place(&self, rule: usize) -> Option<usize> {
        if self.list.len() <= MAX_LINEAR {
            return self.list.iter().position(|searched| searched.rule == rule);
        }
        self.places.get(rule)?.checked_sub(1).map(|place| place as usize)
    }

    /// Records the index of the last rule in the table, once the list is not short.
    fn index(&mut self, rules: usize) {
        if self.list.len() <= MAX_LINEAR {
            return;
        }
        if self.places.is_empty() {
            self.places.resize(rules, 0);
        }
        let from = if self.list.len() == MAX_LINEAR + 1 { 0 } else { self.list.len() - 1 };
        for (place, searched) in self.list.iter().enumerate().skip(from) {
            self.places[searched.rule] = u32::try_from(place + 1).expect("there are fewer rules than that");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_told_for_each_rule() {
        let mut progress = Progress::default();
        assert!(!progress.is_done(1, 0) && progress.min_start(1) == 0);
        progress.set_min_start(1, 10, 3);
        progress.note_no_match(2, 20, 20, 3);
        assert!(progress.is_done(1, 9) && !progress.is_done(1, 10) && !progress.is_done(0, 0));
        assert!(progress.is_done(2, 19) && progress.min_start(2) == 0);
        progress.clear();
        assert!(!progress.is_done(1, 0) && !progress.is_done(2, 0));
    }

    #[test]
    fn many_rules_are_told_apart_as_few_are() {
        let mut progress = Progress::default();
        for round in 0..2 {
            for rule in 0..40 {
                assert_eq!(progress.min_start(rule), 0, "{round}");
                progress.set_min_start(rule, rule + 1, 40);
                assert!((0..=rule).all(|rule| progress.min_start(rule) == rule + 1));
            }
            progress.clear();
        }
    }

    #[test]
    fn tries_count_that_read_the_same_text() {
        let mut progress = Progress::default();
        for keyword in 0..=4 {
            assert!(!progress.keeps_failing(0, keyword));
            progress.note_failure(0, keyword, 100, 1);
        }
        assert!(progress.keeps_failing(0, 99) && !progress.keeps_failing(0, 100));
        progress.note_failure(0, 100, 200, 1);
        assert!(!progress.keeps_failing(0, 101));
    }

    #[test]
    fn a_long_match_is_refused_so_often() {
        let mut progress = Progress::default();
        assert!((0..99).all(|_| progress.force_accept(0, (0, LONG - 1), 0, 1).is_none()));
        let worn: Vec<Option<usize>> =
            (7..99).map(|at| progress.force_accept(0, (at, at + LONG), at + 2, 1)).collect();
        assert_eq!(worn.iter().position(Option::is_some), Some(9));
        // All of them are redacted.
        assert_eq!(worn[9], Some(9));
    }
}
