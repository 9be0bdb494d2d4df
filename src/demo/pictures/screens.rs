//! Pictures of screens, as wire-frames that copy no product's look.

use super::canvas::{
    BLUE, BLUE_TINT, Canvas, DARK, EDGE, GREY, Ink, LINE, PAPER, RED, SAND, Spot, WHITE, arc,
    circle, curve, cut_circle, ink, line, lines, polygon, rect, rounded,
};

// ---- Shared slides, one of them skipped ----

/// Four slides in the list; the third is pale and bears the sign of being skipped.
pub(super) fn skipped_slide() -> Option<Canvas> {
    let mut c = Canvas::new(960, 600, ink(0xe9e6df))?;
    menu_bar(&mut c);
    slide_list(&mut c);
    c.placed((308.0, 108.0), 3.6, 0.0, |c| {
        slide(c, ink(0xd6e6f8), DARK);
        c.stroke(rect(0.0, 0.0, 160.0, 100.0), 0.6, EDGE);
    });
    c.panel(rounded(308.0, 496.0, 576.0, 70.0, 6.0), WHITE, LINE);
    c.stroke(line((330.0, 520.0), (560.0, 520.0)), 6.0, LINE);
    c.placed((233.0, 352.0), 1.5, 0.0, pointer);
    Some(c)
}

fn menu_bar(c: &mut Canvas) {
    c.fill(rect(0.0, 0.0, 960.0, 52.0), WHITE);
    c.stroke(line((0.0, 52.0), (960.0, 52.0)), 2.0, GREY);
    c.fill(rounded(18.0, 13.0, 26.0, 26.0, 5.0), EDGE);
    let mut x = 64.0;
    for width in [58.0, 44.0, 66.0, 50.0, 74.0] {
        c.fill(rounded(x, 20.0, width, 12.0, 6.0), GREY);
        x += width + 22.0;
    }
    c.fill(rounded(830.0, 11.0, 108.0, 30.0, 15.0), ink(0x8f9bb3));
}

fn slide_list(c: &mut Canvas) {
    c.fill(rect(0.0, 53.0, 244.0, 547.0), SAND);
    c.stroke(line((244.0, 53.0), (244.0, 600.0)), 2.0, GREY);
    let tints = [
        Some(ink(0xf7c9cf)),
        Some(ink(0xfbe69a)),
        None,
        Some(ink(0xbfe3bd)),
    ];
    let tops = [70.0, 200.0, 330.0, 460.0];
    for (top, tint) in tops.into_iter().zip(tints) {
        c.placed((36.0, top), 1.15, 0.0, |c| match tint {
            Some(tint) => {
                slide(c, tint, DARK);
                c.stroke(rect(0.0, 0.0, 160.0, 100.0), 1.5, EDGE);
            }
            None => skipped(c),
        });
    }
}

/// A slide of 160 by 100: a title, a box with a picture, and two lines.
fn slide(c: &mut Canvas, tint: Ink, content: Ink) {
    c.fill(rect(0.0, 0.0, 160.0, 100.0), tint);
    c.fill(rounded(12.0, 10.0, 92.0, 9.0, 3.0), content.thin(0.85));
    c.fill(rect(12.0, 30.0, 64.0, 56.0), WHITE.thin(0.85));
    c.fill(circle((60.0, 43.0), 6.0), content.thin(0.35));
    let hills = [
        (12.0, 86.0),
        (12.0, 74.0),
        (32.0, 54.0),
        (48.0, 71.0),
        (58.0, 62.0),
        (76.0, 80.0),
    ];
    c.fill(
        polygon(hills.into_iter().chain([(76.0, 86.0)])),
        content.thin(0.35),
    );
    c.fill(rounded(88.0, 36.0, 58.0, 6.0, 3.0), content.thin(0.6));
    c.fill(rounded(88.0, 52.0, 44.0, 6.0, 3.0), content.thin(0.6));
}

/// The skipped slide in the list: pale, selected, with an eye that is crossed out.
fn skipped(c: &mut Canvas) {
    slide(c, ink(0xf1f1f1), ink(0xbdbdbd));
    c.stroke(rect(-4.0, -4.0, 168.0, 108.0), 4.0, BLUE);
    c.placed((136.0, 80.0), 1.0, 0.0, |c| {
        c.panel(rounded(-20.0, -16.0, 40.0, 32.0, 6.0), WHITE, EDGE);
        c.stroke(arc((0.0, 10.0), 17.0, 217.0, 323.0), 2.5, DARK);
        c.stroke(arc((0.0, -10.0), 17.0, 37.0, 143.0), 2.5, DARK);
        c.fill(circle((0.0, 0.0), 4.0), DARK);
        c.stroke(line((-13.0, 12.0), (13.0, -12.0)), 5.5, WHITE);
        c.stroke(line((-13.0, 12.0), (13.0, -12.0)), 2.8, DARK);
    });
}

/// A mouse pointer with its tip at the origin.
fn pointer(c: &mut Canvas) {
    let outline = [
        (0.0, 0.0),
        (0.0, 24.0),
        (5.5, 19.0),
        (9.5, 28.0),
        (13.5, 26.0),
        (9.5, 17.5),
        (17.0, 17.0),
    ];
    c.stroke(polygon(outline), 3.0, WHITE);
    c.fill(polygon(outline), DARK);
}

// ---- The setting that magnifies the screen ----

/// A settings window: of five switches the third is on, framed in red by hand.
pub(super) fn magnifier_setting() -> Option<Canvas> {
    let mut c = Canvas::new(960, 600, ink(0xdcd8cf))?;
    huge_toolbar(&mut c);
    c.fill(rounded(126.0, 132.0, 780.0, 432.0, 18.0), DARK.thin(0.18));
    let window = rounded(120.0, 124.0, 780.0, 432.0, 18.0);
    c.within(window.clone(), |c| {
        c.placed((120.0, 124.0), 1.0, 0.0, |c| {
            window_frame(c);
            settings_menu(c);
            settings_rows(c);
        });
    });
    c.stroke(window, 2.0, EDGE);
    hand_drawn_frame(&mut c);
    Some(c)
}

/// A toolbar so large that the edges of the picture cut it off.
fn huge_toolbar(c: &mut Canvas) {
    c.panel(rounded(-80.0, -110.0, 1200.0, 206.0, 40.0), WHITE, GREY);
    for (x, colour) in [(10.0, EDGE), (232.0, ink(0x8f9bb3)), (454.0, EDGE)] {
        c.fill(circle((x, -4.0), 76.0), colour);
        c.stroke(
            lines([(x - 26.0, 14.0), (x, 40.0), (x + 26.0, 14.0)]),
            13.0,
            WHITE,
        );
    }
    c.fill(rounded(590.0, -60.0, 600.0, 122.0, 61.0), ink(0xe3e0d9));
    c.fill(rounded(660.0, 8.0, 400.0, 26.0, 13.0), GREY);
}

/// The empty window of 780 by 432 with its title bar.
fn window_frame(c: &mut Canvas) {
    c.fill(rect(0.0, 0.0, 780.0, 432.0), WHITE);
    c.fill(rect(0.0, 0.0, 780.0, 46.0), SAND);
    c.stroke(line((0.0, 46.0), (780.0, 46.0)), 2.0, LINE);
    for x in [26.0, 50.0, 74.0] {
        c.fill(circle((x, 23.0), 7.5), GREY);
    }
    c.fill(rounded(320.0, 17.0, 140.0, 12.0, 6.0), EDGE);
}

/// Seven entries; the fifth, for people who need help with seeing or hearing, is open.
fn settings_menu(c: &mut Canvas) {
    c.fill(rect(0.0, 47.0, 240.0, 386.0), PAPER);
    let widths = [110.0, 92.0, 124.0, 86.0, 128.0, 100.0, 76.0];
    for (row, width) in (0_u8..).zip(widths) {
        let y = 84.0 + 51.0 * f32::from(row);
        let open = row == 4;
        if open {
            c.fill(rounded(10.0, y - 22.0, 220.0, 44.0, 22.0), ink(0xc9defa));
            person_sign(c, (40.0, y));
        } else {
            c.fill(circle((40.0, y), 8.0), GREY);
        }
        let colour = if open { DARK } else { GREY };
        c.fill(rounded(68.0, y - 6.0, width, 12.0, 6.0), colour);
    }
}

fn person_sign(c: &mut Canvas, at: Spot) {
    c.placed(at, 1.0, 0.0, |c| {
        c.panel(circle((0.0, 0.0), 15.0), BLUE_TINT, DARK);
        c.fill(circle((0.0, -5.0), 4.5), DARK);
        c.fill(cut_circle((0.0, 9.5), 8.0, 180.0, 360.0), DARK);
    });
}

fn settings_rows(c: &mut Canvas) {
    let widths = [
        (150.0, 250.0),
        (190.0, 220.0),
        (170.0, 215.0),
        (130.0, 230.0),
        (180.0, 200.0),
    ];
    for (row, (name, explanation)) in (0_u8..).zip(widths) {
        let y = 85.0 + 76.0 * f32::from(row);
        c.fill(rounded(276.0, y - 17.0, name, 14.0, 7.0), ink(0x5a5a5a));
        c.fill(
            rounded(276.0, y + 8.0, explanation, 9.0, 4.5),
            ink(0xcfcfcf),
        );
        c.placed((706.0, y), 1.0, 0.0, |c| switch(c, row == 2));
        if row < 4 {
            c.stroke(line((276.0, y + 38.0), (744.0, y + 38.0)), 1.5, LINE);
        }
    }
}

fn switch(c: &mut Canvas, on: bool) {
    let (track, knob) = if on {
        (BLUE, 17.0)
    } else {
        (ink(0xa6a6a6), -17.0)
    };
    c.fill(rounded(-34.0, -17.0, 68.0, 34.0, 17.0), track);
    c.fill(circle((knob, 0.0), 13.0), WHITE);
}

/// Around the right half of the third row, as drawn with a finger: the ends pass each other.
fn hand_drawn_frame(c: &mut Canvas) {
    let sides = [
        curve(
            (640.0, 318.0),
            [(700.0, 311.0), (800.0, 322.0)],
            (888.0, 315.0),
        ),
        curve(
            (884.0, 310.0),
            [(890.0, 336.0), (880.0, 370.0)],
            (887.0, 401.0),
        ),
        curve(
            (890.0, 398.0),
            [(800.0, 405.0), (720.0, 394.0)],
            (634.0, 402.0),
        ),
        curve(
            (642.0, 406.0),
            [(634.0, 380.0), (645.0, 340.0)],
            (638.0, 306.0),
        ),
    ];
    for side in sides {
        c.stroke(side, 7.0, RED);
    }
}
