//! A file that was half overwritten in place.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;

use prestop::json;
use prestop::snapshot::{self, ReadOptions, Source};

use super::scenario::SCENARIOS;
use super::{RULES, numbered, points, trace, traced, victim};
use crate::support::*;

/// The document that is written in place.
pub const LAST: u64 = 23;

/// Makes the rename of the document fail, and injects `more`.
fn busy(more: &[String]) -> Vec<String> {
    let busy = ["-e".to_owned(), "inject=renameat:error=EBUSY:when=2".to_owned()];
    [&busy, more].concat()
}

/// Creates a file that was half overwritten in place, by documents of the same length, so that the mixture
/// parses. `more` is injected, too.
fn mixture(more: &[String]) -> Place {
    let place = Place::new();
    mix(&place, more);
    place
}

/// Creates such a file in this place.
pub fn mix(place: &Place, more: &[String]) {
    // The temporary file, the recovery copy, the previous generation, and the document.
    let kill = ["-e", "inject=pwrite64:signal=KILL:when=4"].map(str::to_owned);
    numbered(place, "safe", 13);
    let output = traced(place, "safe", LAST, &busy(&[more, &kill].concat()));
    assert_eq!(output.status.signal(), Some(9));
    let copy = fs::read(place.beside("recover")).unwrap();
    let start = copy.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    let file = fs::OpenOptions::new().write(true).open(&place.path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &copy[start..start + 5000], 0).unwrap();
    assert!(json::check(&fs::read(&place.path).unwrap()).is_ok());
    trace(place);
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
        let place = mixture(&[]);
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
fn a_write_that_is_refused_leaves_the_mixture_announced() {
    if victim().is_none() {
        return;
    }
    for (removed, expected) in [(&["recover"][..], &[13][..]), (&["recover", "prev"][..], &[][..])] {
        let place = mixture(&[]);
        for name in removed {
            fs::remove_file(place.beside(name)).unwrap();
        }
        // The file cannot be replaced, and the flush of the announcement fails: after the temporary file, the
        // recovery copy and the directory.
        let faults = ["-e", "inject=renameat:error=EBUSY:when=1", "-e", "inject=fsync:error=EIO:when=4"];
        let output = traced(&place, "safe", 3, &faults.map(str::to_owned));
        trace(&place);
        assert_eq!(output.status.code(), Some(1));
        for _ in 0..2 {
            assert_eq!(SCENARIOS[0].observe(&place.path), Ok(expected.to_vec()));
        }
    }
}

#[test]
fn a_write_that_is_refused_leaves_what_completes_the_mixture() {
    if victim().is_none() {
        return;
    }
    let busy = |faults: &[&str]| -> Vec<String> {
        let faults = [&["renameat:error=EBUSY:when=1"], faults].concat();
        faults.iter().flat_map(|fault| ["-e".to_owned(), format!("inject={fault}")]).collect()
    };
    let rehearsal = mixture(&[]);
    assert!(traced(&rehearsal, "safe", 3, &busy(&[])).status.success());
    let calls = trace(&rehearsal);
    let mut opened = calls.lines().filter(|line| line.starts_with("openat("));
    let first = opened.position(|line| line.contains("\"state.json\"")).unwrap() + 1;
    let unread = format!("openat:error=EACCES:when={first}");
    let full = "fallocate:error=ENOSPC";
    // There is no space: for what completes the file, or only for the document after it. The announcement of
    // what completes it cannot be flushed. The file cannot be read, so it is not known to need that.
    for faults in
        [&[full][..], &["fallocate:error=ENOSPC:when=2"], &["fsync:error=EIO:when=2"], &[&unread, full]]
    {
        // Without the previous generation, the recovery copy is all there is.
        for removed in [&[][..], &["prev"][..]] {
            let place = mixture(&[]);
            for name in removed {
                fs::remove_file(place.beside(name)).unwrap();
            }
            let output = traced(&place, "safe", 3, &busy(faults));
            trace(&place);
            assert_eq!(output.status.code(), Some(1), "{faults:?}");
            for _ in 0..2 {
                assert_eq!(SCENARIOS[0].observe(&place.path), Ok(vec![LAST]), "{faults:?}");
            }
            SCENARIOS[0].assert_usable(&place);
        }
    }
}

#[test]
fn a_read_flushes_and_records_what_was_written_whole_before_the_copy_goes() {
    if victim().is_none() {
        return;
    }
    let place = Place::new();
    numbered(&place, "safe", 13);
    let written = fs::metadata(&place.path).unwrap().modified().unwrap();
    // The temporary file, the recovery copy, the directory, the previous generation, the announcement, and
    // the document, which is whole but not flushed.
    let kill = ["-e", "inject=fsync:signal=KILL:when=6"].map(str::to_owned);
    assert_eq!(traced(&place, "safe", LAST, &busy(&kill)).status.signal(), Some(9));
    // A power cut may keep the time of the write before, to a document of the same length.
    fs::File::options().write(true).open(&place.path).unwrap().set_modified(written).unwrap();
    let output = traced(&place, "read", LAST, &[]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "READ 23\n");
    let calls = trace(&place);
    let first = |call: &str| calls.lines().position(|line| line.starts_with(call)).unwrap();
    assert!(first("fsync(") < first("fsetxattr(") && first("fsetxattr(") < first("fremovexattr("), "{calls}");
    assert!(first("fremovexattr(") < first("unlinkat("), "{calls}");
    assert!(!place.beside("recover").exists());
    let options = ReadOptions::new(RULES).with_rescrub(&Marker);
    let again = snapshot::read(&place.path, &options, ambient()).unwrap().unwrap();
    assert_eq!((again.source, again.verified), (Source::Current, Some(true)));
    SCENARIOS[0].assert_usable(&place);
}

#[test]
fn what_cannot_be_read_for_once_does_not_make_a_mixture_a_document() {
    if victim().is_none() {
        return;
    }
    let rehearsal = mixture(&[]);
    let all = points(&rehearsal, "read", LAST, &[]);
    let calls = |name: &str| all.iter().filter(|point| point.name == name).count();
    for (name, errors) in [("fgetxattr", &["EIO", "EPERM", "EOPNOTSUPP"][..]), ("openat", &["EIO", "EMFILE"])]
    {
        for (error, count) in
            errors.iter().flat_map(|error| (1..=calls(name)).map(move |count| (error, count)))
        {
            // Without the previous generation, the recovery copy is all there is.
            let place = mixture(&[]);
            fs::remove_file(place.beside("prev")).unwrap();
            let fault = ["-e".to_owned(), format!("inject={name}:error={error}:when={count}")];
            traced(&place, "read", LAST, &fault);
            trace(&place);
            for _ in 0..2 {
                assert_eq!(SCENARIOS[0].observe(&place.path), Ok(vec![LAST]), "{fault:?}");
            }
        }
    }
}

#[test]
fn a_recovery_copy_that_another_user_may_have_planted_is_not_used() {
    if victim().is_none() {
        return;
    }
    if !rustix::process::geteuid().is_root() {
        let _ = writeln!(std::io::stderr(), "SKIPPED a planted recovery copy: it takes two users");
        return;
    }
    let place = mixture(&[]);
    fs::set_permissions(place.directory.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    std::os::unix::fs::chown(place.beside("recover"), Some(65533), None).unwrap();
    assert_eq!(SCENARIOS[0].observe(&place.path), Ok(vec![13]));
    fs::remove_file(place.beside("recover")).unwrap();
    SCENARIOS[0].assert_usable(&place);
}

#[test]
fn what_could_not_be_announced_is_completed_all_the_same() {
    if victim().is_none() {
        return;
    }
    // The first attribute is that of the temporary file.
    let full = ["-e".to_owned(), "inject=fsetxattr:error=ENOSPC:when=2+".to_owned()];
    let place = mixture(&full);
    for _ in 0..2 {
        assert_eq!(SCENARIOS[0].observe(&place.path), Ok(vec![LAST]));
    }
    SCENARIOS[0].assert_usable(&place);
}

#[test]
fn a_recovery_copy_that_is_not_needed_is_not_used_over_an_edit() {
    if victim().is_none() {
        return;
    }
    let rehearsal = Place::new();
    numbered(&rehearsal, "safe", 13);
    assert!(traced(&rehearsal, "safe", LAST, &busy(&[])).status.success());
    let calls = trace(&rehearsal);
    // Killed before anything was overwritten, and after everything was.
    for (name, about) in [("fsetxattr", "prestop.pending"), ("unlinkat", ".recover")] {
        let mut of_that_name = calls.lines().filter(|line| line.starts_with(&format!("{name}(")));
        let count = of_that_name.position(|line| line.contains(about)).unwrap() + 1;
        let place = Place::new();
        numbered(&place, "safe", 13);
        let kill = ["-e".to_owned(), format!("inject={name}:signal=KILL:when={count}")];
        let output = traced(&place, "safe", LAST, &busy(&kill));
        assert_eq!(output.status.signal(), Some(9));
        trace(&place);
        assert!(place.beside("recover").exists());
        // The same inode, which is what the copy knows the file by.
        fs::write(&place.path, b"{\"number\": 7}").unwrap();
        for _ in 0..2 {
            let options = ReadOptions::new(RULES).with_rescrub(&Marker);
            let restored = snapshot::read(&place.path, &options, ambient()).unwrap().unwrap();
            assert_eq!(restored.bytes, b"{\"number\": 7}", "killed at {name}");
            assert_eq!((restored.source, restored.verified), (Source::Current, Some(false)));
            assert!(!place.beside("recover").exists());
        }
        SCENARIOS[0].assert_usable(&place);
    }
}

#[test]
fn a_write_that_is_refused_leaves_no_recovery_copy() {
    if victim().is_none() {
        return;
    }
    let place = Place::new();
    numbered(&place, "safe", 13);
    // The temporary file, the recovery copy, and the directory, which is where it fails; the space for the
    // document is missing, too.
    let more =
        ["-e", "inject=fsync:error=EIO:when=3", "-e", "inject=fallocate:error=ENOSPC"].map(str::to_owned);
    let output = traced(&place, "safe", LAST, &busy(&more));
    assert_eq!(output.status.code(), Some(1));
    let calls = trace(&place);
    assert!(calls.lines().any(|line| line.starts_with("renameat(") && line.contains(".recover")), "{calls}");
    assert!(!place.beside("recover").exists());
    assert_eq!(SCENARIOS[0].observe(&place.path), Ok(vec![13]));
}

#[test]
fn a_write_that_fails_midway_in_place_says_so() {
    if victim().is_none() {
        return;
    }
    let place = Place::new();
    numbered(&place, "safe", 13);
    // The temporary file, the recovery copy, the directory, the previous generation, the announcement, and
    // the document.
    let more = ["-e", "inject=fsync:error=EIO:when=6"].map(str::to_owned);
    let output = traced(&place, "safe", LAST, &busy(&more));
    trace(&place);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("kind: Torn") && said.contains("midway"), "{said}");
    // The copy is there.
    assert_eq!(SCENARIOS[0].observe(&place.path), Ok(vec![LAST]));
    SCENARIOS[0].assert_usable(&place);
}

#[test]
fn a_recovery_copy_of_another_file_is_not_used() {
    if victim().is_none() {
        return;
    }
    let place = mixture(&[]);
    let other = place.directory.path().join("other");
    fs::write(&other, b"{\"number\": 5}").unwrap();
    fs::rename(other, &place.path).unwrap();
    assert_eq!(SCENARIOS[0].observe(&place.path), Ok(vec![5]));
}
