//! Where in a sound file do the bytes of each memory lie?
//!
//! Worked out from what SQL says and the description of SQLite's file format, without the library: a memory's record is put
//! together anew, and looked for.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use rusqlite::types::Value;

use super::PAGE;

/// The ranges of bytes of each memory, by id.
pub type Places = HashMap<[u8; 16], Vec<Range<usize>>>;

/// The longest part of a record that a page of a table keeps, and the least.
const MOST: usize = PAGE - 35;
const LEAST: usize = (PAGE - 12) * 32 / 255 - 23;

pub fn uuid(value: &Value) -> [u8; 16] {
    match value {
        Value::Blob(bytes) => bytes.as_slice().try_into().expect("16 bytes"),
        _ => panic!("not an id"),
    }
}

fn varint(mut number: u64, to: &mut Vec<u8>) {
    let mut groups = vec![(number & 0x7f) as u8];
    while number > 0x7f {
        number >>= 7;
        groups.push((number & 0x7f) as u8 | 0x80);
    }
    to.extend(groups.iter().rev());
}

/// The type of a value in a record, and its bytes.
fn encode(value: &Value, column: usize) -> (u64, Vec<u8>) {
    match value {
        Value::Null => (0, Vec::new()),
        // A real number that is whole is kept as an integer.
        Value::Real(number) if column == 6 && number.fract() == 0.0 => {
            encode(&Value::Integer(*number as i64), column)
        }
        Value::Real(number) => (7, number.to_be_bytes().to_vec()),
        Value::Integer(0) => (8, Vec::new()),
        Value::Integer(1) => (9, Vec::new()),
        Value::Integer(number) => {
            let widths = [(1, 1), (2, 2), (3, 3), (4, 4), (5, 6), (6, 8)];
            let fits = |bytes: u32| {
                bytes == 8 || (-(1_i64 << (8 * bytes - 1))..1 << (8 * bytes - 1)).contains(number)
            };
            let (serial, bytes) = widths.into_iter().find(|&(_, bytes)| fits(bytes)).expect("8 bytes fit");
            (serial, number.to_be_bytes()[8 - bytes as usize..].to_vec())
        }
        Value::Text(text) => (13 + 2 * text.len() as u64, text.clone().into_bytes()),
        Value::Blob(bytes) => (12 + 2 * bytes.len() as u64, bytes.clone()),
    }
}

fn record(row: &[Value]) -> Vec<u8> {
    let (mut types, mut body) = (Vec::new(), Vec::new());
    for (column, value) in row.iter().enumerate() {
        // The number of a row is kept before its record.
        let (serial, bytes) = encode(if column == 0 { &Value::Null } else { value }, column);
        varint(serial, &mut types);
        body.extend(bytes);
    }
    // The head is shorter than 127 bytes, so its length takes one.
    let mut record = vec![types.len() as u8 + 1];
    record.extend(types);
    record.extend(body);
    record
}

/// Every memory's place.
pub fn places(path: &Path, bytes: &[u8]) -> Places {
    let conn = super::raw(path);
    let rows = super::rows(&conn, "SELECT * FROM memory ORDER BY memory_id").expect("a sound file");
    let mut by_uuid: HashMap<[u8; 16], Vec<u8>> =
        rows.iter().map(|row| (uuid(&row[1]), record(row))).collect();
    let mut places = Places::new();
    for at in 0..bytes.len() - 16 {
        let id: [u8; 16] = bytes[at..at + 16].try_into().expect("16 bytes");
        let Some(record) = by_uuid.get(&id) else { continue };
        let head = usize::from(record[0]);
        let local = if record.len() <= MOST {
            record.len()
        } else {
            let fitting = LEAST + (record.len() - LEAST) % (PAGE - 4);
            if fitting <= MOST { fitting } else { LEAST }
        };
        let Some(start) = at.checked_sub(head) else { continue };
        if bytes.get(start..start + local) != Some(&record[..local]) {
            continue;
        }
        // Before it its length and number, after it the page where it goes on.
        let mut before = Vec::new();
        varint(record.len() as u64, &mut before);
        let number = rows.iter().find(|row| uuid(&row[1]) == id).map(|row| &row[0]);
        let Some(Value::Integer(number)) = number else { panic!("a row without a number") };
        varint(*number as u64, &mut before);
        assert_eq!(&bytes[start - before.len()..start], before.as_slice());
        let end = start + local + if local < record.len() { 4 } else { 0 };
        let mut ranges: Vec<_> = std::iter::once(start - before.len()..end).collect();
        for piece in record[local..].chunks(PAGE - 4) {
            // A page that a record goes on in begins with the number of the next.
            let mut pages = (0..bytes.len()).step_by(PAGE);
            let holds = |page: &usize| bytes[page + 4..].starts_with(piece);
            let page = pages.find(holds).expect("the record goes on somewhere");
            ranges.push(page..page + 4 + piece.len());
        }
        places.insert(id, ranges);
        by_uuid.remove(&id);
    }
    places
}
