//! `BASE64_BLOB` of the `strict` preset: runs of base64 characters that are no path, digest, hash or name.
//!
//! The documented pattern is "high-entropy blobs"; bare, it hits real transcripts hundreds of times in
//! a megabyte, mostly paths.

use super::entropy;
use super::molecule::blob_runs;

/// How much of the text before a run is looked at.
const CONTEXT: usize = 16;

/// The spans of the runs that are redacted.
pub(crate) fn find(text: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    blob_runs(text).filter(|&(start, end)| !is_harmless(text, start, end))
}

fn is_harmless(text: &[u8], start: usize, end: usize) -> bool {
    let run = text[start..end].trim_ascii_end();
    let body = run.strip_suffix(b"=").map_or(run, |run| run.strip_suffix(b"=").unwrap_or(run));
    is_digest(text, start, body)
        || is_path(text, start, end, body)
        || entropy::is_wordy(body)
        || body.iter().all(|&byte| byte == b'/' || byte == b'+')
}

/// A hexadecimal digest of a usual length, or a hash that says what it is (`sha512-...`).
fn is_digest(text: &[u8], start: usize, run: &[u8]) -> bool {
    let hex = run.iter().all(u8::is_ascii_hexdigit);
    if hex && matches!(run.len(), 40 | 56 | 64 | 96 | 128) {
        return true;
    }
    let before = &text[start.saturating_sub(CONTEXT)..start];
    [
        b"sha512-".as_slice(),
        b"sha384-",
        b"sha256-",
        b"sha1-",
        b"sha256:",
        b"sha512:",
        b"SHA256:",
        b"md5-",
        b"h1:",
    ]
    .iter()
    .any(|name| before.ends_with(name))
}

/// A path: parts between slashes that read as words or names, numbers or digests; or one that
/// begins or goes on like a path.
fn is_path(text: &[u8], start: usize, end: usize, run: &[u8]) -> bool {
    let slashes = memchr::memchr_iter(b'/', run).count();
    if slashes == 0 || run.contains(&b'+') {
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
    odd == 0 || (rooted || goes_on) && odd * 3 <= plain
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
    one_case && part.len() <= 12 && digits <= 4 || entropy::is_wordy(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redacted(text: &str) -> bool {
        find(text.as_bytes()).next().is_some()
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
            "AbstractSingletonProxyFactoryBeanConfiguration",
            "////////////////////////////////////////",
        ] {
            assert!(!redacted(text), "{text}");
        }
    }
}
