//! `BASE64_BLOB` of the `strict` preset: runs of base64 characters that are not a path, digest, hash or name.
//!
//! The documented pattern stands for "high-entropy blobs". Used alone it matches real transcripts hundreds of
//! times per megabyte, mostly in paths.

use super::molecule::blob_runs_in;
use super::runs::Runs;
use super::{digest, entropy, naming, provider_signed};

/// How far before a run the name of a digest may be, in bytes.
const CONTEXT: usize = 96;

/// The spans of the runs to redact, except those that `is_told` reports as covered by a hit already.
pub(crate) fn find<'t>(
    text: &'t [u8],
    runs: &'t Runs,
    is_told: impl Fn(usize, usize) -> bool + 't,
) -> impl Iterator<Item = (usize, usize)> + 't {
    blob_runs_in(text, runs)
        .filter(move |&(start, end)| !is_told(start, end) && !is_harmless(text, start, end))
}

/// Whether the run is a path, a digest, a name, an alphabet or a value that a provider wants back unchanged.
pub(crate) fn is_harmless(text: &[u8], start: usize, end: usize) -> bool {
    let run = text[start..end].trim_ascii_end();
    let body = run.strip_suffix(b"=").map_or(run, |run| run.strip_suffix(b"=").unwrap_or(run));
    // Likely and cheap tests first.
    is_path(text, start, end, body)
        || body.iter().all(|byte| *byte == b'+')
        || is_mangled(text, start)
        || entropy::is_wordy(body)
        || is_digest(text, start, body)
        || is_item_id(text, start, body)
        || naming::is_name(body)
        || is_alphabet(body)
        || is_opaque(text, start)
        || is_hash_of_file(&text[start.saturating_sub(CONTEXT)..start], run.len())
}

/// Whether the run is part of a mangled name of C++ or Rust (`_ZN5polly4Scop11...`), which is an identifier.
fn is_mangled(text: &[u8], start: usize) -> bool {
    const LONGEST: usize = 256;
    let near = &text[start.saturating_sub(LONGEST)..];
    let before = &near[..start.min(LONGEST)];
    let in_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
    let length = before.iter().rev().take_while(in_name).count();
    #[cfg(test)]
    super::work::count(length);
    let name = &near[before.len() - length..];
    naming::is_mangled(name)
}

/// Whether a file name precedes a token with the length of a hash: `"bokeh-2.0.0.min.js": "..."`.
fn is_hash_of_file(before: &[u8], length: usize) -> bool {
    const ENDS: [&[u8]; 12] = [
        b".js", b".css", b".mjs", b".cjs", b".map", b".json", b".html", b".wasm", b".svg", b".whl", b".gz",
        b".zip",
    ];
    let joins = |byte: &u8| b" \t\\\"'`:=,".contains(byte);
    let end = before.iter().rposition(|byte| !joins(byte)).map_or(0, |last| last + 1);
    matches!(length, 43 | 44 | 64 | 86 | 88)
        && end < before.len()
        && ENDS.into_iter().any(|name| before[..end].ends_with(name))
}

/// Whether the run is the value of a field that a provider wants back unchanged, such as the signature of a
/// thinking item in the JSON of a transcript.
fn is_opaque(text: &[u8], start: usize) -> bool {
    let before = &text[start.saturating_sub(CONTEXT)..start];
    let joins = |byte: &u8| b" \\\":".contains(byte);
    let end = before.iter().rposition(|byte| !joins(byte)).map_or(0, |last| last + 1);
    let (name, between) = before.split_at(end);
    let quoted = memchr::memchr_iter(b'"', between).count() == 2 && memchr::memchr(b':', between).is_some();
    let hidden = name.ends_with(b"\"data")
        && [b"redacted_thinking".as_slice(), b"reasoning.encrypted"]
            .iter()
            .any(|kind| memchr::memmem::find(name, kind).is_some());
    quoted && (hidden || name.ends_with(b"signature") || provider_signed::ends_in_opaque(name))
}

/// Whether the run is an alphabet: no character is repeated, and either most are followed by their successor,
/// or there are so many that random ones would repeat.
pub(super) fn is_alphabet(run: &[u8]) -> bool {
    const MANY: usize = 40;
    let next = run.windows(2).filter(|pair| pair[1] == pair[0].wrapping_add(1)).count();
    let twice = || run.iter().enumerate().any(|(at, byte)| run[..at].contains(byte));
    // Hexadecimal digits in both cases repeat `0` to `9`: `0123456789abcdef0123456789ABCDEF`.
    let digits = b"0123456789";
    let hex = memchr::memmem::find(run, digits).is_some() && next * 4 > run.len() * 3;
    run.len() <= 64 && (next * 2 > run.len() && (hex || !twice()) || run.len() >= MANY && !twice())
}

/// Whether the run is the hexadecimal id of an item or response, which the Responses API wants back: a prefix
/// such as `fc_` and 48 or 50 digits.
fn is_item_id(text: &[u8], start: usize, run: &[u8]) -> bool {
    const KINDS: [&[u8]; 22] = [
        b"resp", b"msg", b"rs", b"fc", b"fco", b"ws", b"fs", b"ci", b"ig", b"cu", b"cmp", b"mcp", b"mcpl",
        b"mcpr", b"lsh", b"ctc", b"tsc", b"tso", b"conv", b"item", b"cntr", b"cfile",
    ];
    /// One more than the longest prefix, so that a longer word is seen not to be one of them.
    const LONGEST: usize = 6;
    let Some(before) = text[..start].strip_suffix(b"_") else { return false };
    let in_word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let kind = before.iter().rev().take(LONGEST).take_while(in_word).count();
    #[cfg(test)]
    super::work::count(kind);
    matches!(run.len(), 48 | 50)
        && run.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && KINDS.contains(&&before[before.len() - kind..])
}

/// Whether the run is a hexadecimal digest of a usual length, or a hash with its name before it
/// (`sha512-...`).
fn is_digest(text: &[u8], start: usize, run: &[u8]) -> bool {
    const NAMES: [&[u8]; 7] = [b"sha", b"md5", b"h1:", b"digest", b"checksum", b"integrity", b"t1:"];
    let digits = run.strip_prefix(b"0x").unwrap_or(run);
    if digest::is_hex_digest(digits) {
        return true;
    }
    let before = &text[start.saturating_sub(CONTEXT)..start];
    // Only the last occurrence of each name counts. All names begin with different letters, so at most one is
    // compared at each byte.
    let mut left = NAMES.map(Some);
    (0..before.len()).rev().any(|at| {
        let number = match before[at] | 0x20 {
            b's' => 0,
            b'm' => 1,
            b'h' => 2,
            b'd' => 3,
            b'c' => 4,
            b'i' => 5,
            b't' => 6,
            _ => return false,
        };
        let stands =
            |name: &&[u8]| before[at..].get(..name.len()).is_some_and(|part| part.eq_ignore_ascii_case(name));
        let found = left[number].filter(stands);
        found.is_some_and(|name| {
            left[number] = None;
            leads_to_hash(&before[at + name.len()..])
        })
    })
}

/// Whether `between`, the bytes between the name of a digest and a run, connects the two: the number of bits,
/// a `=`, `:` or `-`, and perhaps the beginning of the hash in the URL-safe alphabet; or the quotes and
/// spaces between a name and its value.
fn leads_to_hash(between: &[u8]) -> bool {
    let bits = between.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = &between[bits..];
    let in_url = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match rest {
        [] => true,
        [b'=' | b':' | b'-', hash @ ..] if hash.iter().all(in_url) => true,
        _ => rest.len() <= 16 && rest.iter().all(|byte| b"\\\"'`:= ,>(".contains(byte)),
    }
}

/// Whether the run is a path: all parts between slashes read as words, names, numbers or digests; or most do,
/// and it begins or continues like a path.
fn is_path(text: &[u8], start: usize, end: usize, run: &[u8]) -> bool {
    let slashes = memchr::memchr_iter(b'/', run).count();
    // `include/c++/12`
    let after_words = |at: usize| run[..at].ends_with(b"c+") || run[..at].ends_with(b"c");
    if slashes == 0 || memchr::memchr_iter(b'+', run).any(|at| !after_words(at)) {
        return false;
    }
    let parts = run.split(|&byte| byte == b'/').filter(|part| !part.is_empty());
    let (mut plain, mut odd) = (0usize, 0usize);
    for part in parts {
        if is_path_part(part) {
            plain += part.len();
        } else {
            odd += part.len();
        }
    }
    let rooted = run.starts_with(b"/")
        || start > 0 && matches!(text[start - 1], b'.' | b'~' | b':' | b'-' | b'_' | b'@' | b'%');
    let goes_on = text.get(end).is_some_and(|byte| {
        matches!(byte, b'.' | b'_' | b'-' | b'@' | b'%' | b'*' | b'{' | b'[' | b'$' | b'#' | b'?')
    });
    odd == 0
        || (rooted || goes_on) && odd * 3 <= plain
        || is_file_of_words(&text[end..], run)
        || is_rooted(run)
        || is_in_url(&text[start.saturating_sub(CONTEXT)..start], run)
}

/// Whether the run is a source file without digits in its parts, before its extension:
/// `samples/dtitvfmtsample/dtitvfmtsample.cpp`.
fn is_file_of_words(after: &[u8], run: &[u8]) -> bool {
    let Some(rest) = after.strip_prefix(b".") else { return false };
    let extension = rest.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    let ends = rest.get(extension).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let plain = |part: &[u8]| part.len() <= LONGEST_PART && part.iter().all(u8::is_ascii_alphabetic);
    (1..=5).contains(&extension)
        && ends
        && run.split(|&byte| byte == b'/').all(|part| plain(part) || is_path_part(part))
}

/// Whether the run begins with a top-level directory, and no part of it is long enough to be a blob by itself
/// (`/var/folders/zz/6k2n8vq1sx9d4tmb7w3rjhp40000gn/T/...`, where macOS keeps temporary files).
fn is_rooted(run: &[u8]) -> bool {
    const ROOTS: [&[u8]; 16] = [
        b"/home/",
        b"/Users/",
        b"/root/",
        b"/tmp/",
        b"/var/",
        b"/private/var/",
        b"/private/tmp/",
        b"/usr/",
        b"/opt/",
        b"/etc/",
        b"/mnt/",
        b"/srv/",
        b"/nix/store/",
        b"/workspace/",
        b"/Library/",
        b"/Applications/",
    ];
    ROOTS.into_iter().any(|root| run.starts_with(root))
        && run.split(|&byte| byte == b'/').all(|part| part.len() <= LONGEST_PART)
}

/// A longer part of a path is a blob by itself, in bytes.
const LONGEST_PART: usize = 32;

/// Whether the run, with `before` before it, is in the path of a URL, and no part of it is long enough to be
/// a blob by itself (`https://lh3.example.com/-tWXjX3L/Ua4La_N5E2I/AAAAAAAAACg/qcm19xbEYa4/s640/...`). A
/// document id may be longer if it follows a word for a document
/// (`https://docs.example.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgVE2upms/edit`).
fn is_in_url(before: &[u8], run: &[u8]) -> bool {
    const LONGEST: usize = 24;
    const DOCUMENT: usize = 64;
    const KINDS: [&[u8]; 14] = [
        b"d",
        b"e",
        b"file",
        b"files",
        b"folders",
        b"document",
        b"spreadsheets",
        b"presentation",
        b"forms",
        b"design",
        b"board",
        b"proto",
        b"drive",
        b"page",
    ];
    let Some(at) = memchr::memmem::rfind(before, b"://") else { return false };
    let (scheme, rest) = (&before[..at], &before[at + 3..]);
    let in_path = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-~%:".contains(byte);
    let parts_are_short = || {
        let mut kind = rest.strip_suffix(b"/").and_then(|rest| rest.rsplit(|&byte| byte == b'/').next());
        run.split(|&byte| byte == b'/').all(|part| {
            let document = part.len() <= DOCUMENT && kind.is_some_and(|kind| KINDS.contains(&kind));
            kind = Some(part);
            part.len() <= LONGEST || document
        })
    };
    (scheme.ends_with(b"http") || scheme.ends_with(b"https"))
        && rest.iter().all(in_path)
        && (memchr::memchr(b'/', rest).is_some() || begins_in_host(rest, run))
        && parts_are_short()
}

/// Whether the run begins with the last label of the host: `https://docs.example.` and `com/...`.
fn begins_in_host(rest: &[u8], run: &[u8]) -> bool {
    let word = run.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    rest.ends_with(b".") && (2..=8).contains(&word) && run.get(word) == Some(&b'/')
}

fn is_path_part(part: &[u8]) -> bool {
    if part.len() <= 3
        || part.iter().all(u8::is_ascii_digit)
        || part.iter().all(u8::is_ascii_hexdigit) && part.len() >= 7
    {
        return true;
    }
    let lower = part.iter().filter(|byte| byte.is_ascii_lowercase()).count();
    let digits = part.iter().filter(|byte| byte.is_ascii_digit()).count();
    let one_case = lower == 0 || lower + digits == part.len();
    // `issue12839`, `chacha20poly1305`: random letters and digits alternate more often.
    let changes =
        || part.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    one_case && part.len() <= 12 && digits <= 4
        || lower > 0 && one_case && part.len() <= 24 && changes() <= 3
        || entropy::is_wordy(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redacted(text: &str) -> bool {
        find(text.as_bytes(), &crate::scrub::runs::find(text.as_bytes()), |_, _| false).next().is_some()
    }

    proptest! {
        #[test]
        fn random_base64_is_redacted(text in "[A-Za-z0-9]{16}[A-Za-z0-9+/]{24,80}={0,2}") {
            prop_assert!(redacted(&text) || text.bytes().filter(u8::is_ascii_uppercase).count() < 6);
        }
    }

    #[test]
    fn paths_digests_and_names_stay() {
        for text in [
            "/home/agent/projects/molecule/workspace/lib/pre_stop.py",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
            "https://github.com/organisation/repository/blob/main/packages/core/index.ts",
            "https://lh3.example.com/-tWXjX3LUD6w/Ua4La_N5E2I/AAAAAAAAACg/qcm19xbEYa4/s640/Teaser-34521098.jpg",
            "https://docs.example.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgVE2upms/edit#gid=0",
            "https://drive.example.com/file/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgVE2upms",
            "https://docs.example.com/forms/d/e/1FAIpQLSf9d7AaBbCcDd3EeFf5GgHh7IiJjKkLl1MmNnOoPpQqRrSsTt2/viewform",
            "AbstractSingletonProxyFactoryBeanConfiguration",
            "////////////////////////////////////////",
            r#"{"type": "thinking", "signature": "Ep8KCkYICxgCKkBk0vl0NjrsU12l3IO1cdYvTTwN146Z5NlJj"}"#,
            r#"{\"type\":\"redacted_thinking\",\"data\":\"Ep8KCkYICxgCKkBk0vl0NjrsU12l3IO1cdYvTTwN1"}"#,
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "samples/dtitvfmtsample/dtitvfmtsample.cpp",
            "third_party/skia/modules/svg/SkSVGFeColorMatrix.cpp",
            "-+xX0123456789abcdef0123456789ABCDEF",
            "google_auth.py,sha256=3B1sZWTlpa2ddGtY7UNL9plb7eue5iUlXERSqRGeVNo,984",
            "open /var/folders/zz/6k2n8vq1sx9d4tmb7w3rjhp40000gn/T/tmpq7x2kd9w/notes",
            r#"{"id":"msg_67ccd3acc8d48190a77525dc6de64b4104becb25c45c1d42"}"#,
            r#"{"app-2.0.0.min.js": "mdMpUZqu5U0cV1pLU9Ap/3jthtPth7yWSJTu1ayRgk95qqjLewIkjntQDQDQA5cZ"}"#,
            r#"{"encrypted_index": "Eo8BCioIAhgCKiQ0ZTZmNmQ5Yy1hYjYxLTQ5YzctOTE4OS0xYjU0ZjQ3"}"#,
        ] {
            assert!(!redacted(text), "{text}");
        }
        assert!(redacted("https://hooks.example.com/services/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgVE2upms"));
    }
}
