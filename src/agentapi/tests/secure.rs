use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use proptest::prelude::*;

use super::{balanced, secret};
use crate::agentapi::{Secured, State, StateCheck, read_state, secure};
use crate::snapshot::{Ambient, Companion};

struct Place {
    directory: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        Self::named("agentapi-state.json")
    }

    /// A place for a state file of this name.
    fn named(name: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join(name);
        Self { directory, path }
    }

    fn put(&self, text: &str) {
        std::fs::write(&self.path, text).expect("written");
    }

    fn secure(&self, running: bool) -> Secured {
        self.secure_after(running, None)
    }

    /// Calls `secure` with the state that was last seen in the file.
    fn secure_after(&self, running: bool, last: Option<&State>) -> Secured {
        let start = Instant::now();
        let (elapsed, random) = (|| start.elapsed(), || RandomState::new().hash_one(0));
        let pause = std::thread::sleep;
        let ambient = Ambient { now: SystemTime::now(), elapsed: &elapsed, random: &random, pause: &pause };
        secure(&self.path, running, last, Duration::from_secs(60), &balanced(), ambient).expect("secured")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.path).expect("a file")
    }

    /// The content of all files here, none of which may be open to others.
    fn everything(&self) -> String {
        let mut all = String::new();
        for entry in std::fs::read_dir(self.directory.path()).expect("a directory") {
            let entry = entry.expect("an entry");
            let mode = entry.metadata().expect("metadata").mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", entry.path().display());
            all += &String::from_utf8_lossy(&std::fs::read(entry.path()).expect("read"));
        }
        all
    }
}

fn state(texts: &[(&str, &str)]) -> String {
    let messages: Vec<String> = texts
        .iter()
        .enumerate()
        .map(|(id, (role, text))| {
            format!(r#"{{"id":{id},"message":"{text}","role":"{role}","time":"2026-02-01T10:00:00Z"}}"#)
        })
        .collect();
    let messages = messages.join(",");
    format!(r#"{{"version":1,"messages":[{messages}],"initial_prompt":"","initial_prompt_sent":false}}"#)
        + "\n"
}

fn talk(text: &str) -> String {
    state(&[("agent", "hello"), ("user", text), ("agent", "done")])
}

fn screen() -> String {
    state(&[("agent", "Welcome!")])
}

fn temporary(path: &Path) -> PathBuf {
    path.with_file_name("agentapi-state.json.tmp")
}

/// What may happen to the file between two calls.
#[derive(Clone, Debug)]
enum Event {
    Talk(u32),
    Screen,
    Torn,
    Deleted,
    Nothing,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0_u32..1_000).prop_map(Event::Talk),
        3 => Just(Event::Screen),
        2 => Just(Event::Torn),
        1 => Just(Event::Deleted),
        1 => Just(Event::Nothing),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_last_conversation_is_there_until_somebody_deletes_it(events in prop::collection::vec(event(), 1..8)) {
        let place = Place::new();
        let mut wanted: Option<String> = None;
        for event in events {
            match event {
                Event::Talk(number) => {
                    place.put(&talk(&format!("task {number} with {}", secret())));
                    wanted = Some(format!("task {number} with"));
                }
                Event::Screen => place.put(&screen()),
                Event::Torn => place.put(&talk(&secret())[..100]),
                Event::Deleted => {
                    let _ = std::fs::remove_file(&place.path);
                    wanted = None;
                }
                Event::Nothing => {}
            }
            let secured = place.secure(false);
            if let Some(wanted) = &wanted {
                let state = read_state(&place.path).expect("loads").expect("is there");
                prop_assert!(state.has_conversation() && place.text().contains(wanted.as_str()));
                prop_assert!(matches!(secured.check, StateCheck::Kept | StateCheck::Restored));
            }
            prop_assert!(!place.everything().contains(&secret()));
            // A second call changes nothing.
            let before = std::fs::read(&place.path).ok();
            prop_assert!(!place.secure(false).rewritten);
            prop_assert_eq!(std::fs::read(&place.path).ok(), before);
        }
    }
}

#[test]
fn an_empty_state_does_not_replace_a_conversation() {
    let place = Place::new();
    place.put(&talk("the task"));
    assert_eq!(place.secure(false).check, StateCheck::Kept);
    place.put(&screen());
    let secured = place.secure(false);
    assert_eq!((secured.check, secured.messages), (StateCheck::Restored, 3));
    assert_eq!(place.text(), talk("the task"));
}

#[test]
fn a_long_name_is_no_hindrance() {
    // AgentAPI's own temporary file adds four bytes, and a name has at most 255.
    for name in ["s".repeat(219), "s".repeat(221), "s".repeat(251), "ß".repeat(125)] {
        let place = Place::named(&name);
        place.put(&talk("task"));
        assert_eq!(place.secure(false).check, StateCheck::Kept, "{}", name.len());
        place.put("{");
        let secured = place.secure(false);
        assert_eq!((secured.check, secured.set_aside), (StateCheck::Restored, true), "{}", name.len());
        assert!(place.text().contains("task"));
        let aside = Companion::Aside.of(&place.path);
        assert_eq!(std::fs::read_to_string(aside).expect("a file"), "{");
        std::fs::remove_file(&place.path).expect("removed");
        assert_eq!(place.secure(false).check, StateCheck::Missing);
    }
}

#[test]
fn a_state_that_cannot_be_loaded_is_set_aside_scrubbed() {
    let place = Place::new();
    place.put(&format!("{{\"version\":1,\"messages\":[{{\"message\":\"see {}", secret()));
    assert_eq!(place.secure(false).check, StateCheck::SetAside);
    assert!(!place.path.exists());
    assert!(place.everything().contains("see [REDACTED:"));
}

#[test]
fn a_conversation_that_was_deleted_does_not_come_back() {
    let place = Place::new();
    place.put(&talk("the task"));
    place.secure(false);
    std::fs::remove_file(&place.path).expect("removed");
    assert_eq!(place.secure(false).check, StateCheck::Missing);
    place.put(&screen());
    assert_eq!(place.secure(false).check, StateCheck::Empty);
}

#[test]
fn what_was_there_a_moment_ago_is_put_back_whatever_became_of_it() {
    let spoiled = [None, Some(screen()), Some("{broken".to_owned()), Some(String::new())];
    for left in &spoiled {
        for kept in [None, Some("the task")] {
            let place = Place::new();
            if let Some(task) = kept {
                place.put(&talk(task));
                place.secure(true);
            }
            let last = State::parse(talk("the next task").as_bytes()).expect("a state");
            match left {
                Some(left) => place.put(left),
                None => drop(std::fs::remove_file(&place.path)),
            }
            let secured = place.secure_after(false, Some(&last));
            let check = if left.is_none() { StateCheck::PutBack } else { StateCheck::Restored };
            assert_eq!((secured.check, secured.messages), (check, 3), "{left:?}");
            assert_eq!(place.text(), talk("the next task"), "{left:?}");
            // It was kept as well, in case the file is spoiled again.
            place.put(&screen());
            assert_eq!(place.secure(false).check, StateCheck::Restored);
            assert_eq!(place.text(), talk("the next task"), "{left:?}");
        }
    }
}

#[test]
fn a_screen_is_put_back_only_where_there_is_no_conversation() {
    let last = State::parse(screen().as_bytes()).expect("a state");
    let place = Place::new();
    assert_eq!(place.secure_after(false, Some(&last)).check, StateCheck::PutBack);
    assert_eq!(place.text(), screen());
    place.put(&talk("the task"));
    place.secure(false);
    std::fs::remove_file(&place.path).expect("removed");
    assert_eq!(place.secure_after(false, Some(&last)).check, StateCheck::PutBack);
    assert_eq!(place.text(), talk("the task"));
}

#[test]
fn a_state_of_a_newer_version_stays_and_is_scrubbed() {
    let place = Place::new();
    let newer = talk(&secret()).replace("\"version\":1", "\"version\":2");
    place.put(&newer);
    assert_eq!(place.secure(false).check, StateCheck::OtherVersion);
    assert_eq!(place.text(), balanced().scrub_text(&newer));
    assert!(!place.everything().contains(&secret()));
    assert!(!place.secure(false).rewritten);
}

#[test]
fn what_was_written_but_not_renamed_is_used_and_goes() {
    let place = Place::new();
    place.put(&talk("old"));
    std::fs::write(temporary(&place.path), talk(&format!("new {}", secret()))).expect("written");
    // While AgentAPI runs, that file belongs to it.
    place.secure(true);
    assert!(temporary(&place.path).exists() && place.text().contains("old"));
    std::fs::write(temporary(&place.path), talk(&format!("new {}", secret()))).expect("written");
    assert_eq!(place.secure(false).check, StateCheck::Kept);
    assert!(!temporary(&place.path).exists() && place.text().contains("new [REDACTED:"));
    // A torn one is only removed.
    std::fs::write(temporary(&place.path), &talk(&secret())[..90]).expect("written");
    place.secure(false);
    assert!(place.text().contains("new [REDACTED:") && !place.everything().contains(&secret()));
}

#[test]
fn a_file_that_others_may_read_is_made_private() {
    let place = Place::new();
    place.put(&talk("task"));
    std::fs::set_permissions(&place.path, std::fs::Permissions::from_mode(0o644)).expect("set");
    assert!(place.secure(false).rewritten);
    place.everything();
}

#[test]
fn a_pipe_in_its_place_is_an_error_and_nothing_waits() {
    let place = Place::new();
    // The program `mkfifo`, because the system call differs between systems.
    assert!(std::process::Command::new("mkfifo").arg(&place.path).status().expect("mkfifo").success());
    assert_eq!(read_state(&place.path).expect_err("a pipe").kind(), crate::ErrorKind::InvalidTarget);
}

#[test]
fn where_the_directory_is_missing_there_is_no_state() {
    let place = Place::new();
    let path = place.directory.path().join("none").join("state.json");
    let place = Place { path, ..place };
    assert_eq!(place.secure(false).check, StateCheck::Missing);
    assert!(!place.path.parent().expect("a parent").exists());
    assert!(State::parse(screen().as_bytes()).is_ok());
}
