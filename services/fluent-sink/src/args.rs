//! The arguments of the flow: receivers, message format, TLS and credentials.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use fluent::{Mode, SenderSecurity, SenderSettings, SenderTls};
use secrecy::{ExposeSecret as _, SecretString};

use crate::secret;
use crate::tag::TagTemplate;

/// The flow's own settings.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// A Fluent receiver, as `host:port`; repeatable, comma-separated in the environment
    ///
    /// The first is preferred. While it fails, the sink fails over to the next.
    #[arg(long, env, value_name = "HOST:PORT", value_delimiter = ',', value_parser = address)]
    pub fluent_address: Vec<String>,
    /// The message mode; `message` sends one record per message, the others a chunk of a ledger's records
    #[arg(long, env, value_enum, default_value = "packed-forward")]
    pub fluent_mode: ModeName,
    /// The tag of a record, made of `{network}`, `{lane}`, `{kind}` (`transactions`, `ledgers` or `book_offers`) and `{topic}`
    ///
    /// Text in brackets, which has to contain `{lane}`, is omitted on the live lane.
    #[arg(long, env, default_value = TagTemplate::DEFAULT)]
    pub fluent_tag: TagTemplate,
    /// Timeout for a chunk and its acknowledgement, in seconds
    #[arg(long, env, default_value_t = ACK_TIMEOUT_S, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub fluent_ack_timeout_s: u64,
    /// Reject records above this size into `dead-letters`, for receivers that close the connection on a large record
    ///
    /// It has to be below the receiver's own limit (Fluentd `chunk_size_limit`, Fluent Bit `buffer_max_size`). Without it
    /// such a record is retried until the receiver accepts it.
    #[arg(long, env, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1024..))]
    pub fluent_record_bytes_max: Option<u32>,
    /// TLS and credentials.
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Write transactions and ledgers as the former pipeline did, amounts as `{currency, issuer, value}` among other things
    #[arg(long, env)]
    pub compatible: bool,
    /// With `--compatible`, add `_id`: without it a receiver can't deduplicate records that are sent again after a crash
    #[arg(long, env, requires = "compatible")]
    pub with_id: bool,
}

/// TLS, shared key and user, the same for all receivers. Files are read at the start.
#[derive(clap::Args, Debug, Clone)]
pub struct TrustArgs {
    /// Encrypt by TLS, and verify the receiver's certificate
    #[arg(long, env)]
    pub fluent_tls: bool,
    /// Certificates to trust in place of the machine's: of an authority, or of the receiver itself if it is self-signed; PEM
    #[arg(long, env, value_name = "FILE")]
    pub fluent_ca_file: Option<PathBuf>,
    /// The client certificate with its chain, in PEM
    #[arg(long, env, value_name = "FILE", requires = "fluent_client_key_file")]
    pub fluent_client_cert_file: Option<PathBuf>,
    /// Its private key, in PEM
    #[arg(long, env, value_name = "FILE", requires = "fluent_client_cert_file")]
    pub fluent_client_key_file: Option<PathBuf>,
    /// The name in the receivers' certificates [default: the host of the address]
    #[arg(long, env, value_name = "NAME")]
    pub fluent_server_name: Option<String>,
    /// A file with the shared key
    #[arg(long, env, value_name = "FILE", conflicts_with = "fluent_shared_key")]
    pub fluent_shared_key_file: Option<PathBuf>,
    /// The shared key itself; use the environment variable, arguments are visible to other users
    #[arg(long, env, value_name = "KEY", hide_env_values = true, value_parser = secret::parse)]
    pub fluent_shared_key: Option<SecretString>,
    /// The user name
    #[arg(long, env, value_name = "NAME")]
    pub fluent_user: Option<String>,
    /// A file with the password
    #[arg(long, env, value_name = "FILE", conflicts_with = "fluent_password")]
    pub fluent_password_file: Option<PathBuf>,
    /// The password itself; use the environment variable, arguments are visible to other users
    #[arg(long, env, value_name = "PASSWORD", hide_env_values = true, value_parser = secret::parse)]
    pub fluent_password: Option<SecretString>,
    /// The host name of this sender in the handshake; must differ from the receivers'
    #[arg(long, env, value_name = "NAME", default_value = HOSTNAME)]
    pub fluent_hostname: String,
}

const ACK_TIMEOUT_S: u64 = 60;
const HOSTNAME: &str = "fluent-sink";

/// The message modes of the protocol.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModeName {
    /// One event.
    Message,
    /// A list of events.
    Forward,
    /// Events packed into one binary.
    #[default]
    PackedForward,
    /// The same, compressed by gzip.
    CompressedPackedForward,
}

impl From<ModeName> for Mode {
    fn from(name: ModeName) -> Self {
        match name {
            ModeName::Message => Self::Message,
            ModeName::Forward => Self::Forward,
            ModeName::PackedForward => Self::PackedForward,
            ModeName::CompressedPackedForward => Self::CompressedPackedForward,
        }
    }
}

impl Default for Args {
    fn default() -> Self {
        Self {
            fluent_address: Vec::new(),
            fluent_mode: ModeName::default(),
            fluent_tag: TagTemplate::default(),
            fluent_ack_timeout_s: ACK_TIMEOUT_S,
            fluent_record_bytes_max: None,
            trust: TrustArgs::default(),
            compatible: false,
            with_id: false,
        }
    }
}

impl Default for TrustArgs {
    fn default() -> Self {
        Self {
            fluent_tls: false,
            fluent_ca_file: None,
            fluent_client_cert_file: None,
            fluent_client_key_file: None,
            fluent_server_name: None,
            fluent_shared_key_file: None,
            fluent_shared_key: None,
            fluent_user: None,
            fluent_password_file: None,
            fluent_password: None,
            fluent_hostname: HOSTNAME.to_owned(),
        }
    }
}

impl Args {
    /// The settings of a sender to each receiver, the preferred one first. Reads the files.
    ///
    /// # Errors
    /// When settings contradict each other or a file is invalid. No message contains a secret.
    pub(crate) fn senders(&self) -> anyhow::Result<Vec<SenderSettings>> {
        ensure!(
            !self.fluent_address.is_empty(),
            "no receiver configured: name one with `--fluent-address host:port`"
        );
        for (place, address) in self.fluent_address.iter().enumerate() {
            let is_new = !self.fluent_address[..place].contains(address);
            ensure!(is_new, "`--fluent-address` names {address} twice");
        }
        let (tls, security) = (self.trust.tls()?, self.trust.security()?);
        let settings = self.fluent_address.iter().map(|address| SenderSettings {
            mode: self.fluent_mode.into(),
            ack_timeout: Duration::from_secs(self.fluent_ack_timeout_s),
            tls: tls.clone(),
            security: security.clone(),
            ..SenderSettings::to(address)
        });
        Ok(settings.collect())
    }
}

impl TrustArgs {
    fn tls(&self) -> anyhow::Result<Option<SenderTls>> {
        let only_with_tls = [
            ("--fluent-ca-file", self.fluent_ca_file.is_some()),
            ("--fluent-client-cert-file", self.fluent_client_cert_file.is_some()),
            ("--fluent-server-name", self.fluent_server_name.is_some()),
        ];
        if !self.fluent_tls {
            if let Some((flag, _)) = only_with_tls.iter().find(|(_, given)| *given) {
                bail!("`{flag}` needs `--fluent-tls`");
            }
            return Ok(None);
        }
        let identity =
            self.fluent_client_cert_file.as_deref().zip(self.fluent_client_key_file.as_deref());
        let (ca_file, name) = (self.fluent_ca_file.as_deref(), self.fluent_server_name.as_deref());
        Ok(Some(SenderTls::load(ca_file, identity, name)?))
    }

    fn security(&self) -> anyhow::Result<Option<SenderSecurity>> {
        let key = given_or_read(
            "--fluent-shared-key",
            self.fluent_shared_key.as_ref(),
            self.fluent_shared_key_file.as_deref(),
        )?;
        let password = given_or_read(
            "--fluent-password",
            self.fluent_password.as_ref(),
            self.fluent_password_file.as_deref(),
        )?;
        let user = match (&self.fluent_user, password) {
            (Some(user), Some(password)) => Some((user.clone(), password)),
            (None, None) => None,
            (Some(_), None) => bail!("`--fluent-user` needs a password: `--fluent-password-file`"),
            (None, Some(_)) => bail!("a password needs a user: `--fluent-user`"),
        };
        let Some(key) = key else {
            ensure!(
                user.is_none(),
                "`--fluent-user` needs a shared key as well: `--fluent-shared-key-file`"
            );
            return Ok(None);
        };
        let hostname = self.fluent_hostname.clone();
        ensure!(!hostname.is_empty(), "`--fluent-hostname` is empty");
        Ok(Some(SenderSecurity { shared_key: key, hostname, user }))
    }
}

/// A secret from an argument or a file.
fn given_or_read(
    flag: &str,
    given: Option<&SecretString>,
    file: Option<&Path>,
) -> anyhow::Result<Option<SecretString>> {
    let secret = match (given, file) {
        (Some(secret), _) => secret.clone(),
        (None, Some(file)) => secret::read(file).with_context(|| format!("`{flag}-file`"))?,
        (None, None) => return Ok(None),
    };
    ensure!(!secret.expose_secret().is_empty(), "`{flag}` or `{flag}-file` is empty");
    Ok(Some(secret))
}

/// A host and a port.
fn address(text: &str) -> Result<String, &'static str> {
    let is_address = text.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty()
            && !host.contains(char::is_whitespace)
            && !host.contains('/')
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if is_address { Ok(text.to_owned()) } else { Err("expected host:port, such as fluentd:24224") }
}
