//! Pictures of things: a cabinet that charges devices, and leaves on paper.

use super::canvas::{
    Canvas, DARK, EDGE, GREY, Ink, LINE, PAPER, RED, Shape, Spot, WHITE, YELLOW, arc, circle,
    curve, ink, line, polygon, rect, rounded,
};

// ---- A charging cabinet ----

/// What the light of a device in the cabinet says.
#[derive(Clone, Copy, PartialEq)]
enum Charge {
    Full,
    Charging,
    NotPlugged,
}

/// Two shelves of ten devices; three cables end short of their device, and a close look at both.
pub(super) fn charging_cabinet() -> Option<Canvas> {
    use Charge::{Charging as C, Full as F, NotPlugged as N};
    let mut c = Canvas::new(960, 620, PAPER)?;
    c.panel(rounded(24.0, 24.0, 672.0, 572.0, 14.0), ink(0x9aa0a6), EDGE);
    shelf(&mut c, 50.0, [F, C, F, N, F, F, C, F, C, F]);
    shelf(&mut c, 322.0, [F, N, F, C, F, F, N, F, C, F]);
    let (plugged, not_plugged) = ((826.0, 172.0), (826.0, 442.0));
    // From the last slot above, the nearest to the circle.
    c.stroke(line((656.0, 114.0), (718.0, 142.0)), 3.0, DARK);
    close_look(&mut c, plugged, Charge::Full);
    c.stroke(circle(plugged, 112.0), 5.0, DARK);
    close_look(&mut c, not_plugged, Charge::NotPlugged);
    c.dashes(circle(not_plugged, 112.0), 5.0, 14.0, RED);
    Some(c)
}

fn shelf(c: &mut Canvas, top: f32, slots: [Charge; 10]) {
    c.fill(rect(46.0, top, 628.0, 248.0), ink(0xf1f2f3));
    c.fill(rect(46.0, top + 236.0, 628.0, 12.0), ink(0xc9cdd1));
    for (slot, charge) in (0_u8..).zip(slots) {
        let middle = 77.4 + 62.8 * f32::from(slot);
        if slot > 0 {
            let wall = middle - 31.4;
            c.stroke(line((wall, top + 14.0), (wall, top + 236.0)), 2.0, GREY);
        }
        c.placed((middle, top), 1.0, 0.0, |c| device_in_slot(c, charge));
    }
    // After all slots, so that no neighbour's wall crosses a circle.
    for (slot, charge) in (0_u8..).zip(slots) {
        if charge == Charge::NotPlugged {
            let middle = 77.4 + 62.8 * f32::from(slot);
            c.dashes(circle((middle, top + 74.0), 40.0), 4.0, 8.0, RED);
        }
    }
}

/// One slot from its rail down: cable, plug, device on its edge, light. The plug of a good slot is
/// in so far that its yellow ring is hidden.
fn device_in_slot(c: &mut Canvas, charge: Charge) {
    let (plug, bends) = match charge {
        Charge::NotPlugged => ((-3.0, 46.0), [(16.0, 20.0), (-18.0, 22.0)]),
        Charge::Full | Charge::Charging => ((0.0, 69.0), [(13.0, 30.0), (7.0, 44.0)]),
    };
    c.fill(rect(-31.4, 0.0, 62.8, 14.0), ink(0x6b7278));
    c.stroke(
        curve((0.0, 12.0), bends, (plug.0, plug.1 - 8.0)),
        3.0,
        ink(0x50565c),
    );
    c.placed(plug, 1.0, 0.0, plug_with_ring);
    c.fill(rounded(-15.0, 76.0, 30.0, 152.0, 7.0), ink(0x2f353c));
    c.stroke(line((8.0, 88.0), (8.0, 216.0)), 2.0, ink(0x59616a));
    charge_light(c, (-2.0, 96.0), charge);
}

/// A plug whose lower end lies 20 below the origin, with its ring just above the metal.
fn plug_with_ring(c: &mut Canvas) {
    c.fill(rounded(-5.0, -12.0, 10.0, 22.0, 3.0), ink(0x50565c));
    c.fill(rect(-3.0, 14.0, 6.0, 7.0), EDGE);
    c.panel(rect(-5.0, 10.0, 10.0, 5.0), YELLOW, ink(0x6e5600));
}

/// Full: a bright dot. Charging: a dot in a ring. Not plugged: an empty ring.
fn charge_light(c: &mut Canvas, at: Spot, charge: Charge) {
    match charge {
        Charge::Full => c.fill(circle(at, 6.5), ink(0x46d98a)),
        Charge::Charging => {
            c.fill(circle(at, 4.5), ink(0xffa63d));
            c.stroke(circle(at, 8.0), 2.0, ink(0xffa63d));
        }
        Charge::NotPlugged => c.stroke(circle(at, 5.5), 2.0, ink(0x7b838b)),
    }
}

/// The upper end of a slot, enlarged in a circle.
fn close_look(c: &mut Canvas, at: Spot, charge: Charge) {
    c.within(circle(at, 112.0), |c| {
        c.fill(circle(at, 112.0), WHITE);
        c.placed((at.0, at.1 - 185.0), 2.8, 0.0, |c| {
            device_in_slot(c, charge)
        });
    });
}

// ---- Leaves, sorted by how they feel ----

/// Colour families from light to dark; neighbours differ, so that overlapping leaves stay apart.
const REDS: [Ink; 3] = [ink(0xa3242b), ink(0xc8463c), ink(0x7d1a2a)];
const YELLOWS: [Ink; 3] = [ink(0xe7b52c), ink(0xc98f1e), ink(0xf2d15c)];
const BROWNS: [Ink; 3] = [ink(0xb98a5c), ink(0xcfa678), ink(0xa5764a)];
const WETS: [Ink; 3] = [ink(0x565a30), ink(0x6b5232), ink(0x3a4a2f)];

/// Four sheets of leaves: a ring, falling leaves, a row, and a wet heap.
pub(super) fn leaves_by_touch() -> Option<Canvas> {
    let mut c = Canvas::new(760, 760, ink(0xead9bd))?;
    let middles = [
        (205.0, 205.0),
        (555.0, 205.0),
        (205.0, 555.0),
        (555.0, 555.0),
    ];
    let sheets: [fn(&mut Canvas); 4] = [red_ring, falling_yellow, brown_row, wet_heap];
    for (middle, leaves) in middles.into_iter().zip(sheets) {
        c.placed(middle, 1.0, 0.0, |c| {
            c.fill(rect(-156.0, -152.0, 320.0, 320.0), DARK.thin(0.12));
            c.panel(rect(-160.0, -160.0, 320.0, 320.0), WHITE, LINE);
            leaves(c);
        });
    }
    Some(c)
}

fn red_ring(c: &mut Canvas) {
    for (place, colour) in (0_u8..9).zip(REDS.into_iter().cycle()) {
        let turn = 40.0 * f32::from(place);
        c.placed((0.0, 0.0), 1.0, turn, |c| {
            c.placed((0.0, -100.0), 1.0, 74.0, |c| {
                if place % 3 == 1 {
                    lobed_leaf(c, 62.0, colour)
                } else {
                    oval_leaf(c, 76.0, colour)
                }
            });
        });
    }
}

fn falling_yellow(c: &mut Canvas) {
    let places = [
        ((-108.0, -104.0), 24.0),
        ((-14.0, -112.0), -38.0),
        ((96.0, -92.0), 64.0),
        ((-62.0, -24.0), 118.0),
        ((38.0, -28.0), 12.0),
        ((104.0, 20.0), -72.0),
        ((-98.0, 68.0), -20.0),
        ((-12.0, 80.0), 52.0),
        ((88.0, 108.0), 158.0),
    ];
    for ((number, (at, turn)), colour) in (0_u8..).zip(places).zip(YELLOWS.into_iter().cycle()) {
        c.placed(at, 1.0, turn, |c| {
            if number % 4 == 1 {
                oval_leaf(c, 74.0, colour)
            } else {
                fan_leaf(c, 58.0, colour)
            }
        });
    }
}

fn brown_row(c: &mut Canvas) {
    let lengths = [
        128.0, 150.0, 118.0, 142.0, 160.0, 124.0, 148.0, 130.0, 112.0,
    ];
    for ((place, length), colour) in (0_u8..).zip(lengths).zip(BROWNS.into_iter().cycle()) {
        let x = -122.0 + 30.5 * f32::from(place);
        let turn = if place % 2 == 0 { -5.0 } else { 4.0 };
        c.placed((x, 0.0), 1.0, turn, |c| ragged_leaf(c, length, colour));
    }
}

fn wet_heap(c: &mut Canvas) {
    // From the bottom of the heap to its top.
    let places = [
        ((-76.0, 72.0), -78.0),
        ((78.0, 74.0), 76.0),
        ((2.0, 86.0), 94.0),
        ((-52.0, 34.0), -52.0),
        ((56.0, 36.0), 50.0),
        ((-4.0, 44.0), -82.0),
        ((26.0, 4.0), 30.0),
        ((-20.0, -2.0), -24.0),
        ((8.0, -34.0), 66.0),
    ];
    for ((number, (at, turn)), colour) in (0_u8..).zip(places).zip(WETS.into_iter().cycle()) {
        c.placed(at, 1.0, turn, |c| {
            if number % 4 == 3 {
                lobed_leaf(c, 88.0, colour)
            } else {
                oval_leaf(c, 112.0, colour)
            }
            c.stroke(
                curve((-9.0, 14.0), [(-14.0, 2.0), (-13.0, -8.0)], (-8.0, -18.0)),
                4.0,
                WHITE.thin(0.85),
            );
        });
    }
    water_drop(c, (-96.0, -76.0));
    water_drop(c, (92.0, -104.0));
}

/// A pointed oval around the origin, upright, with its vein and stalk.
fn oval_leaf(c: &mut Canvas, length: f32, colour: Ink) {
    let half = length / 2.0;
    c.fill(blade(length, 0.0), colour);
    c.stroke(blade(length, 0.0), 1.5, DARK.thin(0.35));
    vein(c, -half * 0.8, half * 1.25);
}

/// Like an oval leaf, its edge torn.
fn ragged_leaf(c: &mut Canvas, length: f32, colour: Ink) {
    let half = length / 2.0;
    c.fill(blade(length, 0.16), colour);
    c.stroke(blade(length, 0.16), 1.5, DARK.thin(0.35));
    vein(c, -half * 0.8, half * 1.2);
}

/// Three pointed lobes from one stalk.
fn lobed_leaf(c: &mut Canvas, length: f32, colour: Ink) {
    let foot = (0.0, length * 0.4);
    for turn in [-58.0, 58.0, 0.0] {
        c.placed(foot, 1.0, turn, |c| {
            c.placed((0.0, -length * 0.45), 1.0, 0.0, |c| {
                c.fill(blade(length, 0.0), colour)
            });
        });
    }
    for turn in [-58.0, 58.0, 0.0] {
        c.placed(foot, 1.0, turn, |c| vein(c, -length * 0.75, 0.0));
    }
    vein(c, 0.0, length * 0.75);
}

/// A fan with a notch, as of a ginkgo.
fn fan_leaf(c: &mut Canvas, length: f32, colour: Ink) {
    let foot = (0.0, length * 0.4);
    let rim = (0..=24_u8).map(|step| {
        let turn = (-152.0 + 124.0 * f32::from(step) / 24.0).to_radians();
        let notch = if step == 12 {
            0.66
        } else {
            1.0 + 0.03 * f32::from(step % 3)
        };
        (
            foot.0 + length * notch * turn.cos(),
            foot.1 + length * notch * turn.sin(),
        )
    });
    let fan = polygon(rim.chain([foot]));
    c.fill(fan.clone(), colour);
    c.stroke(fan, 1.5, DARK.thin(0.35));
    for turn in [-36.0, -18.0, 18.0, 36.0] {
        c.placed(foot, 1.0, turn, |c| {
            c.stroke(line((0.0, -8.0), (0.0, -length * 0.8)), 1.5, DARK.thin(0.3));
        });
    }
    vein(c, 0.0, length * 0.85);
}

/// The outline of a leaf around the origin; `tear` is how much of its width the edge loses.
fn blade(length: f32, tear: f32) -> Shape {
    let (steps, half) = (28_u8, length / 2.0);
    let side = move |step: u8, sign: f32| {
        let way = f32::from(step) / f32::from(steps);
        let torn = if step % 3 == 1 { 1.0 - tear * 2.0 } else { 1.0 };
        let wide = length * 0.21 * (way.powf(0.85) * std::f32::consts::PI).sin() * torn;
        (sign * wide, way * length - half)
    };
    let right = (0..=steps).map(move |step| side(step, 1.0));
    let left = (0..steps).rev().map(move |step| side(step, -1.0));
    polygon(right.chain(left))
}

fn vein(c: &mut Canvas, top: f32, bottom: f32) {
    c.stroke(line((0.0, top), (0.0, bottom)), 2.5, DARK.thin(0.55));
}

fn water_drop(c: &mut Canvas, at: Spot) {
    c.placed(at, 1.0, 0.0, |c| {
        c.fill(
            polygon([(0.0, -24.0), (12.0, 0.0), (-12.0, 0.0)]),
            ink(0x4f8fc9),
        );
        c.fill(circle((0.0, 4.0), 13.0), ink(0x4f8fc9));
        c.stroke(arc((0.0, 4.0), 8.0, 110.0, 180.0), 3.0, WHITE);
    });
}
