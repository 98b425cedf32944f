//! The interface through which the walk sees a node of the host's tree.

/// A value of the host, borrowed or reference-counted; cloning is cheap.
///
/// Each method may be called any number of times, and before the walk decides whether to visit the node, so
/// all of them agree about one value: [`Self::text`], [`Self::is_map`], [`Self::is_list`] and
/// [`Self::is_huge`] say in advance, at little cost, what [`Self::shape`] would return. The methods with a
/// default are for hosts that have what few have: containers inside themselves, integers beyond [`i128`],
/// tuples with names, a global lock.
///
/// ```
/// use prestop::value::{Node, Shape, encode};
///
/// /// A list of words, and the words in it.
/// #[derive(Clone, Copy)]
/// enum Words<'w> {
///     All(&'w [&'w str]),
///     One(&'w str),
/// }
///
/// impl<'w> Node for Words<'w> {
///     type Text = &'w str;
///     fn shape(&self) -> Shape<&'w str> {
///         match self {
///             Self::All(_) => Shape::List,
///             Self::One(word) => Shape::Text(word),
///         }
///     }
///     fn text(&self) -> Option<&'w str> {
///         if let Self::One(word) = self { Some(word) } else { None }
///     }
///     fn items(&self, push: impl FnMut(Self)) {
///         if let Self::All(words) = self {
///             words.iter().copied().map(Self::One).for_each(push);
///         }
///     }
///     fn entries(&self, _: impl FnMut(Self, Self)) {}
///     fn is_map(&self) -> bool {
///         false
///     }
///     fn is_list(&self) -> bool {
///         matches!(self, Self::All(_))
///     }
///     fn key_text(&self) -> &'w str {
///         self.text().unwrap_or_default()
///     }
///     fn is_plain_key(&self) -> bool {
///         true
///     }
/// }
///
/// let words = Words::All(&["login", "--password", "hunter2"]);
/// let (json, _) = encode(&words, &prestop::Scrubber::new(prestop::Preset::Strict));
/// assert!(!String::from_utf8_lossy(&json).contains("hunter2"));
/// ```
pub trait Node: Clone {
    /// The text of a node, held so that it does not change while it is read.
    type Text: Text;

    /// Returns the shape of the value. For a value of none of the known shapes this asks the host for its
    /// text, which may run the host's own code; of the other methods only [`Self::key_text`] asks for it.
    fn shape(&self) -> Shape<Self::Text>;

    /// Returns the text if the shape is [`Shape::Text`] or [`Shape::Bytes`], without any conversion.
    fn text(&self) -> Option<Self::Text>;

    /// Whether the shape is [`Shape::Map`].
    fn is_map(&self) -> bool;

    /// Whether the shape is [`Shape::List`] or [`Shape::Fixed`].
    fn is_list(&self) -> bool;

    /// Whether the shape is [`Shape::Huge`]. False by default; a host that returns this shape must override
    /// this and [`Self::hexadecimal`], or the time that its digits take is not limited and they are lost.
    fn is_huge(&self) -> bool {
        false
    }

    /// Returns the text of the node as a key of a map: that of a string, else as JSON writes a value of this
    /// shape as a key, else as the host spells it. Called only for what [`Self::entries`] passes as a key.
    fn key_text(&self) -> Self::Text;

    /// Whether the node is a plain string. Two keys of one map that are plain strings never have equal text.
    fn is_plain_key(&self) -> bool;

    /// Returns what distinguishes a container from all others that are alive, such as its address, to detect
    /// cycles. `None`, the default, says that this container cannot be inside itself; one that is would be
    /// written out to the maximum depth.
    fn identity(&self) -> Option<usize> {
        None
    }

    /// Returns the number of items or entries of a container, if it is known without visiting them: one that
    /// is larger than the time allows is then not visited. `None` by default.
    fn size(&self) -> Option<usize> {
        None
    }

    /// Passes every item of a [`Shape::List`], [`Shape::Fixed`] or [`Shape::Set`] to `push`, from one
    /// consistent version of the container; nothing for any other shape.
    fn items(&self, push: impl FnMut(Self));

    /// Passes the names of the items of a [`Shape::Fixed`] to `push`, in order; nothing, the default, if they
    /// have no names.
    fn item_names(&self, push: impl FnMut(&[u8])) {
        let _ = push;
    }

    /// Passes every key and value of a [`Shape::Map`] to `push`, from one consistent version of the container;
    /// nothing for any other shape.
    fn entries(&self, push: impl FnMut(Self, Self));

    /// Returns the hexadecimal digits of a [`Shape::Huge`] integer, in lower case, preceded by `-` if it is
    /// negative. Empty by default, and never called for another shape.
    fn hexadecimal(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Runs `work`, which takes long if `len`, the bytes of the text that it reads, is large. A host with a
    /// global lock releases it for long texts; the default only runs it.
    fn aside<R: Send>(&self, len: usize, work: impl FnOnce() -> R + Send) -> R {
        let _ = len;
        work()
    }
}

/// Text of the host; cloning is cheap.
///
/// ```
/// use prestop::value::Text;
///
/// #[derive(Clone)]
/// struct Line(Vec<u8>);
///
/// impl Text for Line {
///     fn bytes(&self) -> &[u8] {
///         &self.0
///     }
/// }
/// assert_eq!(Line(vec![0xff]).bytes(), [0xff]);
/// ```
pub trait Text: Clone {
    /// Returns the bytes: UTF-8 in which a lone surrogate may be encoded in three bytes, or raw bytes.
    fn bytes(&self) -> &[u8];
}

impl Text for &str {
    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Text for &[u8] {
    fn bytes(&self) -> &[u8] {
        self
    }
}

/// The shape of a node.
///
/// ```
/// use prestop::value::{Json, Node, Shape};
///
/// let value = serde_json::json!(1.5);
/// assert!(matches!(Json::Value(&value).shape(), Shape::Float(1.5)));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Shape<T> {
    /// A null.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i128),
    /// An integer beyond [`i128`], or beyond what the host converts at once; its digits come from
    /// [`Node::hexadecimal`].
    Huge,
    /// A floating-point number.
    Float(f64),
    /// A number in JSON's own spelling, which is kept.
    Digits(T),
    /// A string.
    Text(T),
    /// Raw bytes.
    Bytes(T),
    /// Any other object, represented by its text.
    Other(T),
    /// Items in order.
    List,
    /// Items in order, of a fixed number: where a list drops an item, a marker replaces it here.
    Fixed,
    /// Items in no order.
    Set,
    /// Keys and values.
    Map,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::value::{Json, Parsed};

    /// Checks a tree, and returns the number of its nodes.
    fn agree<N: Node>(node: &N) -> usize {
        let shape = node.shape();
        let is = |wanted: bool, said: bool| assert_eq!(said, wanted, "{:?}", std::mem::discriminant(&shape));
        is(matches!(shape, Shape::Text(_) | Shape::Bytes(_)), node.text().is_some());
        is(matches!(shape, Shape::Map), node.is_map());
        is(matches!(shape, Shape::List | Shape::Fixed), node.is_list());
        is(matches!(shape, Shape::Huge), node.is_huge());
        assert!(!node.is_huge() || !node.hexadecimal().is_empty());
        let mut inside = Vec::new();
        node.items(|item| inside.push(item));
        node.entries(|key, value| inside.extend([key, value]));
        assert!(node.size().is_none_or(|size| size <= inside.len()));
        1 + inside.iter().map(agree).sum::<usize>()
    }

    #[test]
    fn what_is_asked_before_a_node_is_visited_agrees_with_its_shape() {
        let value = json!({"text": "", "list": [1, -2.5, null, true, []], "map": {"": {}}});
        assert_eq!(agree(&Json::Value(&value)), 14);
        let long = "9".repeat(5_000);
        let text =
            format!(r#"{{"text": "", "list": [1, {long}, NaN, -2.5, null, true, []], "map": {{"": 1}}}}"#);
        let document = crate::json::parse_input(text.as_bytes()).expect("it is within the bounds");
        assert_eq!(agree(&Parsed::Value(&document)), 16);
    }
}
