//! Secrets that are parts of an environment variable's value.

use super::environment::is_telling;
use super::sensitive::sensitive as sensitive_name;
use super::{Preset, Scrubber, digit64};

/// The longest value that is searched for parts, in bytes. A longer one holds its secrets as a document does.
const LONGEST: usize = 64 << 10;
/// The longest user before a password, in bytes.
const LONGEST_USER: usize = 64;
/// The longest base64 of a user and a password, in bytes.
const LONGEST_PAIR: usize = 4 << 10;
/// The most secrets that rules find in one value, and the most members of it, that are known by themselves.
const MOST: usize = 32;
/// The rule for tokens identified by their looks alone. Its findings are ignored, since nothing else says
/// that they are secrets.
const BY_LOOKS: &str = "base64-blob";

/// Returns what in the value of the variable `name` is a secret by itself: what rules find in `NAME=VALUE`;
/// if the value is `sensitive` as a whole, what follows a scheme (`Bearer`) or a user, what is in quotes, its
/// members, and what it is the base64 of; and of each of these that is a user and a password in base64, the
/// password.
pub(super) fn secrets_held_in(name: &str, value: &str, sensitive: bool) -> Vec<String> {
    let value = value.trim();
    // The cheap test comes first: most variables are settings.
    if value.len() > LONGEST || !is_telling(value) {
        return Vec::new();
    }
    // A document that is a secret as a whole is already taken apart into its strings.
    let document = sensitive && value.starts_with(['{', '[']);
    let mut held =
        if !document && may_hold(name, value, sensitive) { found_in(name, value) } else { Vec::new() };
    if sensitive {
        let bare = unquoted(value);
        held.extend([bare, after_scheme(bare), after_user(bare)].map(str::to_owned));
        if !document {
            held.extend(members(bare).take(MOST).map(str::to_owned));
        }
        if says_base64(name) {
            held.extend(decoded(bare));
        }
    }
    let passwords: Vec<String> = held.iter().filter_map(|pair| password_in_base64(pair)).collect();
    held.extend(passwords);
    held
}

/// Whether it is worth asking the rules, which costs some milliseconds the first time. A setting neither
/// contains a word that secrets are called by nor is called by one, and a sensitive value of one word is
/// known as it is. `PWD` is in every environment and is a path.
fn may_hold(name: &str, value: &str, sensitive: bool) -> bool {
    const WORDS: [&str; 9] =
        ["pass", "pwd", "key", "secret", "token", "auth", "credential", "bearer", "sig="];
    let lower = value.to_ascii_lowercase();
    let speaks = || WORDS.iter().any(|word| lower.contains(word));
    let is_one_word = || !value.contains([' ', '=', ':', ';', '&', '"']);
    let called = || sensitive_name(name.as_bytes()).is_some() && !value.starts_with(['/', '.', '~']);
    if sensitive { !is_one_word() && speaks() } else { called() || speaks() }
}

/// Returns what rules find in the value.
fn found_in(name: &str, value: &str) -> Vec<String> {
    let text = format!("{name}={value}");
    let start = name.len() + 1;
    let found = Scrubber::new(Preset::Balanced).findings(text.as_bytes());
    let found = found.into_iter().filter(|finding| *finding.rule != *BY_LOOKS && finding.end > start);
    found
        .filter_map(|finding| text.get(finding.start.max(start)..finding.end))
        .map(|found| unquoted(found.trim()).to_owned())
        .take(MOST)
        .collect()
}

/// Returns the value without the quotes around it.
fn unquoted(value: &str) -> &str {
    let bare = ['"', '\'', '`'].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    bare.unwrap_or(value)
}

/// Returns what follows the name of an authentication scheme, or else the value.
fn after_scheme(value: &str) -> &str {
    const SCHEMES: [&str; 4] = ["bearer", "basic", "token", "apikey"];
    let parted = value
        .split_once(' ')
        .filter(|(scheme, _)| SCHEMES.iter().any(|other| scheme.eq_ignore_ascii_case(other)));
    parted.map_or(value, |(_, rest)| rest.trim_start())
}

/// Returns what follows a user and a colon, or else the value.
fn after_user(value: &str) -> &str {
    let is_user = |user: &str| {
        (1..=LONGEST_USER).contains(&user.len())
            && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._@-+".contains(&byte))
    };
    let parted = value.split_once(':').filter(|(user, rest)| is_user(user) && !rest.starts_with("//"));
    parted.map_or(value, |(_, password)| password)
}

/// Returns what is between the commas, semicolons and white space of a value, each without its `name=`, if
/// there are several or one is named. Words, which have no digit, are left out.
fn members(value: &str) -> impl Iterator<Item = &str> {
    let is_between = |c: char| matches!(c, ',' | ';') || c.is_whitespace();
    let parts = value.split(is_between).filter(move |_| value.contains(is_between) || value.contains('='));
    let parts = parts.map(|part| unquoted(part.split_once('=').map_or(part, |(_, member)| member)));
    parts.filter(|part| part.bytes().any(|byte| byte.is_ascii_digit()))
}

/// Whether a name says that its value is base64.
fn says_base64(name: &str) -> bool {
    let last = name.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    ["base64", "b64"].iter().any(|other| last.eq_ignore_ascii_case(other))
}

/// Returns the password of `user:password` in base64, as Docker and basic authentication have it.
pub(super) fn password_in_base64(value: &str) -> Option<String> {
    let pair = decoded(value)?;
    let password = after_user(&pair);
    (password.len() < pair.len()).then(|| password.to_owned())
}

/// Returns what a value is the base64 of, if that is a line of text.
fn decoded(value: &str) -> Option<String> {
    let digits = value.trim_end_matches('=').as_bytes();
    if !(8..=LONGEST_PAIR).contains(&digits.len()) {
        return None;
    }
    let text = String::from_utf8(digit64::decode_unpadded(digits)?).ok()?;
    let text = text.trim_end_matches('\n');
    (!text.contains(char::is_control)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::scrub::{KnownValues, secrets_from};

    /// Returns what becomes known from a variable, without the value as a whole.
    fn parts(name: &str, value: &str) -> Vec<String> {
        let secrets = secrets_from([(name.to_owned(), value.to_owned())], |_| false);
        let texts = secrets.into_iter().map(|(_, secret)| String::from_utf8_lossy(&secret).into_owned());
        texts.filter(|text| text != value).collect()
    }

    #[test]
    fn the_password_in_a_value_is_known_by_itself() {
        let p = ["Wq7", "Rk2mXw9Tb4", "Zc6"].concat();
        // The base64 of `bob:` and the password, by another tool.
        let pair = "Ym9iOldxN1JrMm1YdzlUYjRaYzY=";
        for (name, value) in [
            ("API_TOKEN", format!("Bearer {p}")),
            ("SMTP_AUTH", format!("bob:{p}")),
            ("DB_PASSWORD", format!("\"{p}\"")),
            ("MY_SECRET", format!("'{p}'")),
            (
                "AZURE_STORAGE_CONNECTION_STRING",
                format!(
                    "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={p}{p}{p}{p}{p}abcdef==;EndpointSuffix=core.windows.net"
                ),
            ),
            (
                "MAIN_DB",
                format!("Server=tcp:db.example.com,1433;Database=app;User ID=bob;Password={p};Encrypt=true"),
            ),
            ("JDBC_URL", format!("jdbc:postgresql://db.example.com/app?user=bob&password={p}")),
            ("SQL_URL", format!("jdbc:sqlserver://db.example.com:1433;user=bob;password={p};encrypt=true")),
            ("PG_DSN", format!("host=db.example.com user=bob password={p} dbname=app")),
            ("API_TOKENS", format!("a1B2c3D4e5F6g7,{p}; other")),
            ("COOKIE", format!("session={p}")),
            ("SESSION_COOKIE", format!("lang=en; sid={p}")),
            // The base64 of the password and a line break.
            ("DB_PASSWORD_BASE64", "V3E3UmsybVh3OVRiNFpjNgo=".to_owned()),
            (
                "DOCKER_AUTH_CONFIG",
                format!("{{\"auths\": {{\"registry.example.com\": {{\"auth\": \"{pair}\"}}}}}}"),
            ),
        ] {
            let parts = parts(name, &value);
            assert!(parts.iter().any(|part| part.starts_with(&p)), "{name}: {parts:?}");
        }
    }

    #[test]
    fn the_password_in_base64_in_a_document_is_known() {
        let (p, pair) = (["Wq7", "Rk2mXw9Tb4", "Zc6"].concat(), "Ym9iOldxN1JrMm1YdzlUYjRaYzY=");
        let document = format!(r#"{{"auths": {{"registry.example.com": {{"auth": "{pair}"}}}}}}"#);
        let known = KnownValues::new([("REGISTRY_SECRET", &document)]).expect("it is long enough");
        let mut hits = Vec::new();
        known.find(p.as_bytes(), &mut hits);
        assert_eq!(hits.len(), 1);
    }

    #[test]
    fn names_that_tell_only_here_are_taken() {
        let p = ["Wq7", "Rk2mXw9Tb4", "Zc6Vn8Ls3Yd5Hf1"].concat();
        for name in ["GH_PAT", "TF_TOKEN_app_terraform_io", "HMAC", "HMAC_SHA256"] {
            let found = secrets_from([(name.to_owned(), p.clone())], |_| false);
            assert_eq!(found, [(name.to_owned(), p.clone().into_bytes())], "{name}");
        }
        let phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow";
        let found = secrets_from([("MNEMONIC".to_owned(), phrase.to_owned())], |_| false);
        assert_eq!(found.len(), 1);
        let body = "MIIEpAIBAAKCAQEAq7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0Pa8Ue3".repeat(2);
        let pem =
            ["-----BEGIN RSA ", "PRIVATE KEY-----\n", &body, "\n-----END RSA ", "PRIVATE KEY-----"].concat();
        assert!(!secrets_from([("PRIVATE_PEM".to_owned(), pem)], |_| false).is_empty());
    }

    #[test]
    fn settings_have_no_parts() {
        for (name, value) in [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("LANG", "en_US.UTF-8"),
            ("HMAC_ALGORITHM", "SHA-256-of-ours"),
            ("GLOB_PAT", "*.py[co] and others"),
            ("PROMPT_COMMAND", "history -a; echo done"),
            (
                "DBUS_SESSION_BUS_ADDRESS",
                "unix:path=/run/user/1000/bus,guid=a1b2c3d4e5f60718293a4b5c6d7e8f90",
            ),
            ("PIP_INDEX_URL", "https://pypi.example.com/simple"),
            ("MAX_TOKENS", "200000"),
            ("KUBERNETES_PORT", "tcp://10.0.0.1:443"),
            ("LS_COLORS", "rs=0:di=01;34:ln=01;36:mh=00:pi=40;33"),
            ("INVOCATION_ID", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
        ] {
            assert_eq!(parts(name, value), [""; 0], "{name}");
        }
    }
}
