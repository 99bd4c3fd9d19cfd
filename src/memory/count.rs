//! How many memories are there: in all, by persona, by kind, by month?

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params_from_iter};

use super::rows::LIVE;
use super::select::{Path, Selection, Source, after_expiry};
use crate::error::{Error, Result};
use crate::model::{Filter, Kind, PersonaName, PersonaScope, Timestamp};
use crate::storage::ReadTx;

pub(crate) fn count(read: &ReadTx<'_>, filter: &Filter) -> Result<u64> {
    filter.check()?;
    let selection = Selection::resolve(read, filter)?;
    count_selection(read, &selection)
}

fn count_selection(read: &ReadTx<'_>, selection: &Selection<'_>) -> Result<u64> {
    if selection.is_empty() {
        return Ok(0);
    }
    let paths = selection.paths();
    let on_index = is_on_index(selection, &paths);
    let mut sum = 0;
    for &persona_id in &selection.personas {
        let mut of_persona = 0;
        for path in &paths {
            of_persona += count_path(read, selection, persona_id, path, on_index)?;
        }
        if on_index && of_persona > 0 {
            of_persona = of_persona.saturating_sub(count_expired(read, selection, persona_id)?);
        }
        sum += of_persona;
    }
    Ok(sum)
}

/// Counts along an index. If the index answers the whole filter, rows are not looked at: expired ones are counted, too.
fn count_path(
    read: &ReadTx<'_>,
    selection: &Selection<'_>,
    persona_id: i64,
    path: &Path,
    on_index: bool,
) -> Result<u64> {
    let (sql, params) = query(read, selection, persona_id, path, on_index);
    one(read, &sql, params)
}

pub(super) fn query(
    read: &ReadTx<'_>,
    selection: &Selection<'_>,
    persona_id: i64,
    path: &Path,
    on_index: bool,
) -> (String, Vec<Value>) {
    let params: Vec<Value> = vec![persona_id.into(), selection.since().into(), selection.until().into()];
    let along = selection.along(path, params);
    let Source { from, time, mut conditions, mut params } = if on_index { along.index_only() } else { along };
    if !on_index {
        params.push(read.now().as_millis().into());
        conditions = format!("{conditions} AND {}", after_expiry(params.len()));
    }
    let sql =
        format!("SELECT count(*) FROM {from} WHERE {conditions} AND {time}.at >= ?2 AND {time}.at < ?3");
    (sql, params)
}

/// Whether indexes answer the whole filter but expiry.
pub(super) fn is_on_index(selection: &Selection<'_>, paths: &[Path]) -> bool {
    paths.iter().all(|path| path.is_of_all_live() && selection.is_answered_by(path))
}

/// Counts what meets a filter but has expired: mostly few.
fn count_expired(read: &ReadTx<'_>, selection: &Selection<'_>, persona_id: i64) -> Result<u64> {
    let (conditions, more) = selection.conditions(2);
    let sql = format!(
        "SELECT count(*) FROM memory AS m INDEXED BY memory_expiry
          WHERE m.persona_id = ?1 AND m.expires_at <= ?2 AND {LIVE} AND {conditions}"
    );
    let params = [persona_id.into(), read.now().as_millis().into()].into_iter().chain(more);
    one(read, &sql, params.collect())
}

fn one(read: &ReadTx<'_>, sql: &str, params: Vec<Value>) -> Result<u64> {
    Ok(read.conn().prepare_cached(sql)?.query_row(params_from_iter(params), |row| row.get(0))?)
}

/// Personas that have memories to see, by name.
pub(crate) fn count_by_persona(read: &ReadTx<'_>, filter: &Filter) -> Result<Vec<(PersonaName, u64)>> {
    filter.check()?;
    let mut selection = Selection::resolve(read, filter)?;
    let mut counts = Vec::new();
    for persona_id in std::mem::take(&mut selection.personas) {
        selection.personas = vec![persona_id];
        let count = count_selection(read, &selection)?;
        if count > 0 {
            counts.push((read.names().persona(read.conn(), persona_id)?, count));
        }
    }
    counts.sort_unstable();
    Ok(counts)
}

/// Kinds that have memories to see, by name.
pub(crate) fn count_by_kind(read: &ReadTx<'_>, filter: &Filter) -> Result<Vec<(Kind, u64)>> {
    filter.check()?;
    let mut selection = Selection::resolve(read, filter)?;
    let kinds = match selection.kinds.take() {
        Some(kinds) => kinds,
        None => {
            let mut statement = read.conn().prepare_cached("SELECT kind_id FROM kind")?;
            let ids = statement.query_map([], |row| row.get(0))?;
            ids.collect::<rusqlite::Result<_>>()?
        }
    };
    let mut counts = Vec::new();
    for kind_id in kinds {
        let of_kind = selection.with_kinds(read, vec![kind_id])?;
        let count = count_selection(read, &of_kind)?;
        if count > 0 {
            counts.push((read.names().kind(read.conn(), kind_id)?, count));
        }
    }
    counts.sort_unstable();
    Ok(counts)
}

/// Months of a time zone that have memories to see, oldest first, as `YYYY-MM`.
pub(crate) fn count_by_month(read: &ReadTx<'_>, filter: &Filter, zone: &str) -> Result<Vec<(String, u64)>> {
    filter.check()?;
    let zone = jiff::tz::TimeZone::get(zone)
        .map_err(|_| Error::invalid("time zone", "is not a name such as Europe/London or UTC"))?;
    let mut within = filter.clone();
    let mut months = Vec::new();
    let selection = Selection::resolve(read, filter)?;
    let mut from = selection.since();
    // From one memory to the end of its month, then to the next memory: empty months cost nothing.
    while let Some(at) = next_at(read, &selection, from)? {
        let Some((name, end)) = month(at, &zone) else {
            break;
        };
        let end = end.min(selection.until());
        within.since = Some(Timestamp::from_stored(from));
        within.until = Some(Timestamp::from_stored(end));
        let one_month = Selection { filter: &within, ..selection.clone() };
        let count = count_selection(read, &one_month)?;
        if count > 0 {
            months.push((name, count));
        }
        from = end;
    }
    Ok(months)
}

/// When the first memory at or after a moment happened; other conditions than persona and time aside.
fn next_at(read: &ReadTx<'_>, selection: &Selection<'_>, from: i64) -> Result<Option<i64>> {
    let sql = format!(
        "SELECT m.at FROM memory AS m WHERE m.persona_id = ?1 AND {LIVE} AND m.at >= ?2 AND m.at < ?3
          ORDER BY m.at LIMIT 1"
    );
    let mut statement = read.conn().prepare_cached(&sql)?;
    let mut first: Option<i64> = None;
    for persona_id in &selection.personas {
        let at = statement
            .query_row((persona_id, from, selection.until()), |row| row.get::<_, i64>(0))
            .optional()?;
        first = first.into_iter().chain(at).min();
    }
    Ok(first)
}

/// The name of the month of a moment, and when the next one begins.
fn month(at: i64, zone: &jiff::tz::TimeZone) -> Option<(String, i64)> {
    let here = jiff::Timestamp::from_millisecond(at).ok()?.to_zoned(zone.clone());
    let first = here.date().first_of_month();
    // After the last month that the calendar knows there is nothing.
    let next = first.checked_add(jiff::Span::new().months(1)).and_then(|next| next.to_zoned(zone.clone()));
    let end = next.map_or(i64::MAX, |next| next.timestamp().as_millisecond());
    let sign = if here.year() < 0 { "-" } else { "" };
    Some((format!("{sign}{:04}-{:02}", here.year().unsigned_abs(), here.month()), end))
}

/// All personas, by name; with a prefix, that path and those below it.
pub(crate) fn personas(read: &ReadTx<'_>, prefix: Option<&str>) -> Result<Vec<PersonaName>> {
    let filter = Filter {
        personas: prefix.map_or(PersonaScope::All, |prefix| PersonaScope::Prefix(prefix.to_owned())),
        ..Filter::default()
    };
    filter.check()?;
    let selection = Selection::resolve(read, &filter)?;
    let mut names = Vec::with_capacity(selection.personas.len());
    for &id in &selection.personas {
        names.push(read.names().persona(read.conn(), id)?);
    }
    names.sort_unstable();
    Ok(names)
}
