//! TLS: trusted authorities, the certificate that is presented, and what fails.

mod failure;
pub(crate) mod pem;
mod sender;
mod verifier;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

pub use failure::TlsFailure;
pub use sender::SenderTls;

/// Why TLS can't be set up from these files. Names the file, never its content.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read, or is not PEM.
    #[error("can't read {what} from {}", path.display())]
    Unreadable {
        /// What it should hold.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::pki_types::pem::Error,
    },
    /// A file holds no certificate.
    #[error("there is no certificate in {}", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A certificate of the file can't be used as a trust anchor.
    #[error("a certificate in {} can't be used as a trust anchor", path.display())]
    BadAuthority {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// This machine has no root certificates.
    #[error("no root certificates on this machine: {why}")]
    NoRoots {
        /// Why.
        why: String,
    },
    /// Certificate and key don't match, or can't be used.
    #[error("the certificate in {} can't be used with the key in {}", certificate.display(), key.display())]
    BadIdentity {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// The name is not a host name.
    #[error("`{0}` is not a valid server name")]
    BadServerName(String),
}

/// The cryptography provider, given explicitly: a process that links two of them has no default.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The error of rustls, if the error is about TLS.
fn cause(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
