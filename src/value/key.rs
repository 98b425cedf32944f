//! What the walk knows about a key: its label if it is sensitive, and its role beside other keys.

use std::borrow::Cow;

use super::command_output::{holds_command, holds_output};
use super::deadline::head;
use super::escape::push_text;
use super::lines::Bounds;
use super::prompt::{is_odd_word, may_answer};
use crate::scrub::may_name;
use crate::scrub::{
    Field, Member, Tally, holds_answer, holds_argument, holds_value, is_descriptive, marker, sensitive_label,
};
use crate::{Preset, Scrubber};

/// The role of a key, by its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    #[default]
    None,
    /// `source`, whose value may be `sandbox`.
    Source,
    /// `tool` or `tool_name`, whose value may be `run_code`.
    Tool,
    /// `name`: names a tool, or what `value` holds.
    Name,
    /// `key`, `field` or `variable` in several spellings, or `ParameterKey`: names what `value` holds.
    Key,
    /// `value` (also capitalised and in capitals), or `ParameterValue`.
    Value,
    /// One that says something about whether a provider signed the map; never [`Member::Other`].
    Provider(Member),
    /// `logprob` and similar names, members beside a piece of a streamed answer.
    Likelihood,
    /// `current_task`, which is never dropped at the top level.
    Task,
    /// `adapter`, whose entries count as top-level entries.
    Adapter,
    /// `kind`, which is `Secret` in Kubernetes.
    Kind,
}

/// What a member holds, if other members may say something about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Holds {
    #[default]
    Other,
    /// The value that another member names, under the same keys as in text.
    Value,
    /// A possible answer to what another member asks.
    Answer,
    /// The argument of an option.
    Argument,
    /// A command that was run.
    Command,
    /// What a command printed.
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

/// The longest key that says what its member holds, in bytes.
const LONGEST_HOLDER: usize = 24;

/// What follows from a key alone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    /// The label of the marker that replaces the value, if the key is sensitive.
    pub label: Option<&'static str>,
    pub role: Role,
    /// Whether it names an identity field; counts only where such fields are recognised.
    pub identity: bool,
    /// What the member holds, if other members may say more about it.
    pub holds: Holds,
    /// Whether a random value under this key would be found in text, though the key is not sensitive enough
    /// to redact whatever is under it.
    pub by_text: bool,
}

impl Facts {
    fn of(key: &[u8], scrubber: &Scrubber) -> Self {
        let label = sensitive_label(key);
        let role = Role::of(key);
        // An opaque field is exempt by its place, and `key` or `field` names another member: neither is
        // redacted for its own name.
        let label = label.filter(|_| !matches!(role, Role::Provider(Member::Opaque) | Role::Key));
        let identity = label.is_none() && names_identity(key);
        let by_text = label.is_none() && !identity && role == Role::None && may_be_read(key, scrubber);
        Self { label, role, identity, holds: Holds::of(key), by_text }
    }

    /// Whether the key is `type`, which distinguishes a provider's items.
    pub(crate) fn is_type(self) -> bool {
        self.role == Role::Provider(Member::Type)
    }

    /// What the member says about whether a provider signed the map. `key` is the key as it is read, of which
    /// these are the facts: a `signature` or a `data` with a marker beside its name is an ordinary field.
    pub(crate) fn member(self, key: &[u8]) -> Member {
        match self.role {
            Role::Provider(Member::Signature | Member::Data) => Member::of(key),
            Role::Provider(member) => member,
            _ => Member::Other,
        }
    }
}

/// Whether a random value under `key` would be found in text.
fn may_be_read(key: &[u8], scrubber: &Scrubber) -> bool {
    const MORE: [&[u8]; 3] = [b"bearer", b"parola", b"private"];
    const RANDOM: &[u8] = b"q7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0Pa";
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
    let names = || {
        may_name(key)
            || MORE.iter().any(|word| key.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word)))
    };
    key.len() <= MAX_CACHED
        && key.iter().all(inner)
        && names()
        && label_by_text(key, RANDOM, scrubber).is_some()
}

/// Returns the label for a value that is redacted in text because of its key, which is not sensitive enough to
/// redact whatever is under it.
pub(crate) fn label_by_text(key: &[u8], value: &[u8], scrubber: &Scrubber) -> Option<&'static str> {
    if scrubber.preset() == Preset::Molecule || !is_odd_word(value) || !may_answer(value) {
        return None;
    }
    let mut text = b"{\"".to_vec();
    push_text(&mut text, key);
    text.extend_from_slice(b"\":\"");
    let start = text.len();
    push_text(&mut text, value);
    let end = text.len();
    text.extend_from_slice(b"\"}");
    let found =
        scrubber.findings(&text).into_iter().find(|found| found.start <= start && end <= found.end)?;
    LABELS.iter().find(|label| ***label == *found.label).copied()
}

/// The labels of what is found by the name of a key.
const LABELS: [&str; 7] =
    ["PASSWORD", "SECRET", "TOKEN", "API_KEY", "BEARER_TOKEN", "CREDENTIAL", "PRIVATE_KEY"];

impl Role {
    pub(crate) fn of(key: &[u8]) -> Self {
        match key {
            b"source" => Self::Source,
            b"tool" | b"tool_name" => Self::Tool,
            b"name" => Self::Name,
            b"key" | b"Name" | b"Key" | b"NAME" | b"KEY" | b"field" | b"Field" | b"variable"
            | b"Variable" | b"ParameterKey" => Self::Key,
            b"value" | b"Value" | b"VALUE" | b"ParameterValue" => Self::Value,
            b"current_task" => Self::Task,
            b"logprob" | b"logProb" | b"log_prob" | b"token_str" => Self::Likelihood,
            b"adapter" => Self::Adapter,
            b"kind" => Self::Kind,
            _ => match Member::of(key) {
                Member::Other => Self::None,
                member => Self::Provider(member),
            },
        }
    }
}

/// Whether the key describes what another field holds, or counts it.
pub(crate) fn describes(key: &[u8]) -> bool {
    const COUNTS: [&[u8]; 6] = [b"passed", b"failed", b"skipped", b"num", b"number", b"duration"];
    is_descriptive(key) || COUNTS.contains(&key)
}

/// Whether the key names an identity field, provided that it is not sensitive.
pub(crate) fn names_identity(key: &[u8]) -> bool {
    // This includes `workspace_id` and `session_id`. A role id and a secret id are a pair of credentials.
    (key == b"timestamp" || key == b"id" || key.ends_with(b"_id") || key.ends_with(b"_uuid"))
        && key != b"secret_id"
}

/// Returns `key` without what looks like a marker, since the label of a marker says nothing about the value.
/// A key that is too long for a name is returned unchanged.
pub(crate) fn without_markers(key: &[u8]) -> Cow<'_, [u8]> {
    let mut rest = Cow::Borrowed(key);
    while let Some(start) =
        memchr::memmem::find(&rest, marker::OPEN.as_bytes()).filter(|_| rest.len() <= MAX_MARKED)
    {
        let Some(end) = memchr::memchr(b']', &rest[start..]) else { break };
        rest = Cow::Owned([&rest[..start], &rest[start + end + 1..]].concat());
    }
    rest
}

/// Whether the value of an identity field has the shape of an identifier.
pub(crate) fn is_identifier(value: &[u8]) -> bool {
    value.len() <= 128 && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(byte))
}

/// Returns the label for a value that `text` names from elsewhere: the name in a pair or in a list of
/// arguments. Prose is not a name.
pub(crate) fn label_of_name(text: &[u8]) -> Option<&'static str> {
    if is_name(text) { sensitive_label(text) } else { None }
}

/// Whether a text has the form of a name.
pub(crate) fn is_name(text: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(byte);
    let may_begin = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    text.len() <= MAX_NAME && text.first().is_some_and(may_begin) && text.iter().all(inner)
}

/// The longest name of a pair, in bytes.
const MAX_NAME: usize = 64;

/// Keys of more bytes than this are not names, with or without their markers.
const MAX_MARKED: usize = 1_024;

/// Keys of more bytes than this are not cached.
const MAX_CACHED: usize = 48;

/// The most recent keys and what follows from them, since the same few keys occur in every line of a
/// transcript. Holds only keys without a finding.
pub(crate) struct Cache {
    slots: Vec<Slot>,
}

/// One cached key. An empty slot has no facts, since the key of length 0 is a valid key.
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

    /// Returns what follows from `key`, from the cache or from the scrubber, and the text that replaces the
    /// key; that is `None` if the key holds no secret. A key that is longer than `bounds` is cut.
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
            // What was not searched is not written. The walk has been given up.
            None => Some(marker("TRUNCATED").into_bytes()),
            Some(Cow::Borrowed(_)) if !is_cut => None,
            Some(clean) if is_cut => {
                tally.redacted("TRUNCATED");
                Some([&*clean, marker::TRUNCATED.as_bytes()].concat())
            }
            Some(clean) => Some(clean.into_owned()),
        };
        // Derived from what is written, so that a second pass derives the same facts.
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

    /// Returns the slot for a key. Each key has only one, and a newer key overwrites an older one.
    fn slot(key: &[u8]) -> usize {
        let hash = key.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        // The last byte of a key, in which names that are counted differ, reaches only the lower bits.
        usize::from((hash ^ (hash >> 32)).to_le_bytes()[0]) % SLOTS
    }
}

/// At most 256.
const SLOTS: usize = 128;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

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
    fn names_that_differ_in_one_letter_have_slots_of_their_own() {
        for names in
            [["a", "b", "c", "d", "e"], ["x1", "x2", "x3", "x4", "x5"], ["ab", "bb", "cb", "db", "eb"]]
        {
            let slots: HashSet<usize> = names.iter().map(|name| Cache::slot(name.as_bytes())).collect();
            assert_eq!(slots.len(), names.len(), "{names:?}");
        }
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
