//! Files as browsers send them, and small images to send.

use actix_web::http::{Method, StatusCode, header};
use serde_json::Value;

use super::{Actor, Answer};

/// What parts the parts.
const BOUNDARY: &str = "----hiroba-parts-7MA4YWxkTrZu0gW";

/// A body of `multipart/form-data`: texts, then a file under `file`. The name goes as it is, quotes escaped as browsers do.
pub fn parts(fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .into_bytes(),
        );
    }
    if let Some((name, bytes)) = file {
        let name = name
            .replace('"', "%22")
            .replace('\r', "%0D")
            .replace('\n', "%0A");
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n").into_bytes());
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    body
}

impl Actor<'_> {
    /// A form in parts.
    pub async fn post_parts(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        file: Option<(&str, &[u8])>,
    ) -> Answer {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let request = self
            .request(Method::POST, path)
            .insert_header((header::CONTENT_TYPE, kind))
            .set_payload(parts(fields, file));
        self.send(request).await
    }

    /// Sends a file of one's own work to the API.
    pub async fn send_file(&self, name: &str, bytes: &[u8]) -> Answer {
        let fields = [("alt", "提出箱の画面"), ("rights", "own")];
        self.post_parts("/api/v1/files", &fields, Some((name, bytes)))
            .await
    }

    /// The same, taken.
    pub async fn store(&self, name: &str, bytes: &[u8]) -> Value {
        let answer = self.send_file(name, bytes).await;
        assert_eq!(
            answer.status,
            StatusCode::CREATED,
            "{name}: {}",
            answer.body
        );
        answer.json()
    }
}

/// An image of a slope of colours: no two neighbours are the same, corners tell how it is turned.
pub fn slope(width: u32, height: u32) -> image::RgbImage {
    image::RgbImage::from_fn(width, height, |x, y| {
        let part = |at: u32, of: u32| u8::try_from(at * 255 / of.max(1)).unwrap();
        image::Rgb([part(x, width), part(y, height), 60])
    })
}

pub fn encoded(image: &image::RgbImage, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(&slope(width, height), image::ImageFormat::Png)
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encoded(&slope(width, height), image::ImageFormat::Jpeg)
}

pub const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
