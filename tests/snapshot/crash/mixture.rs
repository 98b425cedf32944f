//! A file that was half overwritten in place.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use prestop::json;

use super::scenario::SCENARIOS;
use super::{numbered, points, trace, traced, victim};
use crate::support::*;

/// Creates a file that was half overwritten in place, by documents of the same length, so that the mixture
/// parses.
fn mixture() -> Place {
    const LAST: u64 = 23;
    let place = Place::new();
    numbered(&place, "safe", 13);
    let busy = ["-e".to_owned(), "inject=renameat:error=EBUSY:when=2".to_owned()];
    let rehearsal = Place::new();
    numbered(&rehearsal, "safe", 13);
    let writes = points(&rehearsal, "safe", LAST, &busy);
    let last = writes.iter().filter(|point| point.name == "pwrite64").map(|point| point.count).max().unwrap();
    let kill = ["-e".to_owned(), format!("inject=pwrite64:signal=KILL:when={last}")];
    let output = traced(&place, "safe", LAST, &[busy, kill].concat());
    assert_eq!(output.status.signal(), Some(9));
    let copy = fs::read(place.beside("recover")).unwrap();
    let start = copy.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    let file = fs::OpenOptions::new().write(true).open(&place.path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &copy[start..start + 5000], 0).unwrap();
    assert!(json::check(&fs::read(&place.path).unwrap()).is_ok());
    trace(&place);
    place
}

#[test]
fn a_mixture_of_two_documents_is_never_taken_for_one() {
    if victim().is_none() {
        return;
    }
    // With the recovery copy the new document is read, without it the previous one, without both none.
    for (removed, expected) in
        [(&[][..], &[23][..]), (&["recover"][..], &[13][..]), (&["recover", "prev"][..], &[][..])]
    {
        let place = mixture();
        for name in removed {
            fs::remove_file(place.beside(name)).unwrap();
        }
        for _ in 0..2 {
            assert_eq!(SCENARIOS[0].observe(&place.path), Ok(expected.to_vec()));
        }
        SCENARIOS[0].assert_usable(&place);
    }
}

#[test]
fn a_recovery_copy_of_another_file_is_not_used() {
    if victim().is_none() {
        return;
    }
    let place = mixture();
    let other = place.directory.path().join("other");
    fs::write(&other, b"{\"number\": 5}").unwrap();
    fs::rename(other, &place.path).unwrap();
    assert_eq!(SCENARIOS[0].observe(&place.path), Ok(vec![5]));
}
