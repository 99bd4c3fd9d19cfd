//! How does a file get another schema, and what if that goes wrong?
//!
//! In turn with other processes: a copy is made, the steps are taken, the file is looked at with fresh eyes, the copy
//! goes. If the file is not sound, the copy is put back if nobody wrote since; else the way back is walked, which keeps
//! what was written; else the copy stays beside the file, and the error says so.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::shape::Shape;
use super::snapshot::{self, Kept, Made};
use super::step::{self, strange_records};
use super::turn::{self, Turn};
use super::{NEWEST, version};
use crate::error::{Error, Result};
use crate::model::Config;
use crate::storage::connect;
use crate::storage::opened::{self, Opened};

/// That a file got another schema.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("memories.db");
/// # drop(mindkeep::Store::open(&path)?);
/// # mindkeep::Schema::of(&path).down(1)?;
/// let store = mindkeep::Store::open(&path)?;
/// let upgrade = store.upgraded().expect("the file was older");
/// assert_eq!(upgrade.from, 1);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upgrade {
    /// The schema that it had.
    pub from: u32,
    /// The schema that it has; less than `from` on the way back.
    pub to: u32,
    /// How long it took, with the copy, the check and the wait for others.
    pub took: Duration,
    /// What there was to fall back on meanwhile.
    pub snapshot: Snapshot,
}

/// The copy that is made before a file gets another schema, and taken away after.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("memories.db");
/// # drop(mindkeep::Store::open(&path)?);
/// let back = mindkeep::Schema::of(&path).down(1)?.expect("it was newer");
/// assert_ne!(back.snapshot, mindkeep::Snapshot::None);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshot {
    /// A clone by the file system, which took neither time nor room.
    Cloned,
    /// A copy of every page in use.
    Copied,
    /// None: the caller wanted to go on without.
    None,
}

/// A connection that may write, and the mark that this process has the file open.
pub(super) struct OnFile {
    conn: Connection,
    _opened: Opened,
}

impl OnFile {
    pub(super) fn open(path: &Path, config: &Config) -> Result<Self> {
        let opened = opened::opening(path)?;
        let conn = connect::writer(Some(path), config)?;
        // Before anything is set: a file from a newer version stays untouched.
        let found = version(&conn)?;
        if found > NEWEST {
            return Err(Error::SchemaTooNew { found, supported: NEWEST });
        }
        connect::set_up_writer(&conn, config).map_err(|error| Error::sqlite("opening the file", &error))?;
        Ok(Self { conn, _opened: opened })
    }
}

impl Deref for OnFile {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.conn
    }
}

impl DerefMut for OnFile {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.conn
    }
}

/// Brings a file to a version, up or down. `None` if it has that. The caller has no connection to the file.
pub(crate) fn run(path: &Path, config: &Config, target: u32) -> Result<Option<Upgrade>> {
    run_and_judge(path, config, target, &sound)
}

/// Says whether a file is sound at a version.
type Judge<'j> = &'j dyn Fn(&Connection, u32) -> Result<()>;

fn run_and_judge(path: &Path, config: &Config, target: u32, judge: Judge<'_>) -> Result<Option<Upgrade>> {
    let start = Instant::now();
    let path = &real(path);
    let _turn = Turn::wait(path, config.busy_wait())?;
    tidy(path, config, judge)?;
    let from = version_laid(path, config)?;
    if from == target {
        return Ok(None);
    }
    let kept = match config.upgrade_without_snapshot {
        true => None,
        false => Some(Kept::take(path, config, target)?),
    };
    let made = kept.as_ref().map(|kept| kept.made);
    let stepped = walk(path, config, target);
    conclude(path, config, (from, target), kept, stepped, judge)?;
    let snapshot = match made {
        Some(Made::Cloned) => Snapshot::Cloned,
        Some(Made::Copied) => Snapshot::Copied,
        None => Snapshot::None,
    };
    Ok(Some(Upgrade { from, to: target, took: start.elapsed(), snapshot }))
}

/// The version of a file; one whose making was cut off before it had any is made whole first.
fn version_laid(path: &Path, config: &Config) -> Result<u32> {
    let mut file = OnFile::open(path, config)?;
    if version(&file)? == 0 {
        super::lay(&mut file)?;
    }
    version(&file)
}

/// The file itself, beside which SQLite has its log. Whoever comes by a link meets the others there.
fn real(path: &Path) -> PathBuf {
    // Elsewhere SQLite goes by the name.
    let real = if cfg!(unix) { path.canonicalize().ok() } else { None };
    real.unwrap_or_else(|| path.to_owned())
}

/// Whether an upgrade goes on, or was cut off and left something. A cut of power may leave either file without the other.
pub(crate) fn is_cut_off(path: &Path) -> bool {
    let path = &real(path);
    turn::name(path).exists() || snapshot::left(path).next().is_some()
}

/// Ends what an upgrade left that was cut off, unless another process is at it. The caller has no connection to the file.
pub(crate) fn settle(path: &Path, config: &Config) -> Result<()> {
    let path = &real(path);
    match Turn::now(path)? {
        Some(_turn) => tidy(path, config, &sound),
        None => Ok(()),
    }
}

/// Copies that an upgrade left when it was cut off: one before its last step changed nothing that the copy has not;
/// one after it has still to be looked at.
fn tidy(path: &Path, config: &Config, judge: Judge<'_>) -> Result<()> {
    for (copy, target) in snapshot::left(path) {
        let now = version(&*OnFile::open(path, config)?)?;
        if now != target {
            snapshot::remove(&copy);
            continue;
        }
        match Kept::found(copy.clone(), target, Made::Copied) {
            Ok(kept) => conclude(path, config, (kept.version, target), Some(kept), Ok(()), judge)?,
            Err(_) if judge(&*OnFile::open(path, config)?, now).is_ok() => snapshot::remove(&copy),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn walk(path: &Path, config: &Config, target: u32) -> Result<()> {
    let mut file = OnFile::open(path, config)?;
    while step::step(&mut file, target)? {}
    Ok(())
}

/// Looks at the file after its steps with a fresh connection; if they failed, or it is not sound, goes back.
fn conclude(
    path: &Path,
    config: &Config,
    (from, target): (u32, u32),
    kept: Option<Kept>,
    stepped: Result<()>,
    judge: Judge<'_>,
) -> Result<()> {
    let judged = |version| OnFile::open(path, config).and_then(|file| judge(&file, version));
    let Err(cause) = stepped.and_then(|()| judged(target)) else { return Ok(()) };
    let is_back = || OnFile::open(path, config).is_ok_and(|file| version(&file) == Ok(from));
    // A step that failed was undone whole.
    if is_back() {
        return Err(cause);
    }
    if let Some(kept) = &kept
        && kept.restore(path, config).is_ok()
        && is_back()
    {
        return Err(cause);
    }
    if walk(path, config, from).is_ok() && judged(from).is_ok() {
        return Err(cause);
    }
    // A disk that fails says nothing about the file: the next opening judges it, and has the copy. SQLite's check of the
    // pages takes one that it cannot read for damage.
    let is_verdict = matches!(cause, Error::Corrupt { .. } | Error::SchemaDiffers { .. });
    if !is_verdict || OnFile::open(path, config).is_err() {
        kept.into_iter().for_each(Kept::leave);
        return Err(cause);
    }
    let snapshot = kept.map(Kept::keep);
    Err(Error::UpgradeFailed { snapshot, cause: Box::new(cause) })
}

/// Fails unless the pages of a file are whole and its schema is the one of a version.
pub(super) fn sound(conn: &Connection, at: u32) -> Result<()> {
    let failed = |error: rusqlite::Error| Error::sqlite("checking the upgraded file", &error);
    if version(conn)? != at || !Shape::of(conn)?.difference(&Shape::expected(at)?).wrong.is_empty() {
        return Err(Error::SchemaDiffers { version: at });
    }
    let first: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if first != "ok" {
        return Err(Error::Corrupt { what: "a page, found by the check after an upgrade" });
    }
    Ok(())
}

/// What is wrong with the schema of a file, in fixed words, and how often; and how much somebody added. Changes nothing.
pub(crate) fn examine(conn: &Connection) -> Result<(Vec<(&'static str, u64)>, u64)> {
    let at = version(conn)?;
    if at > NEWEST {
        return Err(Error::SchemaTooNew { found: at, supported: NEWEST });
    }
    let shape = Shape::of(conn)?.difference(&Shape::expected(at)?);
    let counters: u64 = conn
        .query_row(
            "SELECT (schema_version <> ?1) + (memory_seq < (SELECT coalesce(max(memory_id), 0) FROM memory))
                    + (change_seq < (SELECT coalesce(max(seq), 0) FROM change)) FROM store_state",
            [at],
            |row| row.get(0),
        )
        .map_err(|error| Error::sqlite("reading the counters", &error))?;
    let wrong = vec![
        (
            "a step is missing, or is not the one that this version knows",
            strange_records(conn, at)?.len() as u64,
        ),
        ("a table, index or view is missing or altered", shape.wrong.len() as u64),
        ("a counter does not fit the schema or the rows", counters),
    ];
    Ok((wrong, shape.extra.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Storage;

    /// A store of the first schema with one kind in it, and the files of its folder.
    fn older() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("memories.db");
        drop(Storage::open(&path, Config::desktop()).expect("is made"));
        write(&path, "INSERT INTO kind (name) VALUES ('before')");
        run(&path, &Config::desktop(), 1).expect("goes down");
        (home, path)
    }

    /// Writes as a program of another process does: with a number of its commit.
    fn write(path: &Path, sql: &str) {
        let file = OnFile::open(path, &Config::desktop()).expect("opens");
        file.execute_batch(&format!(
            "BEGIN; {sql}; UPDATE store_state SET commit_seq = commit_seq + 1; COMMIT"
        ))
        .expect("writes");
    }

    fn kinds(path: &Path) -> (u32, Vec<String>) {
        let file = OnFile::open(path, &Config::desktop()).expect("opens");
        let mut statement = file.prepare("SELECT name FROM kind ORDER BY kind_id").expect("prepares");
        let names = statement.query_map([], |row| row.get(0)).expect("runs");
        (version(&file).expect("a store"), names.collect::<rusqlite::Result<_>>().expect("reads"))
    }

    fn files(home: &tempfile::TempDir) -> Vec<String> {
        let entries = home.path().read_dir().expect("a folder");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    const DAMAGED: Error = Error::Corrupt { what: "whatever the test says" };

    #[test]
    fn an_unsound_file_becomes_what_it_was() {
        let (home, path) = older();
        let judge = |conn: &Connection, at: u32| if at == 2 { Err(DAMAGED) } else { sound(conn, at) };
        for without in [false, true] {
            let config = Config { upgrade_without_snapshot: without, ..Config::desktop() };
            assert_eq!(run_and_judge(&path, &config, 2, &judge), Err(DAMAGED));
            assert_eq!(kinds(&path), (1, vec!["before".to_owned()]));
            assert_eq!(files(&home), ["memories.db"]);
        }
        // A file that no step can take back is put back whole.
        let judge = |_: &Connection, _: u32| {
            OnFile::open(&path, &Config::desktop())?.execute_batch("DROP INDEX memory_source")?;
            Err(DAMAGED)
        };
        assert_eq!(run_and_judge(&path, &Config::desktop(), 2, &judge), Err(DAMAGED));
        assert_eq!(kinds(&path), (1, vec!["before".to_owned()]));
        assert_eq!(files(&home), ["memories.db"]);
        // The way back is judged as well.
        assert_eq!(run(&path, &Config::desktop(), 2).expect("goes up").map(|upgrade| upgrade.to), Some(2));
        let judge = |conn: &Connection, at: u32| if at == 1 { Err(DAMAGED) } else { sound(conn, at) };
        assert_eq!(run_and_judge(&path, &Config::desktop(), 1, &judge), Err(DAMAGED));
        assert_eq!(kinds(&path), (2, vec!["before".to_owned()]));
        assert_eq!(files(&home), ["memories.db"]);
    }

    #[test]
    fn what_was_written_meanwhile_survives_going_back() {
        let (home, path) = older();
        let judge = |conn: &Connection, at: u32| {
            if at == 1 {
                return sound(conn, at);
            }
            write(&path, "INSERT INTO kind (name) VALUES ('meanwhile')");
            Err(DAMAGED)
        };
        assert_eq!(run_and_judge(&path, &Config::desktop(), 2, &judge), Err(DAMAGED));
        assert_eq!(kinds(&path), (1, vec!["before".to_owned(), "meanwhile".to_owned()]));
        assert_eq!(files(&home), ["memories.db"]);
    }

    #[test]
    fn a_copy_stays_where_there_is_no_way_back() {
        let (home, path) = older();
        let judge = |_: &Connection, _: u32| {
            // Somebody else writes, and takes an index away, so that no step back can be verified.
            write(&path, "INSERT INTO kind (name) VALUES ('meanwhile'); DROP INDEX IF EXISTS memory_source");
            Err(DAMAGED)
        };
        let failed = run_and_judge(&path, &Config::desktop(), 2, &judge).expect_err("fails");
        let suffix = ".before-2.kept".to_owned();
        assert_eq!(failed, Error::UpgradeFailed { snapshot: Some(suffix), cause: Box::new(DAMAGED) });
        assert_eq!(kinds(&path), (2, vec!["before".to_owned(), "meanwhile".to_owned()]));
        assert_eq!(files(&home), ["memories.db", "memories.db.before-2.kept"]);
        let copy = home.path().join("memories.db.before-2.kept");
        assert_eq!(kinds(&copy), (1, vec!["before".to_owned()]));
        // Later upgrades leave it alone.
        settle(&path, &Config::desktop()).expect("nothing to do");
        assert!(copy.exists());
    }

    /// A copy that an upgrade left when its process ended: after the last step it has still to be judged.
    #[test]
    fn a_copy_that_was_left_is_judged_and_goes() {
        for (at, sound_now) in [(1, true), (2, true), (2, false)] {
            let (home, path) = older();
            let left = snapshot::Kept::take(&path, &Config::desktop(), 2).expect("copies");
            std::mem::forget(left);
            walk(&path, &Config::desktop(), at).expect("steps");
            let judge = |conn: &Connection, at: u32| {
                if at == 2 && !sound_now { Err(DAMAGED) } else { sound(conn, at) }
            };
            let tidied = tidy(&path, &Config::desktop(), &judge);
            assert_eq!(tidied, if sound_now { Ok(()) } else { Err(DAMAGED) });
            assert_eq!(kinds(&path), (if sound_now { at } else { 1 }, vec!["before".to_owned()]));
            assert_eq!(files(&home), ["memories.db"]);
        }
    }
}
