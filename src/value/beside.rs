//! What the members of one map say about each other, and what follows for each of them.

use super::frame::{Hint, Place, Spot};
use super::key::{self, Facts, Role};
use crate::Scrubber;

/// What the members of one map say about each other.
#[derive(Clone, Copy, Default)]
pub(crate) struct Beside {
    /// The label for the member `value`, if `name` or `key` is sensitive.
    label: Option<&'static str>,
    thinking: bool,
    redacted_thinking: bool,
}

impl Beside {
    pub(crate) fn says_something(&self) -> bool {
        self.label.is_some() || self.thinking || self.redacted_thinking
    }

    /// Whether a member that plays this part makes the map an item that a provider signed or encrypted.
    pub(crate) fn makes_opaque(&self, role: Role) -> bool {
        match role {
            Role::Opaque => true,
            Role::Signature => self.thinking,
            Role::Data => self.redacted_thinking,
            _ => false,
        }
    }

    /// Whether the text of a member with such a key says something about the others.
    pub(crate) fn listens_to(facts: Facts) -> bool {
        matches!(facts.role, Role::Name | Role::Key | Role::Type)
    }

    /// Takes in the text of a member that [`Self::listens_to`] is true of.
    pub(crate) fn note(&mut self, facts: Facts, text: &[u8], scrubber: &Scrubber) {
        if facts.role == Role::Type {
            self.thinking = text == b"thinking";
            self.redacted_thinking = text == b"redacted_thinking";
        } else if self.label.is_none() {
            self.label = key::label_of_name(text, scrubber);
        }
    }

    /// Labels a member that plays this part for the name that stands beside it.
    pub(crate) fn label_value(&self, member: &mut Place, role: Role, above: Place) {
        // Under a sensitive key the name itself becomes a marker.
        if role == Role::Value && above.label.is_none() {
            member.label = self.label.or(member.label);
        }
    }

    /// What follows for the member `key` at `member` of a map at `above`.
    pub(crate) fn apply(&self, member: &mut Place, key: &[u8], above: Place) {
        match Role::of(key) {
            role @ Role::Value => self.label_value(member, role, above),
            role if role != Role::Opaque && self.makes_opaque(role) => member.make_opaque(above.label),
            _ => {}
        }
    }
}

impl Place {
    /// Where the value of a key stands in a map at this place, as far as the key alone decides it.
    pub(crate) fn member(self, facts: Facts) -> Self {
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
        if facts.role == Role::Opaque {
            member.hint = Hint::Opaque;
        }
        member
    }
}
