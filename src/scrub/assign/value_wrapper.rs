//! What may enclose a value, or precede it: a tag or an anchor of YAML, a comment, a CDATA section, the
//! braces of ODBC.

use super::super::escape::{self, Quote};
use super::super::line_continuation;
use super::super::sensitive::sensitive;
use super::super::validate::Validator;
use super::name::Name;
use super::operator::Operator;
use super::value::Reader;
use super::{Assignment, skip_spaces, verdict};

/// The longest comment, tag or value in braces, in bytes.
const COMMENT: usize = 96;
/// The longest CDATA section, in bytes.
const SECTION: usize = 1 << 10;

/// Returns where the value begins after what precedes it at `from`.
pub(super) fn behind(text: &[u8], name: &Name, operator: Operator, from: usize) -> usize {
    const MOST: usize = 2;
    let assigned = matches!(operator, Operator::Equals { .. } | Operator::Colon);
    let mut at = from;
    for _ in 0..MOST {
        let length = match text.get(at) {
            Some(b'/') if assigned => comment(&text[at..]),
            Some(b'!' | b'&') if operator == Operator::Colon => property(&text[at..]),
            Some(b'#') if operator == Operator::Colon && at > 0 && text[at - 1] == b' ' => {
                remark(text, name, at)
            }
            _ => 0,
        };
        if length == 0 {
            break;
        }
        at = skip_spaces(text, at + length);
    }
    at
}

/// Returns the length of a `/* ... */` comment at the beginning of `rest`, or zero.
fn comment(rest: &[u8]) -> usize {
    if !rest.starts_with(b"/*") {
        return 0;
    }
    let window = &rest[..rest.len().min(COMMENT)];
    memchr::memmem::find(window, b"*/")
        .filter(|end| !window[..*end].contains(&b'\n'))
        .map_or(0, |end| end + 2)
}

/// Returns the length of `!!str `, `&anchor` and the like at the beginning of `rest`, or zero. Other tags do
/// not count: what follows `!Ref` is a name. Nor does `&str`, a type.
fn property(rest: &[u8]) -> usize {
    let known = [b"!!str ".as_slice(), b"!!binary ", b"!str ", b"!unsafe "];
    if let Some(tag) = known.into_iter().find(|tag| rest.starts_with(tag)) {
        return tag.len();
    }
    let inner = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let word = rest[1..].iter().take(COMMENT).take_while(inner).count();
    let anchor = rest[0] == b'&' && word > 0 && rest.get(1 + word) == Some(&b' ');
    if anchor && !matches!(&rest[1..=word], b"mut" | b"str" | b"dyn") { 1 + word } else { 0 }
}

/// Returns the length of a `# ...` comment up to the end of its line, below which the value may be, or zero.
fn remark(text: &[u8], name: &Name, at: usize) -> usize {
    if text.get(at + 1) != Some(&b' ') || !line_continuation::begins_bare_line(text, name.start) {
        return 0;
    }
    escape::find_break(text, at, text.len().min(at + COMMENT)).map_or(0, |end| end - at)
}

impl Reader<'_> {
    /// Redacts the text at `at` between `<![CDATA[` and `]]>`, or in the braces of a connection string.
    /// Returns where it ends.
    pub(super) fn braced(&mut self, at: usize) -> Option<usize> {
        let (start, end) = match self.operator {
            Operator::Tag => self.section(at),
            Operator::Equals { spaced: false } => self.field(at).or_else(|| self.operand(at)),
            Operator::Equals { spaced: true } => self.operand(at),
            _ => None,
        }?;
        let label = self.name.sensitive.label;
        self.out.push(Assignment { start, end, label, quote: None });
        Some(end)
    }

    /// Returns the span of the text in a CDATA section at `at`, if it is a secret.
    fn section(&self, at: usize) -> Option<(usize, usize)> {
        const OPEN: &[u8] = b"<![CDATA[";
        let start = at + self.text[at..].strip_prefix(OPEN).map(|_| OPEN.len())?;
        let window = &self.text[start..self.text.len().min(start + SECTION)];
        let end = start + memchr::memmem::find(window, b"]]>")?;
        let quote = Quote { byte: b'"', layer: 0 };
        verdict::quoted(self.text, self.name, self.operator, quote, &self.text[start..end])
            .then_some((start, end))
    }

    /// Returns the span of the text in the braces of `Pwd={...};`, in which a closing one is doubled, if it is
    /// a secret. In a template it is a name.
    fn field(&self, at: usize) -> Option<(usize, usize)> {
        if self.name.sensitive.label != "PASSWORD" || self.text.get(at) != Some(&b'{') {
            return None;
        }
        let start = at + 1;
        let window = &self.text[start..self.text.len().min(start + COMMENT)];
        let mut length = memchr::memchr(b'}', window)?;
        while window.get(length + 1) == Some(&b'}') {
            length += 2 + memchr::memchr(b'}', &window[length + 2..])?;
        }
        let inner = |byte: &u8| byte.is_ascii_graphic() && !b"{\"'`\\$<>".contains(byte);
        let ends =
            window.get(length + 1).is_none_or(|byte| matches!(byte, b';' | b'"' | b'\'' | b'\\' | b'\n'));
        let value = &window[..length];
        let chosen = || Validator::HumanPassword.accepts(value) && sensitive(value).is_none();
        (ends && value.iter().all(inner) && (verdict::looks_secret(value) || chosen()))
            .then_some((start, start + length))
    }

    /// Returns the span of the text that operators quote, if it is a secret: `q{...}` and `qq{...}` of Perl,
    /// `[[...]]` of Lua.
    fn operand(&self, at: usize) -> Option<(usize, usize)> {
        const OPERANDS: [(&[u8], &[u8]); 5] =
            [(b"q{", b"}"), (b"qq{", b"}"), (b"q(", b")"), (b"qq(", b")"), (b"[[", b"]]")];
        let (open, close) = OPERANDS.into_iter().find(|(open, _)| self.text[at..].starts_with(open))?;
        let start = at + open.len();
        let window = &self.text[start..self.text.len().min(start + COMMENT)];
        let value = &window[..memchr::memmem::find(window, close)?];
        let inner = |byte: &u8| byte.is_ascii_graphic() && !b"\"'`\\$[]{}()<>".contains(byte);
        let quote = Quote { byte: b'"', layer: 0 };
        let secret = value.iter().all(inner)
            && verdict::stands_out(self.name, value)
            && verdict::quoted(self.text, self.name, self.operator, quote, value);
        secret.then_some((start, start + value.len()))
    }
}

#[cfg(test)]
mod tests {
    use crate::scrub::{Preset, Scrubber};

    #[test]
    fn what_stands_around_a_value_stays() {
        let value = ["Vt73", "JBNb9Mt", "CG3x"].concat();
        for text in [
            "<password><![CDATA[§]]></password>",
            "<p>Password: <code>§</code></p>",
            "<p>Password: <kbd>§</kbd></p>",
            "<td><b>Password</b></td><td><code>§</code></td>",
            "<dt><strong>Password:</strong></dt><dd>§</dd>",
            "password: !!str §\n",
            "password: !!str \"§\"\n",
            "password: &db §\nagain: *db\n",
            "password: &db '§'\nagain: *db\n",
            "password: # of production\n  §\nuser: bob\n",
            "\"password\": /* of production */ \"§\"",
            "password = /* of production */ '§';",
            "Driver=x;Server=y;Uid=sa;Pwd={§};",
            "\"Driver=x;Server=y;Uid=sa;Pwd={§}\"",
            "my $password = q{§};",
            "my $password = qq{§};",
            "password = [[§]]\n",
            "let password = r#\"§\"#;",
            "var password = $\"§\";",
            "v_password VARCHAR2(30) := '§';",
            "DECLARE @password NVARCHAR(50) = N'§';",
            "((user . \"bob\") (password . \"§\"))",
            "#{password => <<\"§\">>}",
            "password: SecretStr = Field(default=\"§\")",
            "password: str = Field('§', env='PASSWORD')",
            "password: Some(\n    \"§\",\n)",
            "password = (\n    '§'\n)",
            "password = \"\"\"\n§\n\"\"\"\n",
            "PASSWORD = '''\n    §\n    '''\n",
            "static const char PASS[] = \"§\";",
            "pass    = \"§\"",
            "local password <const> = \"§\"",
            "val password: String by lazy { \"§\" }",
            "1) \"user\"\n2) \"bob\"\n3) \"password\"\n4) \"§\"\n",
            "Examples:\n  | user | password |\n  | bob  | §        |\n",
        ] {
            let wanted = text.replace('§', "[REDACTED:PASSWORD]");
            for preset in [Preset::Balanced, Preset::Strict] {
                assert_eq!(Scrubber::new(preset).scrub_text(&text.replace('§', &value)), wanted);
            }
        }
    }

    #[test]
    fn what_wraps_a_name_or_a_type_stays() {
        for text in [
            "password: !Ref DbPassword2\n",
            "fn login(password: &str, again: &mut Base64Text) {}",
            "f\"Driver=x;Pwd={db_password};\"",
            "password: # TODO\nuser: bob\n",
            "password: str = Field(description=\"The password2Use\")",
            "password: SecretStr = Field(default=None)",
            "password(30) = f(\"Base64Encoded2\")",
            "1) \"password\"\n3) \"walnut85x\"\n",
            "Examples:\n  | user | password |\n  | bob  | none     |\n",
            "$hash = md5($password . \"Base64Encoded2\");",
            "f\"Driver=x;Pwd={dbPassword2};\"",
            "password = [[ -n Base64Encoded2 ]]",
            "my $password = q{the one of the account};",
            "var password = $\"{user2}Password\";",
            "<password><![CDATA[${db.password}]]></password>",
            "let password: &'a Secret2 = &other_password1;",
        ] {
            assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
        }
    }
}
