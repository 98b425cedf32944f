//! Names whose value is a secret whatever it looks like.
//!
//! A name is split into words (`_`, `-`, `.`, spaces, camel case) and judged by how it ends:
//! `token_count` is a count, `refreshToken` a token. Words that only qualify (`_PROD`, `_2`) are
//! passed over.

/// Every label that a name can give.
pub(crate) const LABELS: &[&str] = &[
    "PASSWORD",
    "SECRET",
    "CREDENTIAL",
    "AUTHORIZATION",
    "COOKIE",
    "JWT",
    "API_KEY",
    "TOKEN",
    "PRIVATE_KEY",
    "CONNECTION_STRING",
    "KEY",
];

/// How much a name alone says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// The value must look like a secret as well (`token`, `key`, `auth`).
    Weak,
    /// The value is a secret whatever it looks like (`password`, `api_key`).
    Strong,
}

/// A sensitive name: what a marker says of its value, and how sure the name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sensitive {
    pub label: &'static str,
    pub strength: Strength,
}

/// Names longer than this are prose, not names.
const MAX_NAME: usize = 128;

/// Parts of names that may be sensitive: what the prefilter looks for. A name without one of these
/// is never sensitive.
pub(crate) const TRIGGERS: &[&str] = &[
    "passw",
    "passphrase",
    "passcode",
    "_pass",
    "-pass",
    "pass=",
    "pass:",
    "pass\"",
    "pass'",
    "dbpass",
    "userpass",
    "pwd",
    "secret",
    "token",
    "_key",
    "-key",
    "apikey",
    "api.key",
    "api key",
    "accesskey",
    "privatekey",
    "accountkey",
    "authkey",
    "sharedkey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "servicekey",
    "subscriptionkey",
    "clientkey",
    "storagekey",
    "licensekey",
    "appkey",
    "deploykey",
    "sshkey",
    "adminkey",
    "integrationkey",
    "serverkey",
    "webhookkey",
    "credential",
    "authorization",
    "_auth",
    "-auth",
    "auth\"",
    "auth=",
    "cookie",
    "connectionstring",
    "connection_string",
    "jwt",
];

/// Ends that make a name a description of a secret rather than the secret.
const DESCRIPTIVE: &[&str] = &[
    "id",
    "ids",
    "name",
    "names",
    "type",
    "types",
    "count",
    "counts",
    "limit",
    "limits",
    "length",
    "len",
    "size",
    "url",
    "urls",
    "uri",
    "endpoint",
    "path",
    "paths",
    "file",
    "files",
    "filename",
    "dir",
    "field",
    "fields",
    "label",
    "hint",
    "prompt",
    "policy",
    "expiry",
    "expires",
    "expiration",
    "ttl",
    "index",
    "idx",
    "status",
    "state",
    "usage",
    "used",
    "budget",
    "version",
    "algorithm",
    "alg",
    "header",
    "headers",
    "format",
    "pattern",
    "patterns",
    "regex",
    "required",
    "enabled",
    "disabled",
    "present",
    "mask",
    "placeholder",
    "description",
    "title",
    "text",
    "manager",
    "provider",
    "store",
    "service",
    "class",
    "method",
    "function",
    "fn",
    "func",
    "handler",
    "callback",
    "in",
    "at",
    "by",
    "per",
    "rate",
    "cost",
    "price",
    "window",
    "position",
    "offset",
    "start",
    "end",
    "stream",
    "list",
    "map",
    "table",
    "column",
    "row",
    "model",
    "input",
    "output",
    "form",
    "page",
    "button",
    "icon",
    "error",
    "errors",
    "message",
    "event",
    "scope",
    "scopes",
    "audience",
    "issuer",
    "kind",
    "mode",
    "option",
    "options",
    "config",
    "settings",
    "rotation",
    "age",
    "date",
    "time",
    "timestamp",
    "link",
    "ref",
    "reference",
    "env",
    "var",
    "variable",
    "key_name",
    "strength",
    "min",
    "max",
    "total",
    "remaining",
    "jar",
    "parser",
    "banner",
    "consent",
];

/// Words that qualify what stands before them and say nothing of their own.
const QUALIFIERS: &[&str] = &[
    "value",
    "val",
    "str",
    "string",
    "raw",
    "plain",
    "plaintext",
    "clear",
    "cleartext",
    "encoded",
    "base64",
    "b64",
    "hex",
    "prod",
    "production",
    "dev",
    "development",
    "test",
    "testing",
    "staging",
    "stage",
    "local",
    "live",
    "sandbox",
    "old",
    "new",
    "current",
    "previous",
    "next",
    "primary",
    "secondary",
    "default",
    "main",
    "backup",
    "temp",
    "tmp",
    "data",
    "hash",
    "hashed",
    "encrypted",
    "enc",
    "literal",
    "here",
    "confirm",
    "confirmation",
    "again",
    "repeat",
];

/// First words that make a `key` a secret one.
const SECRET_KEYS: &[&str] = &[
    "access",
    "account",
    "admin",
    "app",
    "application",
    "auth",
    "authorization",
    "authentication",
    "client",
    "consumer",
    "crypto",
    "decryption",
    "deploy",
    "encryption",
    "hmac",
    "integration",
    "jwt",
    "license",
    "licence",
    "master",
    "partner",
    "rsa",
    "ingest",
    "security",
    "server",
    "service",
    "session",
    "shared",
    "signing",
    "signature",
    "ssh",
    "storage",
    "subscription",
    "webhook",
    "write",
    "read",
    "publishable",
    "restricted",
    "project",
    "personal",
    "developer",
    "user",
    "root",
    "host",
    "function",
    "registry",
    "sas",
];

/// First words that make a `key` or `token` an open one.
const OPEN: &[&str] = &[
    "public",
    "pub",
    "foreign",
    "sort",
    "partition",
    "cache",
    "idempotency",
    "translation",
    "dict",
    "object",
    "map",
    "hash",
    "index",
    "max",
    "min",
    "num",
    "n",
    "total",
    "input",
    "output",
    "prompt",
    "completion",
    "cached",
    "reasoning",
    "thinking",
    "context",
    "avg",
    "per",
    "eos",
    "bos",
    "pad",
    "unk",
    "sep",
    "cls",
    "mask",
    "stop",
    "special",
    "vocab",
    "next",
    "last",
    "first",
    "page",
    "pagination",
    "continuation",
    "cursor",
    "sync",
    "design",
    "cancellation",
    "cancel",
    "current",
    "lexer",
    "number",
    "used",
    "count",
    "budget",
    "remaining",
    "decoded",
    "new",
    "old",
    "added",
    "start",
    "end",
    "begin",
];

/// The label for a value under `key`, if the key is sensitive.
///
/// This is the judgement for values in a tree, where the whole name is known: `password`, `api_key`,
/// `refreshToken`, `DB_PASS`, `X-Api-Key` are sensitive, `max_tokens`, `token_count`, `session_id`,
/// `public_key` are not.
///
/// ```
/// assert_eq!(prestop::scrub::sensitive_label(b"OPENAI_API_KEY"), Some("API_KEY"));
/// assert_eq!(prestop::scrub::sensitive_label(b"max_tokens"), None);
/// ```
pub fn sensitive_label(key: &[u8]) -> Option<&'static str> {
    sensitive(key).map(|found| found.label)
}

/// As [`sensitive_label`], with the strength that text needs to know.
pub(crate) fn sensitive(key: &[u8]) -> Option<Sensitive> {
    if key.len() > MAX_NAME || key.len() < 3 {
        return None;
    }
    let mut words = Words::default();
    words.split(key);
    judge(&words.to_vec())
}

fn judge(words: &[&str]) -> Option<Sensitive> {
    let mut words = words;
    while let [rest @ .., last] = words {
        let digits = last.bytes().all(|byte| byte.is_ascii_digit());
        if *last == "string" && rest.last().is_some_and(|word| matches!(*word, "connection" | "conn")) {
            return Some(Sensitive { label: "CONNECTION_STRING", strength: Strength::Strong });
        }
        if rest.is_empty() || !(digits || QUALIFIERS.contains(last)) {
            break;
        }
        words = rest;
    }
    let (last, before) = words.split_last()?;
    let previous = before.last().copied().unwrap_or("");
    let strong = |label| Some(Sensitive { label, strength: Strength::Strong });
    let weak = |label| Some(Sensitive { label, strength: Strength::Weak });
    if DESCRIPTIVE.contains(last) {
        // AppRole's `secret_id` is the secret itself, whatever its name says.
        return if *last == "id" && previous == "secret" { strong("SECRET") } else { None };
    }
    match *last {
        "password" | "passwords" | "passwd" | "pwd" | "passphrase" | "passcode" | "pw" | "userpass"
        | "dbpass" => strong("PASSWORD"),
        "pass" if !before.is_empty() => strong("PASSWORD"),
        "pass" => weak("PASSWORD"),
        "secret" | "secrets" => strong("SECRET"),
        "credential" | "credentials" | "creds" => strong("CREDENTIAL"),
        "authorization" => strong("AUTHORIZATION"),
        "cookie" | "cookies" => strong("COOKIE"),
        "jwt" => strong("JWT"),
        "apikey" | "apikeys" | "apitoken" => strong("API_KEY"),
        "authtoken" | "accesstoken" | "refreshtoken" | "bearertoken" => strong("TOKEN"),
        "clientsecret" | "secretkey" | "secretaccesskey" => strong("SECRET"),
        "privatekey" => strong("PRIVATE_KEY"),
        "connectionstring" => strong("CONNECTION_STRING"),
        "token" | "tok" if OPEN.contains(&previous) => None,
        "token" if before.is_empty() => weak("TOKEN"),
        "token" => strong("TOKEN"),
        "tokens" if matches!(previous, "access" | "auth" | "api" | "refresh" | "bearer" | "secret") => {
            strong("TOKEN")
        }
        "auth" if before.is_empty() => weak("AUTHORIZATION"),
        "auth" => weak("AUTHORIZATION"),
        "key" | "keys" => match previous {
            "api" => strong("API_KEY"),
            "private" => strong("PRIVATE_KEY"),
            "secret" => strong("SECRET"),
            "access" if before.contains(&"secret") => strong("SECRET"),
            _ if SECRET_KEYS.contains(&previous) => strong("KEY"),
            _ if before.is_empty() || OPEN.contains(&previous) => None,
            _ => weak("KEY"),
        },
        _ => fused(last),
    }
}

/// Names written as one word in lower case (`stripeapikey`, `mypassword`).
fn fused(word: &str) -> Option<Sensitive> {
    const ENDS: &[(&str, &str)] = &[
        ("password", "PASSWORD"),
        ("passwd", "PASSWORD"),
        ("passphrase", "PASSWORD"),
        ("apikey", "API_KEY"),
        ("secretkey", "SECRET"),
        ("privatekey", "PRIVATE_KEY"),
        ("accesskey", "KEY"),
        ("accountkey", "KEY"),
        ("authkey", "KEY"),
        ("clientsecret", "SECRET"),
        ("secret", "SECRET"),
        ("accesstoken", "TOKEN"),
        ("authtoken", "TOKEN"),
        ("apitoken", "TOKEN"),
    ];
    if let Some((_, label)) = ENDS.iter().find(|(end, _)| word.ends_with(end)) {
        return Some(Sensitive { label, strength: Strength::Strong });
    }
    if word.len() > 5 && word.ends_with("token") {
        return Some(Sensitive { label: "TOKEN", strength: Strength::Weak });
    }
    (word.len() > 6
        && word.ends_with("key")
        && !word.ends_with("monkey")
        && !word.ends_with("turkey")
        && !word.ends_with("hotkey"))
    .then_some(Sensitive { label: "KEY", strength: Strength::Weak })
}

/// The words of a name, in lower case, without allocation.
#[derive(Default)]
struct Words {
    letters: Letters,
    ends: [u8; MAX_WORDS],
    count: usize,
    used: usize,
}

struct Letters([u8; MAX_NAME]);

impl Default for Letters {
    fn default() -> Self {
        Self([0; MAX_NAME])
    }
}

/// Words beyond this are not looked at; the last ones decide, so the first are let go.
const MAX_WORDS: usize = 24;

impl Words {
    fn split(&mut self, name: &[u8]) {
        let mut open = false;
        for (at, &byte) in name.iter().enumerate() {
            if !byte.is_ascii_alphanumeric() {
                self.close(&mut open);
                continue;
            }
            let before = at.checked_sub(1).map(|index| name[index]);
            let lower_before = before.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            let after = name.get(at + 1).is_some_and(u8::is_ascii_lowercase);
            let acronym_ends = before.is_some_and(|byte| byte.is_ascii_uppercase()) && after;
            let digits_begin = byte.is_ascii_digit() && before.is_some_and(|byte| byte.is_ascii_alphabetic());
            if byte.is_ascii_uppercase() && (lower_before || acronym_ends) || digits_begin {
                self.close(&mut open);
            }
            self.letters.0[self.used] = byte.to_ascii_lowercase();
            self.used += 1;
            open = true;
        }
        self.close(&mut open);
    }

    fn close(&mut self, open: &mut bool) {
        if std::mem::take(open) {
            if self.count == MAX_WORDS {
                self.ends.copy_within(1.., 0);
                self.count -= 1;
            }
            // `used` is at most MAX_NAME, which fits.
            self.ends[self.count] = u8::try_from(self.used).unwrap_or(u8::MAX);
            self.count += 1;
        }
    }

    fn to_vec(&self) -> Vec<&str> {
        let mut words = Vec::with_capacity(self.count);
        let mut start = 0;
        for &end in &self.ends[..self.count] {
            let word = &self.letters.0[start..usize::from(end)];
            words.push(std::str::from_utf8(word).expect("only ASCII letters and digits are kept"));
            start = usize::from(end);
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_by_how_they_end() {
        for (name, label) in [
            ("password", "PASSWORD"),
            ("DB_PASSWORD", "PASSWORD"),
            ("smtpPass", "PASSWORD"),
            ("MY_API_KEY", "API_KEY"),
            ("apiKey", "API_KEY"),
            ("X-Api-Key", "API_KEY"),
            ("stripeapikey", "API_KEY"),
            ("AWS_SECRET_ACCESS_KEY", "SECRET"),
            ("clientSecret", "SECRET"),
            ("GITHUB_TOKEN_2", "TOKEN"),
            ("refreshToken", "TOKEN"),
            ("accessTokens", "TOKEN"),
            ("Authorization", "AUTHORIZATION"),
            ("Set-Cookie", "COOKIE"),
            ("STRIPE_KEY", "KEY"),
            ("password_hash", "PASSWORD"),
            ("token", "TOKEN"),
            ("secret_id", "SECRET"),
            ("connectionString", "CONNECTION_STRING"),
            ("max_tokens", ""),
            ("token_count", ""),
            ("input_tokens", ""),
            ("tokenizer", ""),
            ("session_id", ""),
            ("public_key", ""),
            ("sort_key", ""),
            ("key", ""),
            ("monkey", ""),
            ("author", ""),
            ("token_type", ""),
            ("passwordField", ""),
        ] {
            let expected = (!label.is_empty()).then_some(label);
            assert_eq!(sensitive_label(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn every_sensitive_name_has_a_trigger() {
        for name in [
            "password",
            "user_pass",
            "api_key",
            "apiKey",
            "x-api-key",
            "clientSecret",
            "authToken",
            "credentials",
            "Authorization",
            "npm_auth",
            "Cookie",
            "connectionString",
            "jwt",
            "STRIPE_KEY",
            "accountKey",
        ] {
            let lower = name.to_ascii_lowercase();
            assert!(TRIGGERS.iter().any(|trigger| format!("{lower}=").contains(trigger)), "{name}");
        }
    }
}
