//! The command `prestop`, for operators: a library, so that the binary and the wheel's console script are one.
//!
//! [`run`] is all of it. A subcommand is a file under `command/` with its arguments (`Args`) and what it does (`run`),
//! and one line in `command/mod.rs`. What is shown of a snapshot is taken to be hostile: it is scrubbed again, and
//! control and bidirectional characters appear as escapes. No error repeats what it is about.

#![forbid(unsafe_code)]

// Doc comments there are the help, in which backticks would stand as they are.
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
// Its comments are help, too.
#[allow(clippy::doc_markdown)]
mod shape;
mod transcript;
mod view;
mod visible;

use std::ffi::OsString;

/// Runs the command with these arguments, the first of which is its own name, on the streams of this process, and gives
/// its exit status: 0 done, 1 found something or failed, 2 wrong use.
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
