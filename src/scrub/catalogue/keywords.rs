//! Tests that the keywords and the pattern of each rule belong together: every match has a keyword where the
//! rule looks for one, and every keyword can occur in a match.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use regex_automata::nfa::thompson::{NFA, State};
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;

use super::*;

/// The keywords of a rule as a trie whose nodes are numbered; the root is 0. White space of any kind and
/// length counts as one space: `docker  login` need not be a keyword beside `docker login`.
struct Words {
    children: HashMap<(usize, u8), usize>,
    /// The nodes whose text ends with a space.
    spaces: HashSet<usize>,
    /// For each node the one with the longest proper suffix of its text.
    shorter: Vec<usize>,
    is_word: Vec<bool>,
    bytes: BTreeSet<u8>,
    /// Whether a text must begin with a keyword; otherwise a keyword may be anywhere in it.
    first: bool,
}

/// The node of texts that do not begin with a keyword.
const LOST: usize = usize::MAX;

/// Rules with matches that no keyword covers, on purpose: the words are too common to be searched for, and
/// what follows them is one group that the pattern cannot repeat for each.
const GATED: [&str; 5] = [
    "password-hash-windows",
    "password-stated-in-other-languages",
    "pin-number",
    "sidekiq-credential",
    "sql-set-password",
];

/// Whether a byte is in `\s`.
fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'\x0B'
}

impl Words {
    fn new(keywords: &[String], first: bool) -> Self {
        let mut words = Self {
            children: HashMap::new(),
            spaces: HashSet::new(),
            shorter: vec![0],
            is_word: vec![false],
            bytes: keywords.iter().flat_map(|word| word.bytes()).collect(),
            first,
        };
        for keyword in keywords {
            let mut node = 0;
            for byte in keyword.bytes() {
                let new = words.is_word.len();
                node = *words.children.entry((node, byte)).or_insert(new);
                words.is_word.resize(words.is_word.len().max(node + 1), false);
                if byte == b' ' {
                    words.spaces.insert(node);
                }
            }
            words.is_word[node] = true;
        }
        words.shorter.resize(words.is_word.len(), 0);
        let mut waiting = VecDeque::from([0]);
        while let Some(node) = waiting.pop_front() {
            for &byte in &words.bytes.clone() {
                let Some(&child) = words.children.get(&(node, byte)) else { continue };
                waiting.push_back(child);
                if node != 0 {
                    let shorter = words.child(words.shorter[node], byte);
                    words.shorter[child] = shorter;
                    words.is_word[child] |= words.is_word[shorter];
                }
            }
        }
        words
    }

    /// The node of the longest suffix of what `node` stands for and `byte` after it.
    fn child(&self, mut node: usize, byte: u8) -> usize {
        loop {
            match self.children.get(&(node, byte)) {
                Some(&child) => return child,
                None if node == 0 => return 0,
                None => node = self.shorter[node],
            }
        }
    }

    /// The node after a lower-case byte, or nothing if a keyword is complete.
    fn after(&self, node: usize, byte: u8) -> Option<usize> {
        let byte = if is_space(byte) { b' ' } else { byte };
        if byte == b' ' && self.spaces.contains(&node) && !self.children.contains_key(&(node, b' ')) {
            return Some(node);
        }
        let next = if self.first {
            self.children.get(&(node, byte)).copied().unwrap_or(LOST)
        } else {
            self.child(node, byte)
        };
        (next == LOST || !self.is_word[next]).then_some(next)
    }
}

/// What the states of a pattern's automaton lead to, by their numbers. Conditions such as `\b` count as met.
struct Automaton {
    start: StateID,
    /// The lower-case bytes that a state reads, directly or after others that read nothing, and where each
    /// leads to. Of the bytes that no keyword contains one stands for all.
    steps: HashMap<StateID, Vec<(u8, StateID)>>,
    matches: HashSet<StateID>,
}

impl Automaton {
    fn new(rule: &Rule) -> Self {
        let config = syntax::Config::new().unicode(false).utf8(false);
        let nfa = NFA::compiler().syntax(config).build(&rule.pattern).expect("a built-in pattern compiles");
        let mut told: BTreeSet<u8> = rule.keywords.iter().flat_map(|word| word.bytes()).collect();
        told.extend(b"\t\n\x0B\x0C\r ");
        let start = nfa.start_anchored();
        let mut all = Self { start, steps: HashMap::new(), matches: HashSet::new() };
        let mut waiting = vec![start];
        while let Some(state) = waiting.pop() {
            if all.steps.contains_key(&state) {
                continue;
            }
            let steps = all.steps_of(&nfa, state, &told);
            waiting.extend(steps.iter().map(|(_, next)| *next));
            all.steps.insert(state, steps);
        }
        all
    }

    fn steps_of(&mut self, nfa: &NFA, from: StateID, told: &BTreeSet<u8>) -> Vec<(u8, StateID)> {
        let mut steps = Vec::new();
        let (mut seen, mut waiting) = (HashSet::new(), vec![from]);
        while let Some(state) = waiting.pop() {
            if !seen.insert(state) {
                continue;
            }
            let mut add = |first: u8, last: u8, next: StateID| {
                let mut others = false;
                for byte in first..=last {
                    let lower = byte.to_ascii_lowercase();
                    let is_told = told.contains(&lower);
                    if is_told || !others {
                        steps.push((lower, next));
                        others |= !is_told;
                    }
                }
            };
            match nfa.state(state) {
                State::Look { next, .. } | State::Capture { next, .. } => waiting.push(*next),
                State::Union { alternates } => waiting.extend(alternates.iter()),
                State::BinaryUnion { alt1, alt2 } => waiting.extend([*alt1, *alt2]),
                State::Match { .. } => {
                    self.matches.insert(from);
                }
                State::ByteRange { trans } => add(trans.start, trans.end, trans.next),
                State::Sparse(sparse) => {
                    sparse.transitions.iter().for_each(|trans| add(trans.start, trans.end, trans.next));
                }
                State::Dense(dense) => {
                    (0..=u8::MAX)
                        .zip(dense.transitions.iter())
                        .for_each(|(byte, next)| add(byte, byte, *next));
                }
                State::Fail => {}
            }
        }
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    /// A shortest match in lower case that has no keyword where there must be one.
    fn match_without(&self, words: &Words) -> Option<String> {
        // A place is a state and a node, of which the last stands for `LOST`.
        let nodes = words.is_word.len() + 1;
        let place = |state: StateID, node: usize| state.as_usize() * nodes + node.min(nodes - 1);
        let states = self.steps.keys().map(|state| state.as_usize() + 1).max().unwrap_or_default();
        let mut came: Vec<Option<(usize, u8)>> = vec![None; states * nodes];
        let first = place(self.start, 0);
        let mut waiting = VecDeque::from([(self.start, 0)]);
        while let Some((state, node)) = waiting.pop_front() {
            let at = place(state, node);
            if self.matches.contains(&state) {
                let before = |at: usize| came[at].filter(|_| at != first);
                let steps = std::iter::successors(before(at), |(at, _)| before(*at));
                let mut text: Vec<u8> = steps.map(|(_, byte)| byte).collect();
                text.reverse();
                return Some(text.escape_ascii().to_string());
            }
            for &(byte, next) in &self.steps[&state] {
                let Some(node) = words.after(node, byte) else { continue };
                let came = &mut came[place(next, node)];
                if came.is_none() {
                    *came = Some((at, byte));
                    waiting.push_back((next, node));
                }
            }
        }
        None
    }

    /// The states that up to `most` bytes lead to.
    fn within(&self, most: usize) -> HashSet<StateID> {
        let mut all = HashSet::from([self.start]);
        let mut last = vec![self.start];
        for _ in 0..most {
            let next: HashSet<StateID> =
                last.iter().flat_map(|state| &self.steps[state]).map(|(_, next)| *next).collect();
            last = next.into_iter().filter(|next| all.insert(*next)).collect();
        }
        all
    }

    /// Whether `word` can be read from one of `places`.
    fn reads(&self, mut places: HashSet<StateID>, word: &str) -> bool {
        for byte in word.bytes() {
            let steps = places.iter().flat_map(|state| &self.steps[state]);
            places = steps.filter(|(read, _)| *read == byte).map(|(_, next)| *next).collect();
        }
        !places.is_empty()
    }
}

/// The rules whose pattern is written out. That of a `value_pattern` is built for its keywords.
fn written_out() -> impl Iterator<Item = &'static Rule> {
    builtin().iter().map(AsRef::as_ref).filter(|rule| !rule.assigned)
}

#[test]
fn every_match_has_a_keyword_where_the_rule_looks_for_one() {
    let mut without = Vec::new();
    for rule in written_out() {
        let words = Words::new(&rule.keywords, rule.lookbehind == 0);
        let text = Automaton::new(rule).match_without(&words);
        if text.is_some() != GATED.contains(&&*rule.id) {
            without.push(format!("{}: {text:?}", rule.id));
        }
    }
    assert!(without.is_empty(), "{}", without.join("\n"));
}

#[test]
fn every_keyword_can_occur_in_a_match_of_its_rule() {
    let mut dead = Vec::new();
    for rule in written_out() {
        let automaton = Automaton::new(rule);
        let places = automaton.within(rule.lookbehind);
        for word in &rule.keywords {
            if !automaton.reads(places.clone(), word) {
                dead.push(format!("{}: {word:?}", rule.id));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn a_match_without_a_keyword_is_shown() {
    let rule = |pattern: &str, keywords: &[&str], lookbehind: usize| {
        let mut rule = builtin()[0].as_ref().clone();
        rule.pattern = pattern.to_owned();
        rule.keywords = keywords.iter().map(|&word| word.to_owned()).collect();
        rule.lookbehind = lookbehind;
        rule
    };
    for (pattern, keywords, lookbehind, expected) in [
        ("(?i:acme|beta)_[0-9]{2}", &["acme_", "beta_"][..], 0, None),
        ("(?:acme|beta)_x", &["acme_"], 0, Some("beta_x")),
        ("-?acme_x", &["acme_"], 0, Some("-acme_x")),
        ("-?acme_x", &["acme_"], 1, None),
        ("(?:a+b+acme|ac)_x", &["acme_"], 9, Some("ac_x")),
        ("[ab]{2,3}abc", &["abc"], 9, None),
        (r"acme\s{1,3}login", &["acme login"], 0, None),
        (r"acme\s{0,1}login", &["acme login"], 0, Some("acmelogin")),
    ] {
        let rule = rule(pattern, keywords, lookbehind);
        let words = Words::new(&rule.keywords, lookbehind == 0);
        assert_eq!(Automaton::new(&rule).match_without(&words).as_deref(), expected, "{pattern}");
    }
    let rule = rule("-{3}[a-f]+x", &[], 2);
    for (word, lookbehind, reads) in
        [("---a", 0, true), ("-fx", 1, false), ("-fx", 2, true), ("-gx", 2, false)]
    {
        let mut rule = rule.clone();
        rule.keywords = vec![word.to_owned()];
        let automaton = Automaton::new(&rule);
        assert_eq!(automaton.reads(automaton.within(lookbehind), word), reads, "{word}");
    }
}
