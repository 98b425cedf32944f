//! The certificates that this system trusts, from the file in which it keeps them.

use std::path::{Path, PathBuf};

use ureq::tls::{Certificate, PemItem, parse_pem};

/// Where systems keep them: Debian and Alpine, Fedora, openSUSE, macOS.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// A bundle of all there are has a quarter of a megabyte.
const LONGEST: usize = 16 << 20;

/// The certificates of `SSL_CERT_FILE`, which counts alone where it is set, or of the system; empty where there are none.
/// What in the file is no certificate is left out.
pub(crate) fn trusted(named: Option<PathBuf>) -> Vec<Certificate<'static>> {
    if let Some(path) = named {
        return certificates(&path);
    }
    BUNDLES
        .iter()
        .map(|path| certificates(Path::new(path)))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

fn certificates(path: &Path) -> Vec<Certificate<'static>> {
    let Ok(pem) = prestop::read_regular(path, LONGEST) else { return Vec::new() };
    parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect()
}
