//! Files and file systems that are mounted: only root, in a mount namespace of its own.

use std::fs;
use std::path::Path;

use prestop::snapshot::{self, Durability, InPlace};

use crate::support::*;

const ALONE: [&str; 2] = ["unshare", "-m"];

/// A snapshot path with a file mounted on it, as containers get single files.
fn mounted() -> (Place, Place) {
    let (outside, inside) = (Place::new(), Place::new());
    fs::write(&outside.path, b"").unwrap();
    fs::write(&inside.path, b"").unwrap();
    run("mount", &["--bind", outside.path.to_str().unwrap(), inside.path.to_str().unwrap()]);
    (outside, inside)
}

#[test]
fn a_mounted_file_is_overwritten_in_place() {
    if !inside("mounted::a_mounted_file_is_overwritten_in_place", &ALONE) {
        return;
    }
    let (outside, place) = mounted();
    assert!(place.read().unwrap().is_none());
    assert_eq!(place.names(), ["state.json"]);
    for number in [5, 11, 6] {
        let report = place.generation(number);
        assert_eq!((report.durability, report.atomic), (Durability::Degraded, false));
        assert_eq!(fs::read(&outside.path).unwrap(), document(number));
        let restored = place.read().unwrap().unwrap();
        assert_eq!((restored.bytes, restored.verified), (document(number), Some(true)));
    }
    assert_eq!(fs::read(place.beside("prev")).unwrap(), document(11));
    assert_eq!(place.names(), [".state.json.prev", "state.json"]);
    place.assert_private();
    let deny = write_options().with_in_place(InPlace::Deny);
    let error = snapshot::write(&place.path, &document(7), &deny, ambient()).unwrap_err();
    assert_eq!(error.io_kind(), Some(std::io::ErrorKind::ResourceBusy));
    assert!(snapshot::delete(&place.path, &read_options(), ambient()).is_err());
    assert_eq!(place.names(), [".state.json.prev", "state.json"]);
}

#[test]
fn a_mounted_file_that_is_corrupt_is_healed_in_place() {
    if !inside("mounted::a_mounted_file_that_is_corrupt_is_healed_in_place", &ALONE) {
        return;
    }
    let (outside, place) = mounted();
    place.generation(1);
    place.generation(2);
    fs::write(&outside.path, b"{\"text\": \"s3cret").unwrap();
    for turn in 0..2 {
        let reading = place.examine().unwrap();
        assert_eq!(reading.restored.unwrap().bytes, document(1));
        assert_eq!((reading.put_back, reading.quarantined.is_some()), (turn == 0, turn == 0));
    }
    assert_eq!(fs::read(&outside.path).unwrap(), document(1));
    assert_eq!(place.names(), [".state.json.corrupt-*", ".state.json.prev", "state.json"]);
}

#[test]
fn a_full_disk_leaves_the_old_one_and_no_litter() {
    if !inside("mounted::a_full_disk_leaves_the_old_one_and_no_litter", &ALONE) {
        return;
    }
    let base = Place::new();
    run("mount", &["-t", "tmpfs", "-o", "size=64k", "none", base.directory.path().to_str().unwrap()]);
    let place = Place::under(base.directory.path());
    place.generation(1);
    let error = place.write(&with_text(&"x".repeat(80_000))).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::NOSPC.raw_os_error()));
    assert_eq!(place.read().unwrap().unwrap().bytes, document(1));
    assert_eq!(place.names(), ["state.json"]);
    // Quarantined files make room where that is enough.
    for number in 1..=3 {
        fs::write(place.beside(&format!("corrupt-{number}")), vec![b'x'; 16 << 10]).unwrap();
    }
    let report = place.write(&with_text(&"y".repeat(15 << 10))).unwrap();
    assert!(report.rewritten, "{report:?}");
    assert!(place.beside("corrupt-3").exists() && !place.beside("corrupt-2").exists());
}

#[test]
fn a_read_only_file_system_is_an_error_and_still_gives_the_previous_one() {
    if !inside("mounted::a_read_only_file_system_is_an_error_and_still_gives_the_previous_one", &ALONE) {
        return;
    }
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    fs::write(&place.path, b"{").unwrap();
    let base = place.directory.path().to_str().unwrap();
    run("mount", &["--bind", base, base]);
    run("mount", &["-o", "remount,ro,bind", base]);
    for _ in 0..2 {
        let reading = place.examine().unwrap();
        assert_eq!(reading.restored.unwrap().bytes, document(1));
        assert!(!reading.put_back && reading.quarantined.is_none());
    }
    let error = place.write(&document(3)).unwrap_err();
    assert_eq!(error.io_kind(), Some(std::io::ErrorKind::ReadOnlyFilesystem));
    run("umount", &[base]);
}

#[test]
fn a_file_system_without_attributes_gives_unverified_snapshots() {
    if !inside("mounted::a_file_system_without_attributes_gives_unverified_snapshots", &ALONE) {
        return;
    }
    let base = Place::new();
    // A ramfs has no extended attributes of users.
    run("mount", &["-t", "ramfs", "none", base.directory.path().to_str().unwrap()]);
    let place = Place::under(base.directory.path());
    if place.generation(1).checksummed {
        eprintln!("SKIPPED the rest: this ramfs has attributes");
        return;
    }
    assert_eq!(place.read().unwrap().unwrap().verified, None);
    // Nothing tells that the old one is scrubbed, so it is scrubbed again.
    place.write(&with_text("s3cret")).unwrap();
    assert!(place.generation(2).previous_kept);
    assert_eq!(fs::read(place.beside("prev")).unwrap(), with_text("<scrubbed>"));
    fs::write(&place.path, b"{").unwrap();
    assert_eq!(place.read().unwrap().unwrap().bytes, with_text("<scrubbed>"));
    place.assert_private();
}

#[test]
fn a_recovery_copy_may_stand_elsewhere() {
    if !inside("mounted::a_recovery_copy_may_stand_elsewhere", &ALONE) {
        return;
    }
    let (outside, place) = mounted();
    let elsewhere = Place::new();
    place.generation(1);
    let base = place.directory.path().to_str().unwrap();
    // The directory takes no new files, but the mounted file stays writable.
    run("mount", &["--rbind", base, base]);
    run("mount", &["-o", "remount,ro,bind", base]);
    let recovery: &Path = elsewhere.directory.path();
    let options = write_options().with_recovery(recovery);
    let report = snapshot::write(&place.path, &document(2), &options, ambient()).unwrap();
    assert_eq!((report.durability, report.previous_kept), (Durability::Degraded, false));
    assert_eq!(fs::read(&outside.path).unwrap(), document(2));
    assert!(elsewhere.names().is_empty());
}
