//! The default of a reference: the value of a variable that is not set, or of a call that finds nothing.

use super::super::escape;
use super::super::extent;
use super::super::validate::Validator;
use super::operator::Operator;
use super::value::Reader;
use super::{Assignment, skip_spaces, unquoted, verdict};

/// How far after the beginning of a reference its default is searched for, in bytes, and how deep references
/// may be nested.
const LONGEST: usize = 192;
const MOST: usize = 4;
/// What precedes a default, which may begin right after it.
const OPERATORS: [&[u8]; 4] = [b"|| ", b"?? ", b" or ", b"?: "];
const WORDS: [&[u8]; 7] =
    [b"default(", b"default ", b"unwrap_or(", b"unwrap_or_else(|_| ", b"orElse(", b"fallback=", b"default="];

impl Reader<'_> {
    /// Adds the default of the reference that begins at `start`, if it is a secret: `${NAME:-...}`,
    /// `env.NAME || '...'`, `{{ name | default('...') }}`, `config.get("name", fallback="...")`. Returns its end.
    pub(super) fn default_value(&mut self, start: usize) -> Option<usize> {
        let text = self.text;
        if !matches!(self.operator, Operator::Equals { .. } | Operator::Colon) {
            return None;
        }
        let far = text.len().min(start + LONGEST);
        let end = escape::find_break(text, start, far).unwrap_or(far);
        if text[start..end].starts_with(b"${") {
            return self.of_variable(start, end);
        }
        let template = text[start..end].starts_with(b"{{");
        if !template && !looks_up(&text[start..end]) {
            return None;
        }
        #[cfg(test)]
        crate::scrub::work::count(end - start);
        let window = &text[start..end];
        // `ask("..." % (user, host or "localhost"))`: inside a bracket an operator is about something else.
        let brackets =
            |to: usize, kind: &[u8]| window[..to].iter().filter(|byte| kind.contains(byte)).count();
        let level = |at: usize| brackets(at, b"([{") == brackets(at, b")]}");
        let operators = OPERATORS.iter().map(|mark| (mark, true));
        let marks = operators.chain(WORDS.iter().map(|mark| (mark, false))).filter_map(|(mark, operator)| {
            let at = memchr::memmem::find(window, mark)?;
            (!operator || level(at)).then_some((at, start + at + mark.len()))
        });
        let behind = marks.min().map(|(_, behind)| behind);
        let ends = |at: usize| !template && text[start..at].contains(&b';');
        let marked = behind.filter(|at| !ends(*at)).and_then(|at| self.literal(at, end));
        if let Some((quote, inside)) = marked {
            let (after, secret) = self.quoted(quote, inside, Operator::Equals { spaced: true });
            return secret.then_some(after);
        }
        self.of_call(start, end)
    }

    /// The string that begins at `at` or after white space there, before `end`.
    fn literal(&self, at: usize, end: usize) -> Option<(escape::Quote, usize)> {
        let at = skip_spaces(self.text, at);
        escape::quote_at(self.text, at).filter(|(quote, inside)| *inside < end && !self.open.contains(quote))
    }

    /// `${NAME:-...}`, `${NAME-...}`, `${NAME:=...}`, and `${name:...}` of Spring, also if the default is such a
    /// reference itself.
    fn of_variable(&mut self, start: usize, end: usize) -> Option<usize> {
        let text = self.text;
        let mut from = start;
        for _ in 0..MOST {
            let name = from + text[from..end].strip_prefix(b"${").map(|_| 2)?;
            let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
            let length = text[name..end].iter().take_while(|byte| inner(byte)).count();
            let upper = text[name..name + length].iter().all(|byte| !byte.is_ascii_lowercase());
            let dashed = |byte: &u8| inner(byte) || *byte == b'-';
            let length =
                if upper { length } else { text[name..end].iter().take_while(|byte| dashed(byte)).count() };
            let sign = match &text[name + length..end] {
                [b':', b'-' | b'=', ..] => 2,
                [b':', b'?' | b'+', ..] => return None,
                [b':' | b'-' | b'=', ..] => 1,
                _ => return None,
            };
            from = name + length + sign;
            if length == 0 || from >= end {
                return None;
            }
            if !text[from..end].starts_with(b"${") {
                break;
            }
        }
        if let Some((quote, inside)) =
            escape::quote_at(text, from).filter(|(quote, _)| !self.open.contains(quote))
        {
            let (after, secret) = self.quoted(quote, inside, self.operator);
            return secret.then_some(after);
        }
        let mut open = 0_usize;
        let length = text[from..end].iter().position(|byte| {
            open += usize::from(*byte == b'{');
            let closes = *byte == b'}' && open == 0;
            open -= usize::from(*byte == b'}' && open > 0);
            closes || *byte == b'"' || byte.is_ascii_whitespace()
        });
        let to = from + length?;
        let value = &text[from..to];
        // `${NAME:0:8}` is a part of the value.
        let part = value.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'-'));
        let secret =
            text[to] == b'}' && !part && unquoted::is_taken(text, self.name, self.operator, value, to, false);
        if !secret {
            return None;
        }
        self.out.push(Assignment { start: from, end: to, label: self.name.sensitive.label, quote: None });
        Some(to)
    }

    /// The string after the name that a call asks for: `getOrDefault("NAME", "...")`,
    /// `ENV.fetch("NAME") { "..." }`. A plain second argument must look like a password or a key.
    fn of_call(&mut self, start: usize, end: usize) -> Option<usize> {
        let text = self.text;
        let bracket = start + memchr::memchr(b'(', &text[start..end])?;
        let call = text[start..bracket].to_ascii_lowercase();
        let asks = ["env", "get", "prop", "fetch", "config", "setting", "param", "secret", "option", "var"];
        if !asks.iter().any(|part| memchr::memmem::find(&call, part.as_bytes()).is_some()) {
            return None;
        }
        let (quote, inside) = self.literal(bracket + 1, end)?;
        let after = extent::quoted(text, inside, quote, self.open).1;
        let next = skip_spaces(text, after);
        let (at, sure) = match text.get(next..end)? {
            [b',', ..] => (next + 1, call.ends_with(b"ordefault")),
            [b')', ..] => {
                let brace = skip_spaces(text, next + 1);
                (brace + usize::from(text.get(brace) == Some(&b'{')), true)
            }
            _ => return None,
        };
        let (quote, inside) = self.literal(at, end).filter(|_| at > next + 1 || text[next] == b',')?;
        let value = &text[inside..extent::quoted(text, inside, quote, self.open).0];
        if !sure && !verdict::looks_secret(value) && !Validator::HumanPassword.accepts(value) {
            return None;
        }
        let (after, secret) = self.quoted(quote, inside, Operator::Equals { spaced: true });
        secret.then_some(after)
    }
}

/// Whether `text` begins with a path of names, or with one name before a bracket: `process.env.NAME`,
/// `env::var(`, `ENV["NAME"]`, `getenv(`.
fn looks_up(text: &[u8]) -> bool {
    let inner = |byte: &&u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'$' | b'?' | b'!' | b'>' | b'-')
    };
    let length = text.iter().take_while(inner).count();
    let (path, rest) = text.split_at(length);
    let begins = path.first().is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$'));
    let several =
        path.contains(&b'.') || memchr::memmem::find(path, b"::").is_some() || path.first() == Some(&b'$');
    begins && (matches!(rest.first(), Some(b'(' | b'[')) || several && matches!(rest, [b' ', ..]))
}

#[cfg(test)]
mod tests {
    use crate::scrub::{Preset, Scrubber};

    #[test]
    fn the_default_of_a_reference_goes() {
        let token = ["aK29", "slQm", "Pz71xkQp"].concat();
        let words = ["mango", "-harbor", "-44"].concat();
        for text in [
            "${POSTGRES_PASSWORD:-§}",
            "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-§}",
            "POSTGRES_PASSWORD: \"${DB_PASS:-§}\"",
            "      - POSTGRES_PASSWORD=${DB_PASS:-§}",
            "      - POSTGRES_PASSWORD=${DB_PASS-${OTHER:-§}}",
            "export POSTGRES_PASSWORD=${DB_PASS:-\"§\"}",
            "export POSTGRES_PASSWORD=\"${DB_PASS:=§}\"",
            "spring.datasource.password=${DB_PASSWORD:§}",
            "spring.datasource.password=${my-app.db-password:§}",
            "    password: ${DB_PASSWORD:§}",
            "  password: process.env.DB_PASSWORD || '§',",
            "const password = process.env.DB_PASSWORD ?? \"§\";",
            "val password = System.getenv(\"DB_PW\") ?: \"§\"",
            "config.password = ENV.fetch(\"DB_PW\") { \"§\" }",
            "config.password = ENV.fetch('DB_PW', '§')",
            "password: {{ db_password | default('§') }}",
            "password: \"{{ db_password | default(\"§\") }}\"",
            "password: {{ .Values.db.password | default \"§\" }}",
            "password = {{ vault_pw | default \"§\" }}",
            "let password = std::env::var(\"DB_PASSWORD\").unwrap_or(\"§\".into());",
            "let password = env::var(\"DB_PASSWORD\").unwrap_or_else(|_| \"§\".to_string());",
            "connect(std::env::var(\"DB_PASSWORD\").unwrap_or(\"§\".into()));",
            "String password = env.getOrDefault(\"DB_PASSWORD\",\"§\");",
            "password = config.get(\"password\", fallback=\"§\")",
            "password = os.environ.get('DB_PW', '§')",
        ] {
            for value in [&token, &words] {
                let wanted = text.replace('§', "[REDACTED:PASSWORD]");
                for preset in [Preset::Balanced, Preset::Strict] {
                    let scrubber = Scrubber::new(preset);
                    let out = scrubber.scrub_text(&text.replace('§', value)).into_owned();
                    assert_eq!(out, wanted, "{preset:?}");
                    let json = serde_json::json!({ "c": text.replace('§', value) }).to_string();
                    assert_eq!(scrubber.scrub_text(&json), serde_json::json!({ "c": wanted }).to_string());
                }
            }
        }
    }

    #[test]
    fn a_default_that_is_no_secret_stays() {
        for text in [
            "password=${DB_PASSWORD:-changeme}",
            "password=${DB_PASSWORD:password}",
            "password=${DB_PASSWORD:-}",
            "password=${DB_PASSWORD:?it must be set2}",
            "PASSWORD=${DB_PASSWORD:0:8}",
            "password=${DB_PASSWORD:-$OTHER_PASSWORD}",
            "password=${DB_PASSWORD:-${OTHER_PASSWORD}}",
            "password=${DB_PASSWORD:-$(cat /run/secrets/db)}",
            "password: process.env.DB_PASSWORD || 'password'",
            "password: process.env.DB_PASSWORD || config.db.password1",
            "password = config.get(\"password\", fallback=\"\")",
            "password = config.get(\"password\", fallback=None)",
            "password = config.get(\"password\", \"user_password\")",
            "const password = opts.password ?? defaults.password;",
            "password = getpass.getpass(\"Password: \")",
            "password: \"{{ db_password | default('changeme') }}\"",
            "password: {{ .Values.db.password | default \"\" }}",
            "password = request.form.get('password'); name = \"Walnut85 and more\"",
        ] {
            assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
        }
    }
}
