//! What the demo has beside threads: pictures in posts, reports that wait, drafts that somebody has begun.

use bytes::Bytes;
use chrono::TimeDelta;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::pictures;
use crate::accounts::{self, Who};
use crate::app::App;
use crate::attachments::LabelsInput;
use crate::attachments::intake::SentFile;
use crate::clock::At;
use crate::db::Db;
use crate::drafts::{self, Fields, Keeping, Purpose};
use crate::error::{Error, Result};
use crate::exchange::Line;
use crate::moderation::{self, Post};
use crate::replies;
use crate::threads;

const PICTURES: &str = include_str!("data/pictures.jsonl");
const REPORTS: &str = include_str!("data/reports.jsonl");
const DRAFTS: &str = include_str!("data/drafts.jsonl");

/// Where a picture stands in a text.
const PLACE: &str = "{{image}}";
/// How long the reports have waited, one after another.
const BETWEEN_REPORTS: TimeDelta = TimeDelta::hours(5);

pub(super) fn lines<T: DeserializeOwned>(text: &str) -> Result<Vec<T>> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).map_err(Error::internal))
        .collect()
}

#[derive(Deserialize)]
struct Picture {
    /// Id of a thread or a reply in the data.
    post: String,
    alt: String,
}

/// Draws the pictures, stores them as their authors would, and puts them into the texts.
pub fn put_pictures(app: &App, threads: &mut [Line]) -> Result<()> {
    for picture in lines::<Picture>(PICTURES)? {
        let (body, author) = post_of(threads, &picture.post)
            .ok_or_else(|| Error::internal(format!("no post {} for a picture", picture.post)))?;
        let who = app
            .database
            .read_here(|db| Ok(accounts::as_member(&accounts::by_email(db, &author)?)))?;
        let file = SentFile {
            name: format!("{}.png", picture.post),
            bytes: drawn(&picture.post)?,
        };
        let labels = LabelsInput {
            alt: picture.alt,
            rights: "own".to_owned(),
            source: String::new(),
        };
        let stored = app
            .intake
            .store_here(&app.database, &who, &file, &labels, app.now())?;
        *body = body.replace(PLACE, &stored.markdown());
    }
    Ok(())
}

/// The text of a post and the address of who wrote it.
fn post_of<'a>(threads: &'a mut [Line], post: &str) -> Option<(&'a mut String, String)> {
    for line in threads {
        if line.id.0 == post {
            return Some((&mut line.body, line.author.clone()?));
        }
        let reply = line.replies.iter_mut().find(|reply| reply.id.0 == post);
        if let Some(reply) = reply {
            return Some((&mut reply.body, reply.author.clone()?));
        }
    }
    None
}

fn drawn(post: &str) -> Result<Bytes> {
    let (width, height, pixels) =
        pictures::draw(post).ok_or_else(|| Error::internal(format!("no picture for {post}")))?;
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Sub)
        .write_image(&pixels, width, height, ExtendedColorType::Rgba8)
        .map_err(Error::internal)?;
    Ok(png.into())
}

#[derive(Deserialize)]
struct Report {
    post: String,
    reporter: String,
    reason: String,
    detail: String,
}

/// Reports that nobody has looked at yet, the last of them just now.
pub fn report(db: &mut Db, now: At) -> Result<()> {
    let mut at = now;
    for report in lines::<Report>(REPORTS)? {
        let who = member(db, &report.reporter)?;
        let post = find(db, &report.post)?;
        moderation::report(db, &who, post, &report.reason, &report.detail, at)?;
        at = at.minus(BETWEEN_REPORTS);
    }
    Ok(())
}

pub(super) fn member(db: &mut Db, email: &str) -> Result<Who> {
    Ok(accounts::as_member(&accounts::by_email(db, email)?))
}

/// A thread or reply by its id in the data: a reply's begins with that of its thread.
fn find(db: &mut Db, name: &str) -> Result<Post> {
    if let Some(thread) = threads::by_external_id(db, name)? {
        return Ok(Post::Thread(thread));
    }
    let (thread, _) = name.rsplit_once("-r").ok_or(Error::NotFound)?;
    let thread = threads::by_external_id(db, thread)?.ok_or(Error::NotFound)?;
    let all = replies::all_of(db, &[thread])?;
    let reply = all
        .iter()
        .find(|reply| reply.external_id.as_deref() == Some(name));
    Ok(Post::Reply(reply.ok_or(Error::NotFound)?.id))
}

#[derive(Deserialize)]
struct Begun {
    author: String,
    kind: String,
    title: String,
    body: String,
    school_type: String,
    policies: Vec<String>,
}

/// What some have begun to write.
pub fn begin_drafts(db: &mut Db, now: At) -> Result<()> {
    for begun in lines::<Begun>(DRAFTS)? {
        let who = member(db, &begun.author)?;
        let field = |name: &str, value: String| (name.to_owned(), value);
        let mut fields = vec![
            field("kind", begun.kind),
            field("title", begun.title),
            field("body", begun.body),
            field("school_type", begun.school_type),
        ];
        fields.extend(begun.policies.into_iter().map(|one| field("policies", one)));
        let keeping = Keeping {
            purpose: Purpose::NewThread,
            target: None,
            fields: Fields::of(fields),
            device: "Chromebook・Chrome".to_owned(),
            key: String::new(),
        };
        drafts::create(db, &who, &keeping, now)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_is_drawn_and_has_its_place() {
        let threads: Vec<Line> = lines(super::super::THREADS).unwrap();
        let texts = threads.iter().flat_map(|line| {
            let replies = line.replies.iter().map(|reply| (&reply.id, &reply.body));
            std::iter::once((&line.id, &line.body)).chain(replies)
        });
        let mut places: Vec<&str> = texts
            .filter(|(_, body)| body.contains(PLACE))
            .map(|(id, _)| id.0.as_str())
            .collect();
        let pictures: Vec<Picture> = lines(PICTURES).unwrap();
        let mut drawn: Vec<&str> = pictures.iter().map(|one| one.post.as_str()).collect();
        places.sort_unstable();
        drawn.sort_unstable();
        assert_eq!(places, drawn);
        for picture in &pictures {
            let (width, height, pixels) = pictures::draw(&picture.post).unwrap();
            assert!(width <= 1_200 && height <= 1_200);
            assert_eq!(pixels.len(), (width * height * 4) as usize);
            assert!(
                pixels.chunks(4).all(|pixel| pixel[3] == u8::MAX),
                "{}",
                picture.post
            );
        }
    }
}
