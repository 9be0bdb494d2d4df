//! The pictures of the demo's posts, drawn by code so that the demo holds no binary file and no
//! one's photograph. They are drawn the same every time, and without text: the words around a
//! picture and its alternative text say what it shows.

mod canvas;
mod charts;
mod rooms;
mod screens;
mod things;

/// The picture of the demo's post `name` ("demo-067", "demo-087-r1" …): width, height and RGBA
/// pixels (8 bits, not premultiplied). None for a post without a picture.
pub fn draw(name: &str) -> Option<(u32, u32, Vec<u8>)> {
    let picture = match name {
        "demo-067" => rooms::crossing_of_two_desks(),
        "demo-076" => rooms::camera_before_and_now(),
        "demo-077" => rooms::radio_in_the_gym(),
        "demo-079" => charts::forty_five_minutes(),
        "demo-080" => screens::skipped_slide(),
        "demo-084" => charts::letters_a_minute(),
        "demo-087-r1" => things::charging_cabinet(),
        "demo-091" => charts::answers_by_day(),
        "demo-092" => things::leaves_by_touch(),
        "demo-096" => screens::magnifier_setting(),
        _ => None,
    };
    picture.map(canvas::Canvas::into_rgba)
}
