//! Failures of TLS, in words for the operator.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

use super::cause;

/// What one end did not accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFailure {
    /// The receiver's certificate is not issued by a trusted authority.
    #[error(
        "its certificate is of no trusted authority: trust the authority, or the certificate itself if it is self-signed"
    )]
    UnknownAuthority,
    /// The receiver's certificate is for another name.
    #[error("its certificate is for another name")]
    WrongName,
    /// The receiver's certificate is not valid now.
    #[error("its certificate is expired or not yet valid")]
    Expired,
    /// The receiver requires a client certificate.
    #[error("it requires a client certificate")]
    CertificateRequired,
    /// The receiver refuses the client certificate.
    #[error("it refuses the client certificate")]
    CertificateRefused,
    /// The receiver did not respond, as one without TLS does.
    #[error("it did not respond in time: does it have TLS enabled?")]
    NoResponse,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl TlsFailure {
    /// The failure of the TLS handshake.
    pub(crate) fn at_first(error: &io::Error) -> Self {
        Self::of(error).unwrap_or_else(|| Self::Other(error.to_string()))
    }

    /// The failure, if the error is about TLS.
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        Some(match cause(error)? {
            Error::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::BadSignature,
            ) => Self::UnknownAuthority,
            Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => Self::WrongName,
            Error::InvalidCertificate(
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. },
            ) => Self::Expired,
            Error::AlertReceived(AlertDescription::CertificateRequired) => {
                Self::CertificateRequired
            }
            Error::AlertReceived(
                AlertDescription::BadCertificate
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::DecryptError,
            ) => Self::CertificateRefused,
            other => Self::Other(other.to_string()),
        })
    }
}
