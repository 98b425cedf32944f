//! A flag and its value as items of a list: YAML's `- --password` above `- value`,
//! `args: [--password, value]`, `"args": ["--password", "value"]`, and as `kubectl describe` prints them.

use super::super::escape;
use super::name::Name;
use super::{next_line, skip_blank, skip_spaces};

/// How far before the name the bracket of its list may be, in bytes.
const NEAR: usize = 256;

/// Returns where the next item begins, if the name is a flag in a list and an item of its own.
pub(super) fn next_item(text: &[u8], name: &Name) -> Option<usize> {
    if !text[name.start..].starts_with(b"--") {
        return pair(text, name);
    }
    let at = name.end + name.quote.map_or(0, |quote| 1 + quote.backslashes());
    let value =
        below(text, name, at).or_else(|| beside(text, name, at)).or_else(|| quoted(text, name, at))?;
    // Another flag is no value.
    let word = escape::quote_at(text, value).map_or(value, |(_, inside)| inside);
    (text.get(word) != Some(&b'-')).then_some(value)
}

/// Returns the item on the next line, after the same margin.
fn below(text: &[u8], name: &Name, at: usize) -> Option<usize> {
    let line_break = escape::line_break(text, at);
    if line_break == 0 {
        return None;
    }
    let first = name.quote.map_or(name.start, |quote| name.start - 1 - quote.backslashes());
    let dash = text[..first].strip_suffix(b"- ").unwrap_or(&text[..first]);
    let blanks = dash.iter().rev().take(64).take_while(|byte| **byte == b' ').count();
    // Without a dash it is one of the arguments that `kubectl describe` lists.
    let listed = dash.len() < first;
    let begins = dash.len() > blanks && escape::line_break_before(text, dash.len() - blanks);
    let margin = &text[dash.len() - blanks..first];
    let next = at + line_break;
    let alone = || next_line::alone(text, next + margin.len()).is_some();
    (text[next..].starts_with(margin) && (listed || blanks >= 2 && begins && alone()))
        .then_some(next + margin.len())
}

/// Returns the second of two strings in brackets, of which the name of a variable is the first:
/// `["DB_PASSWORD", "value"]`.
fn pair(text: &[u8], name: &Name) -> Option<usize> {
    let quote = name.quote.filter(|quote| quote.byte == b'"')?;
    let (first, after) = (name.start - 1 - quote.backslashes(), name.end + 1 + quote.backslashes());
    let variable = text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase());
    if !variable || !text[..first].ends_with(b"[") || text.get(after) != Some(&b',') {
        return None;
    }
    let value = skip_blank(text, after + 1);
    let (_, inside) = escape::quote_at(text, value).filter(|(opened, _)| *opened == quote)?;
    let (end, after) = escape::closing(&text[..text.len().min(inside + NEAR)], inside, quote)?;
    (end > inside && text.get(after) == Some(&b']')).then_some(value)
}

/// Returns the quoted item after the comma, in a list in brackets.
fn quoted(text: &[u8], name: &Name, at: usize) -> Option<usize> {
    let quote = name.quote.filter(|quote| quote.byte != b'`')?;
    if text.get(at) != Some(&b',') {
        return None;
    }
    let before = &text[name.start.saturating_sub(NEAR)..name.start];
    let bracket = before.iter().rposition(|byte| matches!(byte, b'[' | b']' | b'(' | b'{' | b';'));
    let value = skip_blank(text, at + 1);
    let next = escape::quote_at(text, value).is_some_and(|(opened, _)| opened == quote);
    (next && bracket.is_none_or(|bracket| before[bracket] == b'[')).then_some(value)
}

/// Returns the unquoted item after the comma, in a list in brackets.
fn beside(text: &[u8], name: &Name, at: usize) -> Option<usize> {
    if name.quote.is_some() || !text[at..].starts_with(b", ") {
        return None;
    }
    let before = &text[name.start.saturating_sub(NEAR)..name.start];
    let bracket = memchr::memrchr3(b'[', b']', b'\n', before)?;
    let begins = before.trim_ascii_end().last().is_some_and(|byte| matches!(byte, b'[' | b','));
    (begins && before[bracket] == b'[').then(|| skip_spaces(text, at + 1))
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::is_taken;
    use crate::scrub::{Preset, Scrubber};

    #[test]
    fn the_item_behind_a_flag_is_its_value() {
        for text in [
            "args:\n- --password\n- §\n- --verbose\n",
            "  args:\n    - \"--password\"\n    - \"§\"\n",
            "args: [--password, §]\n",
            "args: [\"--db-password\", \"§\"]\n",
            "{\n  \"args\": [\n    \"-y\",\n    \"--password\",\n    \"§\"\n  ]\n}",
            "    Args:\n      --user\n      bob\n      --password\n      §\n    State: Running\n",
            "args: [--user, bob, --password, §, --x]\n",
            "[\"mysql\", \"-uroot\", \"-p§\", \"db\"]",
            "[\"DB_PASSWORD\", \"§\"]",
            "bash -c 'mysql -p'\\''§'\\'' db'",
        ] {
            is_taken(text);
        }
    }

    #[test]
    fn lists_of_flags_stay() {
        for text in [
            "usage: x [--password, --token] [--api-key, KEY_OF_YOURS]\n",
            "- --password\n- --token\n",
            "  --password\n  --token\n",
            "  --password\n  the one of the database\n",
            "[\"--password\", \"--token\"]",
            "[\"DB_PASSWORD\", \"DB_USER\"]",
            "[\"DB_PASSWORD\", \"walnut7Tree\", \"x\"]",
            ".option(\"--password\", \"prompt for it\")",
            "- --password\n- the one of the database\n",
            "use --user, --password, Base64Encoded2 values",
        ] {
            assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
        }
    }
}
