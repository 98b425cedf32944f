//! Runs of base64 characters: `[A-Za-z0-9+/]{33,}={0,2}`.

use crate::scrub::runs::Runs;

/// The shortest run that counts.
const SHORTEST: usize = 33;

/// Whether a byte may stand in a run.
static IN_RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

/// Every longest run of 33 base64 characters or more, each with up to two `=` after it.
pub(crate) fn blob_runs(text: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let (start, end) = next_run(text, from)?;
        from = end;
        Some((start, end))
    })
}

/// The same runs, found in `runs`, which are those of the text.
pub(crate) fn blob_runs_in<'t>(text: &'t [u8], runs: &'t Runs) -> impl Iterator<Item = (usize, usize)> + 't {
    runs.of(SHORTEST).flat_map(move |run| {
        let mut from = run.start;
        std::iter::from_fn(move || {
            let (start, end) = next_run(&text[..run.end], from)?;
            from = end;
            Some((start, end))
        })
    })
}

/// The first run at or after `from`, where no run has begun before `from`.
fn next_run(text: &[u8], from: usize) -> Option<(usize, usize)> {
    // A run covers at least one of any 33 neighbouring bytes, so most bytes are never looked at: look at
    // the last one a run from `start` must cover, and from there back to what ends the run.
    let mut start = from;
    let mut seen = from;
    loop {
        let probe = start.checked_add(SHORTEST - 1)?;
        let between = text.get(seen..=probe)?;
        if let Some(broken) = between.iter().rposition(|&byte| !IN_RUN[usize::from(byte)]) {
            // Everything up to the probe is known to be in the run, so none of it is looked at again.
            start = seen + broken + 1;
            seen = probe + 1;
            continue;
        }
        let rest = text.get(probe + 1..).unwrap_or_default();
        let more = rest.iter().position(|&byte| !IN_RUN[usize::from(byte)]).unwrap_or(rest.len());
        let padding = rest.iter().skip(more).take(2).take_while(|&&byte| byte == b'=').count();
        return Some((start, probe + 1 + more + padding));
    }
}
