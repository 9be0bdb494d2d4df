//! What nothing could do faster on this machine: the limits that the program is held against.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::http::header;
use actix_web::middleware::Compress;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hiroba::db::schema::{replies, sessions};
use hiroba::db::{Address, Database, Db};
use hiroba::id::Id;
use hiroba::secret::Secret;

/// As many as the program has.
const WORKERS: usize = 2;

/// The bytes that the bare reader writes: those of the page it is compared with.
pub type Page = Arc<Mutex<Bytes>>;

/// A server that looks up a session, reads twenty rows through the same kind of pool and writes the same bytes. Returns
/// its address.
pub fn serve(address: &Address, page: Page) -> String {
    let database = Database::open(address).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let listens = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(Data::new(database.clone()))
                .app_data(Data::new(Arc::clone(&page)))
                .wrap(Compress::default())
                .route("/threads/{id}", actix_web::web::get().to(read))
        });
        let server = server.workers(WORKERS).tcp_nodelay(true).disable_signals();
        actix_web::rt::System::new()
            .block_on(server.listen(listener).unwrap().run())
            .unwrap();
    });
    listens
}

async fn read(
    database: Data<Database>,
    page: Data<Page>,
    thread: Path<uuid::Uuid>,
    request: HttpRequest,
) -> HttpResponse {
    let session = request.cookie("hiroba_session").unwrap();
    let hash = Secret::presented(session.value()).hash();
    let thread = Id(*thread);
    let rows = database
        .read(move |db| {
            let _: (Id, Id) = sessions::table
                .filter(sessions::secret_hash.eq(hash))
                .select((sessions::id, sessions::account_id))
                .first(db)?;
            let rows: Vec<(Id, Id, String)> = replies::table
                .filter(replies::thread_id.eq(thread))
                .order((replies::created_at, replies::id))
                .limit(20)
                .select((replies::id, replies::author_id, replies::body_html))
                .load(db)?;
            Ok(rows.len())
        })
        .await
        .unwrap();
    assert_eq!(rows, 20);
    let page = page.lock().unwrap().clone();
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(page)
}

/// A table of its own for bare inserts, in the same database on PostgreSQL, beside it on SQLite: there a second program
/// would have to wait for the first one's lock.
pub fn table(address: &Address) -> Database {
    let address = match address {
        Address::Sqlite(file) => Address::Sqlite(format!("{file}.bare")),
        Address::Postgres(url) => Address::Postgres(url.clone()),
    };
    let database = Database::open(&address).unwrap();
    database
        .write_here(|db| {
            let id = if matches!(db, Db::Postgres(_)) { "UUID" } else { "BLOB" };
            db.batch_execute(&format!(
                "CREATE TABLE bare (id {id} PRIMARY KEY, thread_id {id} NOT NULL, body TEXT NOT NULL, body_html TEXT NOT NULL)"
            ))
            .unwrap();
            Ok(())
        })
        .unwrap();
    database
}

diesel::table! {
    bare (id) {
        id -> hiroba::db::types::UuidSql,
        thread_id -> hiroba::db::types::UuidSql,
        body -> Text,
        body_html -> Text,
    }
}

/// One durable insert through the program's own pool and queue.
pub fn insert(database: &Database, id: Id, thread: Id, body: &str) {
    let row = (
        bare::id.eq(id),
        bare::thread_id.eq(thread),
        bare::body.eq(body),
        bare::body_html.eq(body),
    );
    database
        .write_here(|db| Ok(diesel::insert_into(bare::table).values(row).execute(db)?))
        .unwrap();
}
