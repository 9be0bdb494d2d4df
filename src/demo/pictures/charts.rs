//! Pictures that show numbers: lengths of time, bars and lines.

use super::canvas::{
    Canvas, DARK, EDGE, GREEN, GREY, Ink, LINE, PAPER, SAND, Spot, WHITE, YELLOW, circle,
    cut_circle, ink, line, lines, polygon, rect, rounded,
};

const ORANGE: Ink = ink(0xb85a12);
const BAR: Ink = ink(0x6d8fbf);

// ---- Two lessons of 45 minutes, cut into their parts ----

const EXPLAINING: Ink = ink(0xe39a4f);
const TRYING: Ink = ink(0xb5d6f2);
const SHOWING: Ink = ink(0xd3ecd0);
const SKIN: Ink = ink(0xf6e3cf);
const MINUTE: f32 = 14.6;
const BEGIN: f32 = 260.0;

/// What the time of a part of the lesson goes to.
#[derive(Clone, Copy)]
enum Activity {
    Greeting,
    Explaining,
    Trying,
    Showing,
}

/// Two bars, one for each time the lesson was held.
pub(super) fn forty_five_minutes() -> Option<Canvas> {
    use Activity::{Explaining, Greeting, Showing, Trying};
    let mut c = Canvas::new(960, 500, PAPER)?;
    minute_scale(&mut c);
    lesson(
        &mut c,
        70.0,
        &[
            (Greeting, 3.0),
            (Explaining, 25.0),
            (Trying, 12.0),
            (Greeting, 5.0),
        ],
    );
    let second = [
        (Greeting, 4.0),
        (Explaining, 3.0),
        (Trying, 30.0),
        (Showing, 5.0),
        (Greeting, 3.0),
    ];
    lesson(&mut c, 250.0, &second);
    pair_apart(&mut c, 180.0);
    pair_together(&mut c, 360.0);
    Some(c)
}

/// A scale with a tick every 5 minutes, a longer one every 15, and faint lines up to the bars.
fn minute_scale(c: &mut Canvas) {
    let (level, end) = (420.0, BEGIN + 45.0 * MINUTE);
    for five in 0..=9_u8 {
        let x = BEGIN + f32::from(five) * 5.0 * MINUTE;
        let long = five % 3 == 0;
        c.stroke(line((x, 50.0), (x, level)), 1.5, LINE);
        c.stroke(
            line((x, level), (x, level + if long { 26.0 } else { 14.0 })),
            3.0,
            DARK,
        );
    }
    c.stroke(line((BEGIN, level), (end, level)), 3.0, DARK);
}

/// One bar of 45 minutes with its upper edge at `top`.
fn lesson(c: &mut Canvas, top: f32, parts: &[(Activity, f32)]) {
    let height = 110.0;
    let mut x = BEGIN;
    for &(what, minutes) in parts {
        let width = minutes * MINUTE;
        let colour = match what {
            Activity::Greeting => ink(0xe4e0d8),
            Activity::Explaining => EXPLAINING,
            Activity::Trying => TRYING,
            Activity::Showing => SHOWING,
        };
        c.panel(rect(x, top, width, height), colour, DARK);
        let scale = (width / 90.0).min(1.0);
        c.placed(
            (x + width / 2.0, top + height / 2.0),
            scale,
            0.0,
            |c| match what {
                Activity::Greeting => {}
                Activity::Explaining => speech(c),
                Activity::Trying => touched_tablet(c),
                Activity::Showing => two_tablets(c),
            },
        );
        x += width;
    }
}

/// A speech bubble full of writing.
fn speech(c: &mut Canvas) {
    let tail = polygon([(-22.0, 18.0), (-4.0, 18.0), (-26.0, 36.0)]);
    c.panel(tail, WHITE, DARK);
    c.panel(rounded(-38.0, -32.0, 76.0, 52.0, 12.0), WHITE, DARK);
    c.fill(rect(-22.0, 16.0, 17.0, 4.0), WHITE);
    for row in [-20.0, -8.0, 4.0] {
        c.stroke(line((-26.0, row), (26.0, row)), 4.0, EDGE);
    }
}

/// A tablet and the finger that touches it.
fn touched_tablet(c: &mut Canvas) {
    tablet(c, 76.0, 54.0);
    c.stroke(circle((4.0, -4.0), 13.0), 3.0, BAR);
    c.placed((4.0, -4.0), 1.0, -32.0, |c| {
        c.panel(rounded(-8.0, -6.0, 16.0, 60.0, 8.0), SKIN, DARK);
        c.fill(rounded(-4.0, -3.0, 8.0, 8.0, 4.0), WHITE);
    });
}

/// Two tablets held side by side.
fn two_tablets(c: &mut Canvas) {
    for x in [-22.0, 22.0] {
        c.placed((x, 0.0), 1.0, 0.0, |c| {
            tablet(c, 38.0, 54.0);
            c.fill(polygon([(-11.0, 14.0), (0.0, -8.0), (11.0, 14.0)]), GREEN);
        });
    }
}

fn tablet(c: &mut Canvas, width: f32, height: f32) {
    c.fill(
        rounded(-width / 2.0, -height / 2.0, width, height, 6.0),
        DARK,
    );
    c.fill(
        rect(
            5.0 - width / 2.0,
            5.0 - height / 2.0,
            width - 10.0,
            height - 10.0,
        ),
        WHITE,
    );
}

/// The older one talks to the slides, the younger one walks off.
fn pair_apart(c: &mut Canvas, floor: f32) {
    c.placed((70.0, floor), 1.0, 0.0, |c| c.mirrored(younger));
    c.placed((180.0, floor), 1.0, 0.0, older);
}

/// Both look at the same tablet, the younger one nearer to it.
fn pair_together(c: &mut Canvas, floor: f32) {
    c.placed((82.0, floor), 1.0, 0.0, older);
    c.placed((148.0, floor), 1.0, 0.0, younger);
    c.placed((206.0, floor - 26.0), 0.7, -18.0, |c| tablet(c, 58.0, 44.0));
}

/// A tall figure that looks to the right, standing on the origin.
fn older(c: &mut Canvas) {
    body(c, 46.0, 74.0, ink(0x4f5d75));
    let head = circle((0.0, -92.0), 22.0);
    c.fill(head.clone(), DARK);
    c.within(head.clone(), |c| c.fill(circle((10.0, -84.0), 20.0), SKIN));
    c.stroke(head, 2.0, DARK);
}

/// A small figure with a cap whose peak points to the right, standing on the origin.
fn younger(c: &mut Canvas) {
    body(c, 34.0, 42.0, ink(0x9a6a4a));
    c.panel(circle((0.0, -58.0), 19.0), SKIN, DARK);
    c.panel(cut_circle((0.0, -60.0), 20.0, 180.0, 360.0), YELLOW, DARK);
    c.stroke(line((8.0, -60.0), (29.0, -60.0)), 4.5, DARK);
}

fn body(c: &mut Canvas, width: f32, height: f32, cloth: Ink) {
    let half = width / 2.0;
    c.fill(cut_circle((0.0, half - height), half, 180.0, 360.0), cloth);
    c.fill(
        rect(-half, half - height - 0.5, width, height - half + 0.5),
        cloth,
    );
}

// ---- Letters typed in a minute, month by month ----

const LETTERS: [f32; 5] = [9.4, 14.0, 19.0, 15.0, 24.0];
const FLOOR: f32 = 500.0;
/// Where August stands in the row; its value comes after the holidays.
const AUGUST: usize = 3;

/// Five bars, the one after the holidays hatched, and the rise over all five.
pub(super) fn letters_a_minute() -> Option<Canvas> {
    let mut c = Canvas::new(960, 600, PAPER)?;
    for five in 0..=6_u8 {
        let y = letters_height(f32::from(five) * 5.0);
        c.stroke(line((90.0, y), (920.0, y)), 1.5, LINE);
        let tick = if five % 2 == 0 { 16.0 } else { 9.0 };
        c.stroke(line((90.0 - tick, y), (90.0, y)), 3.0, DARK);
    }
    for (month, letters) in LETTERS.into_iter().enumerate() {
        month_bar(&mut c, month_middle(month), letters, month == AUGUST);
    }
    c.stroke(
        lines([(90.0, 60.0), (90.0, FLOOR), (920.0, FLOOR)]),
        3.0,
        DARK,
    );
    rise(&mut c);
    c.placed((84.0, 554.0), 1.0, 0.0, keyboard);
    Some(c)
}

fn letters_height(letters: f32) -> f32 {
    FLOOR - letters * 14.5
}

fn month_middle(month: usize) -> f32 {
    190.0 + 158.0 * month as f32
}

/// A bar, hatched if its month comes after the holidays, with a tick below its middle.
fn month_bar(c: &mut Canvas, middle: f32, letters: f32, after_holidays: bool) {
    let (left, top, width) = (middle - 48.0, letters_height(letters), 96.0);
    let bar = rect(left, top, width, FLOOR - top);
    if after_holidays {
        c.fill(bar.clone(), ink(0xdfe8f4));
        c.within(bar.clone(), |c| hatching(c, left, top, width));
    } else {
        c.fill(bar.clone(), BAR);
    }
    c.stroke(bar, 2.0, ink(0x3f5f8f));
    c.stroke(line((middle, FLOOR), (middle, FLOOR + 12.0)), 3.0, DARK);
}

fn hatching(c: &mut Canvas, left: f32, top: f32, width: f32) {
    for step in 0..20_u8 {
        let y = top + f32::from(step) * 18.0;
        c.stroke(line((left, y), (left + width, y - width)), 3.0, BAR);
    }
}

/// A dashed arrow that keeps above all bars, from the first month to the last.
fn rise(c: &mut Canvas) {
    let above = |month: usize, letters: f32| (month_middle(month), letters_height(letters + 4.6));
    let (from, to) = (above(0, 9.4), above(4, 24.0));
    c.dashes(line(from, to), 3.0, 10.0, DARK);
    let turn = (to.1 - from.1).atan2(to.0 - from.0).to_degrees();
    c.placed(to, 1.0, turn, |c| {
        c.fill(polygon([(14.0, 0.0), (-8.0, -9.0), (-8.0, 9.0)]), DARK);
    });
}

fn keyboard(c: &mut Canvas) {
    c.panel(rounded(-62.0, -34.0, 124.0, 68.0, 8.0), WHITE, EDGE);
    for row in 0..3_u8 {
        for key in 0..8_u8 {
            let (x, y) = (-53.0 + f32::from(key) * 13.5, -26.0 + f32::from(row) * 14.0);
            c.fill(rounded(x, y, 10.0, 10.0, 2.0), EDGE);
        }
    }
    c.fill(rounded(-26.0, 16.0, 52.0, 10.0, 2.0), EDGE);
}

// ---- Answers that came back, day by day ----

const PAPER_ONLY: [f32; 10] = [4.0, 12.0, 22.0, 33.0, 45.0, 55.0, 64.0, 72.0, 79.0, 83.0];
const FORM_ONLY: [f32; 10] = [38.0, 52.0, 56.0, 57.0, 57.0, 58.0, 58.0, 58.0, 58.0, 58.0];
const EITHER: [f32; 10] = [47.0, 58.0, 62.0, 64.0, 66.0, 69.0, 73.0, 80.0, 86.0, 88.0];

/// How an answer comes back; each has a mark of its own, so that colour is never alone.
#[derive(Clone, Copy)]
enum Way {
    Paper,
    Form,
    Either,
}

/// Three lines over ten days; what each stands for is drawn at its right end.
pub(super) fn answers_by_day() -> Option<Canvas> {
    let mut c = Canvas::new(960, 600, PAPER)?;
    let open_days = day_spot(7.5, 100.0).0;
    c.fill(
        rect(open_days, 50.0, day_spot(9.5, 0.0).0 - open_days, 480.0),
        ink(0xfbeebc),
    );
    for twenty in 0..=5_u8 {
        let y = day_spot(0.0, f32::from(twenty) * 20.0).1;
        c.stroke(line((70.0, y), (830.0, y)), 1.5, ink(0xcfc7b8));
        c.stroke(line((58.0, y), (70.0, y)), 3.0, DARK);
    }
    day_axis(&mut c);
    answers(&mut c, &PAPER_ONLY, Way::Paper);
    answers(&mut c, &FORM_ONLY, Way::Form);
    answers(&mut c, &EITHER, Way::Either);
    // The two upper lines end close to each other: their signs are moved apart.
    way_sign(&mut c, 88.0, 94.0, Way::Either);
    way_sign(&mut c, 83.0, 79.0, Way::Paper);
    way_sign(&mut c, 58.0, 58.0, Way::Form);
    Some(c)
}

/// Where `percent` on a day (1 to 10) is marked.
fn day_spot(day: f32, percent: f32) -> Spot {
    (36.0 + 76.0 * day, 530.0 - 4.8 * percent)
}

fn day_axis(c: &mut Canvas) {
    let (left, floor) = (70.0, 530.0);
    c.stroke(
        lines([(left, 50.0), (left, floor), (830.0, floor)]),
        3.0,
        DARK,
    );
    for day in 1..=10_u8 {
        let (x, y) = day_spot(f32::from(day), 0.0);
        c.stroke(line((x, y), (x, y + 12.0)), 3.0, DARK);
    }
}

fn answers(c: &mut Canvas, percents: &[f32], way: Way) {
    let spots = (1_u8..)
        .zip(percents)
        .map(|(day, &percent)| day_spot(f32::from(day), percent));
    let width = if matches!(way, Way::Either) { 6.0 } else { 3.0 };
    c.stroke(lines(spots.clone()), width, way_ink(way));
    for at in spots {
        c.placed(at, 1.0, 0.0, |c| way_mark(c, way));
    }
}

fn way_ink(way: Way) -> Ink {
    match way {
        Way::Paper => ink(0x5f5f5f),
        Way::Form => ORANGE,
        Way::Either => GREEN,
    }
}

fn way_mark(c: &mut Canvas, way: Way) {
    let mark = match way {
        Way::Paper => rect(-7.0, -7.0, 14.0, 14.0),
        Way::Form => polygon([(0.0, -10.0), (9.5, 7.0), (-9.5, 7.0)]),
        Way::Either => circle((0.0, 0.0), 9.0),
    };
    c.panel(mark, way_ink(way), WHITE);
}

/// A thin line from a line's last value to a small drawing of paper, telephone or both.
fn way_sign(c: &mut Canvas, percent: f32, sign_percent: f32, way: Way) {
    let (from, sign) = (day_spot(10.0, percent), day_spot(10.0, sign_percent));
    c.stroke(
        line((from.0 + 14.0, from.1), (sign.0 + 42.0, sign.1)),
        2.0,
        way_ink(way),
    );
    c.placed((sign.0 + 66.0, sign.1), 1.0, 0.0, |c| match way {
        Way::Paper => paper_sheet(c),
        Way::Form => telephone(c),
        Way::Either => {
            paper_sheet(c);
            c.placed((36.0, 0.0), 1.0, 0.0, telephone);
        }
    });
}

fn paper_sheet(c: &mut Canvas) {
    c.panel(rect(-16.0, -21.0, 32.0, 42.0), WHITE, DARK);
    for y in [-11.0, -1.0, 9.0] {
        c.stroke(line((-9.0, y), (9.0, y)), 3.0, GREY);
    }
}

fn telephone(c: &mut Canvas) {
    c.fill(rounded(-12.0, -21.0, 24.0, 42.0, 5.0), DARK);
    c.fill(rect(-8.5, -15.0, 17.0, 27.0), SAND);
    for y in [-9.0, -1.5, 6.0] {
        c.fill(circle((-4.5, y), 2.0), DARK);
        c.stroke(line((0.0, y), (5.0, y)), 2.0, DARK);
    }
}
