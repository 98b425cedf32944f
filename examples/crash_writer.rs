//! Writes, reads or deletes one numbered snapshot and says so: the victim of the crash tests.
//!
//! `crash_writer MODE PATH NUMBER`, where MODE is `safe` (this crate), `alone` (the same without a previous generation),
//! `naive` (what programs usually do, the control that must fail), `read` or `delete`. It prints `ACK NUMBER` once the document is safe, `MAYBE NUMBER` when the disk
//! did not confirm, `READ NUMBER` or `NONE`.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use prestop::json;
use prestop::snapshot::{self, Ambient, Durability, ReadOptions, Rescrub, WriteOptions};

/// Nothing here is secret: every document may be kept as it is.
struct Clean;

impl Rescrub for Clean {
    fn document(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        Some(bytes.to_vec())
    }

    fn text(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        Some(bytes.to_vec())
    }
}

/// A document that is told from others by its number, its filler and its length.
fn document(number: u64) -> Vec<u8> {
    let length = 20_000 - usize::try_from(number % 10).unwrap_or(0) * 1500;
    let filler = char::from(b'a' + u8::try_from(number % 26).unwrap_or(0)).to_string().repeat(length);
    format!("{{\n  \"number\": {number},\n  \"filler\": \"{filler}\"\n}}").into_bytes()
}

fn naive(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    bytes.chunks(bytes.len() / 2 + 1).try_for_each(|half| file.write_all(half))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, path, number] = &*arguments else { return Err("usage: crash_writer MODE PATH NUMBER".into()) };
    let (path, number) = (Path::new(path), number.parse()?);
    let bytes = document(number);
    let started = Instant::now();
    let elapsed = move || started.elapsed();
    let random = || RandomState::new().hash_one(started.elapsed());
    let pause = |wait: Duration| std::thread::sleep(wait);
    let ambient = Ambient { now: SystemTime::now(), elapsed: &elapsed, random: &random, pause: &pause };
    let read_options = ReadOptions::new("crash-1").with_rescrub(&Clean);
    // The tests count the system calls from here on.
    let _ = std::fs::metadata("/prestop-begins");
    match &**mode {
        "safe" | "alone" => {
            let options =
                WriteOptions::new("crash-1").with_rescrub(&Clean).with_keep_previous(mode == "safe");
            let report = snapshot::write(path, &bytes, &options, ambient)?;
            let word = if report.durability == Durability::Indeterminate { "MAYBE" } else { "ACK" };
            println!("{word} {number}");
        }
        "naive" => {
            naive(path, &bytes)?;
            println!("ACK {number}");
        }
        "read" => match snapshot::read(path, &read_options, ambient)? {
            None => println!("NONE"),
            Some(restored) => {
                let number = json::parse(&restored.bytes)?.get("number").cloned();
                match number {
                    Some(json::Value::Number(number)) => println!("READ {number}"),
                    _ => return Err("not one of our documents".into()),
                }
            }
        },
        "delete" => {
            snapshot::delete(path, &read_options, ambient)?;
            println!("ACK {number}");
        }
        _ => return Err("no such mode".into()),
    }
    Ok(())
}
