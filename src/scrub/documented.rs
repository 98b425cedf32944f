//! The documented patterns as `strict` applies them: each match is cut at the end of the line or of the
//! enclosing string.

use super::escape::Quote;
use super::hit::{Hit, Source};
use super::molecule::{self, Pattern};
use super::open_strings::Nesting;
use super::{escape, extent};

/// Adds the hits of the documented patterns, except `BASE64_BLOB`, whose keywords are at `places`, in order.
pub(crate) fn find(text: &[u8], places: &[(Pattern, usize)], open: &[Quote], hits: &mut Vec<Hit>) {
    let mut found = molecule::find_at(text, places);
    found.sort_unstable_by_key(|hit| hit.value_start);
    let mut nesting = Nesting::from(0, open);
    hits.extend(found.iter().filter_map(|hit| narrowed(text, hit, &mut nesting)));
}

fn narrowed(text: &[u8], hit: &molecule::Hit, nesting: &mut Nesting) -> Option<Hit> {
    let source = Source::Molecule(hit.pattern);
    if hit.value_start == hit.start {
        let kept = hit.pattern == Pattern::SkToken && is_kebab(text, hit.start, hit.end);
        return (!kept).then(|| Hit::new(hit.start, hit.end, source));
    }
    // White space before the value may include a line break: the value of an empty variable is not the next
    // line.
    if memchr::memchr2(b'\n', b'\r', &text[hit.start..hit.value_start]).is_some() {
        return None;
    }
    let open = nesting.open_at(text, hit.value_start);
    let mut end = extent::cut(text, hit.value_start, hit.end, open);
    if let Some((quote, inside)) = escape::quote_at(text, hit.value_start).filter(|_| end > hit.value_start) {
        // A quoted value with spaces extends to its closing quote.
        let (_, after) = extent::quoted(text, inside, quote, open);
        end = end.max(after);
    } else if hit.pattern == Pattern::BearerToken {
        end = extent::delimited(text, hit.value_start, end);
    }
    (end > hit.value_start).then(|| Hit::new(hit.start, end, source))
}

/// Whether this `sk-` is inside a name of several plain words (`task-management-system-design`).
fn is_kebab(text: &[u8], start: usize, end: usize) -> bool {
    let inside = start > 0 && text[start - 1].is_ascii_lowercase();
    let mut words = text[start + 3..end].split(|&byte| byte == b'-');
    let is_word = |word: &[u8]| (2..=14).contains(&word.len()) && word.iter().all(u8::is_ascii_lowercase);
    inside && text[start + 3..end].contains(&b'-') && words.all(is_word)
}
