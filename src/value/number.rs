//! Numbers as Python spells them in JSON.

use std::fmt::Write as _;

/// Integers of more digits than this become the string `0x...`, since other JSON readers refuse them.
pub(crate) const MAX_DIGITS: usize = 4_300;

/// The base of groups of nine decimal digits.
const NINE_DIGITS: u64 = 1_000_000_000;
/// How many hexadecimal digits are added per step: their base times [`NINE_DIGITS`] is within 64 bits.
const STEP: usize = 8;

/// Returns the shortest text that reads back as `number`, laid out as by Python's `repr`; `None` if it is not
/// finite.
pub(crate) fn float(number: f64) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    let shortest = format!("{number:e}");
    let (mantissa, exponent) = shortest.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return Some(format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs()));
    }
    let mut plain = format!("{number}");
    if !plain.contains('.') {
        plain.push_str(".0");
    }
    Some(plain)
}

/// Returns the decimal digits of the integer with these hexadecimal digits, or `None` if there are more than
/// [`MAX_DIGITS`].
///
/// Refuses more than 3,600 hexadecimal digits at once, which no number within the bound has, so that the time
/// is bounded.
pub(crate) fn decimal(hexadecimal: &[u8]) -> Option<String> {
    let (sign, digits) = match hexadecimal.split_first() {
        Some((b'-', rest)) => ("-", rest),
        _ => ("", hexadecimal),
    };
    if digits.len() > 3_600 {
        return None;
    }
    // Groups of nine decimal digits, the lowest first.
    let mut groups: Vec<u64> = vec![0];
    let (first, rest) = digits.split_at(digits.len() % STEP);
    for step in std::iter::once(first).chain(rest.chunks(STEP)) {
        let mut carry = 0;
        for digit in step {
            carry = carry << 4 | u64::from((*digit as char).to_digit(16)?);
        }
        for group in &mut groups {
            let sum = (*group << (4 * step.len())) + carry;
            *group = sum % NINE_DIGITS;
            carry = sum / NINE_DIGITS;
        }
        while carry > 0 {
            groups.push(carry % NINE_DIGITS);
            carry /= NINE_DIGITS;
        }
        #[cfg(test)]
        crate::scrub::work::count(groups.len());
    }
    let mut text = sign.to_owned();
    let mut highest_first = groups.iter().rev();
    if let Some(highest) = highest_first.next() {
        let _ = write!(text, "{highest}");
    }
    for group in highest_first {
        let _ = write!(text, "{group:09}");
    }
    (text.len() - sign.len() <= MAX_DIGITS).then_some(text)
}

/// Spells a float as the key of a JSON object, as Python's `json.dump` does.
///
/// ```
/// assert_eq!(prestop::value::float_as_key(1e16), "1e+16");
/// assert_eq!(prestop::value::float_as_key(f64::NAN), "NaN");
/// ```
pub fn float_as_key(number: f64) -> String {
    float(number).unwrap_or_else(|| {
        let name = match number {
            _ if number.is_nan() => "NaN",
            f64::INFINITY => "Infinity",
            _ => "-Infinity",
        };
        name.to_owned()
    })
}

/// Returns the integer with these hexadecimal digits (in lower case, preceded by `-` if it is negative) as
/// text: its decimal digits, or `0x...` if there are more than 4,300.
///
/// ```
/// assert_eq!(prestop::value::huge_as_text(b"-ff"), b"-255");
/// ```
pub fn huge_as_text(hexadecimal: &[u8]) -> Vec<u8> {
    decimal(hexadecimal).map_or_else(|| prefixed(hexadecimal), String::into_bytes)
}

/// Returns the text that replaces an integer which is too long for a number, from its hexadecimal digits.
pub(crate) fn prefixed(hexadecimal: &[u8]) -> Vec<u8> {
    match hexadecimal.split_first() {
        Some((b'-', digits)) => [b"-0x", digits].concat(),
        _ => [b"0x", hexadecimal].concat(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn floats_are_spelled_as_python_does() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e-5, "1.5e-05"),
            (0.0001, "0.0001"),
            (1.234_567_890_123_456_8e17, "1.2345678901234568e+17"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
        ];
        for (number, text) in cases {
            assert_eq!(float(number).as_deref(), Some(text));
        }
        assert_eq!(float(f64::NAN), None);
        assert_eq!(float(f64::INFINITY), None);
    }

    #[test]
    fn decimal_digits_are_those_of_the_number() {
        for number in [0_i128, 9, 16, -255, 999_999_999, 1_000_000_000, i128::MAX, -i128::MAX] {
            let sign = if number < 0 { "-" } else { "" };
            let hexadecimal = format!("{sign}{:x}", number.unsigned_abs());
            assert_eq!(decimal(hexadecimal.as_bytes()), Some(number.to_string()));
        }
    }

    proptest! {
        #[test]
        fn digits_in_both_spellings_are_those_of_one_number(digits in "-?[1-9][0-9]{0,4299}") {
            let hexadecimal = crate::json::hexadecimal(&digits).unwrap();
            prop_assert_eq!(decimal(hexadecimal.as_bytes()), Some(digits));
        }
    }

    #[test]
    fn digits_are_found_eight_at_a_time() {
        let longest = vec![b'f'; 3_570];
        let steps = crate::scrub::work::counted(|| drop(decimal(&longest)));
        assert!((50_000..150_000).contains(&steps), "{steps}");
    }

    #[test]
    fn the_bound_is_on_decimal_digits() {
        // 16^3571 has 4,300 digits, 16^3572 has 4,302.
        let power = |exponent: usize| [b"1".as_slice(), &vec![b'0'; exponent]].concat();
        assert_eq!(decimal(&power(3_571)).map(|digits| digits.len()), Some(4_300));
        assert_eq!(decimal(&power(3_572)), None);
        assert_eq!(decimal(&vec![b'f'; 1_000_000]), None);
        assert_eq!(prefixed(b"-ff"), b"-0xff");
    }
}
