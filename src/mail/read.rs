//! Reads mails: what came back (RFC 3464), and the files that we wrote ourselves. Parsed by another library than the one
//! that writes them. Total: whatever the bytes are, there is an answer.

use std::path::PathBuf;

use mailparse::{MailHeaderMap, ParsedMail, parse_mail};

use crate::error::{Error, Result};

/// The largest mail that is read, in bytes.
pub const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Parts inside parts, at most.
const DEPTH: usize = 16;

/// What a mail server says of a letter of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notification {
    /// `failed`, `delayed`, `delivered`, `relayed`, `expanded` (RFC 3464, 2.3.3).
    pub action: String,
    /// As `5.1.1` (RFC 3463).
    pub status: String,
    /// The Message-ID of the letter, without brackets; empty where it was not returned.
    pub letter: String,
}

/// A mail that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// One for each recipient that it speaks of.
    Notifications(Vec<Notification>),
    /// Anything else: its subject.
    Other(String),
}

/// What a mail is.
pub fn incoming(bytes: &[u8]) -> Incoming {
    let Ok(mail) = parse_mail(bytes) else {
        return Incoming::Other(String::new());
    };
    let mut parts = Vec::new();
    collect(&mail, DEPTH, &mut parts);
    let status = parts.iter().find(|part| {
        part.ctype
            .mimetype
            .eq_ignore_ascii_case("message/delivery-status")
    });
    let Some(status) = status else {
        let subject = mail.headers.get_first_value("Subject").unwrap_or_default();
        return Incoming::Other(subject);
    };
    let letter = parts.iter().find_map(|part| returned_id(part));
    let letter = letter.unwrap_or_default();
    // Groups of fields: the first speaks of the message, each other of a recipient.
    let text = status.get_body().unwrap_or_default().replace("\r\n", "\n");
    let notifications = text
        .split("\n\n")
        .filter_map(|group| {
            Some(Notification {
                action: field(group, "action")?.to_lowercase(),
                status: field(group, "status").unwrap_or_default(),
                letter: letter.clone(),
            })
        })
        .collect();
    Incoming::Notifications(notifications)
}

fn collect<'a>(mail: &'a ParsedMail<'a>, depth: usize, parts: &mut Vec<&'a ParsedMail<'a>>) {
    parts.push(mail);
    if depth > 0 {
        for part in &mail.subparts {
            collect(part, depth - 1, parts);
        }
    }
}

/// The Message-ID of a returned letter or of its head.
fn returned_id(part: &ParsedMail<'_>) -> Option<String> {
    let kind = part.ctype.mimetype.to_lowercase();
    if !["message/rfc822", "text/rfc822-headers", "message/global"].contains(&kind.as_str()) {
        return None;
    }
    let body = part.get_body_raw().ok()?;
    let (headers, _) = mailparse::parse_headers(&body).ok()?;
    let id = headers.get_first_value("Message-ID")?;
    Some(id.trim().trim_matches(['<', '>']).to_owned())
}

/// A field of a group, without comments.
fn field(group: &str, name: &str) -> Option<String> {
    group.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        let value = value.split('(').next().unwrap_or_default();
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}

/// A mail as a reader's program shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Header lines in their order, decoded.
    pub head: Vec<(String, String)>,
    pub text: String,
    pub html: Option<String>,
}

impl Opened {
    pub fn header(&self, name: &str) -> &str {
        let found = self
            .head
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }
}

/// None for bytes that are no mail.
pub fn open(bytes: &[u8]) -> Option<Opened> {
    let mail = parse_mail(bytes).ok()?;
    let mut parts = Vec::new();
    collect(&mail, DEPTH, &mut parts);
    let body = |kind: &str| {
        let part = parts.iter().find(|part| part.ctype.mimetype == kind)?;
        part.get_body().ok()
    };
    Some(Opened {
        head: mail
            .headers
            .iter()
            .map(|header| (header.get_key(), header.get_value()))
            .collect(),
        text: body("text/plain").unwrap_or_default(),
        html: body("text/html"),
    })
}

/// A folder of mails that were written as files.
#[derive(Clone, Debug)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// The newest mails with their names, at most `limit`. Nothing where there is no folder yet.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self, limit: usize) -> Result<Vec<(String, Opened)>> {
        let Ok(entries) = std::fs::read_dir(&self.0) else {
            return Ok(Vec::new());
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.ends_with(".eml"))
            .collect();
        names.sort_unstable_by(|a, b| b.cmp(a)); // their names begin with their time
        names.truncate(limit);
        let mut mails = Vec::new();
        for name in names {
            if let Some(mail) = self.read(&name)? {
                mails.push((name, mail));
            }
        }
        Ok(mails)
    }

    /// One mail; None where there is none of this name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self, name: &str) -> Result<Option<Opened>> {
        let stem = name.strip_suffix(".eml").unwrap_or_default();
        if stem.is_empty() || !stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Ok(None); // no path of any kind
        }
        match std::fs::read(self.0.join(name)) {
            Ok(bytes) => Ok(open(&bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::internal(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETURNED: &str = "From: MAILER-DAEMON@mx.example\r\nTo: hiroba@example.jp\r\nSubject: Undelivered Mail Returned to Sender\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\r\n\r\n\
        --b1\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
        --b1\r\nContent-Type: message/delivery-status\r\n\r\n\
        Reporting-MTA: dns; mx.example\r\n\r\n\
        Final-Recipient: rfc822; aoi@example.jp\r\nAction: failed\r\nStatus: 5.1.1 (no such user)\r\n\r\n\
        --b1\r\nContent-Type: text/rfc822-headers\r\n\r\n\
        Message-ID:\r\n <digest.2026-W47.0190@example.jp>\r\nSubject: =?utf-8?B?5bqD5aC0?=\r\n\r\n--b1--\r\n";

    #[test]
    fn notifications_name_the_letter_and_what_became_of_it() {
        let wanted = Notification {
            action: "failed".to_owned(),
            status: "5.1.1".to_owned(),
            letter: "digest.2026-W47.0190@example.jp".to_owned(),
        };
        assert_eq!(
            incoming(RETURNED.as_bytes()),
            Incoming::Notifications(vec![wanted.clone()])
        );
        // The whole letter, plain line ends, words in capitals.
        let whole = RETURNED
            .replace("text/rfc822-headers", "message/rfc822")
            .replace("Action: failed", "ACTION: Failed")
            .replace("\r\n", "\n");
        assert_eq!(
            incoming(whole.as_bytes()),
            Incoming::Notifications(vec![wanted])
        );
    }

    #[test]
    fn other_mails_and_garbage_are_no_notifications() {
        let reply =
            "Subject: =?utf-8?B?5LiN5Zyo?=\r\nAuto-Submitted: auto-replied\r\n\r\n不在です。";
        assert_eq!(
            incoming(reply.as_bytes()),
            Incoming::Other("不在".to_owned())
        );
        for bytes in [
            &b""[..],
            b"\0\xff\xfe",
            b"::::",
            b"Content-Type: multipart/report\r\n\r\n--",
        ] {
            assert!(matches!(incoming(bytes), Incoming::Other(_)));
        }
    }

    #[test]
    fn only_names_of_the_folder_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let outside = folder.path().join("secret.eml");
        std::fs::write(&outside, "Subject: x\r\n\r\n").unwrap();
        let inside = folder.path().join("mails");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(inside.join("a-1.eml"), "Subject: y\r\n\r\nz").unwrap();
        let folder = Folder(inside);
        for name in [
            "../secret.eml",
            "..%2fsecret.eml",
            "",
            ".eml",
            "a-1",
            "a-2.eml",
            "/etc/passwd",
        ] {
            assert_eq!(folder.read(name).unwrap(), None, "{name}");
        }
        assert_eq!(folder.read("a-1.eml").unwrap().unwrap().text, "z");
        assert_eq!(folder.list(10).unwrap().len(), 1);
    }
}
