//! Building, encoding and durably storing the snapshot.
//!
//! **The promise.** After a crash, a kill, a full disk or a power cut at any moment, the path holds the
//! complete old or the complete new document, and [`write()`] has reported success only if it is the new one
//! for good.
//!
//! **Its limits.** It is assumed that the disk tells the truth when it is flushed, and that the file system
//! is journaled or copy-on-write. A document that cannot be replaced (a mounted file, a directory that
//! accepts no new files) is overwritten in place: the report says so, and a crash meanwhile is repaired from
//! a recovery copy, if there was room for one. A symbolic link as the last component is replaced, not
//! followed. Owner, access lists and other attributes of the replaced file are not carried over; every file
//! of ours has mode 0600. A crash may leave a temporary file behind, which a later write removes when it is
//! more than an hour old.
//!
//! | name | what it is |
//! |---|---|
//! | `NAME` | the document, plain JSON |
//! | `.NAME.prev` | the previous generation |
//! | `.NAME.corrupt-N` | quarantined because it was damaged; the newest three are kept |
//! | `.NAME.recover` | the recovery copy of an in-place write |
//! | `.NAME.aside`, `.NAME.starts` | written by `preserve`: a snapshot set aside (it stopped its host, or was another workspace's), and a count of starts |
//! | `.NAME.unread-N` | moved by `preserve` and `lib.pre_stop`: a file that could not be read when its place was needed; the newest three are kept |
//! | `.NAME.old` | the lines of a file of JSON lines before its last rotation |
//! | `.NAME.tmp.X`, `.NAME.prev.tmp.X` | temporary files, before their rename |
//!
//! ```
//! # use std::time::{Instant, SystemTime};
//! # use std::hash::{BuildHasher, RandomState};
//! # let place = tempfile::tempdir()?;
//! # let path = place.path().join("snapshot.json");
//! # let start = Instant::now();
//! # let (elapsed, random) = (|| start.elapsed(), || RandomState::new().hash_one(0));
//! # let pause = std::thread::sleep;
//! # let ambient = prestop::snapshot::Ambient { now: SystemTime::now(), elapsed: &elapsed, random: &random, pause: &pause };
//! use prestop::snapshot::{self, ReadOptions, State, WriteOptions};
//! use prestop::{Preset, Scrubber, snapshot::Rescrub};
//!
//! let scrubber = Scrubber::new(Preset::Strict);
//! let rules = scrubber.rule_set();
//! let (state, _) = State::from_json(br#"{"workspace_id": "ws-1", "adapter": {"api_key": "hunter2"}}"#)?;
//! let built = snapshot::build(&state, SystemTime::now())?;
//! let scrubbed = scrubber.document(&built).expect("what is built is JSON");
//! snapshot::write(&path, &scrubbed, &WriteOptions::new(&rules).with_rescrub(&scrubber), ambient)?;
//!
//! let options = ReadOptions::new(&rules).with_rescrub(&scrubber);
//! let restored = snapshot::read(&path, &options, ambient)?.expect("it was written");
//! assert!(!String::from_utf8_lossy(&restored.bytes).contains("hunter2"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ambient;
mod append;
mod atomic;
mod attribute;
mod build;
mod collect;
mod diff;
mod directory;
mod document;
mod entry;
mod gate;
mod inplace;
mod lines;
mod lock;
mod members;
mod names;
mod options;
mod previous;
mod promote;
mod read;
mod recover;
mod recovery;
mod remove;
mod report;
mod rescrub;
mod scrub;
mod shrink;
mod target;
mod temp;

pub use ambient::Ambient;
pub use append::{AppendOptions, Appended, MAX_LINE, append};
pub use atomic::{Write, write};
pub use build::{State, build, timestamp, uptime_seconds};
pub use diff::diff;
pub use lines::{Lines, lines, own_lines};
pub use names::{Companion, companion_prefix};
pub use options::{InPlace, ReadOptions, Rescrub, WriteOptions};
pub use promote::promote;
pub use read::{examine, read};
pub use remove::{delete, purge};
pub use report::{Durability, Reading, Removal, Restored, Source, WriteReport};
pub use scrub::{scrub, scrub_in_time};
