//! Which versions of AgentAPI can be asked to save their state.

/// Major, minor and patch.
///
/// ```
/// let newest: prestop::agentapi::Version = [1, 0, 2];
/// assert!(newest > prestop::agentapi::PERSISTENCE);
/// ```
pub type Version = [u64; 3];

/// The first version with a state file, and with a save signal that does not kill the process: 0.12.0.
///
/// ```
/// assert_eq!(prestop::agentapi::PERSISTENCE, [0, 12, 0]);
/// ```
pub const PERSISTENCE: Version = [0, 12, 0];

/// Whether a version is `minimum` or later. `reported` is the output of `agentapi --version`: its last word
/// counts, with or without a leading `v`.
///
/// False for what is not a version of three numbers (`latest`, `1.0`, nothing at all): a wrong no costs a
/// save, a wrong yes the process. Of the minimum itself a release candidate is accepted; other pre-releases
/// may be from before the feature.
///
/// ```
/// use prestop::agentapi::{PERSISTENCE, version_at_least};
///
/// for enough in ["0.12.0", "agentapi version v0.12.1\n", "0.12.0-rc1", "0.13.0-dev", "1.0.0"] {
///     assert!(version_at_least(enough, PERSISTENCE), "{enough}");
/// }
/// for not in ["0.11.8", "0.12.0-alpha", "latest", "", "1.0", "0.012.0", "0.9.0-preview"] {
///     assert!(!version_at_least(not, PERSISTENCE), "{not}");
/// }
/// ```
pub fn version_at_least(reported: &str, minimum: Version) -> bool {
    let Some(word) = reported.split_whitespace().next_back() else { return false };
    let word = word.strip_prefix('v').unwrap_or(word);
    // What follows a plus sign names a build and does not affect the order.
    let (word, build) = word.split_once('+').map_or((word, None), |(word, build)| (word, Some(build)));
    let (numbers, prerelease) =
        word.split_once('-').map_or((word, None), |(numbers, prerelease)| (numbers, Some(prerelease)));
    if build.is_some_and(|build| !is_suffix(build)) || prerelease.is_some_and(|label| !is_suffix(label)) {
        return false;
    }
    let Some(version) = numbered(numbers) else { return false };
    match prerelease {
        Some(label) if version == minimum => label.starts_with("rc"),
        _ => version >= minimum,
    }
}

/// Parses three numbers in their plain spelling: no signs, no leading zeros.
fn numbered(text: &str) -> Option<Version> {
    let mut parts = text.split('.').map(|part| {
        let plain = part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
        part.parse().ok().filter(|_| plain)
    });
    let version = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(version)
}

/// Whether a text may follow the minus or the plus sign of a version.
fn is_suffix(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}
