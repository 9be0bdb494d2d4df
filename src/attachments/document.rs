//! Files that are no images: PDF and the present formats of Office, recognised by content and never unpacked. Of an
//! archive only the list of its parts is read. They are kept as they came, with whatever their programs wrote into them.

use std::io::Cursor;

use zip::ZipArchive;

use super::Media;
use crate::error::FieldError;

/// Parts of an Office file that are looked at; an honest one has some hundreds.
pub const MAX_PARTS: usize = 20_000;
/// Where the end of a PDF is looked for: programs add a little behind it.
const PDF_TAIL: usize = 2_048;
const ZIP: &[u8] = b"PK\x03\x04";
/// Compound files: Office before 2007, and today's Office files under a password.
const OLD_OFFICE: &[u8] = b"\xd0\xcf\x11\xe0";

/// What `bytes` are, where we take it.
///
/// # Errors
/// `FieldError` that says what to do instead.
pub fn recognise(bytes: &[u8]) -> Result<Media, FieldError> {
    if bytes.starts_with(b"%PDF-") {
        let tail = bytes.get(bytes.len().saturating_sub(PDF_TAIL)..);
        let ends = tail.is_some_and(|tail| tail.windows(5).any(|part| part == b"%%EOF"));
        return if ends { Ok(Media::Pdf) } else { Err(broken()) };
    }
    if bytes.starts_with(ZIP) {
        return office(bytes);
    }
    if bytes.starts_with(OLD_OFFICE) {
        return Err(refused(
            "old_office",
            "古い形式（.doc、.xls、.ppt）か、パスワードの付いたファイルです。パスワードを外し、Word・Excel・PowerPointのいまの形式（.docxなど）かPDFで保存し直してください。",
        ));
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return Err(refused(
            "unknown_type",
            "この形式の写真や動画は入れられません。iPhoneの写真（HEIC）は、画面を切り取って保存するか、JPEGにしてから選んでください。",
        ));
    }
    Err(refused(
        "unknown_type",
        "入れられるのは、画像（PNG・JPEG・WebP・GIF）と、PDF・Word・Excel・PowerPointです。ほかの形式は、PDFか画像にしてください。",
    ))
}

fn office(bytes: &[u8]) -> Result<Media, FieldError> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    if archive.len() > MAX_PARTS {
        return Err(broken());
    }
    let has = |name: &[u8]| archive.file_names_raw().any(|part| part == name);
    if archive
        .file_names_raw()
        .any(|part| part.to_ascii_lowercase().ends_with(b"vbaproject.bin"))
    {
        return Err(refused(
            "macros",
            "マクロの入ったファイルは入れられません。マクロを外して保存し直すか、PDFにしてください。",
        ));
    }
    let known = [
        (&b"word/document.xml"[..], Media::Word),
        (&b"xl/workbook.xml"[..], Media::Excel),
        (&b"ppt/presentation.xml"[..], Media::PowerPoint),
    ];
    known
        .into_iter()
        .find(|(part, _)| has(b"[Content_Types].xml") && has(part))
        .map(|(_, media)| media)
        .ok_or_else(|| {
            refused(
                "unknown_type",
                "ZIPなどのまとめたファイルは入れられません。中のファイルを1つずつ選んでください。",
            )
        })
}

fn broken() -> FieldError {
    refused(
        "broken",
        "ファイルを読み取れませんでした。途中で切れているかもしれません。開けることを確かめて、もう一度選んでください。",
    )
}

fn refused(code: &str, message: &str) -> FieldError {
    FieldError {
        field: "file".to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
    }
}
