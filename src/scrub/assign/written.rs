//! What a shell writes into a file whose name says that a secret is in it: `echo ... > token.txt`,
//! `cat > ~/.vault-token <<EOF`.

use super::super::placeholder::is_placeholder;
use super::super::slot;
use super::super::validate::Validator;
use super::name::Name;
use super::{Assignment, escape, table, verdict};

/// The longest path before the name of the file, in bytes.
const PATH: usize = 96;
/// The longest value, in bytes.
const LONGEST: usize = 512;

/// Finds the value that is written into the file that the name is, or ends.
pub(super) fn value(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    let before = &text[..name.start];
    if !before.last().is_some_and(|byte| b"/ >.~_-\"'".contains(byte)) {
        return;
    }
    let in_path = |byte: &&u8| byte.is_ascii_alphanumeric() || b"/._~-${}".contains(byte);
    let path = before.iter().rev().take(PATH).take_while(in_path).count();
    let target = before[..before.len() - path].strip_suffix(b"\"").unwrap_or(&before[..before.len() - path]);
    let target = target.strip_suffix(b" ").unwrap_or(target);
    let Some(command) = target.strip_suffix(b">") else { return };
    let found = printed(text, command.len()).or_else(|| given(text, command.len(), name.end));
    let Some((start, end)) = found else { return };
    let value = &text[start..end];
    let password = name.sensitive.label == "PASSWORD" && Validator::HumanPassword.accepts(value);
    let open = is_placeholder(value) || slot::is_in_value(value) || value.contains(&b'$');
    if (verdict::looks_secret(value) || password) && !open {
        out.push(Assignment { start, end, label: name.sensitive.label, quote: None });
    }
}

/// Returns the span of the one word that the command before `to` prints: `echo -n ... `, `printf '%s' "..." `.
fn printed(text: &[u8], to: usize) -> Option<(usize, usize)> {
    let from = to.saturating_sub(LONGEST);
    let window = &text[from..to];
    let (at, length) = [b"echo ".as_slice(), b"printf "]
        .into_iter()
        .filter_map(|word| memchr::memmem::rfind(window, word).map(|at| (at, word.len())))
        .max()?;
    let mut start = from + at + length;
    if escape::find_break(text, start, to).is_some() {
        return None;
    }
    let flags: [&[u8]; 9] =
        [b"-n ", b"-e ", b"-ne ", b"-en ", b"%s ", b"'%s' ", b"\"%s\" ", b"'%s\\n' ", b"\"%s\\n\" "];
    while let Some(flag) = flags.into_iter().find(|flag| text[start..to].starts_with(flag)) {
        start += flag.len();
    }
    let mut end = start + text[start..to].trim_ascii_end().len();
    end -= usize::from(end > start && text[end - 1] == b'>');
    end = start + text[start..end].trim_ascii_end().len();
    if let Some((quote, inside)) = escape::quote_at(text, start) {
        let closing = 1 + quote.backslashes();
        let closed = escape::quote_at(text, end.checked_sub(closing)?);
        if end < inside + closing || closed.is_none_or(|(other, _)| other != quote) {
            return None;
        }
        (start, end) = (inside, end - closing);
    }
    is_word(&text[start..end]).then_some((start, end))
}

/// Returns the span of the one line that a here-document gives to the command whose file's name ends at `end`:
/// `cat <<EOF > token.txt`, `cat > token.txt <<EOF`. What is before the file ends at `to`.
fn given(text: &[u8], to: usize, end: usize) -> Option<(usize, usize)> {
    let line = table::line_start(text, to);
    let stop = table::line_end(text, end)?;
    let at = line + memchr::memmem::find(&text[line..stop], b"<<")?;
    let word =
        at + 2 + text[at + 2..stop].iter().take(4).take_while(|byte| b"-\"'\\ ".contains(byte)).count();
    let length =
        text[word..stop].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let start = stop + escape::line_break(text, stop);
    let last = escape::find_break(text, start, text.len().min(start + LONGEST))?;
    let after = last + escape::line_break(text, last);
    let closes = length > 0 && text[after..].trim_ascii_start().starts_with(&text[word..word + length]);
    (start > stop && closes && is_word(&text[start..last])).then_some((start, last))
}

/// Whether `value` is one word, as secrets are.
fn is_word(value: &[u8]) -> bool {
    value.len() >= 6 && value.iter().all(|byte| byte.is_ascii_graphic() && !b"\"'`\\<>|".contains(byte))
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;

    #[test]
    fn what_is_written_into_a_secret_file_goes() {
        let key = ["sJIiTEUNhir", "ttRmINYX8K1oQ"].concat();
        for text in [
            "echo -n § > password.txt",
            "echo \"§\" > ~/.vault-token",
            "printf '%s' § > /etc/app/secret_key",
            "cd /x && echo '§' >> ./conf/api_token.txt",
            "cat > password.txt <<EOF\n§\nEOF\n",
            "cat <<'EOF' > token.txt\n§\nEOF\n",
            "{\"command\": \"echo \\\"§\\\" > token.txt\"}",
            "{\"command\": \"cat > token.txt <<EOF\\n§\\nEOF\\n\"}",
        ] {
            let out = balanced(&text.replace('§', &key));
            assert!(!out.contains(&key) && out.contains("[REDACTED:"), "{out}");
            assert_eq!(out.split("[REDACTED:").next(), text.split('§').next(), "{out}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "echo \"$TOKEN\" > token.txt",
            "echo done > token.txt",
            "echo $(cat x) > password.txt",
            "cat > tokenizer.py <<EOF\nimport tokenize\nEOF\n",
            "cat template > password.txt",
            "echo 'the first line' > tokens.md",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
