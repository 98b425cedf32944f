//! Mounted files and file systems. Needs root, in a mount namespace of its own.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prestop::ErrorKind;
use prestop::snapshot::{self, Durability, InPlace};
use rustix::fs::FlockOperation;

use crate::support::*;

const ALONE: [&str; 2] = ["unshare", "-m"];

/// Creates a snapshot path with a file mounted on it, as single files are mounted into containers.
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
fn a_file_size_limit_in_place_is_an_error_and_not_a_signal() {
    if !inside("mounted::a_file_size_limit_in_place_is_an_error_and_not_a_signal", &ALONE) {
        return;
    }
    let base = Place::new();
    let below = base.directory.path().to_str().unwrap();
    // Here the kernel sends the signal already when the space is reserved.
    run("mount", &["-t", "tmpfs", "none", below]);
    let place = Place::under(base.directory.path());
    place.generation(1);
    let path = place.path.to_str().unwrap();
    run("mount", &["--bind", path, path]);
    let mut limit = rustix::process::getrlimit(rustix::process::Resource::Fsize);
    limit.current = Some(4096);
    rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
    let error = place.write(&with_text(&"x".repeat(9000))).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::FBIG.raw_os_error()));
    assert_eq!(place.read().unwrap().unwrap().bytes, document(1));
    assert_eq!(place.generation(2).durability, Durability::Degraded);
}

#[test]
fn a_mounted_file_that_somebody_writes_is_waited_for_and_not_overwritten() {
    if !inside("mounted::a_mounted_file_that_somebody_writes_is_waited_for_and_not_overwritten", &ALONE) {
        return;
    }
    let (outside, place) = mounted();
    place.generation(1);
    let holder = fs::File::open(place.directory.path()).unwrap();
    rustix::fs::flock(&holder, FlockOperation::LockExclusive).unwrap();
    fs::write(place.beside("recover"), b"theirs").unwrap();
    let options = write_options().with_deadline(Duration::from_millis(200));
    let error = snapshot::write(&place.path, &document(2), &options, ambient()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(fs::read(&outside.path).unwrap(), document(1));
    assert_eq!(fs::read(place.beside("recover")).unwrap(), b"theirs");
    fs::remove_file(place.beside("recover")).unwrap();
    assert_eq!(place.names(), ["state.json"]);
    // The holder is done a while after a write that can replace the file would have given up waiting.
    let pauses = AtomicU64::new(0);
    let pause = |_| {
        if pauses.fetch_add(1, Ordering::Relaxed) == 15 {
            fs::write(&place.path, document(3)).unwrap();
            rustix::fs::flock(&holder, FlockOperation::Unlock).unwrap();
        }
    };
    let ambient = snapshot::Ambient { pause: &pause, ..ambient() };
    let report = snapshot::write(&place.path, &document(4), &options, ambient).unwrap();
    assert!(report.locked && pauses.load(Ordering::Relaxed) == 16);
    assert_eq!(fs::read(&outside.path).unwrap(), document(4));
    // What is kept is what the holder wrote.
    assert_eq!(fs::read(place.beside("prev")).unwrap(), document(3));
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
    // Quarantined files are removed if that makes enough room.
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
    // A ramfs has no extended attributes in the `user` namespace.
    run("mount", &["-t", "ramfs", "none", base.directory.path().to_str().unwrap()]);
    let place = Place::under(base.directory.path());
    if place.generation(1).checksummed {
        let _ = writeln!(std::io::stderr(), "SKIPPED the rest: this ramfs has attributes");
        return;
    }
    assert_eq!(place.read().unwrap().unwrap().verified, None);
    // Without an attribute it is not known whether the old document is scrubbed, so it is scrubbed again.
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

#[test]
fn a_file_of_a_lower_layer_is_replaced_in_the_upper_one() {
    if !inside("mounted::a_file_of_a_lower_layer_is_replaced_in_the_upper_one", &ALONE) {
        return;
    }
    let base = Place::new();
    let at = |name: &str| base.directory.path().join(name);
    // The upper layer of an overlay cannot be on an overlay, which is what a container has.
    run("mount", &["-t", "tmpfs", "none", base.directory.path().to_str().unwrap()]);
    for name in ["lower", "upper", "work", "merged"] {
        fs::create_dir(at(name)).unwrap();
    }
    let below = at("lower").join("state.json");
    snapshot::write(&below, &document(1), &write_options(), ambient()).unwrap();
    let layers = format!(
        "lowerdir={},upperdir={},workdir={}",
        at("lower").display(),
        at("upper").display(),
        at("work").display()
    );
    run("mount", &["-t", "overlay", "-o", &layers, "none", at("merged").to_str().unwrap()]);
    let path = at("merged").join("state.json");
    let read = || snapshot::read(&path, &read_options(), ambient()).unwrap().unwrap().bytes;
    assert_eq!(read(), document(1));
    for number in 2..=3 {
        let report = snapshot::write(&path, &document(number), &write_options(), ambient()).unwrap();
        assert_eq!((report.durability, report.atomic), (Durability::Durable, true));
        assert!(report.ephemeral);
        assert_eq!(read(), document(number));
    }
    assert_eq!(fs::read(&below).unwrap(), document(1));
    fs::write(&path, b"{").unwrap();
    for _ in 0..2 {
        assert_eq!(read(), document(2));
    }
    let results = at("merged").join("results.jsonl");
    snapshot::append(&results, b"{}", &snapshot::AppendOptions::new(), ambient()).unwrap();
    assert_eq!(snapshot::lines(&results).unwrap().lines.len(), 1);
}

#[test]
fn on_sixteen_kilobytes_the_newest_that_fits_is_there() {
    if !inside("mounted::on_sixteen_kilobytes_the_newest_that_fits_is_there", &ALONE) {
        return;
    }
    let base = Place::new();
    run("mount", &["-t", "tmpfs", "-o", "size=16k", "none", base.directory.path().to_str().unwrap()]);
    let place = Place::under(base.directory.path());
    let mut last = None;
    for length in (100..20_000).step_by(700) {
        let document = with_text(&"x".repeat(length));
        match place.write(&document) {
            Ok(_) => last = Some(document),
            Err(error) => assert_eq!(error.io_kind(), Some(std::io::ErrorKind::StorageFull)),
        }
        assert_eq!(place.read().unwrap().map(|restored| restored.bytes), last);
        assert!(!place.names().iter().any(|name| name.contains("tmp")));
    }
    place.assert_private();
}

#[test]
fn the_directory_of_somebody_else_gives_an_error_or_a_degraded_write() {
    const TEST: &str = "mounted::the_directory_of_somebody_else_gives_an_error_or_a_degraded_write";
    // A directory that belongs to root, with one file that is ours and one that is not.
    const LINE: &str = "mount -t tmpfs -o mode=755 none /mnt && cd /mnt && printf '{}' >ours.json && printf '{}' >theirs.json \
        && chown 65534 ours.json && exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\"";
    if !inside(TEST, &["unshare", "-m", "sh", "-c", LINE, "sh"]) {
        return;
    }
    let base = Path::new("/mnt");
    let write = |name: &str| snapshot::write(base.join(name), &document(1), &write_options(), ambient());
    let report = write("ours.json").unwrap();
    assert_eq!((report.durability, report.atomic), (Durability::Degraded, false));
    assert_eq!(fs::read(base.join("ours.json")).unwrap(), document(1));
    for name in ["theirs.json", "new.json"] {
        let error = write(name).unwrap_err();
        assert_eq!(error.io_kind(), Some(std::io::ErrorKind::PermissionDenied));
        let lines = base.join("results.jsonl");
        let error = snapshot::append(&lines, b"{}", &snapshot::AppendOptions::new(), ambient()).unwrap_err();
        assert_eq!(error.io_kind(), Some(std::io::ErrorKind::PermissionDenied));
    }
    assert_eq!(fs::read(base.join("theirs.json")).unwrap(), b"{}");
    assert_eq!(fs::read_dir(base).unwrap().count(), 2);
}

#[test]
fn a_mounted_file_takes_lines() {
    if !inside("mounted::a_mounted_file_takes_lines", &ALONE) {
        return;
    }
    let (outside, place) = mounted();
    for _ in 0..2 {
        snapshot::append(&place.path, b"{}", &snapshot::AppendOptions::new(), ambient()).unwrap();
    }
    assert_eq!(fs::read(&outside.path).unwrap(), b"{}\n{}\n");
    // It cannot be renamed: up to what a reader accepts, exceeding the bound is better than losing a line.
    let small = snapshot::AppendOptions::new().with_size_limit(1);
    let appended = snapshot::append(&place.path, b"{}", &small, ambient()).unwrap();
    assert_eq!((appended.durability, appended.rotated), (Durability::Durable, false));
    assert_eq!(snapshot::lines(&place.path).unwrap().lines.len(), 3);
    fs::File::options().write(true).open(&outside.path).unwrap().set_len(64 << 20).unwrap();
    let error = snapshot::append(&place.path, b"{}", &small, ambient()).unwrap_err();
    assert_eq!(error.io_kind(), Some(std::io::ErrorKind::ResourceBusy));
}
