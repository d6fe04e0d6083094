//! TLS for both ends: whom they trust, and what they show.

mod pem;
mod receiver;
mod refusal;
mod sender;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

pub use receiver::ReceiverTls;
pub use refusal::TlsRefusal;
pub use sender::SenderTls;

/// Why there can be no TLS with these files. Names the file, never what is in it.
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
    /// A certificate of the file is none that anything can be verified with.
    #[error("{} holds what is no certificate of an authority", path.display())]
    BadAuthority {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// This machine trusts nobody.
    #[error("no root certificates on this machine: {why}")]
    NoRoots {
        /// What was found in their place.
        why: String,
    },
    /// Certificate and key don't belong together, or can't be used.
    #[error("the certificate in {} can't be used with the key in {}", certificate.display(), key.display())]
    BadIdentity {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// The name is none that a certificate could be for.
    #[error("`{0}` is no name of a server")]
    BadServerName(String),
}

/// Names its cryptography, since a process with two of them in its build has no default one.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// What rustls has to say about a connection, if the error is about TLS.
fn cause(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
