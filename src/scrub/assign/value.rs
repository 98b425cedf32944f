//! Reads the value, or the list of values, that is assigned to a name.

use super::super::escape::{self, Quote};
use super::super::extent;
use super::super::sensitive::Strength;
use super::super::validate::Validator;
use super::name::Name;
use super::operator::Operator;
use super::{
    Assignment, debug_wrapper, generated, groups_of_four, next_line, scheme, skip_blank, skip_spaces,
    unquoted, value_wrapper, verdict, word_password,
};

/// The longest name that may occur where a value is expected, in bytes.
const LONGEST_NAME: usize = 64;
/// The longest value in quotes that lack their escaping, with its closing quote, in bytes.
const LONGEST_UNESCAPED: usize = 256;
/// How far the text after a value is searched for what the value is, in bytes.
const BEHIND: usize = 32;

/// Reads the values after one name.
pub(super) struct Reader<'a> {
    pub(super) text: &'a [u8],
    pub(super) name: &'a Name,
    pub(super) operator: Operator,
    /// The quotes of the strings that are open where the value begins.
    pub(super) open: &'a [Quote],
    pub(super) out: &'a mut Vec<Assignment>,
}

impl Reader<'_> {
    /// Finds the value, or the values of a list, at `from`. Returns where the last one ends.
    pub(super) fn read(&mut self, from: usize) -> Option<usize> {
        let text = self.text;
        let from = value_wrapper::behind(text, self.name, self.operator, from);
        // `${NAME:-default}`
        let variable = self.operator == Operator::Colon && text[..self.name.start].ends_with(b"${");
        let from = from + usize::from(variable && matches!(text.get(from), Some(b'-' | b'=')));
        let from =
            if self.operator == Operator::Colon { next_line::begin(text, self.name, from) } else { from };
        let rest_of_line = generated::end(text, self.name, self.operator, from)
            .or_else(|| word_password::passphrase_end(text, self.name, self.operator, from));
        if let Some(end) = rest_of_line {
            self.out.push(Assignment { start: from, end, label: self.name.sensitive.label, quote: None });
            return Some(end);
        }
        if let Some((start, end)) = groups_of_four::value(text, self.name, from) {
            self.out.push(Assignment { start, end, label: self.name.sensitive.label, quote: None });
            return Some(end);
        }
        if let Some(end) = self.bracketed(from) {
            return Some(end);
        }
        if let Some(end) = self.braced(from) {
            return Some(end);
        }
        if let Some(end) = self.held(from) {
            return Some(end);
        }
        let assigned = matches!(self.operator, Operator::Equals { .. } | Operator::Colon);
        let from = if assigned { debug_wrapper::begin(text, from) } else { from };
        let mut at = from + literal_prefix(&text[from..]);
        if matches!(text.get(at), Some(b'[' | b'(')) {
            let inside = skip_spaces(text, at + 1);
            if let Some(end) = self.user_and_password(inside) {
                return Some(end);
            }
            let inside = self.first_item(at, inside);
            if escape::quote_at(text, inside).is_some() {
                return self.list(inside);
            }
            if let Some(end) = self.bare_list(at, inside) {
                return Some(end);
            }
            // `(value)` without quotes is an expression.
            at = from;
        }
        if let Some(end) = self.members(at) {
            return Some(end);
        }
        if let Some(end) = self.wrapped(at).or_else(|| self.respelled(at)) {
            return Some(end);
        }
        match escape::quote_at(text, at) {
            // This quote closes the string around the name: the value is empty.
            Some((quote, inside))
                if self.open.contains(&quote)
                    && !self.pairs_with_name(quote)
                    && !self.is_unescaped(quote, inside) =>
            {
                None
            }
            // An element holds text: a quoted string is its value only if the closing tag follows.
            Some((quote, inside)) if self.operator == Operator::Tag && !self.fills_element(quote, inside) => {
                None
            }
            // A string that is not a secret as a whole may contain one: the search goes on at its beginning.
            Some((quote, inside)) => {
                let (after, secret) = self.quoted(quote, inside, self.operator);
                let last = if self.is_one_of_many() {
                    self.further(after)
                } else if secret {
                    self.continued(quote, inside, after)
                } else {
                    self.default_value(inside)
                };
                let last = last.or_else(|| self.changed(after)).or_else(|| {
                    let closing = 1 + quote.backslashes();
                    self.alternatives(after, (after - inside).saturating_sub(closing))
                });
                Some(last.unwrap_or(if secret { after } else { inside }))
            }
            None if self.operator == Operator::Comma => None,
            None => Some(self.unquoted(at)),
        }
    }

    /// Finds a string that a call wraps: `SecretStr("...")`, `Secret::new("...")`, `new String("...")`.
    /// Returns where it ends, if it is a secret.
    fn wrapped(&mut self, at: usize) -> Option<usize> {
        const LONGEST: usize = 48;
        let text = self.text;
        let assigned = matches!(self.operator, Operator::Equals { .. } | Operator::Colon);
        if !assigned || self.name.sensitive.strength == Strength::Faint {
            return None;
        }
        let word = at + if text[at..].starts_with(b"new ") { 4 } else { 0 };
        let inner =
            |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'<' | b'>');
        let length = text[word..].iter().take(LONGEST).take_while(inner).count();
        // Calls that look a value up by its name: `getenv("NAME1")`, `config.find("name1")`.
        let call = text[word..word + length].to_ascii_lowercase();
        let asks = ["env", "get", "prop", "find", "load", "read", "config", "select", "query"];
        let asks = asks.iter().any(|part| memchr::memmem::find(&call, part.as_bytes()).is_some());
        if length == 0 || asks || text.get(word + length) != Some(&b'(') {
            return None;
        }
        let inside = skip_blank(text, word + length + 1);
        let inside = inside + literal_prefix(&text[inside..]);
        let (quote, inside) =
            escape::quote_at(text, inside).filter(|(quote, _)| !self.open.contains(quote))?;
        let (after, secret) = self.quoted(quote, inside, Operator::Comma);
        secret.then_some(after)
    }

    /// Redacts the strings on the lines below that are joined to the one between `inside` and `from`, as
    /// programs write long secrets: `"IQoJb3Jp..." +\n "..."`. Returns where the last one ends.
    fn continued(&mut self, quote: Quote, inside: usize, from: usize) -> Option<usize> {
        const MOST: usize = 64;
        const LONG: usize = 32;
        let text = self.text;
        if from - inside < LONG {
            return None;
        }
        let mut last = None;
        let mut at = from;
        for _ in 0..MOST {
            let sign = skip_spaces(text, at);
            let sign = sign + usize::from(matches!(text.get(sign), Some(b'+' | b'.' | b'&')));
            let end = skip_spaces(text, sign);
            let next = skip_blank(text, end);
            let opened = escape::quote_at(text, next).filter(|(opening, _)| *opening == quote);
            let Some((_, start)) = opened.filter(|_| next > end && !self.open.contains(&quote)) else {
                break;
            };
            let (stop, after) = extent::quoted(text, start, quote, self.open);
            let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-.".contains(byte);
            let named = text.get(skip_spaces(text, after)) == Some(&b':');
            if stop == start || named || !text[start..stop].iter().all(token) {
                break;
            }
            let label = self.name.sensitive.label;
            self.out.push(Assignment { start, end: stop, label, quote: None });
            last = Some(after);
            at = after;
        }
        last
    }

    /// Whether a quote opens a value although it is spelled like that of the enclosing string, since its
    /// escaping is missing: no string ends right before a letter or a digit.
    /// `{"run": "export API_KEY="q7Rk2mXw9Tb4""}`
    fn is_unescaped(&self, quote: Quote, inside: usize) -> bool {
        // Bounded, since in hostile text each quote would read all the rest.
        let text = &self.text[..self.text.len().min(inside + LONGEST_UNESCAPED)];
        let (end, after) = extent::quoted(text, inside, quote, &[]);
        let value = &text[inside..end];
        after > end
            && value.len() >= 8
            && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.".contains(byte))
            && value[0].is_ascii_alphanumeric()
    }

    /// Whether the name is in the same quotes, so that this one opens the value, whatever else is open:
    /// `"{"name": "value"}"` is written by hand.
    fn pairs_with_name(&self, quote: Quote) -> bool {
        self.operator == Operator::Colon && self.name.quote == Some(quote)
    }

    /// Whether a quoted string is all the text of its element.
    fn fills_element(&self, quote: Quote, inside: usize) -> bool {
        let (_, after) = extent::quoted(self.text, inside, quote, self.open);
        self.text[skip_blank(self.text, after)..].starts_with(b"</")
    }

    /// Redacts the password of a user and a password that are a pair: `auth=("bob", "...")`. Returns where it
    /// ends.
    fn user_and_password(&mut self, from: usize) -> Option<usize> {
        let text = self.text;
        if self.name.sensitive.label != "AUTHORIZATION" {
            return None;
        }
        let fresh = |at: usize| escape::quote_at(text, at).filter(|(quote, _)| !self.open.contains(quote));
        let (quote, inside) = fresh(from)?;
        let comma = skip_spaces(text, extent::quoted(text, inside, quote, self.open).1);
        if text.get(comma) != Some(&b',') {
            return None;
        }
        let (quote, inside) = fresh(skip_spaces(text, comma + 1))?;
        let (end, after) = extent::quoted(text, inside, quote, self.open);
        let value = &text[inside..end];
        let closes = matches!(text.get(skip_spaces(text, after)), Some(b')' | b']'));
        if !closes || !Validator::Mixed.accepts(value) || !Validator::NotPlaceholder.accepts(value) {
            return None;
        }
        self.out.push(Assignment { start: inside, end, label: "PASSWORD", quote: None });
        Some(after)
    }

    /// Reads a quoted value and redacts it if it is a secret. Returns the offset after its closing quote, and
    /// whether it is one.
    pub(super) fn quoted(&mut self, quote: Quote, inside: usize, operator: Operator) -> (usize, bool) {
        let text = self.text;
        // `"""` and `'''` open longer strings, of which the first line is read here.
        let again = |at: usize| {
            escape::quote_at(text, at).filter(|(found, _)| *found == quote).map(|(_, after)| after)
        };
        let long = again(inside).and_then(again);
        let line = long.and_then(|inside| only_line(text, inside, quote));
        let inside = line.map_or(long.unwrap_or(inside), |(start, _)| start);
        let (mut end, mut after) =
            line.map_or_else(|| extent::quoted(text, inside, quote, self.open), |(_, stop)| (stop, stop));
        // `password: "... api_key="..."`: what looks like the closing quote opens the value of the next name.
        if let Some(next) = self.next_name(inside, end, after) {
            (end, after) = (next, next);
        } else if line.is_none() {
            (end, after) = self.spliced(quote, inside, end, after);
        }
        let mut start = inside;
        let mut label = self.name.sensitive.label;
        if takes_scheme(label) {
            label = scheme::label_at(text, start, label);
            start += scheme::length_at(text, start).min(end - start);
        }
        // A scheme that the credential is added to: `"Token " + "..."`.
        if start == end
            && start > inside
            && let Some(next) = self.added(after)
        {
            return next;
        }
        while end > start && text[end - 1] == b' ' {
            end -= 1;
        }
        // `"api-key", "name": ...`: what a colon follows is the next name.
        let named = matches!(operator, Operator::Comma | Operator::Inside)
            && text.get(skip_spaces(text, after)) == Some(&b':');
        // `{"token": " the", "logprob": -0.1}`: a token of a language model.
        let behind = &text[after..text.len().min(after + BEHIND)];
        let spoken = label == "TOKEN" && memchr::memmem::find(behind, b"logprob").is_some();
        // `id: "direct" === mode ? ...`: what is compared is not assigned.
        let compared = [b"==".as_slice(), b"!=", b" ==", b" !="].iter().any(|sign| behind.starts_with(sign));
        // `type Secret = "none" | "some"`: words, one of which is to be chosen.
        let value = &text[start..end];
        let offered = matches!(behind, [b' ', b'|', b' ', b'"' | b'\'', ..])
            && !verdict::looks_secret(value)
            && !Validator::HumanPassword.accepts(value);
        let secret = !(named || spoken || compared || offered)
            && verdict::quoted(text, self.name, operator, quote, &text[start..end]);
        if secret {
            self.out.push(Assignment { start, end, label, quote: None });
        }
        (after, secret)
    }

    /// Reads the unquoted value at `from` and redacts it if it is a secret. Returns where the search goes on.
    fn unquoted(&mut self, from: usize) -> usize {
        let text = self.text;
        if let Some(end) = self.element(from) {
            return end;
        }
        let header = self.operator == Operator::Colon
            && matches!(self.name.sensitive.label, "AUTHORIZATION" | "COOKIE");
        let mut label = self.name.sensitive.label;
        let scheme = if takes_scheme(label) { scheme::length_at(text, from) } else { 0 };
        if scheme > 0 {
            label = scheme::label_at(text, from, label);
        }
        let start = from + scheme;
        let end =
            if header { extent::line(text, start, self.is_listed()) } else { extent::unquoted(text, start) };
        let end = end.max(start);
        #[cfg(test)]
        crate::scrub::work::count(end - start);
        let value = &text[start..end];
        if self.operator == Operator::Colon && self.name.quote.is_some_and(|quote| quote.byte == b'"') {
            self.scalar(start, end);
        } else if let Some(end) = self.chosen(end) {
            return end;
        } else if unquoted::is_taken(text, self.name, self.operator, value, end, scheme > 0) {
            self.out.push(Assignment { start, end, label, quote: None });
            return self.alternatives(end, end - start).unwrap_or(end);
        } else if let Some(end) = self.default_value(start) {
            return end;
        } else if end - start <= LONGEST_NAME
            && (self.operator == Operator::Tag || self.name.sensitive.strength < Strength::Strong)
        {
            // `<key>Password</key>`, `ParameterKey=DBPassword`: what is no value may be a name, so it is
            // searched. Longer text is not: it would be read again for each name in it.
            return start;
        } else if self.operator == (Operator::Equals { spaced: true }) {
            return self.fallback(start, end).unwrap_or(end);
        }
        end
    }

    /// Redacts the whole text of an XML element that is several words or in braces, if one of the words looks
    /// like a secret: `<secret>{vault 8f3a...}</secret>`. Returns where it ends.
    fn element(&mut self, from: usize) -> Option<usize> {
        const LONGEST: usize = 1 << 10;
        if self.operator != Operator::Tag || self.name.sensitive.strength != Strength::Strong {
            return None;
        }
        let window = &self.text[from..self.text.len().min(from + LONGEST)];
        let length = memchr::memchr3(b'<', b'\n', b'"', window)?;
        let value = &window[..length];
        let parts = |byte: &u8| matches!(byte, b' ' | b'\t' | b'{' | b'}');
        let sealed = value.starts_with(b"{") && value.ends_with(b"}");
        let many = (sealed || value.contains(&b' '))
            && !value.contains(&b'$')
            && window[length..].starts_with(b"</");
        let found = many && value.split(parts).any(|part| part.len() >= 12 && verdict::looks_secret(part));
        if !found {
            return None;
        }
        let label = self.name.sensitive.label;
        self.out.push(Assignment { start: from, end: from + length, label, quote: None });
        Some(from + length)
    }

    /// Redacts a bare number under a quoted key (a PIN, an account). `true` and `null` are no secrets.
    fn scalar(&mut self, start: usize, end: usize) {
        let value = &self.text[start..end];
        let in_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        let number = value.iter().all(in_number) && value.iter().any(u8::is_ascii_digit);
        let label = self.name.sensitive.label;
        // A small number under these labels is a count or an identifier.
        let counts = matches!(label, "TOKEN" | "KEY" | "COOKIE") && value.len() < 6;
        let secret = number && !counts && !self.is_in_vocabulary(value);
        if secret && self.name.sensitive.strength == Strength::Strong {
            self.out.push(Assignment { start, end, label, quote: self.name.quote });
        }
    }
}

impl Reader<'_> {
    /// Whether this number is one more than that of the entry before, as in a tokenizer's vocabulary:
    /// `"salem":23471,"Password":23472`.
    fn is_in_vocabulary(&self, value: &[u8]) -> bool {
        const NEAR: usize = 32;
        let before = &self.text[self.name.start.saturating_sub(NEAR)..self.name.start];
        let number =
            |digits: &[u8]| std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok());
        let end = before.iter().rposition(u8::is_ascii_digit).map_or(0, |last| last + 1);
        let between = |byte: &u8| b"\\\", \t\r\n".contains(byte);
        let digits = before[..end].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let follows =
            number(&before[end - digits..end]).is_some_and(|last| number(value) == last.checked_add(1));
        follows && before[end..].iter().all(between) && before[end..].contains(&b',')
    }
}

/// Returns the span of the only line of a long string that begins at `inside`, whose quotes stand on other
/// lines.
fn only_line(text: &[u8], inside: usize, quote: Quote) -> Option<(usize, usize)> {
    if escape::line_break(text, inside) == 0 {
        return None;
    }
    let start = skip_blank(text, inside);
    let stop = escape::find_break(text, start, text.len().min(start + LONGEST_UNESCAPED))?;
    let (closing, _) = escape::quote_at(text, skip_blank(text, stop))?;
    (start < stop && closing == quote).then_some((start, stop))
}

/// Returns the length of the prefix of a string literal, or zero: `b"..."`, `r'...'`, `f"..."`, `@"..."`,
/// `$"..."` of C#, `r#"..."#` of Rust, `<<"...">>` of Erlang.
pub(super) fn literal_prefix(text: &[u8]) -> usize {
    let letters = text.iter().take(2).take_while(|byte| b"bBrRfFuULN@$#<".contains(byte)).count();
    if escape::quote_at(text, letters).is_some() { letters } else { 0 }
}

/// Whether a value with this label may begin with an authentication scheme.
pub(super) fn takes_scheme(label: &str) -> bool {
    matches!(label, "AUTHORIZATION" | "TOKEN")
}
