//! Sandbox content: output of the agent's code sandbox, dropped whole.

/// The documented markers, in lower case.
const MARKERS: [&[u8]; 3] = [b"source=sandbox", b"tool=run_code", b"[sandbox_output]"];

/// Whether `text` carries a sandbox marker: a substring, in any case.
///
/// ```
/// assert!(prestop::scrub::is_sandbox(b"3 lines from Source=Sandbox"));
/// assert!(!prestop::scrub::is_sandbox(b"the sandbox"));
/// ```
pub fn is_sandbox(text: &[u8]) -> bool {
    MARKERS.iter().any(|marker| text.windows(marker.len()).any(|window| window.eq_ignore_ascii_case(marker)))
}
