//! May several processes use one file at once? No write is lost, and each one sees what the others did.
//!
//! This test program runs itself again as the other processes, with their work in the environment.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use ground::{again, assert_sound, raw, times};
use mindkeep::{
    Attribute, AttributeType, Error, Filter, Kind, Metadata, NewMemory, Notices, Recall, Store, Thing,
    Timeline,
};

const PATH: &str = "MINDKEEP_TEST_PATH";
const WORK: &str = "MINDKEEP_TEST_WORK";

/// Not a test of its own: what the other processes run.
#[test]
fn another_process() {
    let (Ok(path), Ok(work)) = (std::env::var(PATH), std::env::var(WORK)) else { return };
    let mut words = work.split(' ');
    let (what, name) = (words.next().unwrap(), words.next().unwrap());
    let count: u64 = words.next().unwrap().parse().unwrap();
    let said = |word: &str| writeln!(std::io::stdout().lock(), "said {word}").unwrap();
    let wait = || assert!(std::io::stdin().read_line(&mut String::new()).is_ok());
    said("ready");
    wait();
    let store = Store::open(path).unwrap();
    match what {
        "write" => {
            let persona = store.persona(name);
            for n in 0..count {
                persona.remember(NewMemory::new(format!("{name} wrote {n}")).tag(name)).unwrap();
            }
        }
        // Each memory under a persona and a kind of its own.
        "name" => {
            for n in 0..count {
                let memory =
                    NewMemory::new(format!("{name} {n}")).kind(Kind::new(format!("{name}-kind-{n}")));
                store.persona(format!("{name}-{n}")).remember(memory).unwrap();
            }
        }
        "open" => {}
        // A step a line, so that two processes take turns.
        "turns" => {
            for n in 0..count {
                wait();
                store.persona(name).remember(NewMemory::new(format!("turn {n}")).key("turn")).unwrap();
                said("took");
            }
        }
        // The same, declaring and dropping by turns.
        "declare" => {
            let hash = Attribute::new(Kind::new(name.to_owned()), "hash", AttributeType::Text);
            for n in 0..count {
                wait();
                if n % 2 == 0 {
                    store.declare(hash.clone().unique()).unwrap();
                } else {
                    store.undeclare(hash.kind(), "hash").unwrap();
                }
                said("took");
            }
        }
        _ => panic!("no such work"),
    }
    said("done");
}

struct Other {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Other {
    fn start(path: &Path, work: &str) -> Self {
        let mut child = again("another_process")
            .env(PATH, path)
            .env(WORK, work)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut other = Self { child, input, output };
        other.hear("ready");
        other
    }

    fn go_on(&mut self) {
        self.input.write_all(b"\n").unwrap();
    }

    #[track_caller]
    fn hear(&mut self, word: &str) {
        let mut line = String::new();
        while self.output.read_line(&mut line).unwrap() > 0 {
            if line.trim_end().ends_with(&format!("said {word}")) {
                return;
            }
            line.clear();
        }
        panic!("another process ended before it said {word}");
    }

    fn end(mut self) {
        self.hear("done");
        drop(self.input);
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.output, &mut rest).unwrap();
        assert!(self.child.wait().unwrap().success(), "{rest}");
    }
}

#[test]
fn four_processes_write_at_once_and_nothing_is_lost() {
    let count = times("WRITES", 1_000, 5_000);
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let names = ["ada", "bo", "cyd", "dee"];
    let mut others: Vec<Other> =
        names.iter().map(|name| Other::start(&path, &format!("write {name} {count}"))).collect();
    others.iter_mut().for_each(Other::go_on);
    others.into_iter().for_each(Other::end);
    let store = Store::open(&path).unwrap();
    for name in names {
        let mut expected: BTreeSet<String> = (0..count).map(|n| format!("{name} wrote {n}")).collect();
        for memory in store.persona(name).iterate(Timeline::new().limit(1_000)) {
            assert!(expected.remove(&memory.unwrap().content), "twice, or nobody's");
        }
        assert!(expected.is_empty(), "{} of {name}'s writes are lost", expected.len());
        let tagged = Filter { tags: vec![name.to_owned()], ..Filter::default() };
        assert_eq!(store.count(&tagged), Ok(count));
    }
    assert_sound(&store);
    // Commits are numbered without gaps or repeats.
    drop(store);
    let sql = "SELECT commit_seq, change_seq, (SELECT count(DISTINCT stamp) FROM change) FROM store_state";
    let numbers = raw(&path).query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    assert_eq!(numbers, (4 * count, 4 * count, 4 * count));
}

/// All find no file, or one that is being made, and all must end up with the same store.
#[test]
fn a_file_is_made_once_by_processes_that_open_it_at_once() {
    for _ in 0..times("OPENINGS", 8, 100) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("memories.db");
        let mut others: Vec<Other> = (0..4).map(|n| Other::start(&path, &format!("write p{n} 1"))).collect();
        others.iter_mut().for_each(Other::go_on);
        others.into_iter().for_each(Other::end);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.count(&Filter::default()), Ok(4));
        assert_sound(&store);
        drop(store);
        let replicas: u64 =
            raw(&path).query_row("SELECT count(*) FROM replica", [], |row| row.get(0)).unwrap();
        assert_eq!(replicas, 1, "one installation is one replica");
    }
}

/// All notices that have arrived: the sorts of things that changed, by persona.
fn taken(notices: &Notices) -> BTreeMap<String, Vec<Thing>> {
    std::iter::from_fn(|| notices.try_next())
        .map(|notice| (notice.persona.expect("of a persona").as_str().to_owned(), notice.things))
        .collect()
}

#[test]
fn notices_of_another_process_arrive_by_polling() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    let mut other = Other::start(&path, "turns guest 3");
    other.go_on();
    let notices = store.notices().unwrap();
    for turn in 0..3 {
        assert_eq!(store.poll_notices(), Ok(false));
        other.go_on();
        other.hear("took");
        assert!(notices.try_next().is_none(), "nobody polled");
        // A write of this process between theirs and the poll hides nothing.
        if turn == 1 {
            store.persona("host").remember(NewMemory::new("Mine.")).unwrap();
            assert_eq!(taken(&notices), BTreeMap::from([("host".to_owned(), vec![Thing::Memory])]));
        }
        assert_eq!(store.poll_notices(), Ok(true));
        assert_eq!(taken(&notices), BTreeMap::from([("guest".to_owned(), vec![Thing::Memory])]));
        assert_eq!(
            store.persona("guest").timeline(Timeline::new()).unwrap().memories[0].content,
            format!("turn {turn}")
        );
    }
    other.end();
    assert_eq!(store.persona("guest").count(), Ok(1));
}

/// Both write, and this one polls all the while: every change of the other process is told.
#[test]
fn no_notice_is_lost_between_two_that_write_at_once() {
    let count = times("NAMES", 300, 3_000);
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    let notices = store.notices().unwrap();
    let mut other = Other::start(&path, &format!("name guest {count}"));
    other.go_on();
    let done = std::sync::atomic::AtomicBool::new(false);
    let busy = || !done.load(std::sync::atomic::Ordering::SeqCst);
    let told = std::thread::scope(|scope| {
        scope.spawn(|| {
            while busy() {
                store.persona("host").remember(NewMemory::new("Mine.")).unwrap();
            }
        });
        let polling = scope.spawn(|| {
            let mut told = BTreeMap::new();
            while busy() {
                store.poll_notices().unwrap();
                told.extend(taken(&notices));
            }
            store.poll_notices().unwrap();
            told.extend(taken(&notices));
            told
        });
        other.end();
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        polling.join().unwrap()
    });
    let missing: Vec<u64> = (0..count).filter(|n| !told.contains_key(&format!("guest-{n}"))).collect();
    assert!(missing.is_empty(), "no notice of {missing:?}");
}

#[test]
fn names_that_another_process_adds_are_read_right() {
    let count = times("NAMES", 200, 2_000);
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    let mut others: Vec<Other> =
        ["ada", "bo"].iter().map(|name| Other::start(&path, &format!("name {name} {count}"))).collect();
    others.iter_mut().for_each(Other::go_on);
    // Meanwhile this process adds names, too, and reads all of them.
    for n in 0..count {
        let memory = NewMemory::new(format!("cyd {n}")).kind(Kind::new(format!("cyd-kind-{n}")));
        store.persona(format!("cyd-{n}")).remember(memory).unwrap();
        if n % 20 == 0 {
            check_names(&store);
        }
    }
    others.into_iter().for_each(Other::end);
    assert_eq!(check_names(&store), 3 * count);
    assert_eq!(store.personas(None).unwrap().len() as u64, 3 * count);
    let hits = store.persona("bo-7").recall(Recall::new("bo")).unwrap();
    assert_eq!((hits.len(), hits[0].memory.kind.as_str()), (1, "bo-kind-7"));
    assert_eq!(store.count_by_kind(&Filter::default()).unwrap().len() as u64, 3 * count);
    assert_sound(&store);
}

/// What another process declares holds here at once, for writes and for reads.
#[test]
fn what_another_process_declares_holds_here() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    let mut other = Other::start(&path, "declare file 4");
    other.go_on();
    let file = |hash: &str| {
        let metadata = Metadata::parse(&format!(r#"{{"hash":{hash}}}"#)).unwrap();
        NewMemory::new("A file.").kind(Kind::new("file")).metadata(metadata)
    };
    let sorted = || store.timeline(Timeline::new().kind(Kind::new("file")).sort_by("hash"));
    for turn in 0..4 {
        other.go_on();
        other.hear("took");
        let own = format!("\"{turn}\"");
        if turn % 2 == 0 {
            store.remember(file(&own)).unwrap();
            assert!(matches!(store.remember(file(&own)), Err(Error::Conflict { .. })));
            assert!(matches!(store.remember(file("7")), Err(Error::InvalidInput { .. })));
            assert_eq!(sorted().unwrap().memories.len() as u64, store.count(&Filter::default()).unwrap());
        } else {
            store.remember(file(&own)).unwrap();
            store.remember(file(&own)).unwrap();
            assert!(matches!(sorted(), Err(Error::InvalidInput { .. })));
        }
        assert_sound(&store);
    }
    other.end();
}

/// Every memory's persona and kind are named after its content.
fn check_names(store: &Store) -> u64 {
    let mut seen = 0;
    for memory in store.iterate(Timeline::new().limit(1_000)) {
        let memory = memory.unwrap();
        let (name, n) = memory.content.split_once(' ').unwrap();
        assert_eq!(memory.persona.as_str(), format!("{name}-{n}"));
        assert_eq!(memory.kind.as_str(), format!("{name}-kind-{n}"));
        seen += 1;
    }
    seen
}
