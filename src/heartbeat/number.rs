//! Numbers as the platform accepts them: finite, and within the range of the database columns that store
//! them.

use crate::value::{Node, Shape, Text};

/// The largest integer of the platform: its columns are signed and have 32 bits.
pub(super) const MAX_WHOLE: u32 = i32::MAX as u32;

/// The longest text, in bytes, that is parsed as a number; nobody spells one with more, except for long
/// integers.
const MAX_SPELLING: usize = 64;

/// Returns the number that a value is or spells; `None` for what is not a number, and for NaN.
///
/// An infinity is returned as such, so that it is clamped to the nearest bound. True counts as 1, as in
/// Python.
pub(super) fn number<N: Node>(value: &N) -> Option<f64> {
    let number = match value.shape() {
        Shape::Bool(value) => f64::from(u8::from(value)),
        // Beyond 2^53 digits are lost, far above every bound of the platform.
        #[allow(clippy::cast_precision_loss)]
        Shape::Int(number) => number as f64,
        Shape::Huge if value.hexadecimal().starts_with(b"-") => f64::MIN,
        Shape::Huge => f64::MAX,
        Shape::Float(number) => number,
        Shape::Digits(text) | Shape::Text(text) | Shape::Bytes(text) | Shape::Other(text) => {
            spelled(text.bytes())?
        }
        _ => return None,
    };
    Some(number).filter(|number| !number.is_nan())
}

/// Parses the number that a text spells.
fn spelled(text: &[u8]) -> Option<f64> {
    if text.len() <= MAX_SPELLING {
        return std::str::from_utf8(text).ok()?.trim().parse().ok();
    }
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    // Spelled like an integer, and so long that it is beyond every bound.
    let integer = digits.iter().all(u8::is_ascii_digit) && digits.first() != Some(&b'0');
    integer.then_some(if digits.len() < text.len() { f64::MIN } else { f64::MAX })
}

/// Returns the number truncated and clamped to 0 to [`MAX_WHOLE`]; 0 for what is not a number.
pub(super) fn whole<N: Node>(value: Option<&N>) -> u32 {
    let number = value.and_then(number).unwrap_or(0.0).clamp(0.0, f64::from(MAX_WHOLE));
    // Within the range after the clamp; only the fraction is lost.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = number as u32;
    whole
}

/// Returns the value as an integer from 1 to [`MAX_WHOLE`]; `None` for a bool, although it counts as a number
/// elsewhere.
pub(super) fn positive<N: Node>(value: &N) -> Option<u32> {
    let is_bool = matches!(value.shape(), Shape::Bool(_));
    Some(whole(Some(value))).filter(|&number| number > 0 && !is_bool)
}

/// Returns the share of requests that failed, between 0 and 1: the given rate, else from the counts, else 0.
pub(super) fn error_rate<N: Node>(rate: Option<&N>, errors: Option<&N>, requests: Option<&N>) -> f64 {
    let rate = rate.and_then(number).unwrap_or_else(|| {
        let (errors, requests) = (errors.and_then(number), requests.and_then(number));
        let requests = requests.unwrap_or(0.0);
        if requests > 0.0 { errors.unwrap_or(0.0) / requests } else { 0.0 }
    });
    // The quotient of two infinities is NaN.
    if rate.is_nan() { 0.0 } else { rate.clamp(0.0, 1.0) }
}
