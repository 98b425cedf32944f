//! Scans of the views of a text: decoded, joined over line ends and seams, and joined around markers.

use super::Engine;
use crate::scrub::escape::Quote;
use crate::scrub::hit::{Hit, Source};
use crate::scrub::invisible::Gap;
use crate::scrub::keywords::KeywordHit;
use crate::scrub::layer::{self, View};
use crate::scrub::progress::Progress;
use crate::scrub::ruleset::{RuleSet, Start};
use crate::scrub::runs::{self, Run, Runs};
use crate::scrub::stretch::{Blocks, Stretch};
use crate::scrub::{Continuation, Field, Preset, armour, payload};

/// How many bytes at the end of a line are searched for the beginning of a token or value.
const TAIL: usize = 256;
/// How many bytes before a token are searched with it, as context.
const SIGHT: usize = 8;
/// The most places in a token at which it is tested for being complete.
const GUESSES: usize = 4;

impl Engine {
    /// Adds the hits in a stretch of `text` without `gaps`, its invisible bytes. Returns where blocks may be.
    pub(super) fn scan_visible(
        &self,
        text: &[u8],
        stretch: &Stretch,
        gaps: &[Gap],
        field: Field,
        open: &[Quote],
        hits: &mut Vec<Hit>,
    ) -> Blocks {
        let visible = View::without_gaps(text, stretch.range.clone(), gaps);
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

    /// Adds the hits in the decoded views of `text`, character escapes and base64. Returns where blocks may
    /// be in them. Randomness is judged only in the source text, not in a view.
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
                // A quote at this layer of escaping would close the string around it.
                Hit { start, end, quote: None, ..hit }
            }));
        });
        layer::base64::each(text, runs, |start, end, decoded| {
            let (found, more) = self.scan_layer(decoded, Field::Opaque, &[], depth + 1);
            blocks.add(more.moved(|_| start));
            // In binary data, length bytes before a name look like the delimiters of an assignment.
            let binary = payload::is_binary(decoded);
            let told = found.into_iter().find(|hit| !binary || !matches!(hit.source, Source::Name(_)));
            hits.extend(told.map(|hit| Hit::new(start, end, hit.source)));
        });
        blocks
    }

    /// Adds known values and tokens that a marker has split: the text around each marker is searched as if
    /// the marker were not there.
    pub(super) fn scan_across_markers(&self, text: &[u8], markers: &[(usize, usize)], hits: &mut Vec<Hit>) {
        layer::around_markers::each(text, markers, self.known.longest(), |view| {
            // A token contains neither white space nor quotes; a known value may.
            let mut found = if view.joins_words() { self.prefixed(&view.text) } else { Vec::new() };
            self.find_known(&view.text, &mut found);
            add_joined(view, found, hits);
        });
    }

    /// Adds tokens that a line break has split. `tokens` are the keywords that may begin a token shorter than
    /// a run.
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
        // Longer words are runs, and their tokens are found with these.
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
                // Only tokens that need all of their lines: complete with the last, and not found without it.
                found.retain(|hit| {
                    view.last_part(hit.start, hit.end).is_some_and(|last| {
                        !found_in(&view.text[..last]).iter().any(|other| other.start == hit.start)
                    })
                });
            }
            found.retain(|hit| !self.is_chance(text, view.origin(hit.start, hit.end).0, &hit.source));
            // The line breaks inside are not part of the token, so they are kept.
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

    /// Whether a hit at `start` is a chance match inside longer base64 data.
    fn is_chance(&self, text: &[u8], start: usize, source: &Source) -> bool {
        matches!(source, Source::Rule(at) if self.rules.rule(*at).may_match_by_chance())
            && payload::goes_on(text, start)
    }

    /// Adds known values and tokens that contain seams: only the parts on each side of a seam are redacted.
    pub(super) fn scan_across_seams(&self, text: &[u8], runs: &Runs, hits: &mut Vec<Hit>) {
        layer::across_seams::each(text, runs, |view, guesses| {
            let mut found = self.prefixed(&view.text);
            let tokens = found.len();
            self.find_known(&view.text, &mut found);
            for (number, mut hit) in found.into_iter().enumerate() {
                if number < tokens {
                    hit.end = self.end_at_guess(&view.text, guesses, &hit, layer::across_seams::may_be_word);
                }
                add_parts(view, vec![hit], hits);
            }
        });
    }

    /// The end of a token that spans some of `guesses`, places at which another word may begin: the first of
    /// them at which the token is complete and after which only words may follow, or else its own end.
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
        // The token extends at least over every piece up to the last one that is not a word.
        let words = pieces
            .iter()
            .rposition(|(from, to)| !may_be_word(&text[**from..**to]))
            .map_or(0, |last| last + 1);
        let other = pieces[words..].iter().find(|(from, _)| is_whole(**from));
        other.map_or(hit.end, |(end, _)| **end)
    }

    /// Adds secrets that span several events of a streamed answer, as one hit for the part in each event, and
    /// values whose name is in another event.
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

    /// The hits in a text that was joined from pieces and begins inside the strings `open`. Randomness alone
    /// is not judged.
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

    /// Whether `text` may contain a multi-line block, or the beginning of one at its end. Cheap; may be true
    /// for a text without a block, but never false for one that has it.
    pub(crate) fn may_hold_block(&self, text: &[u8]) -> bool {
        armour::may_stand(text, self.own.is_some())
    }

    /// The multi-line blocks (private keys) in a text joined from pieces, including those that lack their
    /// beginning or end.
    pub(crate) fn blocks(&self, text: &[u8]) -> Vec<Hit> {
        if self.preset == Preset::Molecule || !self.may_hold_block(text) {
            return Vec::new();
        }
        let (mut hits, _) = self.scan_layer(text, Field::Opaque, &[], layer::MAX_DEPTH);
        hits.retain(|hit| matches!(hit.source, Source::Rule(at) if self.rules.rule(at).block));
        hits
    }

    /// What may continue after the end of `text`, which is one line of several.
    pub(crate) fn goes_on(&self, text: &[u8]) -> Option<Continuation> {
        if self.preset == Preset::Molecule {
            return None;
        }
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let tail = &text[text.len().saturating_sub(TAIL)..];
        let begun = self.ends_in(tail);
        // A string literal to which another one is concatenated in the next line.
        let piece = || layer::across_seams::before_next(tail).and_then(|tail| self.ends_in(tail));
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
        layer::command_words::each(text, runs.holds(runs::BRACKET), |view| {
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

    /// Hits that need no context: prefixed tokens and blocks, and known values.
    pub(super) fn context_free_hits(&self, text: &[u8]) -> Vec<Hit> {
        let mut found = Vec::new();
        if self.preset != Preset::Molecule {
            self.rules.find_left_over(text, &mut found);
            found.retain(|hit| !self.is_excepted(text, hit));
        }
        self.find_known(text, &mut found);
        found
    }

    /// The prefixed tokens in `text`.
    pub(super) fn prefixed(&self, text: &[u8]) -> Vec<Hit> {
        let mut found = Vec::new();
        self.rules.find_prefixed(text, &mut found);
        found.retain(|hit| !self.is_excepted(text, hit));
        found
    }
}

/// Adds the hits that span a place where the view leaves something out. What was left out is redacted with
/// them.
fn add_joined(view: &View, found: Vec<Hit>, hits: &mut Vec<Hit>) {
    hits.extend(found.into_iter().filter(|hit| view.spans_edit(hit.start, hit.end)).map(|hit| {
        let (start, end) = view.origin(hit.start, hit.end);
        Hit { start, end, ..hit }
    }));
}

/// Adds the hits that span a place where the view leaves something out, one hit for each part, so that what
/// was left out is kept.
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
