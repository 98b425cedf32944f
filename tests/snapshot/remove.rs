//! Deleting and purging.

use std::fs;

use prestop::ErrorKind;
use prestop::snapshot;

use crate::support::*;

#[test]
fn delete_takes_the_snapshot_and_its_previous_one() {
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    fs::write(place.beside("corrupt-1"), b"x").unwrap();
    fs::write(place.beside("tmp.0123456789abcdef"), b"x").unwrap();
    let removal = snapshot::delete(&place.path, &read_options(), ambient()).unwrap();
    assert_eq!((removal.existed, removal.files), (true, 2));
    assert_eq!(place.names(), [".state.json.corrupt-*", ".state.json.tmp.*"]);
    assert!(place.read().unwrap().is_none());
    let removal = snapshot::delete(&place.path, &read_options(), ambient()).unwrap();
    assert_eq!((removal.existed, removal.files), (false, 0));
}

#[test]
fn purge_takes_everything_that_is_ours_and_nothing_else() {
    let place = Place::new();
    place.generation(1);
    place.generation(2);
    for ours in ["corrupt-1", "unread-1", "recover", "tmp.0123456789abcdef", "prev.tmp.0123456789abcdef"] {
        fs::write(place.beside(ours), b"x").unwrap();
    }
    for ours in [".state.json.aside", "..state.json.aside.prev", "..state.json.aside.tmp.0123456789abcdef"] {
        fs::write(place.directory.path().join(ours), b"x").unwrap();
    }
    let others = [
        ".other.json.prev",
        ".state.json.corrupt-x",
        ".state.json.unread-01",
        ".state.json.tmp.xyz",
        "state.json.bak",
    ];
    for other in others {
        fs::write(place.directory.path().join(other), b"x").unwrap();
    }
    let removal = snapshot::purge(&place.path, &read_options(), ambient()).unwrap();
    assert_eq!((removal.existed, removal.files), (true, 10));
    assert!(others.iter().all(|name| place.directory.path().join(name).exists()));
    assert_eq!(fs::read_dir(place.directory.path()).unwrap().count(), others.len());
}

#[test]
fn a_link_is_removed_and_not_what_it_leads_to() {
    let place = Place::new();
    let victim = place.directory.path().join("victim");
    fs::write(&victim, b"{}").unwrap();
    std::os::unix::fs::symlink("victim", &place.path).unwrap();
    assert!(snapshot::delete(&place.path, &read_options(), ambient()).unwrap().existed);
    assert_eq!(place.names(), ["victim"]);
}

#[test]
fn what_is_no_file_of_ours_is_not_removed() {
    let place = Place::new();
    fs::write(place.beside("prev"), b"{}").unwrap();
    let refused = || {
        let removed = [
            snapshot::delete(&place.path, &read_options(), ambient()),
            snapshot::purge(&place.path, &read_options(), ambient()),
        ];
        assert!(
            removed.iter().all(|it| it.as_ref().is_err_and(|error| error.kind() == ErrorKind::InvalidTarget))
        );
        assert_eq!(place.names(), [".state.json.prev", "state.json"]);
        fs::remove_file(&place.path).unwrap();
    };
    assert!(std::process::Command::new("mkfifo").arg(&place.path).status().unwrap().success());
    refused();
    let _socket = std::os::unix::net::UnixListener::bind(&place.path).unwrap();
    refused();
}

#[test]
fn a_directory_is_not_removed() {
    let place = Place::new();
    fs::create_dir(&place.path).unwrap();
    fs::write(place.beside("prev"), b"{}").unwrap();
    let error = snapshot::purge(&place.path, &read_options(), ambient()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidTarget);
    assert_eq!(place.names(), [".state.json.prev", "state.json"]);
}

#[test]
fn a_file_that_cannot_be_removed_keeps_no_other_from_being_removed() {
    let (place, elsewhere) = (Place::new(), Place::new());
    place.generation(1);
    place.generation(2);
    fs::remove_file(place.beside("prev")).unwrap();
    fs::create_dir(place.beside("prev")).unwrap();
    for beside in [place.beside("recover"), elsewhere.beside("recover"), place.beside("corrupt-1")] {
        fs::write(beside, b"x").unwrap();
    }
    let options = read_options().with_recovery(elsewhere.directory.path());
    let error = snapshot::purge(&place.path, &options, ambient()).unwrap_err();
    assert_eq!(error.path(), Some(&*place.beside("prev")));
    assert_eq!(place.names(), [".state.json.prev"]);
    assert_eq!(elsewhere.names(), Vec::<String>::new());
}
