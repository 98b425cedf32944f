//! Recognises sandbox content: output of the agent's code sandbox, which is dropped as a whole.

/// The documented markers in lower case, each with the offset of its byte that has no case: `=` or `[`.
const MARKERS: [(&[u8], usize); 3] =
    [(b"source=sandbox", 6), (b"tool=run_code", 4), (b"[sandbox_output]", 0)];

/// Whether `text` contains a sandbox marker, in any case.
///
/// ```
/// assert!(prestop::scrub::is_sandbox(b"3 lines from Source=Sandbox"));
/// assert!(!prestop::scrub::is_sandbox(b"the sandbox"));
/// ```
pub fn is_sandbox(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'=', b'[', text).any(|at| {
        // Most of these bytes occur in code, with something else after them.
        matches!(text.get(at + 1), Some(b's' | b'S' | b'r' | b'R'))
            && MARKERS.iter().any(|(marker, before)| {
                let start = at.checked_sub(*before);
                let there = start.and_then(|start| text.get(start..start + marker.len()));
                there.is_some_and(|there| there.eq_ignore_ascii_case(marker))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Every word of the documented sentence.
        #[test]
        fn a_marker_is_a_substring_in_any_case(
            pieces in prop::collection::vec(
                prop_oneof!["[a-z=\\[ ]{0,3}", "(?i)source=sandbox", "(?i)tool=run_code", "(?i)\\[sandbox_output\\]",
                    "(?i)source=sandbo", "(?i)ool=run_code", "(?i)\\[sandbox_output"],
                0..4,
            ),
        ) {
            let text = pieces.concat();
            let lower = text.to_ascii_lowercase();
            let wanted = ["source=sandbox", "tool=run_code", "[sandbox_output]"].iter().any(|word| lower.contains(word));
            prop_assert_eq!(is_sandbox(text.as_bytes()), wanted);
        }
    }
}
