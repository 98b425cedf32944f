use prestop::snapshot::Durability;

use crate::support::{Place, document};

#[test]
fn the_first_write_is_durable_and_private() {
    let place = Place::new();
    let report = place.write(&document(1)).unwrap();
    assert_eq!(report.durability, Durability::Durable);
    assert!(report.atomic && report.locked && report.directory_synced && report.checksummed);
    assert!(!report.previous_kept && !report.rewritten);
    assert_eq!((report.generation, report.bytes), (1, document(1).len() as u64));
    assert_eq!(std::fs::read(&place.path).unwrap(), document(1));
    assert_eq!(place.names(), ["state.json"]);
    place.assert_private();
}

#[test]
fn the_old_document_becomes_the_previous_one() {
    let place = Place::new();
    for number in 1..=3 {
        let report = place.generation(number);
        assert_eq!((report.generation, report.previous_kept), (u64::from(number), number > 1));
    }
    assert_eq!(std::fs::read(&place.path).unwrap(), document(3));
    assert_eq!(std::fs::read(place.beside("prev")).unwrap(), document(2));
    assert_eq!(place.names(), [".state.json.prev", "state.json"]);
    place.assert_private();
}
