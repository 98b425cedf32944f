//! Recognises base64 data: images, sound, archives, responses of servers. Megabytes of it contain short
//! prefixes and vendor names by chance.

use super::entropy;

/// How many bytes before a place are examined to find out what it is in.
const SIGHT: usize = 128;
/// The least number of characters of each kind; the header of an image is mostly `A`.
const LEAST: usize = 2;
/// The lengths at which base64 is wrapped.
const LINES: std::ops::RangeInclusive<usize> = 56..=80;

/// Whether `at` is in the middle of data: base64 characters directly precede it, on its line or on lines of
/// the same length.
pub(super) fn goes_on(text: &[u8], at: usize) -> bool {
    let before = &text[..at];
    let line = last_run(before);
    // A `+` directly before it is a base64 character that no word contains.
    if line.ends_with(b"+") && is_joined(line) {
        return true;
    }
    if line.len() == SIGHT {
        return is_of_all_kinds(line);
    }
    // The lines of a list of tokens may have equal lengths too, but not a length at which base64 is wrapped.
    // A line with a token of its own, or with a space after the token, has another length.
    let whole = line.len() + text[at..].iter().take(SIGHT).take_while(|byte| is_digit(**byte)).count();
    let mut data = Vec::new();
    let mut rest = &before[..before.len() - line.len()];
    while data.len() < 2 * SIGHT {
        let Some((line, above)) = line_above(rest) else { break };
        if !LINES.contains(&line.len()) || line.len() != whole {
            break;
        }
        data.extend_from_slice(line);
        rest = above;
    }
    data.len() > whole && is_of_all_kinds(&data)
}

/// Whether the characters up to a `+` are data, not words between which `+` stands for a space.
fn is_joined(line: &[u8]) -> bool {
    const SHORTEST: usize = 10;
    let count = |kind: fn(&u8) -> bool| line.iter().filter(|byte| kind(byte)).count();
    line.len() >= SHORTEST
        && count(u8::is_ascii_uppercase) >= LEAST
        && count(u8::is_ascii_digit) > 0
        && !entropy::is_wordy(line)
}

/// Whether `byte` is a base64 digit, standard or URL-safe.
fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

/// Whether bytes are not text: they contain control characters other than those of text files, terminals and
/// environments.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, 1..=8 | 11 | 14..=26 | 28..=31))
}

/// The last base64 digits of a text, at most [`SIGHT`].
fn last_run(text: &[u8]) -> &[u8] {
    let length = text.iter().rev().take(SIGHT).take_while(|byte| is_digit(**byte)).count();
    &text[text.len() - length..]
}

/// Returns the line above the end of `text`, without its indentation, and the text before that line. The line
/// break may be an escaped one.
fn line_above(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let text = &text[..=text.iter().rposition(|byte| !blank(byte))?];
    let text = if let Some(text) = text.strip_suffix(b"\n") {
        text.strip_suffix(b"\r").unwrap_or(text)
    } else {
        // Without white space in between, the letter of an escaped line break is counted with the next line.
        let text = text.strip_suffix(b"n").unwrap_or(text);
        let bare = &text[..text.iter().rposition(|byte| *byte != b'\\').map_or(0, |last| last + 1)];
        (bare.len() < text.len()).then_some(bare)?
    };
    let line = last_run(text);
    Some((line, &text[..text.len() - line.len()]))
}

/// Whether the characters are of all kinds and do not read as words, as those of a path do.
fn is_of_all_kinds(data: &[u8]) -> bool {
    let count = |kind: fn(&u8) -> bool| data.iter().filter(|byte| kind(byte)).count();
    let other = |byte: &u8| !byte.is_ascii_alphabetic();
    let kinds = [u8::is_ascii_uppercase, u8::is_ascii_lowercase, other].map(count);
    kinds.into_iter().all(|count| count >= LEAST) && !entropy::is_wordy(data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn behind_random_characters_data_goes_on(data in "[A-Za-z0-9+/]{400}") {
            prop_assert!(goes_on(data.as_bytes(), 200));
            let wrapped: Vec<&str> = (0..5).map(|line| &data[76 * line..76 * line + 76]).collect();
            for end in ["\n", "\r\n", "\n    ", r"\n", r"\\n  "] {
                let wrapped = wrapped.join(end);
                prop_assert!(goes_on(wrapped.as_bytes(), 3 * (76 + end.len())));
                prop_assert!(goes_on(wrapped.as_bytes(), 3 * (76 + end.len()) + 30));
            }
        }

        #[test]
        fn tokens_in_a_list_are_no_data(tokens in prop::collection::vec("[A-Za-z0-9]{40}", 5)) {
            let list = tokens.join("\n");
            prop_assert!(!goes_on(list.as_bytes(), 3 * 41));
        }
    }

    #[test]
    fn a_token_between_lines_of_data_is_no_data() {
        let line = "q7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0Pa8Ue3QwErTyUiOpAsDfGhJkLzXcVbNm1234567890";
        let at = 3 * (line.len() + 1);
        for token in ["cioq7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0Pa8", "cioq7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0Pa8 more"] {
            assert!(!goes_on([line, line, line, token, line].join("\n").as_bytes(), at), "{token}");
        }
        assert!(goes_on([line, line, line, line].join("\n").as_bytes(), at));
    }

    #[test]
    fn messages_of_telemetry_are_no_text() {
        assert!(is_binary(b"\x0a\x08crew_key\x12\x20c97b5feb5d1b66bb"));
        for text in ["user=bob\r\n\tpass=x\n", "A=1\0B=2\0", "\u{1b}[1mbold\u{1b}[0m", "schlüssel"] {
            assert!(!is_binary(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn words_and_paths_are_no_data() {
        let path = "/home/agent/Projects/Workspace2024/node_modules/typescript-eslint/Build7/packages/core/"
            .repeat(2);
        assert!(!goes_on(path.as_bytes(), path.len()));
        let short = "Zq3Lw9Rt7Yp2Xk8VbN5mJh4GfD6sAq1WeUc0/";
        assert!(!goes_on(short.as_bytes(), short.len()) && !goes_on(b"", 0));
        assert!(!goes_on(format!("{} {short}", short.repeat(6)).as_bytes(), 6 * short.len() + 1));
    }
}
