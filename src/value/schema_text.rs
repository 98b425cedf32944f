//! What is under a sensitive key without being a secret: the schema of a field, a reference to where a value
//! is kept, a form's message about a value that was entered.

/// Keys that declare a field, or say where its value is kept.
const TELLING: [&[u8]; 22] = [
    b"type",
    b"$ref",
    b"enum",
    b"anyOf",
    b"oneOf",
    b"allOf",
    b"description",
    b"valueFrom",
    b"value_from",
    b"secretKeyRef",
    b"configMapKeyRef",
    b"fieldRef",
    b"secretRef",
    b"secret_key_ref",
    b"existingSecret",
    b"Ref",
    b"Fn::GetAtt",
    b"Fn::ImportValue",
    b"required",
    b"validators",
    b"properties",
    b"shape",
];

/// Keys that may occur beside [`TELLING`] ones.
const BESIDE: [&[u8]; 73] = [
    b"$schema",
    b"$id",
    b"$comment",
    b"$defs",
    b"definitions",
    b"title",
    b"format",
    b"const",
    b"default",
    b"example",
    b"examples",
    b"not",
    b"items",
    b"prefixItems",
    b"additionalItems",
    b"patternProperties",
    b"additionalProperties",
    b"propertyNames",
    b"minLength",
    b"maxLength",
    b"min_length",
    b"max_length",
    b"minlength",
    b"maxlength",
    b"pattern",
    b"minimum",
    b"maximum",
    b"exclusiveMinimum",
    b"exclusiveMaximum",
    b"multipleOf",
    b"minItems",
    b"maxItems",
    b"uniqueItems",
    b"readOnly",
    b"writeOnly",
    b"read_only",
    b"write_only",
    b"deprecated",
    b"deprecationMessage",
    b"nullable",
    b"optional",
    b"sensitive",
    b"secret",
    b"contentEncoding",
    b"contentMediaType",
    b"discriminator",
    b"propertyOrdering",
    b"label",
    b"placeholder",
    b"help",
    b"hint",
    b"order",
    b"widget",
    b"hidden",
    b"select",
    b"unique",
    b"index",
    b"markdownDescription",
    b"in",
    b"alias",
    b"kind",
    b"group",
    b"max",
    b"min",
    b"documentation",
    b"members",
    b"member",
    b"locationName",
    b"location",
    b"box",
    b"flattened",
    b"xmlNamespace",
    b"deprecatedMessage",
];

/// Keys among [`BESIDE`] that hold a value themselves.
const VALUES: [&[u8]; 5] = [b"const", b"default", b"example", b"examples", b"secret"];

/// Determines whether a map under a sensitive key declares a field, or says where its value is kept: each of
/// its members must serve that purpose.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Declared {
    tells: bool,
    holds_more: bool,
}

impl Declared {
    /// Adds a member, with its text if it has one.
    pub(crate) fn see(&mut self, key: &[u8], text: Option<&[u8]>) {
        let is_type = || text.is_none_or(names_type);
        if TELLING.contains(&key) && (key != b"type" || is_type()) {
            self.tells = true;
        } else if !BESIDE.contains(&key) && !key.starts_with(b"x-") {
            self.holds_more = true;
        }
    }

    /// Whether the members form the declaration of a field.
    pub(crate) fn is_one(self) -> bool {
        self.tells && !self.holds_more
    }

    /// Whether the member `key` is not a value of the sensitive name above.
    pub(crate) fn frees(self, key: &[u8]) -> bool {
        self.is_one() && !VALUES.contains(&key)
    }
}

/// Whether a text names a type: `string`, `varchar(255)`, `String!`; nothing that anybody chose.
fn names_type(text: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphabetic() || b"()[]<>|?!_-., ".contains(byte);
    let sized = text.contains(&b'(');
    text.len() <= 32
        && text.first().is_some_and(u8::is_ascii_alphabetic)
        && text.iter().all(|byte| inner(byte) || sized && byte.is_ascii_digit())
}

/// Whether a text under a sensitive key says what is wrong with a value, as forms do: `can't be blank`,
/// `This field is required.`
pub(crate) fn is_complaint(text: &[u8]) -> bool {
    const LONGEST: usize = 160;
    const BEGINS: [&str; 26] = [
        "is",
        "isn't",
        "are",
        "can't",
        "cannot",
        "can",
        "must",
        "should",
        "does",
        "doesn't",
        "do",
        "has",
        "may",
        "not",
        "this",
        "the",
        "your",
        "please",
        "password",
        "passwords",
        "value",
        "field",
        "token",
        "invalid",
        "too",
        "missing",
    ];
    const SAYS: [&str; 22] = [
        "required",
        "blank",
        "empty",
        "short",
        "long",
        "invalid",
        "match",
        "incorrect",
        "wrong",
        "least",
        "characters",
        "character",
        "expired",
        "null",
        "weak",
        "common",
        "numeric",
        "similar",
        "field",
        "contain",
        "missing",
        "provided",
    ];
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b" '.,:()/-\"".contains(byte);
    if text.len() > LONGEST || !text.contains(&b' ') || !text.iter().all(inner) {
        return false;
    }
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let words =
        text.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'\'').filter(|word| !word.is_empty());
    let is_one =
        |word: &[u8], list: &[&str]| list.iter().any(|one| one.as_bytes().eq_ignore_ascii_case(word));
    let mut words = words.peekable();
    let begins = words.peek().is_some_and(|first| is_one(first, &BEGINS));
    begins && digits <= 4 && words.any(|word| is_one(word, &SAYS))
}

/// Whether a text under a sensitive key with this label says how something is authorised, or is the name of
/// the resource that holds the secret: `{"credentials": "include"}`, `{"auth": "oauth2"}`,
/// `{"secret": "projects/x/secrets/y"}`.
pub(crate) fn is_setting(label: &str, text: &[u8]) -> bool {
    const MODES: [&[u8]; 3] = [b"include", b"omit", b"same-origin"];
    const KINDS: [&[u8]; 8] =
        [b"oauth2", b"oauth", b"oidc", b"basic", b"bearer", b"digest", b"none", b"required"];
    match label {
        "CREDENTIAL" if MODES.contains(&text) => true,
        "AUTHORIZATION" if KINDS.iter().any(|kind| kind.eq_ignore_ascii_case(text)) => true,
        _ => names_resource(text),
    }
}

/// Whether a text is the name of a secret in Google's Secret Manager: `projects/x/secrets/y/versions/3`.
fn names_resource(text: &[u8]) -> bool {
    const LONGEST: usize = 320;
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(byte);
    if !text.starts_with(b"projects/") || text.len() > LONGEST || !text.iter().all(inner) {
        return false;
    }
    let mut parts = text.split(|byte| *byte == b'/').skip(2);
    parts.next() == Some(b"secrets")
        && parts.next().is_some_and(|name| !name.is_empty())
        && parts.next().is_none_or(|part| part == b"versions")
        && parts.count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_no_secret() {
        for (label, text) in [
            ("CREDENTIAL", "include"),
            ("CREDENTIAL", "same-origin"),
            ("AUTHORIZATION", "oauth2"),
            ("AUTHORIZATION", "Bearer"),
            ("SECRET", "projects/x/secrets/y"),
            ("SECRET", "projects/my-app/secrets/db-password/versions/latest"),
        ] {
            assert!(is_setting(label, text.as_bytes()), "{text}");
        }
        for (label, text) in [
            ("PASSWORD", "include"),
            ("CREDENTIAL", "hunter2"),
            ("AUTHORIZATION", "Bearer x9Kq2Lw7Zt"),
            ("SECRET", "projects/x/y"),
            ("SECRET", "projects/x/secrets/"),
            ("SECRET", "projects/x/secrets/y/z"),
        ] {
            assert!(!is_setting(label, text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn forms_complain() {
        for text in [
            "can't be blank",
            "is too short (minimum is 8 characters)",
            "This field is required.",
            "This password is too common.",
            "Password must contain at least 8 characters",
            "must match confirmation",
            "Invalid password field",
        ] {
            assert!(is_complaint(text.as_bytes()), "{text}");
        }
        for text in [
            "correct horse battery staple",
            "the quick brown fox",
            "required",
            "",
            "is",
            "my password is X7",
            "must x9Kq2Lw7Zt",
        ] {
            assert!(!is_complaint(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_declaration_holds_nothing_else() {
        let declared = |members: &[(&str, Option<&str>)]| {
            let mut declared = Declared::default();
            for (key, text) in members {
                declared.see(key.as_bytes(), text.map(str::as_bytes));
            }
            declared
        };
        assert!(declared(&[("type", Some("string")), ("title", Some("x"))]).frees(b"type"));
        assert!(!declared(&[("type", Some("string")), ("default", Some("x"))]).frees(b"default"));
        for members in [
            &[("type", Some("string")), ("value", Some("x"))][..],
            &[("type", Some("hunter2"))],
            &[("title", Some("x"))],
            &[],
        ] {
            assert!(!declared(members).frees(b"type"), "{members:?}");
        }
    }
}
