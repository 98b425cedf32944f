//! Values that tests of a page, or an agent in a browser, put into the fields of a form:
//! `page.getByLabel('Password').fill('...')`, `page.fill('#password', '...')`,
//! `{"element": "Password field", "ref": "e12", "text": "..."}`, `- textbox "Password" [ref=e12]: ...`.

use super::super::{escape, extent};
use super::name::Name;
use super::operator::Operator;
use super::{skip_blank, skip_spaces};

/// The longest rest of a selector or a label after the name, in bytes.
const REST: usize = 48;
/// How far before the name is searched, in bytes.
const BEFORE: usize = 96;
/// Methods that put text into a field.
const FILLS: [&[u8]; 14] = [
    b"fill",
    b"type",
    b"sendkeys",
    b"setvalue",
    b"presssequentially",
    b"set",
    b"val",
    b"settext",
    b"entertext",
    b"inputtext",
    b"typetext",
    b"addvalue",
    b"clearandtype",
    b"filltext",
];
/// The most methods in a chain of calls, that one included.
const STEPS: usize = 3;
/// Calls that take a field and its text.
const CALLS: [&[u8]; 9] = [
    b".fill(",
    b".type(",
    b".filltext(",
    b"fillfield(",
    b"fill_in ",
    b"fill_in(",
    b"typetext(",
    b"setvalue(",
    b"input_text(",
];
/// Keys of a tool's input that say which field it fills.
const PLACES: [&[u8]; 4] = [b"element", b"selector", b"locator", b"placeholder"];
/// Keys that may say which field it fills.
const LABELS: [&[u8]; 2] = [b"label", b"field"];
/// Keys of the text that it enters.
const TEXTS: [&[u8]; 3] = [b"text", b"value", b"input"];
/// The most members of the input, or attributes of a field, that are read.
const FIELDS: usize = 4;

/// Returns the operator between the name of a field and its text, and where the text begins.
pub(super) fn operator(text: &[u8], name: &Name) -> Option<(Operator, usize)> {
    if !matches!(text.get(name.end)?, b'"' | b'\'' | b'`' | b'\\' | b']' | b')' | b' ' | b'/') {
        return None;
    }
    let words =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'-' | b'*' | b'.' | b'?');
    let label = name.end + text[name.end..].iter().take(REST).take_while(words).count();
    let closed = escape::quote_at(text, label);
    if let Some((quote, after)) = closed
        && quote.byte == b'"'
        && let Some(value) = snapshot(text, name, after).or_else(|| input(text, name, after))
    {
        return Some(value);
    }
    let end = label + closers(&text[label..]);
    if end == label {
        return None;
    }
    if text.get(end) == Some(&b',') {
        let quoted = || text[end - 1] == b'"';
        return given(text, name, end + 1).or_else(|| quoted().then(|| input(text, name, end)).flatten());
    }
    let bracket = text[label..end].contains(&b')');
    if bracket { chained(text, end) } else { None }
}

/// Returns the length of what closes a selector, a string, an object and a call.
fn closers(text: &[u8]) -> usize {
    let inner = |byte: u8| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']' | b')' | b'}' | b' ' | b'/');
    // A regular expression that ignores case: `/password/i`.
    let first = usize::from(text.starts_with(b"/i")) * 2;
    // The backslash of an escaped line break closes nothing.
    let is_closer =
        |at: &usize| inner(text[*at]) && (text[*at] != b'\\' || escape::line_break(text, *at) == 0);
    (first..text.len().min(first + REST)).take_while(is_closer).last().map_or(first, |last| last + 1)
}

/// Returns the text that a method called on the field puts into it.
fn chained(text: &[u8], from: usize) -> Option<(Operator, usize)> {
    let mut at = from;
    for _ in 0..STEPS {
        let dot = skip_blank(text, at);
        if text.get(dot) != Some(&b'.') {
            return None;
        }
        let inner = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
        let length = text[dot + 1..].iter().take(REST).take_while(inner).count();
        let open = dot + 1 + length;
        let mut method = text[dot + 1..open].to_ascii_lowercase();
        method.retain(|byte| *byte != b'_');
        if method == b"value" {
            let sign = skip_spaces(text, open);
            let assigns = text.get(sign) == Some(&b'=') && text.get(sign + 1) != Some(&b'=');
            return assigns.then(|| (Operator::Equals { spaced: true }, skip_spaces(text, sign + 1)));
        }
        if text.get(open) != Some(&b'(') {
            return None;
        }
        if FILLS.contains(&method.as_slice()) {
            let value = skip_blank(text, open + 1);
            return escape::quote_at(text, value).map(|_| (Operator::Equals { spaced: true }, value));
        }
        // Other methods may come first: `.first()`, `.nth(0)`, `.clear()`.
        let argument = |byte: &&u8| byte.is_ascii_alphanumeric();
        let close = open + 1 + text[open + 1..].iter().take(REST).take_while(argument).count();
        if text.get(close) != Some(&b')') {
            return None;
        }
        at = close + 1;
    }
    None
}

/// Returns the second argument of a call that fills a field. `from` is the offset after the comma.
fn given(text: &[u8], name: &Name, from: usize) -> Option<(Operator, usize)> {
    let at = skip_spaces(text, from);
    let at = if text[at..].starts_with(b"with: ") { at + 6 } else { at };
    escape::quote_at(text, at)?;
    let before = text[name.start.saturating_sub(BEFORE)..name.start].to_ascii_lowercase();
    let line = memchr::memrchr2(b'\n', b';', &before).map_or(0, |end| end + 1);
    let fills = CALLS.iter().any(|call| memchr::memmem::find(&before[line..], call).is_some());
    fills.then_some((Operator::Equals { spaced: true }, at))
}

/// Returns the text of a field in a snapshot of the page, where its label ends before `from`.
fn snapshot(text: &[u8], name: &Name, from: usize) -> Option<(Operator, usize)> {
    let mut at = from;
    for _ in 0..FIELDS {
        if !text[at..].starts_with(b" [") {
            break;
        }
        at += 1 + memchr::memchr(b']', &text[at..text.len().min(at + REST)])?;
    }
    if !text[at..].starts_with(b": ") {
        return None;
    }
    let before = &text[name.start.saturating_sub(BEFORE)..name.start];
    let role = memchr::memmem::rfind(before, b"textbox ")?;
    let label = before[role + 8..].iter().all(|byte| !matches!(byte, b'\n' | b':'));
    label.then_some((Operator::Flag, skip_spaces(text, at + 1)))
}

/// Returns the text among the members after the one that holds the name, which ends before `from`.
fn input(text: &[u8], name: &Name, from: usize) -> Option<(Operator, usize)> {
    if text.get(from) != Some(&b',') {
        return None;
    }
    let before = &text[name.start.saturating_sub(BEFORE)..name.start];
    let open = memchr::memrchr(b'"', before)?;
    let key = before[..open].iter().rposition(|byte| !matches!(byte, b' ' | b'\\'))?;
    let key = before[..=key].strip_suffix(b":")?.trim_ascii_end().strip_suffix(b"\"")?;
    let key = key
        .strip_suffix(b"\\")
        .map_or(key, |key| &key[..key.len() - escape::backslashes_before(key, 0, key.len())]);
    let length = key.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let key = key[key.len() - length..].to_ascii_lowercase();
    let operator = if PLACES.contains(&key.as_slice()) {
        Operator::Equals { spaced: true }
    } else if LABELS.contains(&key.as_slice()) {
        Operator::Beside
    } else {
        return None;
    };
    let mut at = from;
    for _ in 0..FIELDS {
        if text.get(at) != Some(&b',') {
            return None;
        }
        let (quote, inside) = escape::quote_at(text, skip_blank(text, at + 1))?;
        let length = text[inside..]
            .iter()
            .take(REST)
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let (closing, after) = escape::quote_at(text, inside + length)?;
        let colon = skip_spaces(text, after);
        if closing != quote || text.get(colon) != Some(&b':') {
            return None;
        }
        let value = skip_blank(text, colon + 1);
        if TEXTS.contains(&&text[inside..inside + length]) {
            return escape::quote_at(text, value).map(|_| (operator, value));
        }
        // Other members are short.
        at = match escape::quote_at(text, value) {
            Some((quote, inside)) => {
                extent::quoted(&text[..text.len().min(inside + BEFORE)], inside, quote, &[]).1
            }
            None => {
                value
                    + text[value..].iter().take(REST).take_while(|byte| byte.is_ascii_alphanumeric()).count()
            }
        };
        at = skip_blank(text, at);
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;
    use proptest::prelude::*;

    const LINES: [&str; 24] = [
        "await page.getByLabel('Password').fill('§');",
        "await page.getByRole('textbox', { name: 'Password' }).fill('§');",
        "page.get_by_placeholder(\"Enter your password\").fill(\"§\")",
        "await page.locator('input[name=\"password\"]').fill('§');",
        "await page.locator('#password').first().pressSequentially('§')",
        "await page.fill('#password', '§');",
        "await page.fill('input[type=\"password\"]', '§')",
        "await page.type('#password', '§', {delay: 10})",
        "cy.get('[name=password]').type('§')",
        "cy.get('#password').clear().type('§')",
        "cy.get('[data-cy=password]')\n      .type('§')",
        "driver.find_element(By.ID, \"password\").send_keys(\"§\")",
        "driver.findElement(By.name(\"password\")).sendKeys(\"§\");",
        "driver.find_element_by_xpath(\"//input[@name='password']\").send_keys('§')",
        "$('#password').val('§')",
        "document.querySelector('#password').value = '§'",
        "document.getElementById(\"password\").value = \"§\";",
        "I.fillField('password', '§')",
        "fill_in 'user[password]', with: '§'",
        "userEvent.type(screen.getByLabelText(/password/i), '§')",
        "{\"element\":\"Password field\",\"ref\":\"e12\",\"text\":\"§\"}",
        "{\"element\": \"Password input\", \"ref\": \"e12\", \"submit\": true, \"text\": \"§\"}",
        "{\"selector\":\"#password\",\"value\":\"§\"}",
        "{\"selector\": \"input[name='password']\", \"value\": \"§\"}",
    ];

    proptest! {
        #[test]
        fn what_a_field_is_filled_with_goes(
            line in prop::sample::select(LINES.to_vec()),
            secret in prop::sample::select(vec!["q8Z7wv5T4s3Kx9b2", "Wal!nut95", "Vt73JBNb9Mt_CG3x", "swordfish"]),
            in_json: bool,
        ) {
            let around = |text: &str| if in_json { serde_json::json!({ "code": text }).to_string() } else { text.to_owned() };
            prop_assert_eq!(balanced(&around(&line.replace('§', secret))), around(&line.replace('§', "[REDACTED:PASSWORD]")));
        }
    }

    #[test]
    fn what_a_snapshot_shows_goes() {
        for line in [
            "- textbox \"Password\" [ref=e12]: §",
            "  - textbox \"Password\" [active] [ref=e12]: §\n  - button \"Sign in\" [ref=e13]\n",
            "- textbox \"Enter your password\": §\n",
            "- textbox \"Password *\" [ref=e12]: \"§\"\n",
            "{\"label\": \"Password\", \"value\": \"§\"}",
        ] {
            for secret in ["q8Z7wv5T4s3Kx9b2", "Wal!nut95"] {
                for json in [false, true] {
                    let around = |text: &str| {
                        if json { serde_json::json!({ "text": text }).to_string() } else { text.to_owned() }
                    };
                    let out = balanced(&around(&line.replace('§', secret)));
                    assert_eq!(out, around(&line.replace('§', "[REDACTED:PASSWORD]")));
                }
            }
        }
    }

    #[test]
    fn what_else_is_done_with_fields_stays() {
        for text in [
            "page.getByLabel('Password').fill(password)",
            "page.getByLabel('Password').fill(process.env.PASSWORD)",
            "page.getByLabel('Password').fill('')",
            "cy.get('#password').should('have.value', 'b8x2Qw')",
            "page.fill('#password', '${PASSWORD}')",
            "{\"element\":\"Password field\",\"ref\":\"e12\"}",
            "{\"element\":\"Forgot password link\",\"ref\":\"e12\",\"doubleClick\":false}",
            "{\"label\": \"Forgot password\", \"value\": \"forgot\"}",
            "- textbox \"Password\" [ref=e12]\n- button \"Sign in\" [ref=e13]\n",
            "- heading \"Password\" [level=2]: settings\n",
            "expect(page.locator('#password').value == 'b8x2Qw91z')",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
