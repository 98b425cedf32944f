//! Which paths are accepted, and what may be found there.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use prestop::ErrorKind;
use prestop::snapshot;

use crate::support::*;

#[test]
fn a_path_that_names_no_file_is_refused() {
    let place = Place::new();
    let base = place.directory.path();
    let nul = Path::new(OsStr::from_bytes(b"/tmp/a\0b"));
    let paths = ["".as_ref(), "/".as_ref(), "..".as_ref(), ".".as_ref(), nul];
    let below = ["..", ".", "", "sub/", "sub/.", "sub/.."].map(|name| base.join(name));
    for path in paths.into_iter().chain(below.iter().map(AsRef::as_ref)) {
        let error = snapshot::write(path, b"{}", &write_options(), ambient()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption, "{}", path.display());
        let error = snapshot::read(path, &read_options(), ambient()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption, "{}", path.display());
        let error = snapshot::purge(path, &read_options(), ambient()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption, "{}", path.display());
    }
    assert!(place.names().is_empty());
}

#[test]
fn long_names_work_and_keep_apart() {
    let place = Place::new();
    // 255 bytes is the limit. The last two names differ only in a part that the derived names do not keep.
    let long = "é".repeat(127);
    let names = ["x".repeat(220), "x".repeat(221), format!("{long}1"), format!("{long}2")];
    let paths = names.each_ref().map(|name| place.directory.path().join(name));
    for path in &paths {
        for number in 1..=2 {
            snapshot::write(path, &document(number), &write_options(), ambient()).unwrap();
        }
    }
    assert_eq!(place.names().len(), 8);
    for path in &paths {
        fs::write(path, b"{").unwrap();
        let restored = snapshot::read(path, &read_options(), ambient()).unwrap().unwrap();
        assert_eq!(restored.bytes, document(1));
        assert!(restored.quarantined.is_some());
    }
    for path in &paths {
        assert_eq!(snapshot::purge(path, &read_options(), ambient()).unwrap().files, 3);
    }
    assert!(place.names().is_empty());
    let over = place.directory.path().join("x".repeat(256));
    let error = snapshot::write(over, b"{}", &write_options(), ambient()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
}

#[test]
fn names_need_not_be_text() {
    let place = Place::new();
    let path = place.directory.path().join(OsStr::from_bytes(b"state-\xff\n.json"));
    for number in 1..=2 {
        snapshot::write(&path, &document(number), &write_options(), ambient()).unwrap();
    }
    assert_eq!(snapshot::read(&path, &read_options(), ambient()).unwrap().unwrap().bytes, document(2));
    assert_eq!(snapshot::purge(&path, &read_options(), ambient()).unwrap().files, 2);
}

#[test]
fn only_regular_files_are_written_and_read() {
    let place = Place::new();
    let base = place.directory.path();
    fs::create_dir(base.join("directory")).unwrap();
    run("mkfifo", &[base.join("fifo").to_str().unwrap()]);
    let _socket = UnixListener::bind(base.join("socket")).unwrap();
    let before = place.names();
    for path in
        ["directory", "fifo", "socket"].map(|name| base.join(name)).iter().chain([&"/dev/null".into()])
    {
        let error = snapshot::write(path, b"{}", &write_options(), ambient()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTarget, "{}", path.display());
        let error = snapshot::read(path, &read_options(), ambient()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTarget, "{}", path.display());
    }
    assert_eq!(place.names(), before);
    let error = snapshot::read("/proc/self/status/state.json", &read_options(), ambient()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
}

#[test]
fn a_link_is_replaced_and_what_it_leads_to_is_not_touched() {
    let place = Place::new();
    let victim = place.directory.path().join("victim");
    fs::write(&victim, with_text("s3cret")).unwrap();
    symlink("victim", &place.path).unwrap();
    // A link is read through, as hosts that place such a link expect.
    assert_eq!(place.read().unwrap().unwrap().bytes, with_text("s3cret"));
    let report = place.generation(1);
    assert!(!report.previous_kept);
    assert!(place.path.symlink_metadata().unwrap().is_file());
    assert_eq!(fs::read(&victim).unwrap(), with_text("s3cret"));
    assert_eq!(place.names(), ["state.json", "victim"]);
}

#[test]
fn a_link_to_a_directory_is_replaced_too() {
    let place = Place::new();
    for (number, end) in ["..", ".", "/", "nowhere/"].into_iter().enumerate() {
        let _ = fs::remove_file(&place.path);
        symlink(end, &place.path).unwrap();
        place.generation(u32::try_from(number).unwrap());
        assert!(place.path.symlink_metadata().unwrap().is_file(), "{end}");
        fs::remove_file(&place.path).unwrap();
        symlink(end, &place.path).unwrap();
        let followed = write_options().with_follow_symlink(true);
        assert!(snapshot::write(&place.path, &document(1), &followed, ambient()).is_err(), "{end}");
        assert!(place.path.symlink_metadata().unwrap().is_symlink(), "{end}");
    }
}

#[test]
fn a_corrupt_file_behind_a_link_is_not_moved() {
    let place = Place::new();
    let victim = place.directory.path().join("victim");
    fs::write(&victim, b"{").unwrap();
    symlink("victim", &place.path).unwrap();
    let reading = place.examine().unwrap();
    assert!(reading.corrupt && reading.restored.is_none() && reading.quarantined.is_none());
    assert_eq!(place.names(), ["state.json", "victim"]);
}

#[test]
fn a_link_is_followed_where_that_is_asked_for() {
    let place = Place::new();
    fs::create_dir(place.directory.path().join("elsewhere")).unwrap();
    let real = place.directory.path().join("elsewhere/real.json");
    symlink("step", &place.path).unwrap();
    symlink("elsewhere/real.json", place.directory.path().join("step")).unwrap();
    let options = write_options().with_follow_symlink(true);
    for number in 1..=2 {
        snapshot::write(&place.path, &document(number), &options, ambient()).unwrap();
    }
    assert_eq!(fs::read(&real).unwrap(), document(2));
    assert!(place.path.symlink_metadata().unwrap().is_symlink());
    fs::write(&real, b"{").unwrap();
    let follow = read_options().with_follow_symlink(true);
    assert_eq!(snapshot::read(&place.path, &follow, ambient()).unwrap().unwrap().bytes, document(1));
    assert_eq!(fs::read(&real).unwrap(), document(1));
    // A link to itself leads nowhere.
    let ring = place.directory.path().join("ring");
    symlink("ring", &ring).unwrap();
    let error = snapshot::write(&ring, b"{}", &options, ambient()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidTarget);
    assert_eq!(snapshot::read(&ring, &follow, ambient()).unwrap_err().kind(), ErrorKind::InvalidTarget);
}

#[test]
fn nothing_is_written_under_a_data_link() {
    // A volume as the kubelet lays it out: the files are links into a directory that is replaced as a whole.
    let place = Place::new();
    let base = place.directory.path();
    fs::create_dir_all(base.join("..2026_11_20/sub")).unwrap();
    symlink("..2026_11_20", base.join("..data")).unwrap();
    symlink("..data/state.json", &place.path).unwrap();
    symlink("..data/sub", base.join("sub")).unwrap();
    symlink("state.json", base.join("twice.json")).unwrap();
    for name in ["state.json", "twice.json", "..data/state.json", "sub/state.json", "..2026_11_20/state.json"]
    {
        for follow in [false, true] {
            let options = write_options().with_follow_symlink(follow);
            let error = snapshot::write(base.join(name), b"{}", &options, ambient()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidTarget, "{name}");
        }
    }
    assert!(fs::read_dir(base.join("..2026_11_20/sub")).unwrap().next().is_none());
    // A file of its own beside the links is fine.
    snapshot::write(base.join("own.json"), b"{}", &write_options(), ambient()).unwrap();
}

#[test]
fn links_in_parent_directories_are_followed() {
    let place = Place::new();
    fs::create_dir(place.directory.path().join("real")).unwrap();
    symlink("real", place.directory.path().join("linked")).unwrap();
    let path = place.directory.path().join("linked/made/state.json");
    snapshot::write(path, &document(1), &write_options(), ambient()).unwrap();
    assert_eq!(fs::read(place.directory.path().join("real/made/state.json")).unwrap(), document(1));
}

#[test]
fn a_relative_path_works_and_a_missing_directory_means_no_snapshot() {
    let name = format!("prestop-relative-{}.json", random());
    let path = Path::new(&name);
    assert!(snapshot::read(path, &read_options(), ambient()).unwrap().is_none());
    snapshot::write(path, &document(1), &write_options(), ambient()).unwrap();
    assert_eq!(snapshot::read(path, &read_options(), ambient()).unwrap().unwrap().bytes, document(1));
    assert!(snapshot::purge(path, &read_options(), ambient()).unwrap().existed);
    let missing = Path::new("/nonexistent/sub/state.json");
    assert!(snapshot::read(missing, &read_options(), ambient()).unwrap().is_none());
    assert!(!snapshot::delete(missing, &read_options(), ambient()).unwrap().existed);
}
