//! Images: recognised by content, decoded within limits, turned upright, and encoded anew, so that nothing of the file
//! that came is kept but its pixels: no place, no device, no comment, no second file hidden behind the image.
//!
//! JPEG stays JPEG. Everything else becomes PNG, which keeps letters on screens sharp; of a moving image the first
//! picture. Where that would be heavier than `HEAVY_PNG` and nothing is transparent (a photograph), JPEG is taken.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops::{self, FilterType as Scaling};
use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits, Rgb,
    RgbImage,
};

use super::Media;
use super::intake::Prepared;
use crate::error::FieldError;

/// Pixels of an image as it is sent: a photograph of 40 megapixels.
pub const MAX_PIXELS: u64 = 40_000_000;
/// Memory that a decoder may take for them: four bytes each, and as much again for its own.
const MAX_MEMORY: u64 = MAX_PIXELS * 8;
/// Longest side of an image as it is kept, in pixels.
pub const MAX_SIDE: u32 = 2_000;
/// Longest side of its small form.
pub const THUMB_SIDE: u32 = 480;
/// Bytes from which an opaque image is kept as JPEG.
const HEAVY_PNG: usize = 1024 * 1024;
/// Of 100.
const QUALITY: u8 = 85;
const THUMB_QUALITY: u8 = 72;

/// The format of `bytes`, where it is one that we take.
pub fn format(bytes: &[u8]) -> Option<ImageFormat> {
    image::guess_format(bytes).ok().filter(|format| {
        matches!(
            format,
            ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Gif
        )
    })
}

/// Decodes and encodes anew. Takes up to a second and `MAX_MEMORY`.
///
/// # Errors
/// `FieldError` for what is too large, cut off or no image at all.
pub fn prepare(bytes: &[u8], format: ImageFormat) -> Result<Prepared, FieldError> {
    let image = decode(bytes, format)?;
    let image = fit(image, MAX_SIDE);
    let opaque = is_opaque(&image);
    let (media, content) = encode(&image, format, opaque)?;
    let thumb = jpeg(&on_white(&fit(image.clone(), THUMB_SIDE)), THUMB_QUALITY)?;
    Ok(Prepared {
        media,
        content: content.into(),
        thumb: Some(thumb.into()),
        pixels: Some((image.width(), image.height())),
    })
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, FieldError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(too_many_pixels());
    }
    if width == 0 || height == 0 {
        return Err(broken());
    }
    let orientation = decoder.orientation().map_err(refusal)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// At most `side` pixels long and wide; a smaller one stays as it is. No side vanishes.
fn fit(image: DynamicImage, side: u32) -> DynamicImage {
    if image.width() <= side && image.height() <= side {
        return image;
    }
    image.resize(side, side, Scaling::CatmullRom)
}

fn is_opaque(image: &DynamicImage) -> bool {
    !image.color().has_alpha() || image.to_rgba8().pixels().all(|pixel| pixel.0[3] == u8::MAX)
}

fn encode(
    image: &DynamicImage,
    format: ImageFormat,
    opaque: bool,
) -> Result<(Media, Vec<u8>), FieldError> {
    if format == ImageFormat::Jpeg {
        return Ok((Media::Jpeg, jpeg(&image.to_rgb8(), QUALITY)?));
    }
    let content = if opaque {
        png(&DynamicImage::ImageRgb8(image.to_rgb8()))?
    } else {
        png(&DynamicImage::ImageRgba8(image.to_rgba8()))?
    };
    if opaque && content.len() > HEAVY_PNG {
        return Ok((Media::Jpeg, jpeg(&image.to_rgb8(), QUALITY)?));
    }
    Ok((Media::Png, content))
}

fn png(image: &DynamicImage) -> Result<Vec<u8>, FieldError> {
    let mut content = Vec::new();
    PngEncoder::new_with_quality(&mut content, CompressionType::Default, FilterType::Adaptive)
        .write_image(
            image.as_bytes(),
            image.width(),
            image.height(),
            image.color().into(),
        )
        .map_err(refusal)?;
    Ok(content)
}

fn jpeg(image: &RgbImage, quality: u8) -> Result<Vec<u8>, FieldError> {
    let mut content = Vec::new();
    JpegEncoder::new_with_quality(&mut content, quality)
        .encode_image(image)
        .map_err(refusal)?;
    Ok(content)
}

/// What is transparent shows white, as on the page.
fn on_white(image: &DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.to_rgb8();
    }
    let white = Rgb([u8::MAX; 3]);
    let page = RgbImage::from_pixel(image.width(), image.height(), white);
    let mut page = DynamicImage::ImageRgb8(page).to_rgba8();
    imageops::overlay(&mut page, &image.to_rgba8(), 0, 0);
    DynamicImage::ImageRgba8(page).to_rgb8()
}

fn refusal(error: ImageError) -> FieldError {
    match error {
        ImageError::Limits(_) => too_many_pixels(),
        _ => broken(),
    }
}

fn too_many_pixels() -> FieldError {
    FieldError {
        field: "file".to_owned(),
        code: "too_many_pixels".to_owned(),
        message: "画像の縦横が大きすぎます。4,000万画素までです。小さくするか、画面を切り取って保存したものを選んでください。"
            .to_owned(),
    }
}

fn broken() -> FieldError {
    FieldError {
        field: "file".to_owned(),
        code: "broken".to_owned(),
        message: "画像を読み取れませんでした。途中で切れているかもしれません。開けることを確かめて、もう一度選んでください。"
            .to_owned(),
    }
}
