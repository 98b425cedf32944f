//! What a heartbeat says about the adapter: its capabilities and how long it may be idle.

use super::fields::fields;
use super::number::positive;
use super::text::{Fit, scrubbed};
use crate::Scrubber;
use crate::json::string;
use crate::value::{Node, Shape, Text};

/// The most capabilities that are sent.
const MAX_CAPABILITIES: usize = 256;

/// Appends `metadata` in the form that the platform reads, with only the two members that it knows.
///
/// `capabilities` contains only values that are true or false (or 0 and 1): any other type would make the
/// platform reject the whole heartbeat. `idle_timeout_seconds` is a whole number above 0, never from a bool;
/// otherwise it is left out.
pub(super) fn push<N: Node>(metadata: &N, scrubber: &Scrubber, out: &mut Vec<u8>) {
    let [capabilities, idle] = fields(metadata, ["capabilities", "idle_timeout_seconds"]);
    out.push(b'{');
    let capabilities = capabilities.filter(Node::is_map);
    if let Some(capabilities) = &capabilities {
        out.extend_from_slice(b"\"capabilities\":");
        push_capabilities(capabilities, scrubber, out);
    }
    if let Some(seconds) = idle.as_ref().and_then(positive) {
        let comma = if capabilities.is_some() { "," } else { "" };
        out.extend_from_slice(format!("{comma}\"idle_timeout_seconds\":{seconds}").as_bytes());
    }
    out.push(b'}');
}

fn push_capabilities<N: Node>(capabilities: &N, scrubber: &Scrubber, out: &mut Vec<u8>) {
    let mut kept: Vec<(String, bool)> = Vec::new();
    capabilities.entries(|key, value| {
        let (Some(name), Some(value)) = (key.text(), flag(&value)) else { return };
        if kept.len() < MAX_CAPABILITIES {
            kept.push((scrubbed(name.bytes(), Fit::ID, scrubber), value));
        }
    });
    out.push(b'{');
    for (index, (name, value)) in kept.iter().enumerate() {
        // Scrubbing may make two names equal; the first of them is kept.
        if kept[..index].iter().any(|(other, _)| other == name) {
            continue;
        }
        if index > 0 {
            out.push(b',');
        }
        string::push(name.as_bytes(), out);
        out.extend_from_slice(if *value { b":true" } else { b":false" });
    }
    out.push(b'}');
}

fn flag<N: Node>(value: &N) -> Option<bool> {
    match value.shape() {
        Shape::Bool(value) => Some(value),
        Shape::Int(0) => Some(false),
        Shape::Int(1) => Some(true),
        Shape::Digits(digits) if digits.bytes() == b"0" => Some(false),
        Shape::Digits(digits) if digits.bytes() == b"1" => Some(true),
        _ => None,
    }
}
