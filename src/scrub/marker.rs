//! The marker `[REDACTED:LABEL]`.

/// The marker of `label`.
pub fn marker(label: &str) -> String {
    format!("[REDACTED:{label}]")
}
