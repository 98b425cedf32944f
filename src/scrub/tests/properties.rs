//! Properties of every text.

use proptest::prelude::*;

use super::*;
use crate::scrub::extent;

/// Pieces that texts are composed of: what rules search for, what ends values, and what surrounds them.
fn piece() -> impl Strategy<Value = String> {
    let fixed: Vec<&'static str> = vec![
        "MY_API_KEY",
        "x_token",
        "password",
        "\"secret\"",
        "Bearer ",
        "bearer ",
        "Authorization: ",
        "Cookie: ",
        "=",
        ":",
        ": ",
        " = ",
        "\"",
        "'",
        "\\\"",
        "\\\\\\\"",
        "\\n",
        "\n",
        "\r\n",
        "\\",
        " ",
        ";",
        ",",
        "&",
        "?",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "<",
        ">",
        "sk-",
        "ghp_",
        "AKIA",
        "eyJ",
        "://",
        "@",
        "user:",
        "--token ",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "[REDACTED:TOKEN]",
        "[REDACTED:",
        "[REDACTED:API_KEY]",
        "_",
        "-",
        "/",
        "+",
        "\u{212a}",
        "é",
        "\u{200b}",
        "\x1b[0m",
        "\x1b[0",
        "m",
        r"\u200b",
        "xxxxxxxxxx",
        "hunter2",
        "task",
        "home/agent/projects/lib",
        "%3D",
        "%22",
        "%253A",
        "&quot;",
        "&#61;",
        r"\u003d",
        r"\u0022",
        "cGFzc3dvcmQ9aHVudGVy",
        "MmFiYw==",
        "user,password\n",
        "USER  PASSWORD\n",
        "\n----  --------\n",
        "\u{2502} user \u{2502} password \u{2502}\n",
        "\u{2502}",
        "[[\"user\", \"password\"], [\"",
        "VALUES (?, ?)\n('",
        "INSERT INTO t (user, password) ",
        "\n$ jq -r .password x\n",
        ">>> os.environ['API_KEY']\n'",
        "'password').fill('",
        "password: Some(\n",
        "\"\"",
    ];
    prop_oneof![
        4 => proptest::sample::select(fixed).prop_map(str::to_owned),
        2 => "[A-Za-z0-9]{1,44}",
        1 => "[A-Z0-9]{16}",
        1 => "[A-Za-z0-9+/]{33,70}={0,2}",
        1 => "\\PC{0,6}",
    ]
}

fn mix() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2_000)))]

    #[test]
    fn scrubbing_twice_changes_nothing(text in mix()) {
        for preset in [Preset::Strict, Preset::Balanced] {
            let scrubber = Scrubber::new(preset);
            let once = scrubber.scrub_text(&text).into_owned();
            prop_assert_eq!(scrubber.scrub_text(&once).into_owned(), once.clone(), "{:?}", preset);
        }
    }

    #[test]
    fn outside_the_findings_nothing_changes(text in mix()) {
        for preset in [Preset::Strict, Preset::Balanced] {
            let scrubber = Scrubber::new(preset);
            let scrubbed = scrubber.scrub_text(&text).into_owned();
            let findings = scrubber.findings(text.as_bytes());
            let mut rest = scrubbed.as_str();
            let mut at = 0;
            for (index, finding) in findings.iter().enumerate() {
                let kept = &text[at..finding.start];
                prop_assert!(rest.starts_with(kept), "what stands before a finding stays");
                rest = rest[kept.len()..].trim_start_matches(['"', '\\']);
                let marker = marker(&finding.label);
                prop_assert!(rest.starts_with(&marker), "a finding becomes its marker");
                rest = &rest[marker.len()..];
                at = finding.end;
                // Line breaks of the finding follow the marker, and quotes follow where it replaced a number.
                let next = findings.get(index + 1).map_or(text.len(), |next| next.start);
                let added = rest.bytes().take_while(|byte| b"\n\r\\nr\"".contains(byte)).count();
                let added = (0..=added).find(|&added| {
                    let kept = rest[added..].strip_prefix(&text[at..next]);
                    match findings.get(index + 1) {
                        None => kept == Some(""),
                        Some(next) => kept.is_some_and(|rest| {
                            let quotes = ['"', '\\'];
                            rest.trim_start_matches(quotes).starts_with(&super::marker(&next.label))
                        }),
                    }
                });
                let breaks = rest.bytes().take(added.unwrap_or(0)).filter(|&byte| byte == b'\n').count();
                let gone = text[finding.start..finding.end].bytes().filter(|&byte| byte == b'\n').count();
                prop_assert_eq!(breaks, gone, "line breaks stay");
                rest = &rest[added.unwrap_or(0)..];
            }
            prop_assert_eq!(rest, &text[at..]);
        }
    }

    #[test]
    fn json_stays_json_at_every_layer(text in mix(), depth in 1usize..4, key in "[a-j]{1,8}") {
        let mut json = serde_json::Value::String(text);
        for _ in 0..depth {
            json = serde_json::Value::String(serde_json::json!({ key.as_str(): json, "N": [1, "x"] }).to_string());
        }
        let text = json.to_string();
        for preset in [Preset::Strict, Preset::Balanced] {
            let mut layer = Scrubber::new(preset).scrub_text(&text).into_owned();
            for _ in 0..depth {
                let serde_json::Value::String(inner) = serde_json::from_str(&layer).map_err(|error| TestCaseError::fail(format!("{preset:?} {error}: {layer} from {text}")))? else {
                    return Err(TestCaseError::fail("the layer is no string any more"));
                };
                let object: serde_json::Value = serde_json::from_str(&inner).map_err(|error| TestCaseError::fail(format!("{preset:?} {error}: {inner} from {text}")))?;
                prop_assert_eq!(&object["N"], &serde_json::json!([1, "x"]));
                layer = object[key.as_str()].to_string();
            }
        }
    }

    #[test]
    fn strict_covers_what_the_documented_patterns_match(text in mix()) {
        let bytes = text.as_bytes();
        let findings = Scrubber::new(Preset::Strict).findings(bytes);
        let labels = info::labels(&RuleSet::builtin(Preset::Strict), std::iter::empty());
        let markers = labels.spans(bytes);
        let mut hits = Vec::new();
        molecule::find(bytes, &mut hits);
        for hit in hits {
            // A match ends at its line break and at the closing quote around it, so any quote or escape ends
            // this check. A token in a header also ends with other delimiters around it. A value on the next
            // line is not the name's, and a name of plain words is kept.
            let gap = &bytes[hit.start..hit.value_start];
            let kebab = hit.pattern == molecule::Pattern::SkToken;
            let cut = hit.start > 0 && matches!(bytes[hit.start - 1], b'\\' | b'%');
            if gap.contains(&b'\n') || gap.contains(&b'\r') || kebab || cut {
                continue;
            }
            let value = &bytes[hit.value_start..hit.end];
            let length = value.iter().position(|byte| b"\"'\\\n\r".contains(byte)).unwrap_or(value.len());
            let bearer = hit.pattern == molecule::Pattern::BearerToken;
            let end = hit.value_start + length;
            let end = if bearer { extent::delimited(bytes, hit.value_start, end) } else { end };
            let length = end - hit.value_start;
            for (at, byte) in bytes.iter().enumerate().skip(hit.value_start).take(length) {
                let covered = findings.iter().any(|finding| finding.start <= at && at < finding.end);
                let marked = markers.iter().any(|&(from, to)| from <= at && at < to);
                // What matches only because of a marker beside it (`Bearer [REDACTED:X],`) is a delimiter.
                let delimiter = !byte.is_ascii_alphanumeric() && !markers.is_empty();
                prop_assert!(covered || marked || delimiter, "{:?} at {at} of {text:?}", hit.pattern);
            }
        }
    }

    #[test]
    fn any_bytes_are_accepted(text in prop::collection::vec(any::<u8>(), 0..200)) {
        for preset in [Preset::Strict, Preset::Balanced, Preset::Molecule] {
            let _ = Scrubber::new(preset).scrub_bytes(&text);
        }
    }
}
