//! Values in files that a command prints: `$ cat /etc/foo/password`, and the password alone on the next line.

use super::super::escape;
use super::super::placeholder::is_placeholder;
use super::super::validate::Validator;
use super::name::Name;
use super::non_secret::{is_address, looks_secret};
use super::{Assignment, next_line};

/// How far before the name its command is searched for, in bytes.
const COMMAND: usize = 256;
/// Commands that print a file.
const PRINTERS: [&[u8]; 5] = [b"cat ", b"type ", b"more ", b"get-content ", b"gc "];

/// Finds the value on the line below, where the name is that of a file that a command prints.
pub(super) fn value(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    let in_path = name.start > 0 && matches!(text[name.start - 1], b'/' | b'\\' | b' ');
    let length = escape::line_break(text, name.end);
    if !in_path || length == 0 || !is_printed(&text[name.start.saturating_sub(COMMAND)..name.start]) {
        return;
    }
    let start = name.end + length;
    let Some(end) = next_line::alone(text, start) else { return };
    let value = &text[start..end];
    let chosen = name.sensitive.label == "PASSWORD" && Validator::HumanPassword.accepts(value);
    if (chosen || looks_secret(value)) && !is_placeholder(value) && !is_address(value) {
        out.push(Assignment { start, end, label: name.sensitive.label, quote: None });
    }
}

/// Whether `before` ends in the argument of such a command, a path.
fn is_printed(before: &[u8]) -> bool {
    let in_path = |byte: &&u8| byte.is_ascii_alphanumeric() || b"/\\_-.:~$".contains(byte);
    let path = before.iter().rev().take_while(in_path).count();
    let command = &before[..before.len() - path];
    PRINTERS.iter().any(|printer| {
        let at = command.len().checked_sub(printer.len());
        at.is_some_and(|at| {
            command[at..].eq_ignore_ascii_case(printer)
                && (at == 0
                    || !command[at - 1].is_ascii_alphanumeric()
                    || escape::is_escape_letter(command, at - 1))
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;

    #[test]
    fn what_a_file_holds_goes() {
        for line in [
            "$ kubectl exec -it web-skdae -- cat /etc/secrets/stage-password\n§",
            "$ cat /etc/foo/password\n§\n$ ls",
            "$ cat password.txt\n§\n",
            "sudo cat /var/lib/x/secrets/initialAdminPassword\r\n§\r\n",
            r#"{"out": "$ cat /run/secrets/db_password\n§\n$"}"#,
            r#"{"out": "x\ncat ~/.config/x/api_token\n§"}"#,
        ] {
            for secret in ["q8Z7wv5T4s3Kx9b2", "Wal!nut95_x"] {
                let text = line.replace('§', secret);
                if secret.contains('!') && line.contains("token") {
                    continue;
                }
                assert!(!balanced(&text).contains(secret), "{text}");
            }
        }
    }

    #[test]
    fn what_else_stands_below_a_path_stays() {
        for text in [
            "$ cat /etc/foo/password\ncat: /etc/foo/password: No such file or directory\n",
            "$ ls /etc/foo/password\nWalnut85_x\n",
            "$ cat /etc/foo/password\n/etc/foo/username\n",
            "$ cat docs/password\n# Password\n",
            "$ cat /etc/passwd\nroot:x:0:0:root:/root:/bin/bash\nbin:x:1:1:bin:/bin:/sbin/nologin\n",
            "$ cat /run/secrets/token\n<token>\n",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
