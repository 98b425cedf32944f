//! Counters of the work that a text causes, such as the bytes that patterns read. A clock cannot measure this
//! on a machine with other load.

use std::cell::Cell;

use super::{Preset, Scrubber};

thread_local! {
    static READ: Cell<usize> = const { Cell::new(0) };
    static SEARCHED: Cell<usize> = const { Cell::new(0) };
    static GIVEN: Cell<usize> = const { Cell::new(0) };
    static COMPARED: Cell<usize> = const { Cell::new(0) };
}

/// Counts bytes that a pattern reads or is given in vain, that are searched for a line break, or that are
/// judged as a value. Also counts steps of comparing them with a known value, and of finding the digits of a
/// number.
pub(crate) fn count(bytes: usize) {
    READ.set(READ.get() + bytes);
}

/// Counts bytes that are searched for the words of prefixed tokens alone.
pub(super) fn count_searched(bytes: usize) {
    SEARCHED.set(SEARCHED.get() + bytes);
}

/// The number of bytes that `work` searches for the words of prefixed tokens alone.
pub(super) fn searched(work: impl FnOnce()) -> usize {
    SEARCHED.set(0);
    work();
    SEARCHED.get()
}

/// Counts bytes of texts that are scanned, whatever the scan takes.
pub(super) fn count_given(bytes: usize) {
    GIVEN.set(GIVEN.get() + bytes);
}

/// The number of bytes scanned since the last [`given`] began.
pub(crate) fn given_so_far() -> usize {
    GIVEN.get()
}

/// The number of bytes of texts that `work` scans.
pub(crate) fn given(work: impl FnOnce()) -> usize {
    GIVEN.set(0);
    work();
    GIVEN.get()
}

/// Counts a place in a text, or a name, that is compared with another.
pub(crate) fn count_compared() {
    COMPARED.set(COMPARED.get() + 1);
}

/// The number of comparisons that `work` makes.
pub(crate) fn compared(work: impl FnOnce()) -> usize {
    COMPARED.set(0);
    work();
    COMPARED.get()
}

/// The number of bytes and steps that `work` counts with [`count`].
pub(crate) fn counted(work: impl FnOnce()) -> usize {
    READ.set(0);
    work();
    READ.get()
}

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
