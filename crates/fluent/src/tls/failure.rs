//! Why two ends did not come to trust each other by TLS, in words for whoever set them up.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

use super::cause;

/// What one end did not accept of the other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFailure {
    /// The receiver's certificate leads to nobody who is trusted here.
    #[error("its certificate is of no authority that is trusted here")]
    UnknownAuthority,
    /// The receiver's certificate is for someone else.
    #[error("its certificate is for another name")]
    WrongName,
    /// The receiver's certificate is not valid now.
    #[error("its certificate is expired or not yet valid")]
    Expired,
    /// The receiver wants to see a certificate, and this sender has none.
    #[error("it asks for a client certificate")]
    CertificateRequired,
    /// The receiver does not accept what this sender shows.
    #[error("it does not accept the client certificate")]
    CertificateRefused,
    /// The receiver did not answer, as one does that expects no TLS.
    #[error("it did not answer in time: does it speak TLS?")]
    Silent,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl TlsFailure {
    /// Why the first steps failed.
    pub(crate) fn at_first(error: &io::Error) -> Self {
        Self::of(error).unwrap_or_else(|| Self::Other(error.to_string()))
    }

    /// What it was, if the error is about TLS.
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
