//! Standard output and standard error: colours where they are wanted, and buffered output.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::os::fd::{AsRawFd, IntoRawFd};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Effects, Style};
use rustix::fs::{Mode, OFlags};

use crate::arguments::Color;
use crate::visible;

/// The style of names.
pub const NAME: Style = AnsiColor::Cyan.on_default();
/// The style of results that are in order.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// The style of results that are not.
pub const BAD: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
/// The style of what deserves attention.
pub const ODD: Style = AnsiColor::Yellow.on_default();
/// The style of details.
pub const FAINT: Style = Style::new().effects(Effects::DIMMED);

/// The size of the output buffer, in bytes.
const HELD: usize = 1 << 16;
/// The width of a line where the terminal's is unknown.
const WIDTH: usize = 100;

/// Opens `/dev/null` for each of the three standard streams that is closed. Otherwise a file of ours could
/// get its number, and output would go into that file. Returns whether standard output was open.
pub fn settle() -> bool {
    let is_open = rustix::io::fcntl_getfd(io::stdout()).is_ok();
    while let Ok(file) = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty()) {
        if file.as_raw_fd() > 2 {
            break;
        }
        // Kept open for as long as the process lives.
        let _ = file.into_raw_fd();
    }
    is_open
}

/// The error for a closed standard output, which the standard library silently ignores.
pub fn closed() -> io::Error {
    io::Error::other("standard output is closed")
}

/// The output streams of this process.
pub struct Screen {
    /// `None` once its reader has closed the pipe.
    out: Option<BufWriter<Stdout>>,
    is_open: bool,
    paints_out: bool,
    paints_error: bool,
}

impl Screen {
    /// Wraps the streams, with colours as requested; `is_open` is the result of [`settle`].
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

    /// Whether standard output is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.out.as_ref().is_some_and(|out| out.get_ref().is_terminal())
    }

    /// Whether standard output may still have a reader; `| head` closes the pipe when it has enough.
    pub fn is_read(&self) -> bool {
        self.out.is_some()
    }

    /// Writes bytes to standard output as they are. Once the reader has closed the pipe they are discarded,
    /// which is not an error: the exit status still reports what the command found.
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

    /// Returns how many characters fit on a line.
    pub fn width(&self) -> usize {
        let wide = terminal_size::terminal_size().filter(|_| self.is_terminal());
        wide.map_or(WIDTH, |(width, _)| usize::from(width.0).max(40))
    }

    /// Returns `text` in a style, if there are colours.
    pub fn paint(&self, style: Style, text: impl Display) -> String {
        painted(self.paints_out, style, text)
    }

    /// Writes one line of output.
    pub fn line(&mut self, text: impl Display) -> io::Result<()> {
        self.write(format!("{text}\n").as_bytes())
    }

    /// Writes a line `name  value`.
    pub fn field(&mut self, name: &str, value: impl Display) -> io::Result<()> {
        let name = self.paint(NAME, format_args!("{name:<11}"));
        self.line(format_args!("{name} {value}"))
    }

    /// Writes a report as indented JSON.
    pub fn json(&mut self, report: &serde_json::Value) -> io::Result<()> {
        self.line(visible::json(&format!("{report:#}")))
    }

    /// Writes `prestop: KIND: what` to standard error.
    pub fn complain(&self, kind: &str, what: &str) {
        let style = if kind == "error" { BAD } else { ODD };
        say(format_args!("prestop: {}: {what}", painted(self.paints_error, style, kind)));
    }

    /// Writes the buffered output.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out(BufWriter::flush)
    }
}

/// Writes one line to standard error; a failed write is ignored.
pub fn say(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn painted(paints: bool, style: Style, text: impl Display) -> String {
    if paints { format!("{style}{text}{style:#}") } else { text.to_string() }
}
