//! Values in expressions: chosen by a condition, added to a string, used where there is none, changed to
//! another one, or never closed.

use super::super::escape;
use super::super::extent;
use super::super::placeholder::is_placeholder;
use super::super::validate::Validator;
use super::operator::Operator;
use super::value::Reader;
use super::{Assignment, skip_spaces, verdict};

/// The shortest unquoted alternative to another value, in bytes: it is found by its looks.
const LONG: usize = 16;

impl Reader<'_> {
    /// Reads the value that another one is changed to: `"old" -> "new"`. Returns where it ends.
    pub(super) fn changed(&mut self, from: usize) -> Option<usize> {
        let text = self.text;
        let arrow = skip_spaces(text, from);
        let next = skip_spaces(text, arrow + text[arrow..].strip_prefix(b"->").map(|_| 2)?);
        let (quote, inside) = escape::quote_at(text, next).filter(|(quote, _)| !self.open.contains(quote))?;
        Some(self.quoted(quote, inside, self.operator).0)
    }

    /// Redacts the alternatives to a value of this `length` that ended at `from`: `'...' | '...'`,
    /// `... or ...`, and `..., ...` if they have the same length or the name is a plural. Returns where the
    /// last one ends. Types are written like this too, of words, so each must look like a secret.
    pub(super) fn alternatives(&mut self, from: usize, length: usize) -> Option<usize> {
        const MOST: usize = 16;
        const SIGNS: [&[u8]; 6] = [b"||", b"|", b"/", b"or", b"and", b","];
        let text = self.text;
        let many = text[self.name.start..self.name.end].to_ascii_lowercase().ends_with(b"s");
        let mut last = None;
        let mut at = from;
        for _ in 0..MOST {
            let sign = skip_spaces(text, at);
            let Some(known) = SIGNS.iter().find(|known| text[sign..].starts_with(known)) else { break };
            let behind = sign + known.len();
            let start = skip_spaces(text, behind);
            let (start, end, after) = match escape::quote_at(text, start) {
                Some((quote, _)) if self.open.contains(&quote) => break,
                Some((quote, inside)) => {
                    let (end, after) = extent::quoted(text, inside, quote, self.open);
                    (inside, end, after)
                }
                // A slash may continue a path, and any of these an expression without spaces.
                None if behind == start => break,
                None => {
                    let end = extent::unquoted(text, start);
                    (start, end, end)
                }
            };
            let value = &text[start..end];
            let named = matches!(text.get(skip_spaces(text, after)), Some(b':' | b'='));
            let random = after > end || value.len() >= LONG && Validator::Random.accepts(value);
            // In a list, or in a tuple after the name, a comma separates what is no alternative:
            // `{token.FLOAT, "0x12efp-123", "0x12efp-123"}`.
            let assigned = matches!(self.operator, Operator::Equals { .. } | Operator::Colon);
            let alike = *known != b"," || many || assigned && value.len() == length;
            if named || !random || !alike || !verdict::looks_secret(value) || is_placeholder(value) {
                break;
            }
            let label = self.name.sensitive.label;
            self.out.push(Assignment { start, end, label, quote: None });
            last = Some(after);
            at = after;
        }
        last
    }

    /// Reads the strings of which a condition that ended at `from` chooses one: `prod ? "..." : ""`. Returns
    /// where the last one ends, if one is a secret.
    pub(super) fn chosen(&mut self, from: usize) -> Option<usize> {
        let text = self.text;
        if !matches!(self.operator, Operator::Equals { .. } | Operator::Colon)
            || !text[from..].starts_with(b" ? ")
        {
            return None;
        }
        let (quote, inside) = escape::quote_at(text, skip_spaces(text, from + 3))
            .filter(|(quote, _)| !self.open.contains(quote))?;
        let (after, first) = self.quoted(quote, inside, self.operator);
        let colon = skip_spaces(text, after);
        let other = (text.get(colon) == Some(&b':')).then(|| skip_spaces(text, colon + 1));
        let other = other
            .and_then(|at| escape::quote_at(text, at))
            .filter(|(quote, _)| !self.open.contains(quote))
            .map(|(quote, inside)| self.quoted(quote, inside, self.operator));
        let (after, second) = other.unwrap_or((after, false));
        (first || second).then_some(after)
    }

    /// Reads the string that is used where an expression has no value:
    /// `const password = process.env.PASSWORD || "..."`. Returns where it ends, if it is a secret.
    pub(super) fn fallback(&mut self, start: usize, from: usize) -> Option<usize> {
        const LONGEST: usize = 64;
        let text = self.text;
        let window = &text[from..text.len().min(from + LONGEST)];
        let line = &window[..memchr::memchr(b'\n', window).unwrap_or(window.len())];
        let operators = [b"|| ".as_slice(), b"?? ", b" or "];
        let (at, length) = operators
            .into_iter()
            .find_map(|sign| memchr::memmem::find(line, sign).map(|at| (at, sign.len())))?;
        // `ask("..." % (user, host or "localhost"))`: inside of a bracket it is the fallback of something
        // else.
        let brackets = |kind: &[u8]| text[start..from + at].iter().filter(|byte| kind.contains(byte)).count();
        if brackets(b"([{") != brackets(b")]}") || line[..at].contains(&b';') {
            return None;
        }
        let value = from + at + length;
        let (quote, inside) =
            escape::quote_at(text, value).filter(|(quote, _)| !self.open.contains(quote))?;
        let (after, secret) = self.quoted(quote, inside, self.operator);
        secret.then_some(after)
    }

    /// Reads the string that is added to one that ended at `from`. Returns where it ends, and whether it is a
    /// secret.
    pub(super) fn added(&mut self, from: usize) -> Option<(usize, bool)> {
        let text = self.text;
        let sign = skip_spaces(text, from);
        let next = skip_spaces(text, sign + usize::from(matches!(text.get(sign), Some(b'+' | b'.'))));
        let (quote, inside) = escape::quote_at(text, next)
            .filter(|(quote, _)| next > from && sign < next && !self.open.contains(quote))?;
        let (end, after) = extent::quoted(text, inside, quote, self.open);
        let secret = verdict::quoted(text, self.name, self.operator, quote, &text[inside..end]);
        if secret {
            let label = self.name.sensitive.label;
            self.out.push(Assignment { start: inside, end, label, quote: None });
        }
        Some((after, secret))
    }

    /// Returns where a value ends that was never closed, so that it contains the next name and its operator:
    /// `"walnut api_key="`. What seemed to be its closing quote, which ends at `after`, belongs to that name.
    pub(super) fn next_name(&self, inside: usize, end: usize, after: usize) -> Option<usize> {
        let body = self.text[inside..end]
            .strip_suffix(b"=")
            .or_else(|| self.text[inside..end].strip_suffix(b": "))?;
        let name = body
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            .count();
        let space = body.len().checked_sub(name + 1)?;
        let goes_on = self.text.get(after).is_some_and(u8::is_ascii_alphanumeric);
        (name >= 2 && space > 0 && body[space] == b' ' && goes_on).then_some(inside + space)
    }
}
