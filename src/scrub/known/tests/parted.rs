//! Values with punctuation that are interrupted by bytes that are no part of them.

use proptest::prelude::*;

use crate::scrub::KnownValues;
use crate::{Preset, Scrubber};

type Hold = fn(&str, &str) -> String;

/// Ways in which a text holds two parts of a value.
const HOLDS: [(&str, Hold); 12] = [
    ("concatenated", |one, other| format!("x = \"{one}\" + \"{other}\";")),
    ("Java", |one, other| format!("x = \"{one}\"\n        + \"{other}\";")),
    ("PHP", |one, other| format!("$x = '{one}' . '{other}';")),
    ("Python", |one, other| format!("x = (\n    \"{one}\"\n    \"{other}\"\n)")),
    ("shell", |one, other| format!("echo '{one}''{other}'")),
    ("wbr", |one, other| format!("<p>{}<wbr>{}</p>", html(one), html(other))),
    ("spans", |one, other| format!("<b>{}</b><span class=\"k\">{}</span>", html(one), html(other))),
    ("shy", |one, other| format!("<p>{}&shy;{}</p>", html(one), html(other))),
    ("no width", |one, other| format!("<p>{}&#8203;{}</p>", html(one), html(other))),
    ("drawn", |one, other| format!("│ key │ {one} │ x │\n│     │ {other} │   │")),
    ("table", |one, other| format!("| {one} |\n| {other} |")),
    ("mail", |one, other| format!("see {}=\n{} there", mail(one), mail(other))),
];

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn mail(text: &str) -> String {
    text.replace('=', "=3D")
}

proptest! {
    #[test]
    fn a_value_goes_that_something_parts(
        value in "[A-Z][0-9a-z]{2}[!#$:;/&<>=@*,?][0-9A-Za-z!#$:;/&<>=@*,?]{16,30}[0-9a-z]",
        at in 8_usize..12,
        hold in 0..HOLDS.len(),
        times in 0..3_usize,
        strict: bool,
    ) {
        let preset = if strict { Preset::Strict } else { Preset::Balanced };
        let builder = Scrubber::builder(preset).with_known_secrets([("DEPLOY", &value)]);
        let scrubber = builder.and_then(crate::scrub::ScrubberBuilder::build).expect("the options are good");
        let (one, other) = value.split_at(at);
        let (name, hold) = HOLDS[hold];
        let in_json = |text: String| (0..times).fold(text, |text, _| serde_json::json!({ "text": text }).to_string());
        let text = in_json(hold(one, other));
        let clean = scrubber.scrub_text(&text);
        // Where the value itself is spelled with entities, one without width is decoded as they are.
        let clean_parts = clean.replace("[REDACTED:DEPLOY]&#8203;[REDACTED:DEPLOY]", "[REDACTED:DEPLOY]");
        let parts = in_json(hold("[REDACTED:DEPLOY]", "[REDACTED:DEPLOY]"));
        let joined = parts.replace("[REDACTED:DEPLOY]&#8203;[REDACTED:DEPLOY]", "[REDACTED:DEPLOY]");
        prop_assert_eq!(&clean_parts, &joined, "{} of {}", name, text);
        prop_assert_eq!(scrubber.scrub_text(&clean), clean.as_ref());
        // A value that only begins alike is no match.
        let text = in_json(hold(&one[..6], other));
        let known = KnownValues::new([("DEPLOY", &value)]).expect("the value is one");
        let mut hits = Vec::new();
        known.find(text.as_bytes(), &mut hits);
        prop_assert!(hits.is_empty(), "{} in {}", name, text);
    }
}
