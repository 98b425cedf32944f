//! Numbers as the platform takes them: finite, and within the columns they end in.

use crate::value::{Node, Shape, Text};

/// The largest whole number of the platform: its columns have 32 bits and a sign.
pub(super) const MAX_WHOLE: u32 = i32::MAX as u32;

/// A text longer than this spells no number that anybody sends.
const MAX_SPELLING: usize = 64;

/// The number that a value is or spells; `None` for what is no number, and for NaN.
///
/// An infinity stays one, so that it ends at the nearest bound. True counts as 1, as in Python.
pub(super) fn number<N: Node>(value: &N) -> Option<f64> {
    let number = match value.shape() {
        Shape::Bool(value) => f64::from(u8::from(value)),
        // Beyond 2^53 the last digits go, far above every bound of the platform.
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

/// The number that a text spells.
fn spelled(text: &[u8]) -> Option<f64> {
    if text.len() <= MAX_SPELLING {
        return std::str::from_utf8(text).ok()?.trim().parse().ok();
    }
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    // As integers are spelled, and so one that is beyond every bound.
    let integer = digits.iter().all(u8::is_ascii_digit) && digits.first() != Some(&b'0');
    integer.then_some(if digits.len() < text.len() { f64::MIN } else { f64::MAX })
}

/// The number as a whole one between 0 and [`MAX_WHOLE`]; 0 for what is no number.
pub(super) fn whole<N: Node>(value: Option<&N>) -> u32 {
    let number = value.and_then(number).unwrap_or(0.0).clamp(0.0, f64::from(MAX_WHOLE));
    // Within the range after the clamp; only the fraction goes.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = number as u32;
    whole
}

/// The value as a whole number from 1 to [`MAX_WHOLE`]; a bool is none, although it counts elsewhere.
pub(super) fn positive<N: Node>(value: &N) -> Option<u32> {
    let is_bool = matches!(value.shape(), Shape::Bool(_));
    Some(whole(Some(value))).filter(|&number| number > 0 && !is_bool)
}

/// The share of requests that failed, between 0 and 1: as it is given, else from the counts, else 0.
pub(super) fn error_rate<N: Node>(rate: Option<&N>, errors: Option<&N>, requests: Option<&N>) -> f64 {
    let rate = rate.and_then(number).unwrap_or_else(|| {
        let (errors, requests) = (errors.and_then(number), requests.and_then(number));
        let requests = requests.unwrap_or(0.0);
        if requests > 0.0 { errors.unwrap_or(0.0) / requests } else { 0.0 }
    });
    // Two infinities have no share.
    if rate.is_nan() { 0.0 } else { rate.clamp(0.0, 1.0) }
}
