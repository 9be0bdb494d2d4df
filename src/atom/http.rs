//! Feeds, and the page with their addresses.

use std::collections::HashMap;
use std::time::{Duration, UNIX_EPOCH};

use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, CacheControl, CacheDirective, ETag, EntityTag, Header, HeaderValue, HttpDate,
    IfModifiedSince, IfNoneMatch, LastModified,
};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::ENTRIES;
use super::view::{FeedsPage, Item, Sheet, Source};
use crate::accounts::{self, Who, feed_key};
use crate::app::App;
use crate::curation::collections;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::notices::site;
use crate::replies::{self, Reply};
use crate::secret::Credentials;
use crate::taxonomy;
use crate::threads::api::ListQuery;
use crate::threads::view::{filter_words, filtered};
use crate::threads::{self, Filter, Summary};
use crate::web::form::Query;
use crate::web::page::Notice;
use crate::web::respond;

/// The key of a feed reader; goes before whatever else came with the request.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct KeyQuery {
    token: String,
}

/// Makes a feed for whoever asks and answers with it, or with nothing where the reader has it already.
async fn answer<F>(
    app: &App,
    request: &HttpRequest,
    credentials: Credentials,
    key: KeyQuery,
    work: F,
) -> Result<HttpResponse>
where
    F: FnOnce(&mut Db, &Who) -> Result<Source> + Send + 'static,
{
    let made = if key.token.is_empty() {
        app.read_as(credentials, move |db, who, _| work(db, who))
            .await
    } else {
        let read = move |db: &mut Db| {
            let who = feed_key::reader(db, &key.token)?;
            work(db, &who)
        };
        app.database.read(read).await
    };
    let mut response = match made {
        Ok(source) => feed(request, source.write(&app.config.public_url())?),
        // Never by way of the sign-in page: its address would hold the key.
        Err(Error::SignInRequired) => HttpResponse::build(StatusCode::UNAUTHORIZED)
            .content_type("text/plain; charset=utf-8")
            .body("このフィードを読むには、マイページの「フィード」にある、自分用のアドレスを使ってください。\n"),
        Err(error) => return Err(error),
    };
    // Whoever opens a feed in a browser goes on without telling where from.
    let silent = HeaderValue::from_static("no-referrer");
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, silent);
    Ok(response)
}

fn feed(request: &HttpRequest, sheet: Sheet) -> HttpResponse {
    let seconds = sheet.updated.micros().div_euclid(1_000_000);
    let changed = UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let tag = EntityTag::new_weak(sheet.tag);
    let known = is_known(request, &tag, changed.into());
    let mut response = HttpResponse::build(if known {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    });
    response
        .insert_header(ETag(tag))
        .insert_header(LastModified(changed.into()))
        .insert_header(CacheControl(vec![
            CacheDirective::Private,
            CacheDirective::NoCache,
        ]));
    if known {
        return response.finish();
    }
    response
        .content_type("application/atom+xml; charset=utf-8")
        .body(sheet.body)
}

/// Whether the reader has this text (RFC 9110: the time counts only where no tag was sent).
fn is_known(request: &HttpRequest, tag: &EntityTag, changed: HttpDate) -> bool {
    if request.headers().contains_key(header::IF_NONE_MATCH) {
        return match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(known)) => known.iter().any(|one| one.weak_eq(tag)),
            Err(_) => false,
        };
    }
    let since = IfModifiedSince::parse(request);
    since.is_ok_and(|IfModifiedSince(since)| since >= changed)
}

fn limit() -> i64 {
    i64::try_from(ENTRIES).unwrap_or(i64::MAX)
}

/// The threads of a list.
fn of_list(db: &mut Db, who: &Who, filter: &Filter) -> Result<Source> {
    let words = taxonomy::current(db)?;
    let page = threads::list(db, who, filter, None, ENTRIES)?;
    let signers = accounts::signers(db, page.items.iter().map(|thread| &thread.signature))?;
    let item = |thread: &Summary| {
        let author = signers.of(&thread.signature, &words)?;
        Some(Item::of_thread(thread, &author, &words))
    };
    let asked = filter_words(filter, &words);
    Ok(Source {
        title: if asked.is_empty() {
            "新しい話題".to_owned()
        } else {
            asked
        },
        path: filtered("/feeds/threads.atom", filter),
        page: filtered("/threads", filter),
        items: page.items.iter().filter_map(item).collect(),
    })
}

/// A filter that no vocabulary knows makes no feed: nobody is to subscribe to everything by a slip.
pub async fn threads(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Query(query): Query<ListQuery>,
    Query(key): Query<KeyQuery>,
) -> Result<HttpResponse> {
    answer(&app, &request, credentials, key, move |db, who| {
        let words = taxonomy::current(db)?;
        let filter = query.filter(&words);
        of_list(db, who, &filter.map_err(|_| Error::NotFound)?)
    })
    .await
}

pub async fn policy(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    number: Path<String>,
    Query(key): Query<KeyQuery>,
) -> Result<HttpResponse> {
    let number = number.parse().map_err(|_| Error::NotFound)?;
    answer(&app, &request, credentials, key, move |db, who| {
        let words = taxonomy::current(db)?;
        words.policy(number).ok_or(Error::NotFound)?;
        let filter = Filter {
            policy: Some(number),
            ..Filter::default()
        };
        of_list(db, who, &filter)
    })
    .await
}

/// Replies that all may see, as the items of a feed; `threads` are those that they stand in.
fn of_replies(
    db: &mut Db,
    replies: &[Reply],
    threads: &HashMap<Id, Summary>,
    with_title: bool,
) -> Result<Vec<Item>> {
    let words = taxonomy::current(db)?;
    let signers = accounts::signers(db, replies.iter().map(|reply| &reply.signature))?;
    let item = |reply: &Reply| {
        let thread = threads.get(&reply.thread)?;
        let author = signers.of(&reply.signature, &words)?;
        let about = Some(thread.title.as_str()).filter(|_| with_title);
        Some(Item::of_reply(reply, thread.kind, about, &author, &words))
    };
    Ok(replies.iter().filter_map(item).collect())
}

pub async fn thread(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Query(key): Query<KeyQuery>,
) -> Result<HttpResponse> {
    answer(&app, &request, credentials, key, move |db, who| {
        // What its author and those who moderate still see is in no feed.
        let thread = threads::visible(db, who, &[*id])?.pop();
        let thread = thread.ok_or(Error::NotFound)?;
        let replies = replies::newest(db, who, thread.id, limit())?;
        let known = HashMap::from([(thread.id, thread.clone())]);
        Ok(Source {
            path: format!("/threads/{}/feed.atom", thread.id),
            page: format!("/threads/{}", thread.id),
            items: of_replies(db, &replies, &known, false)?,
            title: thread.title,
        })
    })
    .await
}

/// What trainers gathered and published.
pub async fn collections(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Query(key): Query<KeyQuery>,
) -> Result<HttpResponse> {
    answer(&app, &request, credentials, key, |db, who| {
        let filter = collections::Filter::default();
        let page = collections::list(db, who, &filter, None, ENTRIES)?;
        Ok(Source {
            title: "研修担当のまとめ".to_owned(),
            path: "/feeds/collections.atom".to_owned(),
            page: "/collections".to_owned(),
            items: page.items.iter().map(Item::of_collection).collect(),
        })
    })
    .await
}

pub async fn follows(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Query(key): Query<KeyQuery>,
) -> Result<HttpResponse> {
    answer(&app, &request, credentials, key, |db, who| {
        let replies = replies::newest_followed(db, who, limit())?;
        let ids: Vec<Id> = replies.iter().map(|reply| reply.thread).collect();
        let found = threads::visible(db, who, &ids)?;
        let known = found.into_iter().map(|thread| (thread.id, thread));
        Ok(Source {
            title: "続きを追っている話題".to_owned(),
            path: "/feeds/follows.atom".to_owned(),
            page: "/settings/follows".to_owned(),
            items: of_replies(db, &replies, &known.collect(), true)?,
        })
    })
    .await
}

pub async fn notices(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Query(key): Query<KeyQuery>,
) -> Result<HttpResponse> {
    let public_url = app.config.public_url();
    answer(&app, &request, credentials, key, move |db, who| {
        let words = taxonomy::current(db)?;
        let told = site::own(db, who, limit())?;
        let signers = accounts::signers(db, told.iter().map(|one| &one.reply.signature))?;
        let item = |one: &site::Told| {
            let author = signers.of(&one.reply.signature, &words)?;
            Some(Item::of_notice(one, &author, &words, &public_url))
        };
        Ok(Source {
            title: "自分へのお知らせ".to_owned(),
            path: "/feeds/notices.atom".to_owned(),
            page: "/settings/notices".to_owned(),
            items: told.iter().filter_map(item).collect(),
        })
    })
    .await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DoneQuery {
    done: String,
}

const SETTINGS: &str = "/settings/feeds";

/// With the address of the list that one came from, where one did.
pub async fn settings(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<ListQuery>,
    Query(done): Query<DoneQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let key = feed_key::own(db, who)?;
            let words = taxonomy::current(db)?;
            let filter = query.filter(&words).unwrap_or_default();
            let wanted = Some(filter_words(&filter, &words))
                .filter(|wanted| !wanted.is_empty())
                .map(|wanted| (wanted, filtered("/feeds/threads.atom", &filter)));
            let layout = house.frame(who).noting(Notice::of(&done.done));
            let action = filtered(SETTINGS, &filter);
            let (key, public_url) = (key.as_deref(), house.config.public_url());
            Ok(FeedsPage::new(layout, key, wanted, action, &public_url))
        })
        .await?;
    respond::page(&page)
}

/// Makes a key, or another one; comes back to the list that was wanted.
pub async fn renew(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse> {
    let back = app
        .write_as(credentials, move |db, who, now| {
            feed_key::renew(db, who, now)?;
            let words = taxonomy::current(db)?;
            let filter = query.filter(&words).unwrap_or_default();
            Ok(filtered(SETTINGS, &filter))
        })
        .await?;
    let joint = if back.contains('?') { '&' } else { '?' };
    Ok(respond::see_other(&format!("{back}{joint}done=feeds")))
}

pub async fn stop(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    app.write_as(credentials, |db, who, _| feed_key::stop(db, who))
        .await?;
    Ok(respond::see_other("/settings/feeds?done=feeds-stopped"))
}
