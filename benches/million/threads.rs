//! What do 64 threads gain by writing together, where each has one memory a call?

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::time::Instant;

use cpu_time::ProcessTime;
use mindkeep::{Durability, Store};
use rusqlite::Connection;

use crate::anchor::{self, Hand, Shape};
use crate::generator::{self, Generated, Generator};
use crate::table::{Goal, Table, median};

const THREADS: usize = 64;
/// Calls a thread in one round, and rounds of each side, taken in turns.
const CALLS: usize = 60;
const ROUNDS: usize = 5;

pub fn run(folder: &Path, table: &mut Table) {
    for (durability, synchronous, goal) in
        [(Durability::Full, "FULL", 6.0), (Durability::Normal, "NORMAL", 1.0)]
    {
        let conn = anchor::create(
            &folder.join(format!("threads-raw-{synchronous}.db")),
            Shape::FullText,
            synchronous,
        );
        let one = Mutex::new((conn, 0));
        let path = folder.join(format!("threads-{synchronous}.db"));
        let store = Store::builder().durability(durability).open(&path).expect("a store");
        let mut generator = Generator::new(generator::SEED, (THREADS * CALLS * ROUNDS) as u64);
        let mut raw = Sides::default();
        let mut ours = Sides::default();
        for _ in 0..ROUNDS {
            let items: Vec<Generated> = generator.by_ref().take(THREADS * CALLS).collect();
            raw.add(round(&items, |item| {
                let mut one = one.lock().expect("not poisoned");
                Hand::after(&one.0, Shape::FullText, one.1).write(std::slice::from_ref(item));
                one.1 += 1;
            }));
            ours.add(round(&items, |item| {
                store.remember(item.to_memory()).expect("written");
            }));
        }
        let name = format!("64 threads, one memory a call, {synchronous}");
        table.micros(
            &format!("{name}, wall / one transaction a call by hand (times faster)"),
            median(&mut raw.wall),
            median(&mut ours.wall),
            Some(Goal::AtLeast(goal)),
        );
        table.micros(
            &format!("{name}, CPU time / by hand"),
            median(&mut raw.cpu),
            median(&mut ours.cpu),
            None,
        );
        table.line(
            &format!("{name}, memories a commit"),
            "1",
            &format!("{:.1}", memories_a_commit(&path)),
            memories_a_commit(&path),
            None,
        );
    }
}

fn memories_a_commit(path: &Path) -> f64 {
    Connection::open(path)
        .and_then(|conn| {
            let sql = "SELECT 1.0 * memory_seq / commit_seq FROM store_state";
            conn.query_row(sql, [], |row| row.get(0))
        })
        .expect("the store's counters")
}

#[derive(Default)]
struct Sides {
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

impl Sides {
    fn add(&mut self, (wall, cpu): (f64, f64)) {
        self.wall.push(wall);
        self.cpu.push(cpu);
    }
}

/// Microseconds a call, wall and CPU time, from the moment at which all threads stand ready. Each takes the next memory
/// when it is done with one, so that all are busy to the end.
fn round(items: &[Generated], write: impl Fn(&Generated) + Sync) -> (f64, f64) {
    let ready = Barrier::new(THREADS + 1);
    let next = AtomicUsize::new(0);
    let calls = items.len() as f64;
    let (start, cpu) = std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                ready.wait();
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    write(item);
                }
            });
        }
        ready.wait();
        (Instant::now(), ProcessTime::now())
    });
    (start.elapsed().as_secs_f64() * 1e6 / calls, cpu.elapsed().as_secs_f64() * 1e6 / calls)
}
