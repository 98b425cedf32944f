//! A temporary file that the host opens itself.

use std::fs::{self, File, OpenOptions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use prestop::ErrorKind;
use prestop::snapshot::{Durability, Write};
use rustix::io::Errno;

use crate::support::*;

fn begin(place: &Place) -> (Write<'static>, PathBuf) {
    let write = Write::begin(&place.path, &write_options(), ambient()).unwrap();
    assert!(write.needs_file());
    let temporary = place.directory.path().join(write.temporary_name());
    (write, temporary)
}

fn create(path: &PathBuf) -> File {
    OpenOptions::new().write(true).create_new(true).mode(0o644).open(path).unwrap()
}

#[test]
fn the_file_the_host_opened_becomes_the_snapshot() {
    let place = Place::new();
    place.generation(1);
    let (mut write, _) = begin(&place);
    // As a host does that knows only the directory's descriptor.
    let relative =
        format!("/proc/self/fd/{}/{}", write.directory().as_raw_fd(), write.temporary_name().display());
    let file = create(&PathBuf::from(relative));
    write.adopt(&file).unwrap();
    assert!(!write.needs_file());
    let report = write.commit(&document(2)).unwrap();
    assert_eq!(report.durability, Durability::Durable);
    drop(file);
    assert_eq!(fs::read(&place.path).unwrap(), document(2));
    assert_eq!(place.names(), [".state.json.prev", "state.json"]);
    place.assert_private();
}

#[test]
fn the_host_may_close_its_file_at_once() {
    let place = Place::new();
    let (mut write, temporary) = begin(&place);
    write.adopt(create(&temporary)).unwrap();
    write.commit(&document(1)).unwrap();
    assert_eq!(fs::read(&place.path).unwrap(), document(1));
}

#[test]
fn an_adopted_file_goes_when_the_write_fails() {
    let place = Place::new();
    let (mut write, temporary) = begin(&place);
    write.adopt(create(&temporary)).unwrap();
    drop(write);
    assert!(place.names().is_empty());
}

#[test]
fn any_other_file_is_refused_and_not_touched() {
    let place = Place::new();
    let refused = |prepare: &dyn Fn(&PathBuf) -> File| {
        let (mut write, temporary) = begin(&place);
        let file = prepare(&temporary);
        let before = fs::read(&temporary).ok();
        assert_eq!(write.adopt(&file).unwrap_err().kind(), ErrorKind::InvalidTarget);
        drop(write);
        assert_eq!(fs::read(&temporary).ok(), before);
        let _ = fs::remove_file(&temporary);
    };
    let other = place.directory.path().join("other");
    refused(&|_| File::create(&other).unwrap());
    refused(&|temporary| {
        drop(create(temporary));
        File::create(&other).unwrap()
    });
    refused(&|temporary| {
        fs::write(temporary, b"not empty").unwrap();
        OpenOptions::new().append(true).open(temporary).unwrap()
    });
    refused(&|temporary| {
        drop(create(temporary));
        File::open(temporary).unwrap()
    });
    refused(&|temporary| {
        let file = create(temporary);
        fs::hard_link(temporary, place.directory.path().join("second")).unwrap();
        file
    });
    refused(&|_| OpenOptions::new().write(true).open("/dev/null").unwrap());
    assert_eq!(place.names(), ["other", "second"]);
}

#[test]
fn the_hosts_failure_to_open_is_the_failure_of_the_write() {
    let place = Place::new();
    place.generation(1);
    for errno in [Errno::NOSPC, Errno::MFILE, Errno::IO, Errno::EXIST] {
        let (mut write, _) = begin(&place);
        let error = write.open_failed(errno.into()).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(errno.raw_os_error()));
    }
    // An exception that is not a system error, from a test double for example.
    let (mut write, _) = begin(&place);
    assert_eq!(write.open_failed(std::io::Error::other("disk full")).unwrap_err().kind(), ErrorKind::Io);
    drop(write);
    assert_eq!(fs::read(&place.path).unwrap(), document(1));
    assert_eq!(place.names(), ["state.json"]);
}

#[test]
fn a_directory_that_takes_no_new_files_leads_to_a_write_in_place() {
    let place = Place::new();
    place.generation(1);
    for errno in [Errno::ACCESS, Errno::PERM, Errno::ROFS] {
        let (mut write, _) = begin(&place);
        write.open_failed(errno.into()).unwrap();
        assert!(!write.needs_file());
        let report = write.commit(&document(2)).unwrap();
        assert_eq!((report.durability, report.atomic), (Durability::Degraded, false));
        let restored = place.read().unwrap().unwrap();
        assert_eq!((restored.bytes, restored.verified), (document(2), Some(true)));
    }
    place.assert_private();
}
