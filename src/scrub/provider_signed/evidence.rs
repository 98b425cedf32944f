//! What says that an object is an item which a provider signed or encrypted: its type, the names of its
//! members, and where it is.

/// Fields that a provider requires back unchanged, in any object: those of GPT's reasoning, of Claude's web
/// searches and code execution, of Gemini's thoughts, and the names that client libraries give them.
const OPAQUE: [&[u8]; 12] = [
    b"encrypted_content",
    b"encrypted_index",
    b"encrypted_stdout",
    b"thoughtSignature",
    b"thought_signature",
    b"thinking_signature",
    b"thinkingSignature",
    b"reasoning_signature",
    b"reasoningSignature",
    b"reasoningEncryptedContent",
    b"redactedContent",
    b"redactedData",
];

/// Keys of maps in which a library stores a signature, beside or below the signed text.
const AROUND: [&[u8]; 5] = [b"reasoningText", b"reasoning_text", b"anthropic", b"bedrock", b"extras"];

/// A member of an object, by what its name says about the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Member {
    /// It says nothing.
    #[default]
    Other,
    /// `type`, which distinguishes a provider's items.
    Type,
    /// `encrypted_content`, `thoughtSignature` and similar names: opaque in any object.
    Opaque,
    /// `signature`, opaque in an object that is signed.
    Signature,
    /// `data`, opaque in an object that is encrypted.
    Data,
    /// `reasoningText` and similar names: the `signature` of an object under it is a provider's.
    Around,
}

impl Member {
    pub(crate) fn of(key: &[u8]) -> Self {
        match key {
            b"type" => Self::Type,
            b"signature" => Self::Signature,
            b"data" => Self::Data,
            name if OPAQUE.contains(&name) => Self::Opaque,
            name if AROUND.contains(&name) => Self::Around,
            _ => Self::Other,
        }
    }
}

/// What is known so far of one object, member by member.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Evidence {
    /// Whether its type, or the key above it, says that it is signed.
    signed: bool,
    /// Whether its type says that it is encrypted.
    encrypted: bool,
    /// Whether it has a member that is opaque in any object, a `signature`, a `data`.
    has: [bool; 3],
}

impl Evidence {
    /// Returns what is known of an object before its members are; `signed` if it is under a key that is
    /// [`Member::Around`] a signature.
    pub(crate) fn new(signed: bool) -> Self {
        Self { signed, ..Self::default() }
    }

    /// Adds a member, whatever it holds.
    pub(crate) fn add(&mut self, member: Member) {
        match member {
            Member::Opaque => self.has[0] = true,
            Member::Signature => self.has[1] = true,
            Member::Data => self.has[2] = true,
            Member::Type | Member::Around | Member::Other => {}
        }
    }

    /// Adds the text of [`Member::Type`]. If there are several, a later one does not make the object
    /// unsigned.
    pub(crate) fn add_type(&mut self, kind: &[u8]) {
        self.signed |= matches!(kind, b"thinking" | b"reasoning" | b"reasoning.text");
        self.encrypted = matches!(kind, b"redacted_thinking" | b"reasoning.encrypted");
    }

    /// Whether the object is one whose `signature` or `data` is opaque, should it have any.
    pub(crate) fn is_typed(self) -> bool {
        self.signed || self.encrypted
    }

    /// Whether the value of such a member is opaque in this object.
    pub(crate) fn is_opaque(self, member: Member) -> bool {
        match member {
            Member::Opaque => true,
            Member::Signature => self.signed,
            Member::Data => self.encrypted,
            Member::Type | Member::Around | Member::Other => false,
        }
    }

    /// Whether the object is an item that a provider signed or encrypted: it has an opaque member.
    pub(crate) fn is_item(self) -> bool {
        let [opaque, signature, data] = self.has;
        opaque || signature && self.signed || data && self.encrypted
    }
}

/// Whether `text` ends with the name of a field that is opaque in any object.
pub(crate) fn ends_in_opaque(text: &[u8]) -> bool {
    OPAQUE.into_iter().any(|name| text.ends_with(name))
}
