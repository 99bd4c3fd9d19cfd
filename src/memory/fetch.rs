//! What is this memory, and what was it before?

use rusqlite::{Connection, OptionalExtension};

use super::rows::{FromRow, Numbered, Row};
use super::select::{Selection, after_expiry};
use crate::error::{Error, Result};
use crate::model::limits::IDS_MAX;
use crate::model::{Embedding, Kind, Memory, MemoryId, Passage, VectorData};
use crate::storage::{self, ReadTx};

/// One memory; forgotten and expired ones are hidden, superseded ones are not.
pub(crate) fn get(read: &ReadTx<'_>, id: MemoryId) -> Result<Memory> {
    find(read, id)?.ok_or(Error::NotFound { what: "memory" })
}

fn find(read: &ReadTx<'_>, id: MemoryId) -> Result<Option<Memory>> {
    let sql = format!(
        "SELECT {} FROM memory AS m
          WHERE m.uuid = ?1 AND m.forgotten_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > ?2)",
        Numbered::COLUMNS
    );
    let mut statement = read.conn().prepare_cached(&sql)?;
    let row = statement
        .query_row((id.as_bytes(), read.now().as_millis()), |row| Ok(Numbered::read(row, &mut read.namer())))
        .optional()?;
    Ok(row.transpose()?.map(|row| row.memory))
}

/// Several memories, in the order of the ids; `None` where there is none to see.
pub(crate) fn get_many(read: &ReadTx<'_>, ids: &[MemoryId]) -> Result<Vec<Option<Memory>>> {
    if ids.len() > IDS_MAX {
        return Err(Error::invalid("ids", "has more than 10,000 ids"));
    }
    ids.iter().map(|&id| find(read, id)).collect()
}

/// Rows by number, in the order given; those that are gone are left out.
pub(crate) fn get_rows(read: &ReadTx<'_>, memory_ids: &[i64]) -> Result<Vec<Row>> {
    let sql = format!("SELECT {} FROM memory AS m WHERE m.memory_id = ?1", Row::COLUMNS);
    let mut statement = read.conn().prepare_cached(&sql)?;
    let mut rows = Vec::with_capacity(memory_ids.len());
    let mut namer = read.namer();
    for id in memory_ids {
        let row = statement.query_row([id], |row| Ok(Row::read(row, &mut namer))).optional()?;
        rows.extend(row.transpose()?);
    }
    Ok(rows)
}

/// The number of a memory that is not forgotten.
pub(crate) fn memory_id(conn: &Connection, id: MemoryId) -> Result<Option<i64>> {
    let sql = "SELECT memory_id FROM memory WHERE uuid = ?1 AND forgotten_at IS NULL";
    Ok(conn.prepare_cached(sql)?.query_row([id.as_bytes()], |row| row.get(0)).optional()?)
}

/// What a key has stood for, oldest first; the last one is what holds, unless it was forgotten.
pub(crate) fn history(read: &ReadTx<'_>, persona: &str, kind: &Kind, key: &str) -> Result<Vec<Memory>> {
    let conn = read.conn();
    let (Some(persona_id), Some(kind_id)) =
        (storage::persona_id(conn, persona)?, storage::kind_id(conn, kind.as_str())?)
    else {
        return Ok(Vec::new());
    };
    let columns = Numbered::COLUMNS;
    let place = "m.persona_id = ?1 AND m.kind_id = ?2 AND m.key = ?3 AND m.forgotten_at IS NULL";
    let sql = format!(
        "SELECT {columns} FROM memory AS m WHERE {place} AND m.superseded_at IS NOT NULL
         UNION ALL
         SELECT {columns} FROM memory AS m WHERE {place} AND m.superseded_at IS NULL AND m.key IS NOT NULL
         ORDER BY 5, 1"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut namer = read.namer();
    let rows = statement.query_and_then((persona_id, kind_id, key), |row| {
        Numbered::read(row, &mut namer).map(|row| row.memory)
    })?;
    let now = read.now();
    rows.filter(|memory| {
        memory.as_ref().map_or(true, |memory| memory.expires_at.is_none_or(|expiry| expiry > now))
    })
    .collect()
}

/// The vectors of a memory, as they were given, by model.
pub(crate) fn embeddings(conn: &Connection, memory_id: i64) -> Result<Vec<Embedding>> {
    let sql = "SELECT model.name, vector.from_byte, vector.to_byte, vector.format, vector.numbers
                 FROM memory_vector AS vector JOIN embedding_model AS model USING (model_id)
                WHERE vector.memory_id = ?1 AND unicode(model.name) <> 1 ORDER BY model.name, vector.passage";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([memory_id])?;
    let mut embeddings: Vec<Embedding> = Vec::new();
    while let Some(row) = rows.next()? {
        let model: String = row.get(0)?;
        let range = row.get::<_, Option<u32>>(1)?.zip(row.get(2)?);
        let numbers = row.get(4)?;
        let data = match row.get::<_, String>(3)?.as_str() {
            "f32" => VectorData::F32(numbers),
            _ => VectorData::F16(numbers),
        };
        let passage = Passage { range, data };
        match embeddings.last_mut() {
            Some(last) if last.model == model => last.passages.push(passage),
            _ => embeddings.push(Embedding { model, passages: vec![passage] }),
        }
    }
    Ok(embeddings)
}

/// Superseded memories of the selection's one persona, by key, kind and time.
pub(crate) fn each_superseded(
    read: &ReadTx<'_>,
    selection: &Selection<'_>,
    mut each: impl FnMut(Row) -> Result<()>,
) -> Result<()> {
    let (conditions, mut params) = selection.conditions(2);
    params.insert(0, selection.personas.first().copied().into());
    params.insert(1, read.now().as_millis().into());
    let sql = format!(
        "SELECT {} FROM memory AS m JOIN kind USING (kind_id)
          WHERE m.persona_id = ?1 AND m.superseded_at IS NOT NULL AND m.forgotten_at IS NULL
            AND {} AND {conditions}
          ORDER BY m.key, kind.name, m.at, m.memory_id",
        Row::COLUMNS,
        after_expiry(2)
    );
    let mut statement = read.conn().prepare_cached(&sql)?;
    let mut rows = statement.query(rusqlite::params_from_iter(params))?;
    let mut namer = read.namer();
    while let Some(row) = rows.next()? {
        each(Row::read(row, &mut namer)?)?;
    }
    Ok(())
}

/// Every row there is, in the order of numbers; those that cannot be understood as what damage made of them.
pub(crate) fn each_row(read: &ReadTx<'_>, mut each: impl FnMut(Result<Row>) -> Result<()>) -> Result<()> {
    let sql = format!("SELECT {} FROM memory AS m ORDER BY m.memory_id", Row::COLUMNS);
    let mut statement = read.conn().prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut namer = read.namer();
    while let Some(row) = rows.next()? {
        each(Row::read(row, &mut namer))?;
    }
    Ok(())
}
