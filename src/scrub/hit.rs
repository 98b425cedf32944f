//! What a scan finds: spans, each with the source that found it.

use std::sync::Arc;

use super::escape::Quote;
use super::molecule::Pattern;

/// The source of a hit, from the least to the most certain. Where hits overlap, the most certain one gives
/// the marker its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Randomness alone: a run of base64 characters.
    Entropy,
    /// A rule, by its index in the rule set.
    Rule(usize),
    /// A value assigned to a sensitive name, with the label that belongs to the name.
    Name(&'static str),
    /// One of the documented patterns of the replaced scrubber.
    Molecule(Pattern),
    /// A known value, with its label.
    Known(Arc<str>),
}

impl Source {
    fn rank(&self) -> u8 {
        match self {
            Self::Entropy => 0,
            Self::Rule(_) | Self::Name(_) => 1,
            Self::Molecule(_) => 2,
            Self::Known(_) => 3,
        }
    }
}

/// What replaces a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A marker.
    Plain,
    /// The replacement of an item that a provider signed, whose quotes are of this layer: a marker, or
    /// nothing if the item is in a list.
    Item { layer: u32, marked: bool },
}

/// A span to redact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub start: usize,
    pub end: usize,
    pub source: Source,
    /// The quotes that the marker needs, if it replaces an unquoted JSON scalar.
    pub quote: Option<Quote>,
    /// Whether the hit may span lines. If so, escaped line breaks in it are kept at any layer of escaping.
    pub block: bool,
    /// The string nesting depth of the hit. Line breaks escaped for a string around it are kept.
    pub depth: u32,
    pub form: Form,
    /// Whether the rule knows only the name before the value, not the form of the value.
    pub by_name: bool,
    /// Whether the hit is one of several parts of a secret, not a secret by itself.
    pub part: bool,
}

impl Hit {
    pub(crate) fn new(start: usize, end: usize, source: Source) -> Self {
        let (block, by_name, part) = (false, false, false);
        Self { start, end, source, quote: None, block, depth: 0, form: Form::Plain, by_name, part }
    }

    /// Returns the hit with `by` added to its offsets; see [`shift`].
    pub(crate) fn shifted(mut self, by: usize) -> Self {
        shift(std::slice::from_mut(&mut self), by);
        self
    }

    /// Whether the label of this hit, not that of `other`, is on a marker for both: it is the more certain or
    /// else the longer one. Of two rules, one that knows the form of its token is more certain than one that
    /// knows only the name: what follows `aws` is some key, but if it begins with `AKIA` it is an access key
    /// id.
    pub(crate) fn is_surer(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.source.rank(), other.source.rank());
        match (&self.source, &other.source) {
            (Source::Rule(_), Source::Rule(_)) if self.by_name != other.by_name => other.by_name,
            _ => mine > theirs || mine == theirs && self.end - self.start > other.end - other.start,
        }
    }

    /// Merges the overlapping hit `other` into this one: the span covers both, and the label is that of the
    /// [surer](Self::is_surer) one.
    fn absorb(&mut self, other: Self) {
        if other.is_surer(self) {
            self.source = other.source;
            self.by_name = other.by_name;
        }
        if other.end > self.end && matches!(self.form, Form::Item { .. }) {
            (self.form, self.quote) = (Form::Plain, None);
        }
        self.start = self.start.min(other.start);
        self.end = self.end.max(other.end);
        self.block |= other.block;
        self.part |= other.part;
        if self.quote.is_none() {
            self.quote = other.quote;
        }
    }
}

/// Adds `by` to the offsets of `hits`: converts them from the coordinates of a slice that begins at `by` to
/// those of the text around it.
pub(crate) fn shift(hits: &mut [Hit], by: usize) {
    for hit in hits {
        hit.start += by;
        hit.end += by;
    }
}

/// Sorts hits by their start, and the longest first among those with the same start.
pub(crate) fn sort(hits: &mut [Hit]) {
    hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
}

/// Sorts `hits` and merges those that overlap.
pub(crate) fn merge(hits: &mut Vec<Hit>) {
    if hits.len() < 2 {
        return;
    }
    sort(hits);
    let mut merged: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits.drain(..) {
        match merged.last_mut() {
            Some(last) if hit.start < last.end => last.absorb(hit),
            _ => merged.push(hit),
        }
    }
    *hits = merged;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_hits_become_one_named_by_the_surest() {
        let mut hits = vec![
            Hit::new(4, 40, Source::Entropy),
            Hit::new(10, 20, Source::Rule(1)),
            Hit::new(50, 60, Source::Name("TOKEN")),
            Hit::new(50, 55, Source::Molecule(Pattern::SkToken)),
            Hit::new(60, 61, Source::Rule(2)),
        ];
        merge(&mut hits);
        let spans: Vec<_> = hits.iter().map(|hit| (hit.start, hit.end)).collect();
        assert_eq!(spans, [(4, 40), (50, 60), (60, 61)]);
        assert_eq!(hits[0].source, Source::Rule(1));
        assert_eq!(hits[1].source, Source::Molecule(Pattern::SkToken));
    }

    #[test]
    fn a_rule_that_knows_its_token_names_it_whoever_comes_first() {
        let vague = |start, end| Hit { by_name: true, ..Hit::new(start, end, Source::Rule(0)) };
        let sure = |start, end| Hit::new(start, end, Source::Rule(1));
        for mut hits in [
            vec![vague(4, 24), sure(4, 24)],
            vec![sure(4, 24), vague(4, 24)],
            vec![vague(4, 30), sure(4, 24)],
            vec![sure(6, 24), vague(4, 24)],
        ] {
            merge(&mut hits);
            assert_eq!((hits.len(), &hits[0].source), (1, &Source::Rule(1)));
        }
    }
}
