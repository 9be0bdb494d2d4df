//! How long a body may take to come. A client that stalls, or dribbles, is let go; one on a weak network is not.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use futures_util::Stream;
use futures_util::stream::LocalBoxStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::error::Error;

/// How long nothing may come.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// When the answer to one that came too slowly has been sent.
const ANSWERED_BY: Duration = Duration::from_secs(5);
/// On the average a body comes faster than this, bytes a second: ten mebibytes may take three hours.
const SLOWEST: u32 = 1_000;

/// The layer: every body is read under these limits, whoever reads it.
pub async fn layer<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    match request.take_payload() {
        Payload::None => {}
        body => request.set_payload(Payload::from(
            Box::pin(Patient::new(body)) as LocalBoxStream<'static, _>
        )),
    }
    next.call(request).await
}

/// What the failure of a body means.
pub fn unread(error: &PayloadError) -> Error {
    match error {
        PayloadError::Overflow => Error::TooLarge,
        PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut => Error::TooSlow,
        _ => Error::BadRequest("the body cannot be read".to_owned()),
    }
}

struct Patient {
    body: Payload,
    until: Pin<Box<Sleep>>,
}

impl Patient {
    fn new(body: Payload) -> Patient {
        Patient {
            body,
            until: Box::pin(sleep_until(Instant::now() + LONGEST_PAUSE)),
        }
    }
}

/// The moment by which the next bytes must be here: what came late is not made good by having once been fast.
fn next_deadline(before: Instant, now: Instant, bytes: usize) -> Instant {
    let earned = Duration::from_secs(1) / SLOWEST * u32::try_from(bytes).unwrap_or(u32::MAX);
    (before + earned).min(now + LONGEST_PAUSE)
}

impl Stream for Patient {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.body).poll_next(context);
        if let Poll::Ready(Some(Ok(bytes))) = &polled {
            let next = next_deadline(self.until.deadline(), Instant::now(), bytes.len());
            self.until.as_mut().reset(next);
        }
        if polled.is_pending() && self.until.as_mut().poll(context).is_ready() {
            // Actix would wait for the rest of a chunked body that nobody holds, as long as the client likes.
            let body = std::mem::replace(&mut self.body, Payload::None);
            drop(actix_web::rt::spawn(async move {
                tokio::time::sleep(ANSWERED_BY).await;
                drop(body);
            }));
            let late = io::Error::from(io::ErrorKind::TimedOut);
            return Poll::Ready(Some(Err(PayloadError::Io(late))));
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_it_and_so_does_a_dribble() {
        let begun = Instant::now();
        let second = Duration::from_secs(1);
        // Ten mebibytes at once are no credit for a pause.
        let fast = next_deadline(begun + LONGEST_PAUSE, begun + second, 10 << 20);
        assert_eq!(fast, begun + second + LONGEST_PAUSE);
        // One byte a second: over after little more than a pause.
        let (mut until, mut now) = (begun + LONGEST_PAUSE, begun);
        while now < until {
            now += second;
            until = next_deadline(until, now, 1);
        }
        assert!(now < begun + LONGEST_PAUSE + 2 * second);
        // Two kilobytes a second: never.
        let (mut until, mut now) = (begun + LONGEST_PAUSE, begun);
        for _ in 0..10_000 {
            now += second;
            assert!(now < until);
            until = next_deadline(until, now, 2_000);
        }
    }
}
