//! What a scan finds: a span, and who found it.

use std::sync::Arc;

use super::escape::Quote;
use super::molecule::Pattern;

/// Who found a hit, from the vaguest to the surest: where hits overlap, the surest names the marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A run of base64 characters, by its looks alone.
    Entropy,
    /// A rule, by its index in the rule set.
    Rule(usize),
    /// A value assigned to a sensitive name; the label that name gives it.
    Name(&'static str),
    /// One of the documented patterns of the replaced scrubber.
    Molecule(Pattern),
    /// A known value; its label.
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

/// What stands in place of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A marker.
    Plain,
    /// That of an item that a provider signed, whose quotes are of this layer: a marker, or nothing where a list holds it.
    Item { layer: u32, marked: bool },
}

/// One span to redact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub start: usize,
    pub end: usize,
    pub source: Source,
    /// The quotes its marker needs around it, where a bare JSON scalar is replaced.
    pub quote: Option<Quote>,
    /// Whether it may span lines, so that escaped line breaks in it are kept, whatever wrote them.
    pub block: bool,
    /// How many strings deep it stands: line breaks that are escaped so often are those of a text around it, and kept.
    pub depth: u32,
    pub form: Form,
    /// Whether its rule knows the name in front of the value only, and not what the value looks like.
    pub by_name: bool,
    /// Whether it is a part of what stands in several places, and none alone.
    pub part: bool,
}

impl Hit {
    pub(crate) fn new(start: usize, end: usize, source: Source) -> Self {
        let (block, by_name, part) = (false, false, false);
        Self { start, end, source, quote: None, block, depth: 0, form: Form::Plain, by_name, part }
    }

    /// The same `by` bytes later.
    pub(crate) fn shifted(mut self, by: usize) -> Self {
        shift(std::slice::from_mut(&mut self), by);
        self
    }

    /// Whether the marker of both would say this one's name.
    pub(crate) fn is_surer(&self, other: &Self) -> bool {
        self.source.rank() > other.source.rank()
    }

    /// Takes `other`, which overlaps, in: the span of both, the name of the surer or else longer one. Of two rules the one is
    /// surer that knows its token: what stands behind `aws` is some key, what also begins with `AKIA` is that of an account.
    fn absorb(&mut self, other: Self) {
        let longer = other.end - other.start > self.end - self.start;
        let (mine, theirs) = (self.source.rank(), other.source.rank());
        let surer = match (&self.source, &other.source) {
            (Source::Rule(_), Source::Rule(_)) if self.by_name != other.by_name => self.by_name,
            _ => theirs > mine || theirs == mine && longer,
        };
        if surer {
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

/// Moves `hits` to offsets that begin `by` bytes earlier.
pub(crate) fn shift(hits: &mut [Hit], by: usize) {
    for hit in hits {
        hit.start += by;
        hit.end += by;
    }
}

/// Puts hits in order, the longest first of those that begin at the same place.
pub(crate) fn sort(hits: &mut [Hit]) {
    hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
}

/// Sorts `hits` and makes one of those that overlap.
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
