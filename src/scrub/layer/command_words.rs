//! Views of command lines whose words are the strings of a list: `["mysql", "-u", "root", "-p..."]`,
//! `['curl', '-u', '...']`, or the items of a YAML list. No pattern matches across what is between them.

use memchr::memmem::Finder;

use super::View;
use crate::lazy::Lazy;
use crate::scrub::escape;

/// The most words of a command, the longest word that is read, and the longest list, in bytes.
const WORDS: usize = 128;
const WORD: usize = 512;
const LIST: usize = 8 << 10;
/// The longest name of a program, in bytes.
const PROGRAM: usize = 64;
/// The most white space beside a comma, in bytes.
const BLANK: usize = 64;
/// Lists that begin inside each other may be read so many times the length of the text in all.
const AGAIN: usize = 4;

/// The most items before the first option in a YAML list.
const ARGUMENTS: usize = 8;
/// The deepest indentation of such a list, in bytes.
const MARGIN: usize = 64;

/// How an option begins that is an item of a YAML list.
static OPTION: Lazy<Finder<'static>> = Lazy::new(|| Finder::new("- -"));

/// Calls `look` with every such list of `text` as one line of words, separated by spaces. `brackets` is
/// whether the text has any.
pub(crate) fn each(text: &[u8], brackets: bool, mut look: impl FnMut(&View)) {
    let mut end = 0;
    for option in OPTION.find_iter(text) {
        if option >= end
            && let Some((view, last)) = items(text, option)
        {
            end = last;
            look(&view);
        }
    }
    if !brackets {
        return;
    }
    let mut left = AGAIN * text.len() + LIST;
    for bracket in memchr::memchr_iter(b'[', text) {
        let first = blank(text, bracket + 1);
        if !matches!(text.get(first), Some(b'"' | b'\'' | b'\\')) {
            continue;
        }
        let (view, read) = command(text, first);
        #[cfg(test)]
        crate::scrub::work::count(read);
        if let Some(view) = view {
            look(&view);
        }
        match left.checked_sub(read) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

/// The command whose first word begins with the quote at `first`, and how much was read for it.
fn command(text: &[u8], first: usize) -> (Option<View>, usize) {
    let far = text.len().min(first + LIST);
    let text = &text[..far];
    let Some((quote, inside)) = escape::quote_at(text, first).filter(|(quote, _)| quote.byte != b'`') else {
        return (None, 0);
    };
    let program = text[inside..].iter().take(PROGRAM).take_while(|byte| is_of_program(**byte)).count();
    if program == 0
        || matches!(text[inside], b'-' | b'+')
        || program == PROGRAM
        || escape::closing(text, inside, quote).map(|(end, _)| end) != Some(inside + program)
    {
        return (None, program);
    }
    let mut view = View::new(inside);
    let mut start = inside;
    let mut options = false;
    for _ in 0..WORDS {
        let Some((end, after)) = escape::closing(text, start, quote) else { return (None, far - first) };
        let word = &text[start..end];
        options |= matches!(word, [b'-', b'-' | b'a'..=b'z' | b'A'..=b'Z', ..]);
        // A script is a text of its own, and a word with a space in it none of those that follow an option.
        let plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"'`\\".contains(byte) || !byte.is_ascii();
        if word.is_empty() || word.len() > WORD || !word.iter().all(plain) {
            view.replace(text, start, end, b"-");
        }
        let comma = blank(text, after);
        let next = blank(text, comma + 1);
        match text.get(comma) {
            Some(b',') => {}
            Some(b']') => {
                view.copy(text, end);
                return (options.then_some(view), end - first);
            }
            _ => return (None, comma - first),
        }
        let Some((_, inside)) = escape::quote_at(text, next).filter(|(again, _)| *again == quote) else {
            return (None, next - first);
        };
        view.replace(text, end, inside, b" ");
        start = inside;
    }
    (None, start - first)
}

/// The command whose words are the items of a YAML list, of which the one at `option` is the first option, and
/// where the list ends.
fn items(text: &[u8], option: usize) -> Option<(View, usize)> {
    let margin = text[..option].iter().rev().take(MARGIN).take_while(|byte| **byte == b' ').count();
    let mut line = option - margin;
    let margin = &text[line..option + 2];
    let line_break = match text[..line].last()? {
        b'\n' => &text[line - 1..line],
        _ if escape::line_break_before(text, line) => {
            let first = line - 1 - escape::backslashes_before(text, line.saturating_sub(MARGIN), line - 1);
            &text[first..line]
        }
        _ => return None,
    };
    // The program is the first of the items, none of which is an option.
    for count in 0.. {
        let Some(end) = text[..line].strip_suffix(line_break).map(<[u8]>::len) else { break };
        let from = end.saturating_sub(WORD);
        let before = &text[from..end];
        // The first line of a string begins after its quote.
        let begins = memchr::memmem::rfind(before, line_break).map(|at| at + line_break.len());
        let quote = memchr::memrchr(b'"', before).map(|at| at + 1);
        let Some(start) = begins.max(quote).or((from == 0).then_some(0)).map(|at| from + at) else { break };
        let Some(word) = text[start..end].strip_prefix(margin).filter(|word| !word.starts_with(b"-")) else {
            break;
        };
        if count == ARGUMENTS || word.is_empty() || !word.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        line = start;
    }
    if line == option - (margin.len() - 2) {
        return None;
    }
    let mut start = line + margin.len();
    let mut view = View::new(start);
    for _ in 0..WORDS {
        let far = text.len().min(start + WORD);
        let mut end = escape::find_break(text, start, far).unwrap_or(far);
        // The last line of a string ends before its quote.
        if !text[end..].starts_with(line_break)
            && let Some(quote) = memchr::memchr(b'"', &text[start..end])
        {
            end = start + quote - escape::backslashes_before(text, start, start + quote);
        }
        let word = &text[start..end];
        if word.is_empty() || !word.iter().all(|byte| byte.is_ascii_graphic() && !b"\"'`\\".contains(byte)) {
            view.replace(text, start, end, b"-");
        }
        let next = end + line_break.len();
        if !text[end..].starts_with(line_break) || !text[next..].starts_with(margin) {
            view.copy(text, end);
            return Some((view, end));
        }
        start = next + margin.len();
        view.replace(text, end, start, b" ");
    }
    None
}

fn is_of_program(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_./+-".contains(&byte)
}

/// The offset of the first character from `at` on that is not white space, escaped or not.
fn blank(text: &[u8], at: usize) -> usize {
    let end = text.len().min(at + BLANK);
    if at >= end {
        return at;
    }
    escape::behind(&text[..end], at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::scrub::{Preset, Scrubber};

    fn lines(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        each(text.as_bytes(), true, |view| all.push(String::from_utf8_lossy(&view.text).into_owned()));
        all
    }

    #[test]
    fn the_strings_of_a_list_are_the_words_of_a_line() {
        for (text, wanted) in [
            (r#"["curl","-u","bob:x"]"#, vec!["curl -u bob:x"]),
            ("['curl', '-u',\n  'bob:x']", vec!["curl -u bob:x"]),
            (r#"{"c": "[\"curl\", \"-u\", \"a b\"]"}"#, vec!["curl -u -"]),
            (r#"["curl", "x"] ["-u", "x"]"#, vec![]),
            (r#"["curl", "-u", 1]"#, vec![]),
            (r#"["curl", "-u""#, vec![]),
            (r#"["a b", "-u", "x"]"#, vec![]),
            ("command:\n- redis-cli\n- -a\n- x\n- ping\nb: 1\n", vec!["redis-cli -a x ping"]),
            ("  - curl\n  - -u\n  - \"a b\"\n  - -s", vec!["curl -u - -s"]),
            (r#"{"c": "x:\n  - curl\n  - -u\n  - b:x"}"#, vec!["curl -u b:x"]),
            ("- -u\n- x\n", vec![]),
            ("- a b\n- -u\n- x\n", vec![]),
            ("- - a\n- - b\n", vec![]),
            (format!("[{}\"-u\"]", "\"a\", ".repeat(WORDS)).as_str(), vec![]),
        ] {
            assert_eq!(lines(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_a_command_line_gives_goes_from_a_list() {
        let secret = ["violin", "6Tun", "dra"].concat();
        let user = format!("bob:{secret}");
        for words in [
            vec!["curl", "-u", &user, "https://example.com"],
            vec!["sshpass", "-p", &secret, "ssh", "bob@h"],
            vec!["mysql", "-u", "root", &format!("-p{secret}"), "db"],
            vec!["/usr/bin/sshpass", "-p", &secret, "bash", "-c", "echo \"x y\""],
        ] {
            for preset in [Preset::Balanced, Preset::Strict] {
                let scrubber = Scrubber::new(preset);
                let list = json!({ "argv": words, "keep": ["this", 1] });
                let repr = format!("argv={words:?}").replace('"', "'").replace("\\'", "\"");
                for text in [list.to_string(), format!("{list:#}"), repr] {
                    let out = scrubber.scrub_text(&text).into_owned();
                    assert!(!out.contains(&secret), "{out}");
                    let out = scrubber.scrub_text(&json!([text]).to_string()).into_owned();
                    let value: Value = serde_json::from_str(&out).expect("JSON stays JSON");
                    let inner = value[0].as_str().expect("a text");
                    assert!(!inner.contains(&secret), "{inner}");
                    if !inner.starts_with("argv") {
                        let inner: Value = serde_json::from_str(inner).expect("JSON stays JSON");
                        assert_eq!(inner["argv"].as_array().map(Vec::len), Some(words.len()));
                        assert_eq!(inner["keep"], list["keep"]);
                    }
                }
            }
        }
    }

    #[test]
    fn what_a_command_line_gives_goes_from_the_items_of_a_list() {
        let secret = ["violin", "6Tun", "dra"].concat();
        for line in [
            "    command:\n    - redis-cli\n    - -a\n    - §\n    - ping\n",
            "- sshpass\n- -p\n- §\n- ssh\n",
        ] {
            for depth in 0..3 {
                let around = |text: String| (0..depth).fold(text, |text, _| json!({ "x": text }).to_string());
                for preset in [Preset::Balanced, Preset::Strict] {
                    let out =
                        Scrubber::new(preset).scrub_text(&around(line.replace('§', &secret))).into_owned();
                    assert_eq!(out, around(line.replace('§', "[REDACTED:PASSWORD]")));
                }
            }
        }
        let text = "steps:\n- docker\n- -p\n- Base64Encoded2\n- git\n- -m\n- fix2Login\n";
        assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
    }

    #[test]
    fn lists_without_a_secret_stay() {
        for text in [
            r#"["curl","-s","https://example.com/a/b"]"#,
            r#"["docker", "run", "-p", "8080:80", "nginx"]"#,
            r#"["password", "-x", "text"]"#,
            r#"["git", "commit", "-m", "fix the login2Page"]"#,
        ] {
            assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
        }
    }

    proptest! {
        #[test]
        fn a_view_leads_back(text in "[\\[\\]\"', a\\\\n\n-]{0,80}") {
            each(text.as_bytes(), true, |view| {
                for at in 0..view.text.len() {
                    let (start, end) = view.origin(at, at + 1);
                    assert!(start <= end && end <= text.len());
                }
            });
        }
    }
}
