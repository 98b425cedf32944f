//! Reading: what is returned, and what happens to a file that is not whole.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::Duration;

use prestop::ErrorKind;
use prestop::snapshot::{self, Ambient, ReadOptions, Source};
use rustix::fs::FlockOperation;

use crate::support::*;

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
    assert_eq!(place.names(), ["state.json"]);
}

#[test]
fn a_missing_file_is_none_although_there_is_a_previous_one() {
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    fs::remove_file(&place.path).unwrap();
    assert!(place.read().unwrap().is_none());
    assert_eq!(place.names(), [".state.json.prev"]);
}

#[test]
fn a_corrupt_file_gives_the_previous_one_and_again() {
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    fs::write(&place.path, b"{\"text\": \"s3cret").unwrap();
    for turn in 0..2 {
        let reading = place.examine().unwrap();
        let restored = reading.restored.unwrap();
        assert_eq!(restored.bytes, document(1));
        assert_eq!(restored.verified, Some(true));
        assert_eq!(restored.source, if turn == 0 { Source::Previous } else { Source::Current });
        assert_eq!(
            (reading.quarantined.is_some(), reading.put_back, reading.corrupt),
            (turn == 0, turn == 0, turn == 0)
        );
        assert_eq!(restored.quarantined, reading.quarantined);
        if let Some(path) = reading.quarantined {
            // It was not the document that we wrote, so it is kept only as scrubbed text.
            assert_eq!(fs::read(path).unwrap(), b"{\"text\": \"<scrubbed>");
        }
    }
    assert_eq!(place.names(), [".state.json.corrupt-*", ".state.json.prev", "state.json"]);
    place.assert_private();
    // The next write keeps the document that was put back.
    place.generation(3);
    assert_eq!(fs::read(place.beside("prev")).unwrap(), document(1));
    assert_eq!(place.names(), [".state.json.corrupt-*", ".state.json.prev", "state.json"]);
}

#[test]
fn what_takes_the_place_of_a_corrupt_file_is_scrubbed_and_its_owner_s_alone() {
    let place = Place::new();
    let open_to_all = fs::Permissions::from_mode(0o644);
    let restored = |foreign: bool| {
        fs::write(&place.path, b"{").unwrap();
        if foreign {
            fs::remove_file(place.beside("prev")).unwrap();
            fs::write(place.beside("prev"), b"{\"text\": \"s3cret\"}").unwrap();
        }
        fs::set_permissions(place.beside("prev"), open_to_all.clone()).unwrap();
        let reading = place.examine().unwrap();
        assert!(reading.put_back);
        let restored = reading.restored.unwrap();
        assert_eq!(fs::read(&place.path).unwrap(), restored.bytes);
        assert_eq!(fs::metadata(&place.path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(place.read().unwrap().unwrap().bytes, restored.bytes);
        restored.bytes
    };
    place.generation(1);
    place.generation(2);
    assert_eq!(restored(false), document(1));
    assert_eq!(restored(true), b"{\"text\": \"<scrubbed>\"}");
}

#[test]
fn without_a_scrubber_a_foreign_previous_one_is_given_and_put_nowhere() {
    let place = Place::new();
    place.generation(1);
    damage(&place.path, 5, b'y');
    let foreign = b"{\"text\": \"s3cret\"}";
    fs::write(place.beside("prev"), foreign).unwrap();
    let before = fs::read(&place.path).unwrap();
    for _ in 0..2 {
        let reading = snapshot::examine(&place.path, &ReadOptions::new(RULES), ambient()).unwrap();
        assert!(reading.corrupt && !reading.put_back && reading.quarantined.is_none());
        assert_eq!(reading.restored.unwrap().bytes, foreign);
    }
    assert_eq!(fs::read(&place.path).unwrap(), before);
    assert_eq!(place.names(), [".state.json.prev", "state.json"]);
}

#[test]
fn a_flipped_bit_is_found_and_the_file_itself_set_aside() {
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    let at = document(2).iter().position(|&byte| byte == b'x').unwrap();
    let inode = fs::metadata(&place.path).unwrap().ino();
    damage(&place.path, at, b'y');
    let reading = place.examine().unwrap();
    assert_eq!(reading.restored.unwrap().bytes, document(1));
    let quarantined = fs::metadata(reading.quarantined.unwrap()).unwrap();
    assert_eq!((quarantined.ino(), quarantined.nlink()), (inode, 1));
    place.assert_private();
}

#[test]
fn a_corrupt_file_without_a_previous_one_is_none_and_again() {
    let place = Place::new();
    fs::write(&place.path, b"\0\0\0\0").unwrap();
    let reading = place.examine().unwrap();
    assert!(reading.restored.is_none() && reading.corrupt && reading.quarantined.is_some());
    assert!(place.read().unwrap().is_none());
    assert_eq!(place.names(), [".state.json.corrupt-*"]);
    // A corrupt previous one counts as none.
    place.generation(1);
    place.generation(2);
    fs::write(&place.path, b"").unwrap();
    fs::write(place.beside("prev"), b"").unwrap();
    assert!(place.read().unwrap().is_none());
    assert!(place.read().unwrap().is_none());
}

#[test]
fn an_edited_file_is_given_and_said_to_be_edited() {
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    fs::write(&place.path, b"{\"by\": \"hand\"}").unwrap();
    let restored = place.read().unwrap().unwrap();
    assert_eq!((&*restored.bytes, restored.verified), (&b"{\"by\": \"hand\"}"[..], Some(false)));
    assert_eq!(restored.source, Source::Current);
    // A change that keeps the length is an edit too, if the time has changed.
    place.generation(3);
    let mut bytes = document(3);
    let at = bytes.iter().position(|&byte| byte == b'x').unwrap();
    bytes[at] = b'y';
    fs::write(&place.path, &bytes).unwrap();
    let later = std::time::SystemTime::now() + Duration::from_secs(5);
    fs::OpenOptions::new().write(true).open(&place.path).unwrap().set_modified(later).unwrap();
    assert_eq!(place.read().unwrap().unwrap().verified, Some(false));
}

#[test]
fn a_file_without_a_checksum_is_given_unverified() {
    let place = Place::new();
    fs::write(&place.path, document(1)).unwrap();
    let restored = place.read().unwrap().unwrap();
    assert_eq!((restored.verified, restored.generation), (None, None));
    // A checksum that is itself damaged counts as none.
    place.generation(2);
    rustix::fs::setxattr(&place.path, "user.prestop.v1", b"1 2 3 4 5 6", rustix::fs::XattrFlags::empty())
        .unwrap();
    assert_eq!(place.read().unwrap().unwrap().verified, None);
}

#[test]
fn a_copied_or_touched_file_is_still_verified() {
    let place = Place::new();
    place.generation(1);
    run("touch", &[place.path.to_str().unwrap()]);
    assert_eq!(place.read().unwrap().unwrap().verified, Some(true));
}

#[test]
fn the_newest_three_quarantined_files_stay() {
    let place = Place::new();
    for number in 0..6 {
        place.generation(number);
        fs::write(&place.path, format!("{{ {number}")).unwrap();
        // The clock goes back, but the numbers still grow.
        let now = std::time::UNIX_EPOCH + Duration::from_millis(1_000_000 - u64::from(number));
        snapshot::read(&place.path, &read_options(), ambient_at(now)).unwrap();
    }
    let mut kept: Vec<_> = fs::read_dir(place.directory.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_str().unwrap().contains("corrupt-"))
        .map(|entry| (entry.file_name(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    kept.sort();
    assert_eq!(kept.into_iter().map(|(_, text)| text).collect::<Vec<_>>(), ["{ 3", "{ 4", "{ 5"]);
}

#[test]
fn without_a_scrubber_a_foreign_corrupt_file_stays_where_it_is() {
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    fs::write(&place.path, b"{\"text\": \"s3cret").unwrap();
    for _ in 0..2 {
        let reading = snapshot::examine(&place.path, &ReadOptions::new(RULES), ambient()).unwrap();
        assert!(reading.corrupt && reading.quarantined.is_none() && !reading.put_back);
        assert_eq!(reading.restored.unwrap().bytes, document(1));
    }
    assert_eq!(fs::read(&place.path).unwrap(), b"{\"text\": \"s3cret");
    assert_eq!(place.names(), [".state.json.prev", "state.json"]);
}

#[test]
fn without_repair_nothing_changes() {
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    fs::write(&place.path, b"{").unwrap();
    let options = read_options().with_repair(false);
    for _ in 0..2 {
        let restored = snapshot::read(&place.path, &options, ambient()).unwrap().unwrap();
        assert_eq!((restored.bytes, restored.source), (document(1), Source::Previous));
    }
    assert_eq!(place.names(), [".state.json.prev", "state.json"]);
}

#[test]
fn a_file_that_somebody_is_writing_is_left_to_him() {
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    fs::write(&place.path, b"{").unwrap();
    let writer = fs::File::open(place.directory.path()).unwrap();
    rustix::fs::flock(&writer, FlockOperation::LockExclusive).unwrap();
    let ambient = Ambient { pause: &|_| (), ..ambient() };
    let reading = snapshot::examine(&place.path, &read_options(), ambient).unwrap();
    assert_eq!(reading.restored.unwrap().bytes, document(1));
    assert_eq!(place.names(), [".state.json.prev", "state.json"]);
}

#[test]
fn a_previous_one_that_cannot_be_read_is_an_error_and_nothing_moves() {
    let test = "read::a_previous_one_that_cannot_be_read_is_an_error_and_nothing_moves";
    if !inside(test, &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]) {
        return;
    }
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    fs::write(&place.path, b"{").unwrap();
    fs::set_permissions(place.beside("prev"), fs::Permissions::from_mode(0o000)).unwrap();
    assert_eq!(place.read().unwrap_err().io_kind(), Some(std::io::ErrorKind::PermissionDenied));
    assert_eq!(place.names(), [".state.json.prev", "state.json"]);
    fs::set_permissions(place.beside("prev"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(place.read().unwrap().unwrap().bytes, document(1));
}

#[test]
fn a_directory_that_may_only_be_searched_is_enough_to_read() {
    let test = "read::a_directory_that_may_only_be_searched_is_enough_to_read";
    if !inside(test, &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]) {
        return;
    }
    let place = Place::new();
    place.generation(1);
    fs::set_permissions(place.directory.path(), fs::Permissions::from_mode(0o100)).unwrap();
    let restored = place.read();
    fs::set_permissions(place.directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(restored.unwrap().unwrap().bytes, document(1));
}

#[test]
fn a_file_without_end_is_an_error() {
    let place = Place::new();
    let file = fs::File::create(&place.path).unwrap();
    file.set_len((64 << 20) + 1).unwrap();
    assert_eq!(place.read().unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(place.names(), ["state.json"]);
}

#[test]
fn a_file_of_the_replaced_module_with_nan_is_no_corrupt_one() {
    let place = Place::new();
    fs::write(&place.path, b"{\"a\": NaN, \"b\": [-Infinity, Infinity]}").unwrap();
    let restored = place.read().unwrap().unwrap();
    assert!(restored.non_finite);
    assert_eq!(prestop::json::strict(&restored.bytes).unwrap(), &b"{\"a\": null, \"b\": [null, null]}"[..]);
}

#[test]
fn a_debug_line_shows_nothing_of_the_document() {
    let place = Place::new();
    place.write(&with_text("s3cret")).unwrap();
    let shown = format!("{:?}", place.examine().unwrap());
    assert!(!shown.contains("s3cret") && shown.contains("Current"), "{shown}");
}
