//! Static files: embedded into the binary, served under addresses that hold a hash of their content, so that browsers
//! may keep them for a year.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/frontend/static"]
struct Files;

/// Characters of the content's SHA-256 in an address.
const HASH: usize = 16;

/// The address of `name` (relative to `frontend/static`); the plain one where no such file exists.
pub fn url(name: &str) -> String {
    match Files::get(name) {
        Some(file) => {
            let hash = data_encoding::HEXLOWER.encode(&file.metadata.sha256_hash());
            let short: String = hash.chars().take(HASH).collect();
            match name.rsplit_once('.') {
                Some((stem, ending)) => format!("/static/{stem}.{short}.{ending}"),
                None => format!("/static/{name}"),
            }
        }
        None => format!("/static/{name}"),
    }
}

/// A static file as it is sent.
pub struct Asset {
    pub body: Cow<'static, [u8]>,
    pub content_type: &'static str,
}

/// The file behind the path after `/static/`; only with the hash of its present content.
pub fn find(path: &str) -> Option<Asset> {
    let (rest, ending) = path.rsplit_once('.')?;
    let (stem, hash) = rest.rsplit_once('.')?;
    let name = format!("{stem}.{ending}");
    let file = Files::get(&name)?;
    let present = data_encoding::HEXLOWER.encode(&file.metadata.sha256_hash());
    if hash.len() != HASH || !present.starts_with(hash) {
        return None;
    }
    let content_type = match ending {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "application/octet-stream",
    };
    Some(Asset {
        body: file.data,
        content_type,
    })
}
