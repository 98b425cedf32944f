//! Standard output and standard error: colours where they are wanted, and nothing half written.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::os::fd::{AsRawFd, IntoRawFd};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Effects, Style};
use rustix::fs::{Mode, OFlags};

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

/// Opens what is closed of the three standard streams, so that no file of ours gets the number of one and is written to
/// in its place. Says whether standard output was open.
pub fn settle() -> bool {
    let is_open = rustix::io::fcntl_getfd(io::stdout()).is_ok();
    while let Ok(file) = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty()) {
        if file.as_raw_fd() > 2 {
            break;
        }
        // For as long as the process lives.
        let _ = file.into_raw_fd();
    }
    is_open
}

/// What a closed standard output is answered with: the standard library takes it for one that swallows everything.
pub fn closed() -> io::Error {
    io::Error::other("standard output is closed")
}

/// The streams of this process.
pub struct Screen {
    /// None since its reader has gone.
    out: Option<BufWriter<Stdout>>,
    is_open: bool,
    paints_out: bool,
    paints_error: bool,
}

impl Screen {
    /// The streams, with colours as asked; `is_open` as [`settle`] says.
    pub fn new(color: Color, is_open: bool) -> Self {
        let paints = |auto: ColorChoice| match ColorChoice::from(color) {
            ColorChoice::Auto => auto != ColorChoice::Never,
            choice => choice != ColorChoice::Never,
        };
        Self {
            out: Some(BufWriter::with_capacity(HELD, io::stdout())),
            is_open,
            paints_out: paints(AutoStream::choice(&io::stdout())),
            paints_error: paints(AutoStream::choice(&io::stderr())),
        }
    }

    /// Whether a person looks at standard output.
    pub fn is_terminal(&self) -> bool {
        self.out.as_ref().is_some_and(|out| out.get_ref().is_terminal())
    }

    /// Whether anybody may still read standard output, as far as is known: `| head` goes when it has enough.
    pub fn is_read(&self) -> bool {
        self.out.is_some()
    }

    /// Puts bytes on standard output as they are. When its reader has gone they go nowhere, which is no error: what a
    /// command found out stays its exit status.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.is_open && !bytes.is_empty() {
            return Err(closed());
        }
        self.out(|out| out.write_all(bytes))
    }

    fn out(&mut self, work: impl FnOnce(&mut BufWriter<Stdout>) -> io::Result<()>) -> io::Result<()> {
        match self.out.as_mut().map_or(Ok(()), work) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.out = None;
                Ok(())
            }
            done => done,
        }
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
        self.write(format!("{text}\n").as_bytes())
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
        self.out(BufWriter::flush)
    }
}

/// Something besides the output: one line on standard error. What cannot be said there is lost.
pub fn say(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn painted(paints: bool, style: Style, text: impl Display) -> String {
    if paints { format!("{style}{text}{style:#}") } else { text.to_string() }
}
