//! What the walk knows about a key: its label if it is sensitive, and the part it plays beside other keys.

use std::borrow::Cow;

use super::command_output::{holds_command, holds_output};
use super::deadline::head;
use super::lines::Bounds;
use crate::Scrubber;
use crate::scrub::{
    Field, Tally, holds_answer, holds_argument, holds_signature, holds_value, is_descriptive, is_opaque,
    marker,
};

/// The part that a key plays by its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    #[default]
    None,
    /// `source`, which may say `sandbox`.
    Source,
    /// `tool` or `tool_name`, which may say `run_code`.
    Tool,
    /// `name`: names a tool or what stands under `value`.
    Name,
    /// `key` (also `Name`, `Key`, and in capitals), `field`, `variable`: names what stands under `value`.
    Key,
    /// `value`.
    Value,
    /// `type`, which tells a provider's items apart.
    Type,
    /// `signature`, opaque in an item of type `thinking`.
    Signature,
    /// `data`, opaque in an item of type `redacted_thinking`.
    Data,
    /// `encrypted_content`, `thoughtSignature` and their kin, opaque everywhere.
    Opaque,
    /// `logprob` and its kin, which stand beside a piece of an answer.
    Likelihood,
    /// `reasoningText` and its kin, maps with a signature.
    Around,
    /// `current_task`, which is never dropped at the top.
    Task,
    /// `adapter`, whose entries count as top ones.
    Adapter,
}

/// What a member holds that others say something about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Holds {
    #[default]
    Other,
    /// The value of what another names, wherever text takes it for that.
    Value,
    /// What may be an answer.
    Answer,
    /// What an option is given.
    Argument,
    /// What was run, and what that printed.
    Command,
    Output,
}

impl Holds {
    pub(crate) fn of(key: &[u8]) -> Self {
        if key.len() > LONGEST_HOLDER {
            Self::Other
        } else if holds_value(key) {
            Self::Value
        } else if holds_answer(key) {
            Self::Answer
        } else if holds_argument(key) {
            Self::Argument
        } else if holds_command(key) {
            Self::Command
        } else if holds_output(key) {
            Self::Output
        } else {
            Self::Other
        }
    }
}

/// No longer key says that its member holds such.
const LONGEST_HOLDER: usize = 24;

/// What follows from a key alone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    /// What stands in place of the value, if the key is sensitive.
    pub label: Option<&'static str>,
    pub role: Role,
    /// Whether it names an identity field, where such fields stand.
    pub identity: bool,
    /// What it holds, if other members may say what that is.
    pub holds: Holds,
}

impl Facts {
    fn of(key: &[u8], scrubber: &Scrubber) -> Self {
        let label = scrubber.key_label(key);
        let role = Role::of(key);
        // A provider's opaque field is told apart by its place, not redacted for its name.
        let label = label.filter(|_| !matches!(role, Role::Opaque | Role::Key));
        let identity = label.is_none() && names_identity(key);
        Self { label, role, identity, holds: Holds::of(key) }
    }
}

impl Role {
    pub(crate) fn of(key: &[u8]) -> Self {
        match key {
            b"source" => Self::Source,
            b"tool" | b"tool_name" => Self::Tool,
            b"name" => Self::Name,
            b"key" | b"Name" | b"Key" | b"NAME" | b"KEY" | b"field" | b"Field" | b"variable"
            | b"Variable" | b"ParameterKey" => Self::Key,
            b"value" | b"Value" | b"VALUE" | b"ParameterValue" => Self::Value,
            b"type" => Self::Type,
            b"signature" => Self::Signature,
            b"data" => Self::Data,
            b"current_task" => Self::Task,
            b"logprob" | b"logProb" | b"log_prob" | b"token_str" => Self::Likelihood,
            b"adapter" => Self::Adapter,
            name if is_opaque(name) => Self::Opaque,
            name if holds_signature(name) => Self::Around,
            _ => Self::None,
        }
    }
}

/// Whether it describes what another field holds, or counts it.
pub(crate) fn describes(key: &[u8]) -> bool {
    const COUNTS: [&[u8]; 6] = [b"passed", b"failed", b"skipped", b"num", b"number", b"duration"];
    is_descriptive(key) || COUNTS.contains(&key)
}

/// Whether it names an identity field, unless it is sensitive.
pub(crate) fn names_identity(key: &[u8]) -> bool {
    // Includes `workspace_id` and `session_id`. A role id and a secret id are a pair of credentials.
    (key == b"timestamp" || key == b"id" || key.ends_with(b"_id") || key.ends_with(b"_uuid"))
        && key != b"secret_id"
}

/// `key` without what looks like a marker: the label of a marker says nothing about the value. A key too long for a name
/// stays as it is.
fn without_markers(key: &[u8]) -> Cow<'_, [u8]> {
    let mut rest = Cow::Borrowed(key);
    while let Some(start) = memchr::memmem::find(&rest, b"[REDACTED:").filter(|_| rest.len() <= MAX_MARKED) {
        let Some(end) = memchr::memchr(b']', &rest[start..]) else { break };
        rest = Cow::Owned([&rest[..start], &rest[start + end + 1..]].concat());
    }
    rest
}

/// Whether the value of an identity field has an identifier's shape.
pub(crate) fn is_identifier(value: &[u8]) -> bool {
    value.len() <= 128 && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(byte))
}

/// The label for a value that `text` names from another place: the name in a pair or in a list of arguments. Prose is
/// no name.
pub(crate) fn label_of_name(text: &[u8], scrubber: &Scrubber) -> Option<&'static str> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(byte);
    let may_begin = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if text.len() > MAX_NAME || !text.first().is_some_and(may_begin) || !text.iter().all(is_name) {
        return None;
    }
    scrubber.key_label(text)
}

/// Names longer than this are not taken for the name of a pair.
const MAX_NAME: usize = 64;

/// Keys longer than this are no names, with or without their markers.
const MAX_MARKED: usize = 1_024;

/// Keys longer than this are looked at anew each time.
const MAX_CACHED: usize = 48;

/// The keys met last with what follows from them, since the same few stand in every line of a transcript. Holds only
/// keys without a finding.
pub(crate) struct Cache {
    slots: Vec<Slot>,
}

/// One key; empty where there is none, which is what the empty key's facts are.
#[derive(Clone, Copy)]
struct Slot {
    key: [u8; MAX_CACHED],
    len: u8,
    facts: Option<Facts>,
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self { slots: Vec::new() }
    }

    /// What follows from `key`, from memory or by asking the scrubber; `None` in the second place if nothing in the key
    /// is a secret, else the text that stands in its place. Of a key that is longer than `bounds` the rest goes.
    pub(crate) fn look(
        &mut self,
        key: &[u8],
        bounds: Bounds<'_>,
        scrubber: &Scrubber,
        tally: &mut Tally,
    ) -> (Facts, Option<Vec<u8>>) {
        let slot = Self::slot(key);
        if let Some(Slot { key: known, len, facts: Some(facts) }) = self.slots.get(slot)
            && known.get(..usize::from(*len)) == Some(key)
        {
            return (*facts, None);
        }
        let is_cut = key.len() > bounds.longest;
        let searched = if is_cut { head(key, bounds.longest) } else { key };
        let changed = match scrubber.scrub_field_until(searched, Field::Ordinary, bounds.cutoff, tally) {
            Cow::Borrowed(_) if !is_cut => None,
            clean if is_cut => {
                tally.redacted("TRUNCATED");
                Some([&*clean, marker("TRUNCATED").as_bytes()].concat())
            }
            clean => Some(clean.into_owned()),
        };
        // What is written decides, so that a second pass finds the same.
        let facts = Facts::of(&without_markers(changed.as_deref().unwrap_or(key)), scrubber);
        if changed.is_none() && key.len() <= MAX_CACHED {
            self.remember(slot, key, facts);
        }
        (facts, changed)
    }

    fn remember(&mut self, slot: usize, key: &[u8], facts: Facts) {
        if self.slots.is_empty() {
            self.slots = vec![Slot { key: [0; MAX_CACHED], len: 0, facts: None }; SLOTS];
        }
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.key[..key.len()].copy_from_slice(key);
            slot.len = u8::try_from(key.len()).unwrap_or(u8::MAX);
            slot.facts = Some(facts);
        }
    }

    /// Where a key is kept: one place for each, and a newer key takes it.
    fn slot(key: &[u8]) -> usize {
        let hash = key.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        (hash >> 32) as usize % SLOTS
    }
}

const SLOTS: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;

    #[test]
    fn identity_fields_are_known_by_name_and_shape() {
        let scrubber = Scrubber::new(Preset::Strict);
        for key in ["workspace_id", "session_id", "timestamp", "id", "run_uuid"] {
            assert!(Facts::of(key.as_bytes(), &scrubber).identity, "{key}");
        }
        for key in ["secret_id", "password", "identity", "ID", "uuid_of"] {
            assert!(!Facts::of(key.as_bytes(), &scrubber).identity, "{key}");
        }
        assert!(is_identifier(b"ws-01.a:B_"));
        assert!(!is_identifier(b"two words"));
        assert!(is_identifier(&[b'a'; 128]) && !is_identifier(&[b'a'; 129]));
    }

    #[test]
    fn the_cache_gives_the_same_facts() {
        let scrubber = Scrubber::new(Preset::Strict);
        let (mut cache, mut tally) = (Cache::new(), Tally::default());
        let keys: Vec<String> = (0..1_000).map(|n| format!("key_{}", n % 300)).collect();
        for key in keys.iter().map(String::as_str).chain(["password", "source", "password", "source", "", ""])
        {
            let (facts, changed) = cache.look(key.as_bytes(), Bounds::NONE, &scrubber, &mut tally);
            let fresh = Facts::of(key.as_bytes(), &scrubber);
            assert_eq!((facts.label, facts.role, facts.identity), (fresh.label, fresh.role, fresh.identity));
            assert_eq!(changed, None);
        }
    }
}
