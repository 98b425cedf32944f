//! The receiver of what a walk keeps.

use super::node::{Node, Shape};

/// The kind of a text.
///
/// ```
/// use prestop::value::Kind;
///
/// let quoted = |text: &str, kind| match kind {
///     Kind::Text => format!("{text:?}"),
///     Kind::Bytes => format!("b{text:?}"),
///     Kind::Other => text.to_owned(),
/// };
/// assert_eq!(quoted("a", Kind::Bytes), "b\"a\"");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// Raw bytes.
    Bytes,
    /// Any other object, represented by its text.
    Other,
}

/// The kind of a container.
///
/// ```
/// use prestop::value::Container;
///
/// let brackets = |container| match container {
///     Container::Map | Container::Set => "{}",
///     Container::List => "[]",
/// };
/// assert_eq!(brackets(Container::List), "[]");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// Items in order.
    List,
    /// Items in no order.
    Set,
    /// Keys and values.
    Map,
}

/// Receives the values of a walk in order. Each call except [`Self::key`], [`Self::dropped`] and
/// [`Self::close`] begins a value.
///
/// ```
/// use prestop::value::{Container, Json, Kind, Shape, Sink, Walk};
/// use prestop::{Preset, Scrubber};
///
/// /// Counts what stays and what goes.
/// #[derive(Default)]
/// struct Count {
///     kept: usize,
///     gone: usize,
/// }
///
/// impl<'v> Sink<Json<'v>> for Count {
///     const JSON: bool = false;
///     fn plain(&mut self, _: &Json<'v>, _: &Shape<&'v str>) {
///         self.kept += 1;
///     }
///     fn kept(&mut self, _: &Json<'v>, _: &[u8], _: Kind) {
///         self.kept += 1;
///     }
///     fn replaced(&mut self, _: &Json<'v>, _: &[u8], _: Kind) {
///         self.gone += 1;
///     }
///     fn marker(&mut self, _: &str) {
///         self.gone += 1;
///     }
///     fn dropped(&mut self) {
///         self.gone += 1;
///     }
///     fn open(&mut self, _: &Json<'v>, _: Container) {}
///     fn key(&mut self, _: &Json<'v>, _: &[u8], _: bool) {}
///     fn close(&mut self) {}
/// }
///
/// let value = serde_json::json!({"password": "hunter2", "lines": ["ls", "source=sandbox x"], "n": 1});
/// let scrubber = Scrubber::new(Preset::Strict);
/// let (count, tally) = Walk::new(&scrubber, Count::default()).run(&Json::Value(&value));
/// assert_eq!((count.kept, count.gone), (2, 2));
/// assert_eq!(tally.dropped(), 1);
/// ```
pub trait Sink<N: Node> {
    /// Whether everything becomes JSON text, in which the keys `1` and `"1"` are equal and undecodable bytes
    /// are spelled as text.
    const JSON: bool;

    /// Receives a null, boolean or number that is kept.
    fn plain(&mut self, node: &N, shape: &Shape<N::Text>);

    /// Receives a text that is kept.
    fn kept(&mut self, node: &N, text: &[u8], kind: Kind);

    /// Receives `text`, which replaces a text or number.
    fn replaced(&mut self, node: &N, text: &[u8], kind: Kind);

    /// Receives a marker, which replaces a value of any shape.
    fn marker(&mut self, marker: &str);

    /// Begins a container.
    fn open(&mut self, node: &N, container: Container);

    /// Receives the key of the value that follows. If `renamed`, `text` replaces the key; otherwise it is the
    /// key's own text.
    fn key(&mut self, key: &N, text: &[u8], renamed: bool);

    /// Records that an item of the open container was dropped.
    fn dropped(&mut self);

    /// Ends the open container.
    fn close(&mut self);
}
