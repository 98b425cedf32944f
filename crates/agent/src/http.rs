//! HTTP requests, bounded in time and size, that follow no redirect and never carry a secret in their URL.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

use crate::certificates::trusted;

/// An answer.
///
/// ```
/// let answer = prestop_agent::http::Answer { status: 204, body: Vec::new() };
/// assert!(answer.status == 204 && answer.body.is_empty());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status, whatever it is.
    pub status: u16,
    /// The body: all of it from [`get`], what is asked for and arrives from [`post_json`].
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    // The body is left out: debug output ends up in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("bytes", &self.body.len()).finish()
    }
}

/// Why there is no complete answer.
///
/// ```
/// use prestop_agent::http::NoAnswer;
///
/// assert_eq!(NoAnswer::TimedOut.to_string(), "no answer in time");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoAnswer {
    /// Nothing listens there, or there is no such host.
    NotReached,
    /// The time was over.
    TimedOut,
    /// The connection broke, or the answer was not HTTP.
    Broken,
    /// The certificate of the server is not trusted.
    NotTrusted,
    /// The body is larger than allowed.
    TooLarge,
    /// The URL or a header is invalid.
    Unusable,
}

impl NoAnswer {
    /// Whether another attempt can help.
    pub fn is_passing(self) -> bool {
        matches!(self, Self::NotReached | Self::TimedOut | Self::Broken)
    }
}

impl std::fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotReached => "no connection",
            Self::TimedOut => "no answer in time",
            Self::Broken => "the connection broke",
            Self::NotTrusted => "the certificate is not trusted",
            Self::TooLarge => "the answer is too large",
            Self::Unusable => "the address cannot be used",
        })
    }
}

/// Gets `url`, with an answer of at most `limit` bytes, within `time`.
///
/// ```
/// use prestop_agent::http::{NoAnswer, get};
/// use std::time::Duration;
///
/// assert_eq!(get("ftp://localhost/", 10, Duration::from_secs(1)).unwrap_err(), NoAnswer::Unusable);
/// ```
///
/// # Errors
/// [`NoAnswer`]; an answer of any status is not an error.
pub fn get(url: &str, limit: u64, time: Duration) -> Result<Answer, NoAnswer> {
    let answer = agent(url, time)?.get(url).call().map_err(|error| why(&error))?;
    let status = answer.status().as_u16();
    let body = answer.into_body().into_with_config().limit(limit).read_to_vec();
    Ok(Answer { status, body: body.map_err(|error| why(&error))? })
}

/// Posts JSON to `url`, with these headers, within `time`. The body of the answer is read only for a status
/// that `wants_body` accepts, and not beyond 64 KiB; where it is longer, breaks off or is late, the answer
/// has what arrived of it.
///
/// ```
/// use prestop_agent::http::{NoAnswer, post_json};
/// use std::time::Duration;
///
/// let headers = [("X-Name", "two\nlines")];
/// let sent = post_json("http://localhost:1/", &headers, b"{}", Duration::from_secs(1), |status| status == 404);
/// assert_eq!(sent.unwrap_err(), NoAnswer::Unusable);
/// ```
///
/// # Errors
/// [`NoAnswer`]; an answer of any status is not an error.
pub fn post_json(
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    time: Duration,
    wants_body: impl FnOnce(u16) -> bool,
) -> Result<Answer, NoAnswer> {
    let mut request = agent(url, time)?.post(url).content_type("application/json");
    for (name, value) in headers {
        let mut value = ureq::http::HeaderValue::from_str(value).map_err(|_| NoAnswer::Unusable)?;
        value.set_sensitive(true);
        request = request.header(*name, value);
    }
    let answer = request.send(body).map_err(|error| why(&error))?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    if wants_body(status) {
        // An error leaves what arrived before it.
        let _ = answer.into_body().into_reader().take(64 << 10).read_to_end(&mut body);
    }
    Ok(Answer { status, body })
}

/// Returns a client for one request to `url`.
fn agent(url: &str, time: Duration) -> Result<Agent, NoAnswer> {
    let uri: Uri = url.parse().map_err(|_| NoAnswer::Unusable)?;
    let host = uri.host().filter(|host| !host.is_empty()).ok_or(NoAnswer::Unusable)?;
    let secure = uri.scheme_str() == Some("https");
    // A user name or password in a URL would end up in logs.
    if !secure && uri.scheme_str() != Some("http")
        || uri.authority().is_some_and(|it| it.as_str().contains('@'))
    {
        return Err(NoAnswer::Unusable);
    }
    let proxy = if is_loopback(host) { None } else { Proxy::try_from_env() };
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy)
        .user_agent(concat!("prestop/", env!("CARGO_PKG_VERSION")))
        .timeout_global(Some(time.max(Duration::from_millis(1))));
    if secure {
        let roots =
            trusted(std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()).map(Into::into));
        let cryptography = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&roots))
            .unversioned_rustls_crypto_provider(cryptography);
        config = config.tls_config(tls.build());
    }
    Ok(config.build().new_agent())
}

/// Whether the host of a URL is this machine.
fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn why(error: &ureq::Error) -> NoAnswer {
    use ureq::Error as E;
    match error {
        E::Timeout(_) => NoAnswer::TimedOut,
        E::HostNotFound | E::ConnectionFailed => NoAnswer::NotReached,
        E::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => NoAnswer::NotReached,
        E::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => NoAnswer::TimedOut,
        E::Tls(_) | E::Pem(_) | E::Rustls(_) => NoAnswer::NotTrusted,
        // rustls reports a refused certificate through the stream.
        E::Io(error)
            if error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>) =>
        {
            NoAnswer::NotTrusted
        }
        E::BodyExceedsLimit(_) => NoAnswer::TooLarge,
        E::BadUri(_) | E::Http(_) | E::InvalidProxyUrl => NoAnswer::Unusable,
        _ => NoAnswer::Broken,
    }
}
