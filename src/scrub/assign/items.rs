//! Values of which a name has several: the items of a list, the members of a map, one for each of several names.

use super::super::escape;
use super::super::extent;
use super::super::sensitive::Strength;
use super::operator::Operator;
use super::value::Reader;
use super::{Assignment, member, next_line, skip_blank, skip_spaces, verdict};

/// How deep below its name the members of a map are read.
const DEEPEST: usize = 8;

impl Reader<'_> {
    /// Whether another name precedes this one, so that each has a value of its own:
    /// `user, password := "...", "..."`.
    pub(super) fn is_one_of_many(&self) -> bool {
        let before = &self.text[..self.name.start];
        let equals = matches!(self.operator, Operator::Equals { spaced: true });
        equals
            && self.name.quote.is_none()
            && matches!(before, [.., name, b',', b' '] if name.is_ascii_alphanumeric() || *name == b'_')
    }

    /// Reads the values of the names beside this one, from the comma at `from` on. Returns where the last one
    /// ends.
    pub(super) fn further(&mut self, from: usize) -> Option<usize> {
        const MOST: usize = 4;
        let text = self.text;
        let mut last = None;
        let mut at = from;
        for _ in 0..MOST {
            let comma = skip_spaces(text, at);
            if text.get(comma) != Some(&b',') {
                break;
            }
            let next = skip_spaces(text, comma + 1);
            let (quote, inside) =
                escape::quote_at(text, next).filter(|(quote, _)| !self.open.contains(quote))?;
            at = self.quoted(quote, inside, self.operator).0;
            last = Some(at);
        }
        last
    }

    /// Finds the strings of a map (`keys = {"first": "..."}`), of a list over several lines, or of a YAML
    /// list that begins at `at`. The name describes all of them together, so each must look like a secret.
    /// Returns where the last one ends, or, if members have names of their own, where these begin.
    pub(super) fn members(&mut self, at: usize) -> Option<usize> {
        const MOST: usize = 64;
        let text = self.text;
        let assigned = matches!(self.operator, Operator::Equals { .. } | Operator::Colon);
        if !assigned || self.name.sensitive.strength != Strength::Strong {
            return None;
        }
        let dashed = escape::line_break(text, at) > 0 && text[skip_blank(text, at)..].starts_with(b"- ");
        let bracket = matches!(text.get(at), Some(b'[' | b'{'));
        if !dashed && !bracket {
            return None;
        }
        let mut next = skip_blank(text, at + usize::from(bracket));
        let mut last = None;
        let mut named = false;
        // JSON may have the strings at any depth below the name.
        let nested = bracket && self.name.quote.is_some() && self.operator == Operator::Colon;
        let mut depth = 0_usize;
        for _ in 0..MOST {
            if dashed {
                next = match text[next..].strip_prefix(b"- ") {
                    Some(_) => skip_spaces(text, next + 2),
                    None => break,
                };
            }
            let member = member::at(text, next);
            named |= member.value > next;
            if nested && depth < DEEPEST && matches!(text.get(member.value), Some(b'{' | b'[')) {
                depth += 1;
                next = skip_blank(text, member.value + 1);
                continue;
            }
            let Some((quote, inside)) =
                escape::quote_at(text, member.value).filter(|(quote, _)| !self.open.contains(quote))
            else {
                let Some(end) = dashed.then(|| self.bare_item(next)).flatten() else { break };
                last = Some(end);
                next = skip_blank(text, end);
                continue;
            };
            let after = if member.described {
                extent::quoted(text, inside, quote, self.open).1
            } else {
                self.quoted(quote, inside, self.joint_inside()).0
            };
            last = Some(after);
            next = skip_blank(text, after);
            while depth > 0 && matches!(text.get(next), Some(b'}' | b']')) {
                depth -= 1;
                next = skip_blank(text, next + 1);
            }
            if !dashed {
                if text.get(next) != Some(&b',') {
                    break;
                }
                next = skip_blank(text, next + 1);
            }
        }
        // The names of the members are searched once more: with a name of its own a value needs less
        // evidence.
        if named { last.map(|_| at + 1) } else { last }
    }

    /// Redacts the unquoted item of a YAML list at `from`, if it looks like a secret. Returns where it ends,
    /// if it is one word.
    fn bare_item(&mut self, from: usize) -> Option<usize> {
        let end = next_line::word(self.text, from)?;
        let value = &self.text[from..end];
        if verdict::looks_secret(value) && verdict::is_plain(self.name, value) {
            let label = self.name.sensitive.label;
            self.out.push(Assignment { start: from, end, label, quote: None });
        }
        Some(end)
    }

    /// Reads the quoted items of a list, the first one at `from`. Returns where the last one ends.
    pub(super) fn list(&mut self, from: usize) -> Option<usize> {
        let mut at = from;
        let mut last = None;
        while let Some((quote, inside)) =
            escape::quote_at(self.text, at).filter(|(quote, _)| !self.open.contains(quote))
        {
            let (after, _) = self.quoted(quote, inside, self.joint_of_items());
            last = Some(after);
            let comma = skip_spaces(self.text, after);
            if self.text.get(comma) != Some(&b',') {
                break;
            }
            at = skip_spaces(self.text, comma + 1);
        }
        last
    }
}
