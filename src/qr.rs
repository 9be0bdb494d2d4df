//! A QR code as inline SVG, for what is printed: one path, no style, no script, so that it stands under the page's policy
//! and costs a page about a kilobyte after compression. Knows nothing of what the address opens.

use qrcode::bits::encode_auto;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::ec::construct_codewords;
use qrcode::{Color, EcLevel};

/// Modules left white on every side, as ISO/IEC 18004 asks for.
const QUIET: usize = 4;
/// Level M: a hand-out may be folded, stained or copied once, which takes up to 15 % of its modules.
const LEVEL: EcLevel = EcLevel::M;
/// Readers take any of the eight masks. Trying them all to keep the prettiest took a seventh of a thread page's time.
const MASK: MaskPattern = MaskPattern::DiagonalLines;

/// The rows of modules of `text`; None where it is longer than any code holds.
fn modules(text: &str) -> Option<Vec<Vec<Color>>> {
    let bits = encode_auto(text.as_bytes(), LEVEL).ok()?;
    let version = bits.version();
    let (data, correction) = construct_codewords(&bits.into_bytes(), version, LEVEL).ok()?;
    let mut canvas = Canvas::new(version, LEVEL);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    canvas.apply_mask(MASK);
    let side = usize::try_from(version.width()).ok()?.max(1);
    let rows = canvas.into_colors();
    Some(rows.chunks(side).map(<[Color]>::to_vec).collect())
}

/// The address as a QR code that a reader announces as `label`.
///
/// None where the address is longer than any code holds (2,331 bytes): the page goes without.
pub fn svg(url: &str, label: &str) -> Option<String> {
    let rows = modules(url)?;
    let mut path = String::new();
    for (y, row) in rows.iter().enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|left, right| left == right) {
            if run.first() == Some(&Color::Dark) {
                let (left, top, long) = (x + QUIET, y + QUIET, run.len());
                path.push_str(&format!("M{left} {top}h{long}v1h-{long}z"));
            }
            x += run.len();
        }
    }
    let whole = rows.len() + 2 * QUIET;
    let label = attribute(label);
    Some(format!(
        r#"<svg class="qr" viewBox="0 0 {whole} {whole}" shape-rendering="crispEdges" role="img" aria-label="{label}"><path d="{path}"/></svg>"#
    ))
}

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that the path paints, as rows of # and blanks.
    fn painted(svg: &str) -> Vec<String> {
        let side: usize = svg
            .split("viewBox=\"0 0 ")
            .nth(1)
            .and_then(|rest| rest.split(' ').next())
            .and_then(|side| side.parse().ok())
            .unwrap();
        let mut rows = vec![vec![' '; side]; side];
        let path = svg.split("d=\"").nth(1).unwrap().split('"').next().unwrap();
        for run in path.split('z').filter(|run| !run.is_empty()) {
            let (place, rest) = run.trim_start_matches('M').split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let long: usize = rest.split('v').next().unwrap().parse().unwrap();
            for cell in &mut rows[y][x..x + long] {
                assert_eq!(*cell, ' ', "painted twice");
                *cell = '#';
            }
        }
        rows.into_iter()
            .map(|row| row.into_iter().collect())
            .collect()
    }

    /// What a reader takes the picture for: rows of # and blanks, four pixels a module.
    fn read(rows: &[String]) -> String {
        let rows: Vec<Vec<char>> = rows.iter().map(|row| row.chars().collect()).collect();
        let side = 4 * rows.len();
        let mut picture =
            rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
                match rows[y / 4][x / 4] {
                    '#' => 0,
                    _ => 255,
                }
            });
        let grids = picture.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn a_reader_finds_the_address_in_what_the_path_paints() {
        for url in [
            "https://hiroba.example/t/bcd2345",
            "http://127.0.0.1:8080/c/x7k2m9p",
            "https://hiroba.sendai-c.example.ed.jp/a/very/long/path/before/it/t/bcd2345",
        ] {
            let rows = painted(&svg(url, "この実践のページを開くQRコード").unwrap());
            assert_eq!(read(&rows), url);
            assert!(rows[0].trim().is_empty() && rows[3].trim().is_empty());
            assert!(rows[4].starts_with("    #######"));
        }
    }

    #[test]
    fn a_label_stays_in_its_attribute() {
        let made = svg("https://hiroba.example/t/bcd2345", "\"><script>&").unwrap();
        assert!(
            made.contains(r#"aria-label="&quot;>&lt;script>&amp;""#),
            "{made}"
        );
    }

    #[test]
    fn an_address_that_no_code_holds_gives_none() {
        assert_eq!(svg(&"あ".repeat(2000), "x"), None);
    }

    #[test]
    fn it_is_light() {
        let made = svg("https://hiroba.example/t/bcd2345", "QRコード").unwrap();
        assert!(made.len() < 8_000, "{}", made.len());
    }
}
