//! Text to text: secrets become markers `[REDACTED:LABEL]`.

#[allow(dead_code, reason = "the matcher that uses the rules is under way")]
mod catalogue;
#[cfg(test)]
mod example;
mod marker;
#[allow(dead_code, reason = "the presets beside `molecule` that use it are under way")]
mod molecule;
mod preset;
mod pyre;
#[allow(dead_code, reason = "the matcher that uses the rules is under way")]
mod rule;
mod sandbox;
mod sensitive;
mod tally;
mod validate;

use std::borrow::Cow;

pub use sandbox::is_sandbox;
pub use sensitive::sensitive_label;
pub use tally::Tally;

/// A named set of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// The 13 documented patterns of the replaced scrubber, byte for byte.
    Molecule,
    /// Everything that `Molecule` covers and everything else that is known to be secret.
    Strict,
    /// The same recall on secrets, made for people who read and resume transcripts.
    Balanced,
}

/// What kind of field a text stands in: some are exempt from the rules that judge by looks alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// Any text.
    #[default]
    Ordinary,
    /// An identity field (`session_id`, ...) whose value has an identifier's shape: exempt from
    /// `BASE64_BLOB` and entropy rules, all other rules apply.
    Identity,
    /// A provider-opaque field (`signature` of a thinking item, ...): exempt likewise.
    Opaque,
}

/// One hit: which rule, what its marker says, and where; never the text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Id of the rule.
    pub rule: std::sync::Arc<str>,
    /// What the marker says.
    pub label: std::sync::Arc<str>,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Finds secrets in text and replaces them. Cheap to clone; safe to share between threads.
#[derive(Clone, Debug)]
pub struct Scrubber {
    preset: Preset,
}

impl Scrubber {
    /// A scrubber with the built-in rules of `preset`.
    pub fn new(preset: Preset) -> Self {
        Self { preset }
    }

    /// The preset it was made from.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// `text` with every secret replaced; borrowed when there is none. Any bytes are accepted.
    pub fn scrub_bytes<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        self.scrub_field(text, Field::Ordinary, &mut Tally::default())
    }

    /// As [`Self::scrub_bytes`] for a text in a field of a kind; redactions are counted in `tally`.
    pub fn scrub_field<'t>(&self, text: &'t [u8], field: Field, tally: &mut Tally) -> Cow<'t, [u8]> {
        let _ = field;
        match self.preset {
            Preset::Molecule => molecule::scrub(text, tally),
            Preset::Strict | Preset::Balanced => Cow::Borrowed(text),
        }
    }

    /// Every finding in `text`, in order, not overlapping.
    pub fn findings(&self, text: &[u8]) -> Vec<Finding> {
        match self.preset {
            Preset::Molecule => {
                molecule::sequence(text).into_iter().map(molecule::Hit::into_finding).collect()
            }
            Preset::Strict | Preset::Balanced => Vec::new(),
        }
    }

    /// Whether `text` holds a line that begins, ends or may be inside a block that spans lines (a
    /// private key): cheap, true too often rather than too seldom.
    pub fn may_span_lines(&self, text: &[u8]) -> bool {
        memchr::memmem::find(text, b"-----").is_some()
    }

    /// What stands in place of a value under `key`, if the key is sensitive.
    pub fn key_label(&self, key: &[u8]) -> Option<&'static str> {
        sensitive_label(key)
    }
}
