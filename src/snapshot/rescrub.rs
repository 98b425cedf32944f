//! [`Rescrub`] by a [`Scrubber`]: files that others wrote are scrubbed before they are kept.

use std::time::Duration;

use super::options::Rescrub;
use crate::scrub::marker::truncated;
use crate::value::{self, Layout, Parsed};
use crate::{Scrubber, json};

/// How many bytes of a text are scrubbed between two checks of the remaining time.
const PIECE: usize = 64 << 10;
/// The marker at the end of a text that was cut.
const CUT: &[u8] = concat!(truncated!(), "\n").as_bytes();

impl Rescrub for Scrubber {
    fn document(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        Some(value::scrub_json(bytes, Layout::Indented, self).ok()?.0)
    }

    fn document_within(&self, bytes: &[u8], left: &(dyn Fn() -> Duration + Sync)) -> Option<Vec<u8>> {
        let document = json::parse(bytes).ok()?;
        Some(value::encode_within(&Parsed::Value(&document), Layout::Indented, self, left).0)
    }

    fn text(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        Some(self.scrub_bytes(bytes).into_owned())
    }

    fn text_within(&self, bytes: &[u8], left: &(dyn Fn() -> Duration + Sync)) -> Option<Vec<u8>> {
        let allowed = left();
        let mut stream = self.stream();
        let mut out = Vec::with_capacity(bytes.len());
        let mut read = 0;
        for piece in bytes.chunks(PIECE) {
            out.extend(stream.feed(piece));
            read += piece.len();
            if left() <= allowed / 2 {
                break;
            }
        }
        out.extend(stream.finish().0);
        if read < bytes.len() {
            // The end may be the beginning of a secret that is recognised only with the bytes after the cut.
            let least = out.len().saturating_sub(PIECE);
            out.truncate(memchr::memrchr(b'\n', &out[least..]).map_or(least, |at| least + at + 1));
            out.extend(CUT);
        }
        Some(out)
    }

    fn learned(&self, bytes: &[u8]) -> bool {
        self.holds_known(bytes)
    }

    fn left_over(&self, bytes: &[u8]) -> Option<String> {
        Scrubber::left_over(self, bytes).map(str::to_owned)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Preset;

    fn secret() -> String {
        format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
    }

    #[test]
    fn a_document_is_scrubbed_by_its_keys_and_values() {
        let document = format!(r#"{{"password": "plain words", "n": NaN, "t": ["see {}"]}}"#, secret());
        let scrubbed = Scrubber::new(Preset::Strict).document(document.as_bytes()).unwrap();
        let scrubbed = String::from_utf8(scrubbed).unwrap();
        assert!(!scrubbed.contains("plain words") && !scrubbed.contains(&secret()));
        assert!(serde_json::from_str::<serde_json::Value>(&scrubbed).unwrap()["n"].is_null());
    }

    #[test]
    fn what_the_writer_can_write_is_read() {
        let digits = "7".repeat(4_300);
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let document = format!(r#"{{"z": "\ud800", "n": {digits}, "a": {deep}, "x": -Infinity, "e": 1E5}}"#);
        let written = Scrubber::new(Preset::Strict).document(document.as_bytes()).unwrap();
        let written: Vec<u8> = written.into_iter().filter(|byte| !b" \n".contains(byte)).collect();
        let wanted = document.replace("-Infinity", "null").replace(' ', "");
        assert_eq!(String::from_utf8(written).unwrap(), wanted);
    }

    #[test]
    fn without_time_a_document_is_cut_and_scrubbed() {
        let document =
            format!(r#"{{"t": "see {} {}", "password": "plain words"}}"#, secret(), "word ".repeat(30_000));
        let cut =
            Scrubber::new(Preset::Strict).document_within(document.as_bytes(), &|| Duration::ZERO).unwrap();
        let cut = String::from_utf8(cut).unwrap();
        assert!(cut.len() < 70_000 && cut.contains("[REDACTED:TRUNCATED]"), "{}", cut.len());
        assert!(!cut.contains("plain words") && !cut.contains(&secret()));
    }

    #[test]
    fn without_time_a_text_is_cut_where_a_line_ends() {
        let scrubber = Scrubber::new(Preset::Strict);
        let line = format!("see {} and what is behind it\n", secret());
        let text = line.repeat(3_000);
        let whole = scrubber.text_within(text.as_bytes(), &|| Duration::from_secs(1)).unwrap();
        assert_eq!(Some(whole), scrubber.text(text.as_bytes()));
        // Wherever in a line the first piece ends.
        for before in 0..line.len() {
            let text = format!("{}{text}", "x".repeat(before));
            let cut = scrubber.text_within(text.as_bytes(), &|| Duration::ZERO).unwrap();
            let cut = String::from_utf8(cut).unwrap();
            assert!(cut.len() < PIECE && cut.ends_with("behind it\n[REDACTED:TRUNCATED]\n"), "{before}");
            assert!(!cut.contains(&secret()[..8]), "{before}");
        }
        let one = "word ".repeat(60_000);
        let cut = scrubber.text_within(one.as_bytes(), &|| Duration::ZERO).unwrap();
        assert_eq!(cut, b"[REDACTED:TRUNCATED]\n");
    }

    #[test]
    fn what_does_not_parse_is_not_kept_as_a_document_but_as_scrubbed_text() {
        let broken = format!(r#"{{"t": "see {}"#, secret());
        let scrubber = Scrubber::new(Preset::Strict);
        assert_eq!(scrubber.document(broken.as_bytes()), None);
        let text = scrubber.text(broken.as_bytes()).unwrap();
        assert!(text.starts_with(br#"{"t": "see "#));
        assert!(!String::from_utf8(text).unwrap().contains(&secret()));
    }
}
