//! Compares a value with a text that spells it literally or with characters escaped in any mix of styles.

use super::Known;
use super::reading::Text;
use crate::scrub::invisible::widthless;
use crate::scrub::{entity, line_continuation, naming};

/// The fewest bytes of a value that count as a secret where the text is cut.
pub(super) const SHORTEST_CUT: usize = 8;

/// How many times a character may be percent-encoded, or written as a character reference.
const MOST_LAYERS: usize = 3;

/// The most backslashes that are read inside an escape. No real text nests strings that deeply.
pub(super) const DEEPEST_RUN: usize = 64;

/// U+00A0, the no-break space. A reference to it also matches an ordinary space.
const NO_BREAK: u32 = 0xa0;

/// How many bytes of a value are checked for reading as words; a longer value has shown by then that it does
/// not.
const WORD: usize = 64;

/// Appends the ways in which `text` at `at` spells the value from `done` on, as pairs of the bytes consumed
/// in the text and in the value.
pub(super) fn spellings(
    known: &Known,
    done: usize,
    text: &Text<'_>,
    at: usize,
    out: &mut Vec<(usize, usize)>,
) {
    let (want, run) = (&known.value[done..], text.slashes(at));
    let text = &text.bytes[at..];
    match (want, text) {
        ([wanted, ..], [byte, ..]) if wanted == byte => out.push((1, 1)),
        ([b' ', ..], [b'+', ..]) => out.push((1, 1)),
        ([b'\n', ..], [b'\r', b'\n', ..]) => out.push((2, 1)),
        _ => {}
    }
    match (want, text) {
        // A line that was broken at a space, or where the value has a line break, with the prefix of the next
        // line.
        ([b' ' | b'\n', ..], [b'\n' | b'\r' | b'\\', ..]) if run <= DEEPEST_RUN => {
            out.extend(line_continuation::continuations(text).into_iter().map(|length| (length, 1)));
        }
        // Lines that a shell has joined into one.
        ([b'\n' | b'\r' | b'\t', ..], [b' ', ..]) => {
            let blank = want.iter().take(WORD).take_while(|byte| byte.is_ascii_whitespace()).count();
            out.push((1, blank));
        }
        // What PowerShell escapes in a string.
        ([sign @ (b'$' | b'`' | b'"'), ..], [b'`', escaped, ..]) if sign == escaped => out.push((2, 1)),
        // A quote in CSV or SQL, a dollar sign in a Makefile or a Compose file.
        ([b'"', ..], [b'"', b'"', ..])
        | ([b'\'', ..], [b'\'', b'\'', ..])
        | ([b'$', ..], [b'$', b'$', ..]) => out.push((2, 1)),
        _ => {}
    }
    match text.first() {
        Some(b'\\') => {
            // The backslashes that the value begins with are needed at many places, so they are counted
            // beforehand.
            let own = if done == 0 { known.slashes } else { leading(want, b'\\') };
            backslashed(want, own, text, run, out);
            quotes_by_turns(want, text, out);
        }
        Some(b'%') => percent(want, text, out),
        // `=3D` of quoted-printable mail.
        Some(b'=') => {
            let code = text.get(1..3).and_then(|digits| number(digits, 16));
            out.extend(code.and_then(|code| byte_or_char(want, code)).map(|matched| (3, matched)));
        }
        Some(b'&') => entity(want, text, out),
        Some(b'\'') => {
            out.extend(shell_quote(want, text));
            quotes_by_turns(want, text, out);
        }
        _ => {}
    }
}

/// Matches a run of backslashes and the character they escape: `\n`, `\\\"`, `\u002d`, `\x2d`, `\055`. `own`
/// is the number of backslashes of the value itself, which every enclosing string doubles.
fn backslashed(want: &[u8], own: usize, text: &[u8], run: usize, out: &mut Vec<(usize, usize)>) {
    let after = text.get(run..).unwrap_or_default();
    out.extend(letter_escape(want, after).map(|(read, matched)| (run + read, matched)));
    let sign = want.get(own..).unwrap_or_default();
    let layers = [own, own * 2, own * 4, own * 8, own * 16].into_iter().filter(|_| own > 0);
    out.extend(
        layers.filter(|&layer| layer == run || layer < run && sign.is_empty()).map(|layer| (layer, own)),
    );
    if run > own {
        if own > 0 {
            out.extend(letter_escape(sign, after).map(|(read, matched)| (run + read, own + matched)));
        }
        // A letter or digit after a backslash would be an escape sequence of its own.
        let is_sign = sign.first().is_some_and(|byte| !byte.is_ascii_alphanumeric());
        if is_sign && sign.first() == after.first() {
            out.push((run + 1, own + 1));
            // A quote doubled inside a string.
            let again = after.get(1..).unwrap_or_default();
            let slashes = inner_run(again);
            let doubled = (1..=run).contains(&slashes) && again.get(slashes) == sign.first();
            if doubled && matches!(sign[0], b'"' | b'\'') {
                out.push((run + slashes + 2, own + 1));
            }
        }
    }
}

/// Matches what follows the backslashes of an escape with a letter or digits.
fn letter_escape(want: &[u8], after: &[u8]) -> Option<(usize, usize)> {
    let control = |byte: u8| (want.first() == Some(&byte)).then_some((1, 1));
    match after.first()? {
        b'n' => control(b'\n'),
        b'r' if want.first() == Some(&b'\n') => {
            // `\r\n` for a line break.
            let slashes = inner_run(after.get(1..)?);
            (slashes > 0 && after.get(1 + slashes) == Some(&b'n')).then_some((2 + slashes, 1))
        }
        b'r' => control(b'\r'),
        b't' => control(b'\t'),
        b'b' => control(8),
        b'f' => control(0xc),
        b'v' => control(0xb),
        b'a' => control(7),
        b'e' => control(0x1b),
        b'x' => byte_or_char(want, number(after.get(1..3)?, 16)?).map(|matched| (3, matched)),
        b'0'..=b'7' => {
            let digits = after.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            byte_or_char(want, number(after.get(..digits)?, 8)?).map(|matched| (digits, matched))
        }
        b'u' if after.get(1) == Some(&b'{') => {
            let digits = after.iter().skip(2).take(6).take_while(|byte| byte.is_ascii_hexdigit()).count();
            let code = number(after.get(2..2 + digits)?, 16)?;
            let closed = after.get(2 + digits) == Some(&b'}');
            char_at(want, code).filter(|_| closed).map(|matched| (3 + digits, matched))
        }
        b'u' => utf16_escape(want, after),
        b'U' => char_at(want, number(after.get(1..9)?, 16)?).map(|matched| (9, matched)),
        _ => None,
    }
}

/// Matches `u00fc`, or a surrogate pair of two such escapes.
fn utf16_escape(want: &[u8], after: &[u8]) -> Option<(usize, usize)> {
    let high = number(after.get(1..5)?, 16)?;
    if !(0xd800..0xdc00).contains(&high) {
        return char_at(want, high).map(|matched| (5, matched));
    }
    let rest = after.get(5..)?;
    let run = inner_run(rest);
    let low = rest.get(run..)?.strip_prefix(b"u")?;
    let low = number(low.get(..4)?, 16).filter(|low| (0xdc00..0xe000).contains(low))?;
    let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    char_at(want, code).filter(|_| run > 0).map(|matched| (10 + run, matched))
}

/// Matches `%2d`, also with the percent sign itself percent-encoded (`%252d`).
fn percent(want: &[u8], text: &[u8], out: &mut Vec<(usize, usize)>) {
    let mut at = 1;
    while let Some(code) = text.get(at..at + 2).and_then(|digits| number(digits, 16)) {
        at += 2;
        out.extend(byte_or_char(want, code).map(|matched| (at, matched)));
        if code != u32::from(b'%') || at > MOST_LAYERS * 2 {
            break;
        }
    }
}

/// Matches `&amp;`, `&#38;` or `&#x26;`, also with the ampersand itself written as a reference (`&amp;#38;`).
fn entity(want: &[u8], text: &[u8], out: &mut Vec<(usize, usize)>) {
    let mut at = 1;
    for _ in 0..MOST_LAYERS {
        let Some((length, code)) = text.get(at..).and_then(reference) else { return };
        at += length;
        out.extend(char_at(want, code).map(|matched| (at, matched)));
        if code == NO_BREAK {
            out.extend(char_at(want, u32::from(b' ')).map(|matched| (at, matched)));
        }
        if code != u32::from(b'&') {
            return;
        }
    }
}

/// Parses what follows the `&` of a character reference, including the `;`. Returns its length and the
/// character.
fn reference(text: &[u8]) -> Option<(usize, u32)> {
    let (prefix, radix) = match text {
        [b'#', b'x' | b'X', ..] => (2, 16),
        [b'#', ..] => (1, 10),
        _ => {
            let (sign, length) = entity::named(text)?;
            return Some((length, if sign == b' ' { NO_BREAK } else { u32::from(sign) }));
        }
    };
    let digits = text.get(prefix..)?;
    let count = digits.iter().take(8).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let code = number(digits.get(..count)?, radix)?;
    (digits.get(count) == Some(&b';')).then_some((prefix + count + 1, code))
}

/// Matches a single quote inside a single-quoted string of the shell: `'\''` or `'"'"'`, also in a JSON
/// string.
fn shell_quote(want: &[u8], text: &[u8]) -> Option<(usize, usize)> {
    let text = text.strip_prefix(b"'").filter(|_| want.first() == Some(&b'\''))?;
    let run = inner_run(text);
    let after = text.get(run..)?;
    if run > 0 && after.starts_with(b"''") {
        return Some((run + 3, 1));
    }
    let after = after.strip_prefix(b"\"'")?;
    let second = inner_run(after);
    after.get(second..)?.starts_with(b"\"'").then_some((run + second + 5, 1))
}

/// Matches a single quote inside nested shell strings, one to three layers deep, and possibly inside a string
/// of JSON or Python: `'` and `"` alternate, 5, 17 or 53 of them.
fn quotes_by_turns(want: &[u8], text: &[u8], out: &mut Vec<(usize, usize)>) {
    const LENGTHS: [usize; 3] = [5, 17, 53];
    const SLASHES: usize = 16;
    if want.first() != Some(&b'\'') {
        return;
    }
    let mut at = 0;
    for (count, sign) in (1..=LENGTHS[2]).zip([b'\'', b'"'].into_iter().cycle()) {
        at += text[at..].iter().take(SLASHES).take_while(|byte| **byte == b'\\').count();
        if text.get(at) != Some(&sign) {
            break;
        }
        at += 1;
        if LENGTHS.contains(&count) {
            out.push((at, 1));
        }
    }
}

/// The possible lengths of what interrupts a value on a terminal: a colour sequence, a zero-width character,
/// or a line wrap with the prefix of the next line.
pub(super) fn interruptions(text: &[u8]) -> Vec<usize> {
    if let [0x1b, b'[', rest @ ..] = text {
        let end = rest.iter().take(32).position(|byte| matches!(byte, b'@'..=b'~'));
        return end.map(|length| length + 3).into_iter().collect();
    }
    match widthless(text) {
        Some(length) => vec![length],
        None if inner_run(text) <= DEEPEST_RUN => line_continuation::continuations(text),
        None => Vec::new(),
    }
}

/// Whether a string that holds the first bytes `done` of a value ends where `text` begins: a mark of
/// truncation follows, or a closing quote. The first word of a value may also be an ordinary word, so after a
/// quote, or with a space before the mark, `done` must not read as words.
pub(super) fn is_cut(done: &[u8], text: &[u8], run: usize) -> bool {
    let quote = text.get(run).is_some_and(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let said = || text.first() == Some(&b' ') && says_cut(text.trim_ascii_start());
    says_cut(text) || (quote || said()) && is_no_word(done)
}

/// Whether `text` begins with what programs print in place of the rest: dots, a mask, a remark in brackets,
/// the prompt of a pager.
fn says_cut(text: &[u8]) -> bool {
    const SIGNS: [&str; 4] = ["...", "…", "***", "--More--"];
    const WORDS: [&[u8]; 6] = [b"...", b"truncated", b"clipped", b"omitted", b"elided", b"cut"];
    const LONGEST: usize = 48;
    if let [b'<' | b'[' | b'(' | b'{', rest @ ..] = text {
        let rest = &rest[..rest.len().min(LONGEST)];
        let end = rest.iter().position(|byte| matches!(byte, b'>' | b']' | b')' | b'}' | b'\n' | b'"'));
        let end = end.unwrap_or(rest.len());
        let says = |word: &[u8]| rest[..end].windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
        return WORDS.into_iter().any(says);
    }
    SIGNS.iter().any(|sign| text.starts_with(sign.as_bytes()))
}

/// Whether part of a value is recognisable as part of a secret and not as words. Values that people choose
/// are made of words, and a word may occur by itself. A part that changes its case inside a word or holds a
/// digit is no word, however often random characters look like a name.
pub(super) fn is_no_word(part: &[u8]) -> bool {
    let part = &part[..part.len().min(WORD)];
    let mut pieces = part.split(|byte| !byte.is_ascii_alphabetic());
    let of_one_case = |piece: &[u8]| {
        let rest = piece.get(1..).unwrap_or_default();
        rest.iter().all(u8::is_ascii_lowercase) || piece.iter().all(u8::is_ascii_uppercase)
    };
    !naming::is_words(part) || !pieces.all(of_one_case)
}

/// Whether `text` is only the beginning of an escape, cut before its end.
pub(super) fn is_cut_escape(text: &[u8], run: usize) -> bool {
    let hexadecimal = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match text {
        [] => true,
        [b'%', digits @ ..] => digits.len() < 2 && hexadecimal(digits),
        [b'&', name @ ..] => {
            name.len() < 8 && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#')
        }
        [b'\\', ..] => match text.get(run..).unwrap_or_default() {
            [] => true,
            [b'u', digits @ ..] => digits.len() < 4 && hexadecimal(digits),
            [b'x', digits @ ..] => digits.len() < 2 && hexadecimal(digits),
            _ => false,
        },
        _ => false,
    }
}

/// How many bytes of `want` are matched by the byte, or else by the character, with this number.
fn byte_or_char(want: &[u8], code: u32) -> Option<usize> {
    if want.first().is_some_and(|&byte| u32::from(byte) == code) { Some(1) } else { char_at(want, code) }
}

/// The length of the character with this number, if `want` begins with it.
fn char_at(want: &[u8], code: u32) -> Option<usize> {
    let mut buffer = [0; 4];
    let bytes = char::from_u32(code)?.encode_utf8(&mut buffer).as_bytes();
    want.starts_with(bytes).then_some(bytes.len())
}

/// Parses digits as a number; `None` for no digits.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let add = |number: u32, digit: &u8| Some(number * radix + char::from(*digit).to_digit(radix)?);
    (!digits.is_empty()).then(|| digits.iter().try_fold(0, add))?
}

/// The number of backslashes at the beginning of `text`, counted up to [`DEEPEST_RUN`] plus one.
pub(super) fn inner_run(text: &[u8]) -> usize {
    leading(&text[..text.len().min(DEEPEST_RUN + 1)], b'\\')
}

/// The number of times `byte` is repeated at the beginning of `text`.
pub(super) fn leading(text: &[u8], byte: u8) -> usize {
    text.iter().take_while(|&&other| other == byte).count()
}
