//! What was acknowledged, and is it still there? A ledger of numbered entries, one transaction each.
//!
//! Entry n + 1 is written when n was acknowledged, and old entries are struck out so that pages are reused. A ledger
//! is whole when SQLite finds no damage, and its entries have no gap and say what was written.

#![allow(dead_code)] // each test binary uses a part of it

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

/// How many of the latest entries are kept.
pub const KEPT: i64 = 40;

pub fn file(home: &Path) -> PathBuf {
    home.join("ledger.db")
}

/// Opens a ledger, new or old, with `journal` and `synchronous` as SQLite's pragmas name them.
pub fn open(home: &Path, journal: &str, synchronous: &str) -> rusqlite::Result<Connection> {
    let ledger = Connection::open(file(home))?;
    // A small log, so that checkpoints and restarts of the log happen often.
    ledger.execute_batch(&format!(
        "PRAGMA journal_mode = {journal}; PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 16;
         CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, text TEXT NOT NULL);"
    ))?;
    Ok(ledger)
}

/// Writes one entry in one transaction. Writing it again, after an error that left open whether it is there, is fine.
pub fn write(ledger: &Connection, number: i64) -> rusqlite::Result<()> {
    let transaction = ledger.unchecked_transaction()?;
    transaction.execute("INSERT OR REPLACE INTO entry VALUES (?1, ?2)", (number, text(number)))?;
    transaction.execute("DELETE FROM entry WHERE number <= ?1", [number - KEPT])?;
    transaction.commit()
}

/// The last entry of a whole ledger, 0 if there is none; else what is wrong with it.
pub fn check(home: &Path) -> Result<i64, String> {
    if !file(home).exists() {
        return Ok(0);
    }
    let damage = |error: rusqlite::Error| error.to_string();
    let ledger = Connection::open(file(home)).map_err(damage)?;
    let verdict: String = ledger.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(damage)?;
    if verdict != "ok" {
        return Err(verdict);
    }
    let table = "SELECT 1 FROM sqlite_schema WHERE name = 'entry'";
    if ledger.query_row(table, [], |_| Ok(())).optional().map_err(damage)?.is_none() {
        return Ok(0);
    }
    let mut select = ledger.prepare("SELECT number, text FROM entry ORDER BY number").map_err(damage)?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(damage)?;
    let entries = rows.collect::<rusqlite::Result<Vec<(i64, String)>>>().map_err(damage)?;
    let last = entries.last().map_or(0, |(number, _)| *number);
    let expected =
        (1..=last).skip_while(|number| *number <= last - KEPT).map(|number| (number, text(number)));
    match entries.iter().cloned().eq(expected) {
        true => Ok(last),
        false => Err(format!("{} entries up to {last}, with a gap or another text", entries.len())),
    }
}

/// What an entry says: up to two pages long, so that entries overflow and move.
fn text(number: i64) -> String {
    format!("entry {number} ").repeat(1 + (number * 131 % 700) as usize)
}
