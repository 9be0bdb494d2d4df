//! Pictures that look down on a place: two desks, two classrooms, a gym.

use super::canvas::{
    BLUE, BLUE_TINT, Canvas, DARK, EDGE, GREEN, GREY, Ink, OCHRE, PAPER, RED, SAND, Spot, WHITE,
    YELLOW, arc, circle, ink, line, lines, polygon, rect, rounded, wave,
};

// ---- A crossing made of two desks ----

const ROAD: Ink = ink(0xa9adb1);
const MIDDLE: Spot = (400.0, 300.0);
/// Half the width of a road.
const HALF: f32 = 80.0;

/// A crossing over two desks: the signals east and west show blue, north and south red.
pub(super) fn crossing_of_two_desks() -> Option<Canvas> {
    let mut c = Canvas::new(800, 600, PAPER)?;
    let desks = rounded(14.0, 14.0, 772.0, 572.0, 16.0);
    c.within(desks.clone(), |c| {
        c.fill(rect(0.0, 0.0, 400.0, 600.0), ink(0xe6f2de));
        c.fill(rect(400.0, 0.0, 400.0, 600.0), ink(0xd5e6ca));
        c.fill(rect(MIDDLE.0 - HALF, 0.0, HALF * 2.0, 600.0), ROAD);
        c.fill(rect(0.0, MIDDLE.1 - HALF, 800.0, HALF * 2.0), ROAD);
        c.fill(rect(400.0, 0.0, 400.0, 600.0), DARK.thin(0.06));
    });
    // The joint first: it is to be seen between the white dashes of the road.
    c.dashes(line((400.0, 2.0), (400.0, 598.0)), 2.0, 6.0, DARK);
    c.within(desks.clone(), |c| {
        for turn in [0.0, 90.0, 180.0, 270.0] {
            c.placed(MIDDLE, 1.0, turn, road_marks);
        }
    });
    c.stroke(desks, 2.5, EDGE);
    for turn in [0.0, 90.0, 180.0, 270.0] {
        let north_or_south = turn % 180.0 == 0.0;
        c.placed(MIDDLE, 1.0, turn, |c| signal(c, north_or_south));
    }
    c.placed((150.0, 74.0), 1.0, 0.0, board);
    c.placed((650.0, 74.0), 1.0, 0.0, board);
    for radius in [90.0, 140.0, 190.0] {
        c.stroke(arc((250.0, 74.0), radius, -16.0, 16.0), 6.0, BLUE);
    }
    walkers_button(&mut c, (504.0, 406.0));
    Some(c)
}

/// The zebra crossing and the centre line of the road to the north.
fn road_marks(c: &mut Canvas) {
    for stripe in 0..7_u8 {
        let x = -72.5 + 22.0 * f32::from(stripe);
        c.fill(rect(x, -122.0, 13.0, 34.0), WHITE);
    }
    for dash in 0..8_u8 {
        let y = -166.0 - 36.0 * f32::from(dash);
        c.fill(rect(-3.0, y, 6.0, 20.0), WHITE);
    }
}

/// The signal of the road to the north, on a post that reaches over its road.
fn signal(c: &mut Canvas, stop: bool) {
    let level = -152.0;
    c.stroke(line((44.0, level), (110.0, level)), 6.0, DARK);
    c.fill(circle((44.0, level), 6.0), DARK);
    c.panel(rounded(96.0, level - 22.0, 112.0, 44.0, 14.0), DARK, WHITE);
    let lamps = [
        (118.0, ink(0x2fd6b5), !stop),
        (152.0, YELLOW, false),
        (186.0, ink(0xff5a4d), stop),
    ];
    for (x, colour, lit) in lamps {
        if lit {
            c.fill(circle((x, level), 18.0), colour.thin(0.35));
            c.panel(circle((x, level), 13.0), colour, WHITE);
        } else {
            c.fill(circle((x, level), 12.0), ink(0x5c5c5c));
        }
    }
}

/// A micro:bit with its 5 by 5 lights, some of them lit.
fn board(c: &mut Canvas) {
    c.fill(rounded(-46.0, -34.0, 92.0, 68.0, 10.0), ink(0x23304a));
    for x in [-35.0, 35.0] {
        c.fill(circle((x, 0.0), 6.0), GREY);
    }
    for row in 0..5_u8 {
        for column in 0..5_u8 {
            let at = (
                -20.0 + 10.0 * f32::from(column),
                -20.0 + 10.0 * f32::from(row),
            );
            let lit = row == 2 || column == 2;
            c.fill(
                circle(at, 3.2),
                if lit { ink(0xff8a7a) } else { ink(0x5d6a85) },
            );
        }
    }
}

fn walkers_button(c: &mut Canvas, at: Spot) {
    c.panel(circle(at, 16.0), YELLOW, DARK);
    c.panel(circle(at, 8.0), WHITE, DARK);
}

// ---- The camera of a lesson, before and now ----

const CONE: Ink = YELLOW.thin(0.4);

/// Before: a camera at the back takes in the whole room. Now: one sheet, sent to a separate room.
pub(super) fn camera_before_and_now() -> Option<Canvas> {
    let mut c = Canvas::new(960, 600, PAPER)?;
    c.placed((30.0, 70.0), 1.0, 0.0, |c| {
        classroom(c, ink(0x8c9a91), ink(0xd2d2d2));
        camera_at_the_back(c);
        c.placed((274.0, -34.0), 1.0, 0.0, cross_sign);
    });
    c.placed((366.0, 70.0), 1.0, 0.0, |c| {
        classroom(c, ink(0x2f5a48), ink(0xbdbdbd));
        camera_over_one_sheet(c);
        c.stroke(circle((274.0, -34.0), 17.0), 6.0, GREEN);
    });
    c.placed((738.0, 70.0), 1.0, 0.0, separate_room);
    sent_to(&mut c, (602.0, 160.0), 752.0);
    Some(c)
}

/// An empty room of 300 by 490: blackboard, teacher's desk and 30 pupils' desks.
fn classroom(c: &mut Canvas, blackboard: Ink, desks: Ink) {
    c.panel(rect(0.0, 0.0, 300.0, 490.0), WHITE, EDGE);
    c.fill(rect(24.0, 8.0, 252.0, 20.0), blackboard);
    c.panel(rect(70.0, 50.0, 160.0, 80.0), SAND, EDGE);
    for row in 0..5_u8 {
        for column in 0..6_u8 {
            let (x, y) = (
                24.0 + 45.2 * f32::from(column),
                176.0 + 50.0 * f32::from(row),
            );
            c.fill(rounded(x, y, 26.0, 26.0, 4.0), desks);
        }
    }
}

fn camera_at_the_back(c: &mut Canvas) {
    let cone = polygon([
        (150.0, 446.0),
        (3.0, 220.0),
        (3.0, 3.0),
        (297.0, 3.0),
        (297.0, 220.0),
    ]);
    c.fill(cone.clone(), CONE);
    c.stroke(cone, 2.0, OCHRE.thin(0.7));
    c.fill(
        polygon([(150.0, 452.0), (132.0, 430.0), (168.0, 430.0)]),
        DARK,
    );
    c.fill(rounded(126.0, 448.0, 48.0, 30.0, 5.0), DARK);
}

fn cross_sign(c: &mut Canvas) {
    c.stroke(line((-14.0, -14.0), (14.0, 14.0)), 5.0, RED);
    c.stroke(line((-14.0, 14.0), (14.0, -14.0)), 5.0, RED);
}

/// The sheet on the teacher's desk and the device on its stand beside it.
fn camera_over_one_sheet(c: &mut Canvas) {
    c.placed((118.0, 90.0), 1.0, 0.0, sheet_of_three_lines);
    let cone = polygon([(196.0, 90.0), (92.0, 57.0), (92.0, 123.0)]);
    c.fill(cone.clone(), CONE);
    c.stroke(cone, 2.0, OCHRE);
    c.fill(rounded(204.0, 74.0, 20.0, 32.0, 3.0), EDGE);
    c.fill(rounded(194.0, 64.0, 14.0, 52.0, 4.0), DARK);
}

/// A white sheet, 52 by 66, with the three lines that the lesson is about.
fn sheet_of_three_lines(c: &mut Canvas) {
    c.panel(rect(-26.0, -33.0, 52.0, 66.0), WHITE, DARK);
    for (y, until) in [(-17.0, 16.0), (0.0, 9.0), (17.0, 13.0)] {
        c.stroke(line((-16.0, y), (until, y)), 6.0, DARK);
    }
}

/// A small room with one screen and one desk.
fn separate_room(c: &mut Canvas) {
    c.panel(rect(0.0, 0.0, 192.0, 300.0), WHITE, EDGE);
    c.fill(rounded(22.0, 34.0, 148.0, 112.0, 8.0), DARK);
    c.fill(rect(30.0, 42.0, 132.0, 96.0), BLUE_TINT);
    c.placed((96.0, 90.0), 1.3, 0.0, sheet_of_three_lines);
    c.fill(rounded(70.0, 206.0, 52.0, 40.0, 4.0), ink(0xbdbdbd));
}

/// A level dashed arrow.
fn sent_to(c: &mut Canvas, from: Spot, until: f32) {
    c.dashes(line(from, (until - 16.0, from.1)), 4.0, 10.0, BLUE);
    let tip = polygon([
        (until, from.1),
        (until - 20.0, from.1 - 11.0),
        (until - 20.0, from.1 + 11.0),
    ]);
    c.fill(tip, BLUE);
}

// ---- Radio in a gym ----

const WAVES: Ink = ink(0x10309a);
const CURTAIN: f32 = 150.0;

/// Two access points; groups are darker where they are connected, red where nothing works.
pub(super) fn radio_in_the_gym() -> Option<Canvas> {
    let mut c = Canvas::new(960, 600, PAPER)?;
    let gym = rect(50.0, 36.0, 860.0, 528.0);
    let (entrance, stage) = ((480.0, 532.0), (480.0, 88.0));
    c.within(gym.clone(), gym_floor);
    c.within(rect(50.0, CURTAIN, 860.0, 414.0), |c| {
        reach(c, entrance, 1.0)
    });
    c.within(rect(50.0, 36.0, 860.0, CURTAIN - 36.0), |c| {
        reach(c, stage, 0.5)
    });
    c.within(gym.clone(), |c| {
        c.stroke(wave((50.0, CURTAIN), 910.0, 28.0, 5.0), 6.0, ink(0x8a3b3b));
    });
    c.stroke(gym, 5.0, DARK);
    c.stroke(line((410.0, 564.0), (550.0, 564.0)), 9.0, PAPER);
    access_point(&mut c, entrance);
    access_point(&mut c, stage);
    groups(&mut c);
    Some(c)
}

/// Boards, the darker stage, and the lines of the court.
fn gym_floor(c: &mut Canvas) {
    for board in 0..22_u8 {
        let colour = if board % 2 == 0 {
            ink(0xf3e6cf)
        } else {
            ink(0xeddcbe)
        };
        c.fill(rect(50.0, f32::from(board) * 26.0, 860.0, 26.0), colour);
    }
    c.fill(rect(50.0, 36.0, 860.0, CURTAIN - 36.0), ink(0xc9a877));
    c.stroke(rect(110.0, 182.0, 740.0, 350.0), 3.0, WHITE);
    c.stroke(line((480.0, 182.0), (480.0, 532.0)), 3.0, WHITE);
    c.stroke(circle((480.0, 357.0), 62.0), 3.0, WHITE);
}

/// How far an access point is heard: circles upon circles, darkest at the centre.
fn reach(c: &mut Canvas, at: Spot, scale: f32) {
    for radius in [350.0, 270.0, 190.0, 110.0] {
        c.fill(circle(at, radius * scale), WAVES.thin(0.17));
    }
}

fn access_point(c: &mut Canvas, at: Spot) {
    for radius in [15.0, 24.0, 33.0] {
        c.stroke(arc(at, radius, 225.0, 315.0), 4.0, DARK);
    }
    c.panel(circle(at, 9.0), DARK, WHITE);
}

/// Twelve groups in three columns, from the stage down to the entrance.
fn groups(c: &mut Canvas) {
    let columns = [200.0, 480.0, 760.0];
    let rows = [
        (206.0, [None, None, Some(ink(0xb9c6ea))]),
        (288.0, [Some(ink(0x6f8ad0)); 3]),
        (370.0, [Some(ink(0x1b2f86)); 3]),
        (452.0, [Some(ink(0x1b2f86)); 3]),
    ];
    for (y, row) in rows {
        for (x, connected) in columns.into_iter().zip(row) {
            match connected {
                Some(colour) => c.panel(circle((x, y), 24.0), colour, WHITE),
                None => c.placed((x, y), 1.0, 0.0, nothing_works),
            }
        }
    }
}

fn nothing_works(c: &mut Canvas) {
    c.fill(circle((0.0, 0.0), 25.0), WHITE);
    c.stroke(circle((0.0, 0.0), 25.0), 5.0, RED);
    c.stroke(lines([(0.0, -12.0), (0.0, 3.0)]), 6.0, RED);
    c.fill(circle((0.0, 13.0), 3.8), RED);
}
