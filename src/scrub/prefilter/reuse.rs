//! Derives the keywords of an edited text from those of the original.

use std::ops::Range;

use super::{LONG, MAX_GAP, NEAR, Prefilter, before_runs};
use crate::scrub::edit::{self, Edit, Part};
use crate::scrub::keywords::KeywordHit;
use crate::scrub::runs::{self, Runs};

impl<T> Prefilter<T> {
    /// The keywords in `range` of the edited `text`, in no order. `runs` are the runs of this part, and `all`
    /// the keywords of the original text. `None` if a search costs no more. The range begins and ends at line
    /// boundaries or those of the text.
    pub(crate) fn reuse(
        &self,
        all: &[KeywordHit],
        text: &[u8],
        runs: &Runs,
        edits: &[Edit],
        range: &Range<usize>,
    ) -> Option<Vec<KeywordHit>> {
        // Keywords that begin shortly before a change may extend into it, so they are searched for again.
        let reach = self.longest.saturating_sub(1);
        let parts = edit::parts(edits, range, |place| place.start.saturating_sub(reach)..place.end);
        if edit::is_mostly_changed(&parts) {
            return None;
        }
        let part_of_text = &text[range.clone()];
        let mut taken = Vec::with_capacity(all.len());
        for part in parts {
            match part {
                Part::Changed(part) => {
                    let part = part.start - range.start..part.end - range.start;
                    self.anywhere.find(part_of_text, part, &mut taken);
                }
                Part::Kept(part, origin) => self.keep(all, true, &part, origin, range, &mut taken),
            }
        }
        // Keywords searched for near runs depend on runs that begin or end near them. A run next to a change
        // is a different run, and at the ends of the range the runs outside are missing.
        let before = reach.max(MAX_GAP + NEAR);
        let behind = NEAR + 1;
        let parts = edit::parts(edits, range, |place| {
            let around = runs::around(text, range, &place);
            around.start.saturating_sub(before)..around.end + behind
        });
        let head = if range.start == 0 { 0 } else { range.end.min(range.start + behind) };
        let tail =
            if range.end == text.len() { range.end } else { head.max(range.end.saturating_sub(before)) };
        let inner = |part: Range<usize>| part.start.clamp(head, tail)..part.end.clamp(head, tail);
        let search = |part: Range<usize>, taken: &mut Vec<KeywordHit>| {
            if !part.is_empty() {
                let part = part.start - range.start..part.end - range.start;
                self.beside_runs(part_of_text, runs, &part, taken);
            }
        };
        for part in parts {
            match part {
                Part::Changed(part) => search(inner(part), &mut taken),
                Part::Kept(part, origin) => {
                    let inner = inner(part.clone());
                    if !inner.is_empty() {
                        let origin = origin + inner.start - part.start;
                        self.keep(all, false, &inner, origin, range, &mut taken);
                    }
                }
            }
        }
        search(range.start..head, &mut taken);
        search(tail..range.end, &mut taken);
        Some(taken)
    }

    /// Adds the known keywords of an unchanged part, whose offset in the original is `origin`: those searched
    /// for everywhere, or the others.
    fn keep(
        &self,
        all: &[KeywordHit],
        everywhere: bool,
        part: &Range<usize>,
        origin: usize,
        range: &Range<usize>,
        taken: &mut Vec<KeywordHit>,
    ) {
        let start = part.start - range.start;
        let first = all.partition_point(|found| found.start < origin);
        let behind = all.partition_point(|found| found.start < origin + part.len());
        // A keyword may extend past the end of the range.
        let last = origin + (range.end - part.start);
        let wanted =
            |found: &&KeywordHit| found.end <= last && self.is_everywhere[found.number] == everywhere;
        taken.extend(all[first..behind].iter().filter(wanted).map(|found| KeywordHit {
            start: found.start - origin + start,
            end: found.end - origin + start,
            ..*found
        }));
    }

    /// Adds the keywords that begin in `part` and are searched for only in runs or before them.
    fn beside_runs(&self, text: &[u8], runs: &Runs, part: &Range<usize>, found: &mut Vec<KeywordHit>) {
        for run in runs.between(part.start, part.end).filter(|run| run.is_long()) {
            for at in runs.beginnings(run, text, LONG).filter(|at| part.contains(at)) {
                self.in_runs.find(text, at, found);
            }
        }
        let near = runs.between(part.start.saturating_sub(NEAR), part.end + MAX_GAP + NEAR);
        for range in before_runs(text, runs, near.filter(|run| run.digit | run.is_long())) {
            let range = range.start.max(part.start)..range.end.min(part.end);
            if !range.is_empty() {
                self.before_runs.find(text, range, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;
    use proptest::prelude::*;

    /// Texts of lines with words, runs and edits, before and after these edits.
    fn text() -> impl Strategy<Value = (String, String, Vec<Edit>)> {
        const KEPT: [&str; 20] = [
            "abc",
            "ab",
            "c",
            "cab",
            "CA",
            "-",
            " ",
            "abcabc",
            "AbCab-cc",
            "xabcx",
            " and what stands between ",
            "\n",
            "\\n",
            "bca",
            " bca0123456789abcde",
            "cab 0123456789abcdef ",
            "0123456789",
            "cab",
            "cab is                            ",
            " some words and more of them that stand there, and nothing else in it but what is said of it ",
        ];
        const GONE: [&str; 5] = ["abc", "b", "-x", "cab", " 0123456789abcdef "];
        const PUT: [&str; 8] = ["", "a", "abc", "[b]", "c-", "0123456789", "[REDACTED:CABC]", "\\\"cab\\\""];
        let chosen = |from: &[&str]| {
            prop::sample::select(from.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
        };
        let edit = (chosen(&GONE), chosen(&PUT));
        let kept = prop::collection::vec(prop::sample::select(KEPT.to_vec()), 1..9);
        let edit = prop::option::weighted(0.3, edit);
        let piece = (kept.prop_map(|kept| kept.concat()), edit);
        prop::collection::vec(piece, 0..30).prop_map(|pieces| edit::edited(&pieces))
    }

    proptest! {
        #[test]
        fn keywords_taken_over_are_those_of_the_text((before, after, edits) in text()) {
            let (before, after) = (before.as_bytes(), after.as_bytes());
            let wanted = [
                ("abc", Place::Anywhere), ("abcab", Place::Token), ("bca", Place::InRun), ("cab-c", Place::Anywhere),
                ("cab", Place::BeforeRun),
            ];
            let prefilter = Prefilter::new(wanted.into_iter().map(|(word, place)| (word.to_owned(), place, ())));
            let (_, all) = prefilter.each(before, &runs::find(before), None, |(), _| {});
            let lines = memchr::memchr_iter(b'\n', after).map(|at| at + 1);
            let lines: Vec<usize> = [0].into_iter().chain(lines).chain([after.len()]).collect();
            for (number, start) in lines.iter().enumerate() {
                for end in &lines[number..] {
                    let range = *start..*end;
                    let runs = runs::find(&after[range.clone()]);
                    let Some(mut taken) = prefilter.reuse(&all, after, &runs, &edits, &range) else { continue };
                    taken.sort_unstable();
                    let (_, found) = prefilter.each(&after[range], &runs, None, |(), _| {});
                    prop_assert_eq!(taken, found);
                }
            }
        }
    }
}
