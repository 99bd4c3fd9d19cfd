//! How do arrays lie in the file?
//!
//! Each array is cut into pieces of 256 KiB, a row of `graph_chunk` each: a codec byte, a checksum of the rest, and the
//! numbers as they are in memory, little-endian; or, where a piece has few different ones, as labels and weights do, these
//! and a byte for each. Array 0 tells how long the others are. What is stored is a function of the rows at one change of
//! the graph: whoever stores the same set writes the same bytes.

mod compare;
mod damaged;
mod keep;
mod load;

pub(crate) use compare::{Compared, compare};
pub(super) use damaged::drop_damaged;
pub(super) use keep::{Storing, step};
pub(super) use load::{Loaded, load};

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Base;
use crate::codec;
use crate::error::Result;
use crate::storage::WriteTx;

/// The layout that this version writes and reads.
pub(crate) const LAYOUT: i64 = 1;
/// Bytes of a piece.
const PIECE: usize = 256 << 10;
/// Before the numbers of a piece: the codec and the checksum.
const HEAD: usize = 9;
/// The codec of numbers as they are.
const PLAIN: u8 = 0;
/// The codec of few different numbers: how many there are (two bytes), these, and a byte for each of all.
const FEW: u8 = 1;
/// Arrays of a set, after the one of their lengths.
const PARTS: usize = 25;

/// An array as it is in memory.
#[derive(Clone, Copy)]
enum Array<'b> {
    Bytes(&'b [u8]),
    Bits(&'b [bool]),
    Words(&'b [u32]),
    Places(&'b [usize]),
    Longs(&'b [i64]),
    Reals(&'b [f64]),
    Spans(&'b [(i64, i64)]),
}

impl Array<'_> {
    fn len(self) -> usize {
        match self {
            Self::Bytes(of) => of.len(),
            Self::Bits(of) => of.len(),
            Self::Words(of) => of.len(),
            Self::Places(of) => of.len(),
            Self::Longs(of) => of.len(),
            Self::Reals(of) => of.len(),
            Self::Spans(of) => of.len(),
        }
    }

    /// A piece as its row has it.
    fn piece(self, sort: Sort, piece: usize) -> Vec<u8> {
        let most = PIECE / sort.width();
        let range = piece * most..self.len().min((piece + 1) * most);
        let mut data = Vec::with_capacity(HEAD + range.len() * sort.width());
        data.extend_from_slice(&[PLAIN; HEAD]);
        match self {
            Self::Bytes(of) => data.extend_from_slice(&of[range]),
            Self::Bits(of) => data.extend(of[range].iter().map(|&bit| u8::from(bit))),
            Self::Words(of) => of[range].iter().for_each(|word| data.extend_from_slice(&word.to_le_bytes())),
            // A set whose texts are longer than this can tell is not stored.
            Self::Places(of) => {
                of[range].iter().for_each(|&place| data.extend_from_slice(&(place as u32).to_le_bytes()));
            }
            Self::Longs(of) => of[range].iter().for_each(|long| data.extend_from_slice(&long.to_le_bytes())),
            Self::Reals(of) => of[range].iter().for_each(|real| data.extend_from_slice(&real.to_le_bytes())),
            Self::Spans(of) => of[range].iter().for_each(|(from, to)| {
                data.extend_from_slice(&from.to_le_bytes());
                data.extend_from_slice(&to.to_le_bytes());
            }),
        }
        if let Some(few) = few(&data[HEAD..], sort.width()) {
            data.truncate(HEAD);
            data[0] = FEW;
            data.extend(few);
        }
        let sum = codec::hash(&data[HEAD..]).to_le_bytes();
        data[1..HEAD].copy_from_slice(&sum);
        data
    }
}

/// Numbers of some bytes each, if few of them are different and it makes them shorter.
fn few(plain: &[u8], width: usize) -> Option<Vec<u8>> {
    if width == 1 {
        return None;
    }
    let mut codes: HashMap<&[u8], u8> = HashMap::new();
    let (mut values, mut bytes) = (Vec::new(), Vec::with_capacity(plain.len() / width));
    for value in plain.chunks_exact(width) {
        let next = u8::try_from(codes.len());
        let code = match codes.entry(value) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                values.extend_from_slice(value);
                *new.insert(next.ok()?)
            }
        };
        bytes.push(code);
    }
    let count = (codes.len() as u16).to_le_bytes();
    let few = [&count[..], &values, &bytes].concat();
    (few.len() < plain.len()).then_some(few)
}

/// What the elements of an array are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Bytes,
    Bits,
    Words,
    Places,
    Longs,
    Reals,
    Spans,
}

/// Sorts of the arrays of a set, by their numbers, which are from 1; `Base::arrays` gives them in this order.
const SORTS: [Sort; PARTS] = {
    use Sort::{Bits, Bytes, Longs, Places, Reals, Spans, Words};
    [
        Longs, Bits, Words, Bytes, Places, Words, Bytes, Places, Words, Bytes, Places, Words, Words, Bytes,
        Places, Words, Longs, Words, Words, Words, Words, Words, Words, Reals, Spans,
    ]
};

impl Sort {
    /// Bytes that one element takes in the file.
    const fn width(self) -> usize {
        match self {
            Self::Bytes | Self::Bits => 1,
            Self::Words | Self::Places => 4,
            Self::Longs | Self::Reals => 8,
            Self::Spans => 16,
        }
    }

    /// Pieces of so many elements.
    fn pieces(self, len: usize) -> usize {
        len.div_ceil(PIECE / self.width())
    }
}

impl Base {
    /// Its arrays, in the order of their numbers.
    fn arrays(&self) -> [Array<'_>; PARTS] {
        let (names, labels) = (self.names.parts(), self.entity_labels.parts());
        let (aliases, sorts) = (self.aliases.parts(), self.relation_labels.parts());
        let ([out_starts, out_ends, in_starts, in_ends, in_places], facts) = self.lists.parts();
        [
            Array::Longs(&self.ids),
            Array::Bits(&self.own),
            Array::Words(&self.label_of),
            Array::Bytes(names.0),
            Array::Places(names.1),
            Array::Words(names.2),
            Array::Bytes(labels.0),
            Array::Places(labels.1),
            Array::Words(labels.2),
            Array::Bytes(aliases.0),
            Array::Places(aliases.1),
            Array::Words(aliases.2),
            Array::Words(&self.alias_of),
            Array::Bytes(sorts.0),
            Array::Places(sorts.1),
            Array::Words(sorts.2),
            Array::Longs(&self.label_ids),
            Array::Words(out_starts),
            Array::Words(out_ends),
            Array::Words(in_starts),
            Array::Words(in_ends),
            Array::Words(in_places),
            Array::Words(facts.0),
            Array::Reals(facts.1),
            Array::Spans(facts.2),
        ]
    }
}

/// Deletes every stored set, and lets the next upkeep make new ones.
pub(crate) fn clear(tx: &mut WriteTx<'_>) -> Result<()> {
    tx.prepare("DELETE FROM graph_snapshot")?.execute([])?;
    tx.prepare("DELETE FROM graph_chunk")?.execute([])?;
    tx.touch_all();
    Ok(())
}
