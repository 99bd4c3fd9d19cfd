//! What does a read cost, beside the same query prepared by hand on the same file?
//!
//! In CPU time of the thread, call by call, less what reading that clock costs.

use std::hint::black_box;
use std::path::Path;

use cpu_time::ThreadTime;
use mindkeep::{Kind, MemoryId, Store, Timeline, Timestamp};

use crate::anchor::{self, Asked};
use crate::generator::{KINDS, PERSONAS, Random, SEED, SPAN_MS, START_MS};
use crate::table::{Goal, Table, quantile};
use crate::write::store_path;

/// Questions of each sort and side, in turns.
const QUESTIONS: usize = 20_000;
const PAGES: usize = 8_000;
/// The first questions of each sort fill the caches and do not count.
const WARM_UP: usize = 1_000;
/// Ids that are asked for.
const IDS: usize = 100_000;
/// A range of time that has some 50 memories of a middling persona, and more of a large one.
const RANGE_MS: i64 = 3 * 86_400_000;

/// Both sides of one question, in microseconds.
#[derive(Default)]
struct Sides {
    raw: Vec<f64>,
    ours: Vec<f64>,
    rows: usize,
}

impl Sides {
    /// Asks both, and the other one first every second time.
    fn ask(&mut self, turn: usize, raw: impl FnOnce() -> usize, ours: impl FnOnce() -> usize) {
        let timed = |work: &mut dyn FnMut() -> usize| {
            let start = ThreadTime::now();
            let rows = work();
            (start.elapsed().as_secs_f64() * 1e6, rows)
        };
        let (mut raw, mut ours) = (Some(raw), Some(ours));
        let mut raw = || raw.take().map_or(0, |raw| raw());
        let mut ours = || ours.take().map_or(0, |ours| ours());
        let ((raw, expected), (ours, got)) = if turn.is_multiple_of(2) {
            (timed(&mut raw), timed(&mut ours))
        } else {
            let ours = timed(&mut ours);
            (timed(&mut raw), ours)
        };
        assert_eq!(got, expected, "both sides find the same");
        if turn < WARM_UP {
            return;
        }
        self.raw.push(raw);
        self.ours.push(ours);
        self.rows += got;
    }

    fn report(&mut self, what: &str, table: &mut Table) {
        let rows = self.rows as f64 / self.raw.len() as f64;
        let what = if rows > 1.5 { format!("{what} ({rows:.0} rows)") } else { what.to_owned() };
        let clock = clock_cost();
        for (name, q) in [("p50", 0.5), ("p99", 0.99)] {
            table.micros(
                &format!("{what}, {name}"),
                quantile(&mut self.raw, q) - clock,
                quantile(&mut self.ours, q) - clock,
                Some(Goal::AtMost(1.15)),
            );
        }
    }
}

/// What it costs to read the clock twice, in microseconds.
fn clock_cost() -> f64 {
    let mut costs: Vec<f64> = (0..1_000).map(|_| ThreadTime::now().elapsed().as_secs_f64() * 1e6).collect();
    quantile(&mut costs, 0.5)
}

pub fn run(folder: &Path, table: &mut Table) {
    let path = store_path(folder);
    let store = Store::open(&path).expect("a store");
    let conn = anchor::reader(&path);
    let mut asked = Asked::new(&conn);
    let mut random = Random::new(SEED);
    let now = Timestamp::now().as_millis();

    let ids = some_ids(&conn, &mut random);
    let mut sides = Sides::default();
    for turn in 0..QUESTIONS {
        // Two different ids, so that neither side warms the pages of the other.
        let [a, b] = [(); 2].map(|()| ids[random.below(ids.len() as u64) as usize]);
        sides.ask(
            turn,
            || black_box(asked.get(now, &a)).content.len().min(1),
            || {
                let memory = store.get(MemoryId::from_bytes(b)).expect("a memory");
                black_box(memory).content.len().min(1)
            },
        );
    }
    sides.report("get by id", table);

    let persona_id = |persona: usize| -> i64 {
        conn.query_row("SELECT persona_id FROM persona WHERE name = ?1", [PERSONAS[persona]], |row| {
            row.get(0)
        })
        .expect("a persona")
    };
    let kind_id = |kind: usize| -> i64 {
        conn.query_row("SELECT kind_id FROM kind WHERE name = ?1", [KINDS[kind].0], |row| row.get(0))
            .expect("a kind")
    };
    let persona_ids: Vec<i64> = (0..PERSONAS.len()).map(persona_id).collect();
    let kind_ids: Vec<i64> = (0..KINDS.len()).map(kind_id).collect();
    let personas: Vec<_> = PERSONAS.iter().map(|&name| store.persona(name)).collect();

    let mut sides = Sides::default();
    for turn in 0..PAGES {
        let persona = random.below(PERSONAS.len() as u64) as usize;
        sides.ask(
            turn,
            || black_box(asked.latest(now, persona_ids[persona])).len(),
            || {
                let page = personas[persona].timeline(Timeline::new().limit(50));
                black_box(page.expect("a page")).memories.len()
            },
        );
    }
    sides.report("latest 50 of a persona", table);

    let at = |ms| Timestamp::from_millis(ms).expect("in range");
    let mut sides = Sides::default();
    for turn in 0..PAGES {
        let persona = random.below(PERSONAS.len() as u64) as usize;
        let since = START_MS + random.below((SPAN_MS - RANGE_MS) as u64) as i64;
        let until = since + RANGE_MS * (persona as i64 + 1) / 4;
        sides.ask(
            turn,
            || black_box(asked.range(now, persona_ids[persona], since, until)).len(),
            || {
                let question = Timeline::new().between(at(since), at(until)).limit(50);
                black_box(personas[persona].timeline(question).expect("a page")).memories.len()
            },
        );
    }
    sides.report("50 in a time range", table);

    let mut sides = Sides::default();
    for turn in 0..PAGES {
        let persona = random.below(PERSONAS.len() as u64) as usize;
        let kind = random.below(KINDS.len() as u64) as usize;
        let since = START_MS + random.below((SPAN_MS - 30 * RANGE_MS) as u64) as i64;
        let until = since + 10 * RANGE_MS;
        let place = (persona_ids[persona], kind_ids[kind]);
        sides.ask(
            turn,
            || black_box(asked.kind(now, place, since, until)).len(),
            || {
                let question =
                    Timeline::new().kind(Kind::new(KINDS[kind].0)).between(at(since), at(until)).limit(50);
                black_box(personas[persona].timeline(question).expect("a page")).memories.len()
            },
        );
    }
    sides.report("persona + kind + time", table);
}

/// Ids of memories that can be seen, from all over the file.
fn some_ids(conn: &rusqlite::Connection, random: &mut Random) -> Vec<[u8; 16]> {
    let most: i64 =
        conn.query_row("SELECT max(memory_id) FROM memory", [], |row| row.get(0)).expect("a number");
    let mut by_id =
        conn.prepare("SELECT uuid FROM memory WHERE memory_id = ?1 AND expires_at IS NULL").expect("valid");
    (0..IDS)
        .filter_map(|_| {
            let id = random.below(most as u64) as i64 + 1;
            by_id.query_row([id], |row| row.get(0)).ok()
        })
        .collect()
}
