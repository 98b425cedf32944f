//! A value over several lines, or with zero-width characters inside.

use proptest::prelude::*;

use super::{KnownValues, is_covered};

proptest! {
    #[test]
    fn a_line_that_breaks_anywhere_in_a_value_does_not_hide_it(
        value in prop_oneof!["[a-zA-Z0-9_-]{8,40}", "[a-zA-Z0-9äöüß€😀!#$*=@^~+/.-]{8,24}"], cut in any::<prop::sample::Index>(),
        line_end in prop::sample::select(vec!["\n", "\r\n", "\n    ", "\\n", "\\\\r\\\\n", "\n> ", "\n  12 | ", "\n+", "\\n12: ", "\na.py:12:", "\\\n"]),
        before in "[ -~]{0,12}( |\n|a)",
    ) {
        let known = KnownValues::new([("NAME", &value)]).expect("the value is long enough");
        let cuts: Vec<usize> = value.char_indices().map(|(at, _)| at).skip(1).collect();
        let (one, other) = value.split_at(*cut.get(&cuts));
        let text = format!("{before}{one}{line_end}{other} x");
        prop_assert!(is_covered(&known, &text, before.len(), text.len() - 2), "{:?} in {:?}", value, text);
    }

    #[test]
    fn lines_that_are_indented_or_put_on_one_are_a_value_all_the_same(
        lines in prop::collection::vec("[A-Za-z0-9+/=]{8,40}", 2..5), between in prop::sample::select(vec![" ", "\n    ", "\r\n", "\n> ", "\\n  ", "\n12: "]),
        gap in prop::sample::select(vec!["\n", "\n\n", "\r\n", "\n\t"]),
    ) {
        let gap = if between == " " { gap } else { "\n" };
        let known = KnownValues::new([("NAME", lines.join(gap))]).expect("the value is long enough");
        let text = format!("see {} x", lines.join(between));
        prop_assert!(is_covered(&known, &text, 4, text.len() - 2), "{:?} in {:?}", lines, text);
    }

    #[test]
    fn a_character_without_width_beside_any_other_does_not_hide_a_value(
        value in "[a-c£é€–😀]{8,20}", sign in prop::sample::select(vec!["\u{200b}", "\u{2060}", "\u{feff}", "\u{ad}"]), places in any::<u16>(),
        first in 1..8_usize,
    ) {
        let known = KnownValues::new([("NAME", &value)]).expect("the value is long enough");
        // After an ASCII character it is left out before anything is searched.
        let first = value.chars().nth(first - 1).filter(|c| !c.is_ascii()).map(|_| first);
        let text: String = value.chars().enumerate().map(|(at, c)| {
            if Some(at) == first || at >= 8 && places >> (at % 16) & 1 == 1 { format!("{sign}{c}") } else { c.to_string() }
        }).collect();
        prop_assert!(is_covered(&known, &text, 0, text.len()), "{:?} in {:?}", value, text);
    }
}

#[test]
fn colours_and_wraps_do_not_hide_a_value() {
    let known = KnownValues::new([("NAME", "Tr0ub4dor-and-3-horses")]).expect("the value is long enough");
    for between in ["\x1b[31m", "\x1b[0;1m", "\u{200b}", "\n", "\r\n", "\u{ad}"] {
        let text = format!("Tr0ub4dor{between}-and-3{between}-horses");
        assert!(is_covered(&known, &text, 0, text.len()), "{between:?}");
    }
}

#[test]
fn a_line_that_was_broken_at_a_space_does_not_hide_a_value() {
    let known = KnownValues::new([("A", "correct horse battery")]).unwrap();
    for line_break in ["\n", "\r\n", "\n    ", r"\n", "\n> ", "\n  12 | "] {
        let text = format!("a correct horse{line_break}battery b");
        let mut hits = Vec::new();
        known.find(text.as_bytes(), &mut hits);
        assert_eq!((hits.len(), hits[0].start, hits[0].end), (1, 2, text.len() - 2), "{text:?}");
    }
}
