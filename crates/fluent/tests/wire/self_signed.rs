//! Receiver certificates as operators make them by hand: self-signed, or without alternative names.

use std::fs;
use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    date_time_ymd,
};
use tempfile::TempDir;

use crate::authority::Identity;

/// A certificate with its key and the file that a sender has to trust, deleted at the end.
pub(crate) struct Certified {
    pub(crate) identity: Identity,
    pub(crate) trusted: PathBuf,
    _folder: TempDir,
}

/// A certificate that signs itself, as `openssl req -x509` makes one with `is_ca`.
pub(crate) fn self_signed(host: &str, is_ca: bool, has_alternative_name: bool) -> Certified {
    let mut params = params(host, has_alternative_name);
    params.is_ca = if is_ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::NoCa };
    signed_by_itself(&params)
}

/// One that is no longer valid.
pub(crate) fn expired(host: &str) -> Certified {
    let mut params = params(host, true);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = date_time_ymd(2019, 1, 1);
    params.not_after = date_time_ymd(2020, 1, 1);
    signed_by_itself(&params)
}

/// A certificate of an authority that has only a common name.
pub(crate) fn with_common_name(host: &str) -> Certified {
    let mut authority = params("authority", false);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params(host, false).signed_by(&key, &authority).unwrap();
    written(&certificate.pem(), &key, &authority.pem())
}

fn params(host: &str, has_alternative_name: bool) -> CertificateParams {
    let names = if has_alternative_name { vec![host.to_owned()] } else { Vec::new() };
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, host);
    params
}

fn signed_by_itself(params: &CertificateParams) -> Certified {
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    written(&pem, &key, &pem)
}

fn written(certificate: &str, key: &KeyPair, trusted: &str) -> Certified {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("receiver.crt"), certificate).unwrap();
    fs::write(path("receiver.key"), key.serialize_pem()).unwrap();
    fs::write(path("trusted.crt"), trusted).unwrap();
    let identity = Identity { certificate: path("receiver.crt"), key: path("receiver.key") };
    Certified { identity, trusted: path("trusted.crt"), _folder: folder }
}
