//! Scrubs anything that `serde` can serialize while it is serialized.
//!
//! No tree is built. What depends on a value's neighbours is found before the value is passed on, by
//! serializing the container around it once more, no deeper than its direct children: whether a member of a
//! map says that the map is sandbox content, or names what `value` holds. The texts of a list's items are
//! held only if an item may begin a block that spans items (a private key line by line), or is an option that
//! names the next item; of fields that the next map may continue, only the parts near their ends are held.
//! What one member asks for and another answers is found by further passes over the few maps that may hold an
//! answer, and an item that a provider signed is serialized once without output. So a value is serialized more
//! than once, and must give the same result each time: how often depends on what is a few levels around it (20
//! times in lists of maps that say much about each other), but not on how large or deep the whole is. Never
//! is it over 72 times, which `times` tests.

mod adapter;
mod container;
mod context;
mod fields;
mod items;
mod layout;
mod look;
mod second;
#[cfg(test)]
mod times;
mod watch;

use serde::ser::{Error as _, Serialize, Serializer};

use super::frame::Place;
use crate::scrub::Tally;
use crate::{Error, ErrorKind, Result, Scrubber};
use adapter::Placed;
use context::Context;

/// A value that is scrubbed as it is serialized, in any self-describing format.
///
/// This does everything that the walk over values does (sensitive keys, identity fields, pairs and argument
/// lists, secrets split over list items or over the same field of consecutive maps, sandbox content, depth).
/// The value is seen as JSON represents it: a struct is a map, a tuple a list, a variant with content a map
/// of one member; bytes are their text.
///
/// A format that must know the length of a list beforehand cannot be used, since items may be dropped.
///
/// ```
/// use prestop::{Preset, Scrubber, value::Scrubbed};
///
/// #[derive(serde::Serialize)]
/// struct Login<'a> {
///     user: &'a str,
///     password: &'a str,
/// }
///
/// let scrubber = Scrubber::new(Preset::Balanced);
/// let login = Login { user: "me", password: "hunter2" };
/// let json = serde_json::to_string(&Scrubbed::new(&login, &scrubber))?;
/// assert_eq!(json, r#"{"user":"me","password":"[REDACTED:PASSWORD]"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Scrubbed<'a, T: ?Sized> {
    value: &'a T,
    scrubber: &'a Scrubber,
}

impl<'a, T: Serialize + ?Sized> Scrubbed<'a, T> {
    /// Wraps `value`, to be scrubbed with `scrubber` whenever it is serialized.
    pub fn new(value: &'a T, scrubber: &'a Scrubber) -> Self {
        Self { value, scrubber }
    }
}

impl<T: Serialize + ?Sized> Serialize for Scrubbed<'_, T> {
    /// # Errors
    /// Those of the format. If the value refuses to be serialized, the error says only that, and not its
    /// message.
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serialize(self.value, &Context::new(self.scrubber), serializer)
    }
}

impl<T: ?Sized> std::fmt::Debug for Scrubbed<'_, T> {
    // The value is not scrubbed yet, so nothing of it is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scrubbed").finish_non_exhaustive()
    }
}

/// Encodes `value` as scrubbed JSON in the layout of a snapshot file, with a tally of what was redacted:
/// [`encode`](super::encode) for anything that `serde` can serialize. See [`Scrubbed`].
///
/// ```
/// use prestop::{Preset, Scrubber, value::encode_serialize};
///
/// let lines = vec!["ls".to_owned(), "source=sandbox 1 2 3".to_owned()];
/// let (json, tally) = encode_serialize(&lines, &Scrubber::new(Preset::Balanced))?;
/// assert_eq!(json, b"[\n  \"ls\"\n]");
/// assert_eq!(tally.dropped(), 1);
/// # Ok::<(), prestop::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidInput`] if the value refuses to be serialized, or a key of a map is neither text nor a
/// number nor a boolean.
pub fn encode_serialize<T: Serialize + ?Sized>(value: &T, scrubber: &Scrubber) -> Result<(Vec<u8>, Tally)> {
    let context = Context::new(scrubber);
    let mut out = Vec::new();
    let mut json = serde_json::Serializer::with_formatter(&mut out, layout::Layout::default());
    serialize(value, &context, &mut json)
        .map_err(|_| Error::new(ErrorKind::InvalidInput, "a value refuses to be serialized"))?;
    Ok((out, context.into_tally()))
}

fn serialize<T: Serialize + ?Sized, S: Serializer>(
    value: &T,
    context: &Context<'_>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    let look = look::look(value, Place::ROOT, false, &Vec::new(), context).map_err(S::Error::custom)?;
    Placed { value, context, place: Place::ROOT, look, given: None, parts: Vec::new() }.serialize(serializer)
}
