//! Takes any bytes as a snapshot, and any bytes as the one before it: what is read is JSON, and `purge`
//! removes everything.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use prestop::json;
use prestop::snapshot::{Ambient, ReadOptions, purge, read};

fuzz_target!(|bytes: (&[u8], Option<&[u8]>)| {
    let (current, previous) = bytes;
    let directory = std::env::temp_dir().join(format!("prestop-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a temporary directory can be made");
    let path = directory.join("s.json");
    std::fs::write(&path, current).expect("a file can be written");
    if let Some(previous) = previous {
        std::fs::write(directory.join(".s.json.prev"), previous).expect("a file can be written");
    }
    let (elapsed, random, pause) = (|| Duration::ZERO, || 7, |_: Duration| ());
    let ambient = Ambient { now: SystemTime::UNIX_EPOCH, elapsed: &elapsed, random: &random, pause: &pause };
    if let Ok(Some(restored)) = read(&path, &ReadOptions::new("fuzz"), ambient) {
        assert!(json::check(&restored.bytes).is_ok(), "restored what is not JSON, of {bytes:?}");
    }
    purge(&path, &ReadOptions::new("fuzz"), ambient).expect("what is there can be removed");
    let left: Vec<_> = std::fs::read_dir(&directory).expect("the directory is there").collect();
    assert!(left.is_empty(), "left behind: {left:?}, of {bytes:?}");
});
