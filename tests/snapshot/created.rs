//! A temporary file that the host created and names by device and inode.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

use prestop::ErrorKind;
use prestop::snapshot::{self, Write};

use crate::support::*;

fn begin(place: &Place) -> (Write<'static>, PathBuf) {
    let write = Write::begin(&place.path, &write_options(), ambient()).unwrap();
    let temporary = place.directory.path().join(write.temporary_name());
    (write, temporary)
}

fn create(path: &PathBuf) -> (u64, u64) {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).unwrap();
    let metadata = file.metadata().unwrap();
    (metadata.dev(), metadata.ino())
}

#[test]
fn the_file_that_the_host_created_becomes_the_document() {
    let place = Place::new();
    let (mut write, temporary) = begin(&place);
    let (device, inode) = create(&temporary);
    write.adopt_created(device, inode).unwrap();
    assert!(!write.needs_file());
    write.commit(&document(1)).unwrap();
    assert_eq!(fs::read(&place.path).unwrap(), document(1));
    assert_eq!(fs::metadata(&place.path).unwrap().ino(), inode);
    assert_eq!(place.names(), ["state.json"]);
    place.assert_private();
}

#[test]
fn another_file_under_the_name_is_refused_and_untouched() {
    let place = Place::new();
    let (mut write, temporary) = begin(&place);
    let (device, inode) = create(&temporary);
    // The old inode is kept open, so that it is not reused for the new file.
    let _held = File::open(&temporary).unwrap();
    fs::remove_file(&temporary).unwrap();
    create(&temporary);
    assert_eq!(write.adopt_created(device, inode).unwrap_err().kind(), ErrorKind::InvalidTarget);
    drop(write);
    assert!(temporary.exists());
}

#[test]
fn a_file_created_elsewhere_is_refused() {
    let place = Place::new();
    let (mut write, _) = begin(&place);
    let (device, inode) = create(&place.directory.path().join("elsewhere"));
    assert_eq!(write.adopt_created(device, inode).unwrap_err().kind(), ErrorKind::InvalidTarget);
    drop(write);
    assert_eq!(place.names(), ["elsewhere"]);
}

#[test]
fn a_file_that_is_not_empty_is_refused_and_untouched() {
    let place = Place::new();
    let (mut write, temporary) = begin(&place);
    let (device, inode) = create(&temporary);
    fs::write(&temporary, "precious").unwrap();
    assert_eq!(write.adopt_created(device, inode).unwrap_err().kind(), ErrorKind::InvalidTarget);
    drop(write);
    assert_eq!(fs::read_to_string(&temporary).unwrap(), "precious");
}

#[test]
fn a_file_that_has_the_temporary_name_is_neither_used_nor_touched() {
    let place = Place::new();
    place.generation(1);
    let planted = place.beside("tmp.0000000000000005");
    fs::write(&planted, b"somebody else's").unwrap();
    let calls = std::sync::atomic::AtomicU64::new(5);
    let random = || calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let ambient = snapshot::Ambient { random: &random, ..ambient() };
    snapshot::write(&place.path, &document(2), &write_options(), ambient).unwrap();
    assert_eq!(place.read().unwrap().unwrap().bytes, document(2));
    assert_eq!(fs::read(&planted).unwrap(), b"somebody else's");
}

#[test]
fn without_descriptors_left_nothing_is_left_behind() {
    let test = "created::without_descriptors_left_nothing_is_left_behind";
    if !inside_shell(test, "ulimit -n 64; exec \"$@\"") {
        return;
    }
    let place = Place::new();
    let mut failed = 0;
    for free in 0..8 {
        let mut held: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
        held.truncate(held.len() - free);
        let written = Write::begin(&place.path, &write_options(), ambient()).and_then(|mut write| {
            let name = place.directory.path().join(write.temporary_name());
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&name) {
                Ok(file) => {
                    let metadata = file.metadata().unwrap();
                    // By device and inode, or by the open file.
                    if free % 2 == 0 {
                        write.adopt_created(metadata.dev(), metadata.ino())?;
                    } else {
                        write.adopt(&file)?;
                    }
                }
                Err(error) => write.open_failed(error)?,
            }
            write.commit(&document(1))
        });
        drop(held);
        failed += u32::from(written.is_err());
        let names = place.names();
        assert!(names.iter().all(|name| !name.contains("tmp")), "{free} free: {names:?}");
    }
    assert!(failed > 0 && place.path.exists());
}
