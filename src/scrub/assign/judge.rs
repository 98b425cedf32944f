//! Whether a value under a sensitive name is a secret, or code, a type, a placeholder, a sentence.

use super::super::escape::Quote;
use super::super::placeholder::{is_identifier, is_masked, is_placeholder, is_reference};
use super::super::sensitive::Strength;
use super::super::validate::Validator;
use super::super::{entropy, naming};
use super::joint::Joint;
use super::name::Name;
pub(super) use super::shape::looks_secret;
use super::shape::{is_address, is_command, is_pattern, is_pointed, is_signed, is_slot};
use super::{caption, code};
use super::{skip_blank, skip_spaces};

/// Whether a quoted value is a secret.
pub(super) fn quoted(text: &[u8], name: &Name, joint: Joint, quote: Quote, value: &[u8]) -> bool {
    let label = name.sensitive.label;
    let is_secret = match joint {
        _ if name.sensitive.strength == Strength::Faint => is_random_value(text, name, joint, value),
        Joint::Comma => {
            looks_secret(value)
                || is_set_by_call(text, name, value)
                || is_default(text, name) && has_mixture(value) && value.len() >= 6
        }
        Joint::Beside => stands_out(name, value),
        // What a name is compared with is often the name of a state.
        Joint::Compared => looks_secret(value) || label == "PASSWORD" && has_mixture(value),
        _ => {
            name.sensitive.strength == Strength::Strong
                || weak_value(name, value)
                || is_chosen_beside_user(text, name, value)
        }
    };
    // `<a accesskey="n">` names a key of the keyboard, `"passwd": "$"` a type.
    let shortest = if label == "KEY" { 4 } else { 2 };
    is_secret
        && value.len() >= shortest
        && !value.starts_with(b"//")
        && !is_placeholder(value)
        && !is_covered(value)
        && !is_slot(value)
        && !is_pattern(value)
        && (!is_address(value) || label == "PASSWORD" && is_pointed(value))
        && !value.starts_with(b"arn:")
        && (label == "PASSWORD" || !is_version(value) && !is_file(value))
        && (label != "CONNECTION_STRING" || connects_with_secret(value))
        && (label != "COOKIE" || value[0] != b';' && value.contains(&b'=') || looks_secret(value))
        && !(quote.byte == b'`' && joint == Joint::Equals { spaced: false } && is_command(value))
        && !repeats_name(text, name, value)
        && !is_constant(name, value)
        && !is_prose(name, value)
        && !caption::reads_as_label(name, joint, value)
        && !caption::is_foreign(value)
}

/// Whether an unquoted value, which ends at `end` and may stand behind a scheme, is a secret.
pub(super) fn unquoted(
    text: &[u8],
    name: &Name,
    joint: Joint,
    value: &[u8],
    end: usize,
    scheme: bool,
) -> bool {
    let strong = name.sensitive.strength == Strength::Strong;
    if is_placeholder(value)
        || is_covered(value)
        || is_reference(value)
        || is_slot(value)
        || is_address(value)
        || value.starts_with(b"arn:")
        || caption::is_foreign(value)
        || repeats_name(text, name, value)
        || code::is_code(text, name, joint, value, end)
    {
        return false;
    }
    if name.sensitive.strength == Strength::Faint {
        return is_random_value(text, name, joint, value);
    }
    match joint {
        // `const LOG_AUTH: c_int = 4 << 3;`: the line of a header is read to its end.
        Joint::Colon if is_header(name) && memchr::memmem::find(value, b" = ").is_some() => false,
        Joint::Colon if is_header(name) => header_value(name, value, scheme),
        // What tests print: `--- PASS: TestName/5 (0.07s)`.
        Joint::Colon if &text[name.start..name.end] == b"PASS" => false,
        // `NAME: Type = value`: what stands behind the colon is a type.
        Joint::Colon if text[skip_spaces(text, end)..].starts_with(b"= ") => false,
        // `docker build --secret id=npmrc,src=.npmrc`
        Joint::Flag if [b"id=".as_slice(), b"type="].iter().any(|field| value.starts_with(field)) => false,
        Joint::Flag => strong && value.len() >= 4 || looks_secret(value),
        Joint::Equals { spaced: false } => env_value(text, name, value, end),
        Joint::Equals { spaced: true } | Joint::Colon => loose_value(text, name, joint, value),
        Joint::Tag => (strong || weak_value(name, value)) && text[skip_blank(text, end)..].starts_with(b"</"),
        Joint::Beside => stands_out(name, value),
        Joint::Comma | Joint::Compared => false,
    }
}

/// `"PyJWT": "2.9.0"`
fn is_version(value: &[u8]) -> bool {
    value.contains(&b'.') && value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// `"storage_key": "c108269c/8a72d3a2.jpg"`
fn is_file(value: &[u8]) -> bool {
    let Some(dot) = memchr::memrchr(b'.', value) else { return false };
    let (path, extension) = (&value[..dot], &value[dot + 1..]);
    memchr::memchr(b'/', path).is_some()
        && (2..=5).contains(&extension.len())
        && extension.iter().all(u8::is_ascii_lowercase)
        && path.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(byte))
}

/// Whether the name is the first argument of a call that asks the environment, so that the second is what it has else:
/// `getenv("PASSWORD", "hardcoded5")`.
fn is_default(text: &[u8], name: &Name) -> bool {
    let before = &text[name.start.saturating_sub(24)..name.start];
    let open = before.iter().rposition(|&byte| byte == b'(').unwrap_or(0);
    let call = before[..open].to_ascii_lowercase();
    let chosen = matches!(name.sensitive.label, "PASSWORD" | "SECRET");
    chosen && [b"env".as_slice(), b"environ.get", b"getproperty"].iter().any(|ask| call.ends_with(ask))
}

/// Whether `pass` has a word as its value where a user stands in front of it, or is a variable of a shell's or Perl's:
/// `{"user": "bob", "pass": "swordfish"}`, `my $pass = 'letmein';`
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

/// Whether a call that is named for a password has one as its argument: `setPassword("Welcome1!")`, `PASSWORD('Welcome1!')`.
fn is_set_by_call(text: &[u8], name: &Name, value: &[u8]) -> bool {
    let called = text[name.start..name.end].to_ascii_lowercase().ends_with(b"password");
    let code = value.iter().any(|byte| matches!(byte, b'(' | b')' | b':' | b'/'));
    called && name.quote.is_none() && !code && stands_out(name, value)
}

/// Whether what only stands beside the name can be no word of a sentence.
fn stands_out(name: &Name, value: &[u8]) -> bool {
    let password = name.sensitive.label == "PASSWORD" && value.len() >= 6 && !value.contains(&b' ');
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let written = value.iter().any(|byte| matches!(byte, b'\\' | b'{' | b'}'));
    let chosen =
        has_mixture(value) && digits > 0 && !naming::is_name(value) || Validator::Chosen.accepts(value);
    !written && looks_secret(value) || password && !written && chosen
}

/// Whether the value of a name that only mentions a secret is one.
fn is_random_value(text: &[u8], name: &Name, joint: Joint, value: &[u8]) -> bool {
    let assigned = matches!(joint, Joint::Equals { .. } | Joint::Colon);
    let mixed = value.iter().any(u8::is_ascii_uppercase) && value.iter().any(u8::is_ascii_lowercase);
    // Many things have a key; a header that is called so is one: `-H "Key: ..."`.
    let bare = matches!(&text[name.start..name.end], b"key" | b"KEY" | b"Key");
    let header = || {
        let before = &text[name.start.saturating_sub(16)..name.start];
        let end = before.iter().rposition(|byte| !b"\"'\\".contains(byte)).map_or(0, |last| last + 1);
        end < before.len() && before[..end].ends_with(b"-H ")
    };
    let long = value.len() >= 24;
    assigned
        && value.len() >= 12
        && Validator::Random.accepts(value)
        && (!bare || long && (mixed || header()))
}

/// Whether the value, which a cell of a table holds, is neither a name nor a digest.
pub(super) fn is_plain(name: &Name, value: &[u8]) -> bool {
    !is_constant(name, value) && !naming::is_constant(value) && !naming::is_named_digest(value)
}

/// Whether the name may be that of a header, whose value goes on to the line's end.
pub(super) fn is_header(name: &Name) -> bool {
    matches!(name.sensitive.label, "AUTHORIZATION" | "COOKIE")
}

/// Whether the value only says the name again, as constants of enumerations and keyword arguments do
/// (`REFRESH_TOKEN = "refresh-token"`, `login(password=my_password)`).
fn repeats_name(text: &[u8], name: &Name, value: &[u8]) -> bool {
    if name.sensitive.label == "PASSWORD" && (is_numbered_password(value) || is_signed(value)) {
        return false;
    }
    // `PrivateKey: testEd25519PrivateKey`
    let own = &text[name.start..name.end];
    let own = own.rsplit(|&byte| byte == b'.').next().unwrap_or(own);
    if own.len() >= 6 && value.ends_with(own) && value.iter().all(u8::is_ascii_alphanumeric) {
        return true;
    }
    // `Token = Token2`: a number tells names apart. `admin_password = "admin1"` is what people choose.
    let last = value.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |last| last + 1);
    let numbered = value.len() - last == 1;
    let value = if numbered { &value[..last] } else { value };
    let letters = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect()
    };
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    if value.len() > 64 || digits > 1 {
        return false;
    }
    // `password: "PasswordWidget"`.
    let composed = value.first().is_some_and(u8::is_ascii_uppercase)
        && value.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    let password = name.sensitive.label == "PASSWORD";
    let (name, value) = (letters(&text[name.start..name.end]), letters(value));
    let mentions =
        [b"pass".as_slice(), b"pw"].iter().any(|word| memchr::memmem::find(&value, word).is_some());
    if password && numbered && !mentions {
        return false;
    }
    value.len() >= 3
        && (name.ends_with(&value)
            || value.ends_with(&name)
            || name.starts_with(&value)
            || composed && memchr::memmem::find(&value, &name).is_some())
}

/// `hardcoded_password = "hardcoded0"`, `password: "secretpassword_5"`: a number makes a password of words that are none.
/// `password2` is a field of a form.
fn is_numbered_password(value: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_';
    let letters = value.iter().position(|byte| !byte.is_ascii_lowercase()).unwrap_or(value.len());
    let bare = letters == "password".len() && letters + 1 == value.len();
    value.len() >= 8
        && value.last().is_some_and(u8::is_ascii_digit)
        && value.iter().all(inner)
        && !(bare && value.starts_with(b"password"))
}

/// Whether the value is itself the name of something (`SECRET_KEY = "AWS_SECRET_ACCESS_KEY"`). People's
/// passwords may look like that.
fn is_constant(name: &Name, value: &[u8]) -> bool {
    let joined = is_identifier(value) && value.contains(&b'_') && entropy::is_wordy(value);
    (joined || naming::is_constant(value)) && name.sensitive.label != "PASSWORD"
}

/// Whether a connection string holds more than hosts and names: of `Server=x;User=y` nothing is a secret.
fn connects_with_secret(value: &[u8]) -> bool {
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

/// Whether most of the value is a mask (`hf_xxxxxxxxxxxxxxxx`, `SKXXXXXXXX`).
fn is_covered(value: &[u8]) -> bool {
    let masks = value.iter().filter(|byte| matches!(byte, b'x' | b'X' | b'*' | b'.' | b'0')).count();
    is_masked(value) && masks * 2 >= value.len()
}

/// Whether the value is words, where a secret would be random: people choose passwords, machines make
/// tokens and keys (`refresh_token = "token-changed"`, `credentials: "include"`).
fn is_prose(name: &Name, value: &[u8]) -> bool {
    let chosen = matches!(name.sensitive.label, "PASSWORD" | "SECRET" | "CONNECTION_STRING");
    let upper = name.sensitive.label == "API_KEY" && value.contains(&b' ');
    // `INVALID_PASSWORD = "auth/wrong-password"`.
    let mentions = value.iter().any(|byte| matches!(byte, b'-' | b'/' | b':'))
        && [b"assword".as_slice(), b"secret"].iter().any(|word| memchr::memmem::find(value, word).is_some());
    (!chosen || mentions) && !upper && value.len() >= 3 && naming::is_words(value)
}

/// A cookie is `name=value`; other credentials stand behind a scheme or look like secrets.
fn header_value(name: &Name, value: &[u8], scheme: bool) -> bool {
    if name.sensitive.label == "COOKIE" {
        let word = value.iter().position(|&byte| byte == b'=' || byte == b' ').unwrap_or(0);
        return word > 0 && value[word] == b'=' && value.get(word + 1).is_some_and(u8::is_ascii_graphic);
    }
    // `AWS4-HMAC-SHA256 Credential=...`, and no sentence.
    let mut words = value.split(|&byte| byte == b' ').take(2);
    let mut told = || words.any(|word| word.contains(&b'=') || looks_secret(word));
    scheme && !value.is_empty() || value.len() >= 4 && (told() || is_user_and_password(value))
}

/// `NAME=value` without spaces and `?name=value`: a shell, a file of variables, a URL.
fn env_value(text: &[u8], name: &Name, value: &[u8], end: usize) -> bool {
    let upper = text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase());
    let number = value.iter().all(u8::is_ascii_digit);
    // `API_KEY=ak_test`: words joined are no key that a machine made.
    let joined = is_identifier(value) && value.contains(&b'_')
        || value.contains(&b'-') && !value.iter().any(u8::is_ascii_digit);
    if joined && value.len() < 40 && is_prose(name, value) {
        return false;
    }
    match name.sensitive.strength {
        Strength::Strong if is_identifier(value) && !upper => {
            // Keyword arguments look like this too: `login(user, password=entered)`.
            let query = name.start > 0 && matches!(text[name.start - 1], b'?' | b'&');
            let argument = !query && matches!(text.get(end), Some(b',' | b')' | b'(' | b'['));
            // `-Dspark.my.password=some_value`
            let flag = text[name.start] == b'-';
            value.len() >= 4 && !argument && (flag || !value.contains(&b'_'))
        }
        Strength::Strong if number && name.sensitive.label == "COOKIE" => false,
        Strength::Strong => value.len() >= 4 || upper && !number,
        // A variable of the environment that is called so holds one, whatever people chose: `TOKEN=hunter2hunter2`.
        Strength::Weak if upper && name.sensitive.label == "TOKEN" => {
            let digit = value.iter().any(u8::is_ascii_digit);
            weak_value(name, value)
                || value.len() >= 8 && digit && has_mixture(value) && !is_constant(name, value)
        }
        _ => weak_value(name, value),
    }
}

/// `name = value` and `name: value`: code, where a name on the right is a reference, and YAML or INI,
/// where it is the value.
fn loose_value(text: &[u8], name: &Name, joint: Joint, value: &[u8]) -> bool {
    let upper = text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase());
    let number = value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    match name.sensitive.strength {
        Strength::Strong => {
            let named = name.sensitive.label != "PASSWORD" && naming::is_name(value);
            (!number || is_long_number(name, value))
                && !named
                && (joint == Joint::Colon && beside_user(text, name, value)
                    || upper && value.len() >= 6 && !is_constant(name, value)
                    || value.len() >= 6 && has_mixture(value) && !is_identifier(value)
                    || is_unreadable(value)
                    || is_long_number(name, value)
                    || looks_secret(value))
        }
        _ => weak_value(name, value),
    }
}

/// Whether a word stands under the name of a password in a file whose line above or below names a user: `login: admin`,
/// `password: letmein`. A declaration names types there, which are known, or ends otherwise.
fn beside_user(text: &[u8], name: &Name, value: &[u8]) -> bool {
    const LINE: usize = 96;
    const USERS: [&[u8]; 5] = [b"user:", b"username:", b"login:", b"user_name:", b"email:"];
    let is_user = |line: &[u8]| {
        let line = line.trim_ascii();
        let line = line.strip_prefix(b"- ").unwrap_or(line);
        USERS.into_iter().any(|user| {
            line.len() > user.len() + 1
                && line[..user.len()].eq_ignore_ascii_case(user)
                && line.last().is_some_and(u8::is_ascii_alphanumeric)
        })
    };
    let before = &text[name.start.saturating_sub(LINE)..name.start];
    let above = before.rsplit(|&byte| byte == b'\n').nth(1).unwrap_or_default();
    let rest = &text[name.end..text.len().min(name.end + 2 * LINE)];
    let mut lines = rest.split(|&byte| byte == b'\n');
    let whole = lines.next().unwrap_or_default().trim_ascii().ends_with(value);
    let word = value.len() >= 6 && value.iter().all(u8::is_ascii_alphanumeric);
    let first = before.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
    word && whole
        && name.sensitive.label == "PASSWORD"
        && value[0].is_ascii_lowercase()
        && first.iter().all(|byte| matches!(byte, b' ' | b'-' | b'\t'))
        && (is_user(above) || is_user(lines.next().unwrap_or_default()))
}

/// Whether the number under the name of a key or a secret has more digits than any count: 18 of them.
fn is_long_number(name: &Name, value: &[u8]) -> bool {
    matches!(name.sensitive.label, "API_KEY" | "SECRET")
        && value.len() >= 18
        && value.iter().all(u8::is_ascii_digit)
        && entropy::bits_per_byte(value) >= 2.0
}

/// Whether letters alone make no words and no name: `CYeaFzUVOpssPQ`.
fn is_unreadable(value: &[u8]) -> bool {
    value.len() >= 10
        && value.iter().all(u8::is_ascii_alphabetic)
        && value.iter().any(u8::is_ascii_uppercase)
        && value.iter().any(u8::is_ascii_lowercase)
        && !entropy::is_wordy(value)
        && !naming::is_name(value)
}

/// Whether the value of a name that may mean many things is a secret.
fn weak_value(name: &Name, value: &[u8]) -> bool {
    looks_secret(value)
        || name.sensitive.label == "PASSWORD"
            && (stands_out(name, value) || is_unreadable(value) || Validator::Chosen.accepts(value))
        || name.sensitive.label == "AUTHORIZATION" && is_user_and_password(value)
}

/// `BASIC_AUTH=admin:Walnut#85`, `NEO4J_AUTH=neo4j/walnut85x`
fn is_user_and_password(value: &[u8]) -> bool {
    let user = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let password = value.get(user + 1..).unwrap_or_default();
    user > 0 && matches!(value.get(user), Some(b':' | b'/')) && Validator::Chosen.accepts(password)
}

fn has_mixture(value: &[u8]) -> bool {
    let digits = value.iter().any(u8::is_ascii_digit);
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    let other = value.iter().any(|byte| !byte.is_ascii_alphanumeric());
    letters && (digits || other)
}
