//! The previous snapshot: when it is kept, and what it contains then.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use prestop::snapshot::{self, ReadOptions, WriteOptions};
use prestop::{Preset, Scrubber};

use crate::support::*;

#[test]
fn the_old_document_becomes_the_previous_one() {
    let place = Place::new();
    for number in 1..=3 {
        let report = place.generation(number);
        assert_eq!((report.generation, report.previous_kept), (u64::from(number), number > 1));
    }
    assert_eq!(fs::read(&place.path).unwrap(), document(3));
    assert_eq!(fs::read(place.beside("prev")).unwrap(), document(2));
    assert_eq!(place.names(), [".state.json.prev", "state.json"]);
    place.assert_private();
}

#[test]
fn a_file_of_others_is_kept_only_scrubbed() {
    let place = Place::new();
    fs::write(&place.path, with_text("s3cret")).unwrap();
    assert!(place.generation(1).previous_kept);
    assert_eq!(fs::read(place.beside("prev")).unwrap(), with_text("<scrubbed>"));
    place.assert_private();
}

#[test]
fn a_file_that_somebody_edited_is_kept_only_scrubbed() {
    let place = Place::new();
    place.generation(1);
    fs::write(&place.path, with_text("s3cret")).unwrap();
    assert!(place.generation(2).previous_kept);
    assert_eq!(fs::read(place.beside("prev")).unwrap(), with_text("<scrubbed>"));
}

#[test]
fn a_file_of_an_older_rule_set_is_kept_only_scrubbed() {
    let place = Place::new();
    let older = WriteOptions::new("test-0").with_rescrub(&Marker);
    for _ in 0..2 {
        snapshot::write(&place.path, &with_text("s3cret"), &older, ambient()).unwrap();
    }
    assert_eq!(fs::read(place.beside("prev")).unwrap(), with_text("s3cret"));
    assert!(place.generation(1).previous_kept);
    assert_eq!(fs::read(place.beside("prev")).unwrap(), with_text("<scrubbed>"));
    // What was written with this rule set is not scrubbed again.
    let inode = fs::metadata(&place.path).unwrap().ino();
    assert!(place.generation(2).previous_kept);
    assert_eq!(fs::metadata(place.beside("prev")).unwrap().ino(), inode);
}

#[test]
fn what_became_known_after_it_was_written_is_kept_only_scrubbed() {
    let before = Scrubber::new(Preset::Strict);
    let learned = Scrubber::builder(Preset::Strict).with_known_secrets([("DB", "hunter2-hunter2")]).unwrap();
    let learned = learned.build().unwrap();
    // Its name cannot tell that there is anything new to find.
    let rules = before.rule_set();
    assert_eq!(rules, learned.rule_set());
    let write = |place: &Place, text: &str, scrubber: &Scrubber| {
        let options = WriteOptions::new(&rules).with_rescrub(scrubber);
        snapshot::write(&place.path, &with_text(text), &options, ambient()).unwrap().previous_kept
    };
    let names_it = |path: &Path| String::from_utf8(fs::read(path).unwrap()).unwrap().contains("hunter2");
    // The document that is replaced.
    let place = Place::new();
    write(&place, "see hunter2-hunter2", &before);
    assert!(write(&place, "clean", &learned));
    assert_eq!(fs::read(place.beside("prev")).unwrap(), b"{\n  \"text\": \"see [REDACTED:DB]\"\n}");
    // The previous one that stays, because what is replaced is no document.
    let place = Place::new();
    write(&place, "see hunter2-hunter2", &before);
    write(&place, "clean", &before);
    assert!(names_it(&place.beside("prev")));
    fs::write(&place.path, b"{").unwrap();
    assert!(!write(&place, "clean", &learned));
    assert!(!names_it(&place.beside("prev")));
    // What a read sets aside, and what it puts back.
    let place = Place::new();
    write(&place, "see hunter2-hunter2", &before);
    write(&place, "see hunter2-hunter2", &before);
    damage(&place.path, 3, b'a');
    let options = ReadOptions::new(&rules).with_rescrub(&learned);
    let reading = snapshot::examine(&place.path, &options, ambient()).unwrap();
    assert!(reading.put_back);
    assert!(!names_it(&place.path) && !names_it(&reading.quarantined.unwrap()));
    place.assert_private();
}

#[test]
fn what_does_not_parse_is_not_kept() {
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    fs::write(&place.path, b"{\"text\": \"s3cret").unwrap();
    assert!(!place.generation(3).previous_kept);
    // The older one is kept: it is the newest that is known to be whole.
    assert_eq!(fs::read(place.beside("prev")).unwrap(), document(1));
}

#[test]
fn an_older_previous_one_that_stays_is_scrubbed_too() {
    let place = Place::new();
    fs::write(place.beside("prev"), with_text("s3cret")).unwrap();
    fs::write(&place.path, b"{").unwrap();
    place.generation(1);
    assert_eq!(fs::read(place.beside("prev")).unwrap(), with_text("<scrubbed>"));
    fs::write(place.beside("prev"), b"s3cret").unwrap();
    fs::write(&place.path, b"{").unwrap();
    place.generation(2);
    assert_eq!(place.names(), ["state.json"]);
}

#[test]
fn nothing_unscrubbed_is_kept_without_a_scrubber() {
    let place = Place::new();
    fs::write(&place.path, with_text("s3cret")).unwrap();
    let report = snapshot::write(&place.path, &document(1), &WriteOptions::new(RULES), ambient()).unwrap();
    assert!(!report.previous_kept);
    assert_eq!(place.names(), ["state.json"]);
}

#[test]
fn a_write_that_finds_no_file_removes_a_stale_previous_one() {
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    fs::remove_file(&place.path).unwrap();
    place.generation(3);
    assert_eq!(place.names(), ["state.json"]);
}

#[test]
fn the_previous_one_can_be_declined() {
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    let options = write_options().with_keep_previous(false);
    let report = snapshot::write(&place.path, &document(3), &options, ambient()).unwrap();
    assert!(!report.previous_kept);
    assert_eq!(place.names(), ["state.json"]);
}

#[test]
fn a_previous_one_that_is_the_file_itself_stays() {
    let place = Place::new();
    place.generation(1);
    fs::hard_link(&place.path, place.beside("prev")).unwrap();
    assert!(place.generation(2).previous_kept);
    assert_eq!(fs::read(place.beside("prev")).unwrap(), document(1));
    assert_eq!(place.names(), [".state.json.prev", "state.json"]);
}
