//! Views of tokens that a line break divides, joined again without the prefix of the next line.
//!
//! Every line is read once, however many lines it may continue: what follows a line break is remembered for
//! the lines before it.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::{View, column, cut_prefix};
use crate::scrub::ruleset::Start;
use crate::scrub::runs::{Run, Runs, is_token};
use crate::scrub::{digest, entropy, naming};

/// The most lines that a token spans.
const LINES: usize = 16;
/// The most of them in which another token may begin, as the second part of a JSON Web Token seems to.
const BEGINNINGS: usize = 2;
/// The most lines that are joined to a run on a guess, and the longest part of one, in bytes.
const GUESSES: usize = 4;
const GUESSED: usize = 128;
/// The longest part on one line, in bytes.
const LONGEST: usize = 4 << 10;
/// The shortest part that is joined without a guess, in bytes.
const SHORTEST: usize = 4;
/// The most starts of tokens in a run that are reported; the last ones are kept.
const STARTS: usize = 8;
/// How many bytes before the first start are included, since an escape may precede it.
const BEFORE: usize = 6;

/// How the lines of a token were joined.
#[derive(Clone, Copy)]
pub(crate) struct LineJoin {
    /// Whether the lines were joined whatever they look like.
    pub guess: bool,
    /// Whether what separates the lines has a meaning of its own: it is more than what a program prints
    /// before every line.
    pub apart: bool,
}

/// Reports where tokens may begin in the runs of a text.
pub(crate) trait Starts {
    /// Appends the places inside a run where a token may begin, in order.
    fn inside(&self, run: Run, starts: &mut Vec<Start>);

    /// Appends the places where a token may begin whose first word crosses the end of the run and continues
    /// at `next`.
    fn over(&self, run: Run, next: usize, starts: &mut Vec<Start>);
}

/// Calls `look` with every run of `text` that continues on the next line, joined, and with the places where a
/// token may begin. `runs` are the runs of `text`, `words` the short words that may begin a token, in order,
/// and `starts` reports where tokens may begin. If `look` finds nothing it is called again with guesses: the
/// next lines are added one by one, whatever they look like, as the last part of a token may be a single
/// letter and a token may precede it.
pub(crate) fn each(
    text: &[u8],
    runs: &Runs,
    words: impl Iterator<Item = Run>,
    starts: &impl Starts,
    mut look: impl FnMut(&View, &[Start], LineJoin) -> bool,
) {
    let mut lines = Lines { text, starts, breaks: VecDeque::new(), known: VecDeque::new() };
    let goes_on = |word: &Run| column::goes_on(text, word.end);
    let mut words = words.filter(goes_on).peekable();
    let may_go_on = |run: Run| column::may_go_on(text, run.end) | cut_prefix::may_stand_before(text, run);
    for run in runs.picked(may_go_on) {
        while let Some(word) = words.next_if(|word| word.start < run.start) {
            each_of(&mut lines, word, &mut look);
        }
        if let Some(word) = cut_prefix::before(text, run).filter(goes_on) {
            each_of(&mut lines, word, &mut look);
        }
        if goes_on(&run) {
            each_of(&mut lines, run, &mut look);
        }
    }
    words.for_each(|word| each_of(&mut lines, word, &mut look));
}

/// Calls `look` for one run that continues on the next line.
fn each_of<S: Starts>(
    lines: &mut Lines<'_, S>,
    run: Run,
    look: &mut impl FnMut(&View, &[Start], LineJoin) -> bool,
) {
    let text = lines.text;
    lines.forget(run);
    let list = lines.starts_of(run);
    let mut over = Vec::new();
    if let Some(next) = cut_prefix::next(text, run.end) {
        lines.starts.over(run, next, &mut over);
    }
    let all;
    let list = if over.is_empty() {
        &list[list.len().saturating_sub(STARTS)..]
    } else {
        let inside = list.iter().copied().filter(|start| start.at < over[0].at);
        all = inside.chain(over.iter().copied()).collect::<Vec<Start>>();
        &all[all.len().saturating_sub(STARTS)..]
    };
    let (Some(first), Some(least)) = (list.first(), list.iter().map(|start| start.at + start.least).min())
    else {
        return;
    };
    let escaped = run.start > 0 && matches!(text[run.start - 1], b'\\' | b'%');
    let begin = first.at.saturating_sub(BEFORE).max(run.start - usize::from(escaped));
    // The fewest bytes that a token needs from other lines.
    let missing = least.saturating_sub(run.end);
    let mut look = |parts: &[(usize, usize)], guess| {
        let joint = || LineJoin { guess, apart: column::is_apart(text, run.end, parts) };
        parts.iter().map(|(from, to)| to - from).sum::<usize>() >= missing.max(1)
            && look(&joined(text, begin, run.end, parts), list, joint())
    };
    // A part in which a token begins is hardly part of this one. Otherwise each line would be read with all
    // lines before it.
    let met = Cell::new(0);
    let sure = lines.parts(run.end, LINES, false, |lines, part| {
        let begins = || met.replace(met.get() + 1) < BEGINNINGS;
        lines.is_random(part) && (!lines.begins(part) || begins())
    });
    if look(&sure, false) {
        return;
    }
    let mut guess = |plain| {
        lines.parts(run.end, GUESSES, plain, |lines, part| part.length() <= GUESSED && !lines.begins(part))
    };
    let decorated = guess(false);
    if decorated.is_empty() {
        return;
    }
    // A hyphen before a line is the sign of a diff, or belongs to the token.
    let plain = guess(true);
    for count in 1..=decorated.len() {
        let other = plain.get(..count).filter(|plain| *plain != &decorated[..count]);
        if look(&decorated[..count], true) || other.is_some_and(|plain| look(plain, true)) {
            break;
        }
    }
}

/// The view of `begin..end` and its parts on the next lines.
fn joined(text: &[u8], begin: usize, end: usize, parts: &[(usize, usize)]) -> View {
    let last = parts.last().map_or(end, |part| part.1);
    let mut view = View::with_capacity(begin, last - begin, parts.len());
    let mut end = end;
    for &(from, to) in parts {
        view.replace(text, end, from, &[]);
        end = to;
    }
    view.copy(text, end);
    view
}

/// Where tokens may begin in a part of a text; mostly `None`.
type Known = Option<Rc<[Start]>>;

/// The beginnings of the lines of a text, as far as they were needed.
struct Lines<'t, S> {
    text: &'t [u8],
    starts: &'t S,
    /// In ascending order.
    breaks: VecDeque<Break>,
    /// Where tokens may begin between two places.
    known: VecDeque<(usize, usize, Known)>,
}

/// What may continue after a line break.
struct Break {
    end: usize,
    /// One after each possible decoration, the shortest decoration first.
    parts: Vec<Beginning>,
}

/// The token characters at the beginning of a line, after a decoration.
struct Beginning {
    from: usize,
    to: usize,
    random: Option<bool>,
}

/// A [`Beginning`], by its indexes.
#[derive(Clone, Copy)]
struct Part {
    line: usize,
    place: usize,
    from: usize,
    to: usize,
}

impl Part {
    fn length(self) -> usize {
        self.to - self.from
    }
}

impl<S: Starts> Lines<'_, S> {
    /// Forgets what precedes the end of a run.
    fn forget(&mut self, run: Run) {
        while self.breaks.front().is_some_and(|line| line.end < run.end) {
            self.breaks.pop_front();
        }
        while self.known.front().is_some_and(|known| known.1 < run.end) {
            self.known.pop_front();
        }
    }

    /// Where tokens may begin in a run that continues. This is needed once only, so it is not remembered.
    fn starts_of(&self, run: Run) -> Vec<Start> {
        let mut starts = Vec::new();
        self.starts.inside(run, &mut starts);
        starts
    }

    /// Where tokens may begin between `from` and `to`, remembered for the next call.
    fn starts(&mut self, from: usize, to: usize) -> Known {
        if let Some(known) = self.known.iter().find(|known| (known.0, known.1) == (from, to)) {
            return known.2.clone();
        }
        let mut starts = Vec::new();
        self.starts.inside(Run { start: from, end: to, digit: false }, &mut starts);
        let starts: Known = (!starts.is_empty()).then(|| starts.into());
        self.known.push_back((from, to, starts.clone()));
        starts
    }

    /// The parts on up to `most` lines after the one that ends at `end`, as long as `is_part` accepts them.
    /// With `plain` the shortest decoration is preferred, without it the longest.
    fn parts(
        &mut self,
        end: usize,
        most: usize,
        plain: bool,
        is_part: impl Fn(&mut Self, Part) -> bool,
    ) -> Vec<(usize, usize)> {
        let mut parts = Vec::new();
        let mut end = end;
        while parts.len() < most {
            let line = self.line(end);
            let count = self.breaks[line].parts.len();
            let mut places = (0..count).map(|place| if plain { place } else { count - 1 - place });
            let part = places.find_map(|place| {
                let &Beginning { from, to, .. } = &self.breaks[line].parts[place];
                let part = Part { line, place, from, to };
                is_part(self, part).then_some((from, to))
            });
            let Some((from, to)) = part else { break };
            parts.push((from, to));
            end = to;
        }
        parts
    }

    /// The index of the [`Break`] at `end`, created when it is first needed.
    fn line(&mut self, end: usize) -> usize {
        let at = self.breaks.partition_point(|line| line.end < end);
        if self.breaks.get(at).is_none_or(|line| line.end != end) {
            let begins = column::continuations(self.text, end).into_iter().map(|from| {
                let to =
                    from + self.text[from..].iter().take(LONGEST).take_while(|byte| is_token(**byte)).count();
                Beginning { from, to, random: None }
            });
            // A listing of digests is no part of the name at the end of the line above.
            let is_part =
                |part: &Beginning| part.from < part.to && !digest::heads_line(self.text, part.from, part.to);
            let parts = begins.filter(is_part).collect();
            self.breaks.insert(at, Break { end, parts });
        }
        at
    }

    fn is_random(&mut self, part: Part) -> bool {
        let text = &self.text[part.from..part.to];
        *self.breaks[part.line].parts[part.place].random.get_or_insert_with(|| is_random(text))
    }

    fn begins(&mut self, part: Part) -> bool {
        self.starts(part.from, part.to).is_some()
    }
}

/// Whether a part does not read as a word. If it does, the next line may be unrelated.
pub(super) fn is_random(part: &[u8]) -> bool {
    let digits = part.iter().filter(|byte| byte.is_ascii_digit()).count();
    part.len() >= SHORTEST
        && (digits >= 2 || part.len() >= 8 && !entropy::is_wordy(part))
        && !naming::is_name(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::runs;

    struct Everywhere;

    impl Starts for Everywhere {
        fn inside(&self, run: Run, starts: &mut Vec<Start>) {
            starts.push(Start { rule: 0, at: run.start, least: 1 });
        }
        fn over(&self, _: Run, _: usize, _: &mut Vec<Start>) {}
    }

    fn views(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        each(
            text.as_bytes(),
            &runs::find(text.as_bytes()),
            std::iter::empty(),
            &Everywhere,
            |view, _, joint| {
                if joint.guess {
                    return false;
                }
                for at in 0..view.text.len() {
                    let (start, end) = view.origin(at, at + 1);
                    assert_eq!(&text.as_bytes()[start..end], &view.text[at..=at]);
                }
                all.push(String::from_utf8_lossy(&view.text).into_owned());
                true
            },
        );
        all
    }

    #[test]
    fn a_token_is_put_together_over_its_lines() {
        for between in ["\n", "\n    ", "\\n", "\r\n  13 | ", "\n+", "\n> ", "\na.py:13:"] {
            let text = format!("x a1B2c3D4e5F6{between}g7H8i9J0k1L2{between}m3N4 y");
            assert_eq!(views(&text)[0], "a1B2c3D4e5F6g7H8i9J0k1L2m3N4", "{text:?}");
        }
        assert!(views("a_long_identifier\nreturn something").is_empty());
        assert!(views("a1B2c3D4e5F6 g7H8i9J0k1L2").is_empty());
    }

    #[test]
    fn it_ends_behind_a_bound_of_lines() {
        // Here each line may begin a token.
        assert_eq!(views(&"a1B2c3D4e5F6\n".repeat(99))[0].len(), 12 * (BEGINNINGS + 1));
    }
}
