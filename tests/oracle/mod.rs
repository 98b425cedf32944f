//! The plain-Python implementation of the `molecule` preset, run by `python3` and queried line by line. The
//! tests and the fuzz target share it.

use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running oracle. It ends together with this process even if it is not dropped, since its input ends then.
pub struct Oracle {
    child: Child,
    questions: BufWriter<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    /// Starts the oracle.
    ///
    /// # Errors
    ///
    /// Fails if there is no `python3`, or it cannot be run.
    pub fn start() -> io::Result<Self> {
        // The text and not its path, which differs between the crates that compile this file.
        let mut child = Command::new("python3")
            .args(["-c", include_str!("molecule.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let questions = BufWriter::new(child.stdin.take().expect("its input is a pipe"));
        let answers = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        Ok(Self { child, questions, answers })
    }

    /// Returns what the 13 patterns leave of `text`; `None` if it holds a character that this Python's
    /// Unicode version does not know.
    pub fn scrub(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        for byte in text {
            write!(self.questions, "{byte:02x}").expect("the oracle reads");
        }
        writeln!(self.questions).expect("the oracle reads");
        self.questions.flush().expect("the oracle reads");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the oracle answers");
        let digits = line.strip_suffix('\n').expect("the oracle answers with a whole line");
        if digits == "?" {
            return None;
        }
        let byte =
            |pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal");
        Some(digits.as_bytes().chunks(2).map(byte).collect())
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
