//! Scrubbing: text, JSON and findings.

use std::ffi::{c_char, c_int};

use prestop_core::scrub;
use prestop_core::value::{self, Layout};
use serde_json::json;

use crate::guard::guard;
use crate::output::Out;
use crate::prestop_status::PRESTOP_OK;
use crate::{input, options, prestop_buf, prestop_error, prestop_status};

/// Finds secrets and replaces them by markers, [REDACTED:LABEL]. It does not change after it was made, so any number of
/// threads may use one at once; free it when none does any more.
#[derive(Debug)]
pub struct prestop_scrubber(pub(crate) prestop_core::Scrubber);

/// Make a scrubber.
///
/// `options_json` is one JSON object of `len` bytes; NULL with 0 means {}. Each member may be left out:
///   "preset"         "balanced" (the default), "strict", or "molecule"
///   "known_secrets"  {"NAME": "value"}: exact values that go wherever they stand, in any encoding, each of 4 characters
///                    to 64 KiB, not white space alone; the marker says the name. At most 1,024; the strings of one that is
///                    JSON itself are known too, as far as there is room
///   "disable"        ["rule-id"]: rules to leave out
///   "allow"          ["text"]: findings to leave alone
///   "rules"          path of a TOML file with rules of your own
/// `*out` is given the scrubber: free it with prestop_scrubber_free. It has copied what it needs.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT for a NULL `out`; PRESTOP_INVALID_OPTION; PRESTOP_INVALID_RULE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_scrubber_new(
    options_json: *const c_char,
    len: usize,
    out: *mut *mut prestop_scrubber,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `options_json` and gives places for the results, as the header asks.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let options = input::bytes("options_json", options_json, len)?;
            out.set_object(prestop_scrubber(options::scrubber(options)?));
            Ok(PRESTOP_OK)
        })
    }
}

/// Free a scrubber, which no thread uses any more. Does nothing with NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_scrubber_free(scrubber: *mut prestop_scrubber) {
    if !scrubber.is_null() {
        // SAFETY: it came out of `prestop_scrubber_new` as a box, and the caller frees it once.
        drop(unsafe { Box::from_raw(scrubber) });
    }
}

/// Scrub a text: `*out` is given the text with a marker in the place of every secret.
///
/// Any bytes are a text; UTF-8 stays UTF-8, and text that is JSON stays JSON. Line breaks inside a secret stay, so lines
/// keep their numbers. The time grows with the length and with nothing else.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_scrub_text(
    scrubber: *const prestop_scrubber,
    text: *const c_char,
    len: usize,
    out: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `scrubber` and `text` and gives places for the results, as the header asks.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let prestop_scrubber(scrubber) = input::object("scrubber", scrubber)?;
            let text = input::bytes("text", text, len)?;
            out.set_bytes(scrubber.scrub_bytes(text));
            Ok(PRESTOP_OK)
        })
    }
}

/// Scrub a JSON document by its structure: `*out` is given the scrubbed document in one line.
///
/// More is known than of a text: what stands under a sensitive key goes whatever it looks like ("password": "hunter2"),
/// a secret split over the strings of an array goes whole, and items that a code sandbox wrote are dropped. Members keep
/// their order, numbers their digits; of equal keys the last one counts. NaN, Infinity and -Infinity, which Python writes, are
/// read as numbers and become null: the result is always JSON.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is not JSON in UTF-8, nested at most 300 deep; PRESTOP_TOO_LARGE
/// over 64 MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_scrub_json(
    scrubber: *const prestop_scrubber,
    json: *const c_char,
    len: usize,
    out: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: as in `prestop_scrub_text`.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let prestop_scrubber(scrubber) = input::object("scrubber", scrubber)?;
            let json = input::bytes("json", json, len)?;
            out.set_bytes(value::scrub_json(json, Layout::Compact, scrubber)?.0);
            Ok(PRESTOP_OK)
        })
    }
}

/// Find the secrets in a text and leave it alone: `*out_json` is given a JSON array in the order of the text,
/// [{"rule": "github-personal-token", "label": "GITHUB_PAT", "start": 0, "end": 40}]. `start` and `end` are bytes, the
/// end one past the last. Findings do not overlap and never hold the text itself.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_findings(
    scrubber: *const prestop_scrubber,
    text: *const c_char,
    len: usize,
    out_json: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: as in `prestop_scrub_text`.
    unsafe {
        guard(error, || {
            let out = Out::new("out_json", out_json)?;
            let prestop_scrubber(scrubber) = input::object("scrubber", scrubber)?;
            let findings = scrubber.findings(input::bytes("text", text, len)?);
            let findings = findings.iter().map(|finding| {
                json!({
                    "rule": &*finding.rule,
                    "label": &*finding.label,
                    "start": finding.start,
                    "end": finding.end,
                })
            });
            out.set_bytes(serde_json::Value::Array(findings.collect()).to_string());
            Ok(PRESTOP_OK)
        })
    }
}

/// Whether a text is marked as output of a code sandbox, which never goes into a snapshot: 1 or 0. NULL is not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_is_sandbox(text: *const c_char, len: usize) -> c_int {
    let mut is = false;
    // SAFETY: the caller lends `text`, as the header asks; there is no error to write.
    unsafe {
        guard(std::ptr::null_mut(), || {
            is = scrub::is_sandbox(input::bytes("text", text, len)?);
            Ok(PRESTOP_OK)
        });
    }
    c_int::from(is)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buf::prestop_buf_free;

    #[test]
    fn the_words_of_python_for_numbers_are_read_and_the_result_is_json() {
        let scrubber = prestop_scrubber(prestop_core::Scrubber::new(prestop_core::Preset::Balanced));
        for (text, wanted) in
            [("NaN", "null"), ("[1,-Infinity]", "[1,null]"), ("{\"a\":Infinity}", "{\"a\":null}")]
        {
            let mut out = prestop_buf { data: std::ptr::null_mut(), len: 0, cap: 0 };
            // SAFETY: the text is lent, the buffer ours.
            unsafe {
                let status = prestop_scrub_json(
                    &raw const scrubber,
                    text.as_ptr().cast(),
                    text.len(),
                    &raw mut out,
                    std::ptr::null_mut(),
                );
                assert_eq!(status, PRESTOP_OK);
                assert_eq!(std::slice::from_raw_parts(out.data.cast::<u8>(), out.len), wanted.as_bytes());
                prestop_buf_free(&raw mut out);
            }
        }
    }
}
