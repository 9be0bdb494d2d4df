//! A QR code as inline SVG, for what is printed: one path, no style, no script, so that it stands under the page's policy
//! and costs a page about a kilobyte after compression. Knows nothing of what the address opens.

use qrcode::{Color, EcLevel, QrCode};

/// Modules left white on every side, as ISO/IEC 18004 asks for.
const QUIET: usize = 4;

/// The address as a QR code that a reader announces as `label`. Level M: a hand-out may be folded, stained or copied once,
/// which takes up to 15 % of its modules.
///
/// None where the address is longer than any code holds (2,331 bytes): the page goes without.
pub fn svg(url: &str, label: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(url, EcLevel::M).ok()?;
    let side = code.width().max(1);
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(side).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|left, right| left == right) {
            if run.first() == Some(&Color::Dark) {
                let (left, top, long) = (x + QUIET, y + QUIET, run.len());
                path.push_str(&format!("M{left} {top}h{long}v1h-{long}z"));
            }
            x += run.len();
        }
    }
    let whole = side + 2 * QUIET;
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

    #[test]
    fn the_path_paints_the_code_within_its_quiet_zone() {
        let url = "https://hiroba.example/t/bcd2345";
        let rows = painted(&svg(url, "この実践のページを開くQRコード").unwrap());
        let code = QrCode::with_error_correction_level(url, EcLevel::M).unwrap();
        let plain = code
            .render::<char>()
            .dark_color('#')
            .light_color(' ')
            .module_dimensions(1, 1)
            .build();
        let plain: Vec<&str> = plain.lines().collect();
        assert_eq!(rows, plain);
        assert!(rows[0].trim().is_empty() && rows[3].trim().is_empty());
        assert!(rows[4].starts_with("    #######"));
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
