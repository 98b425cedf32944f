//! The interface through which the walk sees a node of the host's tree.

/// A value of the host, borrowed or reference-counted; cloning is cheap.
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
///     fn key_text(&self) -> &'w str {
///         self.text().unwrap_or_default()
///     }
///     fn is_plain_key(&self) -> bool {
///         true
///     }
///     fn identity(&self) -> Option<usize> {
///         None
///     }
///     fn hexadecimal(&self) -> Vec<u8> {
///         Vec::new()
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
    /// text, which may run the host's own code; no other method does.
    fn shape(&self) -> Shape<Self::Text>;

    /// Returns the text if the node is a string or bytes, without any conversion.
    fn text(&self) -> Option<Self::Text>;

    /// Whether the node is a container of the shape [`Shape::Map`].
    fn is_map(&self) -> bool;

    /// Whether the node is a container of the shape [`Shape::List`] or [`Shape::Fixed`].
    fn is_list(&self) -> bool {
        matches!(self.shape(), Shape::List | Shape::Fixed)
    }

    /// Whether the node is an integer of the shape [`Shape::Huge`].
    fn is_huge(&self) -> bool {
        matches!(self.shape(), Shape::Huge)
    }

    /// Returns the text of the node as a key: as JSON has it, or as the host spells it.
    fn key_text(&self) -> Self::Text;

    /// Whether the node is a plain string. Two keys of one map that are plain strings never have equal text.
    fn is_plain_key(&self) -> bool;

    /// Returns what distinguishes a container from all others that are alive, to detect cycles; `None` where
    /// no cycle is possible.
    fn identity(&self) -> Option<usize>;

    /// Returns the number of items or entries of a container, if it is known without visiting them.
    fn size(&self) -> Option<usize> {
        None
    }

    /// Passes every item of a list or set to `push`, from one consistent version of the container.
    fn items(&self, push: impl FnMut(Self));

    /// Passes the names of the items of a [`Shape::Fixed`] to `push`, in order; nothing if they have no
    /// names.
    fn item_names(&self, push: impl FnMut(&[u8])) {
        let _ = push;
    }

    /// Passes every key and value of a map to `push`, from one consistent version of the container.
    fn entries(&self, push: impl FnMut(Self, Self));

    /// Returns the hexadecimal digits of a [`Shape::Huge`] integer, in lower case, preceded by `-` if it is
    /// negative.
    fn hexadecimal(&self) -> Vec<u8>;

    /// Runs `work` on a text of `len` bytes. A host with a global lock releases it for long texts.
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
    /// An integer beyond [`i128`]; its digits come from [`Node::hexadecimal`].
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
