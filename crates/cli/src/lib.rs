//! The command `prestop`, for operators, as a library: the binary and the wheel's console script both call
//! [`run`].
//!
//! A subcommand is a file in `command/` with its arguments (`Args`) and its function (`run`), and one line in
//! `command/mod.rs`. The content of a snapshot is treated as hostile: it is scrubbed again before it is
//! shown, and control and bidirectional characters appear as escapes. No error quotes the text that it is
//! about.

#![forbid(unsafe_code)]

// The doc comments there are the help texts, in which backticks would be shown as they are.
#[allow(clippy::doc_markdown)]
mod arguments;
#[allow(clippy::doc_markdown)]
mod command;
mod document;
mod environment;
mod failure;
mod input;
mod jsonl;
mod numbers;
mod page;
mod progress;
mod report;
mod screen;
#[allow(clippy::doc_markdown)]
mod scrubbing;
// Its doc comments are help texts too.
#[allow(clippy::doc_markdown)]
mod shape;
mod transcript;
mod view;
mod visible;

use std::ffi::OsString;

/// Runs the command on the streams of this process, and returns its exit status: 0 done, 1 found something or
/// failed, 2 wrong use. The first argument is the name of the command.
///
/// ```
/// assert_eq!(prestop_cli::run(["prestop".into(), "--no-such-option".into()]), 2);
/// ```
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let is_open = screen::settle();
    let parsed = match arguments::parse(arguments) {
        Ok(parsed) => parsed,
        Err(answer) => return answer.give(is_open),
    };
    let mut screen = screen::Screen::new(parsed.color, is_open);
    let ended = parsed.command.run(&mut screen);
    let ended = match (ended, screen.flush()) {
        (Ok(_), Err(error)) => Err(error.into()),
        (ended, _) => ended,
    };
    match ended {
        Ok(status) => status.code(),
        Err(failure) => failure.tell(&screen),
    }
}
