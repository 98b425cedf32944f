//! JSON encoding of a tree that cannot be searched in the time there is.
//!
//! Text crafted for the purpose can take a thousand times as long to search as ordinary text, and a container
//! that is being stopped has ten seconds. So the first walk gives up when half of the time is gone. Its pace
//! shows how much can be searched in the rest: the next walk cuts the longest strings to a common length
//! before it searches them, and leaves out the oldest transcript lines if that is not enough. If it is late
//! too, a last walk searches no more than a fixed amount. What is cut off was never searched, and is not
//! written.

use std::time::Duration;

use super::budget::Room;
use super::encoder::{Encoder, Layout};
use super::frame::Place;
use super::lengths::Lengths;
use super::node::Node;
use super::sink::Sink;
use super::walk::{BUDGET, NODE_COST, Walk};
use crate::Scrubber;
use crate::cutoff::Cutoff;
use crate::scrub::Tally;

/// No string is cut to fewer bytes than this.
pub(super) const SHORTEST: usize = 1 << 10;
/// How many bytes are searched in any case: even in the worst text, a fraction of a second.
const LEAST: u64 = 64 << 10;
/// How much of the budget is spent between two checks of whether to give up.
pub(super) const STRIDE: u64 = 16 << 10;

/// The key of the list whose items are ordered from the oldest on.
pub(super) const LINES: &[u8] = b"transcript_lines";

/// Like [`encode`](super::encode), in the given layout and within a limited time. `left` reports how much
/// time is left and is called often. The whole tree is searched if half of the time is enough for that.
/// Otherwise the longest strings and keys are cut first, with `[REDACTED:TRUNCATED]` in place of what was cut
/// off, and then the first items of `transcript_lines` are dropped. The tally counts both.
///
/// A text of up to 2 MiB is searched once to its end, and again around what was replaced, whatever time that
/// takes: two seconds each in the worst known case.
///
/// ```
/// use prestop::value::{Json, Layout, encode_within};
/// use std::time::{Duration, Instant};
///
/// let (value, start) = (serde_json::json!({"password": "hunter2"}), Instant::now());
/// let left = || Duration::from_secs(5).saturating_sub(start.elapsed());
/// let scrubber = prestop::Scrubber::new(prestop::Preset::Strict);
/// let (json, _) = encode_within(&Json::Value(&value), Layout::Compact, &scrubber, &left);
/// assert_eq!(json, br#"{"password":"[REDACTED:PASSWORD]"}"#);
/// ```
pub fn encode_within<N: Node>(
    node: &N,
    layout: Layout,
    scrubber: &Scrubber,
    left: &(dyn Fn() -> Duration + Sync),
) -> (Vec<u8>, Tally) {
    let allowed = left();
    // Gives up when only one `part`-th of the time is left.
    let attempt = |part: u32, room: Option<Room>| {
        let is_passed = || left() <= allowed / part;
        let cutoff = Cutoff::new(&is_passed);
        let mut walk = Walk::new(scrubber, Encoder::new(layout)).until(&cutoff).within(room);
        walk.run_at(node, Place::ROOT);
        if cutoff.was_passed() { Err(walk.searched()) } else { Ok(written(walk.finish())) }
    };
    let before = left();
    let searched = match attempt(2, None) {
        Ok(whole) => return whole,
        Err(searched) => searched,
    };
    let pace = f64_of(searched) / before.saturating_sub(left()).as_secs_f64().max(1e-3);
    // What this pace allows in half of the next walk's time.
    if let Ok(cut) = attempt(4, Some(Room::for_part_of(node, in_time(pace, allowed / 8)))) {
        return cut;
    }
    let room = Room::for_part_of(node, LEAST);
    written(Walk::new(scrubber, Encoder::new(layout)).within(Some(room)).run(node))
}

fn written((encoder, tally): (Encoder, Tally)) -> (Vec<u8>, Tally) {
    (encoder.into_bytes(), tally)
}

#[allow(clippy::cast_precision_loss, reason = "a pace is no exact number")]
fn f64_of(number: u64) -> f64 {
    number as f64
}

/// How much can be searched in `time` at this pace, and at least [`LEAST`].
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a pace is positive, and the cast saturates"
)]
fn in_time(pace: f64, time: Duration) -> u64 {
    ((pace * time.as_secs_f64()) as u64).max(LEAST)
}

impl Room {
    /// Returns limits that keep about `room` of a tree: transcript lines and everything else get half of it
    /// each, and what the other does not need.
    fn for_part_of<N: Node>(node: &N, room: u64) -> Self {
        let lengths = Lengths::of(node, room);
        let longest = (SHORTEST.ilog2()..usize::BITS - 1)
            .map(|bits| 1 << bits)
            .take_while(|longest| lengths.cut(*longest) <= room)
            .last()
            .unwrap_or(SHORTEST);
        let lines = room.saturating_sub(lengths.others.cut(longest)).max(room / 2);
        let others = room.saturating_sub(lengths.lines.cut(longest)).max(room / 2);
        Self { longest, lines, others }
    }
}

impl<'s, N: Node, S: Sink<N>> Walk<'s, N, S> {
    /// Makes the walk give up at `cutoff`. What the sink has received by then is incomplete and of no use.
    fn until(mut self, cutoff: &'s Cutoff<'s>) -> Self {
        self.cutoff = Some(cutoff);
        self
    }

    /// Limits how much the walk searches.
    fn within(mut self, room: Option<Room>) -> Self {
        self.room = room;
        self
    }

    /// How much was examined and visited, in the units of the budget.
    fn searched(&self) -> u64 {
        BUDGET - self.budget + self.looked_at * NODE_COST
    }

    /// Whether to give up now; asks once for every [`STRIDE`] of the budget.
    pub(super) fn is_late(&mut self) -> bool {
        let Some(cutoff) = self.cutoff.filter(|_| self.budget <= self.ask_at) else { return false };
        self.ask_at = self.budget.saturating_sub(STRIDE);
        cutoff.is_passed()
    }

    /// Whether the walk has given up, so that the sink has received only a part.
    pub(super) fn has_given_up(&self) -> bool {
        self.cutoff.is_some_and(Cutoff::was_passed)
    }
}

/// Returns the part of a cut text that is searched: whole words, since a part of a token may not be
/// recognised as one.
pub(super) fn head(text: &[u8], longest: usize) -> &[u8] {
    let head = &text[..longest.min(text.len())];
    &head[..head.iter().rposition(u8::is_ascii_whitespace).map_or(0, |last| last + 1)]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod late;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod worked;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Preset;
    use crate::value::{Json, encode};
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use std::sync::atomic::{AtomicU64, Ordering};

    fn scrubber() -> Scrubber {
        Scrubber::new(Preset::Balanced)
    }

    fn within(value: &Value, left: &(dyn Fn() -> Duration + Sync)) -> (Value, Tally) {
        let (json, tally) = encode_within(&Json::Value(value), Layout::Compact, &scrubber(), left);
        (serde_json::from_slice(&json).unwrap(), tally)
    }

    /// Returns a clock with `seconds` left, which loses one second each time it is read.
    fn clock(seconds: u64) -> impl Fn() -> Duration + Sync {
        let asked = AtomicU64::new(0);
        move || Duration::from_secs(seconds.saturating_sub(asked.fetch_add(1, Ordering::Relaxed)))
    }

    fn token() -> String {
        format!("{}_{}", "ghp", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
    }

    fn conversation(lines: usize, length: usize) -> Value {
        let line = |number| format!("{number} {} and {}", token(), "word ".repeat(length / 5));
        let lines: Vec<String> = (0..lines).map(line).collect();
        json!({"workspace_id": "w-1", "current_task": "build it", "adapter": {"session_id": "s-1", "transcript_lines": lines}})
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn with_time_enough_nothing_is_cut(lines in 0usize..8, length in 0usize..2000) {
            let value = conversation(lines, length);
            let (json, tally) = encode_within(&Json::Value(&value), Layout::Indented, &scrubber(), &|| Duration::MAX);
            prop_assert_eq!((json, tally), encode(&Json::Value(&value), &scrubber()));
        }

        #[test]
        fn whenever_time_is_up_there_is_a_document_with_no_secret_and_the_newest_lines(
            seconds in 0u64..16,
            lines in 1usize..60,
            length in 0usize..3000,
        ) {
            let value = conversation(lines, length);
            let (document, tally) = within(&value, &clock(seconds));
            prop_assert!(!document.to_string().contains(&token()[..12]));
            prop_assert_eq!(&document["workspace_id"], "w-1");
            prop_assert_eq!(&document["current_task"], "build it");
            prop_assert_eq!(&document["adapter"]["session_id"], "s-1");
            let kept = document["adapter"]["transcript_lines"].as_array().unwrap();
            prop_assert_eq!(kept.len() as u64 + tally.dropped(), lines as u64);
            let newest = kept.last().unwrap().as_str().unwrap();
            prop_assert!(newest.starts_with(&format!("{} [REDACTED:GITHUB_PAT] and", lines - 1)), "{}", newest);
            let cut = kept.iter().filter(|line| line.as_str().unwrap().ends_with("[REDACTED:TRUNCATED]")).count();
            prop_assert_eq!(cut as u64, tally.redactions().get("TRUNCATED").copied().unwrap_or(0));
        }

        #[test]
        fn whenever_time_is_up_no_key_has_what_was_not_searched(
            seconds in 0u64..8,
            lengths in prop::collection::vec((0usize..40_000, 0usize..40_000), 1..6),
            top: bool,
        ) {
            let key = |(before, behind): &(usize, usize)| {
                format!("a {} {} and {}b", "word ".repeat(before / 5), token(), "word ".repeat(behind / 5))
            };
            let members: serde_json::Map<_, _> = lengths.iter().map(|lengths| (key(lengths), json!(1))).collect();
            let mut value = if top { json!(members) } else { json!({"keys": members}) };
            value["workspace_id"] = json!("w-1");
            let (document, tally) = within(&value, &clock(seconds));
            prop_assert!(!document.to_string().contains(&token()[..12]));
            prop_assert_eq!(&document["workspace_id"], "w-1");
            let kept = if top { &document } else { &document["keys"] };
            let cut = |keys: &serde_json::Map<_, _>| keys.keys().filter(|key| key.contains(":TRUNCATED]")).count();
            let cut = kept.as_object().map_or(1, cut);
            prop_assert_eq!(cut as u64, tally.redactions().get("TRUNCATED").copied().unwrap_or(0));
            if let Some(kept) = kept.as_object() {
                let kept = kept.len() - usize::from(top) + usize::try_from(tally.dropped()).unwrap();
                prop_assert_eq!(kept, members.len());
            }
            prop_assert_eq!(within(&document, &|| Duration::MAX).0, document);
        }
    }

    #[test]
    fn of_a_long_key_little_is_searched_without_time() {
        for key in ["word ".repeat(1 << 20), "x".repeat(1 << 22)] {
            let value = json!({"a": [{ key: "x" }], "session_id": "s-1"});
            let mut document = Value::Null;
            let given = crate::scrub::work::given(|| document = within(&value, &|| Duration::ZERO).0);
            assert!(given < 3 * (64 << 10), "{given}");
            let key = document["a"][0].as_object().unwrap().keys().next().unwrap();
            assert!(key.ends_with("[REDACTED:TRUNCATED]") && document["session_id"] == "s-1");
        }
    }

    #[test]
    fn without_time_the_newest_lines_are_searched_in_part() {
        let (document, tally) = within(&conversation(100, 4000), &|| Duration::ZERO);
        let kept = document["adapter"]["transcript_lines"].as_array().unwrap();
        assert!((10..100).contains(&kept.len()), "{}", kept.len());
        assert_eq!(tally.dropped(), 100 - kept.len() as u64);
        assert!(kept.iter().all(|line| (900..1100).contains(&line.as_str().unwrap().len())));
    }

    #[test]
    fn of_lines_that_are_maps_the_newest_stay_too() {
        let line =
            |number| json!({"type": "text", "number": number, "parts": [{"text": "word ".repeat(500)}]});
        let value = json!({"transcript_lines": (0..200).map(line).collect::<Vec<_>>(), "last": "x"});
        let (document, tally) = within(&value, &|| Duration::ZERO);
        let kept = document["transcript_lines"].as_array().unwrap();
        assert!(
            (10..60).contains(&kept.len()) && tally.dropped() == 200 - kept.len() as u64,
            "{}",
            kept.len()
        );
        assert_eq!((&kept.last().unwrap()["number"], &document["last"]), (&json!(199), &json!("x")));
        let cut =
            |line: &Value| line["parts"][0]["text"].as_str().unwrap().ends_with("word [REDACTED:TRUNCATED]");
        assert!(kept.iter().all(cut));
    }

    #[test]
    fn half_of_a_token_does_not_stay_where_the_line_with_the_other_half_is_left_out() {
        let (first, second) = (token()[..30].to_owned(), token()[30..].to_owned());
        let delta = |text: &str| json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}});
        let words = "word ".repeat(120);
        // For one of these the cut is between the halves, since all lines have about the same length.
        for newer in 20..120 {
            let mut lines = vec![delta(&words); 200];
            lines[198 - newer] = delta(&format!("{words}{first}"));
            lines[199 - newer] = delta(&format!("{second} {words}"));
            let (document, _) = within(&json!({"transcript_lines": lines}), &|| Duration::ZERO);
            assert!(!document.to_string().contains(&second), "{newer}");
        }
    }

    #[test]
    fn what_is_cut_is_judged_as_a_whole() {
        let long = "q7Rk2mXw9Tb4".repeat(20_000);
        let sandbox = json!({"source": "sandbox", "text": "word ".repeat(40_000)}).to_string();
        let value = json!({"password": long, "result": sandbox});
        let (document, tally) = within(&value, &|| Duration::ZERO);
        assert_eq!(document["password"], "[REDACTED:PASSWORD]");
        assert_eq!(document["result"], "[REDACTED:SANDBOX]");
        assert!(!tally.redactions().contains_key("TRUNCATED"));
    }

    #[test]
    fn a_secret_over_several_lines_is_seen_in_lines_that_are_cut() {
        let key = |part: &str| format!("-----{part} RSA PRIVATE {}-----", "KEY");
        let body = "MIIEpAIBAAKCAQEAx3f2Kq9Zr8mVwT1yUoLbNcPdQe5SgHj7RiAtBk4X".repeat(2);
        let mut lines =
            vec!["x ".repeat(200_000), key("BEGIN"), body.clone(), format!("{body} {}", "y ".repeat(900))];
        lines.push(key("END"));
        let value = json!({"transcript_lines": lines});
        let (document, _) = within(&value, &|| Duration::ZERO);
        assert!(!document.to_string().contains(&body[8..24]), "{document}");
    }

    #[test]
    fn the_longest_are_cut_first() {
        let value =
            json!({"short": "a ".repeat(600), "long": "b ".repeat(20_000), "longer": "c ".repeat(80_000)});
        let (document, tally) = within(&value, &clock(4));
        assert_eq!(document["short"], value["short"]);
        let (long, longer) = (document["long"].as_str().unwrap(), document["longer"].as_str().unwrap());
        assert!(long.len() <= longer.len() && longer.ends_with("c [REDACTED:TRUNCATED]"));
        assert!((1..=2).contains(&tally.redactions()["TRUNCATED"]));
    }

    #[test]
    fn what_is_cut_ends_with_a_word() {
        assert_eq!(head(b"one two three", 9), b"one two ");
        assert_eq!(head(b"one two three", 8), b"one two ");
        assert_eq!(head(b"onetwothree", 9), b"");
        assert_eq!(head(b"one", 9), b"");
    }
}
