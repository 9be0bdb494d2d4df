//! Mail: the only user of lettre. One `Mailer` with three ends: an SMTP server, a folder of `.eml` files, memory for
//! tests. Header values are built by lettre from cleaned text, so a line break never reaches a header.

pub mod plain;
pub mod read;
mod smtp;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::message::dkim::{
    DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm,
    DkimSigningKey,
};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use sha2::{Digest as _, Sha256};

use crate::clock::At;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::text::clean_line;

/// A mail of ours to one reader. The text says everything; HTML is another form of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    pub to: String,
    pub to_name: String,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    /// What stands before the @ of the Message-ID, the same in every attempt; None: a new one.
    pub id: Option<String>,
    pub list: Option<List>,
}

/// What makes a letter one of a list that can be left (RFC 2369, 2919, 8058).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// A label as in host names: `digest`.
    pub name: &'static str,
    /// Leaves the list by a POST without a cookie.
    pub leave_url: String,
    /// The subject of a mail that asks to leave.
    pub leave_subject: String,
}

impl Letter {
    /// SHA-256 of the text part, in small hexadecimal digits.
    pub fn hash(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.text.as_bytes()))
    }
}

/// What became of a letter. The reasons name no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The server has taken it.
    Sent,
    /// Not now: worth another try.
    Later(String),
    /// Not this letter, for good. `address`: because of where it goes.
    Refused { reason: String, address: bool },
    /// There is no server to ask. Nothing is wrong with the letter; the next would fare no better.
    Down(String),
}

/// Who writes, and with which signature.
pub struct Sender {
    from: Mailbox,
    dkim: Option<DkimConfig>,
}

#[derive(Clone)]
pub enum Mailer {
    Smtp {
        server: Arc<smtp::Server>,
        sender: Arc<Sender>,
    },
    Files {
        folder: PathBuf,
        sender: Arc<Sender>,
    },
    /// What was sent, for tests.
    Memory(Arc<Mutex<Vec<Letter>>>),
}

impl Mailer {
    /// # Errors
    /// `Internal` when the SMTP URL, a certificate or the DKIM key is wrong.
    pub fn new(config: &Config) -> Result<Mailer> {
        let sender = Arc::new(Sender {
            from: config.mail_from.parse().map_err(Error::internal)?,
            dkim: signature(config)?,
        });
        if config.smtp_url.is_empty() {
            let folder = config.data_dir.join("mails");
            return Ok(Mailer::Files { folder, sender });
        }
        let server = Arc::new(smtp::Server::new(config)?);
        Ok(Mailer::Smtp { server, sender })
    }

    /// The folder of `.eml` files, where mails go there.
    pub fn folder(&self) -> Option<&PathBuf> {
        match self {
            Mailer::Files { folder, .. } => Some(folder),
            Mailer::Smtp { .. } | Mailer::Memory(_) => None,
        }
    }

    /// A way to send several letters one after the other, over one connection.
    pub fn line(&self) -> Line<'_> {
        Line {
            mailer: self,
            connection: None,
        }
    }

    /// Sends one letter on the calling thread: for jobs, never for requests.
    ///
    /// # Errors
    /// `Internal`; its text names no address.
    pub fn send(&self, letter: &Letter, now: At) -> Result<()> {
        match self.line().send(letter, now)? {
            Fate::Sent => Ok(()),
            Fate::Later(reason) | Fate::Refused { reason, .. } | Fate::Down(reason) => {
                Err(Error::Internal(format!("mail: {reason}")))
            }
        }
    }
}

/// Sends letters one after the other.
pub struct Line<'a> {
    mailer: &'a Mailer,
    /// Opened with the first letter, and anew after a failure.
    connection: Option<smtp::Connection>,
}

impl Line<'_> {
    /// Sends on the calling thread.
    ///
    /// # Errors
    /// `Internal` when the machine itself fails (a full disk, no threads); everything about the server is a `Fate`.
    pub fn send(&mut self, letter: &Letter, now: At) -> Result<Fate> {
        match self.mailer {
            Mailer::Memory(sent) => {
                let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
                sent.push(letter.clone());
                Ok(Fate::Sent)
            }
            Mailer::Files { folder, sender } => {
                let Some(message) = compose(sender, letter, now)? else {
                    return Ok(no_address());
                };
                std::fs::create_dir_all(folder).map_err(Error::internal)?;
                let name = format!("{}.eml", Id::new(now));
                let partial = folder.join(format!("{name}.part"));
                std::fs::write(&partial, message.formatted()).map_err(Error::internal)?;
                std::fs::rename(&partial, folder.join(name)).map_err(Error::internal)?;
                Ok(Fate::Sent)
            }
            Mailer::Smtp { server, sender } => {
                let Some(message) = compose(sender, letter, now)? else {
                    return Ok(no_address());
                };
                let connection = match &mut self.connection {
                    Some(open) => open,
                    None => self
                        .connection
                        .insert(smtp::Connection::new(Arc::clone(server))?),
                };
                Ok(connection.send(message.envelope(), &message.formatted()))
            }
        }
    }
}

fn no_address() -> Fate {
    Fate::Refused {
        reason: "the stored address is not a mail address".to_owned(),
        address: true,
    }
}

fn signature(config: &Config) -> Result<Option<DkimConfig>> {
    let dkim = &config.dkim;
    if dkim.key_file.as_os_str().is_empty() {
        return Ok(None);
    }
    let wrong = |what: &str| Error::internal(format!("dkim.key_file: {what}"));
    let key = std::fs::read_to_string(&dkim.key_file).map_err(|e| wrong(&e.to_string()))?;
    let key = DkimSigningKey::new(&key, DkimSigningAlgorithm::Rsa)
        .map_err(|_| wrong("not an RSA key in PEM"))?;
    let relaxed = DkimCanonicalization {
        header: DkimCanonicalizationType::Relaxed,
        body: DkimCanonicalizationType::Relaxed,
    };
    let headers = SIGNED.map(HeaderName::new_from_ascii_str).to_vec();
    Ok(Some(DkimConfig::new(
        dkim.selector.clone(),
        dkim.domain.clone(),
        key,
        headers,
        relaxed,
    )))
}

/// Headers under the signature. RFC 8058 demands those of leaving among them. Content-Type is not: lettre keeps that of a
/// letter in two forms with its body, where its signing does not find it.
const SIGNED: [&str; 9] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// Quoted-printable, which the library chooses for much of our HTML, takes nine bytes for a Japanese character, not four.
fn coded(kind: ContentType, text: &str) -> SinglePart {
    SinglePart::builder()
        .header(kind)
        .header(ContentTransferEncoding::Base64)
        // Bytes: the library would look for bare line ends letter by letter.
        .body(text.replace('\n', "\r\n").into_bytes())
}

/// None when the address is none.
fn compose(sender: &Sender, letter: &Letter, now: At) -> Result<Option<Message>> {
    let Ok(to) = letter.to.parse::<Address>() else {
        return Ok(None);
    };
    let from = &sender.from;
    let domain = from.email.domain();
    let id = letter
        .id
        .clone()
        .unwrap_or_else(|| Id::new(now).to_string());
    let raw = |name: &'static str, value: String| {
        HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
    };
    let builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(Some(clean_line(&letter.to_name)), to))
        .subject(clean_line(&letter.subject))
        .date(std::time::UNIX_EPOCH + Duration::from_micros(now.micros().unsigned_abs()))
        .message_id(Some(format!("<{id}@{domain}>")));
    let composed = match &letter.html {
        None => builder
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone()),
        Some(html) => builder.multipart(
            MultiPart::alternative()
                .singlepart(coded(ContentType::TEXT_PLAIN, &letter.text))
                .singlepart(coded(ContentType::TEXT_HTML, html)),
        ),
    };
    let mut message = composed.map_err(Error::internal)?;
    let headers = message.headers_mut();
    headers.insert_raw(raw("Auto-Submitted", "auto-generated".to_owned()));
    if let Some(list) = &letter.list {
        let leave = format!(
            "<{}>, <mailto:{}?subject={}>",
            list.leave_url, from.email, list.leave_subject
        );
        headers.insert_raw(raw("List-Id", format!("<{}.{domain}>", list.name)));
        headers.insert_raw(raw("List-Unsubscribe", leave));
        headers.insert_raw(raw(
            "List-Unsubscribe-Post",
            "List-Unsubscribe=One-Click".to_owned(),
        ));
        headers.insert_raw(raw("Precedence", "bulk".to_owned()));
    }
    if let Some(dkim) = &sender.dkim {
        message.sign(dkim);
    }
    Ok(Some(message))
}

/// Whether `text` is a mail address by lettre's rules.
pub fn is_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

/// Whether `text` is `Name <address>` or an address.
pub fn is_mailbox(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(letter: &Letter) -> String {
        let now = At::from_micros(1_700_000_000_000_000).unwrap();
        let sender = Sender {
            from: "広場 <hiroba@example.jp>".parse().unwrap(),
            dkim: None,
        };
        let message = compose(&sender, letter, now).unwrap().unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn hostile_names_stay_inside_their_header() {
        let letter = Letter {
            to: "aoi@example.jp".to_owned(),
            to_name: "見本\r\nBcc: evil@example.jp\u{202e}".to_owned(),
            subject: "題名\r\nX-Evil: 1\n\n本文".to_owned(),
            text: "本文\n".to_owned(),
            ..Letter::default()
        };
        let text = formatted(&letter);
        let (head, _) = text.split_once("\r\n\r\n").unwrap_or_default();
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        for line in head.lines() {
            assert!(
                !line.starts_with("Bcc") && !line.starts_with("X-Evil"),
                "{head}"
            );
        }
    }

    #[test]
    fn a_list_can_be_left_by_post_and_by_mail() {
        let letter = Letter {
            to: "aoi@example.jp".to_owned(),
            html: Some("<p>本文</p>".to_owned()),
            id: Some("2026-W47.x".to_owned()),
            list: Some(List {
                name: "digest",
                leave_url: "https://hiroba.example/mail/leave/abc".to_owned(),
                leave_subject: "leave-abc".to_owned(),
            }),
            ..Letter::default()
        };
        let text = formatted(&letter).replace("\r\n ", " ");
        for line in [
            "Message-ID: <2026-W47.x@example.jp>",
            "List-Id: <digest.example.jp>",
            "List-Unsubscribe: <https://hiroba.example/mail/leave/abc>, <mailto:hiroba@example.jp?subject=leave-abc>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(text.contains("multipart/alternative"), "{text}");
    }
}
