//! Views of base64 payloads, also wrapped over several lines.

use crate::scrub::digit64::{bytes, digit};
use crate::scrub::escape;
use crate::scrub::runs::{self, Runs};

/// The shortest payload that may hold a secret and its name, in characters.
const SHORTEST: usize = 20;
/// How many characters are decoded first to see whether a payload is text at all.
const BEGINNING: usize = 12;
/// A line of at least this many characters may continue on the next.
const LINE: usize = 20;
/// The deepest indentation of a wrapped line, in bytes.
const INDENTATION: usize = 64;
/// How far into a run a payload may begin, after a `-`, `_`, `/` or `+`.
const PREFIX: usize = 48;
const _: () = assert!(PREFIX < runs::BLOCK, "a word has a bit for each");

/// Calls `look` with the span of every payload in `text` that decodes to text, and with the decoded text.
/// `runs` are the runs of `text`.
pub(crate) fn each(text: &[u8], runs: &Runs, mut look: impl FnMut(usize, usize, &[u8])) {
    let mut decoded = Vec::new();
    let mut at = 0;
    for run in runs.of(SHORTEST).filter(|run| !runs.is_row(*run)) {
        let mut start = at.clamp(run.start, run.end);
        let begin = start;
        // The run is split at the joints that are in neither alphabet.
        let ends = memchr::memchr3_iter(b'.', b'=', b'~', &text[begin..run.end]).map(|end| begin + end);
        for end in ends.chain([run.end]) {
            if end >= start + SHORTEST
                && let Some(from) = beginning(text, runs, start, end)
            {
                at = decode(text, from, end, &mut decoded);
                if decoded.len() * 4 >= SHORTEST * 3 - 12 {
                    look(from, at, &decoded);
                }
            }
            start = at.max(end + 1);
        }
    }
}

/// Which bytes are characters of one of the alphabets.
static IN_RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        table[byte as usize] = digit(byte).is_some();
        byte += 1;
    }
    table
};

/// Where in a run a payload begins that decodes to text: at the beginning, or after a character that joins
/// words.
fn beginning(text: &[u8], runs: &Runs, start: usize, end: usize) -> Option<usize> {
    let start = start + usize::from(escape::is_escape_letter(text, start));
    let last = PREFIX.min((end - start).checked_sub(SHORTEST)?);
    // A bit for each place: the first, and those after a joint up to `last`. No payload begins with a joint.
    let joints = runs.joints_from(start);
    let mut places = ((joints & ((1 << last) - 1)) << 1 | 1) & !joints;
    let mut found = None;
    while places != 0 {
        let at = start + places.trailing_zeros() as usize;
        if is_ascii(&text[at..end]) {
            found = Some(at);
            break;
        }
        places &= places - 1;
    }
    // After a joint only ASCII counts: too much else decodes to characters beyond ASCII.
    if found == Some(start) || !is_utf8(&text[start..end]) { found } else { Some(start) }
}

/// Whether a payload begins like UTF-8, possibly cut inside a character.
fn is_utf8(run: &[u8]) -> bool {
    let Some(beginning) = run.first_chunk::<BEGINNING>() else { return false };
    // Most runs are rejected by their first bytes, tested together without a branch: a continuation byte must
    // follow a byte of a multi-byte character.
    let kind = |at: usize| KINDS[usize::from(beginning[at])] >> (2 * (at % 4)) & 3;
    let mut open = 0;
    let mut stray = 0;
    for at in [0, 1, 2, 4, 5, 6] {
        let (further, first) = (kind(at) >> 1, kind(at) & 1);
        stray |= further & !first & !open;
        open = further;
    }
    if stray & 1 != 0 {
        return false;
    }
    let mut decoded = [0; BEGINNING / 4 * 3];
    for (group, place) in beginning.chunks_exact(4).zip(decoded.chunks_exact_mut(3)) {
        let Some(bytes) = bytes(group) else { return false };
        place.copy_from_slice(&bytes);
    }
    let whole = match std::str::from_utf8(&decoded) {
        Ok(_) => decoded.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return false,
    };
    decoded[..whole].iter().all(|byte| !byte.is_ascii() || is_printable(*byte))
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// The first two bits of a continuation byte of UTF-8. If the second bit is set as well, the byte is the
/// first of several; without the first bit it is ASCII.
const BEHIND: u8 = 2;

/// For each character the first two bits of the decoded byte it leads to as the first, second and third of a
/// group; two bits for each.
static KINDS: [u8; 256] = {
    // A byte in neither alphabet never begins a character.
    let mut table = [BEHIND | BEHIND << 2 | BEHIND << 4; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        if let Some(digit) = digit(byte) {
            table[byte as usize] = digit >> 4 | (digit >> 2 & 3) << 2 | (digit & 3) << 4;
        }
        byte += 1;
    }
    table
};

/// Whether a payload begins like ASCII text.
#[inline]
fn is_ascii(run: &[u8]) -> bool {
    let Some(beginning) = run.first_chunk::<BEGINNING>() else { return false };
    // Six characters are tested together without a branch, since most runs are rejected by one that is not
    // the first.
    let says = |at: usize| PLACES[usize::from(beginning[at])] >> (at % 4) & 1;
    [0, 1, 2, 4, 5, 6].into_iter().fold(1, |all, at| all & says(at)) != 0
        && beginning
            .chunks_exact(4)
            .all(|group| bytes(group).is_some_and(|bytes| bytes.into_iter().all(is_printable)))
}

/// For each character the places in a group of four it may have, a bit for each, if the group decodes to
/// three bytes below 128 of which the first is printable or a line break.
static PLACES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        if let Some(digit) = digit(byte) {
            // The first byte is the first digit and two bits of the second; the second byte begins with four
            // bits of the second digit.
            let first = matches!(digit << 2, 0x08 | 0x0c | 0x20..=0x7c) as u8;
            let second = (digit & 8 == 0) as u8;
            let third = (digit & 2 == 0) as u8;
            table[byte as usize] = first | second << 1 | third << 2 | 1 << 3;
        }
        byte += 1;
    }
    table
};

/// Decodes the payload at `start`, whose first line ends at `end`. Returns its end.
fn decode(text: &[u8], start: usize, end: usize, decoded: &mut Vec<u8>) -> usize {
    decoded.clear();
    let mut group = Vec::with_capacity(4);
    let (mut start, mut end) = (start, end);
    loop {
        for byte in &text[start..end] {
            group.push(*byte);
            if group.len() == 4 {
                decoded.extend(bytes(&group).into_iter().flatten());
                group.clear();
            }
        }
        let padding = text[end..].iter().take(2).take_while(|byte| **byte == b'=').count();
        if padding > 0 {
            end += padding;
            break;
        }
        // Only the last line of a payload may be shorter.
        if end - start < LINE {
            break;
        }
        let Some((next, next_end)) = next_line(text, end) else { break };
        (start, end) = (next, next_end);
    }
    if group.len() > 1 {
        let kept = group.len() - 1;
        group.resize(4, b'A');
        decoded.extend(bytes(&group).into_iter().flatten().take(kept));
    }
    end
}

/// The run on the next line, if nothing but indentation precedes it.
fn next_line(text: &[u8], end: usize) -> Option<(usize, usize)> {
    let start = end + Some(escape::line_break(text, end)).filter(|length| *length > 0)?;
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    let start = start + text[start..].iter().take(INDENTATION).take_while(blank).count();
    let length = text[start..].iter().take_while(|byte| IN_RUN[usize::from(**byte)]).count();
    let is_last = text.get(start + length).is_none_or(|byte| !matches!(byte, b' ' | b':' | b'.' | b'('));
    (length > 0 && is_last).then_some((start, start + length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALPHABETS: [&[u8; 64]; 2] = [
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    ];

    fn encoded(text: &str, alphabet: usize, padded: bool) -> String {
        let mut out = String::new();
        for chunk in text.as_bytes().chunks(3) {
            let mut bytes = [0; 4];
            bytes[1..=chunk.len()].copy_from_slice(chunk);
            let bits = u32::from_be_bytes(bytes);
            for place in 0..=chunk.len() {
                let digit = usize::try_from(bits >> (18 - 6 * place) & 63).expect("six bits");
                out.push(char::from(ALPHABETS[alphabet][digit]));
            }
            out.push_str(if padded { &"=="[chunk.len() - 1..][..3 - chunk.len()] } else { "" });
        }
        out
    }

    fn wrapped(text: &str, width: usize, end: &str) -> String {
        let lines: Vec<&str> =
            text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
        lines.join(end)
    }

    fn found(text: &str) -> Vec<(String, String)> {
        let mut all = Vec::new();
        each(text.as_bytes(), &crate::scrub::runs::find(text.as_bytes()), |start, end, decoded| {
            all.push((text[start..end].to_owned(), String::from_utf8_lossy(decoded).into_owned()));
        });
        all
    }

    proptest! {
        #[test]
        fn a_payload_is_decoded_whole_wherever_it_stands(
            text in "[ -~\n]{20,300}|[ -~\u{a0}-\u{ff}\u{4e00}-\u{4fff}\u{1f600}-\u{1f64f}]{20,300}",
            alphabet in 0usize..2,
            padded: bool,
            width in (5usize..20).prop_map(|groups| 4 * groups),
            end in prop_oneof![Just("\n"), Just("\r\n  "), Just(r"\n"), Just(r"\\r\\n")],
            around in prop_oneof![Just(("", "")), Just(("data: ", "\n")), Just(("\"", "\"")), Just(("x=", "&y"))],
        ) {
            let payload = wrapped(&encoded(&text, alphabet, padded), width, end);
            let whole = format!("{}{payload}{}", around.0, around.1);
            prop_assert_eq!(found(&whole), [(payload, text)]);
        }

        #[test]
        fn a_beginning_is_the_first_place_that_reads_as_text(
            text in "[ -]?(nZ)?([A-Za-z0-9+/_-]{0,3}[-/_+.=]?[a-fI-Z][A-Za-z0-9+/_-]{0,30}){0,6}"
        ) {
            let text = text.as_bytes();
            let runs = crate::scrub::runs::find(text);
            for run in runs.of(SHORTEST) {
                let start = run.start + usize::from(escape::is_escape_letter(text, run.start));
                let joint = |at: &usize| *at == start || b"+-./=_~".contains(&text[*at - 1]);
                let last = start + PREFIX.min((run.end - start).saturating_sub(SHORTEST));
                let found = (start..=last).filter(joint).find(|at| is_ascii(&text[*at..run.end]));
                let whole = found != Some(start) && is_utf8(&text[start..run.end]);
                let expected = if whole { Some(start) } else { found };
                let expected = expected.filter(|_| run.end - start >= SHORTEST);
                prop_assert_eq!(beginning(text, &runs, run.start, run.end), expected);
            }
        }

        #[test]
        fn text_in_any_script_is_told_by_what_it_decodes_to(
            run in "[A-Za-z0-9+/_.-]{0,14}", text in "[a-z\u{e9}\u{4e2d}\u{1f600}\n\u{7}]{9,12}", alphabet in 0_usize..2,
        ) {
            for run in [run, encoded(&text, alphabet, false)] {
                let groups = run.as_bytes().chunks_exact(4).take(BEGINNING / 4).map(bytes);
                let decoded = groups.collect::<Option<Vec<[u8; 3]>>>().map(|groups| groups.concat());
                let expected = decoded.filter(|bytes| bytes.len() == 9).is_some_and(|bytes| {
                    let cut = std::str::from_utf8(&bytes).is_err_and(|error| error.error_len().is_none());
                    let text = String::from_utf8_lossy(&bytes);
                    let text = if cut { text.strip_suffix('\u{fffd}').unwrap_or_default() } else { &text };
                    let odd = |letter: char| letter == '\u{fffd}' || letter.is_ascii() && !is_printable(letter as u8);
                    !text.contains(odd)
                });
                prop_assert_eq!(is_utf8(run.as_bytes()), expected);
            }
        }

        #[test]
        fn any_bytes_are_read_to_their_end(text in prop::collection::vec(any::<u8>(), 0..300)) {
            each(&text, &crate::scrub::runs::find(&text), |start, end, _| assert!(start < end && end <= text.len()));
        }
    }

    #[test]
    fn images_words_and_digests_are_no_text() {
        let text = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ AbstractSingletonProxyFactoryBean \
                    da39a3ee5e6b4b0d3255bfef95601890afd80709 src/components/widgets/forms/inputs";
        assert_eq!(found(text), []);
    }

    #[test]
    fn a_payload_behind_a_word_begins_behind_it() {
        let payload = encoded("password is what it is", 0, true);
        assert_eq!(found(&format!("token-{payload}"))[0].0, payload);
    }
}
