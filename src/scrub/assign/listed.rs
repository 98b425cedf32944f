//! Unquoted values in brackets, and headers in lists: YAML's `tokens: [a, b]`, Go's `map[X-Api-Key:[value]]`
//! and `http.Header{"X-Api-Key": []string{"value"}}`, `{Authorization: Bearer value, Accept: */*}`.

use super::super::placeholder::is_placeholder;
use super::super::sensitive::Strength;
use super::super::slot;
use super::operator::Operator;
use super::value::{Reader, takes_scheme};
use super::{Assignment, header, scheme, skip_blank, skip_spaces, verdict};

/// The longest list, in bytes.
const LONGEST: usize = 1 << 10;

impl Reader<'_> {
    /// Returns where the first item begins of the list whose bracket is at `at`. `inside` is the offset after
    /// the bracket and its spaces.
    pub(super) fn first_item(&self, at: usize, inside: usize) -> usize {
        const SLICE: &[u8] = b"[]string{";
        if self.text[at..].starts_with(SLICE) {
            skip_spaces(self.text, at + SLICE.len())
        } else if self.text[at] == b'(' {
            skip_blank(self.text, inside)
        } else {
            inside
        }
    }

    /// Returns the operator that the items of a list are judged by. Lists of names are more frequent than
    /// lists of secrets; the header of a cookie has its values in one.
    pub(super) fn joint_of_items(&self) -> Operator {
        let name = &self.text[self.name.start..self.name.end];
        let cookie = self.name.sensitive.label == "COOKIE" && name.ends_with(b"ookie");
        if cookie && self.operator == Operator::Colon { self.operator } else { self.joint_inside() }
    }

    /// How the strings of a list or a map are judged that the name has.
    pub(super) fn joint_inside(&self) -> Operator {
        let password = matches!(self.name.sensitive.label, "PASSWORD" | "SECRET");
        let json = self.name.quote.is_some() && self.operator == Operator::Colon;
        if json && password { Operator::Inside } else { Operator::Comma }
    }

    /// Redacts what looks like a secret in the list whose bracket is at `at` and whose first item is at
    /// `from`. Returns where the list ends, if there is such an item.
    pub(super) fn bare_list(&mut self, at: usize, from: usize) -> Option<usize> {
        let text = self.text;
        let token = self.name.sensitive.strength == Strength::Strong || self.name.sensitive.label == "TOKEN";
        if text[at] != b'[' || self.operator != Operator::Colon || !token {
            return None;
        }
        let window = &text[from..text.len().min(from + LONGEST)];
        let length = window.iter().position(|byte| b"[]{}()<>\"'`\\\n\r".contains(byte))?;
        if length == 0 || window[length] != b']' {
            return None;
        }
        let end = from + length;
        if header::is_header(self.name) {
            let mut label = self.name.sensitive.label;
            let mut start = from;
            if takes_scheme(label) {
                label = scheme::label_at(text, start, label);
                start += scheme::length_at(text, start).min(length);
            }
            let value = &text[start..end];
            if !header::is_secret(self.name, value, start > from)
                || is_placeholder(value)
                || slot::is_in_value(value)
            {
                return None;
            }
            self.out.push(Assignment { start, end, label, quote: None });
            return Some(end);
        }
        let mut found = false;
        let mut start = from;
        for item in window[..length].split(|byte| matches!(byte, b',' | b' ')) {
            let to = start + item.len();
            if verdict::stands_out(self.name, item)
                && verdict::is_plain(self.name, item)
                && !is_placeholder(item)
            {
                self.out.push(Assignment { start, end: to, label: self.name.sensitive.label, quote: None });
                found = true;
            }
            start = to + 1;
        }
        found.then_some(end)
    }

    /// Whether the name is in a list of headers on one line, after its bracket or a comma.
    pub(super) fn is_listed(&self) -> bool {
        let before = self.text[..self.name.start].trim_ascii_end();
        self.name.quote.is_none() && matches!(before.last(), Some(b'{' | b'[' | b','))
    }
}

#[cfg(test)]
mod tests {
    use crate::scrub::{Preset, Scrubber};

    const TOKEN: &str = "CRKbKeyv6xQrM3hwwjhCS6jkdFKsvw8f";

    fn left(text: &str) -> [String; 2] {
        [Preset::Balanced, Preset::Strict]
            .map(|preset| Scrubber::new(preset).scrub_text(&text.replace('§', TOKEN)).into_owned())
    }

    #[test]
    fn items_without_quotes_go_and_the_list_stays() {
        for (text, wanted) in [
            ("token: [§, §]\n", "token: [[REDACTED:TOKEN], [REDACTED:TOKEN]]\n"),
            (
                "map[Accept:[*/*] X-Api-Key:[§] B:[c]]",
                "map[Accept:[*/*] X-Api-Key:[[REDACTED:API_KEY]] B:[c]]",
            ),
            ("map[Cookie:[sid=§; a=b] B:[c]]", "map[Cookie:[[REDACTED:COOKIE]] B:[c]]"),
            (
                "http.Header{\"X-Api-Key\":[]string{\"§\"}, \"Accept\":[]string{\"*/*\"}}",
                "http.Header{\"X-Api-Key\":[]string{\"[REDACTED:API_KEY]\"}, \"Accept\":[]string{\"*/*\"}}",
            ),
            (
                "{\"Set-Cookie\": [\"sid=§; Path=/\"], \"a\": 1}",
                "{\"Set-Cookie\": [\"[REDACTED:COOKIE]\"], \"a\": 1}",
            ),
            ("api_key = (\n    '§'\n)\n", "api_key = (\n    '[REDACTED:API_KEY]'\n)\n"),
            (
                "[(b'x-api-key', b'§'), (b'Set-Cookie', b'sid=§'), (b'x', b'GET')]",
                "[(b'x-api-key', b'[REDACTED:API_KEY]'), (b'Set-Cookie', b'[REDACTED:COOKIE]'), (b'x', b'GET')]",
            ),
        ] {
            for out in left(text) {
                assert_eq!(out, wanted);
            }
        }
    }

    #[test]
    fn what_encloses_a_token_stays() {
        for (text, before, behind) in [
            (
                "[(b'authorization', b'Bearer §'), (b'x', b'GET')]",
                "[(b'authorization', b'",
                "'), (b'x', b'GET')]",
            ),
            (
                "[(u'authorization', f'Bearer §'), (b'x', b'GET')]",
                "[(u'authorization', f'",
                "'), (b'x', b'GET')]",
            ),
            ("headers: {Authorization: Bearer §, X: 1}\n", "headers: {Authorization: ", ", X: 1}\n"),
            ("headers: {Cookie: a=1; sid=§, X: 1}\n", "headers: {Cookie: ", ", X: 1}\n"),
            ("{Accept: */*, Authorization: Bearer §}\n", "{Accept: */*, Authorization: ", "}\n"),
            ("map[Authorization:[Bearer §] B:[c]]", "map[Authorization:[", "] B:[c]]"),
            ("&quot;Bearer §&quot; x", "&quot;", "&quot; x"),
            ("<a>Bearer §</a>", "<a>", "</a>"),
            ("<a>&quot;Bearer §&quot;, x</a>", "<a>&quot;", "&quot;, x</a>"),
            ("(Bearer §)", "(", ")"),
        ] {
            for out in left(text) {
                assert!(out.starts_with(before) && out.ends_with(behind) && !out.contains(TOKEN), "{out}");
            }
        }
        // An opened brace is redacted up to its end.
        let out = Scrubber::new(Preset::Strict).scrub_text("x = f'Bearer {self.token.one}'").into_owned();
        assert_eq!(out, "x = f'[REDACTED:BEARER_TOKEN]'");
    }

    #[test]
    fn lists_of_names_stay() {
        for text in [
            "tokens: [access, refresh]\n",
            "password: [required, string, min8]\n",
            "secrets: [db_password, api_key_v2]\n",
            "token: [TokenType.Access1, TokenType.Refresh2]",
            "headers[\"Cookie\"] = ('dev_login=\"%s\"; Path=/;' % value)",
        ] {
            assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
        }
    }
}
