//! The upload of the log snapshot to the platform.

use std::time::Duration;

use ureq::http::Uri;

use super::capture::Captured;
use super::report::Ending;
use super::settings::{Settings, Token};
use crate::deadline::Deadline;
use crate::http::{self, NoAnswer};

/// The pause between the first two attempts; it doubles with each further one.
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The largest token file, in bytes.
const LONGEST_TOKEN: usize = 64 << 10;
/// The status for an unknown task, and for a URL that the platform does not have.
const NOT_FOUND: u16 = 404;
/// The message with which the platform answers for a URL that it does not have, in contrast to an unknown
/// task.
const NO_ROUTE: &str = "Route not found.";

/// Returns why nothing is to be sent, if that is so; checked before the messages are captured.
pub(super) fn not_wanted(settings: &Settings) -> Option<Ending> {
    if !settings.log_snapshot {
        return Some(Ending::skipped("not_wanted", "the log snapshot is turned off"));
    }
    settings.task.is_none().then(|| Ending::skipped("no_task", "there is no task to show messages under"))
}

/// Sends the log snapshot, and tries again while that can help and there is time.
pub(super) fn upload(settings: &Settings, captured: &Captured, deadline: &Deadline, until: f64) -> Ending {
    if let Some(ending) = not_wanted(settings) {
        return ending;
    }
    let Some(snapshot) = &captured.snapshot else {
        return match captured.answer {
            Some(_) => Ending::skipped("empty", "there are no messages to send"),
            None => Ending::skipped("nothing_captured", "no messages were captured"),
        };
    };
    let address = match address(settings) {
        Ok(address) => address,
        Err(ending) => return ending,
    };
    let token = match token(settings.token.as_ref()) {
        Ok(token) => token,
        Err(ending) => return ending,
    };
    let headers = [("Coder-Session-Token", token.as_str())];
    let mut pause = PAUSE;
    loop {
        let left = deadline.chance_until(until);
        let answer = http::post_json(&address, &headers, &snapshot.body, left, |status| status == NOT_FOUND);
        let passing = match &answer {
            Ok(answer) => matches!(answer.status, 408 | 425 | 429 | 500..),
            Err(error) => error.is_passing(),
        };
        if passing && deadline.left_until(until) > pause * 2 {
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
            continue;
        }
        return match answer {
            Ok(answer) => judged(answer.status, &answer.body),
            Err(NoAnswer::TimedOut) => Ending::failed("no_answer", "the platform did not answer in time"),
            Err(error) => Ending::failed("no_answer", format!("the platform was not reached: {error}")),
        };
    }
}

/// Whether `url` can be the platform's address, and if not why, without repeating it.
///
/// ```
/// use prestop_agent::agentapi::check_platform;
///
/// assert!(check_platform("https://coder.example.com/base/").is_ok());
/// for wrong in ["coder.example.com", "ftp://x/", "https://me:pw@x/", "https://x/?a=1", "https://x/#a", "https://"] {
///     assert!(check_platform(wrong).is_err(), "{wrong}");
/// }
/// ```
///
/// # Errors
/// What is wrong with it.
pub fn check_platform(url: &str) -> Result<(), &'static str> {
    let parsed: Uri = url.parse().map_err(|_| "it is no address")?;
    if !matches!(parsed.scheme_str(), Some("http" | "https")) {
        return Err("it does not begin with http:// or https://");
    }
    if parsed.host().is_none_or(str::is_empty) {
        return Err("it names no host");
    }
    // A name or password in an address ends in logs.
    if parsed.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("it holds a name or a password; the token is given on its own");
    }
    // The path of the request would end up in them. A parsed address has no fragment any more.
    if parsed.query().is_some() || url.contains('#') {
        return Err("it has a query or a fragment");
    }
    Ok(())
}

fn judged(status: u16, body: &[u8]) -> Ending {
    let no_route = || {
        let answer: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        answer["message"] == NO_ROUTE
    };
    let (code, why) = match status {
        204 => return Ending::done("delivered", "the platform has it").with_status(status),
        NOT_FOUND if no_route() => {
            return Ending::skipped("unsupported", "this version of the platform takes no log snapshots")
                .with_status(status);
        }
        NOT_FOUND => ("not_found", "it knows no such task in this workspace"),
        401 | 403 => ("not_allowed", "it does not accept the token"),
        413 => ("too_large", "it is too large for it"),
        400..500 => ("refused", "it does not accept the request"),
        500.. => ("server_error", "it has an error of its own"),
        300..400 => ("redirected", "it sends us elsewhere, which is not followed"),
        _ => ("odd_answer", "it did not confirm it"),
    };
    Ending::failed(code, format!("the platform answers {status}: {why}")).with_status(status)
}

/// Returns the URL to send to. The task must be a UUID, so it cannot change the path.
fn address(settings: &Settings) -> Result<String, Ending> {
    let Some(platform) = &settings.platform else {
        return Err(Ending::failed("no_platform", "CODER_AGENT_URL is not set"));
    };
    if let Err(why) = check_platform(platform) {
        return Err(Ending::failed("bad_platform", format!("the platform's address cannot be used: {why}")));
    }
    let task = settings.task.as_deref().unwrap_or_default();
    let shape = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    if task.len() != 36 || !task.bytes().enumerate().all(shape) {
        return Err(Ending::failed("bad_task", "the task's id is no UUID"));
    }
    let platform = platform.trim_end_matches('/');
    Ok(format!("{platform}/api/v2/workspaceagents/me/tasks/{task}/log-snapshot?format=agentapi"))
}

fn token(token: Option<&Token>) -> Result<String, Ending> {
    let text = match token {
        Some(Token::Value(text)) => text.clone(),
        Some(Token::File(path)) => {
            let bytes = prestop::read_regular(path, LONGEST_TOKEN).map_err(|error| {
                let why =
                    if error.raw_os_error().is_some() { error.kind().to_string() } else { error.to_string() };
                Ending::failed("no_token", format!("the token cannot be read: {why}"))
            })?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        None => String::new(),
    };
    let text = text.trim();
    let usable = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if usable {
        Ok(text.to_owned())
    } else {
        Err(Ending::failed("no_token", "there is no token for the platform"))
    }
}
