//! What a pass over a text can reuse of the pass before, which saw the same text without the new markers.

use std::ops::Range;

use super::edited::Edited;
use crate::scrub::hit::Hit;
use crate::scrub::keywords::KeywordHit;
use crate::scrub::ruleset::RuleSet;
use crate::scrub::runs::Runs;
use crate::scrub::stretch::Blocks;

/// The result of one pass over a text.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub hits: Vec<Hit>,
    /// Where multi-line blocks may be.
    pub blocks: Blocks,
    pub kept: Reusable,
}

/// The runs of a text and the keywords in it, in order.
#[derive(Debug, Default)]
pub(super) struct Reusable {
    pub runs: Runs,
    pub keywords: Vec<KeywordHit>,
}

impl Reusable {
    /// The runs and keywords of the lines `range` of `edited`, derived from those of the original text; the
    /// keywords are in no order. `None` where so much has changed that a new search costs no more.
    pub(super) fn of(&self, edited: &Edited<'_>, range: &Range<usize>, rules: &RuleSet) -> Option<Self> {
        let Edited { text, edits } = edited;
        let runs = self.runs.reuse(text, edits, range)?;
        let keywords = rules.reuse_keywords(&self.keywords, text, &runs, edits, range)?;
        Some(Self { runs, keywords })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::scrub::engine::Engine;
    use crate::scrub::example;
    use crate::scrub::hit::{self, Source};
    use crate::scrub::known::KnownValues;
    use crate::scrub::{Field, Preset};

    fn engine(preset: Preset, known: &[u8]) -> Engine {
        let known = KnownValues::new([("KNOWN", known)]).unwrap_or_default();
        Engine::new(preset, RuleSet::builtin(preset), known, Vec::new(), HashSet::new())
    }

    /// Secrets of every rule, whole and cut, with names, quotes, line breaks, markers and escapes between
    /// them.
    fn text() -> impl Strategy<Value = String> {
        const BETWEEN: [&str; 28] = [
            "",
            " ",
            "\n",
            "\r\n",
            "\n    ",
            "\\n",
            "\\\\n",
            "%20",
            "\"",
            "\\\"",
            "\\u0020",
            "\u{200b}",
            "é",
            "x",
            "_",
            "-",
            "=",
            ": ",
            "/",
            "'",
            "\", \"password\": \"",
            "[REDACTED:API_KEY]",
            "[REDACTED:",
            "\nAPI_TOKEN=",
            " heslo: ",
            "-----END PRIVATE KEY-----\n",
            " and so it goes on in words that say nothing of a key, in a line which is longer than most of the others\n",
            "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=",
        ];
        example::texts(&BETWEEN, 0..4, 1..12)
    }

    proptest! {
        #[test]
        fn a_look_with_what_is_kept_says_what_a_look_at_all_of_it_says(
            text in text(),
            places in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..40), 0..4),
            known in any::<prop::sample::Index>(),
            found in any::<bool>(),
        ) {
            let text = text.as_bytes();
            let from = known.index(text.len() + 1);
            for preset in [Preset::Strict, Preset::Balanced] {
                let engine = engine(preset, &text[from..text.len().min(from + 12)]);
                let Scan { mut hits, kept, .. } = engine.scan(text, Field::Ordinary, &[], 0, None);
                if !found {
                    hits.clear();
                }
                // Arbitrary spans are replaced, also in the middle of words and runs.
                hits.extend(places.iter().filter(|_| !text.is_empty()).map(|(at, length)| {
                    let start = at.index(text.len());
                    Hit::new(start, text.len().min(start + 1 + length), Source::Name("TOKEN"))
                }));
                hit::merge(&mut hits);
                let edited = engine.rewrite(text, &hits);
                let after = &edited.text;
                let lines = memchr::memchr_iter(b'\n', after).map(|at| at + 1);
                let ends: Vec<usize> = [0].into_iter().chain(lines).chain([after.len()]).collect();
                let middle = ends[ends.len() / 2];
                for range in [0..after.len(), 0..middle, middle..after.len()] {
                    let Some(known) = kept.of(&edited, &range, engine.rules()) else { continue };
                    let plainly = engine.scan(&after[range.clone()], Field::Ordinary, &[], 0, None);
                    let scan = engine.scan(&after[range], Field::Ordinary, &[], 0, Some(known));
                    prop_assert_eq!(scan.hits, plainly.hits);
                    prop_assert_eq!(scan.kept.keywords, plainly.kept.keywords);
                    prop_assert_eq!(format!("{:?}", scan.blocks), format!("{:?}", plainly.blocks));
                }
            }
        }
    }
}
