//! The scrubbing of one text: find secrets, replace them by markers, and scan again until nothing new is
//! found.
//!
//! A second pass is needed because a marker changes the context of the bytes next to it: what was the middle
//! of a token may now be its beginning. The result is a fixed point, so scrubbing twice gives the same text
//! as scrubbing once.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::edit::Edit;
use super::escape::Quote;
use super::hit::{self, Form, Hit, Source};
use super::keywords::KeywordHit;
use super::known::KnownValues;
use super::marker::{self, Labels};
use super::ruleset::{RuleSet, ScanNotes};
use super::runs::{self, Runs};
use super::stretch::{Blocks, Stretch};
use super::window::{self, Carry, Window};
use super::{
    Field, Preset, Span, assign, blob, documented, escape, info, invisible, layer, molecule, provider_signed,
    random,
};
use crate::cutoff::Cutoff;

mod breaks;
mod edited;
mod reuse;
mod rounds;
mod scalar;
mod views;
mod whole;

pub(crate) use edited::Edited;
use reuse::{Reusable, Scan};

/// Everything that a scan needs: rules, known values, labels and the user's exceptions.
#[derive(Debug)]
pub(crate) struct Engine {
    preset: Preset,
    rules: Arc<RuleSet>,
    known: KnownValues,
    labels: Labels,
    allowed: Vec<Vec<u8>>,
    disabled: HashSet<String>,
    window: Window,
    /// A checksum over the user's own rules and exceptions, which distinguishes this rule set from others;
    /// `None` without any.
    own: Option<u32>,
}

impl Engine {
    pub(crate) fn new(
        preset: Preset,
        rules: Arc<RuleSet>,
        known: KnownValues,
        allowed: Vec<Vec<u8>>,
        disabled: HashSet<String>,
    ) -> Self {
        let labels = info::labels(&rules, known.labels());
        let window = Window::new(known.longest());
        Self { preset, rules, known, labels, allowed, disabled, window, own: None }
    }

    /// Sets the checksum over the user's own rules and exceptions.
    pub(crate) fn with_own(self, own: Option<u32>) -> Self {
        Self { own, ..self }
    }

    pub(crate) fn own(&self) -> Option<u32> {
        self.own
    }

    pub(crate) fn preset(&self) -> Preset {
        self.preset
    }

    pub(crate) fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// How texts longer than one window are split.
    pub(crate) fn window(&self) -> Window {
        self.window
    }

    #[cfg(test)]
    pub(crate) fn with_window(self, window: Window) -> Self {
        Self { window, ..self }
    }

    /// Returns the spans to replace in `text`: in order, not overlapping, none inside a marker.
    pub(crate) fn redactions(&self, text: &[u8], field: Field) -> Vec<Hit> {
        // Without a cut-off the search always ends.
        self.redactions_until(text, field, None).unwrap_or_default()
    }

    /// Like [`Self::redactions`], but `None` if the cut-off has passed before the search ended. It is asked
    /// after each window and after each round. `molecule` has neither and ends in any case.
    pub(crate) fn redactions_until(
        &self,
        text: &[u8],
        field: Field,
        cutoff: Option<&Cutoff<'_>>,
    ) -> Option<Vec<Hit>> {
        if self.preset == Preset::Molecule {
            let hits = self.fixed_point(text, field, &[], Vec::new(), None)?;
            return Some(self.molecule(text, hits));
        }
        let mut hits: Vec<Hit> = Vec::new();
        let mut carry = Carry::default();
        let mut at = 0;
        loop {
            let rest = &text[at..];
            #[cfg(test)]
            super::work::count_given(rest.len().min(self.window.size));
            let found = match rest.get(..self.window.size) {
                Some(text) if text.len() < rest.len() => {
                    window::search(self, text, field, &mut carry, cutoff)?
                }
                _ => window::last(self, rest, field, &mut carry, cutoff)?,
            };
            if let Some(last) = hits.last_mut() {
                last.end += found.continued;
            }
            let first = hits.len();
            hits.extend(found.hits);
            hit::shift(&mut hits[first..], at);
            at += found.cut;
            if at == text.len() {
                return Some(hits);
            }
            if cutoff.is_some_and(Cutoff::is_passed) {
                return None;
            }
        }
    }

    /// Adds the matches of the documented patterns, applied to the text in which the known values are
    /// replaced already.
    fn molecule(&self, text: &[u8], mut hits: Vec<Hit>) -> Vec<Hit> {
        let edited = self.rewrite(text, &hits);
        hits.extend(molecule::sequence(&edited.text).into_iter().map(|hit| {
            let (start, end) = edited.origin(hit.start, hit.end);
            Hit::new(start, end, Source::Molecule(hit.pattern))
        }));
        hit::merge(&mut hits);
        hits
    }

    /// Scans a text with all its views. Returns the hits outside the markers that it already contains, and
    /// the places where multi-line blocks may be. `depth` is the nesting depth of `text` as a view: 0 for the
    /// source text.
    fn scan_layer(&self, text: &[u8], field: Field, open: &[Quote], depth: usize) -> (Vec<Hit>, Blocks) {
        let scan = self.scan(text, field, open, depth, None);
        (scan.hits, scan.blocks)
    }

    /// Like [`Self::scan_layer`], but reuses the runs and keywords in `known`, if any, and also returns those
    /// that a later pass may reuse.
    fn scan(&self, text: &[u8], field: Field, open: &[Quote], depth: usize, known: Option<Reusable>) -> Scan {
        // `molecule` applies the documented patterns after the known values are replaced, and to the raw
        // text, so there are no views.
        if self.preset == Preset::Molecule {
            let mut hits = Vec::new();
            self.find_known(text, &mut hits);
            if !hits.is_empty() {
                drop_marker_overlaps(text, &self.labels.spans(text), &mut hits);
            }
            return Scan { hits, ..Scan::default() };
        }
        let (runs, taken) = match known {
            Some(known) => (known.runs, Some(known.keywords)),
            None => (runs::find(text), None),
        };
        let (mut hits, seen) = self.scan_plain(text, &runs, taken, field, open);
        let mut blocks = seen.blocks;
        let gaps = invisible::gaps(text, &runs);
        if !gaps.is_empty() {
            let places: Vec<Range<usize>> = gaps.iter().map(|gap| gap.start..gap.end).collect();
            hits.extend(self.scan_near(text, &places, &mut blocks, |stretch, hits| {
                let gaps = stretch.of(&gaps, |gap| gap.start);
                self.scan_visible(text, stretch, gaps, field, open, hits)
            }));
        }
        for lines in layer::line_prefix::prefixed_lines(text, &seen.names) {
            let stretch = Stretch::whole(lines.range);
            blocks.add(self.scan_visible(text, &stretch, &lines.gaps, field, open, &mut hits));
        }
        self.scan_across_lines(text, &runs, &seen.tokens, &mut hits);
        self.scan_in_emphasis(text, &runs, &mut hits);
        self.scan_command_words(text, &runs, &mut hits);
        self.scan_across_seams(text, &runs, &mut hits);
        if depth == 0 {
            self.scan_across_deltas(text, &mut hits);
        }
        if depth < layer::MAX_DEPTH {
            blocks.add(self.scan_decoded(text, &runs, open, depth, &mut hits));
        }
        let markers = if runs.holds(runs::BRACKET) { self.labels.spans(text) } else { Vec::new() };
        self.scan_across_markers(text, &markers, &mut hits);
        drop_marker_overlaps(text, &markers, &mut hits);
        Scan { hits, blocks, kept: Reusable { runs, keywords: seen.keywords } }
    }

    /// The spans and labels of known values and prefixed tokens in `text`. A token is cut at the first of
    /// `guesses` at which it is complete and another word begins.
    pub(crate) fn whole_tokens(&self, text: &[u8], guesses: &[usize]) -> Vec<Span> {
        let mut hits = if self.preset == Preset::Molecule { Vec::new() } else { self.prefixed(text) };
        for hit in &mut hits {
            hit.end = self.end_at_guess(text, guesses, hit, layer::across_seams::reads_as_word);
        }
        self.find_known(text, &mut hits);
        hit::merge(&mut hits);
        hits.iter().map(|hit| (hit.start, hit.end, self.label(&hit.source).into())).collect()
    }

    /// Whether a known value or a prefixed token spans one of `joints`, which are in order. If not, no result
    /// of [`Self::whole_tokens`] spans one either, since hits that merely touch are not merged. Prefixed
    /// tokens that begin after the last joint are not searched for.
    pub(crate) fn goes_over(&self, text: &[u8], joints: &[usize]) -> bool {
        let Some(&last) = joints.last() else { return false };
        let mut hits = Vec::new();
        if self.preset != Preset::Molecule {
            self.rules.find_prefixed_before(text, last, &mut hits);
        }
        self.find_known(text, &mut hits);
        hits.iter().any(|hit| {
            let behind = joints.partition_point(|joint| *joint <= hit.start);
            joints.get(behind).is_some_and(|joint| *joint < hit.end)
        })
    }

    /// The label of a known value, or of a prefixed token or block, that is in `text` outside its markers.
    pub(crate) fn left_over(&self, text: &[u8]) -> Option<&str> {
        let hits = self.context_free_hits(text);
        if hits.is_empty() {
            return None;
        }
        let markers = self.labels.spans(text);
        let left = hits.iter().find(|hit| marker::outside(text, &markers, hit.start, hit.end).is_some())?;
        match &left.source {
            Source::Known(label) => self.known.labels().find(|known| *known == &**label),
            Source::Rule(at) => Some(&self.rules.rule(*at).label),
            _ => None,
        }
    }

    /// Whether a known value is in `text` outside its markers.
    pub(crate) fn holds_known(&self, text: &[u8]) -> bool {
        let mut hits = Vec::new();
        self.find_known(text, &mut hits);
        if hits.is_empty() {
            return false;
        }
        let markers = self.labels.spans(text);
        hits.iter().any(|hit| marker::outside(text, &markers, hit.start, hit.end).is_some())
    }

    /// The hits of rules, documented patterns, assignments and known values in `text` itself, without its
    /// views, in no order, and what the keywords revealed. `taken` are the keywords of `text`, where they are
    /// known.
    fn scan_plain(
        &self,
        text: &[u8],
        runs: &Runs,
        taken: Option<Vec<KeywordHit>>,
        field: Field,
        open: &[Quote],
    ) -> (Vec<Hit>, ScanNotes) {
        let mut hits = Vec::new();
        let seen = self.rules.find(text, runs, taken, open, &mut hits);
        if !seen.documented.is_empty() {
            documented::find(text, &seen.documented, open, &mut hits);
        }
        if field == Field::Opaque {
            hits.retain(|hit| !provider_signed::is_chance(text, hit));
        }
        let foreign = assign::other_scripts::find(text, runs).into_iter();
        hits.extend(foreign.map(|found| Hit::new(found.start, found.end, Source::Name(found.label))));
        if field == Field::Ordinary {
            self.find_random(text, runs, &mut hits);
        }
        self.drop_excepted(text, &mut hits);
        self.find_known(text, &mut hits);
        (hits, seen)
    }

    /// Adds tokens that are recognised only by their randomness. A run that a hit already covers is not
    /// judged.
    fn find_random(&self, text: &[u8], runs: &Runs, hits: &mut Vec<Hit>) {
        /// With more hits than this, coverage is not checked, which keeps the check cheap: overlapping hits
        /// are merged later.
        const FEW: usize = 16;
        let told: &[Hit] = if hits.len() <= FEW { hits } else { &[] };
        let is_told = |start: usize, end: usize| told.iter().any(|hit| hit.start <= start && end <= hit.end);
        let mut spans: Vec<(usize, usize)> = random::find_in_url(text, runs, is_told).collect();
        match self.preset {
            Preset::Strict => spans.extend(blob::find(text, runs, is_told)),
            Preset::Balanced => spans.extend(random::find(text, runs, is_told)),
            Preset::Molecule => {}
        }
        hits.extend(spans.into_iter().map(|(start, end)| Hit::new(start, end, Source::Entropy)));
    }

    /// Drops the hits that the user excepts, and hits by randomness alone that overlap an excepted one.
    fn drop_excepted(&self, text: &[u8], hits: &mut Vec<Hit>) {
        if self.disabled.is_empty() && self.allowed.is_empty() {
            return;
        }
        let (mut excepted, kept): (Vec<Hit>, Vec<Hit>) =
            std::mem::take(hits).into_iter().partition(|hit| self.is_excepted(text, hit));
        hit::sort(&mut excepted);
        // For each excepted hit, the farthest end of it and all before it.
        let reach: Vec<usize> = excepted
            .iter()
            .scan(0, |reach, hit| {
                *reach = hit.end.max(*reach);
                Some(*reach)
            })
            .collect();
        hits.extend(kept.into_iter().filter(|hit| {
            let before = excepted.partition_point(|other| other.start < hit.end);
            let overlaps = before > 0 && reach[before - 1] > hit.start;
            hit.source != Source::Entropy || !overlaps
        }));
    }

    /// Adds the known values in `text`.
    fn find_known(&self, text: &[u8], hits: &mut Vec<Hit>) {
        let mut known = Vec::new();
        self.known.find(text, &mut known);
        hits.extend(known.into_iter().map(|hit| Hit::new(hit.start, hit.end, Source::Known(hit.label))));
    }

    /// The tail of a known value that was cut off, if `text` begins with one.
    pub(crate) fn cut_beginning(&self, text: &[u8]) -> Option<Hit> {
        let hit = self.known.cut_beginning(text)?;
        Some(Hit::new(hit.start, hit.end, Source::Known(hit.label)))
    }

    /// Whether the user has disabled the rule with this id.
    pub(crate) fn is_disabled(&self, id: &str) -> bool {
        self.disabled.contains(id)
    }

    /// Whether the user has disabled the rule of a hit or allowed its text.
    fn is_excepted(&self, text: &[u8], hit: &Hit) -> bool {
        if !self.disabled.is_empty() && self.is_disabled(&info::id(&self.rules, &hit.source)) {
            return true;
        }
        let found = &text[hit.start..hit.end];
        self.allowed.iter().any(|allowed| {
            let value = found.strip_suffix(b"\"").unwrap_or(found).strip_suffix(allowed.as_slice());
            // The documented patterns match the name too; what is allowed is the value after it.
            value.is_some_and(|name| name.last().is_none_or(|byte| b"=:\"' ".contains(byte)))
        })
    }

    /// Replaces each hit in `text` by its marker.
    pub(crate) fn rewrite<'t>(&self, text: &'t [u8], hits: &[Hit]) -> Edited<'t> {
        if hits.is_empty() {
            return Edited { text: Cow::Borrowed(text), edits: Vec::new() };
        }
        let mut out = Vec::with_capacity(text.len() + 16 * hits.len());
        let mut edits = Vec::with_capacity(hits.len());
        let mut at = 0;
        for hit in hits {
            out.extend_from_slice(&text[at..hit.start]);
            let start = out.len();
            self.write_marker(text, hit, &mut out);
            edits.push(Edit { start, end: out.len(), from: hit.start, to: hit.end });
            at = hit.end;
        }
        out.extend_from_slice(&text[at..]);
        Edited { text: Cow::Owned(out), edits }
    }

    fn write_marker(&self, text: &[u8], hit: &Hit, out: &mut Vec<u8>) {
        let quotes = |out: &mut Vec<u8>| {
            if let Some(quote) = hit.quote {
                out.extend(std::iter::repeat_n(b'\\', quote.backslashes()));
                out.push(quote.byte);
            }
        };
        if !matches!(hit.form, Form::Item { marked: false, .. }) {
            quotes(out);
            out.extend_from_slice(marker::OPEN.as_bytes());
            out.extend_from_slice(self.label(&hit.source).as_bytes());
            out.push(b']');
            quotes(out);
        }
        if self.preset == Preset::Molecule {
            return;
        }
        // Line numbers are preserved: as many line breaks as were removed, in their original spelling.
        let gone = &text[hit.start..hit.end];
        if let Form::Item { layer, .. } = hit.form {
            return provider_signed::write_breaks(gone, layer, out);
        }
        breaks::write(gone, hit, out);
    }

    /// The label in the marker of a hit.
    pub(crate) fn label<'a>(&'a self, source: &'a Source) -> &'a str {
        match source {
            Source::Entropy => "BASE64_BLOB",
            Source::Rule(at) => &self.rules.rule(*at).label,
            Source::Name(label) => label,
            Source::Molecule(pattern) => pattern.label(),
            Source::Known(label) => label,
        }
    }
}

/// Trims `hits` to what is outside the markers of `text`, drops those of which nothing is left, and merges
/// the rest in order.
fn drop_marker_overlaps(text: &[u8], markers: &[(usize, usize)], hits: &mut Vec<Hit>) {
    hits.retain_mut(|hit| {
        (hit.start, hit.end) = escape::align(text, hit.start, hit.end);
        let outside = marker::outside(text, markers, hit.start, hit.end);
        (hit.start, hit.end) = outside.unwrap_or_default();
        outside.is_some()
    });
    hit::merge(hits);
}
