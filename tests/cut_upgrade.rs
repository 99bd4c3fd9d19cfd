//! What is left when an upgrade is cut off: by a kill, by the disk, for want of room, by another process?
//!
//! This test program runs itself again as the process that is killed, with a store's path in the environment.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ground::rows::{rows, rows_and_counters};
use ground::{Dice, NEWEST, again, assert_sound, beside, first_schema, names, raw, seed, times};
use mindkeep::{Error, Filter, NewMemory, Schema, Snapshot, Store};
use mindkeep_faultvfs::{Fault, PowerCut, Repeat, Survival};
use tempfile::tempdir;

const PATH: &str = "MINDKEEP_TEST_PATH";
const WORK: &str = "MINDKEEP_TEST_WORK";
const AT: &str = "MINDKEEP_TEST_AT";

fn say(word: &str) {
    std::io::stdout().lock().write_all(format!("said {word}\n").as_bytes()).unwrap();
}

/// Not a test of its own: what the other process runs. It says so when its disk has seen so many operations.
#[test]
fn another_process() {
    let (Ok(path), Ok(work)) = (std::env::var(PATH), std::env::var(WORK)) else { return };
    let path = Path::new(&path);
    let at: u64 = std::env::var(AT).map_or(0, |at| at.parse().unwrap());
    let disk = (at > 0).then(|| PowerCut::install().watch(path.parent().unwrap()).unwrap());
    let done = AtomicBool::new(false);
    say("ready");
    std::thread::scope(|scope| {
        if let Some(disk) = &disk {
            scope.spawn(|| {
                while disk.operations() < at && !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
                say("there");
            });
        }
        match work.as_str() {
            "open" => {
                assert!(std::io::stdin().read_line(&mut String::new()).is_ok());
                let store = Store::open(path).unwrap();
                assert_eq!(store.count(&Filter::default()), Ok(3));
                say(if store.upgraded().is_some() { "upgraded" } else { "found" });
            }
            "up" => drop(Store::open(path).unwrap()),
            "down" => drop(Schema::of(path).down(1).unwrap()),
            "no room" => no_room(path),
            _ => panic!("no such work"),
        }
        done.store(true, Ordering::Relaxed);
        if let Some(disk) = &disk {
            say(&format!("did {}", disk.operations()));
        }
    });
    say("done");
}

fn start(path: &Path, work: &str, at: u64) -> Child {
    let mut command = again("another_process");
    command.env(PATH, path).env(WORK, work).stdin(Stdio::piped()).stdout(Stdio::piped());
    if at > 0 {
        command.env(AT, at.to_string());
    }
    command.stderr(Stdio::null()).spawn().unwrap()
}

fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The test runner's own words may stand before the first.
    lines.map_while(Result::ok).filter_map(|line| Some(line.split_once("said ")?.1.to_owned()))
}

/// What an upgrade should have taken away. Whoever only read may leave an empty log.
fn left_beside(folder: &Path) -> Vec<String> {
    let own = ["memories.db", "memories.db-wal", "memories.db-shm"];
    names(folder).into_iter().filter(|name| !own.contains(&name.as_str())).collect()
}

#[test]
fn a_killed_upgrade_leaves_a_store_that_opens() {
    let kills = times("UPGRADE_KILLS", 10, 100);
    let mut dice = Dice(seed());
    let home = tempdir().unwrap();
    let path = first_schema(home.path());
    let before = rows_and_counters(&path);
    let count = |work: &str| {
        if work == "up" {
            Schema::of(&path).down(1).unwrap();
        } else {
            drop(Store::open(&path).unwrap());
        }
        let mut child = start(&path, work, u64::MAX);
        let did = lines(&mut child).find_map(|line| line.strip_prefix("did ")?.parse::<u64>().ok()).unwrap();
        child.wait().unwrap();
        did
    };
    let operations = [count("up"), count("down")];
    let (mut cut, mut left) = (0, 0);
    for kill in 0..kills {
        let way = kill as usize % 2;
        match way {
            0 => drop(Schema::of(&path).down(1).unwrap()),
            _ => drop(Store::open(&path).unwrap()),
        }
        let mut child = start(&path, ["up", "down"][way], 1 + dice.below(operations[way]));
        assert!(lines(&mut child).any(|line| line == "there"));
        // Some operations later, by chance.
        (0..dice.below(3)).for_each(|_| std::thread::yield_now());
        child.kill().unwrap();
        cut += u64::from(!child.wait().unwrap().success());
        let files = names(home.path());
        left += u64::from(files.iter().any(|name| name.contains(".before-")));
        #[cfg(unix)]
        for name in files.iter().filter(|name| name.contains(".before-") || name.contains(".upgrading")) {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(home.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name} can be read by others");
        }
        let store = Store::open(&path).unwrap_or_else(|e| panic!("kill {kill}, {files:?}: {e}"));
        assert_sound(&store);
        drop(store);
        assert_eq!(left_beside(home.path()), [""; 0], "kill {kill} had left {files:?}");
        assert_eq!(rows_and_counters(&path), before, "kill {kill} had left {files:?}");
    }
    assert!(cut * 2 > kills, "{cut} of {kills} were killed before they were done");
    println!(
        "{cut} upgrades killed, {left} with a copy beside them; every file opened, nothing lost or left"
    );
}

#[test]
fn processes_that_upgrade_at_once_take_turns() {
    for _ in 0..times("UPGRADE_ROUNDS", 3, 30) {
        let home = tempdir().unwrap();
        let path = first_schema(home.path());
        let before = rows_and_counters(&path);
        let mut others: Vec<_> = (0..4).map(|_| start(&path, "open", 0)).collect();
        let mut said: Vec<_> = others.iter_mut().map(lines).collect();
        assert!(said.iter_mut().all(|lines| lines.next().as_deref() == Some("ready")));
        for other in &mut others {
            other.stdin.take().unwrap().write_all(b"\n").unwrap();
        }
        let found: Vec<_> = said.iter_mut().map(|lines| lines.next().unwrap()).collect();
        assert!(said.into_iter().all(|lines| lines.last().as_deref() == Some("done")));
        assert!(others.into_iter().all(|mut other| other.wait().unwrap().success()));
        assert_eq!(found.iter().filter(|word| *word == "upgraded").count(), 1, "{found:?}");
        assert_eq!(left_beside(home.path()), [""; 0]);
        assert_eq!(rows_and_counters(&path), before);
    }
}

/// Every operation of the disk fails in turn, once or for good; what is found later is whole, old or new.
#[test]
fn a_disk_that_fails_leaves_the_old_or_the_new() {
    let power = PowerCut::install();
    let base = tempdir().unwrap();
    let old = first_schema(base.path());
    let before = rows(&old);
    let home = tempdir().unwrap();
    let path = home.path().join("memories.db");
    std::fs::copy(&old, &path).unwrap();
    let disk = power.watch(home.path()).unwrap();
    drop(Store::open(&path).unwrap());
    let operations = disk.operations();
    drop(disk);
    let mut dice = Dice(seed());
    let (mut failed, mut undone) = (0, 0);
    for round in 0..times("UPGRADE_FAULTS", 60, 500) {
        let n = if round < operations * 4 {
            1 + (round * 7_919) % operations
        } else {
            1 + dice.below(operations)
        };
        let fault = [Fault::IoError, Fault::Full, Fault::TornWrite][dice.below(3) as usize];
        let repeat = [Repeat::Once, Repeat::Always][dice.below(2) as usize];
        let what = format!("{fault:?} {repeat:?} at operation {n} of {operations}");
        let (home, found) = (tempdir().unwrap(), tempdir().unwrap());
        let path = home.path().join("memories.db");
        std::fs::copy(&old, &path).unwrap();
        let disk = power.watch(home.path()).unwrap();
        disk.fail_at(n, fault, repeat);
        let opened = Store::builder().busy_wait(Duration::from_millis(20)).open(&path);
        // Perhaps the power fails just then as well.
        let survival = if dice.below(2) == 0 { Survival::SyncedOnly } else { Survival::Random };
        disk.cut(found.path(), seed() + n, survival).unwrap();
        failed += u64::from(opened.is_err());
        drop(opened);
        disk.heal();
        undone += u64::from(Schema::of(&path).status().is_ok_and(|steps| steps[1].took.is_none()));
        for folder in [home.path(), found.path()] {
            let path = folder.join("memories.db");
            let store = Store::open(&path).unwrap_or_else(|e| panic!("{what}: {e}"));
            assert_sound(&store);
            drop(store);
            assert_eq!(left_beside(folder), [""; 0], "{what}");
            assert_eq!(rows(&path), before, "{what}");
        }
    }
    println!("{operations} operations; {failed} openings failed, {undone} files stayed at the old schema");
    assert!(failed > 0 && undone > 0);
}

/// What a store does on a disk that is too small for a copy, but not for the upgrade.
fn no_room(path: &Path) {
    let before = std::fs::read(path).unwrap();
    let error = Store::open(path).unwrap_err();
    let Error::NoRoomForSnapshot { needed, free } = error else { panic!("{error}") };
    assert!(needed > free && error.hint().contains("upgrade_without_snapshot"), "{error}: {}", error.hint());
    assert_eq!(Schema::of(path).up(), Err(Error::NoRoomForSnapshot { needed, free }));
    assert_eq!(names(path.parent().unwrap()), ["memories.db"]);
    assert!(std::fs::read(path).unwrap() == before, "a file that was not upgraded was changed");
    let store = Store::builder().upgrade_without_snapshot().open(path).unwrap();
    let upgrade = store.upgraded().unwrap();
    assert_eq!((upgrade.from, upgrade.snapshot), (1, Snapshot::None));
    assert_sound(&store);
    store.remember(NewMemory::new("There was room for this.")).unwrap();
    drop(store);
    assert_eq!(Schema::of(path).down(1).unwrap_err().kind(), "NoRoomForSnapshot");
    assert_eq!(Schema::of(path).without_snapshot().down(1).unwrap().unwrap().snapshot, Snapshot::None);
    assert_eq!(names(path.parent().unwrap()), ["memories.db"]);
}

/// On a file system of its own, as small as that, where this user may mount one.
#[test]
fn no_room_for_a_copy_is_refused_and_can_be_overridden() {
    let home = tempdir().unwrap();
    let base = tempdir().unwrap();
    let old = first_schema(base.path());
    let script =
        "mount -t tmpfs -o size=4m none \"$1\" && cp \"$2\" \"$1/memories.db\" && shift 2 && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["-Urm", "sh", "-c", script, "sh"]).args([home.path(), &old]);
    command.arg(std::env::current_exe().unwrap());
    command.args(["another_process", "--exact", "--nocapture", "--test-threads=1"]);
    command.env(PATH, home.path().join("memories.db")).env(WORK, "no room");
    let can = Command::new("unshare").args(["-Urm", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !can.is_ok_and(|output| output.status.success()) {
        println!("skipped: this user may not mount a small file system");
        return;
    }
    let output = command.output().unwrap();
    let (said, erred) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("said done"), "{said}{erred}");
    println!("a file system of 4 MiB: refused with nothing changed, and upgraded with the override");
}

/// The system says that there is room, and there is none: a quota, or somebody else was faster.
#[test]
fn a_copy_that_finds_no_room_is_taken_away_again() {
    let power = PowerCut::install();
    let home = tempdir().unwrap();
    let path = first_schema(home.path());
    let before = rows_and_counters(&path);
    // The other one keeps the file system from cloning.
    let other = raw(&path);
    other.query_row("SELECT count(*) FROM memory", [], |_| Ok(())).unwrap();
    for kib in [1, 40, 100] {
        let disk = power.watch(home.path()).unwrap();
        // Each write of a copy is a page of 8 KiB.
        disk.fail_at(1 + kib / 8, Fault::Full, Repeat::Always);
        let error = Schema::of(&path).up().unwrap_err();
        assert_eq!(error.kind(), "NoRoomForSnapshot", "{kib} KiB: {:?}", disk.struck());
        disk.heal();
        assert!(
            !beside(&path, &format!(".before-{NEWEST}")).exists() && !beside(&path, ".upgrading").exists()
        );
    }
    other.close().unwrap();
    assert_eq!(rows_and_counters(&path), before);
    assert_eq!(Schema::of(&path).up().unwrap().unwrap().to, NEWEST);
}
