//! The form in which the built-in rules are embedded: an entry for each, its fields in a fixed order between
//! the separators of ASCII. It is read in a fraction of the time that JSON takes, and the first scrubber of a
//! process waits for it.
//!
//! `build.rs` compiles this file too: it writes the entries.

/// A field of a rule. `file.rs` says what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Id,
    Label,
    Description,
    Keywords,
    Pattern,
    ValuePattern,
    NeedsSecretWord,
    Lookbehind,
    MaxGap,
    MaxLen,
    WordStart,
    Entropy,
    Validator,
    Presets,
    Block,
    Source,
    Positive,
    Negative,
    /// Only embedded rules have this one and the next: what `token_run` says of the pattern.
    LongToken,
    ValueIsToken,
}

impl Field {
    /// Every field, in the order of an entry.
    pub(crate) const ALL: [Self; 20] = [
        Self::Id,
        Self::Label,
        Self::Description,
        Self::Keywords,
        Self::Pattern,
        Self::ValuePattern,
        Self::NeedsSecretWord,
        Self::Lookbehind,
        Self::MaxGap,
        Self::MaxLen,
        Self::WordStart,
        Self::Entropy,
        Self::Validator,
        Self::Presets,
        Self::Block,
        Self::Source,
        Self::Positive,
        Self::Negative,
        Self::LongToken,
        Self::ValueIsToken,
    ];

    /// The name in a file of rules.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Label => "label",
            Self::Description => "description",
            Self::Keywords => "keywords",
            Self::Pattern => "pattern",
            Self::ValuePattern => "value_pattern",
            Self::NeedsSecretWord => "needs_secret_word",
            Self::Lookbehind => "lookbehind",
            Self::MaxGap => "max_gap",
            Self::MaxLen => "max_len",
            Self::WordStart => "word_start",
            Self::Entropy => "entropy",
            Self::Validator => "validator",
            Self::Presets => "presets",
            Self::Block => "block",
            Self::Source => "source",
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::LongToken => "long_token",
            Self::ValueIsToken => "value_is_token",
        }
    }

    /// Whether a file of rules may have this field.
    pub(crate) fn is_in_files(self) -> bool {
        !matches!(self, Self::LongToken | Self::ValueIsToken)
    }
}

/// What ends an entry, what separates its fields, and what the items of a field that is a list.
const END: char = '\u{1d}';
const FIELD: char = '\u{1e}';
const ITEM: char = '\u{1f}';

/// The fields of one rule as an embedded file has them. A field that the rule does not have is empty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'t>([&'t str; Field::ALL.len()]);

impl<'t> Entry<'t> {
    /// Returns the entries of an embedded file.
    pub(crate) fn each(file: &'t str) -> impl Iterator<Item = Self> {
        file.split_terminator(END).map(|entry| {
            let mut fields = [""; Field::ALL.len()];
            fields.iter_mut().zip(entry.split(FIELD)).for_each(|(field, text)| *field = text);
            Self(fields)
        })
    }

    /// Returns the text of a field, if the rule has it.
    pub(crate) fn text(&self, field: Field) -> Option<&'t str> {
        Some(self.0[field as usize]).filter(|text| !text.is_empty())
    }

    /// Returns the items of a field that is a list.
    pub(crate) fn items(&self, field: Field) -> impl Iterator<Item = &'t str> {
        self.text(field).into_iter().flat_map(|text| text.split(ITEM))
    }
}

/// Writes an entry of the fields that `items` returns: the items of a list, else the only one.
///
/// # Errors
/// What is wrong with a field: `items` says so, or it holds one of the separators.
#[cfg_attr(not(test), allow(dead_code, reason = "called by build.rs"))]
pub(crate) fn write(mut items: impl FnMut(Field) -> Result<Vec<String>, String>) -> Result<String, String> {
    let mut entry = String::new();
    for field in Field::ALL {
        let items = items(field)?;
        if items.iter().any(|text| text.contains([END, FIELD, ITEM])) {
            return Err(format!("{} holds a separator", field.name()));
        }
        entry += &items.join(&ITEM.to_string());
        entry.push(if field == Field::ValueIsToken { END } else { FIELD });
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let written = write(|field| match field {
            Field::Id => Ok(vec!["an-id".to_owned()]),
            Field::Keywords => Ok(vec!["one".to_owned(), "two 2".to_owned()]),
            _ => Ok(Vec::new()),
        });
        let text = written.expect("nothing separates") + "next-id";
        let entries: Vec<Entry<'_>> = Entry::each(&text).collect();
        assert_eq!(entries[0].text(Field::Id), Some("an-id"));
        assert_eq!(entries[0].items(Field::Keywords).collect::<Vec<_>>(), ["one", "two 2"]);
        assert_eq!((entries[0].text(Field::Label), entries[0].items(Field::Presets).count()), (None, 0));
        assert_eq!((entries[1].text(Field::Id), entries.len()), (Some("next-id"), 2));
        assert!(write(|_| Ok(vec!["a\u{1e}b".to_owned()])).is_err());
    }

    #[test]
    fn a_field_is_at_its_own_place() {
        for (place, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, place, "{}", field.name());
        }
    }
}
