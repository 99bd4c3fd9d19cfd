//! How do vectors come into the index, and what happens to them there?
//!
//! A write notes what becomes of vectors; before it commits, this writes it down. Few that come wait in the tail, row by row; many become a chunk.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::anew::ask_for_rebuild;
use super::chunk::{Codes, Slot, State, code_from_bytes, code_to_bytes, slots_most};
use super::code::{Code, Rotation};
use super::file::{self, ChunkRow, SetRow};
use super::numbers::floats;
use crate::error::{Error, Result};
use crate::model::VectorData;
use crate::storage::{VectorChange, VectorNote, WriteTx};

/// Vectors in the tail that become a chunk.
const SEAL_AT: i64 = 256;
/// Of whom a vector is, and of what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) persona_id: i64,
    pub(crate) memory_id: i64,
    pub(crate) kind_id: i64,
    pub(crate) at: i64,
    pub(crate) is_live: bool,
    pub(crate) expires: bool,
}

impl Owner {
    fn state(&self) -> u8 {
        State { is_live: self.is_live, expires: self.expires, is_gone: false }.to_byte()
    }
}

thread_local! {
    /// Rotations by dimensions: few, and always the same.
    static ROTATIONS: RefCell<HashMap<usize, Rc<Rotation>>> = RefCell::default();
}

pub(super) fn rotation(dimensions: usize) -> Rc<Rotation> {
    ROTATIONS.with_borrow_mut(|all| {
        Rc::clone(all.entry(dimensions).or_insert_with(|| Rc::new(Rotation::new(dimensions))))
    })
}

/// Notes that a vector came.
pub(crate) fn come(tx: &mut WriteTx<'_>, owner: &Owner, model_id: i64, vector_id: i64, data: &VectorData) {
    let numbers = floats(data);
    let code = code_to_bytes(&rotation(numbers.len()).encode(&numbers));
    let change = VectorChange::Come {
        memory_id: owner.memory_id,
        at: owner.at,
        kind_id: owner.kind_id,
        state: owner.state(),
        code,
    };
    tx.note_vector(
        VectorNote { persona_id: owner.persona_id, model_id, vector_id, change },
        super::super::settle,
    );
}

/// Notes that a memory has another time or can be found no more, or again.
pub(crate) fn mark(tx: &mut WriteTx<'_>, owner: &Owner) -> Result<()> {
    let all: Vec<(i64, i64)> = tx
        .prepare("SELECT model_id, vector_id FROM memory_vector WHERE memory_id = ?1")?
        .query_map([owner.memory_id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (model_id, vector_id) in all {
        let change = VectorChange::State { at: owner.at, state: owner.state() };
        let note = VectorNote { persona_id: owner.persona_id, model_id, vector_id, change };
        tx.note_vector(note, super::super::settle);
    }
    Ok(())
}

/// Notes that a vector is there no more.
pub(crate) fn gone(tx: &mut WriteTx<'_>, persona_id: i64, model_id: i64, vector_id: i64) {
    let note = VectorNote { persona_id, model_id, vector_id, change: VectorChange::Gone };
    tx.note_vector(note, super::super::settle);
}

/// Writes down what a transaction noted.
pub(crate) fn settle(tx: &mut WriteTx<'_>) -> Result<()> {
    let mut sets: BTreeMap<(i64, i64), Vec<VectorNote>> = BTreeMap::new();
    for note in tx.take_vectors() {
        sets.entry((note.persona_id, note.model_id)).or_default().push(note);
    }
    for (whose, notes) in sets {
        let dimensions = file::dimensions(tx.conn(), whose.1)?;
        let mut set = SetRow::to_change(tx, whose)?;
        let Noted { come, changed } = Noted::of(dimensions, notes)?;
        change(tx, &mut set, dimensions, changed)?;
        if set.tail + come.len() as i64 >= SEAL_AT {
            seal(tx, &mut set, dimensions, come)?;
        } else {
            set.tail += come.len() as i64;
            for (slot, code) in come.values() {
                file::put_tail(tx, set.set_id, slot, &code_to_bytes(code))?;
            }
        }
        set.save(tx)?;
    }
    Ok(())
}

pub(super) type Come = BTreeMap<i64, (Slot, Code)>;

/// What is left of notes of a set, by vector.
struct Noted {
    come: Come,
    /// Times and states of those that came before.
    changed: BTreeMap<i64, (i64, State)>,
}

impl Noted {
    fn of(dimensions: usize, notes: Vec<VectorNote>) -> Result<Self> {
        let mut noted = Self { come: Come::new(), changed: BTreeMap::new() };
        for VectorNote { vector_id, change, .. } in notes {
            match change {
                VectorChange::Come { memory_id, at, kind_id, state, code } => {
                    let kind_id = u32::try_from(kind_id).unwrap_or(u32::MAX);
                    let slot = Slot { vector_id, memory_id, at, kind_id, state: State::from_byte(state) };
                    noted.come.insert(vector_id, (slot, code_from_bytes(dimensions, &code)?));
                }
                VectorChange::State { at, state } => match noted.come.get_mut(&vector_id) {
                    Some((slot, _)) => (slot.at, slot.state) = (at, State::from_byte(state)),
                    None => {
                        noted.changed.insert(vector_id, (at, State::from_byte(state)));
                    }
                },
                VectorChange::Gone => {
                    if noted.come.remove(&vector_id).is_none() {
                        noted.changed.insert(vector_id, (0, State::GONE));
                    }
                }
            }
        }
        Ok(noted)
    }
}

/// Changes vectors that the set has. Those that it does not have yet are taken up as they are then.
fn change(
    tx: &WriteTx<'_>,
    set: &mut SetRow,
    dimensions: usize,
    changed: BTreeMap<i64, (i64, State)>,
) -> Result<()> {
    let mut open: Option<Open> = None;
    for (vector_id, (at, state)) in changed {
        let in_tail = if state.is_gone {
            tx.prepare("DELETE FROM vector_tail WHERE set_id = ?1 AND vector_id = ?2")?
                .execute((set.set_id, vector_id))?
        } else {
            tx.prepare("UPDATE vector_tail SET at = ?3, state = ?4 WHERE set_id = ?1 AND vector_id = ?2")?
                .execute((set.set_id, vector_id, at, state.to_byte()))?
        };
        if in_tail > 0 {
            set.tail -= i64::from(state.is_gone);
            continue;
        }
        if open.as_ref().is_none_or(|open| open.row.last_id() < vector_id) {
            if let Some(open) = open.take() {
                open.save(tx, set)?;
            }
            open = match ChunkRow::before(tx.conn(), set.set_id, vector_id) {
                Ok(row) => row.map(|row| Open { row, codes: None }),
                Err(Error::Corrupt { .. }) => {
                    ask_for_rebuild(tx)?;
                    None
                }
                Err(error) => return Err(error),
            };
        }
        if let Some(open) = &mut open {
            open.change(tx, dimensions, vector_id, (at, state))?;
        }
    }
    open.map_or(Ok(()), |open| open.save(tx, set))
}

/// A chunk that is being changed.
struct Open {
    row: ChunkRow,
    /// Where they are changed, too.
    codes: Option<Codes>,
}

impl Open {
    fn change(
        &mut self,
        tx: &WriteTx<'_>,
        dimensions: usize,
        vector_id: i64,
        (at, state): (i64, State),
    ) -> Result<()> {
        let place = self.row.slots.binary_search_by_key(&vector_id, |slot| slot.vector_id);
        let Ok(place) = place else { return Ok(()) };
        let count = self.row.slots.len();
        let slot = &mut self.row.slots[place];
        (slot.at, slot.state) = (at, state);
        if state.is_gone {
            slot.memory_id = 0;
            if self.codes.is_none() {
                match file::codes(tx.conn(), self.row.chunk_id, dimensions, count) {
                    Ok(codes) => self.codes = Some(codes),
                    Err(Error::Corrupt { .. }) => return ask_for_rebuild(tx),
                    Err(error) => return Err(error),
                }
            }
            if let Some(codes) = &mut self.codes {
                codes.clear(place);
            }
        }
        Ok(())
    }

    fn save(mut self, tx: &WriteTx<'_>, set: &mut SetRow) -> Result<()> {
        if self.row.slots.iter().all(|slot| slot.state.is_gone) {
            set.epoch += 1;
            return self.row.drop(tx);
        }
        self.row.seq = set.seq;
        if self.codes.is_some() {
            self.row.code_seq = set.seq;
        }
        self.row.save(tx, self.codes.as_ref())
    }
}

/// Makes chunks of the tail and of what comes now.
fn seal(tx: &WriteTx<'_>, set: &mut SetRow, dimensions: usize, mut come: Come) -> Result<()> {
    for row in file::tail(tx.conn(), set.set_id, dimensions)? {
        match row {
            Ok((slot, code)) => {
                come.insert(slot.vector_id, (slot, code));
            }
            Err(Error::Corrupt { .. }) => ask_for_rebuild(tx)?,
            Err(error) => return Err(error),
        }
    }
    file::clear_tail(tx, set.set_id)?;
    set.tail = 0;
    // Where older ones are still to be taken up, theirs are chunks of their own, so that no two overlap.
    let is_filling = super::anew::is_filling(tx.conn())?;
    put(tx, set, dimensions, come, !is_filling)
}

/// Puts vectors into the last chunk before them, if it `may_grow`, and into new ones.
pub(super) fn put(
    tx: &WriteTx<'_>,
    set: &SetRow,
    dimensions: usize,
    come: Come,
    may_grow: bool,
) -> Result<()> {
    let most = slots_most(dimensions);
    let mut come = come.into_values().peekable();
    let Some(first_id) = come.peek().map(|(slot, _)| slot.vector_id) else { return Ok(()) };
    let last = if may_grow { ChunkRow::before(tx.conn(), set.set_id, first_id) } else { Ok(None) };
    let last = match last {
        Err(Error::Corrupt { .. }) => {
            ask_for_rebuild(tx)?;
            None
        }
        last => last?,
    };
    if let Some(mut row) = last.filter(|row| row.slots.len() < most && row.last_id() < first_id) {
        match file::codes(tx.conn(), row.chunk_id, dimensions, row.slots.len()) {
            Ok(mut codes) => {
                while let Some((slot, code)) = come.next_if(|_| row.slots.len() < most) {
                    row.slots.push(slot);
                    codes.push(&code);
                }
                (row.seq, row.code_seq) = (set.seq, set.seq);
                row.save(tx, Some(&codes))?;
            }
            Err(Error::Corrupt { .. }) => ask_for_rebuild(tx)?,
            Err(error) => return Err(error),
        }
    }
    while come.peek().is_some() {
        let (mut slots, mut codes) = (Vec::with_capacity(most), Codes::new(dimensions));
        for (slot, code) in come.by_ref().take(most) {
            slots.push(slot);
            codes.push(&code);
        }
        file::put_chunk(tx, set, &slots, &codes)?;
    }
    Ok(())
}
