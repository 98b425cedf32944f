//! Writes, reads, deletes or appends one numbered document and reports the result: the victim of the crash
//! tests.
//!
//! `crash_writer MODE PATH NUMBER`, where MODE is
//!
//! - `safe` (this crate), `alone` and `bare` (like `safe`, but without a previous generation), `naive` (what
//!   programs usually do, the control that must fail), `created` (the host creates the file, as the Python
//!   module does), `read`, `delete`;
//! - `new` and `append-new` (like `safe` and `append`, in a missing directory beside PATH);
//! - `append`, `rotate` (every line begins a new file), `append-naive`;
//! - `soak-write`, `soak-read`, `soak-append`, `soak-lines`: repeated for NUMBER milliseconds.
//!
//! It prints `ACK NUMBER` once the document is safe, `MAYBE NUMBER` if the disk did not confirm,
//! `READ NUMBER` or `NONE`, and after a soak `DONE` and the number of repetitions.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs::{File, Metadata, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use prestop::json;
use prestop::snapshot::{self, Ambient, AppendOptions, Durability, ReadOptions, Rescrub, WriteOptions};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The secret that must never reach the disk, in two parts so that this file does not contain it.
const CANARY: [&str; 2] = ["canary-", "9c41f7"];

/// Redacts the canary and nothing else.
struct Canary;

impl Rescrub for Canary {
    fn document(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.text(bytes)
    }

    fn text(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        Some(String::from_utf8_lossy(bytes).replace(&CANARY.concat(), "[REDACTED:CANARY]").into_bytes())
    }
}

fn scrubbed(text: &str) -> Vec<u8> {
    Canary.text(text.as_bytes()).unwrap_or_default()
}

/// A document that differs from others by its number, its filler and its length.
fn document(number: u64) -> Vec<u8> {
    let length = 20_000 - usize::try_from(number % 10).unwrap_or(0) * 1500;
    let filler = char::from(b'a' + u8::try_from(number % 26).unwrap_or(0)).to_string().repeat(length);
    let note = CANARY.concat();
    scrubbed(&format!("{{\n  \"number\": {number},\n  \"note\": \"{note}\",\n  \"filler\": \"{filler}\"\n}}"))
}

fn line(number: u64) -> Vec<u8> {
    let filler = "x".repeat(usize::try_from(number % 7).unwrap_or(0) * 300);
    let note = CANARY.concat();
    scrubbed(&format!("{{\"number\":{number},\"note\":\"{note}\",\"filler\":\"{filler}\"}}"))
}

/// Creates the host's own file, and removes it if its status cannot be read.
fn create(path: &Path) -> std::io::Result<Metadata> {
    let status = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.metadata();
    status.inspect_err(|_| drop(std::fs::remove_file(path)))
}

fn naive(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    bytes.chunks(bytes.len() / 2 + 1).try_for_each(|half| file.write_all(half))
}

fn naive_append(path: &Path, line: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    line.chunks(line.len() / 2 + 1).chain([&b"\n"[..]]).try_for_each(|part| file.write_all(part))
}

/// Returns the number of a document, or an error if the document is not one of ours.
fn number_of(bytes: &[u8]) -> Outcome<u64> {
    match json::parse(bytes)?.get("number") {
        Some(json::Value::Number(number)) => {
            let number: u64 = number.parse()?;
            let ours = [document(number), line(number)].iter().any(|ours| ours == bytes);
            if ours { Ok(number) } else { Err("a mixture of documents".into()) }
        }
        _ => Err("not one of our documents".into()),
    }
}

fn told(durability: Durability, number: u64) {
    let word = if durability == Durability::Indeterminate { "MAYBE" } else { "ACK" };
    println!("{word} {number}");
}

fn once(mode: &str, path: &Path, number: u64, ambient: Ambient<'_>) -> Outcome<()> {
    let write_options = WriteOptions::new("crash-1").with_rescrub(&Canary);
    let read_options = ReadOptions::new("crash-1").with_rescrub(&Canary);
    let bytes = document(number);
    let below = path.with_file_name("new").join("place").join(path.file_name().unwrap_or_default());
    let path = if mode.ends_with("new") { &*below } else { path };
    match mode {
        "safe" | "new" | "alone" | "bare" => {
            let options = write_options.with_keep_previous(["safe", "new"].contains(&mode));
            told(snapshot::write(path, &bytes, &options, ambient)?.durability, number);
        }
        "created" => {
            let mut write = snapshot::Write::begin(path, &write_options, ambient)?;
            let name = write.directory_path().join(write.temporary_name());
            match create(&name) {
                Ok(status) => write.adopt_created(status.dev(), status.ino())?,
                Err(error) => write.open_failed(error)?,
            }
            told(write.commit(&bytes)?.durability, number);
        }
        "append" | "append-new" | "rotate" => {
            let options = AppendOptions::new().with_size_limit(if mode == "rotate" { 1 } else { 1 << 20 });
            told(snapshot::append(path, &line(number), &options, ambient)?.durability, number);
        }
        "naive" => {
            naive(path, &bytes)?;
            println!("ACK {number}");
        }
        "append-naive" => {
            naive_append(path, &line(number))?;
            println!("ACK {number}");
        }
        "read" => match snapshot::read(path, &read_options, ambient)? {
            None => println!("NONE"),
            Some(restored) => println!("READ {}", number_of(&restored.bytes)?),
        },
        "delete" => {
            snapshot::delete(path, &read_options, ambient)?;
            println!("ACK {number}");
        }
        _ => return Err("no such mode".into()),
    }
    Ok(())
}

/// Repeats a mode until the time is over, and returns the number of repetitions.
fn soak(mode: &str, path: &Path, until: Duration, ambient: Ambient<'_>) -> Outcome<u64> {
    let write_options = WriteOptions::new("crash-1").with_rescrub(&Canary);
    let read_options = ReadOptions::new("crash-1").with_rescrub(&Canary);
    // Each process writes numbers of its own, in order.
    let base = u64::from(std::process::id()) * 1_000_000;
    let mut turns = 0;
    while (ambient.elapsed)() < until {
        match mode {
            "soak-write" => {
                snapshot::write(path, &document(base + turns), &write_options, ambient)?;
            }
            "soak-append" => {
                let options = AppendOptions::new().with_size_limit(64 << 20);
                let appended = snapshot::append(path, &line(base + turns), &options, ambient)?;
                if appended.durability != Durability::Durable {
                    return Err("not durable".into());
                }
                println!("ACK {}", base + turns);
                // Keeps what a minute appends below the size that a reader accepts.
                (ambient.pause)(Duration::from_millis(6));
            }
            "soak-read" => {
                let reading = snapshot::examine(path, &read_options, ambient)?;
                if reading.corrupt {
                    return Err("torn".into());
                }
                number_of(&reading.restored.ok_or("missing")?.bytes)?;
            }
            "soak-lines" => {
                for line in snapshot::lines(path)?.lines {
                    number_of(&line)?;
                }
            }
            _ => return Err("no such mode".into()),
        }
        turns += 1;
    }
    Ok(turns)
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, path, number] = &*arguments else { return Err("usage: crash_writer MODE PATH NUMBER".into()) };
    let (path, number) = (Path::new(path), number.parse()?);
    let started = Instant::now();
    let elapsed = move || started.elapsed();
    let random = || RandomState::new().hash_one((started.elapsed(), std::process::id()));
    let pause = |wait: Duration| std::thread::sleep(wait);
    let ambient = Ambient { now: SystemTime::now(), elapsed: &elapsed, random: &random, pause: &pause };
    if mode.starts_with("soak") {
        println!("DONE {}", soak(mode, path, Duration::from_millis(number), ambient)?);
        return Ok(());
    }
    // The tests count the system calls from here on.
    let _ = std::fs::metadata("/prestop-begins");
    once(mode, path, number, ambient)
}
