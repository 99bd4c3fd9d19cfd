//! Where on a page are rows, and what do they say?
//!
//! SQLite's file format, as far as rows need it: a row is a cell with the length of its record, its number (in tables
//! with one), and a record: types first, then values. What is too long for a page goes on in a chain of others.

use rusqlite::types::ValueRef;

use super::pages::{PAGE_BYTES, Pages};

/// A value of a row. Text may be damaged, so it is bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Value {
    pub(crate) fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(bytes) => ValueRef::Text(bytes),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }
}

/// What sort of B-tree a cell is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tree {
    /// Of a table with row ids.
    Table,
    /// Of an index, or of a table without row ids.
    Index,
}

/// A row that was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) tree: Tree,
    pub(crate) row_id: i64,
    pub(crate) values: Vec<Value>,
    /// Whether the page lists it; otherwise it was found by what it looks like.
    pub(crate) listed: bool,
    /// Where its cell begins on the page.
    pub(crate) at: usize,
}

/// Columns of the widest table, with room for some more.
const COLUMNS_MAX: usize = 24;
/// The longest record that is believed: the longest content, metadata and tags together are far below.
const RECORD_BYTES_MAX: u64 = 4 << 20;

/// A cell whose record is of the length that its types say.
struct Cell {
    row_id: i64,
    /// Of the record.
    length: usize,
    local: std::ops::Range<usize>,
    /// The first page of what is not on this one.
    overflow: Option<u32>,
    /// The byte after it.
    end: usize,
}

/// The big-endian number of 1 to 9 bytes at a place, and the place after it.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    for (i, &byte) in bytes.get(at..)?.iter().take(9).enumerate() {
        if i == 8 {
            return Some((number << 8 | u64::from(byte), at + 9));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((number, at + i + 1));
        }
    }
    None
}

fn length_of(serial: u64) -> Option<usize> {
    match serial {
        0 | 8 | 9 => Some(0),
        1..=4 => Some(serial as usize),
        5 => Some(6),
        6 | 7 => Some(8),
        10 | 11 => None,
        _ if serial > 2 * RECORD_BYTES_MAX + 13 => None,
        _ => Some((serial as usize - 12) / 2),
    }
}

/// The types at the head of a record, if they and their values make up exactly `length` bytes; and where values begin.
fn types(local: &[u8], length: usize) -> Option<([u64; COLUMNS_MAX], usize, usize)> {
    let (head, mut at) = varint(local, 0)?;
    let head = usize::try_from(head).ok().filter(|&head| head <= local.len() && head > at)?;
    let mut serials = [0; COLUMNS_MAX];
    let (mut columns, mut bytes) = (0, head);
    while at < head {
        let (serial, after) = varint(local, at)?;
        *serials.get_mut(columns)? = serial;
        columns += 1;
        bytes += length_of(serial)?;
        at = after;
    }
    (at == head && bytes == length).then_some((serials, columns, head))
}

fn cell(page: &[u8], at: usize, tree: Tree) -> Option<Cell> {
    let (length, mut start) = varint(page, at)?;
    if !(2..=RECORD_BYTES_MAX).contains(&length) {
        return None;
    }
    let mut row_id = 0;
    if tree == Tree::Table {
        let (number, after) = varint(page, start)?;
        (row_id, start) = (number as i64, after);
    }
    let length = length as usize;
    let most = match tree {
        Tree::Table => PAGE_BYTES - 35,
        Tree::Index => (PAGE_BYTES - 12) * 64 / 255 - 23,
    };
    let least = (PAGE_BYTES - 12) * 32 / 255 - 23;
    let on_page = if length <= most {
        length
    } else {
        let fitting = least + (length - least) % (PAGE_BYTES - 4);
        if fitting <= most { fitting } else { least }
    };
    let local = start..start + on_page;
    types(page.get(local.clone())?, length)?;
    let (overflow, end) = if on_page < length {
        let next: [u8; 4] = page.get(local.end..local.end + 4)?.try_into().ok()?;
        (Some(u32::from_be_bytes(next)), local.end + 4)
    } else {
        (None, local.end)
    };
    Some(Cell { row_id, length, local, overflow, end: end.max(at + 4) })
}

/// The row whose cell begins at a place.
pub(crate) fn row(pages: &mut Pages, page: &[u8], at: usize, tree: Tree, listed: bool) -> Option<Found> {
    let cell = cell(page, at, tree)?;
    let mut record = page.get(cell.local.clone())?.to_vec();
    let mut next = cell.overflow;
    // Each round adds to the record, so a chain that bites its tail ends, too.
    while record.len() < cell.length {
        let number = next.filter(|number| (2..=pages.count()).contains(number))?;
        let more = pages.read(number);
        let (head, rest) = more.split_first_chunk()?;
        next = Some(u32::from_be_bytes(*head));
        let wanted = (cell.length - record.len()).min(PAGE_BYTES - 4);
        record.extend_from_slice(rest.get(..wanted)?);
    }
    let (serials, columns, mut from) = types(&record, cell.length)?;
    let mut values = Vec::with_capacity(columns);
    for &serial in &serials[..columns] {
        let bytes = record.get(from..from + length_of(serial)?)?;
        from += bytes.len();
        values.push(value(serial, bytes));
    }
    Some(Found { tree, row_id: cell.row_id, values, listed, at })
}

fn value(serial: u64, bytes: &[u8]) -> Value {
    match serial {
        0 => Value::Null,
        8 => Value::Integer(0),
        9 => Value::Integer(1),
        7 => Value::Real(f64::from_bits(bytes.iter().fold(0, |bits, &byte| bits << 8 | u64::from(byte)))),
        1..=6 => {
            let sign = if bytes.first().is_some_and(|&byte| byte >= 0x80) { -1 } else { 0 };
            Value::Integer(bytes.iter().fold(sign, |number, &byte| number << 8 | i64::from(byte)))
        }
        _ if serial.is_multiple_of(2) => Value::Blob(bytes.to_vec()),
        _ => Value::Text(bytes.to_vec()),
    }
}

fn half(page: &[u8], at: usize) -> usize {
    page.get(at..at + 2).map_or(0, |two| usize::from(u16::from_be_bytes([two[0], two[1]])))
}

/// Where the header of a page lies: the file's own is before it on the first.
fn header(number: u32) -> usize {
    if number == 1 { 100 } else { 0 }
}

/// The cells that a page lists: the kind of page, and where each begins.
fn listed(number: u32, page: &[u8]) -> (u8, Vec<usize>) {
    let header = header(number);
    let kind = page.get(header).copied().unwrap_or(0);
    let array = header + if matches!(kind, 2 | 5) { 12 } else { 8 };
    let most = (PAGE_BYTES - array) / 2;
    let cells = half(page, header + 3).min(most);
    (kind, (0..cells).map(|i| half(page, array + 2 * i)).collect())
}

/// The pages below an inner page.
pub(crate) fn children(number: u32, page: &[u8]) -> Vec<u32> {
    let (kind, cells) = listed(number, page);
    if !matches!(kind, 2 | 5) {
        return Vec::new();
    }
    let places = cells.into_iter().chain([header(number) + 8]);
    places
        .filter_map(|at| page.get(at..at + 4))
        .map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
        .collect()
}

/// Every row of a page. Where the page's own list of them does not account for each of its bytes, it is not trusted
/// alone: then rows are looked for at every byte.
pub(crate) fn rows(pages: &mut Pages, number: u32, page: &[u8]) -> Vec<Found> {
    let (kind, cells) = listed(number, page);
    let (tree, before) = match kind {
        13 => (Some(Tree::Table), 0),
        10 => (Some(Tree::Index), 0),
        2 => (Some(Tree::Index), 4),
        _ => (None, 0),
    };
    let mut found = Vec::new();
    let mut used = 0;
    if let Some(tree) = tree {
        for at in &cells {
            let Some(cell) = cell(page, at + before, tree) else { continue };
            used += cell.end - at;
            found.extend(row(pages, page, at + before, tree, true));
        }
        if accounted(number, page, cells.len(), used) {
            return found;
        }
    }
    if kind == 5 && accounted_inner(number, page, &cells) {
        return found;
    }
    for at in header(number)..page.len().saturating_sub(4) {
        for tree in [Tree::Table, Tree::Index] {
            let known = |known: &Found| known.at == at && known.tree == tree;
            if cell(page, at, tree).is_some() && !found.iter().any(known) {
                found.extend(row(pages, page, at, tree, false));
            }
        }
    }
    found
}

/// Whether cells, free blocks and fragments fill the page exactly.
fn accounted(number: u32, page: &[u8], cells: usize, mut used: usize) -> bool {
    if page.len() < PAGE_BYTES {
        return false;
    }
    let header = header(number);
    let array = header + if page[header] == 2 { 12 } else { 8 };
    let content = match half(page, header + 5) {
        0 => 65_536,
        at => at,
    };
    let mut free = half(page, header + 1);
    while free != 0 {
        if free < content || free + 4 > PAGE_BYTES {
            return false;
        }
        used += half(page, free + 2);
        match half(page, free) {
            0 => break,
            next if next <= free => return false,
            next => free = next,
        }
    }
    used += usize::from(page[header + 7]);
    array + 2 * cells <= content && content + used == PAGE_BYTES
}

/// Whether the cells of an inner page of a table, which hold no rows, fill it exactly.
fn accounted_inner(number: u32, page: &[u8], cells: &[usize]) -> bool {
    if page.len() < PAGE_BYTES {
        return false;
    }
    let header = header(number);
    let content = half(page, header + 5);
    let sizes = cells.iter().map(|&at| varint(page, at + 4).map(|(_, end)| end - at));
    let used: Option<usize> = sizes.sum();
    used.is_some_and(|used| content + used + usize::from(page[header + 7]) == PAGE_BYTES)
}
