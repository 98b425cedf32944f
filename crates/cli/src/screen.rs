//! Standard output and standard error: colours where they are wanted, and nothing half written.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Effects, Style};

use crate::arguments::Color;
use crate::visible;

/// What stands before a value.
pub const NAME: Style = AnsiColor::Cyan.on_default();
/// What is in order.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What is not.
pub const BAD: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
/// What deserves a look.
pub const ODD: Style = AnsiColor::Yellow.on_default();
/// What is said besides.
pub const FAINT: Style = Style::new().effects(Effects::DIMMED);

/// Bytes that are held before they are written.
const HELD: usize = 1 << 16;
/// The width of a line where nobody says it.
const WIDTH: usize = 100;

/// The streams of this process.
pub struct Screen {
    out: BufWriter<Stdout>,
    paints_out: bool,
    paints_error: bool,
}

impl Screen {
    /// The streams, with colours as asked.
    pub fn new(color: Color) -> Self {
        let paints = |auto: ColorChoice| match ColorChoice::from(color) {
            ColorChoice::Auto => auto != ColorChoice::Never,
            choice => choice != ColorChoice::Never,
        };
        Self {
            out: BufWriter::with_capacity(HELD, io::stdout()),
            paints_out: paints(AutoStream::choice(&io::stdout())),
            paints_error: paints(AutoStream::choice(&io::stderr())),
        }
    }

    /// Whether a person looks at standard output.
    pub fn is_terminal(&self) -> bool {
        self.out.get_ref().is_terminal()
    }

    /// Puts bytes on standard output as they are.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// How many characters fit on a line.
    pub fn width(&self) -> usize {
        let wide = terminal_size::terminal_size().filter(|_| self.is_terminal());
        wide.map_or(WIDTH, |(width, _)| usize::from(width.0).max(40))
    }

    /// `text` in a style, where there are colours.
    pub fn paint(&self, style: Style, text: impl Display) -> String {
        painted(self.paints_out, style, text)
    }

    /// One line of output.
    pub fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// A line `name  value`.
    pub fn field(&mut self, name: &str, value: impl Display) -> io::Result<()> {
        let name = self.paint(NAME, format_args!("{name:<11}"));
        self.line(format_args!("{name} {value}"))
    }

    /// A report as JSON, indented, on standard output.
    pub fn json(&mut self, report: &serde_json::Value) -> io::Result<()> {
        self.line(visible::json(&format!("{report:#}")))
    }

    /// `prestop: KIND: what` on standard error.
    pub fn complain(&self, kind: &str, what: &str) {
        let style = if kind == "error" { BAD } else { ODD };
        say(format_args!("prestop: {}: {what}", painted(self.paints_error, style, kind)));
    }

    /// Writes what is held.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Something besides the output: one line on standard error. What cannot be said there is lost.
pub fn say(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn painted(paints: bool, style: Style, text: impl Display) -> String {
    if paints { format!("{style}{text}{style:#}") } else { text.to_string() }
}
