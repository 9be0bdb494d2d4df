//! Files in a store that speaks S3: a small one of our own, over HTTP.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use chrono::TimeDelta;
use hiroba::attachments::shelf::{Form, Shelf};
use hiroba::config::Config;
use hiroba::error::Error;
use hiroba::id::Id;

use crate::harness::files::png;
use crate::harness::{TestApp, text};

#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, Bytes>,
    /// Requests that were not signed with the key.
    unsigned: usize,
    /// Answers that fail before the next one does not.
    failing: usize,
}

type Shared = Data<Mutex<Bucket>>;

async fn serve(request: HttpRequest, body: Bytes, bucket: Shared) -> HttpResponse {
    let mut bucket = bucket.lock().unwrap();
    let signature = request.headers().get("authorization");
    let signed = signature.is_some_and(|value| {
        let value = value.to_str().unwrap();
        value.starts_with("AWS4-HMAC-SHA256 Credential=the-key/") && !value.contains("the-secret")
    });
    bucket.unsigned += usize::from(!signed);
    if bucket.failing > 0 {
        bucket.failing -= 1;
        return HttpResponse::ServiceUnavailable().finish();
    }
    let path = request.path().to_owned();
    match *request.method() {
        Method::PUT => {
            bucket.objects.insert(path, body);
            HttpResponse::Ok().insert_header(("etag", "\"x\"")).finish()
        }
        Method::GET => match bucket.objects.get(&path) {
            Some(object) => HttpResponse::Ok()
                .insert_header(("etag", "\"x\""))
                .insert_header(("last-modified", "Fri, 20 Nov 2026 06:40:00 GMT"))
                .body(object.clone()),
            None => HttpResponse::NotFound().finish(),
        },
        Method::DELETE => {
            bucket.objects.remove(&path);
            HttpResponse::NoContent().finish()
        }
        _ => HttpResponse::MethodNotAllowed().finish(),
    }
}

/// The store, and its address.
fn store() -> (Arc<Mutex<Bucket>>, String) {
    let bucket = Shared::new(Mutex::new(Bucket::default()));
    let shared = bucket.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(web::PayloadConfig::new(20_000_000))
            .default_service(web::to(serve))
    })
    .workers(1)
    .bind("127.0.0.1:0")
    .unwrap();
    let address = format!("http://{}", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    (bucket.into_inner(), address)
}

fn at(config: &mut Config, endpoint: &str) {
    config.files.url = "s3://hiroba/forum/files".to_owned();
    config.files.endpoint = endpoint.to_owned();
    config.files.region = "jp-east".to_owned();
    config.files.access_key = "the-key".to_owned();
    config.files.secret_key = "the-secret".to_owned();
    config.check().unwrap();
}

#[actix_web::test]
async fn files_lie_in_a_bucket() {
    let (bucket, endpoint) = store();
    let app = TestApp::with(|config| at(config, &endpoint)).await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let kept = aoi.store("画面.png", &png(40, 30)).await;
    let orphan = aoi.store("別の画面.png", &png(40, 30)).await;
    let names: Vec<String> = bucket.lock().unwrap().objects.keys().cloned().collect();
    assert_eq!(names.len(), 4);
    for name in &names {
        assert!(
            name.starts_with("/hiroba/forum/files/") && name.is_ascii(),
            "{name}"
        );
    }
    aoi.thread("question", "画面", &text(&kept["markdown"]))
        .await;
    for path in [text(&kept["url"]), text(&kept["thumb_url"])] {
        let seen = sota.get(&path).await;
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.body);
        assert_eq!(image::load_from_memory(&seen.bytes).unwrap().width(), 40);
    }
    assert!(!app.app.config.data_dir.join("files").exists());
    app.advance(TimeDelta::hours(48));
    app.drain();
    assert_eq!(bucket.lock().unwrap().objects.len(), 2);
    assert_eq!(
        sota.again().get(&text(&kept["url"])).await.status,
        StatusCode::OK
    );
    assert_eq!(
        aoi.again().get(&text(&orphan["url"])).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(bucket.lock().unwrap().unsigned, 0);
}

#[actix_web::test]
async fn a_store_that_stumbles_is_asked_again_and_one_that_is_down_is_our_fault() {
    let (bucket, endpoint) = store();
    let app = TestApp::with(|config| at(config, &endpoint)).await;
    let aoi = app.teacher("aoi");
    bucket.lock().unwrap().failing = 1;
    let file = aoi.store("画面.png", &png(4, 4)).await;
    assert_eq!(aoi.get(&text(&file["url"])).await.status, StatusCode::OK);
    bucket.lock().unwrap().failing = 1_000;
    let failed = aoi.send_file("画面.png", &png(4, 4)).await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        !failed.body.contains("127.0.0.1") && !failed.body.contains("the-"),
        "{}",
        failed.body
    );
    bucket.lock().unwrap().failing = 0;
    // Nothing was recorded of it: after a while nothing of it is left to do either.
    app.advance(TimeDelta::hours(48));
    app.drain();
    assert_eq!(bucket.lock().unwrap().objects.len(), 0);
}

/// TLS has its cryptography: without one, the first connection would end the thread.
#[actix_web::test]
async fn a_store_behind_tls_can_be_asked() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}", listener.local_addr().unwrap());
    drop(listener);
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config {
        data_dir: folder.path().to_owned(),
        ..Config::default()
    };
    at(&mut config, &endpoint);
    let shelf = Shelf::open(&config).unwrap();
    let id = Id::new(hiroba::clock::At::parse(crate::harness::START).unwrap());
    assert!(matches!(
        shelf.get(id, Form::Whole).await,
        Err(Error::Internal(_))
    ));
}
