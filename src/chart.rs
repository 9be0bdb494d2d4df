//! Bar charts as SVG that stands in a page: no script, no style attributes, read in grey (shades beside numbers) and by
//! screen readers (a title and a description; the same figures stand in a table beside it, which is the caller's).

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::error::{Error, Result};

/// Units of the drawing, which scales with its place; letters of this size are legible at 320 px.
const WIDTH: u32 = 360;
const LETTER: u32 = 13;
/// Height of a bar, between bars of one group, between groups, for a line of text.
const BAR: u32 = 16;
const GAP: u32 = 3;
const BETWEEN: u32 = 14;
const LINE: u32 = 18;
/// What is kept to the right of the longest bar for its number.
const NUMBER: u32 = 64;

/// From dark to light, told apart in grey; the last has an edge in the colour of the first.
const SHADES: [RGBColor; 4] = [
    RGBColor(0x2b, 0x36, 0x4a),
    RGBColor(0x7a, 0x89, 0xa3),
    RGBColor(0xb9, 0xc3, 0xd4),
    RGBColor(0xff, 0xff, 0xff),
];
const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);
const EDGE: RGBColor = RGBColor(0x76, 0x76, 0x76);

/// Of one thing: a value for each series, None where it is not shown.
#[derive(Clone, Debug)]
pub struct Bars {
    pub label: String,
    pub values: Vec<Option<f64>>,
}

/// Horizontal bars, in groups of up to four.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Distinct within the page: ids are made of it.
    pub id: String,
    pub title: String,
    /// What the picture says, in a sentence or two.
    pub description: String,
    /// The names of the bars of a group; one name is not drawn.
    pub series: Vec<String>,
    pub groups: Vec<Bars>,
    /// What the longest possible bar stands for; None: the greatest value.
    pub most: Option<f64>,
    /// Digits after the point.
    pub decimals: usize,
    /// What stands where there is no value.
    pub absent: String,
}

impl Chart {
    /// The `<svg>` element.
    ///
    /// # Errors
    /// Where the library cannot draw.
    pub fn svg(&self) -> Result<String> {
        let legend = self.series.len() > 1;
        let bars = u32::try_from(self.series.len().clamp(1, SHADES.len())).unwrap_or(1);
        let head = if legend { bars * LINE + BETWEEN } else { 0 };
        let groups = self.groups.iter().map(|group| {
            let bars = group.values.len().min(SHADES.len());
            LINE + u32::try_from(bars).unwrap_or(0) * (BAR + GAP) + BETWEEN
        });
        let height = head + groups.sum::<u32>();
        let mut drawn = String::new();
        {
            let area =
                SVGBackend::with_string(&mut drawn, (WIDTH, height.max(LINE))).into_drawing_area();
            self.draw(&area, legend, head).map_err(Error::internal)?;
            area.present().map_err(Error::internal)?;
        }
        let inner = drawn
            .split_once("<svg")
            .and_then(|(_, rest)| rest.split_once('>'))
            .map_or("", |(_, inner)| inner);
        let (id, title) = (escape(&self.id), escape(&self.title));
        let description = escape(&self.description);
        Ok(format!(
            "<svg class=\"bars\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{description}</desc>{inner}",
            height.max(LINE)
        ))
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, plotters::coord::Shift>,
        legend: bool,
        head: u32,
    ) -> std::result::Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        let text = |at: VPos| {
            ("sans-serif", LETTER)
                .into_font()
                .color(&INK)
                .pos(Pos::new(HPos::Left, at))
        };
        if legend {
            for ((name, shade), row) in self.series.iter().zip(SHADES).zip(0..) {
                let top = row * LINE as i32;
                self.bar(
                    area,
                    (0, top + 2),
                    (LETTER as i32, top + 2 + LETTER as i32),
                    shade,
                )?;
                let at = (LETTER as i32 + 6, top + 2 + LETTER as i32 / 2);
                area.draw(&Text::new(name.as_str(), at, text(VPos::Center)))?;
            }
        }
        let values = self.groups.iter().flat_map(|group| &group.values);
        let greatest = values.flatten().copied().fold(0.0_f64, f64::max);
        let most = self.most.unwrap_or(greatest).max(f64::MIN_POSITIVE);
        let room = f64::from(WIDTH - NUMBER);
        let mut top = head as i32;
        for group in &self.groups {
            let middle = (0, top + LINE as i32 / 2);
            area.draw(&Text::new(group.label.as_str(), middle, text(VPos::Center)))?;
            top += LINE as i32;
            for (value, shade) in group.values.iter().zip(SHADES) {
                let bottom = top + BAR as i32;
                let (end, words) = match value {
                    Some(value) => {
                        let end = (value / most).clamp(0.0, 1.0) * room;
                        let end = (end.round() as i32).max(1);
                        self.bar(area, (0, top), (end, bottom), shade)?;
                        (end, format!("{value:.0$}", self.decimals))
                    }
                    None => (0, self.absent.clone()),
                };
                let at = (end + 6, top + BAR as i32 / 2);
                area.draw(&Text::new(words, at, text(VPos::Center)))?;
                top += (BAR + GAP) as i32;
            }
            top += BETWEEN as i32;
        }
        Ok(())
    }

    fn bar<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, plotters::coord::Shift>,
        from: (i32, i32),
        to: (i32, i32),
        shade: RGBColor,
    ) -> std::result::Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        area.draw(&Rectangle::new([from, to], shade.filled()))?;
        area.draw(&Rectangle::new([from, to], EDGE.stroke_width(1)))
    }
}

/// A text as XML holds it.
fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> Chart {
        Chart {
            id: "gap".to_owned(),
            title: "学校種ごとの平均 <b>".to_owned(),
            description: "小学校は3.1、幼稚園は出しません。".to_owned(),
            series: vec!["A 準備".to_owned(), "B 授業".to_owned()],
            groups: vec![
                Bars {
                    label: "小学校 & 中学校".to_owned(),
                    values: vec![Some(3.12), Some(2.0)],
                },
                Bars {
                    label: "幼稚園".to_owned(),
                    values: vec![None, Some(0.0)],
                },
            ],
            most: Some(4.0),
            decimals: 1,
            absent: "出しません".to_owned(),
        }
    }

    #[test]
    fn a_chart_says_its_figures_and_escapes_its_words() {
        let svg = chart().svg().unwrap();
        for part in [
            "role=\"img\" aria-labelledby=\"gap-t gap-d\"",
            "学校種ごとの平均 &lt;b&gt;",
            "小学校 &amp; 中学校",
            "3.1",
            "出しません",
            "A 準備",
        ] {
            assert!(svg.contains(part), "{part}\n{svg}");
        }
        assert!(
            svg.ends_with("</svg>\n") || svg.ends_with("</svg>"),
            "{svg}"
        );
        assert!(!svg.contains("style=") && !svg.contains("<script"), "{svg}");
        assert_eq!(svg.matches("<svg").count(), 1);
    }

    #[test]
    fn a_chart_of_nothing_is_drawn_too() {
        let empty = Chart {
            groups: Vec::new(),
            most: None,
            ..chart()
        };
        assert!(empty.svg().unwrap().contains("</svg>"));
    }
}
