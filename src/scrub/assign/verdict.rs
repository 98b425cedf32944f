//! Whether a value under a sensitive name is a secret, or code, a type, a placeholder, a sentence: the tests
//! that all values have in common, and those of quoted values.

use super::super::escape::Quote;
use super::super::placeholder::{holds_mask, is_placeholder};
use super::super::sensitive::Strength;
use super::super::validate::{Validator, is_passphrase};
use super::super::{entropy, line_continuation, naming, slot};
use super::name::Name;
pub(super) use super::non_secret::looks_secret;
use super::non_secret::{
    is_address, is_base32, is_command, is_formatted, is_home_path, is_knotted, is_markup, is_pattern,
    is_pointed, is_setting,
};
use super::operator::Operator;
use super::{Values, code, echo, header, prose, ui_text, word_password, yaml_explicit_key};

/// Whether a quoted value is redacted, as a secret or, where the name has [`Values::Words`], as a word.
pub(super) fn quoted(text: &[u8], name: &Name, operator: Operator, quote: Quote, value: &[u8]) -> bool {
    quoted_secret(text, name, operator, quote, value)
        || name.values == Values::Words && word_password::quoted(text, name, operator, value)
}

/// Whether a quoted value is a secret.
fn quoted_secret(text: &[u8], name: &Name, operator: Operator, quote: Quote, value: &[u8]) -> bool {
    let label = name.sensitive.label;
    let is_secret = match operator {
        _ if name.sensitive.strength == Strength::Faint => is_random_value(text, name, operator, value),
        Operator::Comma => {
            looks_secret(value)
                || is_set_by_call(text, name, value)
                || is_default(text, name) && has_mixture(value) && value.len() >= 6
        }
        Operator::Inside => is_chosen_inside(name, value),
        Operator::Beside => stands_out(name, value) || prose::is_number_on_line(text, name, value),
        // What a name is compared with is often the name of a state.
        Operator::Compared => looks_secret(value) || label == "PASSWORD" && has_mixture(value),
        _ => {
            name.sensitive.strength == Strength::Strong
                || weak_value(name, value)
                || is_chosen_beside_user(text, name, value)
        }
    };
    // Too short for a secret: `<a accesskey="n">` names a key of the keyboard, `"passwd": "$"` a type.
    let shortest = if label == "KEY" { 4 } else { 2 };
    let cookie = label == "COOKIE" && header::has_cookie(value);
    is_secret
        && value.len() >= shortest
        && !is_open(name, value)
        && !value.starts_with(b"//")
        && (cookie || !is_placeholder(value) && !is_covered(value) && !slot::is_in_value(value))
        && !is_markup(value)
        && !(label != "PASSWORD" && is_formatted(value))
        && !is_pattern(value)
        && !code::is_between_strings(value)
        && !code::is_part_of_command(value)
        && !code::is_generic(value)
        && !code::is_module_name(&text[name.start..name.end], value)
        && (!echo::is_choice(text, name) || yaml_explicit_key::operator(text, name).is_some())
        && !(label != "PASSWORD" && (code::is_count(value) || code::is_migration(value)))
        && (!is_address(value) || label == "PASSWORD" && (is_pointed(value) || is_passphrase(value)))
        && !value.starts_with(b"arn:")
        && !is_setting(value)
        && !is_home_path(value)
        && !(is_version(value) && (label != "PASSWORD" || !value[0].is_ascii_digit()))
        && (label == "PASSWORD" || !is_file(value))
        && (label != "CONNECTION_STRING" || connects_with_secret(value))
        && (label != "COOKIE" || value[0] != b';' && header::sets_cookie(value) || looks_secret(value))
        && !(quote.byte == b'`' && matches!(value[0], b' ' | b'.' | b',' | b')' | b']' | b'}' | b';'))
        && !is_blank(value)
        && !(quote.byte == b'`' && operator == Operator::Equals { spaced: false } && is_command(value))
        && !echo::repeats_name(text, name, value)
        && !echo::is_constant(name, value)
        && !echo::is_prose(text, name, value)
        && !header::is_header_name(value)
        && !ui_text::reads_as_label(name, operator, value)
        && !ui_text::is_foreign(value)
        && !ui_text::is_rules(value)
        && !ui_text::is_phrase(text, name, value)
}

/// Whether the value is nothing but escaped line breaks and tabs: `"\n".join(codes)`.
fn is_blank(value: &[u8]) -> bool {
    value.chunks(2).all(|pair| matches!(pair, [b'\\', b'n' | b'r' | b't']))
}

/// Whether the value is a version number: `"PyJWT": "2.9.0"`, `"mock-token": "^4.6.6"`,
/// `htpasswd: 13.0.0-next-8.29`.
pub(super) fn is_version(value: &[u8]) -> bool {
    let value = value.iter().position(|byte| !b"^~>=<v ".contains(byte)).map_or(value, |at| &value[at..]);
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let (number, rest) = value.split_at(digits);
    let points = memchr::memchr_iter(b'.', number).count();
    let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-+".contains(byte);
    points > 0
        && (rest.is_empty()
            || points == 2 && matches!(rest[0], b'-' | b'+') && rest.len() <= 16 && rest.iter().all(inner))
}

/// Whether the value is the path of a file: `"storage_key": "c108269c/8a72d3a2.jpg"`.
fn is_file(value: &[u8]) -> bool {
    let Some(dot) = memchr::memrchr(b'.', value) else { return false };
    let (path, extension) = (&value[..dot], &value[dot + 1..]);
    memchr::memchr(b'/', path).is_some()
        && (2..=5).contains(&extension.len())
        && extension.iter().all(u8::is_ascii_lowercase)
        && path.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(byte))
}

/// Whether the name is the first argument of a call that reads the environment, so that the second one is the
/// default: `getenv("PASSWORD", "hardcoded5")`.
fn is_default(text: &[u8], name: &Name) -> bool {
    let before = &text[name.start.saturating_sub(24)..name.start];
    let open = before.iter().rposition(|&byte| byte == b'(').unwrap_or(0);
    let call = before[..open].to_ascii_lowercase();
    let chosen = matches!(name.sensitive.label, "PASSWORD" | "SECRET");
    chosen
        && !call.ends_with(b"setenv")
        && [b"env".as_slice(), b"environ.get", b"getproperty", b"getordefault"]
            .iter()
            .any(|ask| call.ends_with(ask))
}

/// Whether a string is a password or a key whose list or map has the name of one: what secrets are
/// called stands below `secrets`, too.
fn is_chosen_inside(name: &Name, value: &[u8]) -> bool {
    let chosen = Validator::HumanPassword.accepts(value) && !value.contains(&b' ');
    let mixed =
        value.iter().any(u8::is_ascii_uppercase) || value.iter().any(|byte| b"!@#$%^&*?+~".contains(byte));
    looks_secret(value) || chosen && (name.sensitive.label == "PASSWORD" || mixed)
}

/// Whether a password may be a word because a user is named before it, or because its name is a variable of a
/// shell or of Perl: `{"user": "bob", "pass": "swordfish"}`, `my $pass = 'letmein';`.
fn is_chosen_beside_user(text: &[u8], name: &Name, value: &[u8]) -> bool {
    const NEAR: usize = 64;
    let before = text[name.start.saturating_sub(NEAR)..name.start].to_ascii_lowercase();
    let users = [b"user".as_slice(), b"login", b"email"];
    let beside = users.iter().any(|user| memchr::memmem::find(&before, user).is_some());
    let variable = name.start > 0 && text[name.start - 1] == b'$';
    name.sensitive.label == "PASSWORD"
        && value.len() >= 6
        && !value.contains(&b' ')
        && (beside && (name.quote.is_some() || has_mixture(value)) || variable)
}

/// Whether the value is what a manual writes for a flag's argument, or after the flag: `--cookies FILE`,
/// `--api-key provider=`, `the --password option`.
pub(super) fn is_argument_name(name: &Name, value: &[u8]) -> bool {
    const WORDS: [&[u8]; 26] = [
        b"are",
        b"is",
        b"option",
        b"options",
        b"parameter",
        b"argument",
        b"flag",
        b"switch",
        b"field",
        b"needs",
        b"with",
        b"when",
        b"must",
        b"instead",
        b"should",
        b"from",
        b"format",
        b"setting",
        b"together",
        b"unless",
        b"respectively",
        b"command",
        b"flags",
        b"will",
        b"requires",
        b"only",
    ];
    let upper = |byte: &u8| byte.is_ascii_uppercase() || b"_-=|[]<>".contains(byte);
    let word = value.iter().all(u8::is_ascii_lowercase);
    let chosen = matches!(name.sensitive.label, "PASSWORD" | "SECRET");
    let cookie = name.sensitive.label == "COOKIE";
    value.iter().all(upper)
        || value.ends_with(b"=")
        || memchr::memmem::find(value, br"\f[").is_some()
        || WORDS.contains(&value)
        || !chosen && word
        || cookie && !value.contains(&b'=')
}

/// Whether a call that is named for a password has one as its argument: `setPassword("Welcome1!")`,
/// `PASSWORD('Welcome1!')`, `SecretStr("Welcome1!")`.
fn is_set_by_call(text: &[u8], name: &Name, value: &[u8]) -> bool {
    let call = text[name.start..name.end].to_ascii_lowercase();
    let code = value.iter().any(|byte| matches!(byte, b'(' | b')' | b':' | b'/'));
    let chosen = call.ends_with(b"password") && stands_out(name, value)
        || call.ends_with(b"secretstr") && Validator::HumanPassword.accepts(value);
    name.quote.is_none() && !code && chosen
}

/// Whether the value is not confidential: a key that is made to be published, the ID of an `OpenPGP` key,
/// text of a form, or a shell's working directory.
pub(super) fn is_open(name: &Name, value: &[u8]) -> bool {
    let label = name.sensitive.label;
    let key = matches!(label, "KEY" | "API_KEY" | "TOKEN");
    let directory = label == "PASSWORD"
        && name.sensitive.strength == Strength::Weak
        && matches!(value, [b'/', ..] | [b'.' | b'~', b'/', ..]);
    key && (naming::is_published(value) || name.openpgp && is_key_id(value))
        || naming::is_form_text(value)
        || directory
}

/// Whether the value is the ID of a public key: 8, 16 or 40 hexadecimal digits.
fn is_key_id(value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"0x").unwrap_or(value);
    matches!(digits.len(), 8 | 16 | 40) && digits.iter().all(u8::is_ascii_hexdigit)
}

/// Whether a value that only follows its name cannot be a word of a sentence.
pub(super) fn stands_out(name: &Name, value: &[u8]) -> bool {
    let password = name.sensitive.label == "PASSWORD" && value.len() >= 6 && !value.contains(&b' ');
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let written = value.iter().any(|byte| matches!(byte, b'\\' | b'{' | b'}'));
    let chosen = has_mixture(value) && digits > 0 && !naming::is_name(value)
        || Validator::HumanPassword.accepts(value)
        || is_knotted(value);
    !written && looks_secret(value) || password && !written && chosen
}

/// Whether the value of a name that only mentions a secret ([`Strength::Faint`]) is a secret.
pub(super) fn is_random_value(text: &[u8], name: &Name, operator: Operator, value: &[u8]) -> bool {
    let assigned = matches!(operator, Operator::Equals { .. } | Operator::Colon);
    let mixed = value.iter().any(u8::is_ascii_uppercase) && value.iter().any(u8::is_ascii_lowercase);
    // Many things have a key, but a header of that name holds a secret: `-H "Key: ..."`.
    let bare = matches!(&text[name.start..name.end], b"key" | b"KEY" | b"Key");
    let header = || {
        let before = &text[name.start.saturating_sub(16)..name.start];
        let end = before.iter().rposition(|byte| !b"\"'\\".contains(byte)).map_or(0, |last| last + 1);
        end < before.len() && before[..end].ends_with(b"-H ")
    };
    let long = value.len() >= 24;
    // The salt in `pbkdf2(password, salt='...')` is one that is stored beside a digest.
    let salt = text[name.start..name.end].trim_ascii_end().eq_ignore_ascii_case(b"salt");
    let variable = || line_continuation::begins_line(text, name.start) || text[..name.start].ends_with(b"$");
    if salt && (value.len() < 20 || !variable()) {
        return false;
    }
    // The key of a service that is called with it: `['endpoint' => 'https://api.acme.com', 'key' => '...']`.
    let called = || {
        let before = &text[name.start.saturating_sub(160)..name.start];
        [b"endpoint".as_slice(), b"base_url", b"api_url", b"://api."]
            .iter()
            .any(|word| memchr::memmem::find(before, word).is_some())
    };
    // Regular expressions: `ft_ignore_pat = '\.\(Z\|gz\)$'`.
    let written = |byte: &u8| b"\\()[]{}|^*<>".contains(byte);
    if name.sensitive.label != "PASSWORD" && value.iter().any(written) {
        return false;
    }
    assigned
        && value.len() >= 12
        && Validator::Random.accepts(value)
        && (!bare
            || long && (mixed || header() || called())
            || operator == Operator::Colon && is_base32(value))
}

/// Whether the value is neither the name of something nor a digest that is named as one.
pub(super) fn is_plain(name: &Name, value: &[u8]) -> bool {
    !echo::is_constant(name, value) && !naming::is_constant(value) && !naming::is_named_digest(value)
}

/// Whether a connection string holds more than hosts and names: `Server=x;User=y` holds no secret.
fn connects_with_secret(value: &[u8]) -> bool {
    // `postgresql://user@host:5432/name`
    if let Some(at) = memchr::memmem::find(value, b"://") {
        let rest = &value[at + 3..];
        let user = memchr::memchr(b'@', rest).map(|at| &rest[..at]);
        let known = user.is_none_or(|user| !user.is_empty() && user.iter().all(u8::is_ascii_alphanumeric));
        if known && !rest.contains(&b'=') {
            return false;
        }
    }
    let lower = value.to_ascii_lowercase();
    let fields = memchr::memchr(b';', &lower).is_some() && memchr::memchr(b'=', &lower).is_some();
    let words = ["pass", "pwd", "secret", "key", "token", "sig", "cred", "pw="];
    let named =
        |field: &[u8]| words.iter().any(|word| memchr::memmem::find(field, word.as_bytes()).is_some());
    // `concat('Data Source=', parameters('a'), ...)`
    let built = lower.starts_with(b"concat(") || lower.starts_with(b"[concat(");
    let mut each = lower.split(|&byte| byte == b';').zip(value.split(|&byte| byte == b';'));
    !fields
        || !built
            && each.any(|(lower, field)| {
                let sign = memchr::memchr(b'=', field).map_or(0, |sign| sign + 1);
                named(lower) && !is_placeholder(&field[sign..])
            })
}

/// Whether the value contains a mask that is at least half of it: `hf_xxxxxxxxxxxxxxxx`, `SKXXXXXXXX`.
pub(super) fn is_covered(value: &[u8]) -> bool {
    let masks = value.iter().filter(|byte| matches!(byte, b'x' | b'X' | b'*' | b'.' | b'0')).count();
    holds_mask(value) && masks * 2 >= value.len()
}

/// Whether the value is letters that form no words and no name: `CYeaFzUVOpssPQ`.
pub(super) fn is_unreadable(value: &[u8]) -> bool {
    value.len() >= 10
        && value.iter().all(u8::is_ascii_alphabetic)
        && value.iter().any(u8::is_ascii_uppercase)
        && value.iter().any(u8::is_ascii_lowercase)
        && !entropy::is_wordy(value)
        && !naming::is_name(value)
}

/// Whether the value of a name that may mean many things ([`Strength::Weak`]) is a secret.
pub(super) fn weak_value(name: &Name, value: &[u8]) -> bool {
    looks_secret(value)
        || name.sensitive.label == "PASSWORD"
            && (stands_out(name, value) || is_unreadable(value) || Validator::HumanPassword.accepts(value))
        || name.sensitive.label == "AUTHORIZATION" && header::is_user_and_password(value)
}

/// Whether the value has letters, and digits or punctuation.
pub(super) fn has_mixture(value: &[u8]) -> bool {
    let digits = value.iter().any(u8::is_ascii_digit);
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    let other = value.iter().any(|byte| !byte.is_ascii_alphanumeric());
    letters && (digits || other)
}
