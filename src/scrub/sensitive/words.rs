//! The words that sensitive names are made of.

/// Every label that a name can give.
#[rustfmt::skip]
pub(crate) const LABELS: &[&str] = &[
    "PASSWORD", "SECRET", "CREDENTIAL", "AUTHORIZATION", "COOKIE", "JWT", "API_KEY", "TOKEN",
    "PRIVATE_KEY", "CONNECTION_STRING", "KEY",
];

/// Triggers: stems of sensitive names, with separators where the stem alone is too frequent. The prefilter
/// searches for them; a name without one of them is not found in text.
#[rustfmt::skip]
pub(crate) const TRIGGERS: &[&str] = &[
    "passw", "passphrase", "passcode", "_pass", "-pass", "pass=", "pass:", "pass =", "pass :", "pass\"", "pass'", "pass\\", "dbpass", "<pass>", "pass<", ",pass", "grep pass",
    "userpass", "psk=", "psk:", "psk\"", "psk\\", "psk =", "psk>", "-psk", "_psk", "pwd", ".pass", "pass>",
    "_pat=", "_pat:", "_pat\"", "_pat'", "_pat =", "_pat>", "-pat=", "otp_seed", "otpseed", "otp-seed",
    "activation_code", "activationcode", "access_code", "accesscode", "auth_code", "authcode", "authorization_code", "unlock_code", "secret", "token", "_key", "-key", "key=", "key:", "key =", "key\"", "key'", "key\\", "apikey", "api.key", "api key", "accesskey",
    "privatekey", "accountkey", "authkey", "sharedkey", "signingkey", "encryptionkey", "masterkey",
    "servicekey", "subscriptionkey", "clientkey", "storagekey", "licensekey", "appkey", "deploykey",
    "sshkey", "adminkey", "integrationkey", "serverkey", "webhookkey", "credential", "creds", "authorization",
    "backup_code", "backupcode", "backup-code", "recovery_code", "recoverycode", "recovery-code", "pw:", "pw=", "pw =", "pw\"", "pw'", "pw\\", "_pw", "kennwort",
    "wachtwoord", "contrasena", "motdepasse", "clave",
    "community_string", "snmp_community", "key>",
    "ticketsalt", "_auth", "-auth", "basicauth", "auth\"", "auth\\", "auth=", "auth =", "authtok", "code_verifier", "codeverifier", "_salt", "salt =", "salt=", "salt\"", "salt'", "salt:", "pepper=", "pepper:", "pepper\"", "_pepper", "bindpw", "rootpw", "userpw", "dbpw", "cookie", "connectionstring", "connection_string", "jwt",
];

/// Every sensitive name of ASCII contains one of these, in any case.
pub(super) const STEMS: [&str; 30] = [
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
    "kennwort",
    "wachtwoord",
    "contrasena",
    "senha",
    "heslo",
    "haslo",
    "salasana",
    "adgangskode",
    "losenord",
    "jelszo",
    "sifre",
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
