//! Finds secrets in text and replaces each by a marker `[REDACTED:LABEL]`.
//!
//! A [`Scrubber`] is made from a [`Preset`], or with a [`ScrubberBuilder`] that adds known secrets, further
//! rules and exceptions. It scrubs one text at a time, or a stream with [`ScrubStream`].
//!
//! A scan goes through these stages: a prefilter finds the keywords of all rules (`ruleset`), patterns and
//! the parser of assignments (`assign`) verify what the keywords suggest, overlapping hits are merged
//! (`hit`), and the engine replaces them and scans again until nothing is found (`engine`). The `molecule`
//! preset applies its patterns in sequence instead (`molecule`).
//!
//! ```
//! use prestop::scrub::{Field, Tally};
//! use prestop::{Preset, Scrubber};
//!
//! let mut tally = Tally::default();
//! let scrubber = Scrubber::new(Preset::Balanced);
//! let clean = scrubber.scrub_field(b"PASSWORD=hunter2", Field::Ordinary, &mut tally);
//! assert_eq!(clean, b"PASSWORD=[REDACTED:PASSWORD]".as_slice());
//! assert_eq!(tally.redactions()["PASSWORD"], 1);
//! ```

mod armour;
mod assign;
mod blob;
mod block;
mod builder;
mod catalogue;
mod continuation;
mod credentials;
mod detail;
mod digest;
mod digit64;
mod documented;
mod edit;
mod engine;
mod entity;
mod entropy;
mod environment;
mod escape;
#[cfg(test)]
mod example;
mod extent;
mod gitleaks;
mod hit;
mod info;
mod invisible;
mod keywords;
mod known;
mod layer;
mod line_continuation;
pub mod marker;
mod molecule;
mod naming;
mod open_strings;
mod payload;
mod placeholder;
mod prefilter;
mod prefix_index;
mod preset;
mod progress;
mod provider_signed;
mod pyre;
mod random;
mod rarity;
mod reference;
mod rule;
mod ruleset;
mod runs;
mod sandbox;
mod sensitive;
mod settings;
mod slot;
mod stream;
mod stretch;
mod tally;
mod token_starts;
mod unanchored;
mod validate;
mod value_parts;
mod window;
#[cfg(test)]
pub(crate) mod work;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use crate::cutoff::Cutoff;
use engine::Engine;
use known::KnownValues;
use ruleset::RuleSet;

pub(crate) use assign::pair::{holds_answer, holds_argument, holds_value};
pub use builder::ScrubberBuilder;
pub(crate) use continuation::{Continuation, Span};
pub use credentials::{MOUNTED_SECRETS, credential_files, files_named_by, read_credential};
pub use detail::RuleDetail;
pub use environment::{added_secrets, secrets_from, secrets_in_credential};
pub use info::RuleInfo;
pub use marker::marker;
pub(crate) use naming::is_words;
pub use preset::Preset;
pub(crate) use provider_signed::{Evidence, Member};
pub use rule::read_rules;
pub use sandbox::is_sandbox;
pub(crate) use sensitive::{is_descriptive, may_name, sensitive_label};
pub use settings::builder_from_settings;
pub use stream::ScrubStream;
pub use tally::Tally;

/// The kind of field that a text comes from: some are exempt from the rules that judge by randomness alone.
///
/// ```
/// use prestop::scrub::{Field, Tally};
/// use prestop::{Preset, Scrubber};
///
/// let scrubber = Scrubber::new(Preset::Strict);
/// let id = b"q7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0Pa8Ue3";
/// let mut tally = Tally::default();
/// assert_eq!(scrubber.scrub_field(id, Field::Identity, &mut tally), id.as_slice());
/// assert_eq!(scrubber.scrub_field(id, Field::Ordinary, &mut tally), b"[REDACTED:BASE64_BLOB]".as_slice());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// Any text.
    #[default]
    Ordinary,
    /// An identity field (`session_id`, ...) whose value has the form of an identifier: exempt from
    /// `BASE64_BLOB` and entropy rules. All other rules apply.
    Identity,
    /// A provider-opaque field (`signature` of a thinking item, ...): exempt from `BASE64_BLOB` and entropy
    /// rules. All other rules apply.
    Opaque,
}

/// A secret that was found: its rule, its label and its span, never its text.
///
/// ```
/// use prestop::{Preset, Scrubber};
///
/// let text = "DB_PASSWORD=hunter2 make";
/// let findings = Scrubber::new(Preset::Balanced).findings(text.as_bytes());
/// assert_eq!(&*findings[0].label, "PASSWORD");
/// assert_eq!(&text[findings[0].start..findings[0].end], "hunter2");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The id of the rule: that of a rule file, or one of those that are code (`known-value`,
    /// `sensitive-name`, `base64-blob` and others); [`Scrubber::rules`] lists them all.
    pub rule: Arc<str>,
    /// The label that the marker shows.
    pub label: Arc<str>,
    /// The offset of the first byte.
    pub start: usize,
    /// The offset after the last byte. What has to go together is one finding, such as the whole item that a
    /// provider signed, so this may lie behind the match itself.
    pub end: usize,
}

/// Finds secrets in text and replaces them.
///
/// A scrubber is cheap to clone and can be shared between threads.
///
/// ```
/// use prestop::scrub::{Field, Tally};
/// use prestop::{Preset, Scrubber};
///
/// let scrubber = Scrubber::new(Preset::Balanced);
/// assert_eq!(scrubber.preset(), Preset::Balanced);
/// assert_eq!(scrubber.scrub_text("DB_PASSWORD=hunter2"), "DB_PASSWORD=[REDACTED:PASSWORD]");
/// assert_eq!(scrubber.scrub_bytes(b"\xff PASSWORD=hunter2"), b"\xff PASSWORD=[REDACTED:PASSWORD]".as_slice());
/// let mut tally = Tally::default();
/// let clean = scrubber.scrub_field(b"PASSWORD=hunter2", Field::Ordinary, &mut tally);
/// assert_eq!(clean, b"PASSWORD=[REDACTED:PASSWORD]".as_slice());
/// assert_eq!(tally.redactions()["PASSWORD"], 1);
/// assert!(scrubber.rules().iter().any(|rule| &*rule.id == "bearer-token"));
/// assert!(scrubber.rule_set().ends_with("+balanced"));
///
/// let own = Scrubber::builder(Preset::Strict).with_disabled(["bearer-token"]).build()?;
/// assert_eq!(own.findings(b"nothing secret"), []);
/// # Ok::<(), prestop::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scrubber {
    engine: Arc<Engine>,
}

impl Scrubber {
    /// Creates a scrubber with the built-in rules of `preset`.
    pub fn new(preset: Preset) -> Self {
        let rules = RuleSet::builtin(preset);
        let engine = Engine::new(preset, rules, KnownValues::default(), Vec::new(), HashSet::new());
        Self { engine: Arc::new(engine) }
    }

    /// Returns a builder for a scrubber with more than a preset: known secrets, further rules or exceptions.
    pub fn builder(preset: Preset) -> ScrubberBuilder {
        ScrubberBuilder::new(preset)
    }

    /// Returns the preset that this scrubber was made from.
    pub fn preset(&self) -> Preset {
        self.engine.preset()
    }

    /// Returns every enabled rule, built-in and added.
    pub fn rules(&self) -> Vec<RuleInfo> {
        let mut rules = info::rules(self.engine.preset(), self.engine.rules());
        rules.retain(|rule| !self.engine.is_disabled(&rule.id));
        rules
    }

    /// Returns the name and version of this rule set, as recorded in the files that it scrubbed: at most 64
    /// characters of `[A-Za-z0-9._:+-]`.
    ///
    /// Added rules and exceptions change it; known values do not.
    pub fn rule_set(&self) -> String {
        let own = self.engine.own().map_or_else(String::new, |own| format!("+own-{own:08x}"));
        format!("{:08x}+{}{own}", catalogue::version(), self.preset().name())
    }

    /// Replaces every secret in `text`, which may be any bytes.
    ///
    /// Returns the text itself, borrowed, if nothing is found.
    pub fn scrub_bytes<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        self.scrub_field(text, Field::Ordinary, &mut Tally::default())
    }

    /// Like [`Self::scrub_bytes`], for text that is UTF-8 and stays UTF-8.
    pub fn scrub_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.scrub_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(bytes) => Cow::Owned(match String::from_utf8(bytes) {
                Ok(text) => text,
                // A user's rule may match part of a character; the halves are replaced by U+FFFD.
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            }),
        }
    }

    /// Like [`Self::scrub_bytes`], for a text from a `field` of this kind. Redactions are counted in `tally`.
    pub fn scrub_field<'t>(&self, text: &'t [u8], field: Field, tally: &mut Tally) -> Cow<'t, [u8]> {
        let hits = self.engine.redactions(text, field);
        self.replace(text, &hits, tally)
    }

    /// Like [`Self::scrub_field`], but `None` if `cutoff` has passed before the whole text was searched.
    pub(crate) fn scrub_field_until<'t>(
        &self,
        text: &'t [u8],
        field: Field,
        cutoff: Option<&Cutoff<'_>>,
        tally: &mut Tally,
    ) -> Option<Cow<'t, [u8]>> {
        let hits = self.engine.redactions_until(text, field, cutoff)?;
        Some(self.replace(text, &hits, tally))
    }

    /// Returns `text` with `hits` replaced, which are counted in `tally`.
    fn replace<'t>(&self, text: &'t [u8], hits: &[hit::Hit], tally: &mut Tally) -> Cow<'t, [u8]> {
        for hit in hits {
            tally.redacted(self.engine.label(&hit.source));
        }
        self.engine.rewrite(text, hits).text
    }

    /// Returns the first `len` bytes of a longer text, scrubbed; a secret that crosses their end is replaced as a
    /// whole. No more than [`Self::reach`] is searched beyond them.
    pub(crate) fn scrub_head(&self, text: &[u8], len: usize, field: Field) -> Vec<u8> {
        let searched = &text[..text.len().min(len + self.reach())];
        let mut hits = self.engine.redactions(searched, field);
        hits.retain(|hit| hit.start < len);
        let end = hits.last().map_or(len, |last| last.end.max(len));
        self.engine.rewrite(&text[..end], &hits).text.into_owned()
    }

    /// The most bytes after a place in a text on which it depends what is redacted before it.
    pub(crate) fn reach(&self) -> usize {
        self.engine.window().margin
    }

    /// Returns a stream that scrubs a text which arrives in pieces; see [`ScrubStream`].
    ///
    /// ```
    /// let mut stream = prestop::Scrubber::new(prestop::Preset::Balanced).stream();
    /// let mut out = stream.feed(b"PASSWORD=hun");
    /// out.extend(stream.feed(b"ter2 make deploy"));
    /// let (rest, tally) = stream.finish();
    /// assert_eq!([out, rest].concat(), b"PASSWORD=[REDACTED:PASSWORD] make deploy");
    /// assert_eq!(tally.redactions()["PASSWORD"], 1);
    /// ```
    pub fn stream(&self) -> ScrubStream {
        ScrubStream::new(self.clone())
    }

    /// Returns every finding in `text`, in order and without overlaps. Spans are byte offsets.
    pub fn findings(&self, text: &[u8]) -> Vec<Finding> {
        self.findings_and_parts(text).map(|(finding, _)| finding).collect()
    }

    /// Returns the label of a known value, or of a token or multi-line block (a private key) with a fixed
    /// prefix, if `text` contains one outside its markers.
    ///
    /// This is a second check of text that should be scrubbed already, by what is certain without context.
    ///
    /// ```
    /// use prestop::{Preset, Scrubber};
    ///
    /// let scrubber = Scrubber::builder(Preset::Strict).with_known_secrets([("DB", "hunter2-hunter2")])?.build()?;
    /// assert_eq!(scrubber.left_over(b"\"see hunter2-hunter2\""), Some("DB"));
    /// assert_eq!(scrubber.left_over(b"\"see [REDACTED:DB]\""), None);
    /// # Ok::<(), prestop::Error>(())
    /// ```
    pub fn left_over(&self, text: &[u8]) -> Option<&str> {
        self.engine.left_over(text)
    }

    /// Whether `text` contains a known value outside its markers: one that became known only after the text
    /// was scrubbed. Faster than [`Self::left_over`], and free without known values.
    pub(crate) fn holds_known(&self, text: &[u8]) -> bool {
        self.engine.holds_known(text)
    }
}

#[cfg(test)]
mod cost_tests;
#[cfg(test)]
mod tests;
