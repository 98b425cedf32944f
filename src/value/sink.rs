//! Where the walk hands what stays.

use super::node::{Node, Shape};

/// Which kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// Raw bytes.
    Bytes,
    /// Any other object, by its text.
    Other,
}

/// Which kind of container it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// Items in order.
    List,
    /// Items in no order.
    Set,
    /// Keys and values.
    Map,
}

/// Takes the values of a walk in order: each call but [`Self::key`], [`Self::dropped`] and [`Self::close`] begins one.
pub trait Sink<N: Node> {
    /// Whether everything becomes JSON text: the keys `1` and `"1"` are then the same, and undecodable bytes are text.
    const JSON: bool;

    /// A null, boolean or number that stays.
    fn plain(&mut self, node: &N, shape: &Shape<N::Text>);

    /// A text that stays.
    fn kept(&mut self, node: &N, text: &[u8], kind: Kind);

    /// A text or number in place of which `text` stands.
    fn replaced(&mut self, node: &N, text: &[u8], kind: Kind);

    /// A value of any shape in place of which a marker stands.
    fn marker(&mut self, marker: &str);

    /// A container begins.
    fn open(&mut self, node: &N, container: Container);

    /// The key of the value that follows: `text` stands in place of it where `renamed`, else it is the key's own text.
    fn key(&mut self, key: &N, text: &[u8], renamed: bool);

    /// An item of the container that is open was dropped.
    fn dropped(&mut self);

    /// The container that is open ends.
    fn close(&mut self);
}
