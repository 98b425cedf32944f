//! The scans after a replacement: stretches around the new markers are scanned again, round by round, until
//! nothing is found.

use std::ops::Range;

use super::edited::Edited;
use super::reuse::{Reusable, Scan};
use super::{Engine, breaks, scalar, whole};
use crate::cutoff::Cutoff;
use crate::scrub::escape::Quote;
use crate::scrub::hit::{self, Form, Hit};
use crate::scrub::stretch::{self, Blocks, Reach, Stretch};
use crate::scrub::{Field, Preset, provider_signed};

/// Rounds after which a hit is extended to its whole JSON string or line (`WHOLE_LINES`), and then to the
/// whole text (`WHOLE_TEXT`). No ordinary input needs more than three rounds, and hostile input must
/// terminate too.
const WHOLE_LINES: usize = 6;
const WHOLE_TEXT: usize = 10;

impl Engine {
    /// The hits in a text that begins inside the strings `open`. `carried` are hits known from the previous
    /// window. `None` if the cut-off has passed after a round that was not the last one: crafted text needs
    /// all of them.
    pub(crate) fn fixed_point(
        &self,
        text: &[u8],
        field: Field,
        open: &[Quote],
        mut carried: Vec<Hit>,
        cutoff: Option<&Cutoff<'_>>,
    ) -> Option<Vec<Hit>> {
        let Scan { mut hits, mut blocks, kept } = self.scan(text, field, open, 0, None);
        if !carried.is_empty() {
            hits.append(&mut carried);
            hit::merge(&mut hits);
        }
        self.settle(text, open, &mut hits);
        scalar::quote(text, open, &mut hits);
        breaks::note(text, open, &mut hits);
        let mut round = 1;
        let mut found = hits.len();
        // After the last round nothing but line breaks is left of the text.
        while found > 0 && round <= WHOLE_TEXT {
            if round > 1 && cutoff.is_some_and(Cutoff::is_passed) {
                return None;
            }
            let edited = self.rewrite(text, &hits);
            let mut more = self.scan_again(&edited, field, open, &kept, &mut blocks);
            self.settle(&edited.text, open, &mut more);
            found = more.len();
            round += 1;
            for hit in &mut more {
                if round > WHOLE_LINES && hit.form != Form::Plain {
                    (hit.form, hit.quote) = (Form::Plain, None);
                }
                if round > WHOLE_TEXT {
                    (hit.start, hit.end) = (0, edited.text.len());
                } else if round > WHOLE_LINES {
                    (hit.start, hit.end) = whole::string(&edited.text, open, hit.start, hit.end);
                }
                (hit.start, hit.end) = edited.origin(hit.start, hit.end);
            }
            hits.append(&mut more);
            hit::merge(&mut hits);
            scalar::quote(text, open, &mut hits);
            breaks::note(text, open, &mut hits);
        }
        Some(hits)
    }

    /// Extends hits in an item that a provider signed to the whole item.
    fn settle(&self, text: &[u8], open: &[Quote], hits: &mut Vec<Hit>) {
        if self.preset != Preset::Molecule {
            provider_signed::settle(text, open, hits);
        }
    }

    /// Scans the stretches around all markers in `edited` once. `kept` holds the runs and keywords of the
    /// original text. `blocks` are the places in it where blocks may be; those that this scan finds are
    /// added.
    fn scan_again(
        &self,
        edited: &Edited<'_>,
        field: Field,
        open: &[Quote],
        kept: &Reusable,
        blocks: &mut Blocks,
    ) -> Vec<Hit> {
        let text = &edited.text;
        let mut here = blocks.moved(|at| edited.place(at));
        let hits = self.scan_near(text, &edited.markers(), &mut here, |stretch, hits| {
            let start = stretch.range.start;
            // `molecule` searches for known values only and keeps neither runs nor keywords.
            let known = match self.preset {
                Preset::Molecule => None,
                _ => kept.of(edited, &stretch.range, &self.rules),
            };
            let scan = self.scan(&text[stretch.range.clone()], field, stretch.open(open), 0, known);
            hits.extend(scan.hits.into_iter().map(|hit| hit.shifted(start)));
            scan.blocks.moved(|at| start + at)
        });
        *blocks = here.moved(|at| edited.origin(at, at + 1).0);
        hits
    }

    /// Collects what `look` adds for the stretches of `text` around `places`. `look` returns where blocks may
    /// be. The stretches around places near a block, one of these or of `blocks`, are the longer ones.
    pub(super) fn scan_near(
        &self,
        text: &[u8],
        places: &[Range<usize>],
        blocks: &mut Blocks,
        mut look: impl FnMut(&Stretch, &mut Vec<Hit>) -> Blocks,
    ) -> Vec<Hit> {
        let reach = Reach { long: self.window.margin, short: self.window.near.min(self.window.margin) };
        let mut hits = Vec::new();
        let mut long = stretch::near_blocks(places, blocks, reach);
        loop {
            for stretch in stretch::around(text, places, &long, reach) {
                let before = hits.len();
                blocks.add(look(&stretch, &mut hits));
                let counting = hits.split_off(before).into_iter().filter(|hit| stretch.counts(hit));
                hits.extend(counting);
            }
            let wanted = stretch::near_blocks(places, blocks, reach);
            if long == wanted || long.iter().all(|long| *long) {
                return hits;
            }
            // If some were long already, every further pass might reveal another block, so all become long.
            let again = long.contains(&true);
            long = if again { vec![true; places.len()] } else { wanted };
            hits.clear();
        }
    }
}
