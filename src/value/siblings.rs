//! What the members of one map say about each other, and what follows for each of them.

use super::command_output::{command_of, holds_command, may_be_secret, secrets_in_output};
use super::frame::{Hint, Place, Spot};
use super::key::{self, Facts, Holds, Role};
use super::lines::Part;
use super::prompt::{Asked, is_odd_word, may_answer};
use super::schema_text::Declared;
use crate::Scrubber;
use crate::scrub::{Evidence, Member};

/// Whether a member of this name holds a list of values.
pub(crate) fn holds_list(key: &[u8]) -> bool {
    matches!(key, b"values" | b"args" | b"arguments")
}

/// What the members of one map say about each other.
// Independent facts: none is a state that excludes another.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Default)]
pub(crate) struct Beside {
    /// The label for the member `value`, if the text of `name` or `key` is a sensitive name.
    label: Option<&'static str>,
    /// Whether a provider signed or encrypted the map.
    evidence: Evidence,
    /// Whether the map is a Kubernetes Secret.
    kubernetes: bool,
    /// Whether a member says how likely the `token` is, which is then a piece of a streamed answer.
    likely: bool,
    /// Whether the map, if it is under a sensitive key, declares a field.
    declared: Declared,
    /// Whether a member may hold an answer to what another asks for, and whether one may if that is a name.
    open: bool,
    valued: bool,
    /// Whether a member holds a command, and whether one may be what a command printed.
    runs: bool,
    printed: bool,
    /// What is asked for, and by which member.
    asked: Option<(Vec<u8>, Asked)>,
    command: Option<Vec<u8>>,
    /// The members that are or hold the answer, and what happens to each; sorted once all were added.
    answers: Vec<(Vec<u8>, Answer)>,
}

/// What happens to the answer to what another member asks.
#[derive(Clone)]
enum Answer {
    All(&'static str),
    Parts(Vec<Part>),
}

impl Answer {
    fn parts(&self) -> Option<&[Part]> {
        if let Self::Parts(parts) = self { Some(parts) } else { None }
    }
}

impl Beside {
    /// Returns what is known about the members of a map at `place` before they are examined.
    pub(crate) fn at(place: Place) -> Self {
        Self { evidence: Evidence::new(place.hint == Hint::Signed), ..Self::default() }
    }

    pub(crate) fn says_something(&self) -> bool {
        !self.answers.is_empty()
            || self.label.is_some()
            || self.evidence.is_typed()
            || self.kubernetes
            || self.likely
            || self.declared.is_one()
    }

    /// Whether the map is an item that a provider signed or encrypted.
    pub(crate) fn is_opaque_item(&self) -> bool {
        self.evidence.is_item()
    }

    /// Adds any member of a map at `above`, with its text if it has one.
    pub(crate) fn add(&mut self, facts: Facts, key: &[u8], text: Option<&[u8]>, above: Place) {
        self.likely |= facts.role == Role::Likelihood;
        self.evidence.add(facts.member(key));
        if above.label.is_some() {
            self.declared.see(key, text);
            return;
        }
        // No more than `answer` takes for one, since most maps are not examined again then.
        if matches!(facts.holds, Holds::Value | Holds::Answer | Holds::Argument) {
            let may_answer = text.map_or(holds_list(key), may_answer);
            self.open |= may_answer && text.is_none_or(is_odd_word);
            self.valued |= may_answer && facts.holds == Holds::Value;
        }
        match facts.holds {
            Holds::Command | Holds::Other => self.runs |= holds_command(key),
            _ => self.printed |= text.is_some_and(may_be_secret),
        }
    }

    /// Whether the members must be examined again: first for what they ask for, then for the answer.
    pub(crate) fn is_open(&self) -> bool {
        self.open || self.valued || self.runs && self.printed
    }

    /// Whether a question or a command was found, so that an answer has to be looked for.
    pub(crate) fn asks(&self) -> bool {
        self.asked.is_some() || self.command.is_some()
    }

    /// Records what the text of a member asks for.
    pub(crate) fn ask(&mut self, key: &[u8], text: &[u8]) {
        match Holds::of(key) {
            Holds::Value | Holds::Output => {}
            Holds::Command => self.command = command_of(key, text),
            // A name is more reliable than a caption.
            Holds::Answer | Holds::Argument | Holds::Other => {
                if (self.open || key::is_name(text))
                    && self.asked.as_ref().is_none_or(|(_, asked)| !asked.is_by_name())
                    && let Some(asked) = Asked::by(text)
                    && (self.asked.is_none() || asked.is_by_name())
                {
                    self.asked = Some((key.to_vec(), asked));
                }
            }
        }
    }

    /// Checks whether a member's text, or the first text of its list, is an answer. Returns the parts of it
    /// that are redacted because a command printed it.
    pub(crate) fn answer(&mut self, key: &[u8], text: &[u8], scrubber: &Scrubber) -> Option<&[Part]> {
        let holds = Holds::of(key);
        if matches!(holds, Holds::Other | Holds::Command) {
            return None;
        }
        if let Some((by, asked)) = &self.asked
            && holds != Holds::Output
            && (holds != Holds::Argument || asked.is_option())
            && by != key
            && may_answer(text)
            && (holds == Holds::Value && asked.is_by_name() || is_odd_word(text))
            && asked.is_answered_by(text, scrubber)
        {
            self.answers.push((key.to_vec(), Answer::All(asked.label())));
        } else if let Some(command) = &self.command
            && !holds_list(key)
        {
            let parts = secrets_in_output(command, text, scrubber);
            if !parts.is_empty() {
                self.answers.push((key.to_vec(), Answer::Parts(parts)));
                return self.answers.last().and_then(|(_, answer)| answer.parts());
            }
        }
        None
    }

    /// To be called after all possible answers were added: sorts them.
    pub(crate) fn have_answered(&mut self) {
        self.answers.sort_by(|(one, _), (other, _)| one.cmp(other));
    }

    /// Returns the parts of a member's text that are redacted because a command printed it.
    pub(crate) fn parts_in(&self, key: &[u8]) -> Option<&[Part]> {
        self.answer_in(key)?.parts()
    }

    /// Returns what happens to a member. A binary search: names match in any case, so that one map may hold
    /// thousands of answers, such as all spellings of `parametervalue`.
    fn answer_in(&self, key: &[u8]) -> Option<&Answer> {
        let before = self.answers.partition_point(|(name, _)| {
            #[cfg(test)]
            crate::scrub::work::count_compared();
            name.as_slice() < key
        });
        self.answers.get(before).filter(|(name, _)| name == key).map(|(_, answer)| answer)
    }

    /// Whether the text of a member with such a key says something about the others.
    pub(crate) fn listens_to(facts: Facts) -> bool {
        facts.is_type() || matches!(facts.role, Role::Name | Role::Key | Role::Kind)
    }

    /// Records the text of a member for which [`Self::listens_to`] is true.
    pub(crate) fn note(&mut self, facts: Facts, text: &[u8]) {
        if facts.is_type() {
            self.evidence.add_type(text);
        } else if facts.role == Role::Kind {
            self.kubernetes |= text == b"Secret";
        } else if self.label.is_none() {
            self.label = key::label_of_name(text);
        }
    }

    /// Labels a member with this role for the name beside it.
    pub(crate) fn label_value(&self, member: &mut Place, role: Role, above: Place) {
        // Under a sensitive key the name itself is replaced by a marker.
        if role == Role::Value && above.label.is_none() {
            member.label = self.label.or(member.label);
        }
    }

    /// Applies the members' facts to the place of the member `key` in a map at `above`.
    pub(crate) fn apply(&self, member: &mut Place, key: &[u8], above: Place) {
        if self.kubernetes && matches!(key, b"data" | b"stringData") {
            member.label = above.label.or(Some("KUBERNETES_SECRET"));
        }
        if self.likely && key == b"token" {
            member.label = above.label;
        }
        if above.label.is_some() && self.declared.frees(key) {
            member.label = None;
        }
        if above.label.is_none()
            && let Some(Answer::All(label)) = self.answer_in(key)
        {
            // A sensitive key keeps its own label, which is also there in a second pass, when nothing is left
            // to be answered.
            member.label = member.label.or(Some(label));
        }
        match Role::of(key) {
            role @ Role::Value => self.label_value(member, role, above),
            // What is opaque in any map was made so by its key alone.
            Role::Provider(own) if own != Member::Opaque && self.evidence.is_opaque(own) => {
                member.make_opaque(above.label);
            }
            _ => {}
        }
    }
}

impl Place {
    /// Returns the place of a key's value in a map at this place, as far as the key alone decides it.
    pub(crate) fn member(self, key: &[u8], facts: Facts) -> Self {
        let mut member = self.below(Spot::Lone);
        member.label = facts.label.or(self.label);
        if self.is_top() {
            match facts.role {
                Role::Adapter if self.spot == Spot::Root => member.spot = Spot::Adapter,
                Role::Task => member.spot = Spot::Task,
                _ if facts.identity => member.hint = Hint::Identity,
                _ => {}
            }
        }
        if facts.role == Role::Provider(Member::Opaque) {
            member.hint = Hint::Opaque;
        } else if facts.role == Role::Provider(Member::Around) {
            member.hint = Hint::Signed;
        } else if self.label.is_some() && facts.label.is_none() && key::describes(key) {
            member.hint = Hint::Count;
        }
        member
    }
}

#[cfg(test)]
mod tests {
    use crate::scrub::work;
    use crate::value::encode_json;
    use crate::{Preset, Scrubber};
    use serde_json::json;

    #[test]
    fn an_answer_is_compared_with_few_others() {
        const MANY: usize = 1 << 10;
        let spelled = |number: usize| -> String {
            let capital = |at: usize| number >> at & 1 == 1;
            let spell =
                |(at, letter): (usize, char)| if capital(at) { letter.to_ascii_uppercase() } else { letter };
            "parametervalue".chars().enumerate().map(spell).collect()
        };
        let mut members: serde_json::Map<_, _> =
            (0..MANY).map(|number| (spelled(number), json!("x9Kq2Lw7Zt"))).collect();
        members.insert("label".to_owned(), json!("password"));
        let value = json!(members);
        let compared = work::compared(|| {
            let (_, tally) = encode_json(&value, &Scrubber::new(Preset::Balanced));
            assert_eq!(tally.redactions()["PASSWORD"], MANY as u64);
        });
        assert!((MANY..24 * MANY).contains(&compared), "{compared}");
    }
}
