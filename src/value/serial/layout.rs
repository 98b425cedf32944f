//! The layout of a snapshot file, for `serde_json`.

use std::io::{self, Write};

use serde_json::ser::{Formatter, PrettyFormatter};

use crate::value::number;

/// Two spaces of indentation per level, as `serde_json` writes them; floats as Python spells them.
#[derive(Default)]
pub(super) struct Layout(PrettyFormatter<'static>);

macro_rules! forward {
    ($($name:ident($($argument:ident: $type:ty),*)),* $(,)?) => {$(
        fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $argument: $type)*) -> io::Result<()> {
            self.0.$name(writer $(, $argument)*)
        }
    )*};
}

impl Formatter for Layout {
    forward!(
        begin_array(),
        end_array(),
        begin_array_value(first: bool),
        end_array_value(),
        begin_object(),
        end_object(),
        begin_object_key(first: bool),
        begin_object_value(),
        end_object_value(),
    );

    fn write_f32<W: ?Sized + Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        // Widened as it is, it would have digits that it never had: `0.10000000149011612`.
        let short = value.to_string().parse().unwrap_or_else(|_| value.into());
        self.write_f64(writer, short)
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(number::float(value).as_deref().unwrap_or("null").as_bytes())
    }
}
