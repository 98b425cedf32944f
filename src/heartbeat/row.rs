//! One row of the platform's list of delegations.

use super::fields::fields;
use super::record::Status;
use super::text::{given, valid_without_nul};
use crate::Scrubber;
use crate::value::{Node, Shape, Text};

/// The longest accepted id, in bytes.
const MAX_ID: usize = 1024;

/// The content of a row, as far as it is known without reading its longer texts.
pub(super) struct Row<N> {
    pub id: String,
    /// `None` while the delegation is under way.
    pub status: Option<Status>,
    /// Whether this is the row of the request, which the platform marks as completed before it adds the row
    /// with the answer.
    pub request: bool,
    /// The workspace that asked; `None` if it is not a text.
    pub source: Option<Vec<u8>>,
    pub target: Option<N>,
    pub summary: Option<N>,
    pub preview: Option<N>,
    pub error: Option<N>,
}

impl<N: Node> Row<N> {
    /// Parses a row; `None` for anything without a usable id.
    pub(super) fn of(node: &N) -> Option<Self> {
        let [id, status, kind, source, target, summary, preview, error] = fields(
            node,
            [
                "delegation_id",
                "status",
                "type",
                "source_id",
                "target_id",
                "summary",
                "response_preview",
                "error",
            ],
        );
        let plain = |value: &Option<N>| value.as_ref().and_then(Node::text);
        let status = plain(&status).and_then(|status| Status::of(status.bytes()));
        let request = plain(&kind).is_some_and(|kind| kind.bytes() == b"delegate");
        let source = plain(&source).map(|source| source.bytes().to_vec());
        Some(Self { id: id_of(&id?)?, status, request, source, target, summary, preview, error })
    }

    /// How much of an answer the row carries: of two rows of one delegation the greater weight counts.
    fn weight(&self) -> u8 {
        let says = |value: &Option<N>| u8::from(value.as_ref().is_some_and(says_something));
        2 * says(&self.preview) + says(&self.error)
    }

    /// Whether the answer is still to come, in a row of its own.
    fn is_early(&self) -> bool {
        self.request && self.status == Some(Status::Completed) && self.weight() == 0
    }
}

impl<N: Node> Row<N> {
    /// Reads the longer texts, so that the host's value is not needed any more.
    pub(super) fn read(self, scrubber: &Scrubber) -> ReadRow {
        let text = |value: &Option<N>| given(value.as_ref(), scrubber);
        ReadRow {
            is_early: self.is_early(),
            weight: self.weight(),
            target: text(&self.target),
            summary: text(&self.summary),
            preview: text(&self.preview),
            error: text(&self.error),
            id: self.id,
            status: self.status,
            source: self.source,
        }
    }
}

/// A row with its texts as the host has them, not scrubbed.
#[derive(Clone)]
pub(super) struct ReadRow {
    pub id: String,
    /// See [`Row::status`].
    pub status: Option<Status>,
    /// See [`Row::source`].
    pub source: Option<Vec<u8>>,
    /// See [`Row::is_early`].
    pub is_early: bool,
    /// See [`Row::weight`].
    pub weight: u8,
    pub target: Vec<u8>,
    pub summary: Vec<u8>,
    pub preview: Vec<u8>,
    pub error: Vec<u8>,
}

impl ReadRow {
    /// How many bytes there are to scrub.
    pub(super) fn size(&self) -> usize {
        self.id.len() + self.target.len() + self.summary.len() + self.preview.len() + self.error.len()
    }
}

fn says_something<N: Node>(value: &N) -> bool {
    value.text().is_none_or(|text| !text.bytes().is_empty())
}

/// Returns an id as text: a string, or the digits of an integer.
fn id_of<N: Node>(value: &N) -> Option<String> {
    let id = match value.shape() {
        Shape::Text(text) if text.bytes().len() <= MAX_ID => valid_without_nul(text.bytes()).into_owned(),
        Shape::Digits(digits) if digits.bytes().len() <= MAX_ID => {
            valid_without_nul(digits.bytes()).into_owned()
        }
        Shape::Int(number) => number.to_string(),
        _ => return None,
    };
    (!id.is_empty()).then_some(id)
}
