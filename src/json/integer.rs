//! Integers that are too long for other JSON readers.

use std::fmt::Write;

use super::MAX_DIGITS;

/// The most decimal digits that are converted to hexadecimal ones, which takes quadratic time.
pub(super) const MAX_CONVERTED: usize = 20_000;
/// How many decimal digits are added per step.
const STEP: usize = 19;

/// Whether a number is an integer of more than [`MAX_DIGITS`] digits.
pub(crate) fn is_long(number: &str) -> bool {
    let digits = || number.strip_prefix('-').unwrap_or(number);
    number.len() > MAX_DIGITS
        && digits().len() > MAX_DIGITS
        && digits().bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the hexadecimal digits of the integer with these decimal digits, preceded by `-` if it is
/// negative; `None` if it is not an integer or has more than [`MAX_CONVERTED`] digits.
pub(crate) fn hexadecimal(decimal: &str) -> Option<String> {
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal), |digits| ("-", digits));
    if digits.is_empty() || digits.len() > MAX_CONVERTED || !digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    // The least significant limb first.
    let mut limbs: Vec<u64> = Vec::new();
    let (first, rest) = digits.split_at(digits.len() % STEP);
    let steps = rest.as_bytes().chunks(STEP).filter_map(|step| std::str::from_utf8(step).ok());
    for step in std::iter::once(first).filter(|first| !first.is_empty()).chain(steps) {
        let mut carry: u64 = step.parse().ok()?;
        for limb in &mut limbs {
            let sum = u128::from(*limb) * u128::from(10_u64.pow(19)) + u128::from(carry);
            (*limb, carry) = (low(sum), low(sum >> 64));
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut text = format!("{sign}{:x}", limbs.pop().unwrap_or(0));
    for limb in limbs.iter().rev() {
        let _ = write!(text, "{limb:016x}");
    }
    Some(text)
}

#[allow(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
fn low(sum: u128) -> u64 {
    sum as u64
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_integer() {
        for (number, sign) in [0, 1, 9, u128::from(u64::MAX), 10_u128.pow(19), 10_u128.pow(38), u128::MAX]
            .into_iter()
            .flat_map(|number| [(number, ""), (number, "-")])
        {
            assert_eq!(hexadecimal(&format!("{sign}{number}")).unwrap(), format!("{sign}{number:x}"));
        }
        // 16^4000 - 1.
        let mut decimal = vec![0_u8];
        for _ in 0..4_000 {
            let mut carry = 15;
            for digit in &mut decimal {
                let sum = u32::from(*digit) * 16 + carry;
                (*digit, carry) = (u8::try_from(sum % 10).unwrap(), sum / 10);
            }
            while carry > 0 {
                decimal.push(u8::try_from(carry % 10).unwrap());
                carry /= 10;
            }
        }
        let decimal: String = decimal.iter().rev().map(|digit| char::from(b'0' + digit)).collect();
        assert!(is_long(&decimal) && is_long(&format!("-{decimal}")));
        assert_eq!(hexadecimal(&decimal).unwrap(), "f".repeat(4_000));
    }

    #[test]
    fn what_is_none_or_too_long_is_not_converted() {
        for other in ["", "-", "1.5", "1e5", "NaN", &"7".repeat(MAX_CONVERTED + 1)] {
            assert_eq!(hexadecimal(other), None);
        }
        let digits = "7".repeat(MAX_DIGITS);
        assert!(!is_long(&digits) && !is_long(&format!("-{digits}")) && !is_long(&format!("{digits}.5")));
    }
}
