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

/// Whether a version is `minimum` or later. `reported` is what `agentapi --version` says, of which the
/// version is found as
/// [`reported_version`] finds it.
///
/// False for what is not a version of three numbers (`latest`, `1.0`, nothing at all): a wrong no costs a
/// save, a wrong yes the process. Of the minimum itself a release candidate is accepted; other pre-releases
/// may be from before the feature.
///
/// ```
/// use prestop::agentapi::{PERSISTENCE, version_at_least};
///
/// for enough in ["0.12.0", "agentapi version v0.12.1\n", "agentapi version 0.12.1\nno configuration found", "0.12.0-rc1", "0.13.0-dev", "1.0.0"] {
///     assert!(version_at_least(enough, PERSISTENCE), "{enough}");
/// }
/// for not in ["0.11.8", "0.12.0-alpha", "latest", "", "1.0", "0.012.0", "0.9.0-preview"] {
///     assert!(!version_at_least(not, PERSISTENCE), "{not}");
/// }
/// ```
pub fn version_at_least(reported: &str, minimum: Version) -> bool {
    candidates(reported).is_some_and(|found| {
        found.iter().all(|release| match release.prerelease {
            Some(label) if release.version == minimum => label.starts_with("rc"),
            _ => release.version >= minimum,
        })
    })
}

/// The version in the output of `agentapi --version`, or `None`. The lines count in which the word `version`
/// precedes three numbers, or, if there is none, the lines that end with three numbers. A `v` before the
/// numbers is ignored. Of several versions the oldest is returned.
///
/// ```
/// use prestop::agentapi::reported_version;
///
/// assert_eq!(reported_version("agentapi version v0.12.1 (a1b2c3d)\nno configuration found\n"), Some([0, 12, 1]));
/// for unknown in ["", "latest", "1.0", "agentapi version dev"] {
///     assert_eq!(reported_version(unknown), None);
/// }
/// ```
pub fn reported_version(reported: &str) -> Option<Version> {
    candidates(reported)?.iter().map(|release| release.version).min()
}

/// A version with the label of its pre-release.
struct Release<'a> {
    version: Version,
    prerelease: Option<&'a str>,
}

/// The versions that a report may mean, or `None` if it names none. It is not known which of several is meant,
/// so all of them have to be new enough.
fn candidates(reported: &str) -> Option<Vec<Release<'_>>> {
    let said: Vec<_> = reported.lines().filter_map(|line| release(after_word(line)?)).collect();
    if !said.is_empty() {
        return Some(said);
    }
    let last: Vec<_> =
        reported.lines().filter_map(|line| release(line.split_whitespace().next_back()?)).collect();
    (!last.is_empty()).then_some(last)
}

/// The word after `version`.
fn after_word(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    words.find(|word| word.trim_end_matches(':').eq_ignore_ascii_case("version"))?;
    words.next()
}

fn release(word: &str) -> Option<Release<'_>> {
    let word = word.strip_prefix('v').unwrap_or(word);
    // What follows a plus sign names a build and does not affect the order.
    let (word, build) = word.split_once('+').map_or((word, None), |(word, build)| (word, Some(build)));
    let (numbers, prerelease) =
        word.split_once('-').map_or((word, None), |(numbers, prerelease)| (numbers, Some(prerelease)));
    if build.is_some_and(|build| !is_suffix(build)) || prerelease.is_some_and(|label| !is_suffix(label)) {
        return None;
    }
    Some(Release { version: numbered(numbers)?, prerelease })
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
