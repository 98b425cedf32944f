//! The options of a scrubber: parsed from JSON and passed to the core's builder.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use prestop_core::json::{self, Value};
use prestop_core::scrub::{ScrubberBuilder, read_rules};
use prestop_core::{Error, ErrorKind, Preset, Result, Scrubber};

/// Returns the scrubber that `options` describe: one JSON object, or no bytes for the defaults.
pub(crate) fn scrubber(options: &[u8]) -> Result<Scrubber> {
    let members = if options.is_empty() { Vec::new() } else { members(options)? };
    let mut preset = Preset::Balanced;
    for (name, value) in &members {
        if name == b"preset" {
            preset = one_text("preset", value)?.parse()?;
        }
    }
    let mut builder = Scrubber::builder(preset);
    for (at, (name, value)) in members.into_iter().enumerate() {
        builder = match &*name {
            b"preset" => builder,
            b"known_secrets" => with_known_secrets(builder, value)?,
            b"disable" => {
                let ids = texts("disable", value)?;
                builder.with_disabled(ids.iter().map(|id| String::from_utf8_lossy(id)))
            }
            b"allow" => builder.with_allowed(texts("allow", value)?),
            b"rules" => with_rules(builder, value)?,
            _ => return Err(invalid(format!("options: member {at} is no option"))),
        };
    }
    builder.build()
}

fn members(options: &[u8]) -> Result<Vec<(Vec<u8>, Value)>> {
    match json::parse(options) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(invalid("options is not a JSON object")),
        Err(error) => Err(invalid(format!("options: {error}"))),
    }
}

fn with_known_secrets(builder: ScrubberBuilder, value: Value) -> Result<ScrubberBuilder> {
    let wrong = || invalid("known_secrets is not an object of names and strings");
    let Value::Object(members) = value else { return Err(wrong()) };
    let pair = |(name, value): (Vec<u8>, Value)| match (String::from_utf8(name), value) {
        (Ok(name), Value::Text(value)) => Ok((name, value)),
        _ => Err(wrong()),
    };
    builder.with_known_secrets(members.into_iter().map(pair).collect::<Result<Vec<_>>>()?)
}

fn with_rules(builder: ScrubberBuilder, value: Value) -> Result<ScrubberBuilder> {
    let Value::Text(path) = value else { return Err(invalid("rules is not a string")) };
    builder.with_rules(&read_rules(OsStr::from_bytes(&path))?)
}

fn texts(option: &str, value: Value) -> Result<Vec<Vec<u8>>> {
    let wrong = || invalid(format!("{option} is not an array of strings"));
    let Value::Array(items) = value else { return Err(wrong()) };
    let text = |item| if let Value::Text(text) = item { Ok(text) } else { Err(wrong()) };
    items.into_iter().map(text).collect()
}

fn one_text<'v>(option: &str, value: &'v Value) -> Result<&'v str> {
    let text = if let Value::Text(text) = value { std::str::from_utf8(text).ok() } else { None };
    text.ok_or_else(|| invalid(format!("{option} is not a string")))
}

fn invalid(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOption, what)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_an_empty_object_are_balanced() {
        assert_eq!(scrubber(b"").unwrap().preset(), Preset::Balanced);
        assert_eq!(scrubber(b" {} ").unwrap().preset(), Preset::Balanced);
    }

    #[test]
    fn every_option_has_its_effect() {
        let options =
            br#"{"allow": ["hunter2"], "known_secrets": {"deploy": "correct horse"}, "preset": "strict"}"#;
        let scrubber = scrubber(options).unwrap();
        assert_eq!(scrubber.preset(), Preset::Strict);
        assert_eq!(scrubber.scrub_text("correct horse"), "[REDACTED:DEPLOY]");
        assert_eq!(scrubber.scrub_text("password=hunter2"), "password=hunter2");
        let fewer = super::scrubber(br#"{"disable": ["jwt"]}"#).unwrap();
        let count = |scrubber: &Scrubber| scrubber.rules().len();
        assert_eq!(count(&fewer) + 1, count(&super::scrubber(b"").unwrap()));
    }

    #[test]
    fn a_bad_option_is_named_and_its_value_is_not() {
        for (options, named) in [
            (&br#"{"preset": "secret"}"#[..], "preset"),
            (br#"{"preset": 1}"#, "preset"),
            (br#"{"known_secrets": ["secret"]}"#, "known_secrets"),
            (br#"{"known_secrets": {"a": 1}}"#, "known_secrets"),
            (br#"{"disable": ["secret"]}"#, "disable"),
            (br#"{"disable": "secret"}"#, "disable"),
            (br#"{"allow": [1]}"#, "allow"),
            (br#"{"allow": [""]}"#, "allow"),
            (br#"{"rules": {}}"#, "rules"),
            (br#"{"rules": "/nowhere/at all"}"#, "rules"),
            (br#"{"rules": "/dev/zero"}"#, "not a regular file"),
            (br#"{"secret": 1}"#, "member 0"),
            (b"[]", "object"),
            (b"{", "offset 1"),
        ] {
            let error = scrubber(options).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidOption);
            let text = error.to_string();
            assert!(text.contains(named) && !text.contains("secret\""), "{text}");
        }
    }
}
