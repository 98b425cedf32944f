//! Whether a value under a sensitive name is a secret, or code, a type, a placeholder, a sentence.

use super::super::escape::{self, Quote};
use super::super::placeholder::{is_identifier, is_masked, is_placeholder, is_reference};
use super::super::sensitive::Strength;
use super::super::validate::Validator;
use super::super::wrap::begins_line;
use super::super::{entropy, naming};
use super::joint::Joint;
use super::name::Name;
pub(super) use super::shape::looks_secret;
use super::shape::{is_address, is_command, is_pattern, is_pointed, is_slot};
use super::{Values, caption, code, echo, header, worded};
use super::{skip_blank, skip_spaces};

/// Whether a quoted value is taken.
pub(super) fn quoted(text: &[u8], name: &Name, joint: Joint, quote: Quote, value: &[u8]) -> bool {
    quoted_secret(text, name, joint, quote, value)
        || name.values == Values::Words && worded::quoted(text, name, joint, value)
}

/// Whether an unquoted value, which ends at `end` and may stand behind a scheme, is taken.
pub(super) fn unquoted(
    text: &[u8],
    name: &Name,
    joint: Joint,
    value: &[u8],
    end: usize,
    scheme: bool,
) -> bool {
    unquoted_secret(text, name, joint, value, end, scheme)
        || name.values == Values::Words && worded::unquoted(text, name, joint, value, end)
}

/// Whether a quoted value is a secret.
fn quoted_secret(text: &[u8], name: &Name, joint: Joint, quote: Quote, value: &[u8]) -> bool {
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
        && !code::is_between_strings(value)
        && !code::is_generic(value)
        && !code::is_module_name(&text[name.start..name.end], value)
        && !echo::is_choice(text, name)
        && !(label != "PASSWORD" && (code::is_count(value) || code::is_migration(value)))
        && (!is_address(value) || label == "PASSWORD" && is_pointed(value))
        && !value.starts_with(b"arn:")
        && !(is_version(value) && (label != "PASSWORD" || !value[0].is_ascii_digit()))
        && (label == "PASSWORD" || !is_file(value))
        && (label != "CONNECTION_STRING" || connects_with_secret(value))
        && (label != "COOKIE" || value[0] != b';' && header::sets_cookie(value) || looks_secret(value))
        && !(quote.byte == b'`' && matches!(value[0], b' ' | b'.' | b',' | b')' | b';'))
        && !(quote.byte == b'`' && joint == Joint::Equals { spaced: false } && is_command(value))
        && !echo::repeats_name(text, name, value)
        && !echo::is_constant(name, value)
        && !echo::is_prose(text, name, value)
        && !caption::reads_as_label(name, joint, value)
        && !caption::is_foreign(value)
        && !caption::is_phrase(text, name, value)
}

/// Whether an unquoted value, which ends at `end` and may stand behind a scheme, is a secret.
fn unquoted_secret(text: &[u8], name: &Name, joint: Joint, value: &[u8], end: usize, scheme: bool) -> bool {
    let strong = name.sensitive.strength == Strength::Strong;
    let parted = is_parted(text, name, joint, value, end);
    if is_placeholder(value)
        || is_covered(value)
        || is_version(value) && value.contains(&b'-')
        || is_reference(value) && !parted
        // `Resolver->find()`
        || value.ends_with(b"-") && text.get(end) == Some(&b'>')
        || is_slot(value)
        || is_address(value) && !parted
        || value.starts_with(b"arn:")
        || caption::is_foreign(value)
        || echo::repeats_name(text, name, value)
        || code::is_code(text, name, joint, value, end)
    {
        return false;
    }
    if name.sensitive.strength == Strength::Faint {
        return is_random_value(text, name, joint, value);
    }
    match joint {
        // `const LOG_AUTH: c_int = 4 << 3;`: the line of a header is read to its end.
        Joint::Colon if header::is_header(name) && memchr::memmem::find(value, b" = ").is_some() => false,
        Joint::Colon if header::is_header(name) => header::is_secret(name, value, scheme),
        // What tests print: `--- PASS: TestName/5 (0.07s)`.
        Joint::Colon if &text[name.start..name.end] == b"PASS" => false,
        // `NAME: uint128_t`, `name:Type=None`
        Joint::Colon if code::is_declared(value) => false,
        // `NAME: Type = value`: what stands behind the colon is a type.
        Joint::Colon if text[skip_spaces(text, end)..].starts_with(b"= ") => false,
        // `docker build --secret id=npmrc,src=.npmrc`
        Joint::Flag if [b"id=".as_slice(), b"type="].iter().any(|field| value.starts_with(field)) => false,
        Joint::Flag => strong && value.len() >= 4 && !is_argument_name(name, value) || looks_secret(value),
        Joint::Equals { spaced: false } => env_value(text, name, value, end),
        Joint::Equals { spaced: true } | Joint::Colon => loose_value(text, name, joint, value, end),
        Joint::Tag => (strong || weak_value(name, value)) && closes_element(&text[skip_blank(text, end)..]),
        // `SECKEYPrivateKey *PK11_Copy2(`
        Joint::Beside => stands_out(name, value) && text.get(end) != Some(&b'('),
        Joint::Comma | Joint::Compared => false,
    }
}

/// `</`, also as JSON may write it.
fn closes_element(text: &[u8]) -> bool {
    let slash = 1 + text.iter().skip(1).take(8).take_while(|byte| **byte == b'\\').count();
    text.first() == Some(&b'<') && text.get(slash) == Some(&b'/')
}

/// `"PyJWT": "2.9.0"`, `"mock-token": "^4.6.6"`, `htpasswd: 13.0.0-next-8.29`
fn is_version(value: &[u8]) -> bool {
    let value = value.iter().position(|byte| !b"^~>=<v ".contains(byte)).map_or(value, |at| &value[at..]);
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let (number, rest) = value.split_at(digits);
    let points = memchr::memchr_iter(b'.', number).count();
    let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-+".contains(byte);
    points > 0
        && (rest.is_empty()
            || points == 2 && matches!(rest[0], b'-' | b'+') && rest.len() <= 16 && rest.iter().all(inner))
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

/// What a manual says in the place of a flag's value, or behind the flag: `--cookies FILE`, `--api-key provider=`, `the --password option`.
pub(super) fn is_argument_name(name: &Name, value: &[u8]) -> bool {
    const WORDS: [&[u8]; 18] = [
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
    !echo::is_constant(name, value) && !naming::is_constant(value) && !naming::is_named_digest(value)
}

/// Whether a connection string holds more than hosts and names: of `Server=x;User=y` nothing is a secret.
fn connects_with_secret(value: &[u8]) -> bool {
    // `postgresql://user@host:5432/name`
    if let Some(at) = memchr::memmem::find(value, b"://") {
        let rest = &value[at + 3..];
        let user = &rest[..memchr::memchr(b'@', rest).unwrap_or(0)];
        if !user.is_empty() && user.iter().all(u8::is_ascii_alphanumeric) && !rest.contains(&b'=') {
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

/// Whether most of the value is a mask (`hf_xxxxxxxxxxxxxxxx`, `SKXXXXXXXX`).
fn is_covered(value: &[u8]) -> bool {
    let masks = value.iter().filter(|byte| matches!(byte, b'x' | b'X' | b'*' | b'.' | b'0')).count();
    is_masked(value) && masks * 2 >= value.len()
}

/// `NAME=value` without spaces and `?name=value`: a shell, a file of variables, a URL.
fn env_value(text: &[u8], name: &Name, value: &[u8], end: usize) -> bool {
    let upper = text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase());
    let number = value.iter().all(u8::is_ascii_digit);
    // `API_KEY=ak_test`: words joined are no key that a machine made.
    let joined = is_identifier(value) && value.contains(&b'_')
        || value.contains(&b'-') && !value.iter().any(u8::is_ascii_digit);
    if joined && value.len() < 40 && echo::is_prose(text, name, value) {
        return false;
    }
    // `f(orig_creds=s3_client)`
    let lower = value.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_');
    let argument = matches!(text.get(end), Some(b',' | b')'));
    if lower
        && argument
        && value.contains(&b'_')
        && name.sensitive.label != "PASSWORD"
        && naming::is_name(value)
    {
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
                || value.len() >= 8 && digit && has_mixture(value) && !echo::is_constant(name, value)
        }
        _ => weak_value(name, value) || is_in_query(text, name, value),
    }
}

/// Whether points part the value of a variable, or of a password on a line of its own, into what are no names of members and of hosts:
/// `DB_PASSWORD=k3Xq9a.m2Zt7pw`. A file of variables refers to none.
fn is_parted(text: &[u8], name: &Name, joint: Joint, value: &[u8], end: usize) -> bool {
    let upper = || text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase());
    let ends = || end == text.len() || text[end] == b'"' || escape::line_break(text, end) > 0;
    let mixed = |part: &[u8]| {
        let digits = part.iter().filter(|byte| byte.is_ascii_digit()).count();
        let first = part.iter().position(u8::is_ascii_digit).unwrap_or(part.len());
        digits > 0 && first + digits < part.len() && part.len() >= 4 && !entropy::is_wordy(part)
    };
    let assigned = match joint {
        Joint::Equals { spaced: false } => upper(),
        Joint::Colon => name.sensitive.label == "PASSWORD" && ends() && begins_line(text, name.start),
        _ => false,
    };
    assigned
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.')
        && value.split(|&byte| byte == b'.').any(mixed)
}

/// Whether a value of a URL's query is more than a word: `?token=s3cr3t`. A query has no variables.
fn is_in_query(text: &[u8], name: &Name, value: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~%".contains(byte);
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    name.start > 0
        && matches!(text[name.start - 1], b'?' | b'&')
        && name.sensitive.label == "TOKEN"
        && value.len() >= 6
        && (1..value.len()).contains(&digits)
        && value.iter().all(inner)
        && !is_version(value)
}

/// `name = value` and `name: value`: code, where a name on the right is a reference, and YAML or INI,
/// where it is the value.
fn loose_value(text: &[u8], name: &Name, joint: Joint, value: &[u8], end: usize) -> bool {
    let upper = text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase());
    let number = value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    match name.sensitive.strength {
        Strength::Strong if number && is_chosen_number(text, name, value, end) => true,
        Strength::Strong => {
            let named = name.sensitive.label != "PASSWORD" && naming::is_name(value);
            (!number || is_long_number(name, value))
                && !named
                && (joint == Joint::Colon && beside_user(text, name, value)
                    || upper && value.len() >= 6 && !echo::is_constant(name, value)
                    || value.len() >= 6
                        && has_mixture(value)
                        && !is_identifier(value)
                        && !is_compound(text, value, end)
                    || is_unreadable(value)
                    || is_long_number(name, value)
                    || looks_secret(value))
        }
        _ => weak_value(name, value),
    }
}

/// `password: 84629173` on a line: a number of that length under the name of one password counts nothing.
fn is_chosen_number(text: &[u8], name: &Name, value: &[u8], end: usize) -> bool {
    let ends = end == text.len() || text[end] == b',' || escape::line_break(text, end) > 0;
    name.sensitive.label == "PASSWORD"
        && !text[name.start..name.end].ends_with(b"s")
        && !text.get(name.end).is_some_and(|byte| escape::is_quote(*byte))
        && (6..=16).contains(&value.len())
        && value.iter().all(u8::is_ascii_digit)
        && ends
}

/// Whether words joined by a hyphen begin a sentence: `passphrase: Admin-provided passphrase`.
fn is_compound(text: &[u8], value: &[u8], end: usize) -> bool {
    let goes_on = matches!(text.get(end..end + 2), Some([b' ', next]) if next.is_ascii_lowercase());
    goes_on
        && value.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-')
        && entropy::is_wordy(value)
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
        || name.sensitive.label == "AUTHORIZATION" && header::is_user_and_password(value)
}

fn has_mixture(value: &[u8]) -> bool {
    let digits = value.iter().any(u8::is_ascii_digit);
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    let other = value.iter().any(|byte| !byte.is_ascii_alphanumeric());
    letters && (digits || other)
}
