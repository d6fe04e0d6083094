//! Certificates and keys from PEM files.

use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;

/// All certificates of a file; at least one.
///
/// # Errors
/// When the file can't be read or holds none.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unreadable = |source| unreadable("certificates", path, source);
    let certificates = CertificateDer::pem_file_iter(path)
        .map_err(unreadable)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    if certificates.is_empty() {
        return Err(TlsError::NoCertificate { path: path.to_owned() });
    }
    Ok(certificates)
}

/// The first private key of a file.
///
/// # Errors
/// When the file can't be read or holds none.
pub fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|source| unreadable("a private key", path, source))
}

/// The trusted certificates of a file.
///
/// # Errors
/// When the file can't be read, or a certificate in it can't be used as a trust anchor.
pub fn roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        let added = roots.add(certificate);
        added.map_err(|source| TlsError::BadAuthority { path: path.to_owned(), source })?;
    }
    Ok(roots)
}

/// The root certificates of this machine.
pub(super) fn native_roots() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added > 0 {
        return Ok(roots);
    }
    let why = found.errors.first().map(ToString::to_string);
    let why = why.unwrap_or_else(|| "the package ca-certificates is missing".to_owned());
    Err(TlsError::NoRoots { why })
}

fn unreadable(what: &'static str, path: &Path, source: pem::Error) -> TlsError {
    TlsError::Unreadable { what, path: path.to_owned(), source }
}
