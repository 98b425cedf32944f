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
/// The largest bundle, in bytes; one with all certificates has a quarter of a megabyte.
const LONGEST: usize = 16 << 20;

/// Returns the certificates of `SSL_CERT_FILE`, which is used alone where it is set, or those of the system;
/// empty if there are none. Anything in the file that is not a certificate is left out.
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
