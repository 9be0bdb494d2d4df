//! The wire: an SMTP connection that sends letters one after the other. The protocol is lettre's; the socket is ours, because
//! lettre's own waits 44 ms for each message (the body and its end are two writes, without TCP_NODELAY).

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use percent_encoding::percent_decode_str;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::Fate;
use crate::config::Config;
use crate::error::{Error, Result};

/// Messages over one connection: servers like it renewed.
const MOST_MESSAGES: u32 = 1_000;

enum Security {
    Plain,
    /// STARTTLS; where the server has none, in the clear if that is allowed.
    StartTls {
        required: bool,
    },
    /// From the first byte (465).
    Tls,
}

/// Where mails are handed in.
pub struct Server {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    tls: TlsParameters,
    connector: TlsConnector,
    pace: Pace,
    /// No step may take longer: connecting, a command, a message.
    patience: Duration,
}

impl Server {
    /// From lettre's URL form: `smtp://[user:password@]host[:port][?tls=required|opportunistic]`, `smtps://…`.
    pub fn new(config: &Config) -> Result<Server> {
        let wrong = || Error::internal("smtp_url is not a usable address");
        let url = url::Url::parse(&config.smtp_url).map_err(|_| wrong())?;
        let host = url.host_str().ok_or_else(wrong)?;
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let asked = url.query_pairs().find(|(name, _)| name == "tls");
        let asked = asked.map(|(_, value)| value.into_owned());
        let (security, port) = match (url.scheme(), asked.as_deref()) {
            ("smtps", _) => (Security::Tls, 465),
            ("smtp", None) => (Security::Plain, 25),
            ("smtp", Some("required")) => (Security::StartTls { required: true }, 587),
            ("smtp", Some("opportunistic")) => (Security::StartTls { required: false }, 587),
            _ => return Err(wrong()),
        };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let credentials = (!url.username().is_empty()).then(|| {
            let password = url.password().unwrap_or_default();
            Credentials::new(decoded(url.username()), decoded(password))
        });
        let (tls, connector) = trust(&host, config)?;
        Ok(Server {
            port: url.port().unwrap_or(port),
            host,
            security,
            credentials,
            tls,
            connector,
            pace: Pace::new(config.smtp_rate),
            patience: Duration::from_secs(u64::from(config.smtp_timeout)),
        })
    }
}

/// The public authorities, and the configured one.
fn trust(host: &str, config: &Config) -> Result<(TlsParameters, TlsConnector)> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let mut tls = TlsParameters::builder(host.to_owned());
    if !config.smtp_ca_file.as_os_str().is_empty() {
        let wrong = |what: String| Error::internal(format!("smtp_ca_file: {what}"));
        let pem = std::fs::read(&config.smtp_ca_file).map_err(|error| wrong(error.to_string()))?;
        let certificates = CertificateDer::pem_slice_iter(&pem);
        for certificate in certificates {
            let certificate = certificate.map_err(|_| wrong("not PEM".to_owned()))?;
            roots
                .add(certificate)
                .map_err(|error| wrong(error.to_string()))?;
        }
        let certificate = Certificate::from_pem(&pem).map_err(|_| wrong("not PEM".to_owned()))?;
        tls = tls.add_root_certificate(certificate);
    }
    let client = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok((
        tls.build().map_err(Error::internal)?,
        TlsConnector::from(Arc::new(client)),
    ))
}

/// How fast all connections of the process may send together.
struct Pace {
    step: Option<Duration>,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    fn new(per_second: u32) -> Pace {
        Pace {
            step: (per_second > 0).then(|| Duration::from_secs(1) / per_second),
            next: Mutex::default(),
        }
    }

    /// When the caller's turn is.
    fn turn(&self) -> Option<Instant> {
        let step = self.step?;
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let turn = next.map_or(now, |next| next.max(now));
        *next = Some(turn + step);
        Some(turn)
    }
}

/// A connection, opened when it is needed and again after it broke.
pub struct Connection {
    server: Arc<Server>,
    runtime: Runtime,
    open: Option<Open>,
    sent: u32,
}

impl Connection {
    pub fn new(server: Arc<Server>) -> Result<Connection> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::internal)?;
        Ok(Connection {
            server,
            runtime,
            open: None,
            sent: 0,
        })
    }

    pub fn send(&mut self, envelope: &Envelope, message: &[u8]) -> Fate {
        let Connection {
            server,
            runtime,
            open,
            sent,
        } = self;
        let patience = server.patience;
        runtime.block_on(async {
            if let Some(turn) = server.pace.turn() {
                tokio::time::sleep_until(turn.into()).await;
            }
            if *sent >= MOST_MESSAGES
                && let Some(mut old) = open.take()
            {
                quit(&mut old.connection).await;
            }
            loop {
                let here = match open {
                    Some(here) => here,
                    None => match within(patience, connect(server)).await {
                        Ok(new) => {
                            *sent = 0;
                            open.insert(new)
                        }
                        Err(failure) => return Fate::Down(failure.reason("no connection")),
                    },
                };
                let used = *sent > 0;
                *sent += 1;
                let Err((step, failure)) = transact(here, envelope, message, patience).await else {
                    return Fate::Sent;
                };
                let gone = failure.is_gone();
                if gone
                    || within(patience, here.connection.command(Rset))
                        .await
                        .is_err()
                {
                    *open = None;
                }
                if gone && step == Step::Sender {
                    if used {
                        continue; // the server had closed it meanwhile: nothing was asked yet
                    }
                    return Fate::Down(failure.reason("no connection"));
                }
                return if failure.is_permanent() {
                    Fate::Refused {
                        reason: failure.reason("refused"),
                        // Who we are is asked before: that is no fault of the reader's.
                        address: step != Step::Sender,
                    }
                } else {
                    Fate::Later(failure.reason("not now"))
                };
            }
        })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(mut open) = self.open.take() {
            self.runtime.block_on(quit(&mut open.connection));
        }
    }
}

async fn quit(connection: &mut AsyncSmtpConnection) {
    // The server has everything: whether it says good-bye changes nothing.
    let _ = tokio::time::timeout(Duration::from_secs(5), connection.quit()).await;
}

enum Failure {
    Smtp(SmtpError),
    /// The network or TLS.
    Broken,
    TimedOut,
}

impl From<SmtpError> for Failure {
    fn from(error: SmtpError) -> Failure {
        Failure::Smtp(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(_: std::io::Error) -> Failure {
        Failure::Broken
    }
}

impl Failure {
    fn code(&self) -> Option<u16> {
        match self {
            Failure::Smtp(error) => error.status().map(u16::from),
            Failure::Broken | Failure::TimedOut => None,
        }
    }

    /// Whether the connection is of no more use.
    fn is_gone(&self) -> bool {
        self.code().is_none_or(|code| code == 421)
    }

    fn is_permanent(&self) -> bool {
        matches!(self, Failure::Smtp(error) if error.is_permanent())
    }

    /// Servers quote addresses in their answers: only the code is kept.
    fn reason(&self, what: &str) -> String {
        match (self, self.code()) {
            (Failure::TimedOut, _) => format!("{what}: timed out"),
            (_, Some(code)) => format!("{what}: {code}"),
            (_, None) => what.to_owned(),
        }
    }
}

async fn within<T, E: Into<Failure>>(
    patience: Duration,
    step: impl Future<Output = std::result::Result<T, E>>,
) -> std::result::Result<T, Failure> {
    match tokio::time::timeout(patience, step).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(Failure::TimedOut),
    }
}

/// Where a transaction stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Sender,
    Recipient,
    Message,
}

/// An open connection, and whether its server takes several commands at once (RFC 2920).
struct Open {
    connection: AsyncSmtpConnection,
    pipelines: bool,
}

/// Sender, recipient and the wish to send, in one write: a letter costs two journeys instead of four.
struct Pipelined<'a>(&'a Envelope);

impl std::fmt::Display for Pipelined<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", Mail::new(self.0.from().cloned(), Vec::new()))?;
        for to in self.0.to() {
            write!(f, "{}", Rcpt::new(to.clone(), Vec::new()))?;
        }
        write!(f, "{Data}")
    }
}

/// A message with its end in one write (the library makes two, and the server wakes twice): a line that begins with a dot
/// gets another (RFC 5321, 4.5.2).
struct Whole<'a>(&'a str);

impl std::fmt::Display for Whole<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in self.0.split_inclusive('\n') {
            if line.starts_with('.') {
                f.write_str(".")?;
            }
            f.write_str(line)?;
        }
        if !self.0.ends_with("\r\n") {
            f.write_str("\r\n")?;
        }
        f.write_str(".\r\n")
    }
}

/// What stops a transaction, and where.
type Stopped = (Step, Failure);

async fn transact(
    open: &mut Open,
    envelope: &Envelope,
    message: &[u8],
    patience: Duration,
) -> std::result::Result<(), Stopped> {
    if open.pipelines {
        begin_at_once(&mut open.connection, envelope, patience).await?;
    } else {
        begin(&mut open.connection, envelope, patience).await?;
    }
    let sent = match std::str::from_utf8(message) {
        Ok(text) => within(patience, open.connection.command(Whole(text))).await,
        Err(_) => within(patience, open.connection.message(message)).await,
    };
    sent.map(drop).map_err(|failure| (Step::Message, failure))
}

async fn begin(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    patience: Duration,
) -> std::result::Result<(), Stopped> {
    let at = |step: Step| move |failure: Failure| (step, failure);
    let from = envelope.from().cloned();
    within(patience, connection.command(Mail::new(from, Vec::new())))
        .await
        .map_err(at(Step::Sender))?;
    for to in envelope.to() {
        within(
            patience,
            connection.command(Rcpt::new(to.clone(), Vec::new())),
        )
        .await
        .map_err(at(Step::Recipient))?;
    }
    within(patience, connection.command(Data))
        .await
        .map_err(at(Step::Message))?;
    Ok(())
}

async fn begin_at_once(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    patience: Duration,
) -> std::result::Result<(), Stopped> {
    let mut stopped: Option<Stopped> = None;
    let sender = within(patience, connection.command(Pipelined(envelope))).await;
    let mut note = |step: Step, failure: Failure| -> std::result::Result<(), Stopped> {
        if failure.is_gone() {
            return Err((step, failure));
        }
        stopped.get_or_insert((step, failure));
        Ok(())
    };
    if let Err(failure) = sender {
        note(Step::Sender, failure)?;
    }
    for _ in envelope.to() {
        if let Err(failure) = within(patience, connection.read_response()).await {
            note(Step::Recipient, failure)?;
        }
    }
    let ready = match within(patience, connection.read_response()).await {
        Ok(_) => true,
        Err(failure) => {
            note(Step::Message, failure)?;
            false
        }
    };
    let Some(stopped) = stopped else {
        return Ok(());
    };
    if ready {
        // It waits for a message all the same: an empty one, which is for nobody, ends that (RFC 2920, 3.1).
        if let Err(failure) = within(patience, connection.message(b"")).await
            && failure.is_gone()
        {
            return Err((stopped.0, failure));
        }
    }
    Err(stopped)
}

/// A socket under TLS from the first byte.
#[derive(Debug)]
struct Encrypted(tokio_rustls::client::TlsStream<TcpStream>);

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Encrypted {
    fn peer_addr(&self) -> std::io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}

async fn connect(server: &Server) -> std::result::Result<Open, Failure> {
    let socket = TcpStream::connect((server.host.as_str(), server.port)).await?;
    socket.set_nodelay(true)?;
    let hello = ClientId::default();
    let stream: Box<dyn AsyncTokioStream> = match server.security {
        Security::Tls => {
            let name = ServerName::try_from(server.host.clone()).map_err(std::io::Error::other)?;
            Box::new(Encrypted(server.connector.connect(name, socket).await?))
        }
        Security::Plain | Security::StartTls { .. } => Box::new(socket),
    };
    let mut connection = AsyncSmtpConnection::connect_with_transport(stream, &hello).await?;
    if let Security::StartTls { required } = server.security
        && (required || connection.can_starttls())
    {
        connection.starttls(server.tls.clone(), &hello).await?;
    }
    // The library keeps only the extensions that it uses itself: what else the server can is asked once more.
    let answer = connection.command(Ehlo::new(hello)).await?;
    let pipelines = answer
        .message()
        .any(|line| line.trim().eq_ignore_ascii_case("PIPELINING"));
    if let Some(credentials) = &server.credentials {
        connection.auth(DEFAULT_MECHANISMS, credentials).await?;
    }
    Ok(Open {
        connection,
        pipelines,
    })
}
