//! Reads one line of a transcript, which agents write in many forms: when, who, and what was said.

use prestop::json::{self, Value};

/// Members that hold the time.
const WHEN: [&str; 5] = ["timestamp", "ts", "time", "created_at", "date"];
/// Members that name the speaker.
const WHO: [&str; 4] = ["role", "type", "source", "name"];
/// Members that hold what was said.
const WHAT: [&str; 9] =
    ["content", "text", "message", "result", "output", "summary", "delta", "thinking", "value"];

/// One entry. Its texts come from outside: scrubbed, but with control characters.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The time as it is written.
    pub when: Option<String>,
    /// The role, type or source.
    pub who: String,
    /// What was said, or the entry's JSON if its form is unknown.
    pub text: String,
    /// The entry as JSON, if it contains more than its text.
    pub raw: Option<String>,
}

impl Entry {
    /// Reads an item of a transcript; a string that contains a JSON object is read as that object.
    pub fn of(item: &Value) -> Self {
        if let Value::Text(text) = item {
            let inner = text.trim_ascii_start().starts_with(b"{").then(|| json::parse(text).ok()).flatten();
            return inner
                .filter(is_object)
                .map_or_else(|| Self { text: lossy(text), ..Self::default() }, |inner| Self::of(&inner));
        }
        if !is_object(item) {
            return Self { text: written(item), ..Self::default() };
        }
        let message = item.get("message").filter(|message| is_object(message));
        let who = message.and_then(|message| first_text(message, &["role"]));
        let who = who.or_else(|| first_text(item, &WHO)).unwrap_or_default();
        let said = message.and_then(said).or_else(|| said(item));
        let raw = written(item);
        Self { when: first_text(item, &WHEN), who, text: said.unwrap_or_else(|| raw.clone()), raw: Some(raw) }
    }
}

fn is_object(value: &Value) -> bool {
    matches!(value, Value::Object(_))
}

/// Returns the first of these members that is a non-empty text or a number.
fn first_text(value: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match value.get(name)? {
        Value::Text(text) if !text.is_empty() => Some(lossy(text)),
        Value::Number(number) => Some(number.clone()),
        _ => None,
    })
}

/// Returns what an object says, if it has one of the usual members.
fn said(object: &Value) -> Option<String> {
    WHAT.iter().find_map(|name| object.get(name)).map(spoken).filter(|text| !text.trim().is_empty())
}

/// Returns the text of a content: texts as they are, the use of a tool as its name and input.
fn spoken(content: &Value) -> String {
    match content {
        Value::Text(text) => lossy(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(spoken).filter(|text| !text.is_empty()).collect();
            items.join("\n")
        }
        Value::Object(_) => match (first_text(content, &["type"]).as_deref(), content.get("input")) {
            (Some("tool_use"), Some(input)) => {
                let name = first_text(content, &["name"]).unwrap_or_default();
                format!("{name} {}", written(input))
            }
            _ => said(content).unwrap_or_else(|| written(content)),
        },
        other => written(other),
    }
}

/// Returns a value as JSON on one line, with invalid UTF-8 replaced.
pub fn written(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// Returns text with invalid UTF-8 replaced by U+FFFD.
pub fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

// Recursion is as deep as the document, whose depth the reader limits.
fn write(value: &Value, out: &mut String) {
    let text = |text: &[u8], out: &mut String| {
        out.push_str(&serde_json::Value::from(lossy(text)).to_string());
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(digits) => out.push_str(digits),
        Value::Text(bytes) => text(bytes, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                text(key, out);
                out.push_str(": ");
                write(value, out);
            }
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(json: &str) -> Entry {
        Entry::of(&json::parse(json.as_bytes()).expect("it is JSON"))
    }

    #[test]
    fn what_was_said_is_found_in_the_forms_that_agents_use() {
        let cases = [
            (r#""plain""#, "", "plain"),
            (r#"{"role": "user", "content": "hello"}"#, "user", "hello"),
            (r#"{"type": "user", "message": {"role": "user", "content": "hi"}}"#, "user", "hi"),
            (
                r#"{"message": {"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "tool_use", "name": "Bash", "input": {"command": "ls"}}]}}"#,
                "assistant",
                "a\nBash {\"command\": \"ls\"}",
            ),
            (
                r#"{"type": "user", "message": {"content": [{"type": "tool_result", "content": [{"type": "text", "text": "out"}]}]}}"#,
                "user",
                "out",
            ),
            (r#"{"source": "tool", "n": 1.50}"#, "tool", r#"{"source": "tool", "n": 1.50}"#),
            (r#""{\"role\": \"user\", \"text\": \"inner\"}""#, "user", "inner"),
            ("[1, null, true]", "", "[1, null, true]"),
            (r#""{broken""#, "", "{broken"),
        ];
        for (json, who, text) in cases {
            let entry = entry(json);
            assert_eq!((entry.who.as_str(), entry.text.as_str()), (who, text), "{json}");
        }
    }

    #[test]
    fn times_are_taken_as_they_are_written() {
        assert_eq!(entry(r#"{"ts": 12.5, "text": "a"}"#).when.as_deref(), Some("12.5"));
        assert_eq!(
            entry(r#"{"timestamp": "2026-01-01T00:00:00Z"}"#).when.as_deref(),
            Some("2026-01-01T00:00:00Z")
        );
    }
}
