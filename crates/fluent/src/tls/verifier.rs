//! Verification of a receiver's certificate.

use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::time::ASN1Time;

use super::provider;

/// Verifies as webpki does, and accepts two kinds of certificates beside that it refuses and receivers have:
///
/// - a self-signed one that is an authority too (`openssl req -x509`), if it is trusted itself;
/// - one without a subject alternative name, by its common name, if its authority is trusted explicitly.
#[derive(Debug)]
pub(super) struct Verifier {
    webpki: Arc<WebPkiServerVerifier>,
    /// The certificates that are trusted explicitly; none with the machine's own.
    trusted: Vec<CertificateDer<'static>>,
}

impl Verifier {
    /// Trusts `roots`, of which `trusted` are the certificates if they were given explicitly.
    pub(super) fn new(roots: RootCertStore, trusted: Vec<CertificateDer<'static>>) -> Self {
        let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .expect("there are roots and no revocation lists");
        Self { webpki, trusted }
    }

    /// Verifies a certificate that webpki refuses with `error`.
    fn verify_otherwise(
        &self,
        end_entity: &CertificateDer<'_>,
        server_name: &ServerName<'_>,
        now: UnixTime,
        error: Error,
    ) -> Result<(), Error> {
        let (_, certificate) = X509Certificate::from_der(end_entity)
            .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
        if self.trusted.iter().any(|it| **it == **end_entity) {
            check_validity(&certificate, now)?;
            return check_name(end_entity, &certificate, server_name);
        }
        match error {
            // The chain is verified before the name.
            Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) if !self.trusted.is_empty() => check_name(end_entity, &certificate, server_name),
            // An authority as end entity that is not trusted itself.
            Error::InvalidCertificate(CertificateError::Other(_)) if certificate.is_ca() => {
                Err(Error::InvalidCertificate(CertificateError::UnknownIssuer))
            }
            other => Err(other),
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.webpki
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .or_else(|error| {
                self.verify_otherwise(end_entity, server_name, now, error)?;
                Ok(ServerCertVerified::assertion())
            })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

fn check_validity(certificate: &X509Certificate<'_>, now: UnixTime) -> Result<(), Error> {
    let now = i64::try_from(now.as_secs()).ok().and_then(|s| ASN1Time::from_timestamp(s).ok());
    let now = now.ok_or(Error::FailedToGetCurrentTime)?;
    let validity = certificate.validity();
    if now < validity.not_before {
        return Err(Error::InvalidCertificate(CertificateError::NotValidYet));
    }
    if now > validity.not_after {
        return Err(Error::InvalidCertificate(CertificateError::Expired));
    }
    Ok(())
}

/// Checks the alternative names, or the common name if there are none.
fn check_name(
    end_entity: &CertificateDer<'_>,
    certificate: &X509Certificate<'_>,
    server_name: &ServerName<'_>,
) -> Result<(), Error> {
    let has_alternative_names = !matches!(certificate.subject_alternative_name(), Ok(None));
    if has_alternative_names {
        return verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name);
    }
    let common_names = certificate.subject().iter_common_name();
    let mut common_names = common_names.filter_map(|name| name.as_str().ok());
    match common_names.any(|name| is_name(name, server_name)) {
        true => Ok(()),
        false => Err(Error::InvalidCertificate(CertificateError::NotValidForName)),
    }
}

/// Whether a common name is the server's; a `*` stands for its first label.
fn is_name(common_name: &str, server_name: &ServerName<'_>) -> bool {
    match server_name {
        ServerName::DnsName(dns) => {
            let dns = dns.as_ref();
            let parent = dns.split_once('.').map(|(_, parent)| parent);
            common_name.eq_ignore_ascii_case(dns)
                || common_name
                    .strip_prefix("*.")
                    .zip(parent)
                    .is_some_and(|(name, parent)| name.eq_ignore_ascii_case(parent))
        }
        ServerName::IpAddress(address) => {
            common_name.parse::<IpAddr>().is_ok_and(|it| it == IpAddr::from(*address))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_name_is_a_host_an_address_or_has_a_wildcard() {
        let is = |common_name, server: &'static str| {
            is_name(common_name, &ServerName::try_from(server).unwrap())
        };
        assert!(is("Logs.example", "logs.example"));
        assert!(is("*.example", "logs.example"));
        assert!(is("127.0.0.1", "127.0.0.1"));
        assert!(!is("*.example", "a.logs.example"));
        assert!(!is("*.example", "example"));
        assert!(!is("logs.example", "other.example"));
        assert!(!is("127.0.0.2", "127.0.0.1"));
    }
}
