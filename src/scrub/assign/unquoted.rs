//! Whether an unquoted value under a sensitive name is a secret: in a shell, a file of variables, YAML and
//! INI, a header, a URL, code.

use super::super::escape;
use super::super::line_continuation::begins_line;
use super::super::placeholder::is_placeholder;
use super::super::reference::{is_identifier, is_reference};
use super::super::sensitive::Strength;
use super::super::validate::{Validator, is_built_of_words, is_passphrase};
use super::super::{entropy, naming, slot};
use super::name::Name;
use super::non_secret::{is_address, is_home_path, is_setting};
use super::operator::Operator;
use super::verdict::{
    has_mixture, is_argument_name, is_covered, is_open, is_random_value, is_unreadable, is_version,
    looks_secret, stands_out, weak_value,
};
use super::{Values, code, echo, ends_line, header, prose, skip_blank, skip_spaces, ui_text, word_password};

/// Whether the unquoted value that ends at `end` is redacted, as a secret or, where the name has
/// [`Values::Words`], as a word. `scheme` says whether an authentication scheme precedes it.
pub(super) fn is_taken(
    text: &[u8],
    name: &Name,
    operator: Operator,
    value: &[u8],
    end: usize,
    scheme: bool,
) -> bool {
    is_secret(text, name, operator, value, end, scheme)
        || name.values == Values::Words && word_password::unquoted(text, name, operator, value, end)
}

/// Whether a program's help explains an option there: `--password          force a prompt for the password`,
/// `--private-key=DATEI         private key file`, `--ask-password and --password exclude each other`.
fn is_help(text: &[u8], name: &Name, value: &[u8], end: usize) -> bool {
    /// What options do about a secret that they are not given.
    const ACTIONS: [&[u8]; 24] = [
        b"ask",
        b"prompt",
        b"show",
        b"reveal",
        b"print",
        b"mask",
        b"hide",
        b"read",
        b"no",
        b"without",
        b"use",
        b"enable",
        b"disable",
        b"export",
        b"import",
        b"delete",
        b"remove",
        b"list",
        b"edit",
        b"generate",
        b"require",
        b"force",
        b"load",
        b"save",
    ];
    let blanks = |text: &[u8]| text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let letter = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    let plain = value.iter().all(|byte| letter(byte) || matches!(byte, b'-' | b'_'));
    let flag = text[name.start..name.end].trim_ascii_start();
    let mut words = flag.split(|byte| *byte == b'-').filter(|word| !word.is_empty());
    if plain && words.next().is_some_and(|word| words.next().is_some() && ACTIONS.contains(&word)) {
        return true;
    }
    let before = &text[name.end..end - value.len()];
    let apart = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count() >= 2;
    let behind = blanks(&text[end..]);
    let explained = behind >= 1 && text.get(end + behind).is_some_and(letter);
    // A help has the option in its first column and what it does in the second.
    plain && explained && (apart || behind >= 2 && !value.iter().any(u8::is_ascii_lowercase))
}

/// Whether the name is described and not assigned: `NO_ROOT_PASSWORD: Represents a database without one`.
fn is_description(text: &[u8], value: &[u8], end: usize) -> bool {
    let capitalized = matches!(value, [first, rest @ ..] if first.is_ascii_uppercase() && rest.iter().all(u8::is_ascii_lowercase));
    let follows = matches!(text[end..], [b' ', next, ..] if next.is_ascii_lowercase());
    capitalized && follows
}

/// Whether the unquoted value that ends at `end` is a secret. `scheme` says whether an authentication scheme
/// precedes it.
fn is_secret(text: &[u8], name: &Name, operator: Operator, value: &[u8], end: usize, scheme: bool) -> bool {
    let strong = name.sensitive.strength == Strength::Strong;
    let parted =
        is_parted(text, name, operator, value, end) || is_like_code(text, name, operator, value, end);
    // Of several cookies each is judged by itself.
    let cookie = operator == Operator::Colon && name.sensitive.label == "COOKIE" && header::has_cookie(value);
    if !cookie && (is_placeholder(value) || is_covered(value) || slot::is_in_value(value))
        || is_version(value) && value.contains(&b'-')
        || is_reference(value) && !parted
        || is_prefix_alone(name, value, &text[end..])
        // `Resolver->find()`
        || value.ends_with(b"-") && text.get(end) == Some(&b'>')
        || is_open(name, value)
        || is_next_name(name, value)
        || is_address(value) && !parted
        || value.starts_with(b"arn:")
        || is_setting(value)
        || is_home_path(value)
        || ui_text::is_foreign(value)
        || ui_text::is_rules(value)
        || echo::repeats_name(text, name, value)
        || code::is_code(text, name, operator, value, end)
    {
        return false;
    }
    if name.sensitive.strength == Strength::Faint {
        return is_random_value(text, name, operator, value);
    }
    match operator {
        // `const LOG_AUTH: c_int = 4 << 3;`: the value of a header is read to the end of its line.
        Operator::Colon if header::is_header(name) && memchr::memmem::find(value, b" = ").is_some() => false,
        Operator::Colon if header::is_header(name) => header::is_secret(name, value, scheme),
        // A test result: `--- PASS: TestName/5 (0.07s)`.
        Operator::Colon if &text[name.start..name.end] == b"PASS" => false,
        // `NAME: uint128_t`, `name:Type=None`
        Operator::Colon if code::is_declared(value) => false,
        // `NAME: Type = value`: what follows the colon is a type.
        Operator::Colon if text[skip_spaces(text, end)..].starts_with(b"= ") => false,
        // `docker build --secret id=npmrc,src=.npmrc`
        Operator::Flag if [b"id=".as_slice(), b"type="].iter().any(|field| value.starts_with(field)) => false,
        Operator::Flag | Operator::Equals { .. }
            if text[name.start..].starts_with(b"-") && is_help(text, name, value, end) =>
        {
            false
        }
        Operator::Colon if is_description(text, value, end) => false,
        Operator::Flag => strong && value.len() >= 4 && !is_argument_name(name, value) || looks_secret(value),
        Operator::Equals { spaced: false } => env_value(text, name, value, end),
        Operator::Equals { spaced: true } | Operator::Colon => loose_value(text, name, operator, value, end),
        Operator::Tag => {
            (strong || weak_value(name, value)) && closes_element(&text[skip_blank(text, end)..])
        }
        // `SECKEYPrivateKey *PK11_Copy2(`
        Operator::Beside => {
            prose::is_number(text, name, value, end)
                || stands_out(name, value) && text.get(end) != Some(&b'(')
        }
        Operator::Comma | Operator::Inside | Operator::Compared => false,
    }
}

/// Whether the value is a vendor's prefix whose rest is left out: `ANTHROPIC_API_KEY=sk-ant-...`.
fn is_prefix_alone(name: &Name, value: &[u8], behind: &[u8]) -> bool {
    const LONGEST: usize = 16;
    name.sensitive.label != "PASSWORD"
        && value.len() <= LONGEST
        && matches!(value, [.., b'-' | b'_'])
        && behind.starts_with(b"...")
}

/// Whether the value is the next name of a line of names without values: `password= scmVersion=`.
fn is_next_name(name: &Name, value: &[u8]) -> bool {
    let Some(next) = value.strip_suffix(b"=") else { return false };
    is_identifier(next) && (naming::is_words(next) || name.sensitive.strength < Strength::Strong)
}

/// Whether `text` begins with `</`, also as JSON may escape it.
fn closes_element(text: &[u8]) -> bool {
    let slash = 1 + text.iter().skip(1).take(8).take_while(|byte| **byte == b'\\').count();
    text.first() == Some(&b'<') && text.get(slash) == Some(&b'/')
}

/// Whether the value of `NAME=value` without spaces, or of `?name=value`, is a secret: in a shell, a file of
/// variables, a URL.
fn env_value(text: &[u8], name: &Name, value: &[u8], end: usize) -> bool {
    let upper = text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase());
    let number = value.iter().all(u8::is_ascii_digit);
    // `API_KEY=ak_test`: joined words are no key that a machine generated.
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
            // A keyword argument looks the same: `login(user, password=entered)`.
            let query = name.start > 0 && matches!(text[name.start - 1], b'?' | b'&');
            let argument = !query && matches!(text.get(end), Some(b',' | b')' | b'(' | b'['));
            // `-Dspark.my.password=some_value`
            let flag = text[name.start] == b'-';
            value.len() >= 4 && !argument && (flag || !value.contains(&b'_'))
        }
        Strength::Strong if number && name.sensitive.label == "COOKIE" => false,
        Strength::Strong => value.len() >= 4 || upper && !number,
        // An environment variable of this name holds a token, whatever people chose: `TOKEN=hunter2hunter2`.
        Strength::Weak if upper && name.sensitive.label == "TOKEN" => {
            let digit = value.iter().any(u8::is_ascii_digit);
            weak_value(name, value)
                || value.len() >= 8 && digit && has_mixture(value) && !echo::is_constant(name, value)
        }
        _ => weak_value(name, value) || is_in_query(text, name, value),
    }
}

/// Whether a value with dots in it is a secret and no path of members or host: `DB_PASSWORD=k3Xq9a.m2Zt7pw`.
/// It is that of a variable, or of a password on a line of its own; a file of variables refers to no members.
fn is_parted(text: &[u8], name: &Name, operator: Operator, value: &[u8], end: usize) -> bool {
    let upper = || text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase());
    let mixed = |part: &[u8]| {
        let digits = part.iter().filter(|byte| byte.is_ascii_digit()).count();
        let first = part.iter().position(u8::is_ascii_digit).unwrap_or(part.len());
        digits > 0 && first + digits < part.len() && part.len() >= 4 && !entropy::is_wordy(part)
    };
    let alone =
        || name.sensitive.label == "PASSWORD" && ends_line(text, end) && begins_line(text, name.start);
    let assigned = match operator {
        Operator::Equals { spaced: false } => upper() || alone(),
        Operator::Colon => alone(),
        _ => false,
    };
    // `Pwd=Salmon033.ginger;`: no members have such names.
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let chosen =
        name.sensitive.label == "PASSWORD" && digits >= 3 && !matches!(text.get(end), Some(b'(' | b'['));
    let assigns = matches!(operator, Operator::Equals { .. } | Operator::Colon);
    assigned
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.')
        && value.split(|&byte| byte == b'.').any(mixed)
        || assigns && (chosen && is_built_of_words(value) || alone() && is_passphrase(value))
}

/// Whether the password of a variable or of a line of its own only looks like an expression: it ends in a
/// question mark (`Tr0ub4dor?`), opens one bracket and closes none (`Qk7(vLm2Xz`), is words and a number with
/// a dot between (`Blue.Lagoon77`), or begins with an at sign or a tilde.
fn is_like_code(text: &[u8], name: &Name, operator: Operator, value: &[u8], end: usize) -> bool {
    const LENGTHS: [&[u8]; 5] = [b"16", b"32", b"64", b"128", b"256"];
    let assigned = match operator {
        Operator::Equals { spaced: false } => {
            text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase())
                || begins_line(text, name.start)
        }
        Operator::Colon => begins_line(text, name.start),
        _ => false,
    };
    if !assigned || name.sensitive.label != "PASSWORD" || !ends_line(text, end) {
        return false;
    }
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let word = |text: &[u8]| text.iter().all(u8::is_ascii_alphanumeric);
    match value {
        [body @ .., b'?'] => digits >= 2 && word(body) && Validator::HumanPassword.accepts(value),
        [b'@', rest @ ..] => {
            digits >= 2 && !rest.contains(&b'.') && rest.len() >= 8 && Validator::HumanPassword.accepts(rest)
        }
        // `~` alone is the home of a user, which a slash follows.
        [b'~', rest @ ..] => rest.len() >= 8 && word(rest) && Validator::Mixed.accepts(rest),
        _ => match value.iter().position(|byte| matches!(byte, b'(' | b'[' | b'{')) {
            Some(at) => {
                let joined = [&value[..at], &value[at + 1..]].concat();
                word(&joined) && Validator::MixedCaseRandom.accepts(&joined)
            }
            // `Config.Base64`
            None => is_built_of_words(value) && !LENGTHS.iter().any(|length| value.ends_with(length)),
        },
    }
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

/// Whether the value of `name = value` or `name: value` is a secret. In code a name on the right is a
/// reference; in YAML or INI it is the value.
fn loose_value(text: &[u8], name: &Name, operator: Operator, value: &[u8], end: usize) -> bool {
    let upper = text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase());
    let number = value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    match name.sensitive.strength {
        Strength::Strong if number && is_chosen_number(text, name, value, end) => true,
        Strength::Strong => {
            let named = name.sensitive.label != "PASSWORD" && naming::is_name(value);
            (!number || is_long_number(name, value))
                && !named
                && (operator == Operator::Colon && beside_user(text, name, value)
                    || upper && value.len() >= 6 && !echo::is_constant(name, value)
                    || value.len() >= 6
                        && has_mixture(value)
                        && !is_identifier(value)
                        && !is_compound(text, value, end)
                    || is_unreadable(value)
                    || is_long_number(name, value)
                    || looks_secret(value))
                || is_chosen_secret(text, name, value, end)
        }
        _ => weak_value(name, value),
    }
}

/// Whether a number is a password that people chose: `password: 84629173`. Under the name of one password a
/// number of 6 to 16 digits is not a count.
fn is_chosen_number(text: &[u8], name: &Name, value: &[u8], end: usize) -> bool {
    let ends = end == text.len() || text[end] == b',' || escape::line_break(text, end) > 0;
    name.sensitive.label == "PASSWORD"
        && !text[name.start..name.end].ends_with(b"s")
        && !text.get(name.end).is_some_and(|byte| escape::is_quote(*byte))
        && (6..=16).contains(&value.len())
        && value.iter().all(u8::is_ascii_digit)
        && ends
}

/// Whether the value is a secret that people chose, on a line of its own as in configuration files:
/// `secret = iLoveWindows71`, `secret = velvet-harbor-clever-monkey`.
fn is_chosen_secret(text: &[u8], name: &Name, value: &[u8], end: usize) -> bool {
    name.sensitive.label == "SECRET"
        && ends_line(text, end)
        && begins_line(text, name.start)
        && (Validator::HumanPassword.accepts(value) && value.last().is_some_and(u8::is_ascii_digit)
            || is_passphrase(value))
}

/// Whether words joined by hyphens begin a sentence: `passphrase: Admin-provided passphrase`.
fn is_compound(text: &[u8], value: &[u8], end: usize) -> bool {
    let goes_on = matches!(text.get(end..end + 2), Some([b' ', next]) if next.is_ascii_lowercase());
    goes_on
        && value.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-')
        && entropy::is_wordy(value)
}

/// Whether a word is a password because the line above or below it names a user: `login: admin`,
/// `password: letmein`. In a declaration it would be a type, which is a known word, or the line would end
/// otherwise.
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

/// Whether the number under the name of a key or a secret has more digits than any count: 18 or more.
fn is_long_number(name: &Name, value: &[u8]) -> bool {
    matches!(name.sensitive.label, "API_KEY" | "SECRET")
        && value.len() >= 18
        && value.iter().all(u8::is_ascii_digit)
        && entropy::bits_per_byte(value) >= 2.0
}
