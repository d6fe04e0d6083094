//! A certificate authority for tests.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    date_time_ymd,
};
use tempfile::TempDir;

/// Keys and certificates in PEM files, deleted at the end.
pub(crate) struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key.
pub(crate) struct Identity {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    /// Of an identity without an authority.
    _folder: Option<TempDir>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        fs::write(folder.path().join("ca.crt"), issuer.pem()).unwrap();
        Self { folder, issuer }
    }

    /// The file with its own certificate.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    /// A certificate for a host.
    pub(crate) fn certify(&self, host: &str) -> Identity {
        self.sign(host, params(host, true))
    }

    /// A certificate for a host that has no alternative names.
    pub(crate) fn certify_by_common_name(&self, host: &str) -> Identity {
        self.sign(host, params(host, false))
    }

    fn sign(&self, host: &str, params: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let path = |end: &str| self.folder.path().join(format!("{host}.{end}"));
        fs::write(path("crt"), certificate.pem()).unwrap();
        fs::write(path("key"), key.serialize_pem()).unwrap();
        Identity { certificate: path("crt"), key: path("key"), _folder: None }
    }
}

fn params(host: &str, has_alternative_name: bool) -> CertificateParams {
    let names = if has_alternative_name { vec![host.to_owned()] } else { Vec::new() };
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, host);
    params
}

/// A certificate that signs itself, as `openssl req -x509` makes one with `is_ca`.
pub(crate) fn self_signed(host: &str, is_ca: bool, has_alternative_name: bool) -> Identity {
    let mut params = params(host, has_alternative_name);
    params.is_ca = if is_ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::NoCa };
    write_self_signed(&params)
}

/// One that is no longer valid.
pub(crate) fn expired(host: &str) -> Identity {
    let mut params = params(host, true);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = date_time_ymd(2019, 1, 1);
    params.not_after = date_time_ymd(2020, 1, 1);
    write_self_signed(&params)
}

fn write_self_signed(params: &CertificateParams) -> Identity {
    let key = KeyPair::generate().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |end: &str| folder.path().join(format!("receiver.{end}"));
    fs::write(path("crt"), params.self_signed(&key).unwrap().pem()).unwrap();
    fs::write(path("key"), key.serialize_pem()).unwrap();
    Identity { certificate: path("crt"), key: path("key"), _folder: Some(folder) }
}

impl Identity {
    pub(crate) fn files(&self) -> (&Path, &Path) {
        (&self.certificate, &self.key)
    }
}
