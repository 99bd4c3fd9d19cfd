//! Where does everybody go in a picture? Near those whom they are linked with, and not over each other's names.

use fa2::{FA2Data, FA2Settings};

use super::Picture;
use crate::output::text;

const ROUNDS: usize = 800;
/// Room for an entity with its name, in square pixels, and how much wider than high the picture is.
const ROOM: f64 = 25_000.0;
const SHAPE: f64 = 1.45;
/// Free room at the edges, and at the top and the bottom for what is said there.
const EDGE: f64 = 30.0;
pub const HEAD: f64 = 56.0;
pub const FOOT: f64 = 62.0;
/// Pixels of a column of a name, and of a line of text.
pub const COLUMN: f64 = 6.7;
pub const LINE: f64 = 15.0;
/// Rounds in which those that lie over each other are moved apart.
const PARTINGS: usize = 400;

/// Gives the picture its size and its entities their places, always the same for the same picture.
pub fn place(picture: &mut Picture) {
    let count = picture.entities.len() as f64;
    picture.width = (count * ROOM * SHAPE).sqrt().max(640.0).round();
    picture.height = (picture.width / SHAPE).round() + HEAD + FOOT;
    let mut data = FA2Data::<f64>::with_capacity(picture.entities.len(), picture.lines.len());
    picture.entities.iter().for_each(|_| {
        data.add_node();
    });
    data.apply_circular_layout();
    let most = picture.lines.iter().map(|line| line.weight).fold(1.0, f64::max);
    for line in picture.lines.iter().filter(|line| line.ends.0 != line.ends.1) {
        let (from, to) = line.ends;
        data.add_edge_with_weight(from, to, 1.0 + (1.0 + line.weight).ln() / (1.0 + most).ln());
    }
    // More gravity than usual, so that those whom nobody is linked with do not fly away.
    let mut layout = FA2Settings::from_graph_order(picture.entities.len()).gravity(0.2).build(data);
    layout.run(ROUNDS);
    let places: Vec<(f64, f64)> = layout.data().positions().collect();
    spread(picture, &places);
    part(picture);
}

/// Fits the places into the picture.
fn spread(picture: &mut Picture, places: &[(f64, f64)]) {
    let range = |of: fn(&(f64, f64)) -> f64| {
        let least = places.iter().map(of).fold(f64::INFINITY, f64::min);
        let most = places.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        (least, (most - least).max(f64::MIN_POSITIVE))
    };
    let ((left, wide), (top, high)) = (range(|place| place.0), range(|place| place.1));
    let (room_x, room_y) = (picture.width - 5.0 * EDGE, picture.height - HEAD - FOOT - 3.0 * EDGE);
    // What lies on one spot or in one line has no extent to stretch.
    let fit = |value: f64, from: f64, extent: f64, room: f64| match extent > 1e-9 {
        true => (value - from) / extent * room,
        false => room / 2.0,
    };
    for (circle, (x, y)) in picture.entities.iter_mut().zip(places) {
        circle.x = 2.5 * EDGE + fit(*x, left, wide, room_x);
        circle.y = HEAD + EDGE + fit(*y, top, high, room_y);
    }
}

/// Moves those apart whose circles or names lie over each other.
fn part(picture: &mut Picture) {
    let (width, height) = (picture.width, picture.height);
    let boxes: Vec<(f64, f64)> = picture
        .entities
        .iter()
        .map(|circle| {
            let name = text::width(&shown(&circle.name)) as f64 * COLUMN;
            (name.max(2.0 * circle.radius) / 2.0 + 4.0, circle.radius + LINE / 2.0 + 5.0)
        })
        .collect();
    let entities = &mut picture.entities;
    for _ in 0..PARTINGS {
        let mut moved = false;
        for a in 0..entities.len() {
            for b in a + 1..entities.len() {
                let (x, y) = (entities[b].x - entities[a].x, entities[b].y - entities[a].y);
                let over_x = boxes[a].0 + boxes[b].0 - x.abs();
                let over_y = boxes[a].1 + boxes[b].1 - y.abs();
                if over_x <= 0.0 || over_y <= 0.0 {
                    continue;
                }
                moved = true;
                // The shorter way out, names being wider than high.
                if over_y <= over_x {
                    let step = over_y / 2.0 * if y < 0.0 { -1.0 } else { 1.0 };
                    entities[a].y -= step;
                    entities[b].y += step;
                } else {
                    let step = over_x / 2.0 * if x < 0.0 { -1.0 } else { 1.0 };
                    entities[a].x -= step;
                    entities[b].x += step;
                }
            }
        }
        for (circle, room) in entities.iter_mut().zip(&boxes) {
            circle.x =
                circle.x.clamp(EDGE / 2.0 + room.0, (width - EDGE / 2.0 - room.0).max(EDGE / 2.0 + room.0));
            circle.y = circle.y.clamp(HEAD + room.1, height - FOOT - room.1 - LINE);
        }
        if !moved {
            break;
        }
    }
}

/// Columns of a name in a picture.
const NAME_COLUMNS_MAX: usize = 26;

/// A name as it stands in a picture.
pub fn shown(name: &str) -> String {
    text::Text::one_line(name, &[]).shortened(NAME_COLUMNS_MAX).plain()
}
