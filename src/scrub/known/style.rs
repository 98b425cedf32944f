//! The styles in which programs escape characters, and the beginnings of a value that are searched for in
//! each style.
//!
//! Only the first bytes of a value are written out here, in every style, to have something to search for. The
//! rest is compared by [`super::spelling`], which accepts the styles in any mix.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::scrub::entity;
use Form::{
    Backslash, Braced, Decimal, Entity, HexBytes, HexChar, Hexadecimal, Named, OctalBytes, Percent, Quoted,
    Same, Shortest, Text, Unicode, Wide,
};
use Set::{AllBut, Beyond, Control, Every, Of};

/// The length of a searched beginning, in bytes.
pub(super) const WIDTH: usize = 8;

/// A set of characters.
#[derive(Clone, Copy)]
enum Set {
    /// These characters.
    Of(&'static str),
    /// All characters but ASCII letters, digits and these.
    AllBut(&'static str),
    /// All characters beyond ASCII.
    Beyond,
    /// Control characters below the space.
    Control,
    Every,
}

/// How a character is written. The `bool` of a form with hexadecimal digits says whether they are in upper
/// case.
#[derive(Clone, Copy)]
enum Form {
    /// `%c3%bc`
    Percent(bool),
    /// `=C3=BC`
    Quoted,
    /// `\u00fc`
    Unicode(bool),
    /// `\u{fc}`
    Braced,
    /// `&#252;`
    Decimal,
    /// `&#xfc;`
    Hexadecimal(bool),
    /// `&amp;`
    Named,
    /// `&plus;`: the name with this index among those of the character, if there is one.
    Entity(usize),
    /// `\"`; a control character by its letter: `\n`
    Backslash,
    /// `\xc3\xbc`
    HexBytes(bool),
    /// `\xfc`
    HexChar,
    /// `\xfc`, `\u20ac`, `\U0001f600`: the shortest escape that holds the character.
    Shortest,
    /// `\u00fc`, `\U0001f600`
    Wide(bool),
    /// `\303\274`
    OctalBytes,
    /// Unescaped.
    Same,
    /// This text.
    Text(&'static str),
}

/// The form of a character is that of the first set that contains it. A character in none is unescaped.
type Style = &'static [(Set, Form)];

/// The styles that leave letters and digits unescaped.
const SPARING: &[Style] = &[
    // Percent-encoding: RFC 3986, paths, `encodeURIComponent`, `encodeURI`, forms.
    &[(AllBut("-_.~"), Percent(false))],
    &[(AllBut("-_.~"), Percent(true))],
    &[(AllBut("-_.~/"), Percent(false))],
    &[(AllBut("-_.~/"), Percent(true))],
    &[(AllBut("-_.!~*'()"), Percent(false))],
    &[(AllBut("-_.!~*'()"), Percent(true))],
    &[(AllBut("-_.!~*'();,/?:@&=+$#"), Percent(false))],
    &[(AllBut("-_.!~*'();,/?:@&=+$#"), Percent(true))],
    &[(Of(" "), Text("+")), (AllBut("-_.*"), Percent(false))],
    &[(Of(" "), Text("+")), (AllBut("-_.*"), Percent(true))],
    &[(Of(" "), Text("+")), (AllBut("-_.~"), Percent(false))],
    &[(Of(" "), Text("+")), (AllBut("-_.~"), Percent(true))],
    &[(Of(" "), Text("+")), (AllBut("-_.~/"), Percent(true))],
    // JSON: plain, ASCII only, with `\/`, safe in HTML, safe anywhere.
    &[(Of("\"\\"), Backslash), (Control, Backslash)],
    &[(Of("\"\\"), Backslash), (Control, Unicode(false))],
    &[(Of("\"\\"), Backslash), (Control, Unicode(true))],
    &[(Of("\"\\"), Backslash), (Control, Backslash), (Beyond, Unicode(false))],
    &[(Of("\"\\"), Backslash), (Control, Backslash), (Beyond, Unicode(true))],
    &[(Of("\"\\/"), Backslash), (Control, Backslash)],
    &[(Of("\"\\/"), Backslash), (Control, Backslash), (Beyond, Unicode(false))],
    &[(Of("\"\\"), Backslash), (Control, Backslash), (Of("<>&"), Unicode(false))],
    &[(Of("\"\\"), Backslash), (Control, Backslash), (Of("<>&"), Unicode(true))],
    &[(Of("\\"), Backslash), (Control, Backslash), (AllBut("-_.~ ,:;()[]{}#$%!?*@/^|=+"), Unicode(false))],
    &[(Of("\\"), Backslash), (Control, Backslash), (AllBut("-_.~ ,:;()[]{}#$%!?*@/^|"), Unicode(true))],
    &[(Control, Backslash), (AllBut("-_. "), Unicode(false))],
    &[(Control, Backslash), (AllBut("-_. "), Unicode(true))],
    // XML and HTML.
    &[(Of("&<>"), Named)],
    &[(Of("&<>\""), Named)],
    &[(Of("&<>\"'"), Named)],
    &[(Of("&<>\"'"), Decimal)],
    &[(Of("\"'"), Decimal), (Of("&<>"), Named)],
    &[(Of("'"), Decimal), (Of("&<>\""), Named)],
    &[(Of("'"), Hexadecimal(false)), (Of("&<>\""), Named)],
    &[(Of("&<>"), Named), (Beyond, Decimal)],
    &[(Of("&<>"), Named), (Beyond, Hexadecimal(false))],
    &[(Of("&<>\""), Named), (Beyond, Decimal)],
    &[(Of("&<>\""), Named), (Beyond, Hexadecimal(false))],
    &[(Of("\"'"), Decimal), (Of("&<>"), Named), (Beyond, Decimal)],
    &[(Of("\"'"), Decimal), (Of("&<>"), Named), (Beyond, Hexadecimal(false))],
    &[(Of("'"), Decimal), (Of("&<>\""), Named), (Beyond, Decimal)],
    &[(Of("'"), Decimal), (Of("&<>\""), Named), (Beyond, Hexadecimal(false))],
    &[(Of("'"), Hexadecimal(false)), (Of("&<>\""), Named), (Beyond, Decimal)],
    &[(Of("'"), Hexadecimal(false)), (Of("&<>\""), Named), (Beyond, Hexadecimal(false))],
    &[(Of("&<>\"'"), Named), (Beyond, Decimal)],
    &[(Of("&<>\"'"), Named), (Beyond, Hexadecimal(false))],
    &[(Of("&<>\"'"), Named), (Beyond, Hexadecimal(true))],
    &[(Every, Entity(0))],
    &[(Every, Entity(1))],
    &[(Every, Entity(2))],
    &[(Beyond, Decimal), (Every, Entity(0))],
    &[(Beyond, Hexadecimal(false)), (Every, Entity(0))],
    &[(AllBut(" "), Decimal)],
    &[(AllBut(" "), Hexadecimal(false))],
    &[(AllBut(" "), Hexadecimal(true))],
    // Shell.
    &[(Of("'"), Text("'\\''"))],
    &[(Of("'"), Text("'\"'\"'"))],
    &[(Of("$`\"\\!"), Backslash)],
    &[(Of("$`\"\\"), Backslash)],
    &[(Beyond, OctalBytes), (AllBut("-_.,:=@%+/"), Backslash)],
    &[(Beyond, Same), (Control, Same), (AllBut("-_.,:=@%+/"), Backslash)],
    // PowerShell.
    &[(Of("$"), Text("`$")), (Of("`"), Text("``")), (Of("\""), Text("`\""))],
    // Doubled, as in CSV and SQL, and in Compose files and Makefiles.
    &[(Of("\""), Text("\"\""))],
    &[(Of("'"), Text("''"))],
    &[(Of("$"), Text("$$"))],
    // Mail: in a text, and in the line of a header.
    &[(Of("="), Quoted), (Beyond, Quoted)],
    &[(AllBut(""), Quoted)],
    // Regular expressions and Markdown.
    &[(Beyond, Same), (Control, Same), (AllBut("-_"), Backslash)],
    &[(Beyond, Same), (Control, Same), (AllBut("_"), Backslash)],
    &[(Beyond, Same), (Control, Same), (AllBut("-"), Backslash)],
    &[(Beyond, Same), (Control, Same), (AllBut(""), Backslash)],
    // C, and languages that took their escapes from it.
    &[(Of("\"\\"), Backslash), (Control, Backslash), (Beyond, HexBytes(false))],
    &[(Of("\"\\"), Backslash), (Control, Backslash), (Beyond, OctalBytes)],
    &[(Of("'\\"), Backslash), (Control, Backslash)],
    &[(Of("'\\"), Backslash), (Control, Backslash), (Beyond, HexBytes(false))],
    &[(Of("'\\"), Backslash), (Control, Backslash), (Beyond, HexChar)],
    &[(Of("'\\"), Backslash), (Control, Backslash), (Beyond, Shortest)],
    &[(Of("'\\"), Backslash), (Control, Backslash), (Beyond, Wide(false))],
    &[(Of("'\\"), Backslash), (Control, Backslash), (Beyond, OctalBytes)],
    &[(Of("\"'\\"), Backslash), (Control, Backslash)],
    &[(Of("\"'\\"), Backslash), (Control, Backslash), (Beyond, HexBytes(false))],
    &[(Of("\"'\\"), Backslash), (Control, Backslash), (Beyond, HexBytes(true))],
    &[(Of("\"'\\"), Backslash), (Control, Backslash), (Beyond, OctalBytes)],
    &[(Of("\"'\\"), Backslash), (Control, Backslash), (Beyond, HexChar)],
    &[(Of("\"\\"), Backslash), (Control, Backslash), (Beyond, Wide(false))],
    &[(Of("\"\\"), Backslash), (Control, Backslash), (Beyond, Wide(true))],
    &[(Of("\\"), Backslash), (Control, Backslash), (Beyond, Shortest)],
    &[(Of("\\"), Backslash), (Control, Backslash), (Beyond, Wide(false))],
    &[(Of("\\"), Backslash), (Control, Backslash), (Beyond, Wide(true))],
    &[(Of("\\"), Backslash), (Control, Backslash)],
    &[(Of("\"'\\\t\n\r"), Backslash), (Control, Braced), (Beyond, Braced)],
    &[(Of("\"\\\t\n\r"), Backslash), (Control, Braced)],
    &[(Of("\\"), Backslash), (Control, HexBytes(false)), (Beyond, HexBytes(false))],
    &[(Of("\\"), Backslash), (Control, OctalBytes), (Beyond, OctalBytes)],
];

/// The styles that escape every character.
const FULL: &[Style] = &[
    &[(Every, Percent(false))],
    &[(Every, Percent(true))],
    &[(Every, Unicode(false))],
    &[(Every, Unicode(true))],
    &[(Every, Decimal)],
    &[(Every, Hexadecimal(false))],
    &[(Every, Hexadecimal(true))],
    &[(Every, HexBytes(false))],
    &[(Every, HexBytes(true))],
    &[(Every, OctalBytes)],
];

/// How a string in a string is written: in double quotes, in single ones, in those of the shell.
const AROUND: [Style; 4] = [
    &[(Of("\"\\"), Backslash), (Control, Backslash)],
    &[(Of("'\\"), Backslash), (Control, Backslash)],
    &[(Of("'"), Text("'\"'\"'"))],
    &[(Of("$`\"\\"), Backslash), (Control, Same)],
];

/// The most layers of escaping: that of a style, and of three strings around it.
const LAYERS: usize = 4;

/// The beginnings that an occurrence of the value may have, sorted and without duplicates. Each is [`WIDTH`]
/// bytes long, or shorter if the whole occurrence is.
pub(super) fn beginnings(value: &[u8]) -> Vec<Vec<u8>> {
    // Every character becomes at least one byte, so `WIDTH` characters are enough.
    let head = value.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let head: Vec<char> = head.chars().take(WIDTH).collect();
    let plain = head.iter().all(char::is_ascii_alphanumeric);
    let sparing = if plain { &[] } else { SPARING };
    let written = |style: &Style, text: &[char]| {
        let mut written = String::new();
        for &character in text {
            write_in(style, character, &mut written);
        }
        written.chars().take(WIDTH).collect::<Vec<char>>()
    };
    let mut layer: BTreeSet<Vec<char>> =
        sparing.iter().chain(FULL).map(|style| written(style, &head)).collect();
    let mut all = layer.clone();
    for _ in 1..LAYERS {
        let around = layer.iter().flat_map(|text| AROUND.iter().map(|style| written(style, text)));
        layer = around.filter(|text| !all.contains(text)).collect();
        all.extend(layer.iter().cloned());
    }
    let text = |text: Vec<char>| text.into_iter().collect::<String>().bytes().take(WIDTH).collect();
    let mut found: Vec<Vec<u8>> = all.into_iter().map(text).collect();
    found.push(value.iter().copied().take(WIDTH).collect());
    found.sort_unstable();
    found.dedup();
    found
}

/// Appends `character` in a style.
fn write_in(style: Style, character: char, out: &mut String) {
    let holds = |set: Set| match set {
        Of(characters) => characters.contains(character),
        AllBut(characters) => !character.is_ascii_alphanumeric() && !characters.contains(character),
        Beyond => !character.is_ascii(),
        Control => character < ' ',
        Every => true,
    };
    match style.iter().find(|(set, _)| holds(*set)) {
        // Writing to a string does not fail.
        Some(&(_, form)) => drop(write_as(form, character, out)),
        None => out.push(character),
    }
}

/// Appends `character` in a form.
fn write_as(form: Form, character: char, out: &mut String) -> std::fmt::Result {
    let code = u32::from(character);
    let mut buffer = [0; 4];
    let bytes = character.encode_utf8(&mut buffer).as_bytes();
    let mut units = [0; 2];
    match form {
        Percent(false) => bytes.iter().try_for_each(|byte| write!(out, "%{byte:02x}")),
        Percent(true) => bytes.iter().try_for_each(|byte| write!(out, "%{byte:02X}")),
        Quoted => bytes.iter().try_for_each(|byte| write!(out, "={byte:02X}")),
        Unicode(false) => {
            character.encode_utf16(&mut units).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))
        }
        Unicode(true) => {
            character.encode_utf16(&mut units).iter().try_for_each(|unit| write!(out, "\\u{unit:04X}"))
        }
        Braced => write!(out, "\\u{{{code:x}}}"),
        Decimal => write!(out, "&#{code};"),
        Hexadecimal(false) => write!(out, "&#x{code:x};"),
        Hexadecimal(true) => write!(out, "&#x{code:X};"),
        HexBytes(false) => bytes.iter().try_for_each(|byte| write!(out, "\\x{byte:02x}")),
        HexBytes(true) => bytes.iter().try_for_each(|byte| write!(out, "\\x{byte:02X}")),
        HexChar | Shortest if code <= 0xff => write!(out, "\\x{code:02x}"),
        HexChar => write_as(Unicode(false), character, out),
        Shortest => write_as(Wide(false), character, out),
        Wide(true) if code > 0xffff => write!(out, "\\U{code:08X}"),
        Wide(false) if code > 0xffff => write!(out, "\\U{code:08x}"),
        Wide(upper) => write_as(Unicode(upper), character, out),
        Entity(number) => match entity::name_of(character, number).filter(|_| character != ' ') {
            Some(name) => write!(out, "&{name}"),
            None => out.write_char(character),
        },
        OctalBytes => bytes.iter().try_for_each(|byte| write!(out, "\\{byte:03o}")),
        Same => out.write_char(character),
        Text(text) => out.write_str(text),
        Named => match character {
            '&' => out.write_str("&amp;"),
            '<' => out.write_str("&lt;"),
            '>' => out.write_str("&gt;"),
            '"' => out.write_str("&quot;"),
            '\'' => out.write_str("&apos;"),
            _ => out.write_char(character),
        },
        Backslash => match character {
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            '\u{8}' => out.write_str("\\b"),
            '\u{c}' => out.write_str("\\f"),
            _ if character < ' ' => write_as(Unicode(false), character, out),
            _ => write!(out, "\\{character}"),
        },
    }
}
