//! Digests of files: in the name of a file, or after a word that announces one.

/// Extensions of files that have a digest in their names.
#[rustfmt::skip]
const ENDINGS: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "svg", "ico", "webp", "avif", "bmp", "js", "mjs", "cjs", "css", "map", "min", "chunk", "bundle", "woff", "woff2",
    "ttf", "eot", "otf", "html", "htm", "mp3", "mp4", "webm", "pdf", "zip", "gz", "tgz", "tar", "bin", "wasm", "tmp", "cache", "log",
];

/// Words that announce a digest after them, or the file that it belongs to.
#[rustfmt::skip]
const TELLING: &[&str] = &[
    "sha1", "sha224", "sha256", "sha384", "sha512", "sha-", "md5", "checksum", "digest", "commit", "revision", "integrity",
    ".tar", ".tgz", ".zip", ".gz", ".xz", ".whl", ".deb", ".rpm", ".jar", ".exe", ".dmg", ".apk", ".msi", ".pkg", ".iso",
];

/// Whole words that say to what a digest or a UUID after them belongs: `deployed at 39b7...`,
/// `zone_id = "..."`.
#[rustfmt::skip]
const OWNERS: &[&str] = &[
    "at", "to", "zone", "trace", "span", "workflow", "pipeline", "artifact", "serial", "build", "run", "task", "record", "site", "image",
    "layer", "blob", "tree", "parent", "head", "sha", "rev", "synced", "ray", "etag",
];

/// Words that make the value a secret nevertheless: `commit_token`.
const SECRET: &[&str] = &["key", "token", "secret", "pass", "auth", "cred"];

/// The fewest hexadecimal digits of a digest in a file name.
const SHORTEST: usize = 20;

/// Whether `token`, with `behind` after it, is a file name that contains its digest: `box.ico-7a38...0c.png`.
pub(crate) fn is_in_file_name(token: &[u8], behind: &[u8]) -> bool {
    let Some(rest) = behind.strip_prefix(b".") else { return false };
    let ending = &rest[..rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()];
    let is_digit = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let digits = token.iter().rev().take_while(is_digit).count();
    digits >= SHORTEST && ENDINGS.iter().any(|known| known.as_bytes() == ending)
}

/// Whether `token`, with `before` before it, is the end of a slug to which a digest or a UUID is appended:
/// `barcelona-fc-7a38...0c`.
pub(crate) fn is_in_slug(before: &[u8], token: &[u8]) -> bool {
    let in_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    // Two characters are required, as a single one may be the letter of an escape, as in `\n-`.
    let joined = matches!(*before, [.., one, other, b'-'] if in_word(one) && in_word(other));
    let prefix = token.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    let [b'-', digits @ ..] = &token[prefix..] else { return false };
    let hex = digits.iter().all(|byte| *byte == b'-' || byte.is_ascii_hexdigit());
    joined
        && hex
        && matches!((digits.len(), memchr::memchr(b'-', digits)), (32 | 40 | 64, None) | (36, Some(8)))
}

/// Whether `before` announces that `value`, which follows it, is a digest: `agent-2.1.tar.gz: 67d3...bf46`,
/// `agent_commit = 39b7...`.
pub(crate) fn is_told(before: &[u8], value: &[u8]) -> bool {
    let holds =
        |word: &&str| before.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    let is_owner = |word: &[u8]| OWNERS.iter().any(|owner| word.eq_ignore_ascii_case(owner.as_bytes()));
    let owned = || before.split(|byte| !byte.is_ascii_alphanumeric()).any(is_owner);
    (is_hex_digest(value) && TELLING.iter().any(holds) || (is_hex_digest(value) || is_uuid(value)) && owned())
        && !SECRET.iter().any(holds)
}

/// Whether `value` is a hexadecimal digest of a usual length.
pub(crate) fn is_hex_digest(value: &[u8]) -> bool {
    matches!(value.len(), 32 | 40 | 56 | 64 | 96 | 128) && value.iter().all(u8::is_ascii_hexdigit)
}

fn is_uuid(value: &[u8]) -> bool {
    let fits = |(at, byte): (usize, &u8)| {
        if matches!(at, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
    };
    value.len() == 36 && value.iter().enumerate().all(fits)
}

/// Whether the digest at `start..end` is the first column of a listing, as `sha256sum`, `md5sum` and
/// `git log --oneline` print them: the rest of its line says whose it is.
pub(crate) fn heads_line(text: &[u8], start: usize, end: usize) -> bool {
    let rest = &text[end..];
    let rest = rest.strip_prefix(b"\\t").unwrap_or(rest);
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let follows =
        rest.get(blanks).is_some_and(|byte| byte.is_ascii_graphic() && !b"\\\"'`,;|".contains(byte));
    let separated = blanks > 0 || rest.len() < text.len() - end;
    separated && follows && is_hex_digest(&text[start..end])
}

/// Whether the digest is that of a commit, as git prints it below a command that names a branch or a
/// tag, which `before` ends with.
pub(crate) fn is_commit(before: &[u8], value: &[u8]) -> bool {
    const LINE: usize = 160;
    let near = &before[before.len().saturating_sub(LINE)..];
    let line = near.rsplit(|byte| *byte == b'\n').next().unwrap_or(near);
    matches!(value.len(), 40 | 64)
        && is_hex_digest(value)
        && [b"git ".as_slice(), b".git/"].iter().any(|word| memchr::memmem::find(line, word).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Preset, Scrubber};

    const DIGEST: &str = "7a388b69018576d24b59331fd60aab0c";

    #[test]
    fn a_file_has_its_digest_in_its_name() {
        let token = format!("web_{DIGEST}");
        assert!(is_in_file_name(token.as_bytes(), b".min.css"));
        for behind in ["", ".", ". Then", ".example.com", " .png", "_png"] {
            assert!(!is_in_file_name(token.as_bytes(), behind.as_bytes()), "{behind}");
        }
        assert!(!is_in_file_name(b"web_7a388bZ9018Z76d24bZ9331fdZ0aab0Z", b".png"));
    }

    #[test]
    fn a_digest_ends_the_name_of_a_page() {
        let token = format!("fc-{DIGEST}");
        assert!(is_in_slug(b"https://example.com/barcelona-", token.as_bytes()));
        assert!(is_in_slug(b"billing-", b"api-550e8400-e29b-41d4-a716-446655440000"));
        for before in ["", "-", "--", " ", "key=", "\\n-", "A-"] {
            assert!(!is_in_slug(before.as_bytes(), token.as_bytes()), "{before}");
        }
        assert!(!is_in_slug(b"barcelona-", b"fc-7a388b"));
    }

    #[test]
    fn a_word_in_front_tells_a_digest() {
        for before in ["agent-2.1.tar.gz) = ", "agent sha256: ", "Agent_Commit = \""] {
            assert!(is_told(before.as_bytes(), DIGEST.as_bytes()), "{before}");
        }
        for before in ["agent = ", "agent_commit_token = ", "agent sha256 key: "] {
            assert!(!is_told(before.as_bytes(), DIGEST.as_bytes()), "{before}");
        }
        assert!(!is_told(b"agent sha256: ", b"7a388b69018576d24b59331fd60aab0"));
    }

    #[test]
    fn digests_of_files_stay_behind_the_prefix_or_the_name_of_a_service() {
        let scrubber = Scrubber::new(Preset::Balanced);
        let name = ["mattermost", "-5.1.tar.gz"].concat();
        for text in [
            format!("img/box.ico-{DIGEST}.png"),
            format!("static/mobile_{DIGEST}.js"),
            format!("https://example.com/barcelona-fc-{DIGEST}"),
            "pod billing-api-550e8400-e29b-41d4-a716-446655440000 is gone".to_owned(),
            format!("SHA256 ({name}) = {DIGEST}{DIGEST}"),
            format!("{name}: {DIGEST}{DIGEST}"),
        ] {
            assert_eq!(scrubber.scrub_text(&text), text);
        }
        for text in [format!("web_{DIGEST}"), format!("mattermost: {DIGEST}")] {
            assert_ne!(scrubber.scrub_text(&text), text);
        }
    }
}
