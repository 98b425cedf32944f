//! Scrubbing of a text that arrives in pieces.

use std::fmt;

use super::window::{self, Carry, WindowScan};
use super::{Field, Preset, Scrubber, Tally};

/// How much of a piece is added at once, in bytes.
const PIECE: usize = 1 << 16;

/// Scrubs a text that arrives in pieces. However it is divided, the output is what [`Scrubber::scrub_bytes`]
/// returns for the whole, and a secret across any boundary is found.
///
/// It holds at most 2 MiB and 64 KiB of the text, and returns nothing before it has more than 2 MiB. Its
/// output ends between two characters if the text is UTF-8. The preset [`Preset::Molecule`] is defined over
/// whole texts: its stream holds everything until the end.
///
/// ```
/// use prestop::{Preset, Scrubber};
///
/// let mut stream = Scrubber::new(Preset::Balanced).stream();
/// let mut out = stream.feed(b"export DB_PASS");
/// out.extend(stream.feed(b"WORD=hun"));
/// out.extend(stream.feed(b"ter2\n"));
/// out.extend(stream.finish().0);
/// assert_eq!(out, b"export DB_PASSWORD=[REDACTED:PASSWORD]\n");
/// ```
#[must_use = "the end of the text comes with `finish`"]
pub struct ScrubStream {
    scrubber: Scrubber,
    held: Vec<u8>,
    carry: Carry,
    tally: Tally,
}

/// Without the text, which is not scrubbed yet.
impl fmt::Debug for ScrubStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScrubStream")
            .field("held", &self.held.len())
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}

impl ScrubStream {
    pub(super) fn new(scrubber: Scrubber) -> Self {
        Self { scrubber, held: Vec::new(), carry: Carry::default(), tally: Tally::default() }
    }

    /// Adds the next piece, of any length, and returns what is scrubbed by now, which may be nothing: the
    /// newest 2 MiB may still change. An empty piece adds nothing.
    #[must_use = "what comes out is part of the text"]
    pub fn feed(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        if self.scrubber.preset() == Preset::Molecule {
            self.held.extend_from_slice(piece);
            return out;
        }
        let size = self.scrubber.engine.window().size;
        for piece in piece.chunks(PIECE) {
            self.held.extend_from_slice(piece);
            while self.held.len() > size {
                let text = &self.held[..size];
                let engine = &self.scrubber.engine;
                // Without a cut-off the search always ends.
                let Some(found) = window::search(engine, text, Field::Ordinary, &mut self.carry, None) else {
                    return out;
                };
                let cut = found.cut;
                self.give(found, &mut out);
                self.held.drain(..cut);
            }
        }
        out
    }

    /// Ends the text: returns the rest of it, and what was redacted in the whole. If a stream is dropped
    /// instead, what it holds is lost.
    pub fn finish(mut self) -> (Vec<u8>, Tally) {
        let mut out = Vec::new();
        if self.scrubber.preset() == Preset::Molecule {
            out = self.scrubber.scrub_field(&self.held, Field::Ordinary, &mut self.tally).into_owned();
        } else {
            let engine = &self.scrubber.engine;
            if let Some(found) = window::last(engine, &self.held, Field::Ordinary, &mut self.carry, None) {
                self.give(found, &mut out);
            }
        }
        (out, self.tally)
    }

    /// Appends what was searched, rewritten up to the cut.
    fn give(&mut self, mut found: WindowScan, out: &mut Vec<u8>) {
        let engine = &self.scrubber.engine;
        let text = &self.held[found.continued..found.cut];
        for hit in &mut found.hits {
            hit.start -= found.continued;
            hit.end -= found.continued;
            self.tally.redacted(engine.label(&hit.source));
        }
        out.extend_from_slice(&engine.rewrite(text, &found.hits).text);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use super::super::engine::Engine;
    use super::super::known::KnownValues;
    use super::super::ruleset::RuleSet;
    use super::super::window::Window;
    use super::*;
    use proptest::prelude::*;

    /// A scrubber whose windows are so small that every text of these tests crosses them.
    fn small(preset: Preset, size: usize, margin: usize) -> Scrubber {
        with_window(preset, Window { size, margin, near: margin / 2 })
    }

    fn with_window(preset: Preset, window: Window) -> Scrubber {
        let known =
            KnownValues::new([("DEPLOY", "correct horse battery")]).expect("the value is long enough");
        let engine = Engine::new(preset, RuleSet::builtin(preset), known, Vec::new(), HashSet::new());
        Scrubber { engine: Arc::new(engine.with_window(window)) }
    }

    fn token() -> String {
        format!("{}_{}", "ghp", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
    }

    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            3 => "[a-z \n\"'\\\\{}:,=\u{e9}\u{1f600}]{0,40}",
            1 => Just(token()),
            1 => Just("DB_PASSWORD=hunter2\n".to_owned()),
            1 => Just("{\"password\": \"hunter2\", \"a\": \"".to_owned()),
            1 => Just("\\\"password\\\": \\\"correct horse battery\\\"".to_owned()),
            1 => "[A-Za-z0-9+/]{20,200}",
            1 => Just(format!("-----BEGIN {0} KEY-----\n{1}\n-----END {0} KEY-----\n", "PRIVATE", "A1b2".repeat(20))),
            1 => Just("[REDACTED:PASSWORD]".to_owned()),
            1 => Just("password=\"".to_owned()),
        ]
    }

    /// Tokens and other lines with a gap in them.
    fn unseen() -> impl Strategy<Value = String> {
        let lines = prop::collection::vec("[a-zA-Z0-9+/]{64}", 1..4).prop_map(|lines| lines.join("\n"));
        let block = lines.prop_map(|lines| {
            format!("-----BEGIN {0} KEY-----\n{lines}\n-----END {0} KEY-----\n", "PRIVATE")
        });
        let whole = prop_oneof![Just(token()), Just("DB_PASSWORD=hunter2\n".to_owned()), block, piece()];
        let hidden = prop::sample::select(vec!["\u{200b}", "\0", "\x1b[31m", "\\u001b[0m", "\u{2060}"]);
        (whole, hidden, any::<prop::sample::Index>()).prop_map(|(mut text, hidden, at)| {
            let mut at = at.index(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            text.insert_str(at, hidden);
            text
        })
    }

    fn unnamed(text: &str) -> String {
        let mut parts = text.split("[REDACTED:");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + "[" + part.split_once(']').map_or(part, |(_, rest)| rest))
    }

    fn streamed(scrubber: &Scrubber, text: &[u8], cuts: &[usize]) -> (Vec<u8>, Tally) {
        let mut stream = scrubber.stream();
        let (mut out, mut at) = (Vec::new(), 0);
        for cut in cuts {
            let to = (at + cut).min(text.len());
            out.extend(stream.feed(&text[at..to]));
            at = to;
        }
        out.extend(stream.feed(&text[at..]));
        let (rest, tally) = stream.finish();
        out.extend(rest);
        (out, tally)
    }

    proptest! {
        #[test]
        fn however_it_is_cut_it_is_what_one_call_gives(
            pieces in prop::collection::vec(piece(), 0..24),
            cuts in prop::collection::vec(0usize..300, 0..12),
            size in 32usize..600,
            margin in 8usize..300,
            strict in any::<bool>(),
        ) {
            let preset = if strict { Preset::Strict } else { Preset::Balanced };
            let scrubber = small(preset, size, margin.min(size / 2));
            let text = pieces.concat();
            let whole = scrubber.scrub_bytes(text.as_bytes());
            let (out, tally) = streamed(&scrubber, text.as_bytes(), &cuts);
            prop_assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(&whole));
            let redacted: u64 = tally.redactions().values().sum();
            prop_assert_eq!(redacted, scrubber.findings(text.as_bytes()).len() as u64);
        }

        #[test]
        fn windows_that_leave_a_margin_hide_nothing(
            pieces in prop::collection::vec(piece(), 0..40),
            size in 1500usize..3000,
        ) {
            // Longer than anything in these texts reaches, as the real margin is longer than every rule.
            let margin = 700;
            let text = pieces.join("\n");
            let scrubber = small(Preset::Balanced, size, margin);
            let unbroken = small(Preset::Balanced, 1 << 30, margin);
            // If two rules match one token, either may name it.
            let (cut, whole) = (scrubber.scrub_text(&text), unbroken.scrub_text(&text));
            prop_assert_eq!(unnamed(&cut), unnamed(&whole));
        }

        #[test]
        fn what_is_far_from_a_change_needs_no_second_look(
            places in prop::collection::vec((prop_oneof![piece(), unseen()], 0usize..60), 0..12),
            strict in any::<bool>(),
        ) {
            let preset = if strict { Preset::Strict } else { Preset::Balanced };
            let text: String = places.iter().flat_map(|(piece, far)| [piece.clone(), "\nlines of no interest\n".repeat(*far)]).collect();
            let window = Window { size: 1 << 30, margin: 700, near: 350 };
            let whole = Window { margin: 1 << 30, near: 1 << 30, ..window };
            let (near, whole) = (with_window(preset, window), with_window(preset, whole));
            prop_assert_eq!(near.scrub_text(&text), whole.scrub_text(&text));
        }

        #[test]
        fn pieces_of_text_stay_text(pieces in prop::collection::vec(piece(), 0..24), size in 64usize..300) {
            let scrubber = small(Preset::Balanced, size, size / 4);
            let mut stream = scrubber.stream();
            for piece in &pieces {
                prop_assert!(String::from_utf8(stream.feed(piece.as_bytes())).is_ok());
            }
            prop_assert!(String::from_utf8(stream.finish().0).is_ok());
        }
    }

    #[test]
    fn a_value_longer_than_the_window_goes_to_its_end() {
        let scrubber = small(Preset::Balanced, 300, 100);
        for (before, value, after) in [
            ("password=\"", "x7Kq9", "\", keep"),
            ("{\"a\": \"\\\"password\\\": \\\"", "x7Kq9", "\\\", keep\"}"),
            ("PASSWORD=", "x7Kq9", "\nkeep"),
            ("password=\"", "x7Kq9'", "\", keep"),
            ("{\"a\": \"here\"password\": \"", "x7Kq9'", "\", keep"),
            ("{\"a\": \"here\"password\": \"", "'", "\", keep"),
        ] {
            let long = value.repeat(1000);
            let text = format!("{before}{long}{after}");
            let (out, _) = streamed(&scrubber, text.as_bytes(), &[7, 900]);
            let out = String::from_utf8(out).expect("it stays text");
            assert!(!out.contains(value), "{before}: {} {:?}", out.len(), out.get(..200));
            assert!(out.starts_with(before) && out.ends_with(after), "{before}");
            assert_eq!(scrubber.scrub_text(&out), out);
        }
    }

    #[test]
    fn a_value_that_ends_near_the_end_of_a_window_ends_there() {
        const SIZE: usize = 600;
        // A name, a character of its value, what ends the value, and what must be left alone.
        let forms = [
            ("{\"password\": \"", "x7Kq9", "\", \"name\": \"kept\", \"id\": \"kept too\"}"),
            ("{\"a\": \"{\\\"password\\\": \\\"", "x7Kq9", "\\\", \\\"name\\\": \\\"kept\\\"}\", \"id\": 1}"),
            ("{\"a\": \"export PASSWORD=", "x7Kq9", " make deploy --now\", \"id\": \"kept too\"}"),
            ("{\"a\": \"export PASSWORD=", "x7Kq9", "\\nmake deploy --now\", \"id\": \"kept too\"}"),
            ("PASSWORD=", "x7Kq9", " make deploy --now, and what else there is to do here"),
            ("PASSWORD=", "x7Kq9", "\nmake deploy --now, and what else there is to do here"),
            ("password='", "x7Kq9", "' # of the \"staging\" system, \"kept\""),
        ];
        for preset in [Preset::Strict, Preset::Balanced] {
            let scrubber = small(preset, SIZE, 100);
            for (before, unit, after) in forms {
                for length in SIZE - before.len() - 80..=SIZE - before.len() + 4 {
                    let value: String = unit.chars().cycle().take(length).collect();
                    let text = format!("{before}{value}{after}");
                    let (out, _) = streamed(&scrubber, text.as_bytes(), &[]);
                    let out = String::from_utf8_lossy(&out);
                    let kept = out.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                    let marker =
                        kept.is_some_and(|kept| kept.starts_with("[REDACTED:") && kept.ends_with(']'));
                    assert!(marker, "{preset:?}, {before} and {length}: {out}");
                }
            }
        }
    }

    #[test]
    fn a_debug_print_has_no_text() {
        let mut stream = Scrubber::new(Preset::Strict).stream();
        assert!(stream.feed(b"hunter2").is_empty());
        let print = format!("{stream:?}");
        assert!(print.contains("held: 7") && !print.contains("104"), "{print}");
    }

    #[test]
    fn the_molecule_preset_holds_everything() {
        let scrubber = Scrubber::new(Preset::Molecule);
        let text = format!("a {} b", token());
        let mut stream = scrubber.stream();
        assert!(stream.feed(text.as_bytes()).is_empty());
        assert_eq!(stream.finish().0, scrubber.scrub_bytes(text.as_bytes()).into_owned());
    }
}
