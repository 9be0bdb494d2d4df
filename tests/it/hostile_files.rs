//! Files that mean harm or are broken: what they hide never comes out again, what they claim is not believed, what they
//! would blow up into is never made.

use std::io::{Cursor, Write};

use actix_web::http::{Method, StatusCode, header};
use hiroba::attachments::document::MAX_PARTS;
use hiroba::attachments::{MAX_BYTES, MAX_REFERENCES, Media, picture};
use hiroba::db::types::Word;
use hiroba::id::Id;
use image::ImageFormat;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::harness::files::{PDF, encoded, jpeg, png, slope};
use crate::harness::{Actor, TestApp, text};

/// What must never come out again.
const SECRET: &[u8] = b"SECRET-38.2682N-140.8694E";

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|here| here == part)
}

/// Everything that is kept of a stored image.
async fn kept(actor: &Actor<'_>, file: &Value) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for path in [text(&file["url"]), text(&file["thumb_url"])] {
        let answer = actor.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK);
        all.push(answer.bytes);
    }
    all
}

async fn refusal(actor: &Actor<'_>, name: &str, bytes: &[u8]) -> String {
    let answer = actor.send_file(name, bytes).await;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{name}: {}",
        answer.body
    );
    let errors = answer.json()["errors"].clone();
    assert_eq!(errors.as_array().unwrap().len(), 1, "{name}: {errors}");
    assert_eq!(errors[0]["field"], "file", "{name}");
    text(&errors[0]["code"])
}

/* ---- building ---- */

/// A JPEG segment: marker, length, content.
fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap();
    let mut bytes = vec![0xff, marker];
    bytes.extend(length.to_be_bytes());
    bytes.extend(content);
    bytes
}

/// EXIF with an orientation, and a GPS folder that ends with the secret.
fn exif(orientation: u16) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let mut bytes = tag.to_be_bytes().to_vec();
        bytes.extend(kind.to_be_bytes());
        bytes.extend(count.to_be_bytes());
        bytes.extend(value.to_be_bytes());
        bytes
    };
    let gps_at = 8 + 2 + 2 * 12 + 4;
    tiff.extend(2_u16.to_be_bytes());
    tiff.extend(entry(0x0112, 3, 1, u32::from(orientation) << 16));
    tiff.extend(entry(0x8825, 4, 1, gps_at));
    tiff.extend(0_u32.to_be_bytes());
    let text_at = gps_at + 2 + 12 + 4;
    tiff.extend(1_u16.to_be_bytes());
    tiff.extend(entry(
        0x001d,
        2,
        u32::try_from(SECRET.len()).unwrap(),
        text_at,
    ));
    tiff.extend(0_u32.to_be_bytes());
    tiff.extend(SECRET);
    tiff
}

/// `jpeg` with `segments` behind its first marker and `tail` behind its end.
fn with_segments(jpeg: &[u8], segments: &[Vec<u8>], tail: &[u8]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend(segments.concat());
    bytes.extend(&jpeg[2..]);
    bytes.extend(tail);
    bytes
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(content.len()).unwrap().to_be_bytes().to_vec();
    let mut body = kind.to_vec();
    body.extend(content);
    bytes.extend(&body);
    bytes.extend(crc(&body).to_be_bytes());
    bytes
}

/// CRC-32 as PNG wants it.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

/// The head of a PNG ends here.
const AFTER_IHDR: usize = 8 + 25;

fn with_chunks(png: &[u8], chunks: &[Vec<u8>], tail: &[u8]) -> Vec<u8> {
    let mut bytes = png[..AFTER_IHDR].to_vec();
    bytes.extend(chunks.concat());
    bytes.extend(&png[AFTER_IHDR..]);
    bytes.extend(tail);
    bytes
}

/// A PNG whose head claims other sides than it has.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut head = width.to_be_bytes().to_vec();
    head.extend(height.to_be_bytes());
    head.extend([8, 2, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(chunk(b"IHDR", &head));
    bytes.extend(&png(4, 4)[AFTER_IHDR..]);
    bytes
}

/// An archive with these parts, not packed.
fn archive(parts: &[&str]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for part in parts {
        writer
            .start_file(*part, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(b"<x/>").unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const DOCX: [&str; 3] = ["[Content_Types].xml", "_rels/.rels", "word/document.xml"];

/* ---- metadata ---- */

#[actix_web::test]
async fn no_place_and_no_device_come_out_of_a_photograph() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let mut app1 = b"Exif\0\0".to_vec();
    app1.extend(exif(1));
    let mut xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>".to_vec();
    xmp.extend(SECRET);
    let mut icc = b"ICC_PROFILE\0\x01\x01".to_vec();
    icc.extend(SECRET);
    let mut comment = b"<?php system($_GET['x']); ?>".to_vec();
    comment.extend(SECRET);
    let mut hidden = b"<script>alert(1)</script>".to_vec();
    hidden.extend(SECRET);
    let sent = with_segments(
        &jpeg(60, 40),
        &[
            segment(0xe1, &app1),
            segment(0xe1, &xmp),
            segment(0xe2, &icc),
            segment(0xed, SECRET),
            segment(0xfe, &comment),
        ],
        &hidden,
    );
    assert!(holds(&sent, SECRET));
    let file = aoi.store("写真.jpg", &sent).await;
    assert_eq!((&file["width"], &file["height"]), (&json!(60), &json!(40)));
    for bytes in kept(&aoi, &file).await {
        for part in [
            SECRET,
            b"Exif",
            b"xmpmeta",
            b"ICC_PROFILE",
            b"<?php",
            b"<script",
            b"\xff\xe1",
            b"\xff\xfe",
        ] {
            assert!(!holds(&bytes, part), "{}", String::from_utf8_lossy(part));
        }
        assert!(bytes.ends_with(b"\xff\xd9"), "nothing follows the end");
    }
}

#[actix_web::test]
async fn no_words_come_out_of_a_png() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let mut text_chunk = b"Author\0".to_vec();
    text_chunk.extend(SECRET);
    let mut international = b"XML:com.adobe.xmp\0\0\0\0\0".to_vec();
    international.extend(SECRET);
    let sent = with_chunks(
        &png(30, 20),
        &[
            chunk(b"tEXt", &text_chunk),
            chunk(b"iTXt", &international),
            chunk(b"eXIf", &exif(1)),
            chunk(b"tIME", &[7, 0xea, 11, 20, 15, 40, 0]),
            chunk(b"prVt", SECRET),
        ],
        &[
            archive(&["evil.html"]),
            b"<html><script>alert(1)</script>".to_vec(),
            SECRET.to_vec(),
        ]
        .concat(),
    );
    let file = aoi.store("画面.png", &sent).await;
    let whole = &kept(&aoi, &file).await[0];
    let mut kinds = Vec::new();
    let mut at = 8;
    while at < whole.len() {
        let length = u32::from_be_bytes(whole[at..at + 4].try_into().unwrap()) as usize;
        kinds.push(String::from_utf8_lossy(&whole[at + 4..at + 8]).into_owned());
        at += 12 + length;
    }
    kinds.dedup();
    assert_eq!(kinds, ["IHDR", "IDAT", "IEND"], "nothing but pixels");
    for bytes in kept(&aoi, &file).await {
        for part in [SECRET, b"PK\x03\x04", b"<script"] {
            assert!(!holds(&bytes, part));
        }
    }
    // A WebP with EXIF and XMP, after its own rules.
    let plain = encoded(&slope(16, 16), ImageFormat::WebP);
    let riff = |name: &[u8; 4], content: &[u8]| {
        let mut bytes = name.to_vec();
        bytes.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        bytes.extend(content);
        bytes.resize(bytes.len() + content.len() % 2, 0);
        bytes
    };
    let mut body = b"WEBP".to_vec();
    body.extend(riff(b"VP8X", &[0x0c, 0, 0, 0, 15, 0, 0, 15, 0, 0]));
    body.extend(&plain[12..]);
    body.extend(riff(b"EXIF", &exif(1)));
    body.extend(riff(b"XMP ", SECRET));
    let sent = riff(b"RIFF", &body);
    let file = aoi.store("画面.webp", &sent).await;
    for bytes in kept(&aoi, &file).await {
        assert!(!holds(&bytes, SECRET));
    }
}

/// A phone held sideways says so in EXIF: the picture is turned before that is thrown away.
#[actix_web::test]
async fn photographs_are_turned_upright() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let near =
        |pixel: [u8; 3], wanted: [u8; 3]| pixel.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 40);
    // Red grows to the right, green downwards.
    let flat = slope(80, 40);
    for (orientation, size, top_left) in [
        (1, (80, 40), [0, 0, 60]),
        (3, (80, 40), [255, 255, 60]),
        (6, (40, 80), [0, 255, 60]),
        (8, (40, 80), [255, 0, 60]),
        (0, (80, 40), [0, 0, 60]),
        (99, (80, 40), [0, 0, 60]),
    ] {
        let mut app1 = b"Exif\0\0".to_vec();
        app1.extend(exif(orientation));
        let sent = with_segments(
            &encoded(&flat, ImageFormat::Jpeg),
            &[segment(0xe1, &app1)],
            b"",
        );
        let file = aoi.store("写真.jpg", &sent).await;
        for (place, bytes) in kept(&aoi, &file).await.iter().enumerate() {
            let seen = image::load_from_memory(bytes).unwrap().to_rgb8();
            assert_eq!(seen.dimensions(), size, "{orientation} {place}");
            let pixel = seen.get_pixel(1, 1).0;
            assert!(near(pixel, top_left), "{orientation} {place}: {pixel:?}");
        }
    }
}

/* ---- what is not what it says ---- */

#[actix_web::test]
async fn polyglots_lose_their_second_face() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    // A GIF whose head is a comment in JavaScript.
    let mut gif = encoded(&slope(8, 8), ImageFormat::Gif);
    gif.extend(b"*/=1;alert(document.cookie)//");
    let file = aoi.store("x.gif", &gif).await;
    assert_eq!(file["media_type"], "image/png");
    for bytes in kept(&aoi, &file).await {
        assert!(!holds(&bytes, b"alert") && !bytes.starts_with(b"GIF"));
    }
    // GIF and script with nothing of a picture in between.
    let code = refusal(&aoi, "x.gif", b"GIF89a/*\0\0\0*/=1;alert(1)//").await;
    assert!(
        ["broken", "too_many_pixels"].contains(&code.as_str()),
        "{code}"
    );
    // A page that begins as something else.
    for (name, bytes) in [
        ("x.pdf", b"<html>%PDF-1.4 %%EOF".to_vec()),
        (
            "x.docx",
            [b"<script>alert(1)</script>".to_vec(), archive(&DOCX)].concat(),
        ),
        ("x.png", b"<html><script>alert(1)</script>".to_vec()),
    ] {
        assert_eq!(refusal(&aoi, name, &bytes).await, "unknown_type", "{name}");
    }
    // PDF and page at once: saved, never shown.
    let both = [PDF, b"<script>alert(1)</script>%%EOF"].concat();
    let file = aoi.store("x.html", &both).await;
    assert_eq!(file["name"], "x.html.pdf");
    let sent = aoi.get(&text(&file["url"])).await;
    assert_eq!(sent.header("content-type"), "application/pdf");
    assert!(
        sent.header("content-disposition")
            .starts_with("attachment; ")
    );
    assert!(sent.header("content-security-policy").contains("sandbox"));
    assert_eq!(sent.header("x-content-type-options"), "nosniff");
}

#[actix_web::test]
async fn content_decides_not_the_name() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    for (name, bytes, kind, kept) in [
        ("写真.png", jpeg(4, 4), Media::Jpeg, "写真.jpg"),
        ("page.html", png(4, 4), Media::Png, "page.html.png"),
        ("画像.jpg", PDF.to_vec(), Media::Pdf, "画像.jpg.pdf"),
        (
            "表.docx",
            archive(&["[Content_Types].xml", "xl/workbook.xml"]),
            Media::Excel,
            "表.docx.xlsx",
        ),
        ("文書.docx", archive(&DOCX), Media::Word, "文書.docx"),
        (
            "発表.pptx",
            archive(&["[Content_Types].xml", "ppt/presentation.xml"]),
            Media::PowerPoint,
            "発表.pptx",
        ),
    ] {
        let file = aoi.store(name, &bytes).await;
        assert_eq!(
            (text(&file["media_type"]), text(&file["name"])),
            (kind.word().to_owned(), kept.to_owned())
        );
        let sent = aoi.get(&text(&file["url"])).await;
        assert_eq!(sent.header("content-type"), kind.word());
        assert_eq!(
            sent.header("content-disposition").is_empty(),
            kind.is_image()
        );
        if !kind.is_image() {
            assert_eq!(sent.bytes, bytes);
        }
    }
    let svg = b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"><script>alert(1)</script></svg>";
    for (name, bytes, code) in [
        ("x.svg", svg.to_vec(), "unknown_type"),
        ("x.png", svg.to_vec(), "unknown_type"),
        (
            "x.html",
            b"<!doctype html><script>alert(1)</script>".to_vec(),
            "unknown_type",
        ),
        ("x.txt", "ただの文".as_bytes().to_vec(), "unknown_type"),
        (
            "x.bmp",
            b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec(),
            "unknown_type",
        ),
        (
            "x.tiff",
            b"II\x2a\0\x08\0\0\0\0\0\0\0".to_vec(),
            "unknown_type",
        ),
        (
            "x.heic",
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(),
            "unknown_type",
        ),
        ("x.exe", b"MZ\x90\0\x03\0\0\0".to_vec(), "unknown_type"),
        ("x.zip", archive(&["a.txt", "b.txt"]), "unknown_type"),
        ("x.docx", archive(&["word/document.xml"]), "unknown_type"),
        (
            "x.docx",
            archive(&[
                "[Content_Types].xml",
                "word/document.xml",
                "word/vbaProject.bin",
            ]),
            "macros",
        ),
        (
            "x.docx",
            archive(&[
                "[Content_Types].xml",
                "word/document.xml",
                "WORD/VBAPROJECT.BIN",
            ]),
            "macros",
        ),
        (
            "x.doc",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0".to_vec(),
            "old_office",
        ),
        ("x.png", Vec::new(), "required"),
    ] {
        assert_eq!(refusal(&aoi, name, &bytes).await, code, "{name}");
    }
}

#[actix_web::test]
async fn what_is_cut_off_is_said_to_be() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let (png, jpeg, docx) = (png(64, 64), jpeg(64, 64), archive(&DOCX));
    let gif = encoded(&slope(64, 64), ImageFormat::Gif);
    let webp = encoded(&slope(64, 64), ImageFormat::WebP);
    for (name, whole) in [
        ("x.png", &png[..]),
        ("x.gif", &gif),
        ("x.webp", &webp),
        ("x.pdf", PDF),
        ("x.docx", &docx),
    ] {
        for length in [16, whole.len() / 2, whole.len() - 8] {
            let code = refusal(&aoi, name, &whole[..length]).await;
            assert_eq!(code, "broken", "{name} {length} of {}", whole.len());
        }
    }
    assert_eq!(refusal(&aoi, "x.jpg", &jpeg[..200]).await, "broken");
    let mut damaged = png.clone();
    damaged[AFTER_IHDR + 20] ^= 0xff;
    assert_eq!(refusal(&aoi, "x.png", &damaged).await, "broken");
}

/* ---- what is too much ---- */

/// Refused by the head alone: no memory is asked for.
#[actix_web::test]
async fn bombs_are_refused_before_they_go_off() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let started = std::time::Instant::now();
    for (width, height) in [
        (65_535, 65_535),
        (u32::MAX >> 1, 1),
        (40_001, 1_000),
        (8_000, 5_001),
    ] {
        let code = refusal(&aoi, "x.png", &claiming(width, height)).await;
        assert_eq!(code, "too_many_pixels", "{width} × {height}");
    }
    let mut jpeg = jpeg(8, 8);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert_eq!(refusal(&aoi, "x.jpg", &jpeg).await, "too_many_pixels");
    let mut gif = encoded(&slope(8, 8), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert_eq!(refusal(&aoi, "x.gif", &gif).await, "too_many_pixels");
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    // The edge itself is no bomb: its head is taken, and its pixels are missed.
    assert_eq!(picture::MAX_PIXELS, 8_000 * 5_000);
    assert_eq!(
        refusal(&aoi, "x.png", &claiming(8_000, 5_000)).await,
        "broken"
    );
    // Nothing is unpacked of an Office file: what its parts would become does not matter, how many they are does.
    let names: Vec<String> = (0..MAX_PARTS - 1)
        .map(|number| format!("x/{number}"))
        .collect();
    let mut parts: Vec<&str> = names.iter().map(String::as_str).collect();
    parts.extend(["[Content_Types].xml", "word/document.xml"]);
    assert_eq!(refusal(&aoi, "x.docx", &archive(&parts)).await, "broken");
    parts.remove(0);
    aoi.store("x.docx", &archive(&parts)).await;
}

#[actix_web::test]
async fn ten_mebibytes_are_taken_and_not_a_byte_more() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let of = |length: usize| {
        let mut bytes = b"%PDF-1.4\n".to_vec();
        bytes.resize(length - 6, b' ');
        bytes.extend(b"%%EOF\n");
        bytes
    };
    let file = aoi.store("手引き.pdf", &of(MAX_BYTES)).await;
    assert_eq!(file["bytes"], MAX_BYTES);
    assert_eq!(aoi.get(&text(&file["url"])).await.bytes.len(), MAX_BYTES);
    assert_eq!(
        refusal(&aoi, "手引き.pdf", &of(MAX_BYTES + 1)).await,
        "too_large"
    );
    // Much longer ones are read to their end, so that the browser hears why, and not kept.
    assert_eq!(
        refusal(&aoi, "手引き.pdf", &of(3 * MAX_BYTES)).await,
        "too_large"
    );
    let endless = aoi.send_file("手引き.pdf", &of(65 * 1024 * 1024)).await;
    assert_eq!(endless.status, StatusCode::PAYLOAD_TOO_LARGE);
    // Texts are bounded as in any form.
    let long = "あ".repeat(400_000);
    let answer = aoi
        .post_parts("/threads", &[("action", "attach"), ("body", &long)], None)
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let many: Vec<(&str, &str)> = vec![("x", ""); 1_001];
    let answer = aoi.post_parts("/api/v1/files", &many, None).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

/* ---- names and envelopes ---- */

#[actix_web::test]
async fn names_never_reach_the_disk_or_a_header() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let long = "長".repeat(5_000);
    for (name, kept) in [
        ("../../etc/passwd", "passwd.pdf".to_owned()),
        // In a header a backslash does no more than quote what follows.
        (
            "..\\..\\windows\\system32\\x.pdf",
            "windowssystem32x.pdf".to_owned(),
        ),
        ("/etc/cron.d/x", "x.pdf".to_owned()),
        (
            "a\r\nSet-Cookie: hiroba_session=x\r\n.pdf",
            "a_0D_0ASet-Cookie_ hiroba_session=x_0D_0A.pdf".to_owned(),
        ),
        ("手引き\u{202e}fdp.exe", "手引きfdp.exe.pdf".to_owned()),
        (long.as_str(), format!("{}.pdf", "長".repeat(80))),
        (
            "\"; filename=evil.html; x=\"",
            "_22_ filename=evil.html_ x=_22.pdf".to_owned(),
        ),
        ("", "ファイル.pdf".to_owned()),
    ] {
        let file = aoi.store(name, PDF).await;
        assert_eq!(text(&file["name"]), kept, "{name:?}");
        let sent = aoi.get(&text(&file["url"])).await;
        let disposition = sent.header("content-disposition");
        assert!(
            disposition.starts_with("attachment; filename=\"file.pdf\"; filename*=UTF-8''"),
            "{disposition}"
        );
        assert_eq!(
            disposition.matches("filename").count(),
            2 + usize::from(kept.contains("filename")),
            "{disposition}"
        );
        assert_eq!(sent.header("set-cookie"), "");
    }
    // What lies on the disk is called by ids alone.
    let folder = app.app.config.data_dir.join("files");
    let mut found = 0;
    for inner in std::fs::read_dir(&folder).unwrap().flatten() {
        for file in std::fs::read_dir(inner.path()).unwrap().flatten() {
            let name = file.file_name().into_string().unwrap();
            assert!(name.parse::<Id>().is_ok(), "{name}");
            found += 1;
        }
    }
    assert_eq!(found, 8);
}

#[actix_web::test]
async fn broken_envelopes_are_refused() {
    let app = TestApp::new().await;
    let aoi = app.teacher("aoi");
    let kind = "multipart/form-data; boundary=b";
    for (kind, body, wanted) in [
        (kind, "", 400),
        (kind, "nonsense", 400),
        (kind, "--b\r\n", 400),
        (
            kind,
            "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
            400,
        ),
        (
            kind,
            "--b\r\nContent-Disposition: attachment; name=\"file\"\r\n\r\nx\r\n--b--\r\n",
            400,
        ),
        (
            kind,
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nx",
            400,
        ),
        ("multipart/form-data", "--b--\r\n", 400),
        ("multipart/mixed; boundary=b", "--b--\r\n", 400),
        ("application/json", "{}", 400),
        ("application/x-www-form-urlencoded", "rights=own", 400),
        (kind, "--b--\r\n", 422),
        (
            kind,
            "--b\r\nContent-Disposition: form-data; name=\"rights\"\r\n\r\nown\r\n--b--\r\n",
            422,
        ),
    ] {
        let request = aoi
            .request(Method::POST, "/api/v1/files")
            .insert_header((header::CONTENT_TYPE, kind))
            .set_payload(body);
        let answer = aoi.send(request).await;
        assert_eq!(
            answer.status.as_u16(),
            wanted,
            "{kind} {body:?}: {}",
            answer.body
        );
    }
    let mut latin = b"--b\r\nContent-Disposition: form-data; name=\"alt\"\r\n\r\n".to_vec();
    latin.extend(b"\x83\x65\r\n--b--\r\n");
    let request = aoi
        .request(Method::POST, "/api/v1/files")
        .insert_header((header::CONTENT_TYPE, kind))
        .set_payload(latin);
    assert_eq!(aoi.send(request).await.status, StatusCode::BAD_REQUEST);
}

/// A body full of references costs one look for all of them.
#[actix_web::test]
async fn a_thousand_references_are_looked_at_up_to_a_limit() {
    let app = TestApp::new().await;
    let (aoi, sota) = (app.teacher("aoi"), app.teacher("sota"));
    let file = aoi.store("x.png", &png(4, 4)).await;
    let unknown = |count: usize| {
        (0..count)
            .map(|number| format!("/files/00000000-0000-7000-8000-{number:012x}\n"))
            .collect::<String>()
    };
    let (over, within) = (unknown(MAX_REFERENCES), unknown(MAX_REFERENCES - 1));
    let last = |before: &str| format!("{before}{}", text(&file["markdown"]));
    aoi.thread("question", "多すぎる", &last(&over)).await;
    assert_eq!(
        sota.get(&text(&file["url"])).await.status,
        StatusCode::NOT_FOUND
    );
    aoi.thread("question", "ちょうど", &last(&within)).await;
    assert_eq!(sota.get(&text(&file["url"])).await.status, StatusCode::OK);
}
