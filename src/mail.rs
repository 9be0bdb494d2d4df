//! Mail: the only user of lettre. One `Mailer` with three ends: an SMTP server, a folder of `.eml` files, memory for
//! tests. Header values are built by lettre from cleaned text, so a line break never reaches a header.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::SmtpTransport;
use lettre::{Address, Transport};

use crate::clock::At;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::text::clean_line;

/// No step of a delivery may take longer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A mail of ours: plain text, one reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub to: String,
    pub to_name: String,
    pub subject: String,
    pub text: String,
}

#[derive(Clone)]
pub enum Mailer {
    Smtp {
        transport: SmtpTransport,
        from: Mailbox,
    },
    Files {
        folder: PathBuf,
        from: Mailbox,
    },
    /// What was sent, for tests.
    Memory(Arc<Mutex<Vec<Letter>>>),
}

impl Mailer {
    /// # Errors
    /// `Internal` when the SMTP URL is wrong.
    pub fn new(config: &Config) -> Result<Mailer> {
        let from: Mailbox = config.mail_from.parse().map_err(Error::internal)?;
        if config.smtp_url.is_empty() {
            let folder = config.data_dir.join("mails");
            return Ok(Mailer::Files { folder, from });
        }
        let transport = SmtpTransport::from_url(&config.smtp_url)
            .map_err(|_| Error::internal("smtp_url is not a usable address"))?
            .timeout(Some(TIMEOUT))
            .build();
        Ok(Mailer::Smtp { transport, from })
    }

    /// Delivers on the calling thread: for jobs, never for requests.
    ///
    /// # Errors
    /// `Internal`; its text names no address.
    pub fn send(&self, letter: &Letter, now: At) -> Result<()> {
        match self {
            Mailer::Memory(sent) => {
                sent.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(letter.clone());
                Ok(())
            }
            Mailer::Files { folder, from } => {
                std::fs::create_dir_all(folder).map_err(Error::internal)?;
                let message = compose(from, letter, now)?;
                let name = format!("{}.eml", Id::new(now));
                let partial = folder.join(format!("{name}.part"));
                std::fs::write(&partial, message.formatted()).map_err(Error::internal)?;
                std::fs::rename(&partial, folder.join(name)).map_err(Error::internal)
            }
            Mailer::Smtp { transport, from } => {
                let message = compose(from, letter, now)?;
                transport
                    .send(&message)
                    .map(|_| ())
                    .map_err(|error| Error::Internal(format!("smtp: {}", describe(&error))))
            }
        }
    }
}

/// Servers quote addresses in their answers: keep only the kind of the failure and its code.
fn describe(error: &lettre::transport::smtp::Error) -> String {
    let kind = if error.is_transient() {
        "refused for now"
    } else if error.is_permanent() {
        "refused"
    } else if error.is_timeout() {
        "timed out"
    } else {
        "no connection"
    };
    match error.status() {
        Some(code) => format!("{kind} ({code})"),
        None => kind.to_owned(),
    }
}

fn compose(from: &Mailbox, letter: &Letter, now: At) -> Result<Message> {
    let to: Address = letter
        .to
        .parse()
        .map_err(|_| Error::internal("a stored address is not a mail address"))?;
    let auto = HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    );
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(Some(clean_line(&letter.to_name)), to))
        .subject(clean_line(&letter.subject))
        .date(std::time::UNIX_EPOCH + Duration::from_micros(now.micros().unsigned_abs()))
        .message_id(Some(format!("<{}@{}>", Id::new(now), from.email.domain())))
        .header(ContentType::TEXT_PLAIN)
        .body(letter.text.clone())
        .map_err(Error::internal)?;
    message.headers_mut().insert_raw(auto);
    Ok(message)
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

    #[test]
    fn hostile_names_stay_inside_their_header() {
        let letter = Letter {
            to: "aoi@example.jp".to_owned(),
            to_name: "見本\r\nBcc: evil@example.jp\u{202e}".to_owned(),
            subject: "題名\r\nX-Evil: 1\n\n本文".to_owned(),
            text: "本文\n".to_owned(),
        };
        let now = At::from_micros(1_700_000_000_000_000).unwrap();
        let from: Mailbox = "広場 <hiroba@example.jp>".parse().unwrap();
        let message = compose(&from, &letter, now).unwrap().formatted();
        let text = String::from_utf8(message).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap_or_default();
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        for line in head.lines() {
            assert!(
                !line.starts_with("Bcc") && !line.starts_with("X-Evil"),
                "{head}"
            );
        }
    }
}
