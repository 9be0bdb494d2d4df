//! Storing files from forms and the API, and sending them to those who may see them.

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, CacheControl, CacheDirective, ContentEncoding, ETag, EntityTag, Header, IfNoneMatch,
};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::intake::{self, SentFile};
use super::shelf::Form as Shape;
use super::view::AttachForm;
use super::{Announced, Attachment, LabelsInput, MAX_BYTES, Media, name};
use crate::app::App;
use crate::db::once::OnceKey;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::web::parts::{FilePart, MAX_FILE};

/// One that is too long is still seen as such.
const _: () = assert!(MAX_BYTES < MAX_FILE);

/// Nothing that is sent from here may load, run or embed anything, whatever a browser takes it for.
const POLICY: &str =
    "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

impl From<FilePart> for SentFile {
    fn from(part: FilePart) -> SentFile {
        SentFile {
            name: part.name,
            bytes: part.bytes,
        }
    }
}

/// Stores a file for whoever came with `credentials`: checked, made anew, put on the shelf, recorded. `key`: one submit
/// that comes twice stores once.
///
/// # Errors
/// `SignInRequired`, `TooMany`, `Invalid` with all that is wrong, `Busy`.
pub async fn receive(
    app: &App,
    credentials: &Credentials,
    file: SentFile,
    labels: &LabelsInput,
    key: Option<OnceKey>,
) -> Result<Attachment> {
    app.read_as(credentials.clone(), |db, who, now| {
        super::may_store(db, who, now).map(drop)
    })
    .await?;
    let (found, labels) = intake::check(&file, labels)?;
    let prepared = app.intake.prepare(found, file.bytes).await?;
    let announced = app
        .write_as(credentials.clone(), move |db, who, now| {
            super::announce(db, who, key.as_ref(), now)
        })
        .await?;
    let id = match announced {
        Announced::Welcome(id) => id,
        Announced::Stored(stored) => return Ok(stored),
    };
    app.intake.shelf.put(id, &prepared).await?;
    app.write_as(credentials.clone(), move |db, who, now| {
        super::record(db, who, id, &prepared, &labels, &file.name, now)
    })
    .await
}

/// The fields of a form's section for files. Without a script the form itself is sent in parts by the button there;
/// sent by another button, a chosen file comes as no more than its name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AttachInput {
    alt: String,
    rights: String,
    source: String,
    /// Whether the checklist was gone through.
    looked: String,
    /// The name of a file that was chosen but not sent.
    file: String,
    action: String,
}

const NOT_LOOKED: &str = "人が分かるものが写っていないかを確かめて、印を付けてください。";
const NOT_INSERTED: &str = "選んだファイルは、まだ本文に入っていません。もう一度選んで「本文に入れる」を押すか、そのまま公開してください。";

impl AttachInput {
    /// Whether the button of the section was pressed.
    pub fn is_asked(&self) -> bool {
        self.action == "attach"
    }

    /// The section as it was sent.
    pub fn form(&self) -> AttachForm {
        AttachForm::new(&self.alt, &self.rights, &self.source)
    }

    /// # Errors
    /// `Invalid` naming `file` where one was chosen and the form was sent without putting it in: it would be lost unseen.
    pub fn nothing_forgotten(&self) -> Result<()> {
        if self.file.trim().is_empty() {
            return Ok(());
        }
        Err(Error::field("file", "not_inserted", NOT_INSERTED))
    }

    /// Stores the file and puts its reference at the end of `body`. Gives the section as it is to be shown again.
    ///
    /// # Errors
    /// As `receive`, and `Invalid` naming `looked`.
    pub async fn put_into(
        &self,
        app: &App,
        credentials: &Credentials,
        body: &mut String,
        file: Option<FilePart>,
    ) -> Result<AttachForm> {
        let file = file.map(SentFile::from).unwrap_or_default();
        let labels = LabelsInput {
            alt: self.alt.clone(),
            rights: self.rights.clone(),
            source: self.source.clone(),
        };
        if self.looked.is_empty() {
            let mut errors = match intake::check(&file, &labels) {
                Err(Error::Invalid(errors)) => errors,
                _ => FieldErrors::default(),
            };
            errors.add("looked", "required", NOT_LOOKED);
            return Err(Error::Invalid(errors));
        }
        let stored = receive(app, credentials, file, &labels, None).await?;
        let text = body.trim_end();
        let gap = if text.is_empty() { "" } else { "\n\n" };
        *body = format!("{text}{gap}{}\n", stored.markdown());
        let done = format!(
            "「{}」を本文の終わりに入れました。場所は、行ごと動かして変えられます。",
            stored.name
        );
        Ok(AttachForm::default().saying(done))
    }
}

pub async fn show(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    send(&app, &request, credentials, *id, Shape::Whole).await
}

pub async fn thumb(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    send(&app, &request, credentials, *id, Shape::Thumb).await
}

/// Asked anew every time, since a post can go out of sight; what a browser has already is not sent again.
async fn send(
    app: &App,
    request: &HttpRequest,
    credentials: Credentials,
    id: Id,
    shape: Shape,
) -> Result<HttpResponse> {
    let file = app
        .read_as(credentials, move |db, who, _| super::find(db, who, id))
        .await?;
    let media = match shape {
        Shape::Whole => file.media,
        Shape::Thumb if file.media.is_image() => Media::Jpeg,
        Shape::Thumb => return Err(Error::NotFound),
    };
    // What lies under an id never changes.
    let tag = EntityTag::new_strong(match shape {
        Shape::Whole => id.to_string(),
        Shape::Thumb => format!("{id}-thumb"),
    });
    let mut response = HttpResponse::Ok();
    response
        .insert_header(CacheControl(vec![
            CacheDirective::Private,
            CacheDirective::NoCache,
        ]))
        .insert_header(ETag(tag.clone()))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"));
    if is_known(request, &tag) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    let stored = app.intake.shelf.get(id, shape).await?;
    response
        .content_type(media.to_string())
        // Images are packed already; documents would lose their length.
        .insert_header(ContentEncoding::Identity);
    if !media.is_image() {
        let saved_as = name::saved_as(&file.name, file.media);
        response.insert_header((header::CONTENT_DISPOSITION, saved_as));
    }
    Ok(response.body(SizedStream::new(stored.length, stored.stream)))
}

/// Whether the client says that it has what `tag` names.
fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(items)) => items.iter().any(|item| item.weak_eq(tag)),
        Err(_) => false,
    }
}
