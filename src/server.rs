//! A running server: binds, says where it listens, serves, and stops gracefully.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::HttpServer;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::db::Address;
use crate::error::{Error, Result};
use crate::web::create_app;
use crate::worker;

/// How long a stop may take: `drain_seconds`, then what is under way.
const STOP: Duration = Duration::from_secs(10);
/// Background threads are waited for no less.
const LEAST_WAIT: Duration = Duration::from_secs(1);
/// A client that sends its head no faster is let go.
const SLOWEST_HEAD: Duration = Duration::from_secs(15);
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// A client that takes nothing of an answer for so long is let go.
#[cfg(target_os = "linux")]
const SLOWEST_READER_MILLIS: u32 = 60_000;
/// Connections at once, over all workers.
const MAX_CONNECTIONS: usize = 4096;
/// Threads that read requests; the work itself is done on blocking threads, bounded by the pools' semaphores.
const WORKERS: usize = 2;

/// Keeps a second server off one SQLite data directory, as long as it lives.
pub struct Lock(
    #[expect(dead_code, reason = "held, never read: closing it ends the lock")] Option<File>,
);

/// # Errors
/// `Internal` when another server has the directory.
pub fn lock(address: &Address, data_dir: &Path) -> Result<Lock> {
    if matches!(address, Address::Postgres(_)) {
        return Ok(Lock(None));
    }
    std::fs::create_dir_all(data_dir).map_err(Error::internal)?;
    let file = File::create(data_dir.join("hiroba.lock")).map_err(Error::internal)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(Some(file))),
        Err(TryLockError::WouldBlock) => Err(Error::internal(format!(
            "another server is running on {}",
            data_dir.display()
        ))),
        Err(TryLockError::Error(error)) => Err(Error::internal(error)),
    }
}

/// # Errors
/// `Internal` when the address is taken or not ours.
pub fn bind(address: &str) -> Result<TcpListener> {
    let listener = TcpListener::bind(address)
        .map_err(|error| Error::internal(format!("cannot listen on {address}: {error}")))?;
    // Connections have it from the listener. Elsewhere such a client keeps its place.
    #[cfg(target_os = "linux")]
    rustix::net::sockopt::set_tcp_user_timeout(&listener, SLOWEST_READER_MILLIS)
        .map_err(Error::internal)?;
    Ok(listener)
}

/// Serves until SIGTERM or SIGINT. Then `/readyz` says 503 for `drain_seconds` while requests are still taken; a second
/// signal ends that at once. After it nothing more is accepted, and what is under way is finished. `announce` is told
/// the address once connections are accepted.
///
/// # Errors
/// When the server cannot start.
pub fn run(
    app: &App,
    listener: TcpListener,
    announce: impl FnOnce(&str) -> Result<()>,
) -> Result<()> {
    let address = listener.local_addr().map_err(Error::internal)?;
    let threads = worker::start(app)?;
    worker::ask_to_render_again(app)?;
    let ended = actix_web::rt::System::new().block_on(serve(app.clone(), listener, || {
        announce(&format!("http://{address}"))
    }));
    app.bell.stop();
    let begun = app.stopping.get().copied().unwrap_or_else(Instant::now);
    end(threads, (begun + STOP).max(Instant::now() + LEAST_WAIT));
    ended
}

/// Waits for background threads, but not for one that a mail server keeps: what it had taken is due again after its lease.
fn end(threads: Vec<JoinHandle<()>>, deadline: Instant) {
    for thread in threads {
        while !thread.is_finished() && Instant::now() < deadline {
            std::thread::park_timeout(Duration::from_millis(10));
        }
        if !thread.is_finished() {
            tracing::warn!("a background thread is left behind");
        } else if thread.join().is_err() {
            tracing::error!("a background thread panicked");
        }
    }
}

async fn serve(
    app: App,
    listener: TcpListener,
    announce: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let grace = Duration::from_secs(u64::from(app.config.drain_seconds));
    let served = app.clone();
    let server = HttpServer::new(move || create_app(served.clone()))
        .workers(WORKERS)
        .client_request_timeout(SLOWEST_HEAD)
        .keep_alive(KEEP_ALIVE)
        // Else the last piece of a compressed answer waits 40 ms for the client's acknowledgement of the one before.
        .tcp_nodelay(true)
        .max_connections(MAX_CONNECTIONS / WORKERS)
        .shutdown_timeout(STOP.saturating_sub(grace).as_secs())
        .disable_signals()
        .listen(listener)
        .map_err(Error::internal)?
        .run();
    let handle = server.handle();
    // Before the line is said: who reads it may ask us to stop at once.
    let mut term = signal(SignalKind::terminate()).map_err(Error::internal)?;
    let mut int = signal(SignalKind::interrupt()).map_err(Error::internal)?;
    announce()?;
    let stopping = tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        tracing::info!("stopping");
        // Set once: this task alone does it.
        let _ = app.stopping.set(Instant::now());
        tokio::select! {
            () = tokio::time::sleep(grace) => {}
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        app.bell.stop();
        handle.stop(true).await;
    });
    let ended = server.await.map_err(Error::internal);
    stopping.abort();
    ended
}

/// Writes `line` to standard output at once.
pub fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(Error::internal)
}
