//! The values of a Kubernetes Secret that the rule for lines does not find: its `data` in JSON, and its plain
//! text (`stringData`) in JSON and YAML.

use super::super::escape::{self, Quote};
use super::super::placeholder::is_placeholder;
use super::super::reference::is_reference;
use super::super::slot;
use super::name::Name;
use super::{Assignment, skip_blank, skip_spaces};

/// How far from the kind its data is searched for, in bytes.
const FAR: usize = 1 << 14;
/// The most lines of YAML that are read.
const LINES: usize = 96;
/// The most members of an object.
const MEMBERS: usize = 128;
/// The deepest nesting of objects that is skipped.
const DEEP: usize = 16;

const LABEL: &str = "KUBERNETES_SECRET";

/// Finds the values of a Secret, where the name is the value of its `kind`.
pub(super) fn values(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    if &text[name.start..name.end] != b"Secret" {
        return;
    }
    let json = name.quote.and_then(|quote| kind_in_json(text, name.start, quote).map(|kind| (quote, kind)));
    if let Some((quote, kind)) = json {
        in_json(text, kind, name.end, quote, out);
    } else if let Some(indent) = kind_in_yaml(text, name.start) {
        in_yaml(text, name.end, indent, out);
    }
}

/// Returns the quote with its backslashes.
fn spelled(quote: Quote) -> Vec<u8> {
    let mut spelled = vec![b'\\'; quote.backslashes()];
    spelled.push(quote.byte);
    spelled
}

/// Returns where `"kind"` begins, if its value begins at `start`, after a quote.
fn kind_in_json(text: &[u8], start: usize, quote: Quote) -> Option<usize> {
    let mark = spelled(quote);
    let before = text[..start].strip_suffix(mark.as_slice())?.trim_ascii_end();
    let before = before.strip_suffix(b":")?.trim_ascii_end();
    let before = before.strip_suffix(mark.as_slice())?.strip_suffix(b"kind")?;
    Some(before.strip_suffix(mark.as_slice())?.len())
}

/// Redacts the data of the object whose `kind` is at `kind`: before it, as `kubectl` sorts the keys, and
/// after it.
fn in_json(text: &[u8], kind: usize, end: usize, quote: Quote, out: &mut Vec<Assignment>) {
    let mark = spelled(quote);
    let field = [mark.as_slice(), b"data", &mark].concat();
    let from = kind.saturating_sub(FAR);
    let data = follows_object(&text[from..kind])
        .then(|| memchr::memmem::rfind(&text[from..kind], &field).map(|at| from + at + field.len()))
        .flatten();
    if let Some(data) = data {
        let mut found = Vec::new();
        let members = object_at(text, data).and_then(|open| members(text, open, quote, &mut found));
        let beside = members.and_then(|end| fields(text, end, kind, quote, |name, _| name != b"kind"));
        if beside == Some(kind) {
            out.append(&mut found);
        }
    }
    let to = text.len().min(end + FAR);
    fields(text, end + mark.len(), to, quote, |name, at| {
        if matches!(name, b"data" | b"stringData")
            && let Some(open) = object_at(text, at)
        {
            members(text, open, quote, out);
        }
        // A second `kind` is that of another object.
        name != b"kind"
    });
}

/// Whether `before` ends in an object and a comma, perhaps with a flag between them:
/// `"data":{...},"immutable":true,`.
fn follows_object(before: &[u8]) -> bool {
    let Some(last) = escape::before(before, before.len()).filter(|last| before[*last] == b',') else {
        return false;
    };
    let Some(last) = escape::before(before, last) else { return false };
    before[last] == b'}' || before[..=last].ends_with(b"true") || before[..=last].ends_with(b"false")
}

/// Returns the offset inside the object that follows a colon at `at`.
fn object_at(text: &[u8], at: usize) -> Option<usize> {
    let colon = skip_blank(text, at);
    let open = skip_blank(text, colon + 1);
    (text.get(colon) == Some(&b':') && text.get(open) == Some(&b'{')).then_some(open + 1)
}

/// Skims an object from `from` to `to`. Calls `look` with each string directly in it (names and values) and
/// where that ends, until `look` returns false. Returns where the object ends, or `to`.
fn fields(
    text: &[u8],
    from: usize,
    to: usize,
    quote: Quote,
    mut look: impl FnMut(&[u8], usize) -> bool,
) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = from;
    while at < to {
        let found = memchr::memchr3(quote.byte, b'{', b'}', &text[at..to]);
        let Some(found) = found else { break };
        #[cfg(test)]
        crate::scrub::work::count(found);
        at += found;
        match text[at] {
            b'{' if depth == DEEP => return None,
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {
                let first = at - escape::backslashes_before(text, from, at);
                let (opened, inside) = escape::quote_at(text, first)?;
                if opened != quote {
                    return None;
                }
                let (end, after) = escape::closing(&text[..to], inside, quote)?;
                if depth == 0 && !look(&text[inside..end], after) {
                    return None;
                }
                at = after;
                continue;
            }
        }
        at += 1;
    }
    Some(to)
}

/// Redacts the values of the object whose members begin at `from`. Returns where it ends, if it holds nothing
/// but strings.
fn members(text: &[u8], from: usize, quote: Quote, out: &mut Vec<Assignment>) -> Option<usize> {
    let string = |at: usize| {
        let (opened, inside) = escape::quote_at(text, at).filter(|(opened, _)| *opened == quote)?;
        let (end, after) = escape::closing(text, inside, opened)?;
        Some((inside, end, after))
    };
    let mut at = skip_blank(text, from);
    for _ in 0..MEMBERS {
        let colon = skip_blank(text, string(at)?.2);
        if text.get(colon) != Some(&b':') {
            return None;
        }
        let (start, end, after) = string(skip_blank(text, colon + 1))?;
        take(text, start, end, out);
        at = skip_blank(text, after);
        match text.get(at)? {
            b',' => at = skip_blank(text, at + 1),
            b'}' => return Some(at + 1),
            _ => return None,
        }
    }
    None
}

/// Redacts the value, unless it is a placeholder or a template.
fn take(text: &[u8], start: usize, end: usize, out: &mut Vec<Assignment>) {
    let value = &text[start..end];
    let stands_in = is_placeholder(value)
        || is_reference(value) && value.iter().any(|byte| b"${<".contains(byte))
        || slot::is_in_value(value)
        || memchr::memmem::find(value, b"{{").is_some();
    if value.len() >= 4 && !stands_in && !matches!(value, b"true" | b"false" | b"null") {
        out.push(Assignment { start, end, label: LABEL, quote: None });
    }
}

/// Returns the indentation of the keys beside `kind`, whose value begins at `start`.
fn kind_in_yaml(text: &[u8], start: usize) -> Option<usize> {
    let before = &text[..start];
    let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
    let before = before.strip_suffix(b"kind: ")?;
    let blanks = before.iter().rev().take(64).take_while(|byte| **byte == b' ').count();
    let before = &before[..before.len() - blanks];
    let begins = |before: &[u8]| {
        before.is_empty() || before.ends_with(b"\n") || before.ends_with(b"\"") || before.ends_with(br"\n")
    };
    match before.strip_suffix(b"-") {
        Some(item) => {
            let outer = item.iter().rev().take(64).take_while(|byte| **byte == b' ').count();
            begins(&item[..item.len() - outer]).then_some(outer + 1 + blanks)
        }
        None => begins(before).then_some(blanks),
    }
}

/// Redacts the `stringData` of the Secret whose kind ends at `from` and whose keys are indented by `indent`.
fn in_yaml(text: &[u8], from: usize, indent: usize, out: &mut Vec<Assignment>) {
    let to = text.len().min(from + FAR);
    let line_end = |from: usize| escape::find_break(text, from, to).unwrap_or(to);
    let mut end = line_end(from);
    // The indentation of the members, once `stringData` is reached; zero before the first one.
    let mut inner = None;
    for _ in 0..LINES {
        let start = end + escape::line_break(text, end);
        if start == end || start >= to {
            return;
        }
        end = line_end(start);
        #[cfg(test)]
        crate::scrub::work::count(end - start);
        let line = &text[start..end];
        let blanks = line.iter().take_while(|byte| **byte == b' ').count();
        let rest = &line[blanks..];
        if rest.is_empty() || rest.starts_with(b"#") {
            continue;
        }
        match inner {
            None if blanks < indent
                || rest.starts_with(b"---")
                || blanks == indent && rest.starts_with(b"kind:") =>
            {
                return;
            }
            None if blanks == indent && rest.starts_with(b"stringData:") => inner = Some(0),
            Some(_) if blanks <= indent => return,
            // Deeper lines are those of a block scalar, not members.
            Some(0) => inner = Some(blanks),
            None | Some(_) => {}
        }
        if inner == Some(blanks) && blanks > 0 {
            member(text, start + blanks, end, out);
        }
    }
}

/// Redacts the value of the member on the line from `start` to `end`.
fn member(text: &[u8], start: usize, end: usize, out: &mut Vec<Assignment>) {
    let Some(colon) = memchr::memmem::find(&text[start..end], b": ") else { return };
    let value = skip_spaces(text, start + colon + 1);
    // The spaces may reach beyond the limit.
    if value >= end {
        return;
    }
    if let Some((quote, inside)) = escape::quote_at(text, value) {
        if let Some((close, _)) = escape::closing(&text[..end], inside, quote) {
            take(text, inside, close, out);
        }
        return;
    }
    // The enclosing string may end on this line.
    let to = memchr::memchr(b'"', &text[value..end]).map_or(end, |found| value + found);
    let to = memchr::memmem::find(&text[value..to], b" #").map_or(to, |found| value + found);
    let to = value + text[value..to].trim_ascii_end().len();
    if to > value && !matches!(text[value], b'|' | b'>' | b'{' | b'[' | b'&' | b'*' | b'!') {
        take(text, value, to, out);
    }
}

#[cfg(test)]
mod tests {
    use crate::{Preset, Scrubber};
    use serde_json::{Value, json};

    const DATA: &str = "VnQ3M0pCTmI5TXRfQ0czeA==";
    const MARKER: &str = "[REDACTED:KUBERNETES_SECRET]";

    fn scrubbed(text: &str) -> [String; 2] {
        [Preset::Balanced, Preset::Strict].map(|preset| Scrubber::new(preset).scrub_text(text).into_owned())
    }

    #[test]
    fn the_data_of_a_secret_goes_from_json() {
        let secrets = [
            json!({"kind": "Secret", "data": {"conf": DATA, "b": DATA}}),
            json!({"apiVersion": "v1", "data": {"conf": DATA}, "kind": "Secret", "metadata": {"name": "x"}}),
            json!({"data": {"conf": DATA}, "immutable": true, "kind": "Secret"}),
            json!({"kind": "Secret", "metadata": {"labels": {"a": "}b"}}, "stringData": {"conf": DATA}, "x": 1}),
            json!({"items": [{"data": {"conf": DATA}, "kind": "Secret"}, {"kind": "ConfigMap", "data": {"a": "keep me"}}]}),
        ];
        for secret in secrets {
            let wanted = secret.to_string().replace(DATA, MARKER);
            for text in [secret.to_string(), format!("{secret:#}")] {
                for out in scrubbed(&text) {
                    let value: Value = serde_json::from_str(&out).expect("JSON stays JSON");
                    assert_eq!(value.to_string(), wanted);
                }
                for out in scrubbed(&json!({ "log": text }).to_string()) {
                    let outer: Value = serde_json::from_str(&out).expect("JSON stays JSON");
                    let inner = outer["log"].as_str().expect("a text");
                    let value: Value = serde_json::from_str(inner).expect("JSON stays JSON");
                    assert_eq!(value.to_string(), wanted);
                }
            }
        }
    }

    #[test]
    fn the_text_of_a_secret_goes_from_yaml() {
        for text in [
            "kind: Secret\nstringData:\n  conf: §\n",
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\nstringData:\n  # why\n  a: §\n  b: \"§\"\ntype: Opaque\n",
            "items:\n- kind: Secret\n  stringData:\n    conf: '§'\n  type: Opaque\n",
        ] {
            let wanted = text.replace('§', MARKER);
            let text = text.replace('§', "Vt73JBNb9Mt");
            for out in scrubbed(&text) {
                assert_eq!(out, wanted);
            }
            for out in scrubbed(&json!({ "log": text }).to_string()) {
                assert_eq!(out, json!({ "log": wanted }).to_string());
            }
        }
    }

    #[test]
    fn other_objects_and_templates_stay() {
        for text in [
            "kind: Secret\nstringData:\n  conf: {{ .Values.conf | quote }}\n  b: \"${CONF}\"\n  c: |\n    some: text\n",
            "kind: ConfigMap\nstringData:\n  conf: plain words\n",
            "kind: Secret\n---\nstringData:\n  conf: plain words\n",
            r#"{"kind": "ConfigMap", "data": {"conf": "plain words"}}"#,
            r#"{"a": {"data": {"conf": "plain words"}}, "kind": "Secret"}"#,
            r#"[{"kind": "Secret"}, {"data": {"conf": "plain words"}}]"#,
        ] {
            for out in scrubbed(text) {
                assert_eq!(out, text);
            }
        }
    }

    #[test]
    fn a_secret_may_be_cut_anywhere() {
        let text = r#"{"kind": "Secret", "data": {"a": "VnQ3M0pCTmI5TXRfQ0czeA==", "b" : "eA=="}, "stringData": {"c": "x"}}"#;
        for end in 0..text.len() {
            scrubbed(&text[..end]);
            scrubbed(&json!({"log": &text[..end], "z": 1}).to_string());
        }
    }

    #[test]
    fn a_member_may_go_on_behind_what_is_looked_at() {
        for gap in super::FAR - 24..super::FAR + 2 {
            for end in ["x", "\"x"] {
                scrubbed(&format!("kind: Secret\nstringData:\n  a: {}{end}", " ".repeat(gap)));
                scrubbed(&format!("kind: Secret\nstringData:\n  {}: {end}", "a".repeat(gap)));
                scrubbed(&format!("kind: Secret\nstringData:\n  a: {}  {end}", "\\t".repeat(gap / 2)));
            }
        }
    }
}
