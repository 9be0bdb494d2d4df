//! Where the bytes of files lie: a folder of the data directory, or a store that speaks S3. Objects are named by ids alone.
//! The only user of `object_store`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::aws::AmazonS3Builder;
use object_store::client::SpawnedReqwestConnector;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::intake::Prepared;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::id::Id;

/// The folder of the data directory.
const FOLDER: &str = "files";

/// How often a store is asked again that does not answer well, and for how long: somebody waits.
const RETRIES: usize = 3;
const PATIENCE: Duration = Duration::from_secs(15);

/// Which form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As posts link to it.
    Whole,
    /// The small form of an image, always JPEG.
    Thumb,
}

/// Bytes on their way out.
pub struct Stored {
    pub length: u64,
    pub stream: BoxStream<'static, std::io::Result<Bytes>>,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Shelf {
    store: Arc<dyn ObjectStore>,
    #[expect(dead_code, reason = "held, never read: dropping it ends the thread")]
    connections: Option<Arc<Connections>>,
}

/// The thread that drives the connections to a store. They are shared by all who ask: one that was driven by a thread
/// which is busy or gone would keep the next who uses it waiting.
struct Connections {
    #[expect(dead_code, reason = "held, never read: dropping it ends the thread")]
    open: oneshot::Sender<()>,
}

impl Connections {
    fn start() -> Result<(Handle, Connections)> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::internal)?;
        let handle = runtime.handle().clone();
        let (open, closed) = oneshot::channel::<()>();
        std::thread::Builder::new()
            .name("file store".to_owned())
            .spawn(move || {
                // An error says that nobody holds the other end any more: that is the sign to end.
                let _ = runtime.block_on(closed);
            })
            .map_err(Error::internal)?;
        Ok((handle, Connections { open }))
    }
}

impl Shelf {
    /// # Errors
    /// `Internal` for a folder that cannot be made or a store that cannot be addressed. A store is not asked yet.
    pub fn open(config: &Config) -> Result<Shelf> {
        let files = &config.files;
        let Some((bucket, folder)) = files.bucket() else {
            let folder = config.data_dir.join(FOLDER);
            std::fs::create_dir_all(&folder).map_err(Error::internal)?;
            let local = LocalFileSystem::new_with_prefix(folder).map_err(Error::internal)?;
            return Ok(Shelf {
                store: Arc::new(local.with_fsync(true)),
                connections: None,
            });
        };
        // Fails where one is installed already: that one will do.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let (handle, connections) = Connections::start()?;
        let mut builder = AmazonS3Builder::new()
            .with_http_connector(SpawnedReqwestConnector::new(handle))
            .with_bucket_name(bucket)
            .with_disable_bulk_delete(true) // not every store that speaks S3 has it
            .with_access_key_id(&files.access_key)
            .with_secret_access_key(&files.secret_key);
        builder = builder.with_retry(RetryConfig {
            max_retries: RETRIES,
            retry_timeout: PATIENCE,
            ..RetryConfig::default()
        });
        if !files.region.is_empty() {
            builder = builder.with_region(&files.region);
        }
        if !files.endpoint.is_empty() {
            builder = builder
                .with_endpoint(&files.endpoint)
                .with_allow_http(files.endpoint.starts_with("http://"));
        }
        let store = builder.build().map_err(Error::internal)?;
        Ok(Shelf {
            store: Arc::new(PrefixStore::new(store, folder)),
            connections: Some(Arc::new(connections)),
        })
    }

    /// Puts a file under `id`; the small form first, so that nothing is found without it.
    ///
    /// # Errors
    /// `Internal` when the store does not take it: parts of it may lie there.
    pub async fn put(&self, id: Id, prepared: &Prepared) -> Result<()> {
        if let Some(thumb) = &prepared.thumb {
            self.put_form(id, Form::Thumb, thumb).await?;
        }
        self.put_form(id, Form::Whole, &prepared.content).await
    }

    async fn put_form(&self, id: Id, form: Form, bytes: &Bytes) -> Result<()> {
        let payload = PutPayload::from(bytes.clone());
        self.store
            .put(&path(id, form), payload)
            .await
            .map_err(fault)?;
        Ok(())
    }

    /// # Errors
    /// `NotFound` where nothing lies, `Internal` when the store does not answer.
    pub async fn get(&self, id: Id, form: Form) -> Result<Stored> {
        let found = match self.store.get(&path(id, form)).await {
            Ok(found) => found,
            Err(StoreError::NotFound { .. }) => {
                tracing::error!(attachment = %id, "a stored file is missing");
                return Err(Error::NotFound);
            }
            Err(other) => return Err(fault(other)),
        };
        Ok(Stored {
            length: found.meta.size,
            stream: found
                .into_stream()
                .map(|part| part.map_err(std::io::Error::other))
                .boxed(),
        })
    }

    /// Removes what lies under `id`, if anything does.
    ///
    /// # Errors
    /// `Internal` when the store does not answer.
    pub async fn remove(&self, id: Id) -> Result<()> {
        for form in [Form::Whole, Form::Thumb] {
            match self.store.delete(&path(id, form)).await {
                Ok(()) | Err(StoreError::NotFound { .. }) => {}
                Err(other) => return Err(fault(other)),
            }
        }
        Ok(())
    }
}

/// `3f/0199….thumb`: spread over 256 folders by the last, random, byte.
fn path(id: Id, form: Form) -> Path {
    let [.., last] = *id.0.as_bytes();
    let ending = match form {
        Form::Whole => "",
        Form::Thumb => ".thumb",
    };
    Path::from(format!("{last:02x}/{id}{ending}"))
}

/// The cause may hold the address of the store, never its keys.
fn fault(error: StoreError) -> Error {
    let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
    let full = causes.into_iter().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::StorageFull)
    });
    if full {
        return Error::NoRoom("files".to_owned());
    }
    Error::internal(format!("file store: {error}"))
}
