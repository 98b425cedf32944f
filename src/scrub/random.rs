//! `BASE64_BLOB` of the `balanced` preset: single tokens that can only be random.
//!
//! Transcripts are full of long runs that are not secret: digests, images, archives, certificates, tables of
//! generated parsers, text in base64. So a token must stand alone, have the length of a token, mix all kinds
//! of characters as only random choice does, and not decode to known data.

use super::molecule::blob_runs_in;
use super::runs::{Run, Runs};
use super::sensitive::says_site_key;
use super::{blob, digit64, entropy, escape, naming, provider_signed};

/// The longest token, in bytes. Longer runs are data: images, archives, keys in a container that a rule
/// knows.
const LONGEST: usize = 128;
/// The least entropy, in bits per byte, of tokens from a given length on: random base64 hardly ever has less.
const LEAST: [(usize, f64); 4] = [(96, 5.3), (64, 5.0), (48, 4.6), (0, 4.2)];
/// How many bytes around a token are examined.
const CONTEXT: usize = 48;

/// The spans of random tokens that are to be redacted, except those that `is_told` reports as covered by a
/// hit already.
pub(crate) fn find<'t>(
    text: &'t [u8],
    runs: &'t Runs,
    is_told: impl Fn(usize, usize) -> bool + 't,
) -> impl Iterator<Item = (usize, usize)> + 't {
    blob_runs_in(text, runs).filter_map(move |(start, end)| {
        // Cheap tests first: most runs are parts of something longer.
        let (first, last) = token(text, start, end);
        let random = last - first <= LONGEST + 2
            && !is_told(first, last)
            && stands_alone(text, first, last)
            && is_evenly_mixed(&text[first..last])
            && !blob::is_harmless(text, start, end);
        random.then_some((first, last))
    })
}

/// The shortest token in the URL-safe alphabet that can be distinguished from names joined by hyphens.
const SHORTEST_IN_URL: usize = 40;
/// The shortest token with a vendor-style prefix.
const SHORTEST_WITH_PREFIX: usize = 29;
/// This many letters in a row that read as a word make a token a name.
const WORD: usize = 6;

/// The spans of random tokens in the URL-safe alphabet, whose hyphens and underscores leave no base64 run
/// long enough for [`find`].
pub(crate) fn find_in_url<'t>(
    text: &'t [u8],
    runs: &'t Runs,
    is_told: impl Fn(usize, usize) -> bool + 't,
) -> impl Iterator<Item = (usize, usize)> + 't {
    let may_be = |run: Run| run.digit & (SHORTEST_WITH_PREFIX..=LONGEST).contains(&run.length());
    runs.picked(may_be).filter_map(move |run| {
        let first = run.start + usize::from(escape::is_escape_letter(text, run.start));
        // The full stop of a sentence is not part of the token.
        let last = run.end - usize::from(text[first..run.end].ends_with(b"."));
        // A token that is already covered is not judged: that takes as long as searching 100 bytes.
        if is_told(first, last) {
            return None;
        }
        let token = &text[first..last];
        let joint = |byte: &u8| matches!(byte, b'-' | b'_');
        let in_token = |byte: &u8| byte.is_ascii_alphanumeric() || joint(byte);
        let random = (token.len() >= SHORTEST_IN_URL || has_prefix(token))
            && token.iter().all(in_token)
            && token.iter().any(joint)
            && is_evenly_mixed(token)
            && !has_word(token)
            && !blob::is_harmless(text, first, last);
        ((random || has_tail(token)) && stands_alone(text, first, last)).then_some((first, last))
    })
}

/// Whether a token has the form that vendors use: a short word, a hyphen or underscore, then letters and
/// digits to the end. Other names of this form are items of APIs, whose words are listed here, or have words
/// that are longer.
fn has_prefix(token: &[u8]) -> bool {
    const LONGEST_WORD: usize = 6;
    const SHORTEST_TAIL: usize = 26;
    const ITEMS: [&[u8]; 27] = [
        b"dpl", b"prj", b"team", b"cmpl", b"asst", b"thread", b"run", b"step", b"msg", b"file", b"toolu",
        b"call", b"req", b"resp", b"batch", b"ftjob", b"org", b"proj", b"evt", b"user", b"item", b"conv",
        b"css", b"jsx", b"id", b"build", b"trace",
    ];
    let Some(sign) = token.iter().position(|byte| matches!(byte, b'-' | b'_')) else { return false };
    let (word, tail) = (&token[..sign], &token[sign + 1..]);
    let digits = tail.iter().filter(|byte| byte.is_ascii_digit()).count();
    (2..=LONGEST_WORD).contains(&word.len())
        && word.iter().all(u8::is_ascii_lowercase)
        && tail.len() >= SHORTEST_TAIL
        && tail.iter().all(u8::is_ascii_alphanumeric)
        && digits >= 2
        && !ITEMS.contains(&word)
}

/// Whether a token of 32 random hexadecimal digits has a tail, the form of vendors' two-part tokens: a full
/// stop and 16 to 24 characters of all kinds, or two more groups of eight hexadecimal digits, each after a
/// hyphen.
fn has_tail(token: &[u8]) -> bool {
    const DIGITS: usize = 32;
    let is_hex = |part: &[u8]| part.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let Some((digits, tail)) = token.split_at_checked(DIGITS).filter(|(digits, _)| is_hex(digits)) else {
        return false;
    };
    let varied = digits.iter().filter(|byte| byte.is_ascii_digit()).count() < 28
        && entropy::bits_per_byte(digits) > 3.0;
    let has = |tail: &[u8], kind: fn(&u8) -> bool| tail.iter().any(kind);
    let behind_point = |tail: &[u8]| {
        (16..=24).contains(&tail.len())
            && tail.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && has(tail, u8::is_ascii_uppercase)
            && has(tail, u8::is_ascii_lowercase)
            && !has_word(tail)
    };
    varied
        && match tail {
            [b'.', tail @ ..] => behind_point(tail),
            [b'-', tail @ ..] if tail.len() == 17 => {
                tail[8] == b'-' && is_hex(&tail[..8]) && is_hex(&tail[9..])
            }
            _ => false,
        }
}

/// Whether the token contains letters in a row that read as a word.
fn has_word(token: &[u8]) -> bool {
    let letters = token.split(|byte| !byte.is_ascii_alphabetic());
    letters.filter(|letters| letters.len() >= WORD).any(entropy::letters_are_wordy)
}

/// Extends a base64 run on both sides by characters of the URL-safe alphabet.
fn token(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let more = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    // The letter of an escaped line break is not part of the token.
    let start = start + usize::from(escape::is_escape_letter(text, start));
    let before = text[..start].iter().rev().take(LONGEST).take_while(more).count();
    let after = text[end..].iter().take(LONGEST).take_while(more).count();
    let first = start - before;
    (first + usize::from(escape::is_escape_letter(text, first)), end + after)
}

/// Whether a token mixes its characters as random choice does.
fn is_evenly_mixed(token: &[u8]) -> bool {
    let body = &token[..token.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1)];
    let count = |class: fn(&u8) -> bool| body.iter().filter(|byte| class(byte)).count();
    let (upper, lower, digits) =
        (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase), count(u8::is_ascii_digit));
    let joins = body.len() - upper - lower - digits;
    let (pairs, frequent) = entropy::letter_pairs(body);
    body.len() <= LONGEST
        && upper * 6 >= body.len()
        && lower * 6 >= body.len()
        && digits * 24 >= body.len()
        && joins * 8 <= body.len()
        && LEAST
            .iter()
            .find(|(from, _)| body.len() >= *from)
            .is_some_and(|(_, least)| entropy::bits_per_byte(body) >= *least)
        && body[0] != b'/'
        && frequent * 100 < pairs * 70
        && !blob::is_alphabet(body)
        && !is_known_data(body)
}

/// Whether the token begins like base64 of a known data format, is base64 of text, or is a value that is
/// published.
fn is_known_data(token: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 23] = [
        b"AAAA", b"AAABA", b"iVBOR", b"R0lGOD", b"/9j/", b"UklGR", b"PHN2Zy", b"PD94bW", b"d09G", b"T1RUTw",
        b"AGFzb", b"UEsD", b"H4sI", b"MII", b"JVBER", b"Qk0", b"eyJ", b"SUkq", b"TVqQ", b"f0VMR", b"LS0tL",
        b"mQEN", b"mQIN",
    ];
    // AWS puts this word into keys of its documentation.
    let example = memchr::memmem::find(token, b"EXAMPLE").is_some();
    example
        || naming::is_published(token)
        || BEGINNINGS.iter().any(|beginning| token.starts_with(beginning))
        || is_text(token)
}

/// Whether the base64 decodes to text: more than a few random bytes are hardly ever valid UTF-8.
fn is_text(token: &[u8]) -> bool {
    let Some(bytes) = digit64::decode(token) else { return false };
    // The last character may be cut off.
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(cut) if cut.error_len().is_none() => {
            std::str::from_utf8(&bytes[..cut.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    text.chars().all(|char| !char.is_control() || matches!(char, '\t' | '\n' | '\r'))
}

/// Whether the token is complete by itself: not part of a path, a data URI or wrapped base64.
fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let before = &text[start.saturating_sub(CONTEXT)..start];
    let after = &text[end..text.len().min(end + CONTEXT)];
    let opens = before.last().is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'`=:(>,;[".contains(byte))
        || is_escaped(before);
    let closes =
        after.first().is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'`\\)<,;&]".contains(byte))
            || ends_sentence(after);
    // `ENC(2048:...)` is encrypted already.
    let sealed =
        [b"ENC(".as_slice(), b"ENC["].into_iter().any(|open| memchr::memmem::find(before, open).is_some());
    opens
        && closes
        && !sealed
        && !is_data(before)
        && !is_identified(before)
        && !is_line_of_many(text, start, end)
}

/// Whether `after` begins with a full stop that ends a sentence, not one inside a name.
fn ends_sentence(after: &[u8]) -> bool {
    let next = after.strip_prefix(b".").map(|rest| rest.first());
    next.is_some_and(|next| next.is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'`\\)<".contains(byte)))
}

/// Whether `before` ends with an escaped line break or tab.
fn is_escaped(before: &[u8]) -> bool {
    matches!(before, [.., b'\\', b'n' | b't' | b'r'])
}

/// Whether a data URI, a public key or a source map begins before the token.
fn is_data(before: &[u8]) -> bool {
    [b"base64".as_slice(), b"ssh-", b"mappings", b"data:", b"site-verification"]
        .iter()
        .any(|word| memchr::memmem::find(before, word).is_some())
        || is_named_public(before)
}

/// Whether the text announces a public key, with nothing but its id or its owner before the token:
/// `public-keys = cache.acme.com-1:`, `public key 88E124DF\n`. A word of letters only would lead to something
/// else.
fn is_named_public(before: &[u8]) -> bool {
    let said = [b"public-key".as_slice(), b"public key"]
        .into_iter()
        .filter_map(|word| memchr::memmem::rfind(before, word).map(|at| at + word.len()));
    said.max().is_some_and(|end| {
        let between = before[end..].strip_prefix(b"s").unwrap_or(&before[end..]);
        let mut words = between.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        words.clone().count() <= 2
            && words.all(|word| {
                !word.iter().all(|byte| byte.is_ascii_alphabetic() || b",.;:".contains(byte)) || word == b":"
            })
    })
}

/// Whether the name before the token says that it is an identifier, is public or must not be changed.
fn is_identified(before: &[u8]) -> bool {
    /// These must be the whole name: `list` is the id of a video playlist.
    const NAMES: [&[u8]; 6] = [b"title", b"list", b"peer", b"mint", b"address", b"bh"];
    const ENDS: [&[u8]; 19] = [
        b"challenge",
        b"id",
        b"id-2",
        b"ids",
        b"uuid",
        b"guid",
        b"etag",
        b"cursor",
        b"nonce",
        b"signature",
        b"signatures",
        b"sig",
        b"hash",
        b"hashes",
        b"version",
        b"verification",
        b"name",
        b"iv",
        b"tag",
    ];
    let joins = |byte: &u8| b" \t\\\"'`:=[\r\n".contains(byte);
    let before = before_short_tag(before);
    // An item of a YAML list, on the line below its name.
    let bare = before
        .strip_suffix(b"- ")
        .filter(|bare| bare.ends_with(b" ") || bare.ends_with(b"\n"))
        .unwrap_or(before);
    let end = bare.iter().rposition(|byte| !joins(byte)).map_or(0, |last| last + 1);
    let word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let name = &before[end - before[..end].iter().rev().take_while(word).count()..end];
    let ends =
        |tail: &[u8]| name.len() >= tail.len() && name[name.len() - tail.len()..].eq_ignore_ascii_case(tail);
    let public = name.windows(6).any(|window| window.eq_ignore_ascii_case(b"public")) || says_site_key(name);
    // The modulus and the coordinates of a JSON Web Key: its secret members have other names. `b` is the
    // signature in a DKIM header.
    let modulus = matches!(name, b"n" | b"x" | b"y") && before[..end - 1].ends_with(b"\"");
    let mail = name == b"b" && before[..end].ends_with(b"=; b");
    end < before.len()
        && (public
            || modulus
            || mail
            || NAMES.contains(&name)
            || ENDS.into_iter().any(ends)
            || provider_signed::ends_in_opaque(name))
}

/// Returns what precedes the string at the end of `before`, if that string begins with a short hexadecimal
/// tag: `"signatures": ["8a4b:`. Otherwise returns `before`.
fn before_short_tag(before: &[u8]) -> &[u8] {
    const TAG: usize = 8;
    let Some(tagged) = before.strip_suffix(b":") else { return before };
    let digits = tagged.iter().rev().take(TAG).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let front = &tagged[..tagged.len() - digits];
    if digits > 0 && front.ends_with(b"\"") { front } else { before }
}

/// Whether the token is a line of wrapped base64: a whole line of a length at which base64 is wrapped, or
/// next to another such line.
fn is_line_of_many(text: &[u8], start: usize, end: usize) -> bool {
    let blank = |byte: &&u8| {
        matches!(
            byte,
            b' ' | b'\t' | b'"' | b'\'' | b'+' | b',' | b'>' | b'#' | b'*' | b'/' | b'\\' | b'n' | b'r'
        )
    };
    let in_run = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let line = |byte: Option<&u8>| byte.is_none_or(|&byte| byte == b'\n' || byte == b'\r');
    let margin =
        text[..start].iter().rev().take(CONTEXT).take_while(|&&byte| byte == b' ' || byte == b'\t').count();
    let whole = line(text[..start - margin].last()) && line(text.get(end));
    // Line breaks in an XML attribute.
    let entity = |text: &[u8]| {
        [b"&#10;".as_slice(), b"&#xa;", b"&#xA;"].iter().any(|end| memchr::memmem::find(text, end).is_some())
    };
    let beside = |from: usize, to: usize| entity(&text[from..to]);
    if beside(start.saturating_sub(5), start) || beside(end, text.len().min(end + 5)) {
        return true;
    }
    if whole && matches!(end - start, 60 | 64 | 68 | 70 | 72 | 76) || is_repeated_below(text, start, end) {
        return true;
    }
    let window = &text[end..text.len().min(end + 2 * CONTEXT + 64)];
    let gap = window.iter().take_while(|byte| blank(byte) || byte.is_ascii_whitespace()).count();
    let breaks =
        |gap: &[u8]| memchr::memchr(b'\n', gap).is_some() || memchr::memmem::find(gap, b"\\n").is_some();
    let next = breaks(&window[..gap]) && window[gap..].iter().take_while(in_run).count() >= 20;
    let window = &text[start.saturating_sub(2 * CONTEXT + 64)..start];
    let gap = window.iter().rev().take_while(|byte| blank(byte) || byte.is_ascii_whitespace()).count();
    let rest = &window[..window.len() - gap];
    next || breaks(&window[rest.len()..]) && rest.iter().rev().take_while(in_run).count() >= 20
}

/// Whether a run of the same length is between the same characters in the same columns of the next or the
/// previous line, as in a table of fingerprints.
fn is_repeated_below(text: &[u8], start: usize, end: usize) -> bool {
    const COLUMNS: usize = 64;
    let line = |at: usize| {
        memchr::memrchr(b'\n', &text[at.saturating_sub(COLUMNS)..at])
            .map(|found| at.saturating_sub(COLUMNS) + found + 1)
    };
    let Some(begin) = line(start) else { return false };
    let same = |begin: usize, column: usize| {
        let (from, to) = (begin + column, begin + column + (end - start));
        let in_run = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte);
        to < text.len()
            && column > 0
            && text[from - 1] == text[start - 1]
            && Some(&text[to]) == text.get(end)
            && text[from..to].iter().all(in_run)
    };
    let rest = &text[end..text.len().min(end + 8)];
    let next = memchr::memchr(b'\n', rest).map(|at| end + at + 1);
    let before = begin.checked_sub(1).map(|last| &text[last.saturating_sub(4 * COLUMNS)..last]);
    let before = before.and_then(|before| memchr::memrchr(b'\n', before).map(|at| begin - before.len() + at));
    [next, before].into_iter().flatten().any(|begin_other| same(begin_other, start - begin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<&str> {
        let runs = crate::scrub::runs::find(text.as_bytes());
        find(text.as_bytes(), &runs, |_, _| false).map(|(start, end)| &text[start..end]).collect()
    }

    fn found_in_url(text: &str) -> Vec<&str> {
        let runs = crate::scrub::runs::find(text.as_bytes());
        find_in_url(text.as_bytes(), &runs, |_, _| false).map(|(start, end)| &text[start..end]).collect()
    }

    #[test]
    fn a_short_word_in_front_says_that_a_token_is_one() {
        let tail = "Zq3Lw9Rt7Yp2Xk8VbN5mJh4GfD6s";
        for word in ["acme_", "acme-", "ab_"] {
            let text = format!("the one for staging: {word}{tail}");
            assert_eq!(found_in_url(&text), [&format!("{word}{tail}")], "{text}");
        }
        for text in [
            format!("see {tail}"),
            format!("see req_{tail}"),
            format!("see workspace_{tail}"),
            format!("see acme/{tail}"),
            format!("\"id\": \"acme_{tail}\""),
            format!("see acme_{}", tail.to_lowercase()),
            "see test_parsesAllOfTheHttp2FramesInOrder1".to_owned(),
        ] {
            assert!(found_in_url(&text).is_empty(), "{text}");
        }
    }

    const TOKEN: &str = "Zq3Lw9Rt7Yp2Xk8VbN5mJh4GfD6sAq1WeUc0";

    proptest! {
        #[test]
        fn only_what_stands_alone_is_a_token(around in "[a-z/.@%]{1,4}[.@%]") {
            let text = format!("see {around}{TOKEN} or {TOKEN}{around}x");
            prop_assert!(found(&text).is_empty());
        }
    }

    #[test]
    fn tokens_are_found_in_all_they_stand_in() {
        for text in [
            format!("value = \"{TOKEN}\""),
            format!("x={TOKEN}&y=1"),
            format!("\\\"value\\\": \\\"{TOKEN}\\\""),
            format!("first\\n{TOKEN}\\nnext"),
            format!("- {TOKEN}"),
        ] {
            assert_eq!(found(&text), [TOKEN], "{text}");
        }
        let long = format!("a_b-{TOKEN}-9_X");
        assert_eq!(found(&long), [long.as_str()]);
    }

    #[test]
    fn a_digest_with_a_tail_is_a_token() {
        let digits = "978aef9c82ebe3891f78327a6c43080c";
        for tail in [".g9oDWlwFIiHzK7lwqqLN85xT", ".hgsT8A9tAgkdkuyW", "-2df6da87-eece79c4"] {
            for (before, after) in [("[\"", "\"]"), ("see ", "."), ("", "\n")] {
                let text = format!("{before}{digits}{tail}{after}");
                assert_eq!(found_in_url(&text), [&format!("{digits}{tail}")], "{text}");
            }
        }
        for text in [
            format!("{digits}.bundle.js"),
            format!("{digits}.parsesAllOfThem"),
            format!("{digits}-2df6da87"),
            format!("static/{digits}.hgsT8A9tAgkdkuyW"),
            format!("{digits}{digits}"),
        ] {
            assert!(found_in_url(&text).is_empty(), "{text}");
        }
    }

    #[test]
    fn what_only_stands_near_a_public_key_is_a_token() {
        for text in [
            format!("the public key is set, use {TOKEN}\n"),
            format!("trusted-public-keys are in place; now {TOKEN}"),
            format!("a = x; b = \"{TOKEN}\""),
            format!("a=1; b={TOKEN}"),
        ] {
            assert_eq!(found(&text), [TOKEN], "{text}");
        }
    }

    #[test]
    fn digests_data_and_text_stay() {
        for text in [
            format!("sha256-{TOKEN}="),
            format!("data:image/png;base64,{TOKEN}"),
            format!("{TOKEN}\n{TOKEN}\n"),
            format!("ssh-ed25519 AAAAC3Nza{TOKEN}"),
            "aHR0cHM6Ly93d3cucHl0aG9uLm9yZy9leGFtcGxlLTE=".to_owned(),
            "VGhlcmXigJlzIHNvbWVvbmUgZm9yIG1lIHNvbWV3aGVyZQ==".to_owned(),
            "da39a3ee5e6b4b0d3255bfef95601890afd80709".to_owned(),
            "AbstractSingletonProxyFactoryBeanConfiguration".to_owned(),
            format!("https://example.com/assets/{TOKEN}.js"),
            format!("\"request_id\": \"{TOKEN}\""),
            format!("\"signatures\": [\n                \"8a4b:{TOKEN}\""),
            format!("'title': '{TOKEN}'"),
            format!("watch?v=FqZTN594JQw&list={TOKEN}"),
            "customAlphabet('useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict')".to_owned(),
            format!("publicKey = '{TOKEN}'"),
            format!("KEY = 'phc_{TOKEN}'"),
            format!("peer: {TOKEN}=\n  endpoint: 10.98.169.163:51820"),
            format!("{{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{TOKEN}\",\"y\":\"{TOKEN}\"}}"),
            format!("trusted-public-keys = cache.acme.com-1:{TOKEN}="),
            format!("d=acme.org; s=mail; bh={TOKEN}=; b={TOKEN}"),
            format!("<meta name=\"google-site-verification\" content=\"{TOKEN}\">"),
            format!("mint: {TOKEN}\n"),
        ] {
            assert!(found(&text).is_empty(), "{text}");
        }
    }
}
