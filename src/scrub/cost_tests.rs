//! Tests that no text costs more than a fixed multiple of its length, in the units that `work` counts.

use super::work::counted;
use super::{Preset, Scrubber};

fn read(preset: Preset, text: &str) -> usize {
    counted(|| drop(Scrubber::new(preset).scrub_text(text)))
}

/// Lines that each begin a token, and keywords that each begin something that ends far away or not at all.
/// They are concatenated here, so that no scanner reports them as secrets.
fn shapes() -> Vec<String> {
    let [jwt, git, lab] = ["eyJ", concat!("gh", "p_"), concat!("glp", "at-")];
    vec![
        format!("{jwt}-"),
        format!(".{jwt}"),
        format!("sk.{jwt}"),
        format!("-{jwt}abcdefgh"),
        format!("{jwt}hbGciOi.\n"),
        format!("{jwt}hbGciOiJI\n"),
        format!("{jwt}hbGciOiJIUzI1NiJ9.{jwt}zdWIiOiIxMjM0NTY3.\n"),
        format!("{git}a1B2c3D4e5\n"),
        format!("{git}aaaaaa\n"),
        format!("{git}a1B2c3D4e5\nab\ncd\nef\ngh\n"),
        format!("{lab}a1B2c3D4\n"),
        format!("/{lab}/{lab}/{lab}\n"),
        format!("a.py:12:{git}a1B2c3D4\n"),
        format!("{lab}a1B2c3D4\\n"),
        format!("\"{git}a1B2c3D4\" + "),
        format!("\"{git}a1B2c3D4e5\"\n"),
        format!("{git}a1B2c3<wbr>"),
        format!("{lab}a1B2c3=\n"),
        format!("| {git}a1B2c3D4 |\n"),
        format!("web-1 | {git}a1B2c3D4\n"),
        "+password:\n".to_owned(),
        "12:token | password |\n".to_owned(),
        "\"kind\":\"Secret\",".to_owned(),
        "{\"data\":{\"a\":\"b\"},\"kind\":\"Secret\",\"x\":".to_owned(),
        "kind: Secret\n".to_owned(),
        "-   kind: Secret\n    a: b\n".to_owned(),
        "{Cookie: a=b, ".to_owned(),
        "password='a''".to_owned(),
        "a.py:1:password | ".to_owned(),
        format!("{git}a1\nB2c3D4e5F6g7\n"),
        format!("x_gh\np_a1B2c3D4e5\n"),
        "a\u{200b}".to_owned(),
        // One word made of runs; for each run the bytes before it are checked for the prefix of an id.
        "q7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0Pa8Ue3_".to_owned(),
        // Inside a long word; these rules look back for its beginning.
        format!("{}1234", concat!("AZ", "DO")),
        concat!("JQQ", "J99").to_owned(),
        concat!("8Q", "~a1B2").to_owned(),
        // The rule looks back 64 KiB.
        "-----end".to_owned(),
        "-----END\n".to_owned(),
    ]
}

/// Names nested in each other: the value of each contains those after it.
fn names() -> Vec<String> {
    let words = [
        "token",
        "key",
        "auth_salt",
        "user/pw",
        "?key",
        "password",
        "cookie",
        "--from-literal",
        "2fa_secret",
        "Bearer",
    ];
    let joints = ["", "=", ":", "=1a", ": ", "=(", " = ", "=\"", ","];
    words.iter().flat_map(|word| joints.iter().map(move |joint| format!("{word}{joint}"))).collect()
}

#[test]
fn a_row_of_brackets_is_followed_to_its_end_once() {
    let names = [
        "password=",
        "password: ",
        "export X_TOKEN=",
        "<password>",
        "API_KEY = ",
        "pass:",
        "{\"password\": ",
    ];
    for name in names {
        for bracket in [")", "]", "}", ")]}"] {
            for rest in ["_", "é", "/x", "="] {
                let text = |size: usize| {
                    format!(
                        "{name}{}{}",
                        bracket.repeat(size / bracket.len()),
                        rest.repeat(size / rest.len())
                    )
                };
                let counts = [1, 8].map(|times| read(Preset::Strict, &text(times << 12)));
                assert!(counts[1] <= 10 * counts[0] + (1 << 19), "{name:?} {bracket:?} {rest:?}: {counts:?}");
            }
        }
    }
}

#[test]
fn a_row_of_backslashes_is_not_read_from_each_of_them() {
    let names = [
        "pwd,",
        "password,",
        "password  ",
        "password\u{2502}",
        "|password|",
        "password ",
        "\"kind: Secret",
        concat!("xox", "b-|"),
        "{\"kind\":\"Secret\",\"data\":{\"",
        "password: ",
        "- name: DB_PASSWORD ",
        "page.fill('#password', ",
    ];
    for name in names {
        for (begin, between) in [("", ""), ("COPY t (a,", ") FROM stdin;\n"), ("", "\n")] {
            let text =
                |size: usize| format!("{begin}{}password{between}{}", name.repeat(60), "\\".repeat(size));
            let sizes = [1, 8].map(|times| times << 12);
            let counts = sizes.map(|size| read(Preset::Strict, &text(size)));
            assert!(counts[1] <= 10 * counts[0] + (1 << 19), "{begin:?} {name:?}: {counts:?}");
        }
    }
}

#[test]
fn patterns_read_each_byte_of_hostile_text_so_often_and_no_more() {
    for preset in [Preset::Balanced, Preset::Strict] {
        // Values are parsed alike in both presets.
        let names = if preset == Preset::Strict { names() } else { Vec::new() };
        for shape in shapes().into_iter().chain(names) {
            let sizes = [1, 2, 4, 8].map(|times| times << 13);
            let counts = sizes.map(|size| read(preset, &shape.repeat(size / shape.len())));
            for (size, count) in sizes.iter().zip(counts) {
                // The first few tries read up to the longest match, whatever the length of the text.
                assert!(count <= 128 * size + (1 << 19), "{shape:?}: {count} of {size}");
            }
            assert!(counts[3] <= 10 * counts[0] + (1 << 19), "{shape:?}: {counts:?}");
        }
    }
}

/// A rule whose match begins before its keyword searches for the match, and would read on to its bound.
#[test]
fn no_pattern_reads_where_none_of_its_matches_ends() {
    let rest = " and so on, in words".repeat(200);
    let with = read(Preset::Balanced, &format!("this is about api key-rotation{rest}"));
    let without = read(Preset::Balanced, &format!("this is about api rotation{rest}"));
    assert!((1..200).contains(&(with - without)), "{with} and {without} bytes read");
}
