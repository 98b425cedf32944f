//! Scrubbers: text, JSON and findings.

use std::ffi::{c_char, c_int};

use prestop_core::scrub;
use prestop_core::value::{self, Layout};
use serde_json::json;

use crate::guard::guard;
use crate::output::Out;
use crate::prestop_status::PRESTOP_OK;
use crate::{input, options, prestop_buf, prestop_error, prestop_status};

/// Finds secrets and replaces each by a marker, [REDACTED:LABEL]. A scrubber never changes once it is made,
/// so any number of threads may use one at the same time; free it when none does any more.
#[derive(Debug)]
pub struct prestop_scrubber(pub(crate) prestop_core::Scrubber);

/// Creates a scrubber.
///
/// `options_json` is one JSON object of `len` bytes; NULL with length 0 means {}. Each member may be left
/// out:
///   "preset"         "balanced" (the default), "strict", or "molecule"
///   "known_secrets"  {"NAME": "value"}: exact values that are redacted wherever they occur, in any encoding;
///                    the marker shows the name. At most 1,024 values, each of 4 characters to 64 KiB and not
///                    only white space. If a value is itself JSON, the strings in it are known too, while
///                    there is room
///   "disable"        ["rule-id"]: rules to leave out, at most 10,000 ids. An id that no rule has is an
///                    error: PRESTOP_INVALID_OPTION, and the message names "disable" and the position of the
///                    id
///   "allow"          ["text"]: findings to leave alone, those whose text or value is exactly one of these,
///                    except known values. At most 10,000 texts, none of them empty
///   "rules"          path of a file with rules of your own, in the TOML format of prestop or of gitleaks; a
///                    regular file of UTF-8 text, at most 1 MiB and 2,000 rules
/// Any other member is an error. "disable", "allow" and "rules" cannot be combined with the preset
/// "molecule".
///
/// `*out` is set to the scrubber; free it with prestop_scrubber_free. It keeps no reference to
/// `options_json`.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT for a NULL `out`; PRESTOP_INVALID_OPTION, also when the file of
/// "rules" cannot be read; PRESTOP_INVALID_RULE when a rule in it, or the file as a whole, cannot be used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_scrubber_new(
    options_json: *const c_char,
    len: usize,
    out: *mut *mut prestop_scrubber,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `options_json` to be readable and the out-parameters to be writable.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let options = input::bytes("options_json", options_json, len)?;
            out.set_object(prestop_scrubber(options::scrubber(options)?));
            Ok(PRESTOP_OK)
        })
    }
}

/// Frees a scrubber. No thread may use it any more. Does nothing with NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_scrubber_free(scrubber: *mut prestop_scrubber) {
    if !scrubber.is_null() {
        // SAFETY: the pointer comes from `Box::into_raw` in `prestop_scrubber_new`, and the caller frees it
        // once.
        drop(unsafe { Box::from_raw(scrubber) });
    }
}

/// Scrubs a text: `*out` is set to a copy with a marker in the place of every secret.
///
/// The text may be any bytes; UTF-8 remains UTF-8, and text that is JSON remains JSON. Line breaks inside a
/// secret are kept, so lines keep their numbers. The time is linear in the length, whatever the content.
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
    // SAFETY: the header requires `scrubber` and `text` to be readable and the out-parameters to be writable.
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

/// Scrubs a JSON document by its structure: `*out` is set to the scrubbed document on one line.
///
/// This finds more than prestop_scrub_text does: the value of a sensitive key is redacted whatever it looks
/// like ("password": "hunter2"), a secret split over the strings of an array is redacted as a whole, and
/// items that a code sandbox wrote are dropped. Members keep their order and numbers their digits; of
/// duplicate keys the last one counts. NaN, Infinity and -Infinity, which Python writes, are read as numbers
/// and become null: the result is always JSON.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is not JSON in UTF-8, nested at
/// most 300 deep; PRESTOP_TOO_LARGE over 64 MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_scrub_json(
    scrubber: *const prestop_scrubber,
    json: *const c_char,
    len: usize,
    out: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `scrubber` and `json` to be readable and the out-parameters to be writable.
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

/// Finds the secrets in a text without changing it: `*out_json` is set to a JSON array in the order of the
/// text, [{"rule": "github-personal-token", "label": "GITHUB_PAT", "start": 0, "end": 40}]. `start` and `end`
/// are byte offsets; `end` is one past the last byte. Findings do not overlap and never contain the text
/// itself.
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
    // SAFETY: the header requires `scrubber` and `text` to be readable and the out-parameters to be writable.
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

/// Whether a text is marked as output of a code sandbox, which is never part of a snapshot: 1 or 0. NULL
/// gives 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_is_sandbox(text: *const c_char, len: usize) -> c_int {
    let mut is = false;
    // SAFETY: the header requires `text` to be readable; no error is requested.
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
