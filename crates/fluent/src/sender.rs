//! The sender: one connection, one chunk at a time, each delivered only with its acknowledgement.

use std::io;
use std::time::Duration;

use bytes::Buf;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::ack::Response;
use crate::chunk::Frame;
use crate::handshake::client::client_handshake;
use crate::message_reader::{Early, MessageReader, ReadError};
use crate::stream::{Stream, write_flushed};
use crate::{Chunk, HandshakeError, Mode, SendError, SenderSecurity, SenderTls, TlsFailure};

/// Settings of a [`Sender`].
#[derive(Clone, Debug)]
pub struct SenderSettings {
    /// The receiver, as `host:port`.
    pub address: String,
    /// The form of the messages.
    pub mode: Mode,
    /// Timeout of connecting, including handshakes.
    pub connect_timeout: Duration,
    /// Timeout from the first byte of a chunk to its acknowledgement.
    pub ack_timeout: Duration,
    /// The maximum size of a response, in bytes.
    pub response_bytes_max: usize,
    /// TLS, if the connection is encrypted.
    pub tls: Option<SenderTls>,
    /// Credentials, if the receiver requires them.
    pub security: Option<SenderSecurity>,
}

impl SenderSettings {
    /// The default settings: [`Mode::PackedForward`], 5 s to connect, 60 s to acknowledge, no TLS, no security.
    pub fn to(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            mode: Mode::default(),
            connect_timeout: Duration::from_secs(5),
            ack_timeout: Duration::from_secs(60),
            response_bytes_max: 64 * 1024,
            tls: None,
            security: None,
        }
    }
}

/// Sends chunks to one receiver. Connects on demand; after an error, with the next chunk.
///
/// A chunk is sent only after the one before it was acknowledged. With more in flight, a receiver that fails on one and
/// accepts the next would store them in the wrong order. For more throughput use a sender for each sequence with an order
/// of its own.
#[derive(Debug)]
pub struct Sender {
    settings: SenderSettings,
    connection: Option<Connection>,
}

#[derive(Debug)]
struct Connection {
    reader: MessageReader<Stream>,
    /// The receiver accepts further chunks on the same connection.
    keepalive: bool,
}

impl Sender {
    /// Does not connect yet.
    pub fn new(settings: SenderSettings) -> Self {
        Self { settings, connection: None }
    }

    /// Sends a chunk, and returns when the receiver has acknowledged it.
    ///
    /// After an error, or if the future is dropped, the connection is closed and the chunk may or may not have arrived: send
    /// it again, under the same id. The caller waits before that.
    ///
    /// # Errors
    /// When the chunk was not acknowledged.
    pub async fn send(&mut self, chunk: &Chunk) -> Result<(), SendError> {
        let frame = chunk.frame(self.settings.mode).map_err(SendError::Encode)?;
        let connection = self.exchange(&frame, &chunk.id).await;
        let connection = connection.map_err(|error| error.or_tls(&self.settings.address))?;
        self.connection = Some(connection).filter(|it| it.keepalive);
        Ok(())
    }

    /// Connects, with all handshakes, unless there is a connection already. The next chunk uses it.
    ///
    /// # Errors
    /// When no connection can be made.
    pub async fn connect(&mut self) -> Result<(), SendError> {
        let connection = match self.connection.take() {
            Some(connection) => self.still_open(connection).await?,
            None => self.new_connection().await?,
        };
        self.connection = Some(connection);
        Ok(())
    }

    /// Sends a message over a connection, and returns the connection if the message was acknowledged.
    async fn exchange(&mut self, frame: &Frame<'_>, id: &str) -> Result<Connection, SendError> {
        // Not kept across an await unless all went well, so that a broken or half-used connection is never used again.
        let mut connection = match self.connection.take() {
            Some(connection) => self.still_open(connection).await?,
            None => self.new_connection().await?,
        };
        let deadline = Instant::now() + self.settings.ack_timeout;
        match timeout_at(deadline, connection.write(frame)).await {
            Ok(written) => written.map_err(SendError::Write)?,
            Err(_) => return Err(SendError::WriteTimeout { timeout: self.settings.ack_timeout }),
        }
        match timeout_at(deadline, connection.acknowledged(id)).await {
            Ok(acknowledged) => acknowledged.map(|()| connection),
            Err(_) => Err(SendError::AckTimeout { timeout: self.settings.ack_timeout }),
        }
    }

    /// A receiver may close an idle connection: that is no error, as nothing was sent.
    async fn still_open(&self, mut connection: Connection) -> Result<Connection, SendError> {
        match connection.reader.early() {
            Early::Nothing => Ok(connection),
            Early::Bytes => Err(SendError::Unsolicited),
            Early::End => self.new_connection().await,
        }
    }

    async fn new_connection(&self) -> Result<Connection, SendError> {
        let SenderSettings { address, response_bytes_max, security, .. } = &self.settings;
        let deadline = Instant::now() + self.settings.connect_timeout;
        let stream = self.open(deadline).await?;
        let mut reader = MessageReader::new(stream, *response_bytes_max);
        let keepalive = match security {
            None => true,
            Some(security) => timeout_at(deadline, client_handshake(&mut reader, security))
                .await
                .unwrap_or(Err(HandshakeError::Incomplete))
                .map_err(|source| SendError::Handshake { address: address.clone(), source })
                .map_err(|error| error.or_tls(address))?,
        };
        Ok(Connection { reader, keepalive })
    }

    async fn open(&self, deadline: Instant) -> Result<Stream, SendError> {
        let SenderSettings { address, tls, .. } = &self.settings;
        let failed = |source| SendError::Connect { address: address.clone(), source };
        let stream = match timeout_at(deadline, TcpStream::connect(address)).await {
            Ok(connected) => connected.map_err(failed)?,
            Err(_) => return Err(failed(io::ErrorKind::TimedOut.into())),
        };
        stream.set_nodelay(true).map_err(failed)?;
        let Some(tls) = tls else { return Ok(Box::new(stream)) };
        let refused = |source| SendError::Tls { address: address.clone(), source };
        match timeout_at(deadline, tls.connect(stream, address)).await {
            Ok(encrypted) => encrypted.map_err(|error| refused(TlsFailure::at_first(&error))),
            Err(_) => Err(refused(TlsFailure::NoResponse)),
        }
    }
}

impl Connection {
    async fn write(&mut self, frame: &Frame<'_>) -> io::Result<()> {
        let bytes = frame.head.chain(&*frame.body).chain(&*frame.tail);
        write_flushed(self.reader.stream(), bytes).await
    }

    async fn acknowledged(&mut self, id: &str) -> Result<(), SendError> {
        let response = match self.reader.next().await {
            Ok(Some(response)) => response,
            Ok(None) => return Err(SendError::Closed),
            Err(ReadError::Io(error)) => return Err(SendError::Read(error)),
            Err(ReadError::Decode(error)) => return Err(SendError::BadResponse(error)),
        };
        match Response::decode(&response).map_err(SendError::BadResponse)? {
            Response::Ack(found) if found == id => Ok(()),
            Response::Ack(found) => {
                Err(SendError::WrongAck { expected: id.to_owned(), found: found.to_owned() })
            }
            Response::Helo => Err(SendError::KeyRequired),
        }
    }
}
