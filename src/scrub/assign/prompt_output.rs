//! Values that a command, or an expression at the prompt of an interpreter, prints on the line below:
//! `$ jq -r .password config.json`, `>>> os.environ['API_KEY']`, and the value alone on the next line.

use super::super::placeholder::is_placeholder;
use super::super::sensitive::Strength;
use super::super::validate::Validator;
use super::super::{escape, extent};
use super::name::Name;
use super::non_secret::is_address;
use super::operator::Operator;
use super::{Assignment, ends_line, next_line, verdict};

/// How far a line is read on either side of the name, in bytes.
const LINE: usize = 192;
/// The shortest value, in bytes.
const SHORTEST: usize = 6;
/// The longest value, in bytes.
const LONGEST: usize = 512;
/// Commands that print what they are asked for.
const PRINTERS: [&[u8]; 47] = [
    b"echo",
    b"printf",
    b"printenv",
    b"cat",
    b"jq",
    b"yq",
    b"grep",
    b"egrep",
    b"rg",
    b"awk",
    b"cut",
    b"sed",
    b"base64",
    b"python",
    b"python3",
    b"node",
    b"ruby",
    b"php",
    b"perl",
    b"kubectl",
    b"oc",
    b"vault",
    b"consul",
    b"etcdctl",
    b"terraform",
    b"tofu",
    b"pulumi",
    b"heroku",
    b"gcloud",
    b"az",
    b"aws",
    b"doppler",
    b"infisical",
    b"crudini",
    b"xmllint",
    b"psql",
    b"mysql",
    b"sqlite3",
    b"op read",
    b"pass show",
    b"sops",
    b"redis-cli",
    b"mongosh",
    b"mongo",
    b"wp config get",
    b"rails runner",
    b"secret-tool lookup",
];
/// Prompts of interpreters, which print the value of an expression.
const PROMPTS: [&[u8]; 7] = [b">>> ", b"In [", b"irb(", b"irb>", b"pry(", b"sqlite> ", b":6379> "];

/// Finds the value on the line below, where the name is part of a line that asks for it.
pub(super) fn value(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    if name.sensitive.strength == Strength::Faint {
        return;
    }
    let Some(end) = escape::find_break(text, name.end, text.len().min(name.end + LINE)) else { return };
    let length = escape::line_break(text, end);
    let line_break = &text[end..end + length];
    let below = end + length;
    // A notebook has an empty line above the output.
    let below = if text[below..].starts_with(line_break) { below + length } else { below };
    let next = below == end + length;
    let from = name.start.saturating_sub(LINE);
    let begin = memchr::memmem::rfind(&text[from..name.start], line_break).map_or(0, |at| at + length);
    let line = &text[from + begin..end];
    let margin = next_line::margin(text, line, below);
    let Some((start, stop, quoted)) = alone(text, name, below + margin.len()) else { return };
    if asks(&line[margin.end..], quoted, next) {
        let label = name.sensitive.label;
        out.push(Assignment { start, end: stop, label, quote: None });
    }
}

/// Returns the value that is alone on the line at `from`, if it may be a secret, and whether it is quoted.
fn alone(text: &[u8], name: &Name, from: usize) -> Option<(usize, usize, bool)> {
    let mut at = from;
    // What interpreters print before a value: `Out[3]: `, `=> `, `[1] `.
    if text[at..].starts_with(b"Out[") {
        let digits = text[at + 4..].iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
        at += 4 + digits;
        at += text[at..].strip_prefix(b"]: ").map(|_| 3)?;
    } else if text[at..].starts_with(b"=> ") {
        at += 3;
    } else if text[at..].starts_with(b"[1] ") {
        at += 4;
    }
    at += usize::from(matches!(text.get(at..at + 2), Some([b'b', b'\'' | b'"'])));
    if let Some((quote, inside)) = escape::quote_at(text, at) {
        let (end, after) = extent::quoted(&text[..text.len().min(inside + LONGEST)], inside, quote, &[]);
        let value = &text[inside..end];
        let secret = after > end
            && ends_line(text, after)
            && value.len() >= SHORTEST
            && !value.contains(&b' ')
            && (verdict::has_mixture(value) || verdict::is_unreadable(value))
            && verdict::quoted(text, name, Operator::Equals { spaced: true }, quote, value);
        return secret.then_some((inside, end, true));
    }
    let inner = |byte: &&u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'<' | b'>' | b'|')
    };
    let end = at + text[at..].iter().take(LONGEST).take_while(inner).count();
    let value = &text[at..end];
    let password = name.sensitive.label == "PASSWORD";
    let secret = end >= at + SHORTEST
        && ends_line(text, end)
        && (password && Validator::HumanPassword.accepts(value) || verdict::looks_secret(value))
        && !is_placeholder(value)
        && !is_address(value)
        && verdict::is_plain(name, value)
        && !verdict::is_version(value);
    secret.then_some((at, end, false))
}

/// Whether `line` asks for the value below it. `next` says whether that is on the next line, without an empty
/// one between them.
fn asks(line: &[u8], quoted: bool, next: bool) -> bool {
    let holds = |part: &[u8]| memchr::memmem::find(line, part).is_some();
    let interpreted = PROMPTS.iter().any(|prompt| holds(prompt)) || line.starts_with(b"> ") || holds(b"\"> ");
    if interpreted {
        // An assignment prints nothing.
        let prints = holds(b"print") || holds(b"puts ") || holds(b"console.log") || holds(b"sqlite> ");
        return !holds(b" = ") && (quoted || prints);
    }
    // A command that hashes the value prints its digest.
    let digest = [b"md5".as_slice(), b"sha1", b"sha2", b"sha5"].into_iter().any(holds);
    !digest && next && PRINTERS.iter().any(|printer| runs(line, printer))
}

/// Whether `line` runs `command`.
fn runs(line: &[u8], command: &[u8]) -> bool {
    memchr::memmem::find_iter(line, command).any(|at| {
        let begins = at == 0
            || matches!(line[at - 1], b' ' | b'"' | b'\'' | b'(' | b'`' | b'|' | b'/' | b';')
            || escape::is_escape_letter(line, at - 1);
        begins && line.get(at + command.len()) == Some(&b' ')
    })
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;
    use proptest::prelude::*;

    const LINES: [&str; 31] = [
        "> Sys.getenv(\"API_KEY\")\n[1] \"§\"\n",
        "sqlite> select password from users;\n§\n",
        "127.0.0.1:6379> get password\n\"§\"\n",
        ">>> os.environ['API_KEY']\n'§'\n",
        ">>> settings.SECRET_KEY\n'§'\n>>> ",
        ">>> print(os.environ['DB_PASSWORD'])\n§\n>>> ",
        "In [3]: os.environ['API_KEY']\nOut[3]: '§'\n",
        "In [3]: config.api_key\n\nOut[3]: '§'\n",
        "> process.env.API_KEY\n'§'\n> ",
        "irb(main):001> ENV[\"API_KEY\"]\n=> \"§\"\n",
        "$ jq -r .password c.json\n§\n",
        "$ jq -r .password c.json\n§",
        "> process.env.API_KEY\n'§'",
        "irb(main):001> ENV[\"API_KEY\"]\n=> \"§\"",
        "$ yq '.db.password' c.yml\n§\n$ ",
        "$ echo $DB_PASSWORD\n§\n",
        "$ printenv API_KEY\n§",
        "$ grep PASS .env | cut -d= -f2\n§\n",
        "bob@host:~/app$ grep DB_PASSWORD .env | cut -d '=' -f 2-\n§\n",
        "root@h:/# cat /run/secrets/db_password\n§\nroot@h:/#",
        "$ kubectl get secret db -o jsonpath='{.data.password}' | base64 -d\n§\n",
        "$ kubectl exec web-1 -- printenv DB_PASSWORD\n§\n",
        "$ python -c \"import os; print(os.environ['API_KEY'])\"\n§\n",
        "$ node -p process.env.API_KEY\n§\n",
        "$ terraform output -raw db_password\n§\n",
        "$ wp config get DB_PASSWORD\n§\n",
        "$ sops -d --extract '[\"api_token\"]' s.yml\n§\n",
        "$ redis-cli get api_token\n\"§\"\n",
        "$ heroku config:get API_KEY\n§\n",
        "$ awk -F= '/DB_PASSWORD/ {print $2}' .env\n§\n",
        "$ az keyvault secret show --name db-password --query value -o tsv\n§\n",
    ];

    proptest! {
        #[test]
        fn what_is_printed_below_goes(
            line in prop::sample::select(LINES.to_vec()),
            secret in prop::sample::select(vec!["q8Z7wv5T4s3Kx9b2", "CRKbKeyv6xQrM3hwwjhCS6jkdFKsvw8f"]),
            json in 0usize..3,
        ) {
            let around = |text: &str| (0..json).fold(text.to_owned(), |text, _| serde_json::json!({ "out": text }).to_string());
            let out = balanced(&around(&line.replace('§', secret)));
            let (before, after) = line.split_once('§').expect("each has a value");
            let label = ["API_KEY", "SECRET", "PASSWORD", "TOKEN"].into_iter().find(|label| {
                out == around(&format!("{before}[REDACTED:{label}]{after}"))
            });
            prop_assert!(label.is_some(), "{out}");
        }
    }

    proptest! {
        #[test]
        fn a_margin_may_precede_both_lines(
            line in prop::sample::select(vec![
                "$ vault kv get -field=password secret/db\n§",
                "$ printenv DB_PASSWORD\n§",
                ">>> settings.DATABASES['default']['PASSWORD']\n'§'",
            ]),
            margin in prop::sample::select(vec![
                ("    ", "    "),
                ("2024-05-02 10:11:12,123 INFO worker: ", "2024-05-02 10:11:13,001 INFO worker: "),
                ("web-1  | ", "web-1  | "),
                ("2024-05-02T10:11:12.1234567Z ", "2024-05-02T10:11:12.2234568Z "),
                ("> ", "> "),
                ("# ", "# "),
                ("     1\t", "     2\t"),
            ]),
            json in 0usize..3,
        ) {
            let (first, second) = line.split_once('\n').expect("two lines");
            let text = format!("{}{first}\n{}{second}", margin.0, margin.1);
            let around = |text: &str| (0..json).fold(text.to_owned(), |text, _| serde_json::json!({ "out": text }).to_string());
            let out = balanced(&around(&text.replace('§', "CobaltMocha744")));
            let wanted = |label: &str| around(&text.replace('§', &format!("[REDACTED:{label}]")));
            prop_assert!(out == wanted("PASSWORD") || out == wanted("SECRET"), "{}", out);
        }
    }

    #[test]
    fn what_python_prints_of_it_goes() {
        for line in [
            "{'stdout': '$ printenv DB_PASSWORD\\n§', 'rc': 0}",
            "{'stdout': 'password: |-\\n  §\\nuser: bob', 'rc': 0}",
            "{'stdout': 'url,username,password,totp\\nhttps://github.com,bob,§,', 'rc': 0}",
            "{'stdout': '    DefaultPassword    REG_SZ    §\\r\\n', 'rc': 0}",
            "{'stdout': '  password §\\n', 'rc': 0}",
        ] {
            assert_eq!(
                balanced(&line.replace('§', "CobaltMocha744")),
                line.replace('§', "[REDACTED:PASSWORD]")
            );
        }
    }

    #[test]
    fn what_else_stands_below_stays() {
        for text in [
            "$ git rev-parse fix-password\n9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d5f4e3a2b\n",
            "$ echo -n password | md5\n5f4dcc3b5aa765d61d8327deb882cf99\n",
            "$ echo $DB_PASSWORD\n\n$ ls\nb8x2Qw91z\n",
            ">>> password = f()\n'b8x2Qw91z'\n",
            ">>> type(password)\n'str'\n",
            ">>> ftp.login() # user anonymous, passwd anonymous@\n'230 Guest login ok, access restrictions apply.'\n",
            "$ grep -l password *\nsettings2.py\n",
            "$ grep -c password f\n12\n",
            "$ kubectl get secret db-password -o name\nsecret/db-password\n",
            "the password\nb8x2Qw91z\n",
            "$ grep pass *.rs\nmain2.rs\n",
            "echo \"Enter the password\"\nread -r password\n",
            "$ jq -r .password c.json\nnull\n",
            "    $ jq -r .password c.json\n    null\n",
            "{'stdout': '$ printenv DB_PASSWORD\\nnone', 'rc': 0}",
            "$ jq -r .token c.json\n${TOKEN}\n",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
