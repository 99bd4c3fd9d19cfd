//! What may a file for import say?
//!
//! Anything: a line is taken or refused, the store stays sound, and what it exports makes an equal store.

use mindkeep::{Export, Import, ImportReport, Rejected, Store};

use super::{assert_quiet, assert_refusal};

/// Imports the input, plain or gzip, into a new store; then that store's export into another.
pub fn import(data: &[u8]) {
    let store = Store::builder().open_in_memory().expect("opens in memory");
    match store.import(data, Import::new().chunk(7)) {
        Ok(report) => assert_refused_alone(&report),
        // Compressed data that is damaged; what came before stays.
        Err(error) => {
            assert_quiet(&error);
            assert!(data.starts_with(&[0x1f, 0x8b]), "{error}");
        }
    }
    assert_sound(&store);

    let lines = exported(&store);
    let other = Store::builder().open_in_memory().expect("opens in memory");
    let report = other.import(lines.as_slice(), Import::new().strict()).expect("an export imports whole");
    assert_eq!(report.rejected_count, 0);
    assert_sound(&other);
    assert_eq!(text(&lines), text(&exported(&other)), "an export makes an equal store");

    let again = other.import(lines.as_slice(), Import::new()).expect("an export imports again");
    let changed = again.memories + again.entities + again.relations + again.mentions + again.updated;
    assert_eq!((changed, again.rejected_count), (0, 0), "a second import changes nothing");
}

fn assert_refused_alone(report: &ImportReport) {
    for Rejected { error, .. } in &report.rejected {
        assert!(matches!(error.kind(), "InvalidInput" | "Conflict"), "{error}");
        if error.kind() == "InvalidInput" {
            assert_refusal(error);
        }
        assert_quiet(error);
    }
}

fn exported(store: &Store) -> Vec<u8> {
    let mut lines = Vec::new();
    store.export(&mut lines, Export::new()).expect("exports");
    lines
}

fn text(lines: &[u8]) -> &str {
    std::str::from_utf8(lines).expect("an export is UTF-8")
}

#[track_caller]
fn assert_sound(store: &Store) {
    let verification = store.verify(true).expect("verifies");
    assert!(verification.is_sound(), "{:?}", verification.findings);
}
