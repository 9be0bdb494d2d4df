//! `/settings/drafts`, and what the forms of other domains need to keep and show a draft.

use std::collections::HashMap;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::view::{DraftBox, DraftsPage};
use super::{Draft, Fields, Keeping, Purpose};
use crate::accounts::Who;
use crate::accounts::http::device;
use crate::app::App;
use crate::clock::At;
use crate::db::Db;
use crate::error::Result;
use crate::id::Id;
use crate::replies;
use crate::secret::Credentials;
use crate::threads;
use crate::web::form::{Query, from_pairs, pairs};
use crate::web::page::{Notice, Now};
use crate::web::respond;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ListQuery {
    done: String,
}

pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, now| {
            let drafts = super::own(db, who, now)?;
            let titles = titles(db, who, &drafts)?;
            let layout = house.frame(who).noting(Notice::of(&query.done));
            Ok(DraftsPage::new(layout, &drafts, &titles, house.page_time()))
        })
        .await?;
    respond::page(&page)
}

/// The titles of what drafts are for, by target: two queries, whatever their number.
fn titles(db: &mut Db, who: &Who, drafts: &[Draft]) -> Result<HashMap<Id, String>> {
    let of = |wanted: &[Purpose]| -> Vec<Id> {
        drafts
            .iter()
            .filter(|draft| wanted.contains(&draft.purpose))
            .filter_map(|draft| draft.target)
            .collect()
    };
    let threads_of: HashMap<Id, Id> = replies::visible_by_ids(db, &of(&[Purpose::EditReply]))?
        .into_iter()
        .map(|reply| (reply.id, reply.thread))
        .collect();
    let mut ids = of(&[Purpose::EditThread, Purpose::Reply]);
    ids.extend(threads_of.values());
    let mut titles: HashMap<Id, String> = threads::in_full(db, &ids)?
        .into_iter()
        .filter(|thread| thread.visibility.shows(who, thread.author))
        .map(|thread| (thread.id, thread.title))
        .collect();
    for (reply, thread) in threads_of {
        if let Some(title) = titles.get(&thread).cloned() {
            titles.insert(reply, title);
        }
    }
    Ok(titles)
}

pub async fn discard(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, _| super::discard(db, who, *id))
        .await?;
    Ok(respond::see_other("/settings/drafts?done=discarded"))
}

/// What a form asks to be kept.
pub fn keeping(
    request: &HttpRequest,
    form: &impl Serialize,
    purpose: Purpose,
    target: Option<Id>,
    key: &str,
) -> Keeping {
    Keeping {
        purpose,
        target,
        fields: Fields::of(pairs(form)),
        device: device(request),
        key: key.to_owned(),
    }
}

/// The form that a draft was made of.
///
/// # Errors
/// `BadRequest` where it is of another form.
pub fn form_of<T: DeserializeOwned>(draft: &Draft) -> Result<T> {
    from_pairs(draft.fields.pairs())
}

/// The draft that a form showed, with its revision.
pub fn shown(id: &str, revision: &str) -> Option<(Id, Option<i32>)> {
    Some((id.parse().ok()?, revision.parse().ok()))
}

/// The box of a form that was sent: with what was saved elsewhere, where that was why it comes again.
pub fn box_again(
    db: &mut Db,
    who: &Who,
    (purpose, target): (Purpose, Option<Id>),
    (id, revision): (&str, &str),
    overtaken: bool,
    (now, shown_at): (At, Now),
) -> Result<DraftBox> {
    let again = DraftBox::of(purpose, target).sent(id, revision);
    if !overtaken {
        return Ok(again);
    }
    let present = match (target, id.parse()) {
        (Some(target), _) => super::for_target(db, who, purpose, target, now)?,
        (None, Ok(id)) => Some(super::find(db, who, id, now)?),
        (None, Err(_)) => None,
    };
    Ok(match present {
        Some(present) => again.overtaken(&present, shown_at),
        None => again,
    })
}
