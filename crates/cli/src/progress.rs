//! A progress bar for long inputs.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::numbers::size;

/// Work that ends before this shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);
/// The pause between two updates of the bar.
const PACE: Duration = Duration::from_millis(100);
/// The width of the bar, in characters.
const BAR: u64 = 24;

/// A bar on standard error, drawn only if that is a terminal and the output goes elsewhere.
pub struct Progress {
    wanted: bool,
    total: Option<u64>,
    done: u64,
    began: Instant,
    drawn: Option<Instant>,
}

impl Progress {
    /// Creates a bar for `total` bytes, if their number is known.
    pub fn new(total: Option<u64>) -> Self {
        let wanted = io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self { wanted, total, done: 0, began: Instant::now(), drawn: None }
    }

    /// Records that this many more bytes are done, and draws the bar if it is time.
    pub fn advance(&mut self, bytes: usize) {
        self.done += bytes as u64;
        if self.wanted && self.drawn.unwrap_or(self.began).elapsed() > self.drawn.map_or(PATIENCE, |_| PACE) {
            self.drawn = Some(Instant::now());
            draw(&format!("\r{}\x1b[K", self.says(self.began.elapsed())));
        }
    }

    /// Returns the text of the bar after this time.
    fn says(&self, elapsed: Duration) -> String {
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        let speed = size(self.done.saturating_mul(1000) / millis);
        let done = size(self.done);
        match self.total.filter(|&total| total > 0) {
            None => format!("{done}  {speed}/s"),
            Some(total) => {
                // A file may have grown since it was measured.
                let part = |of: u64| self.done.min(total).saturating_mul(of) / total;
                let full = usize::try_from(part(BAR)).unwrap_or(0);
                let bar = "#".repeat(full) + &"-".repeat(usize::try_from(BAR).unwrap_or(0) - full);
                format!("[{bar}] {:>3} %  {done} of {}  {speed}/s", part(100), size(total))
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            draw("\r\x1b[K");
        }
    }
}

/// Writes to standard error; a failed write is ignored.
fn draw(text: &str) {
    let mut err = io::stderr();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_far_it_is() {
        let mut progress = Progress::new(Some(2_000_000));
        progress.wanted = false;
        progress.advance(500_000);
        let said = progress.says(Duration::from_secs(1));
        assert_eq!(said, "[######------------------]  25 %  500.0 KB of 2.0 MB  500.0 KB/s");
        progress.advance(9_000_000);
        assert!(progress.says(Duration::ZERO).contains("100 %"));
        progress.total = None;
        assert_eq!(progress.says(Duration::from_secs(2)), "9.5 MB  4.8 MB/s");
    }
}
