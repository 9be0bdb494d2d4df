//! What the pictures are drawn with: shapes, colours, and a canvas that fills and strokes them. A
//! shape is made first and painted after, so that one word for each shape and one for each way of
//! painting is enough. Lengths are pixels, y grows downwards, angles are degrees clockwise from
//! the right. Nothing here draws text: the post's words and the alternative text carry it.

use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Mask, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash,
    Transform,
};

/// A point: x and y.
pub(super) type Spot = (f32, f32);

/// An outline to be painted; none where there is nothing to paint, as with a width of zero.
pub(super) type Shape = Option<Path>;

/// A colour, and how much of what lies below it hides (0 to 1).
#[derive(Clone, Copy)]
pub(super) struct Ink {
    rgb: u32,
    cover: f32,
}

/// The opaque colour of a CSS number such as `0xfaf8f4`.
pub(super) const fn ink(rgb: u32) -> Ink {
    Ink { rgb, cover: 1.0 }
}

// The forum's own colours; what only one picture needs stands beside that picture.
pub(super) const PAPER: Ink = ink(0xfaf8f4);
pub(super) const WHITE: Ink = ink(0xffffff);
pub(super) const SAND: Ink = ink(0xf3ede1);
pub(super) const LINE: Ink = ink(0xded6c8);
pub(super) const EDGE: Ink = ink(0x767676);
pub(super) const DARK: Ink = ink(0x333333);
pub(super) const GREY: Ink = ink(0xb4b4b4);
pub(super) const BLUE: Ink = ink(0x0017c1);
pub(super) const BLUE_TINT: Ink = ink(0xe8f1fe);
pub(super) const GREEN: Ink = ink(0x197a4b);
pub(super) const YELLOW: Ink = ink(0xffd43d);
pub(super) const OCHRE: Ink = ink(0xa58000);
pub(super) const RED: Ink = ink(0xce0000);

impl Ink {
    /// The same colour, hiding only `cover` (0 to 1) of what lies below.
    pub(super) const fn thin(self, cover: f32) -> Ink {
        Ink { cover, ..self }
    }

    fn paint(self) -> Paint<'static> {
        let mut paint = Paint::default();
        paint.set_color(self.color());
        paint
    }

    fn color(self) -> Color {
        let [_, red, green, blue] = self.rgb.to_be_bytes();
        let mut color = Color::from_rgba8(red, green, blue, u8::MAX);
        color.apply_opacity(self.cover);
        color
    }
}

/// A sheet that is painted on from back to front.
pub(super) struct Canvas {
    pixels: Pixmap,
    window: Option<Mask>,
    frame: Transform,
}

impl Canvas {
    /// An empty sheet, `ground` all over; none for a side of 0.
    pub(super) fn new(width: u32, height: u32, ground: Ink) -> Option<Self> {
        let mut pixels = Pixmap::new(width, height)?;
        pixels.fill(ground.color());
        Some(Self {
            pixels,
            window: None,
            frame: Transform::identity(),
        })
    }

    /// Width, height and RGBA pixels (8 bits, not premultiplied).
    pub(super) fn into_rgba(self) -> (u32, u32, Vec<u8>) {
        (
            self.pixels.width(),
            self.pixels.height(),
            self.pixels.take_demultiplied(),
        )
    }

    /// Paints the inside of `shape`.
    pub(super) fn fill(&mut self, shape: Shape, ink: Ink) {
        if let Some(path) = shape {
            let window = self.window.as_ref();
            self.pixels
                .fill_path(&path, &ink.paint(), FillRule::Winding, self.frame, window);
        }
    }

    /// Draws along `shape` with a round pen `width` pixels wide.
    pub(super) fn stroke(&mut self, shape: Shape, width: f32, ink: Ink) {
        self.trace(shape, width, None, ink);
    }

    /// Like [`Canvas::stroke`], with dashes of `dash` pixels and gaps of the same length.
    pub(super) fn dashes(&mut self, shape: Shape, width: f32, dash: f32, ink: Ink) {
        // The round ends of the pen would eat a pen's width of every gap.
        let pattern = vec![(dash - width).max(0.1), dash + width];
        self.trace(shape, width, StrokeDash::new(pattern, 0.0), ink);
    }

    /// Paints the inside of `shape` with `inside` and a line of 2 pixels around it.
    pub(super) fn panel(&mut self, shape: Shape, inside: Ink, edge: Ink) {
        self.fill(shape.clone(), inside);
        self.stroke(shape, 2.0, edge);
    }

    /// Lets `draw` paint only inside of `shape`. A window in a window replaces the outer one.
    pub(super) fn within(&mut self, shape: Shape, draw: impl FnOnce(&mut Self)) {
        let mask = Mask::new(self.pixels.width(), self.pixels.height());
        let (Some(path), Some(mut mask)) = (shape, mask) else {
            return;
        };
        mask.fill_path(&path, FillRule::Winding, true, self.frame);
        let outer = self.window.replace(mask);
        draw(self);
        self.window = outer;
    }

    /// Lets `draw` paint around its own origin, which lies at `at`, is turned by `turn` degrees and
    /// `scale` times as large.
    pub(super) fn placed(&mut self, at: Spot, scale: f32, turn: f32, draw: impl FnOnce(&mut Self)) {
        let outer = self.frame;
        self.frame = outer
            .pre_translate(at.0, at.1)
            .pre_concat(Transform::from_rotate(turn))
            .pre_scale(scale, scale);
        draw(self);
        self.frame = outer;
    }

    /// Lets `draw` paint with left and right exchanged around the origin.
    pub(super) fn mirrored(&mut self, draw: impl FnOnce(&mut Self)) {
        let outer = self.frame;
        self.frame = outer.pre_scale(-1.0, 1.0);
        draw(self);
        self.frame = outer;
    }

    fn trace(&mut self, shape: Shape, width: f32, dash: Option<StrokeDash>, ink: Ink) {
        if let Some(path) = shape {
            let (line_cap, line_join) = (LineCap::Round, LineJoin::Round);
            let pen = Stroke {
                width,
                line_cap,
                line_join,
                dash,
                ..Stroke::default()
            };
            let window = self.window.as_ref();
            self.pixels
                .stroke_path(&path, &ink.paint(), &pen, self.frame, window);
        }
    }
}

/// A rectangle from its upper left corner.
pub(super) fn rect(x: f32, y: f32, width: f32, height: f32) -> Shape {
    polygon([
        (x, y),
        (x + width, y),
        (x + width, y + height),
        (x, y + height),
    ])
}

/// A rectangle with corners rounded by `radius`, or by half its shorter side if that is less.
pub(super) fn rounded(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Shape {
    let radius = radius.min(width / 2.0).min(height / 2.0);
    let (left, right) = (x + radius, x + width - radius);
    let (top, bottom) = (y + radius, y + height - radius);
    let corner = |x, y, from| round((x, y), radius, from, from + 90.0);
    let corners = corner(left, top, 180.0)
        .chain(corner(right, top, 270.0))
        .chain(corner(right, bottom, 0.0))
        .chain(corner(left, bottom, 90.0));
    polygon(corners)
}

/// A circle around `at`.
pub(super) fn circle(at: Spot, radius: f32) -> Shape {
    PathBuilder::from_circle(at.0, at.1, radius)
}

/// A straight line.
pub(super) fn line(from: Spot, to: Spot) -> Shape {
    path([from, to], false)
}

/// Straight lines from point to point.
pub(super) fn lines(spots: impl IntoIterator<Item = Spot>) -> Shape {
    path(spots, false)
}

/// A closed shape with straight sides.
pub(super) fn polygon(spots: impl IntoIterator<Item = Spot>) -> Shape {
    path(spots, true)
}

/// A part of a circle's edge, from one angle to a larger one.
pub(super) fn arc(centre: Spot, radius: f32, from: f32, to: f32) -> Shape {
    path(round(centre, radius, from, to), false)
}

/// The area below an [`arc`], cut off straight from its one end to its other.
pub(super) fn cut_circle(centre: Spot, radius: f32, from: f32, to: f32) -> Shape {
    path(round(centre, radius, from, to), true)
}

/// A line from one point to another, pulled towards `bends`.
pub(super) fn curve(from: Spot, bends: [Spot; 2], to: Spot) -> Shape {
    let [first, second] = bends;
    let mut builder = PathBuilder::new();
    builder.move_to(from.0, from.1);
    builder.cubic_to(first.0, first.1, second.0, second.1, to.0, to.1);
    builder.finish()
}

/// A level line from `from` that swings `swing` up and down, once in `length`, until x is `until`.
pub(super) fn wave(from: Spot, until: f32, length: f32, swing: f32) -> Shape {
    let steps = ((until - from.0) / 2.0).max(0.0) as u16;
    path(
        (0..=steps).map(|step| {
            let way = f32::from(step) * 2.0;
            (
                from.0 + way,
                from.1 + swing * (way / length * std::f32::consts::TAU).sin(),
            )
        }),
        false,
    )
}

/// Points along a circle, close enough that straight lines between them look round.
fn round(centre: Spot, radius: f32, from: f32, to: f32) -> impl Iterator<Item = Spot> {
    const STEP: f32 = 4.0;
    let steps = ((to - from) / STEP).ceil().max(1.0) as u16;
    (0..=steps).map(move |step| {
        let angle = (from + (to - from) * f32::from(step) / f32::from(steps)).to_radians();
        (
            centre.0 + radius * angle.cos(),
            centre.1 + radius * angle.sin(),
        )
    })
}

fn path(spots: impl IntoIterator<Item = Spot>, closed: bool) -> Shape {
    let mut spots = spots.into_iter();
    let mut builder = PathBuilder::new();
    let (x, y) = spots.next()?;
    builder.move_to(x, y);
    for (x, y) in spots {
        builder.line_to(x, y);
    }
    if closed {
        builder.close();
    }
    builder.finish()
}
