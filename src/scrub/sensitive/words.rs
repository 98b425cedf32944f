//! The words that sensitive names are made of.

/// Every label that a name can give.
#[rustfmt::skip]
pub(crate) const LABELS: &[&str] = &[
    "PASSWORD", "SECRET", "CREDENTIAL", "AUTHORIZATION", "COOKIE", "JWT", "API_KEY", "TOKEN",
    "PRIVATE_KEY", "CONNECTION_STRING", "KEY",
];

/// Words for a password in other languages, without the letters that ASCII lacks. [`super::foreign`] has those
/// that are written with them.
pub(crate) const FOREIGN_PASSWORDS: [&str; 15] = [
    "passwort",
    "passord",
    "kennwort",
    "wachtwoord",
    "contrasena",
    "motdepasse",
    "senha",
    "senhas",
    "heslo",
    "haslo",
    "salasana",
    "adgangskode",
    "losenord",
    "jelszo",
    "sifre",
];

/// Stems that are triggers as they are, because they are rare in text that has no secrets.
#[rustfmt::skip]
const RARE_STEMS: &[&str] = &[
    "passw", "dbpass", "userpass", "psk", "pwd", "secret", "token", "apikey", "api.key", "api key", "accesskey",
    "privatekey", "accountkey", "authkey", "sharedkey", "signingkey", "encryptionkey", "masterkey",
    "servicekey", "subscriptionkey", "clientkey", "storagekey", "licensekey", "appkey", "deploykey",
    "sshkey", "adminkey", "integrationkey", "serverkey", "webhookkey", "credential", "creds", "authorization",
    "clave", "basicauth", "authtok", "ticketsalt", "pepper", "cookie", "jwt", "macaroon",
];

/// Stems that are parts of many other words (`monkey`, `author`, `compass`, `basalt`), so that they are
/// triggers only as the last part of a name: with what joins it to the part before, or with what separates it
/// from its value.
///
/// So no trigger is in a name of such a stem alone with a word that qualifies it (`auth_prod`), in one word
/// with it that is not listed (`walletkey_prod`), nor in its plural in camel case (`walletKeys`). Where a dot
/// joins the parts of a name, they are members of something in code (`auth.code`).
pub(super) const AMBIGUOUS_STEMS: [&str; 5] = ["pass", "pw", "key", "auth", "salt"];
/// What joins such a stem to the part of the name before it.
const JOINTS: [&str; 2] = ["_", "-"];
/// What follows such a stem at the end of a name: an assignment, a quote, also an escaped one, or the end of a
/// tag.
const SEPARATORS: [&str; 8] = ["=", ":", " =", " :", "\"", "'", "\\", ">"];

/// Stems of two words, which may be written as one or joined.
const PAIRED_STEMS: [(&str, &str); 15] = [
    ("pass", "phrase"),
    ("pass", "code"),
    ("activation", "code"),
    ("access", "code"),
    ("auth", "code"),
    ("unlock", "code"),
    ("backup", "code"),
    ("recovery", "code"),
    ("otp", "seed"),
    ("mfa", "seed"),
    ("code", "verifier"),
    ("snmp", "community"),
    ("community", "string"),
    ("connection", "string"),
    ("conn", "string"),
];

/// Triggers that are no stem with one of the separators.
const OTHER_TRIGGERS: [&str; 7] = [
    // The value of a tag or of a column, and a search for the name in what a command prints.
    "pass<",
    ",pass",
    "grep pass",
    // An array of C, and what is set in columns: `char PASS[] = "..."`, `pass    = "..."`.
    "pass[",
    "pass  ",
    // A member: `smtp.pass`. `.key` is the end of a file name, and `.auth` of a module.
    ".pass",
    // A personal access token: `_pat` begins `_path` and `_pattern`.
    "-pat=",
];

/// Triggers: what the prefilter searches a text for, in lower case. A name without one of them is not found in
/// text.
pub(crate) fn triggers() -> impl Iterator<Item = String> {
    let whole = RARE_STEMS.iter().chain(&FOREIGN_PASSWORDS).chain(PASSES).chain(&OTHER_TRIGGERS);
    let ambiguous = AMBIGUOUS_STEMS.iter().flat_map(|stem| {
        let joined = JOINTS.iter().map(move |joint| format!("{joint}{stem}"));
        joined.chain(SEPARATORS.iter().map(move |separator| format!("{stem}{separator}")))
    });
    let pairs = PAIRED_STEMS.iter().flat_map(|(first, second)| {
        ["", "_", "-"].into_iter().map(move |joint| format!("{first}{joint}{second}"))
    });
    let pat = SEPARATORS.iter().map(|separator| format!("_pat{separator}"));
    whole.map(|&word| word.to_owned()).chain(ambiguous).chain(pairs).chain(pat)
}

/// Every sensitive name of ASCII contains one of these or of [`FOREIGN_PASSWORDS`], in any case.
pub(super) const STEMS: [&str; 20] = [
    "pass",
    "pwd",
    "pw",
    "psk",
    "secret",
    "tok",
    "key",
    "cred",
    "auth",
    "cookie",
    "jwt",
    "pat",
    "salt",
    "pepper",
    "seed",
    "code",
    "string",
    "community",
    "clave",
    "macaroon",
];

/// Ends that make a name a description of a secret rather than the secret.
#[rustfmt::skip]
pub(crate) const DESCRIPTIVE: &[&str] = &[
    "id", "ids", "name", "names", "type", "types", "count", "counts", "limit", "limits", "length",
    "len", "size", "url", "urls", "uri", "endpoint", "path", "paths", "file", "files", "filename",
    "dir", "field", "fields", "label", "hint", "prompt", "policy", "expiry", "expires", "expiration",
    "ttl", "index", "idx", "status", "state", "usage", "used", "budget", "version", "algorithm", "alg",
    "header", "headers", "format", "pattern", "patterns", "regex", "required", "enabled", "disabled",
    "present", "mask", "placeholder", "description", "title", "text", "manager", "provider", "store",
    "service", "class", "method", "function", "fn", "func", "handler", "callback", "in", "at", "by",
    "per", "rate", "cost", "price", "window", "position", "offset", "start", "end", "stream", "list",
    "map", "table", "column", "row", "model", "input", "output", "form", "page", "button", "icon",
    "error", "errors", "message", "event", "scope", "scopes", "audience", "issuer", "kind", "mode",
    "option", "options", "config", "settings", "rotation", "age", "date", "time", "timestamp", "link",
    "ref", "reference", "shape", "env", "var", "variable", "strength", "min", "max", "total",
    "remaining", "jar", "parser", "banner", "consent",
];

/// Words that qualify the word before them and mean nothing by themselves.
#[rustfmt::skip]
pub(crate) const QUALIFIERS: &[&str] = &[
    "value", "val", "str", "string", "raw", "plain", "plaintext", "clear", "cleartext", "encoded",
    "base", "b", "hex", "prod", "production", "dev", "development", "test", "testing", "staging",
    "stage", "local", "live", "sandbox", "old", "new", "current", "previous", "next", "primary",
    "secondary", "default", "main", "backup", "temp", "tmp", "data", "hash", "hashed", "encrypted",
    "enc", "literal", "here", "confirm", "confirmation", "again", "repeat",
];

/// Names of passwords written as one word; `bypass` and `compass` are other words.
#[rustfmt::skip]
pub(crate) const PASSES: &[&str] = &[
    "controlpass", "smtppass", "mailpass", "emailpass", "ftppass", "sftppass", "adminpass", "rootpass",
    "sqlpass", "mysqlpass", "pgpass", "loginpass", "sshpass", "sudopass", "bindpass", "keypass",
    "storepass", "mypass", "wifipass", "ldappass", "vpnpass", "authpass", "svnpass", "proxypass",
    "redispass", "requirepass", "masterauth", "dnpass", "remotepass", "localpass", "imappass", "becomepass", "bindpw", "rootpw", "userpw", "dbpw",
];

/// Words before `key` that make it a secret one.
#[rustfmt::skip]
pub(crate) const SECRET_KEYS: &[&str] = &[
    "access", "account", "admin", "app", "application", "auth", "authorization", "authentication",
    "client", "consumer", "crypto", "decryption", "deploy", "encryption", "hmac", "integration", "jwt",
    "license", "licence", "master", "partner", "rsa", "ingest", "security", "server", "service",
    "session", "shared", "signing", "signature", "ssh", "storage", "subscription", "webhook", "write",
    "read", "publishable", "restricted", "project", "personal", "developer", "user", "root", "host",
    "function", "registry", "sas", "aes", "cipher", "kek", "dek", "unseal", "recovery", "chacha", "vault", "symm",
];

/// Words before `key` or `token` with which it is no secret.
#[rustfmt::skip]
pub(crate) const OPEN: &[&str] = &[
    "public", "pub", "foreign", "sort", "partition", "cache", "idempotency", "translation", "dict",
    "object", "map", "hash", "index", "max", "min", "num", "n", "total", "input", "output", "prompt",
    "completion", "cached", "reasoning", "thinking", "context", "avg", "per", "eos", "bos", "pad",
    "unk", "sep", "cls", "mask", "stop", "special", "vocab", "next", "last", "first", "page",
    "pagination", "continuation", "cursor", "sync", "design", "cancellation", "cancel", "current",
    "lexer", "number", "used", "count", "budget", "remaining", "decoded", "new", "old", "added",
    "start", "end", "begin", "recv", "search",
];

/// Words that end in `key` and name no secret key.
pub(crate) const NO_KEYS: &[&str] =
    &["monkey", "turkey", "hotkey", "donkey", "jockey", "hockey", "viewkey", "pubkey"];

/// Words before `pass` that make it one of several stages, or a ticket.
#[rustfmt::skip]
pub(crate) const ROUNDS: &[&str] = &[
    "error", "render", "shader", "compute", "shadow", "depth", "color", "lighting", "first", "second", "final",
    "forward", "backward", "opt", "optimization", "analysis", "compiler", "multi", "single", "boarding", "season",
];

/// Words before `pass` that leave open what it is, so that its value decides (`currentPass="translucent"`,
/// `current_pass=Walnut85`).
#[rustfmt::skip]
pub(crate) const EITHER: &[&str] = &[
    "all", "any", "current", "filter", "circle", "pill", "text", "opaque", "translucent", "to", "pre", "post", "one", "two", "on",
    "horizontal", "vertical",
];

/// Words before `salt` that make it one that is kept secret, as blogs do.
pub(crate) const SALTS: &[&str] = &[
    "signing",
    "encryption",
    "auth",
    "nonce",
    "cookie",
    "in",
    "wp",
    "secure",
    "secret",
    "password",
    "app",
    "session",
    "jwt",
    "ticket",
];

/// Words before `code` that make it one that grants access once.
pub(crate) const CODES: &[&str] = &["activation", "access", "auth", "authorization", "unlock"];
