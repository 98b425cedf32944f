use prestop::snapshot::Source;

use crate::support::{Place, document};

#[test]
fn what_was_written_is_read_and_verified() {
    let place = Place::new();
    assert!(place.read().unwrap().is_none());
    place.generation(1);
    let restored = place.read().unwrap().unwrap();
    assert_eq!(restored.bytes, document(1));
    assert_eq!(
        (restored.source, restored.verified, restored.generation),
        (Source::Current, Some(true), Some(1))
    );
}

#[test]
fn a_corrupt_file_gives_the_previous_one_and_again() {
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    std::fs::write(&place.path, b"{\"generation\": 2").unwrap();
    for turn in 0..2 {
        let reading = place.examine().unwrap();
        let restored = reading.restored.unwrap();
        assert_eq!(restored.bytes, document(1));
        assert_eq!(restored.source, if turn == 0 { Source::Previous } else { Source::Current });
        assert_eq!(reading.quarantined.is_some(), turn == 0);
    }
    assert_eq!(place.names(), [".state.json.corrupt-*", ".state.json.prev", "state.json"]);
    place.assert_private();
}
