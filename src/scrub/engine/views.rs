//! What a text says besides what stands in it: in other spellings, over the ends of its lines, around its markers.

use super::Engine;
use crate::scrub::escape::Quote;
use crate::scrub::hit::{Hit, Source};
use crate::scrub::invisible::{Gap, Visible};
use crate::scrub::keywords::KeywordHit;
use crate::scrub::layer::{self, View};
use crate::scrub::progress::Progress;
use crate::scrub::ruleset::{RuleSet, Start};
use crate::scrub::runs::{self, Run, Runs};
use crate::scrub::stretch::{Blocks, Stretch};
use crate::scrub::{Continuation, Field, Preset, armour, payload};

/// How much of the end of a line is looked at, in bytes.
const TAIL: usize = 256;
/// How much in front of a token is looked at with it, in bytes.
const SIGHT: usize = 8;
/// The most places in a token at which it is asked whether it is whole there.
const GUESSES: usize = 4;

impl Engine {
    /// Adds what a stretch of `text` says without `gaps`, which are not seen, and says where blocks of lines may stand.
    pub(super) fn scan_visible(
        &self,
        text: &[u8],
        stretch: &Stretch,
        gaps: &[Gap],
        field: Field,
        open: &[Quote],
        hits: &mut Vec<Hit>,
    ) -> Blocks {
        let visible = Visible::new(text, stretch.range.clone(), gaps);
        let runs = runs::find(&visible.text);
        let (mut found, seen) = self.scan_plain(&visible.text, &runs, None, field, stretch.open(open));
        self.scan_across_lines(&visible.text, &runs, &seen.tokens, &mut found);
        self.scan_in_emphasis(&visible.text, &runs, &mut found);
        self.scan_across_seams(&visible.text, &runs, &mut found);
        hits.extend(found.into_iter().map(|hit| {
            let (start, end) = visible.origin(hit.start, hit.end);
            Hit { start, end, ..hit }
        }));
        seen.blocks.moved(|at| visible.origin(at, at + 1).0)
    }

    /// Adds what the other spellings in `text` say, and says where blocks of lines may stand in one. What a token looks like counts only as it
    /// stands.
    pub(super) fn scan_decoded(
        &self,
        text: &[u8],
        runs: &Runs,
        open: &[Quote],
        depth: usize,
        hits: &mut Vec<Hit>,
    ) -> Blocks {
        let mut blocks = Blocks::default();
        layer::char_escapes::each(text, runs, open, |view, open| {
            let (found, more) = self.scan_layer(&view.text, Field::Opaque, open, depth + 1);
            blocks.add(more.moved(|at| view.origin(at, at + 1).0));
            hits.extend(found.into_iter().map(|hit| {
                let (start, end) = view.origin(hit.start, hit.end);
                // A quote of this spelling would end what is around it.
                Hit { start, end, quote: None, ..hit }
            }));
        });
        layer::base64::each(text, runs, |start, end, decoded| {
            let (found, more) = self.scan_layer(decoded, Field::Opaque, &[], depth + 1);
            blocks.add(more.moved(|_| start));
            // In what is no text, bytes that say how long a name is look like what stands between it and a value.
            let binary = payload::is_binary(decoded);
            let told = found.into_iter().find(|hit| !binary || !matches!(hit.source, Source::Name(_)));
            hits.extend(told.map(|hit| Hit::new(start, end, hit.source)));
        });
        blocks
    }

    /// Adds what stands around markers as if they were not there: known values and tokens that one has parted.
    pub(super) fn scan_across_markers(&self, text: &[u8], markers: &[(usize, usize)], hits: &mut Vec<Hit>) {
        layer::around_markers::each(text, markers, self.known.longest(), |view| {
            // A token holds neither; a known value may.
            let mut found = if view.joins_words() { self.prefixed(&view.text) } else { Vec::new() };
            self.find_known(&view.text, &mut found);
            add_joined(view, found, hits);
        });
    }

    /// Adds tokens that a line's end has parted; `tokens` are the keywords that may begin a short one.
    pub(super) fn scan_across_lines(
        &self,
        text: &[u8],
        runs: &Runs,
        tokens: &[KeywordHit],
        hits: &mut Vec<Hit>,
    ) {
        let starts = InText { rules: &self.rules, text, runs, tokens };
        let words = tokens.iter().map(|token| {
            let word = text[token.end..].iter().take(TAIL).take_while(|byte| runs::is_token(**byte));
            let length = word.count();
            Run { start: token.start, end: token.end + length, digit: false }
        });
        // In a run they are met with it.
        let words = words.filter(|word| word.length() < runs::SHORTEST);
        let mut done = Progress::default();
        layer::line_wrapped::each(text, runs, words, &starts, |view, starts, joint| {
            let mut found_in = |text: &[u8]| {
                let mut found = Vec::new();
                self.rules.find_started(text, starts, |at| view.place(at), &mut done, &mut found);
                found.retain(|hit| !self.is_excepted(text, hit));
                found
            };
            let mut found = found_in(&view.text);
            if joint.guess {
                // Only what is a token with all of its lines and none without the last.
                found.retain(|hit| {
                    view.last_part(hit.start, hit.end).is_some_and(|last| {
                        !found_in(&view.text[..last]).iter().any(|other| other.start == hit.start)
                    })
                });
            }
            found.retain(|hit| !self.is_chance(text, view.origin(hit.start, hit.end).0, &hit.source));
            // The breaks in it are no part of the token, so they stay.
            for hit in &mut found {
                hit.block = true;
            }
            let before = hits.len();
            if joint.apart {
                add_parts(view, found, hits);
            } else {
                add_joined(view, found, hits);
            }
            hits.len() > before
        });
    }

    /// Whether a hit at `start` is what base64 of something holds by chance.
    fn is_chance(&self, text: &[u8], start: usize, source: &Source) -> bool {
        matches!(source, Source::Rule(at) if self.rules.rule(*at).may_match_by_chance())
            && payload::goes_on(text, start)
    }

    /// Adds known values and tokens that something stands inside which is no part of them: the part on each side of it.
    pub(super) fn scan_across_seams(&self, text: &[u8], runs: &Runs, hits: &mut Vec<Hit>) {
        layer::pieces::each(text, runs, |view, guesses| {
            let mut found = self.prefixed(&view.text);
            let tokens = found.len();
            self.find_known(&view.text, &mut found);
            for (number, mut hit) in found.into_iter().enumerate() {
                if number < tokens {
                    hit.end = self.end_at_guess(&view.text, guesses, &hit, layer::pieces::may_be_word);
                }
                add_parts(view, vec![hit], hits);
            }
        });
    }

    /// Where a token ends that goes over `guesses`, behind which another word may begin: in front of the first of them at which it is whole
    /// and behind which nothing but words may follow.
    pub(super) fn end_at_guess(
        &self,
        text: &[u8],
        guesses: &[usize],
        hit: &Hit,
        may_be_word: fn(&[u8]) -> bool,
    ) -> usize {
        let inside = &guesses[guesses.partition_point(|guess| *guess <= hit.start)..];
        let inside = &inside[..inside.partition_point(|guess| *guess < hit.end)];
        let is_whole = |end: usize| {
            let from = hit.start.saturating_sub(SIGHT);
            self.prefixed(&text[from..end]).iter().any(|other| other.start + from == hit.start)
        };
        let ends = inside.iter().skip(1).chain([&hit.end]);
        let pieces: Vec<_> = inside.iter().zip(ends).take(GUESSES).collect();
        // A piece that is no word takes the short ones in front of it with it.
        let words = pieces
            .iter()
            .rposition(|(from, to)| !may_be_word(&text[**from..**to]))
            .map_or(0, |last| last + 1);
        let other = pieces[words..].iter().find(|(from, _)| is_whole(**from));
        other.map_or(hit.end, |(end, _)| **end)
    }

    /// Adds what stands in several pieces of a streamed answer: the part in each, and values whose name stands in another.
    pub(super) fn scan_across_deltas(&self, text: &[u8], hits: &mut Vec<Hit>) {
        layer::deltas::each(text, |view, quote| {
            let mut found = self.prefixed(&view.text);
            self.find_known(&view.text, &mut found);
            found.extend(self.scan_joined(&view.text, &[quote]));
            let named = found.iter().filter(|hit| {
                let by_name = matches!(hit.source, Source::Name(_) | Source::Rule(_));
                by_name && !view.spans_edit(hit.start, hit.end)
            });
            hits.extend(named.map(|hit| {
                let (start, end) = view.origin(hit.start, hit.end);
                Hit { start, end, part: true, ..hit.clone() }
            }));
            add_parts(view, found, hits);
        });
    }

    /// What a text says that was put together of pieces and begins inside the strings `open`, but what only looks like a token.
    pub(crate) fn scan_joined(&self, text: &[u8], open: &[Quote]) -> Vec<Hit> {
        if self.preset == Preset::Molecule {
            return Vec::new();
        }
        let (mut hits, _) = self.scan_layer(text, Field::Opaque, open, layer::MAX_DEPTH);
        for hit in &mut hits {
            hit.quote = None;
        }
        hits
    }

    /// Whether one may stand in a text, or begin at its end: cheap, true too often rather than too seldom.
    pub(crate) fn may_hold_block(&self, text: &[u8]) -> bool {
        armour::may_stand(text, self.own.is_some())
    }

    /// The blocks of lines (private keys) in what was put together of pieces, also those without their beginning or their end.
    pub(crate) fn blocks(&self, text: &[u8]) -> Vec<Hit> {
        if self.preset == Preset::Molecule || !self.may_hold_block(text) {
            return Vec::new();
        }
        let (mut hits, _) = self.scan_layer(text, Field::Opaque, &[], layer::MAX_DEPTH);
        hits.retain(|hit| matches!(hit.source, Source::Rule(at) if self.rules.rule(at).multiline));
        hits
    }

    /// What may go on behind the end of a text, a line of several.
    pub(crate) fn goes_on(&self, text: &[u8]) -> Option<Continuation> {
        if self.preset == Preset::Molecule {
            return None;
        }
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let tail = &text[text.len().saturating_sub(TAIL)..];
        let begun = self.ends_in(tail);
        // A string that another one is put to in the next line.
        let piece = || layer::pieces::before_next(tail).and_then(|tail| self.ends_in(tail));
        if begun.is_none() { piece() } else { begun }
    }

    fn ends_in(&self, tail: &[u8]) -> Option<Continuation> {
        let mut hits = Vec::new();
        self.find_known(tail, &mut hits);
        if hits.last().is_some_and(|hit| hit.end == tail.len()) {
            return Some(Continuation::Long);
        }
        if !runs::reach_end(tail) {
            return None;
        }
        let runs = runs::find(tail);
        let last = runs.iter().last()?;
        let tokens = self.rules.tokens(tail);
        self.rules.begins_in(tail, &runs, &tokens, last).then_some(Continuation::Token)
    }

    /// Adds what a command line is given whose words are the strings of a list.
    pub(super) fn scan_command_words(&self, text: &[u8], runs: &Runs, hits: &mut Vec<Hit>) {
        if !runs.holds(runs::BRACKET) {
            return;
        }
        layer::command_words::each(text, |view| {
            let (found, _) = self.scan_plain(&view.text, &runs::find(&view.text), None, Field::Opaque, &[]);
            for hit in found {
                // A word that was left out is none of its.
                let words = view.text[hit.start..hit.end].split(|byte| *byte == b' ');
                let mut at = hit.start;
                for word in words {
                    let (from, to) = (at, at + word.len());
                    at = to + 1;
                    if word.is_empty() || word == b"-" {
                        continue;
                    }
                    let (start, end) = view.origin(from, to);
                    hits.push(Hit { start, end, quote: None, ..hit.clone() });
                }
            }
        });
    }

    /// Adds tokens between underscores.
    pub(super) fn scan_in_emphasis(&self, text: &[u8], runs: &Runs, hits: &mut Vec<Hit>) {
        layer::emphasis::each(text, runs, |view| {
            hits.extend(self.prefixed(&view.text).into_iter().map(|hit| {
                let (start, end) = view.origin(hit.start, hit.end);
                Hit { start, end, ..hit }
            }));
        });
    }

    /// What is sure without a look at what stands around it: tokens and blocks of lines that begin with a prefix, and known values.
    pub(super) fn context_free_hits(&self, text: &[u8]) -> Vec<Hit> {
        let mut found = Vec::new();
        if self.preset != Preset::Molecule {
            self.rules.find_left_over(text, &mut found);
            found.retain(|hit| !self.is_excepted(text, hit));
        }
        self.find_known(text, &mut found);
        found
    }

    /// The tokens that begin with a prefix.
    pub(super) fn prefixed(&self, text: &[u8]) -> Vec<Hit> {
        let mut found = Vec::new();
        self.rules.find_prefixed(text, &mut found);
        found.retain(|hit| !self.is_excepted(text, hit));
        found
    }
}

/// Adds what was found in a view over what was left out of it.
fn add_joined(view: &View, found: Vec<Hit>, hits: &mut Vec<Hit>) {
    hits.extend(found.into_iter().filter(|hit| view.spans_edit(hit.start, hit.end)).map(|hit| {
        let (start, end) = view.origin(hit.start, hit.end);
        Hit { start, end, ..hit }
    }));
}

/// The same, the part on each side of it.
fn add_parts(view: &View, found: Vec<Hit>, hits: &mut Vec<Hit>) {
    for hit in found.into_iter().filter(|hit| view.spans_edit(hit.start, hit.end)) {
        let parts = view.parts(hit.start, hit.end).into_iter();
        hits.extend(parts.map(|(start, end)| Hit { start, end, part: true, ..hit.clone() }));
    }
}

/// Where tokens may begin in the runs of a text.
struct InText<'t> {
    rules: &'t RuleSet,
    text: &'t [u8],
    runs: &'t Runs,
    tokens: &'t [KeywordHit],
}

impl layer::line_wrapped::Starts for InText<'_> {
    fn inside(&self, run: Run, starts: &mut Vec<Start>) {
        self.rules.starts_in(self.text, self.runs, self.tokens, run, starts);
    }

    fn over(&self, run: Run, next: usize, starts: &mut Vec<Start>) {
        self.rules.starts_over(self.text, run, next, starts);
    }
}
