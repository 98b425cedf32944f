//! What a disk may hold after a power cut.
//!
//! The model is harsher than any file system: of what was not flushed, each change of names, each block of
//! 512 bytes, each length and each attribute may have arrived or not, in any combination. A rename arrives
//! whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{CWD, Timespec, Timestamps, XattrFlags};

use super::recording::{Content, Recording, Step};
use crate::crash::Random;
use crate::support::*;

const BLOCK: usize = 512;

/// The probability that a change which was not flushed arrives, in percent.
#[derive(Clone, Copy)]
pub struct Luck(pub u64);

/// The names and files on a disk after a power cut.
pub struct Disk {
    names: BTreeMap<String, usize>,
    files: Vec<Content>,
}

impl Disk {
    pub fn after_cut(recording: &Recording, cut: usize, luck: Luck, random: &mut Random) -> Self {
        let mut disk = Self { names: recording.names.clone(), files: recording.files.clone() };
        let done = &recording.steps[..cut];
        let flushed = |step: &Step| done.iter().rposition(|other| other == step);
        let directory = flushed(&Step::FlushDirectory);
        let mut arrives = |certain: bool| certain || random.below(100) < luck.0;
        for (index, step) in done.iter().enumerate() {
            let file_flushed = |file: usize| flushed(&Step::FlushFile(file)).is_some_and(|at| at > index);
            match step {
                Step::Names(changes) => {
                    for (_, file) in changes {
                        disk.reach(*file);
                    }
                    if arrives(directory.is_some_and(|at| at > index)) {
                        for (name, file) in changes {
                            match file {
                                Some(file) => drop(disk.names.insert(name.clone(), *file)),
                                None => drop(disk.names.remove(name)),
                            }
                        }
                    }
                }
                Step::Data { file, at, bytes } => {
                    let certain = file_flushed(*file);
                    let content = &mut disk.files[*file].bytes;
                    let mut from = 0;
                    while from < bytes.len() {
                        let to = bytes.len().min((at + from) / BLOCK * BLOCK + BLOCK - at);
                        let end = at + to;
                        if arrives(certain) {
                            content.resize(content.len().max(end), 0);
                            content[at + from..end].copy_from_slice(&bytes[from..to]);
                        }
                        from = to;
                    }
                    // The length may arrive without the data.
                    if arrives(certain) {
                        content.resize(content.len().max(at + bytes.len()), 0);
                    }
                }
                Step::Length { file, length } => {
                    if arrives(file_flushed(*file)) {
                        disk.files[*file].bytes.resize(*length, 0);
                    }
                }
                Step::Attribute { file, name, value } => {
                    if arrives(file_flushed(*file)) {
                        let attributes = &mut disk.files[*file].attributes;
                        match value {
                            Some(value) => drop(attributes.insert(name.clone(), value.clone())),
                            None => drop(attributes.remove(name)),
                        }
                    }
                }
                Step::FlushFile(_) | Step::FlushDirectory | Step::Said(_) => {}
            }
        }
        disk
    }

    fn reach(&mut self, file: Option<usize>) {
        if let Some(file) = file {
            self.files.resize_with(self.files.len().max(file + 1), Content::default);
        }
    }

    /// Writes all of it into an empty directory.
    pub fn put(&self, place: &Place) {
        let directory = place.directory.path();
        let mut paths = BTreeMap::new();
        for (name, file) in &self.names {
            let path = directory.join(name);
            if let Some(first) = paths.get(file) {
                fs::hard_link(first, &path).unwrap();
            } else {
                create(&path, &self.files[*file]);
                paths.insert(*file, path);
            }
        }
        let copy = place.beside("recover");
        if let (Ok(bytes), Ok(target)) = (fs::read(&copy), fs::metadata(&place.path)) {
            fs::write(&copy, about(&bytes, target.ino())).unwrap();
        }
    }
}

fn create(path: &Path, content: &Content) {
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path).unwrap();
    std::io::Write::write_all(&mut file, &content.bytes).unwrap();
    for (name, value) in &content.attributes {
        rustix::fs::setxattr(path, name, value, XattrFlags::empty()).unwrap();
    }
    // As the file system would have kept it: the attribute holds the time of the last write.
    let recorded = content.attributes.get("user.prestop.v1").and_then(|line| {
        let (seconds, nanos) = std::str::from_utf8(line).ok()?.split(' ').nth(2)?.split_once('.')?;
        Some(Timespec { tv_sec: seconds.parse().ok()?, tv_nsec: nanos.parse().ok()? })
    });
    if let Some(time) = recorded {
        let times = Timestamps { last_access: time, last_modification: time };
        rustix::fs::utimensat(CWD, path, &times, rustix::fs::AtFlags::empty()).unwrap();
    }
}

/// Adapts a recovery copy, which names its file by the inode, to the inode here.
fn about(copy: &[u8], inode: u64) -> Vec<u8> {
    let Some(end) = copy.iter().position(|&byte| byte == b'\n') else { return copy.to_vec() };
    let Ok(line) = std::str::from_utf8(&copy[..end]) else { return copy.to_vec() };
    let Some((record, check)) = line.rsplit_once(' ') else { return copy.to_vec() };
    // Only a line whose checksum is right is adapted.
    if check != format!("{:08x}", crc32c::crc32c(record.as_bytes())) {
        return copy.to_vec();
    }
    let mut words: Vec<String> = record.split(' ').map(str::to_owned).collect();
    words[1] = inode.to_string();
    let record = words.join(" ");
    let line = format!("{record} {:08x}", crc32c::crc32c(record.as_bytes()));
    [line.as_bytes(), &copy[end..]].concat()
}
