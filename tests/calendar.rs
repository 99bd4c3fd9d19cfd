//! Do cursors and months hold at the edges: of names, of time zones and of the calendar?

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

use mindkeep::{Filter, Kind, NewMemory, Store, Timeline, Timestamp};

/// A constant kind and a name that is equal to it made two questions of one.
#[test]
fn a_cursor_is_good_for_an_equal_question() {
    let store = Store::builder().open_in_memory().unwrap();
    store.remember_all((0..5).map(|n| NewMemory::new(format!("{n}")).kind(Kind::EVENT))).unwrap();
    let first = store.timeline(Timeline::new().kind(Kind::EVENT).limit(2)).unwrap();
    let equal = Timeline::new().kind(Kind::from("event".to_owned())).limit(3);
    let rest = store.timeline(equal.clone().after(first.next.clone().unwrap())).unwrap();
    assert_eq!((rest.memories.len(), rest.next), (3, None));
    let other = equal.oldest_first().after(first.next.unwrap());
    assert_eq!(store.timeline(other).unwrap_err().kind(), "InvalidInput");
}

/// The month after the last one does not exist, and the last one was left out for that reason.
#[test]
fn the_first_and_the_last_month_are_counted() {
    let store = Store::builder().open_in_memory().unwrap();
    for at in [Timestamp::MIN, Timestamp::MAX] {
        store.remember(NewMemory::new("At the edge.").at(at)).unwrap();
    }
    for zone in ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"] {
        let months = store.count_by_month(&Filter::default(), zone).unwrap();
        assert_eq!(months, [("-9999-01".to_owned(), 1), ("9999-12".to_owned(), 1)], "{zone}");
    }
    assert_eq!(store.count_by_month(&Filter::default(), "Atlantis").unwrap_err().kind(), "InvalidInput");
}

#[test]
fn months_are_those_of_the_zone() {
    let store = Store::builder().open_in_memory().unwrap();
    for at in ["2026-01-31T23:30:00Z", "2026-02-01T00:30:00Z", "-000005-03-01T00:00:00Z"] {
        store.remember(NewMemory::new("Late.").at(at.parse().unwrap())).unwrap();
    }
    let months = |zone| {
        let months = store.count_by_month(&Filter::default(), zone).unwrap();
        months.into_iter().map(|(month, n)| format!("{month} {n}")).collect::<Vec<_>>()
    };
    assert_eq!(months("UTC"), ["-0005-03 1", "2026-01 1", "2026-02 1"]);
    assert_eq!(months("Asia/Tokyo"), ["-0005-03 1", "2026-02 2"]);
    assert_eq!(months("America/New_York"), ["-0005-02 1", "2026-01 2"]);
}
