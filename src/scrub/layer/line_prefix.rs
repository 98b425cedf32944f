//! Views without what programs print before each line: a line number, the sign of a diff, quote marks, the
//! place that grep prints, a time, the name of a container, or anything else that the lines have in common.
//! What spans several lines (a name with its value below it, a table, a map) is read without it.

use std::ops::Range;

use super::common_prefix::Alike;
use crate::scrub::escape;
use crate::scrub::invisible::Gap;
use crate::scrub::line_continuation::{self, Decoration};

/// How much of a line is read, in bytes.
const LINE: usize = 1 << 10;
/// How much of the line may follow a name whose value is on another line, in bytes.
const REST: usize = 256;
/// The most lines before a line with such a name; from that line on; and from a line on that may be the head
/// of a table.
const BEFORE: usize = 4;
const BEHIND: usize = 6;
const ROWS: usize = 32;
/// The most strings in a line that are tried as the one that holds the text.
const STRINGS: usize = 8;

/// Consecutive lines with a margin each.
pub(crate) struct PrefixedLines {
    /// Whole lines of the text.
    pub range: Range<usize>,
    /// The margins, in order.
    pub gaps: Vec<Gap>,
}

/// The lines with a margin around `names`: the sensitive names without a value, in order.
pub(crate) fn prefixed_lines(text: &[u8], names: &[(usize, usize)]) -> Vec<PrefixedLines> {
    let mut found: Vec<PrefixedLines> = Vec::new();
    // The end of the margins that are known already, and the end of the line examined last.
    let (mut told, mut line) = (0, 0);
    for &(start, end) in names {
        if start < told {
            continue;
        }
        let end = end + text[end..].iter().take(REST).take_while(|byte| is_name(**byte)).count();
        if end > line {
            line = line_end(text, end, REST).unwrap_or(0);
        }
        let Some(behind) = text.get(end..line).and_then(open_lines) else { continue };
        if let Some(gaps) = line_starts(text, start).find_map(|first| margins(text, first, start, behind)) {
            told = gaps.last().map_or(line, |gap| gap.end);
            add(text, gaps, &mut found);
        }
    }
    found
}

/// Adds the lines with these margins, or merges them into the last ones if they meet.
fn add(text: &[u8], gaps: Vec<Gap>, found: &mut Vec<PrefixedLines>) {
    let (Some(first), Some(last)) = (gaps.first(), gaps.last()) else { return };
    let start = memchr::memrchr(b'\n', &text[..first.start]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &text[last.end..]).map_or(text.len(), |at| last.end + at + 1);
    match found.last_mut() {
        Some(before) if start < before.range.end => {
            let known = before.gaps.last().map_or(0, |gap| gap.end);
            before.gaps.extend(gaps.into_iter().filter(|gap| gap.start >= known));
            before.range.end = end.max(before.range.end);
        }
        _ => found.push(PrefixedLines { range: start..end, gaps }),
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)
}

/// The sides of a box on a terminal, also as JSON may escape them.
const BORDERS: [&[u8]; 5] =
    ["\u{2502}".as_bytes(), "\u{2503}".as_bytes(), "\u{2551}".as_bytes(), br"\u2502", br"\\u2502"];

/// The known kinds of margins; each returns the length of the margin.
const MARGINS: [Decoration; 7] = [
    border,
    line_continuation::time,
    line_continuation::place,
    line_continuation::number,
    line_continuation::marks,
    container,
    sign,
];

/// The left border of a box on a terminal.
fn border(line: &[u8]) -> Option<usize> {
    let blanks = line.iter().take(64).take_while(|byte| **byte == b' ').count();
    let width =
        BORDERS.iter().find(|border| line[blanks..].starts_with(border)).map(|border| border.len())?;
    (line.get(blanks + width) == Some(&b' ')).then_some(blanks + width + 1)
}

/// Where the right border of a box begins in a line that begins with the left one, with the spaces before it.
fn right_border(line: &[u8]) -> Option<usize> {
    border(line)?;
    let end = BORDERS.iter().find_map(|border| line.strip_suffix(*border))?.len();
    let blanks = line[..end].iter().rev().take_while(|byte| **byte == b' ').count();
    (blanks > 0).then_some(end - blanks)
}

/// `web-1  | `, as Compose names the container of a line.
fn container(line: &[u8]) -> Option<usize> {
    let name = line.iter().take(64).take_while(|byte| is_name(**byte)).count();
    let blanks = line[name..].iter().take(64).take_while(|byte| **byte == b' ').count();
    (name > 0 && blanks > 0 && line[name + blanks..].starts_with(b"| ")).then_some(name + blanks + 2)
}

/// The sign of a diff before a line added or removed. The dash of a list is followed by one space.
fn sign(line: &[u8]) -> Option<usize> {
    match line {
        [b'+', ..] => Some(1),
        [b'-', next, ..] if *next != b' ' || line.starts_with(b"-  ") || line.starts_with(b"- -") => Some(1),
        _ => None,
    }
}

/// The margins of the line that begins at `first` and of the lines around it: `most` from this line on.
/// `name` is the offset of a name in the line.
fn margins(text: &[u8], first: usize, name: usize, most: usize) -> Option<Vec<Gap>> {
    let own = &text[first..end_of(text, first)];
    let beside = [line_behind(text, first), lines_before(text, first).next()];
    let beside = beside.map(|start| start.map(|start| &text[start..end_of(text, start)]));
    let none: Decoration = |_| Some(0);
    MARGINS.into_iter().chain([none]).find_map(|known| {
        let length = known(own)?;
        // A known kind may be only the beginning of a margin.
        let rest = &own[length..];
        let limit = (name - first).saturating_sub(length);
        let mut others =
            beside.iter().flatten().filter_map(|line| Some(Alike::of(rest, limit, &line[known(line)?..])));
        let alike = match others.next()? {
            alike if alike.is_told() => alike,
            alike => others.find(Alike::is_told).unwrap_or(alike),
        };
        if length == 0 && !alike.is_told() {
            return None;
        }
        let margin = |line: &[u8]| {
            let length = known(line)?;
            Some(length + alike.length(&line[length..])?)
        };
        let gaps = gaps(text, first, most, margin);
        (gaps.len() > 1).then_some(gaps)
    })
}

/// The margins of the line that begins at `first` and of the lines around it; `margin` returns the length of
/// each.
fn gaps(text: &[u8], first: usize, most: usize, margin: impl Fn(&[u8]) -> Option<usize>) -> Vec<Gap> {
    let gap = |start: usize| {
        let length = margin(&text[start..end_of(text, start)])?;
        Some(Gap { start, end: start + length })
    };
    let mut gaps = Vec::new();
    let mut start = first;
    for _ in 0..BEFORE {
        let Some(before) = lines_before(text, start).find(|before| gap(*before).is_some()) else { break };
        start = before;
    }
    // The lines up to the name do not count towards `most`.
    let mut behind = 0;
    while behind < most {
        let Some(found) = gap(start) else { break };
        let end = end_of(text, start);
        let right = right_border(&text[start..end]).map(|from| Gap { start: start + from, end });
        let content = found.end;
        gaps.push(found);
        gaps.extend(right.filter(|right| right.start >= content));
        behind += usize::from(start >= first);
        let Some(next) = line_behind(text, start) else { break };
        start = next;
    }
    gaps
}

/// How many lines may matter to the value of a name whose line continues with `rest`; `None` if the value is
/// on the same line. `rest` may be punctuation only, the end of an element, the other columns of a table
/// head, or a single word, which may be the value if another line says so.
fn open_lines(rest: &[u8]) -> Option<usize> {
    let bordered = BORDERS.iter().find_map(|border| rest.strip_suffix(*border));
    let rest = bordered.map_or(rest, <[u8]>::trim_ascii_end);
    let in_head = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.+|,;\t \"\\".contains(byte);
    let parted = rest.iter().any(|byte| matches!(byte, b'|' | b'\t' | b',' | b';'))
        || [b"\\t".as_slice(), b"  "].iter().any(|sign| memchr::memmem::find(rest, sign).is_some());
    // `password a8Kd92mX`, below the machine's name.
    let word =
        rest.first() == Some(&b' ') && rest.iter().any(u8::is_ascii_digit) && !rest[1..].contains(&b' ');
    let signs = || !rest.iter().any(u8::is_ascii_alphanumeric) || rest.starts_with(b"</");
    if parted && rest.iter().all(in_head) { Some(ROWS) } else { (word || signs()).then_some(BEHIND) }
}

/// The end of the line that continues at `from`, within `most` bytes: a break of any layer, or the end of the
/// text.
fn line_end(text: &[u8], from: usize, most: usize) -> Option<usize> {
    let to = text.len().min(from + most);
    escape::find_break(text, from, to).or_else(|| (to == text.len()).then_some(to))
}

/// The end of the line that continues at `from`, or as much of it as is read.
fn end_of(text: &[u8], from: usize) -> usize {
    line_end(text, from, LINE).unwrap_or(text.len().min(from + LINE))
}

/// The places where the line of `at` may begin: after a break within [`LINE`] bytes, or else at a string in
/// it that may hold the text.
fn line_starts(text: &[u8], at: usize) -> impl Iterator<Item = usize> + '_ {
    let begin = line_start(text, at);
    let lowest = begin.unwrap_or_else(|| at.saturating_sub(LINE));
    let quotes = memchr::memrchr_iter(b'"', &text[lowest..at]).map(move |found| lowest + found);
    let opens = |quote: &usize| {
        let before = quote.checked_sub(1).map(|before| text[before]);
        before.is_none_or(|before| matches!(before, b' ' | b':' | b'[' | b',' | b'\\'))
    };
    begin.into_iter().chain(quotes.filter(opens).map(|quote| quote + 1).take(STRINGS))
}

/// The beginning of the line of `at`, if it is within [`LINE`] bytes.
fn line_start(text: &[u8], at: usize) -> Option<usize> {
    let lowest = at.saturating_sub(LINE);
    let mut breaks = memchr::memrchr2_iter(b'\n', b'n', &text[lowest..at]).map(|found| lowest + found);
    let last = breaks.find(|last| text[*last] == b'\n' || *last > 0 && text[*last - 1] == b'\\');
    last.map(|last| last + 1).or_else(|| (lowest == 0).then_some(0))
}

/// The places where the line before the one at `start` may begin.
fn lines_before(text: &[u8], start: usize) -> impl Iterator<Item = usize> + '_ {
    super::cut_prefix::break_before(text, start).into_iter().flat_map(|end| line_starts(text, end))
}

/// The beginning of the line after the one at `start`.
fn line_behind(text: &[u8], start: usize) -> Option<usize> {
    let end = line_end(text, start, LINE)?;
    let next = end + escape::line_break(text, end);
    (end < next && next < text.len()).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::validate::Validator;
    use crate::scrub::{Preset, Scrubber};
    use proptest::prelude::*;

    /// Constructs over several lines, in which `§` is a secret.
    const FORMS: [&str; 18] = [
        "- name: DB_PASSWORD\n  value: §\nx: y",
        "password: |-\n  §\nuser: bob",
        "password:\n  §\nuser: bob",
        "user,password,host\nbob,§,example",
        "user\tpassword\thost\nbob\t§\texample",
        "| user | password |\n|---|---|\n| bob | § |",
        "<key>Password</key>\n<string>§</string>\n<key>a</key>",
        "machine example.com\nlogin bob\npassword §",
        " user | password \n------+----------\n bob  | § ",
        "{\n \"db_password\": {\n  \"value\": \"§\",\n  \"type\": \"string\"\n }\n}",
        "variable \"db_password\" {\n  type    = string\n  default = \"§\"\n}",
        "[\n {\n  \"key\": \"api_key\",\n  \"value\": \"§\"\n }\n]",
        "array(1) {\n  [\"password\"]=>\n  string(15) \"§\"\n}",
        "Key        Value\n---        -----\npassword   §\nlease      8h",
        "HKEY_LOCAL_MACHINE\\SOFTWARE\n    DefaultPassword    REG_SZ    §\n    DefaultUser    REG_SZ    bob",
        "keystore.type jks\nkeystore.pass §\nkeystore.file a",
        "--x\nContent-Disposition: form-data; name=\"password\"\n\n§\n--x",
        "- name: API_TOKEN\n  value: \"§\"",
    ];

    /// What programs print before lines, with `#` for the number of the line.
    const MARGINS: [&str; 20] = [
        "     #\t",
        "     #\u{2192}",
        "+",
        "> ",
        "> > ",
        "conf/a.yml:#:",
        "conf/a.yml:",
        "web-1  | ",
        "2026-11-20T10:00:0#Z ",
        "2026-11-20T10:00:0#Z web-1 | ",
        "2026-11-20 10:00:0#,123 INFO ",
        "build\tDeploy\t2026-11-20T10:00:00.000#Z ",
        "[pod/web-1/app] ",
        "Nov 20 10:00:0# host app[12]: ",
        "#: ",
        "     #\t+",
        "§ ",
        "// ",
        " * ",
        "\t",
    ];

    fn decorated(text: &str, margin: &str) -> String {
        let line = |(number, line): (usize, &str)| {
            let margin = margin.replace('#', &(number % 10).to_string()).replace('§', "#");
            format!("{margin}{line}")
        };
        text.lines().enumerate().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_value_goes_from_every_form_behind_every_margin() {
        let value = ["Wq7", "tNb3kLw", "4x2ab"].concat();
        let scrubber = Scrubber::new(Preset::Balanced);
        for form in FORMS {
            for margin in MARGINS {
                let text = decorated(form, margin).replace('§', &value);
                let out = scrubber.scrub_text(&text);
                assert!(!out.contains(&value), "{margin:?} {out}");
            }
            let marked = format!("\u{feff}{form}").replace('§', &value);
            assert!(!scrubber.scrub_text(&marked).contains(&value), "{marked}");
        }
    }

    #[test]
    fn a_value_goes_from_a_box_and_its_sides_stay() {
        let value = ["Wq7", "tNb3kLw", "4x2ab"].concat();
        for form in [
            "url,username,password,totp,extra,name\nhttps://example.com,bob,§,,,GH",
            "- name: DB_PASSWORD\n  value: §",
            "variable \"db_password\" {\n  default = \"§\"\n}",
        ] {
            let line = |line: &str| format!("\u{2502} {line:<56} \u{2502}\n");
            let text: String = form.replace('§', &value).lines().map(line).collect();
            let wanted = text.replace(&value, "[REDACTED:PASSWORD]");
            for preset in [Preset::Balanced, Preset::Strict] {
                assert_eq!(Scrubber::new(preset).scrub_text(&text), wanted);
                let json = Scrubber::new(preset)
                    .scrub_text(&serde_json::json!({ "x": text }).to_string())
                    .into_owned();
                assert_eq!(json, serde_json::json!({ "x": wanted }).to_string());
            }
        }
    }

    proptest! {
        #[test]
        fn a_value_goes_from_a_form_of_several_lines_behind_any_margin(
            form in prop::sample::select(FORMS.to_vec()), margin in prop::sample::select(MARGINS.to_vec()), json in any::<bool>(), more in 0_usize..40,
            value in "[a-z][A-Z][0-9][a-zA-Z0-9]{9,20}[0-9]",
        ) {
            // Some forms hold nothing but the name. There the value is judged by its looks, and a value of
            // few different characters is not accepted.
            prop_assume!(Validator::HumanPassword.accepts(value.as_bytes()));
            let around = "some line\n".repeat(more);
            let text = decorated(&format!("{around}{form}\n{around}"), margin);
            let text = if json { serde_json::json!({"c": text}).to_string() } else { text };
            for preset in [Preset::Balanced, Preset::Strict] {
                let out = Scrubber::new(preset).scrub_text(&text.replace('§', &value)).into_owned();
                prop_assert!(!out.contains(&value), "{out}");
                let (before, behind) = text.split_once('§').expect("every form has one");
                prop_assert!(out.starts_with(before) && out.ends_with(behind), "{out}");
            }
        }

        #[test]
        fn any_text_has_margins_in_order_and_inside(
            text in "[ -~\n\\\\n\"|+>:0-9a-c]{0,200}", names in prop::collection::vec((0_usize..220, 1_usize..9), 0..9),
        ) {
            let mut names: Vec<(usize, usize)> =
                names.into_iter().map(|(at, length)| (at.min(text.len()), (at + length).min(text.len()))).collect();
            names.sort_unstable();
            let found = prefixed_lines(text.as_bytes(), &names);
            prop_assert!(found.is_sorted_by(|one, other| one.range.end <= other.range.start));
            for lines in found {
                prop_assert!(lines.gaps.is_sorted_by(|one, other| one.end <= other.start));
                let inside = |gap: &Gap| lines.range.start <= gap.start && gap.start < gap.end && gap.end <= lines.range.end;
                prop_assert!(lines.gaps.iter().all(inside) && lines.range.end <= text.len());
            }
        }
    }
}
