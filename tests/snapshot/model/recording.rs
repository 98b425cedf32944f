//! A run of the victim as the disk sees it: what changed in which file, and what was flushed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::crash::scenario::{NUMBER, Scenario};
use crate::crash::{trace, traced};
use crate::support::*;

/// One change, or a flush of all earlier changes of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Names that lead to other files from here on, all changed at once.
    Names(Vec<(String, Option<usize>)>),
    Data {
        file: usize,
        at: usize,
        bytes: Vec<u8>,
    },
    Length {
        file: usize,
        length: usize,
    },
    Attribute {
        file: usize,
        name: String,
        value: Option<Vec<u8>>,
    },
    FlushFile(usize),
    FlushDirectory,
    Said(String),
}

/// A file as it is on the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    pub bytes: Vec<u8>,
    pub attributes: BTreeMap<String, Vec<u8>>,
}

/// What was there before, and what was done.
#[derive(Clone, Debug)]
pub struct Recording {
    pub names: BTreeMap<String, usize>,
    pub files: Vec<Content>,
    pub steps: Vec<Step>,
}

const ATTRIBUTES: [&str; 2] = ["user.prestop.v1", "user.prestop.pending"];
const CALLS: &str = "trace=openat,statx,pwrite64,write,fsync,fdatasync,ftruncate,fsetxattr,fremovexattr,linkat,renameat,renameat2,unlinkat,close,fcntl";

impl Recording {
    /// Records an undisturbed run of the scenario.
    pub fn of(scenario: &Scenario) -> Self {
        let place = Place::new();
        (scenario.prepare)(&place);
        let (names, files) = present(place.directory.path());
        let options = ["-xx", "-s", "1000000", "-e", CALLS].map(str::to_owned);
        let output = traced(&place, scenario.mode, NUMBER, &scenario.options(&options));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = trace(&place);
        let (_, work) =
            text.split_once(&hexadecimal("/prestop-begins")).expect("the victim says where it begins");
        let mut reader = Reader {
            directory: place.directory.path().to_str().unwrap().to_owned(),
            names: names.clone(),
            lengths: files.iter().map(|file| file.bytes.len()).collect(),
            open: BTreeMap::new(),
            steps: Vec::new(),
        };
        work.lines().skip(1).filter_map(Call::parse).for_each(|call| reader.take(&call));
        Self { names, files, steps: reader.steps }
    }
}

/// Reads a directory. A file with two names is one file.
fn present(directory: &Path) -> (BTreeMap<String, usize>, Vec<Content>) {
    let (mut names, mut files, mut inodes) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let file = *inodes.entry(fs::metadata(&path).unwrap().ino()).or_insert_with(|| {
            let mut content = Content { bytes: fs::read(&path).unwrap(), ..Content::default() };
            for name in ATTRIBUTES {
                let mut value = [0; 256];
                if let Ok(length) = rustix::fs::getxattr(&path, name, &mut value[..]) {
                    content.attributes.insert(name.to_owned(), value[..length].to_vec());
                }
            }
            files.push(content);
            files.len() - 1
        });
        names.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), file);
    }
    (names, files)
}

/// A system call that succeeded and was carried out.
struct Call<'t> {
    name: &'t str,
    /// The text before its first string argument.
    head: &'t str,
    texts: Vec<Vec<u8>>,
    /// The text after its last string argument.
    tail: &'t str,
    result: usize,
}

impl<'t> Call<'t> {
    fn parse(line: &'t str) -> Option<Self> {
        // A call with an injected result was not carried out.
        if line.contains("(INJECTED)") {
            return None;
        }
        let (name, rest) = line.split_once('(')?;
        let (arguments, result) = rest.rsplit_once(" = ")?;
        let result = result.split(' ').next()?.parse().ok()?;
        let arguments = arguments.trim_end().strip_suffix(')')?;
        let parts: Vec<&str> = arguments.split('"').collect();
        let texts = parts.iter().skip(1).step_by(2).map(|text| decoded(text)).collect();
        Some(Self { name, head: parts.first()?, texts, tail: parts.last()?, result })
    }

    fn number(&self) -> Option<usize> {
        self.head.split(',').next()?.parse().ok()
    }

    fn text(&self, index: usize) -> String {
        String::from_utf8(self.texts[index].clone()).unwrap()
    }
}

fn hexadecimal(text: &str) -> String {
    text.bytes().fold(String::new(), |all, byte| format!("{all}\\x{byte:02x}"))
}

fn decoded(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).filter_map(|digits| u8::from_str_radix(digits, 16).ok()).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Open {
    Directory,
    File(usize),
}

/// Follows file descriptors and names through a run.
struct Reader {
    directory: String,
    names: BTreeMap<String, usize>,
    lengths: Vec<usize>,
    open: BTreeMap<usize, Open>,
    steps: Vec<Step>,
}

impl Reader {
    fn take(&mut self, call: &Call<'_>) {
        let open = call.number().and_then(|number| self.open.get(&number).copied());
        match (call.name, open) {
            ("openat", _) => self.opened(call, open),
            ("close", _) => drop(call.number().map(|number| self.open.remove(&number))),
            ("fcntl", Some(open)) if call.head.contains("F_DUPFD") => {
                self.open.insert(call.result, open);
            }
            ("write", None) if call.number() == Some(1) => self.steps.push(Step::Said(call.text(0))),
            ("write", Some(Open::File(file))) => self.written(file, self.lengths[file], call),
            ("pwrite64", Some(Open::File(file))) => {
                let at = call.tail.rsplit(", ").next().unwrap().parse().unwrap();
                self.written(file, at, call);
            }
            ("ftruncate", Some(Open::File(file))) => {
                let length = call.head.rsplit(", ").next().unwrap().parse().unwrap();
                self.lengths[file] = length;
                self.steps.push(Step::Length { file, length });
            }
            ("fsetxattr", Some(Open::File(file))) => {
                let value = Some(call.texts[1].clone());
                self.steps.push(Step::Attribute { file, name: call.text(0), value });
            }
            ("fremovexattr", Some(Open::File(file))) => {
                self.steps.push(Step::Attribute { file, name: call.text(0), value: None });
            }
            ("fsync" | "fdatasync", Some(Open::File(file))) => self.steps.push(Step::FlushFile(file)),
            ("fsync", Some(Open::Directory)) => self.steps.push(Step::FlushDirectory),
            ("linkat", Some(Open::Directory)) => {
                let file = self.names[&call.text(0)];
                self.renamed(vec![(call.text(1), Some(file))]);
            }
            ("renameat" | "renameat2", Some(Open::Directory)) => {
                let file = self.names[&call.text(0)];
                // A rename between two names of one file does nothing.
                if self.names.get(&call.text(1)) != Some(&file) {
                    self.renamed(vec![(call.text(0), None), (call.text(1), Some(file))]);
                }
            }
            ("unlinkat", Some(Open::Directory)) => self.renamed(vec![(call.text(0), None)]),
            _ => {}
        }
    }

    fn opened(&mut self, call: &Call<'_>, base: Option<Open>) {
        let path = call.text(0);
        // The naive writer opens files by their whole path.
        let below = path.strip_prefix(&self.directory).and_then(|rest| rest.strip_prefix('/'));
        let name = match (base, below) {
            (Some(Open::Directory), _) if path == "." => None,
            (Some(Open::Directory), _) => Some(path.clone()),
            (_, Some(name)) => Some(name.to_owned()),
            _ => None,
        };
        let opened = match name {
            // The parent of the directory, which is not part of the model.
            Some(name) if name == ".." => return,
            None if path == "." || path == self.directory => Open::Directory,
            None => return,
            Some(name) => Open::File(self.file_named(name, call.tail.contains("O_TRUNC"))),
        };
        self.open.insert(call.result, opened);
    }

    /// Returns the file of that name, truncated if `cut`; a new one if there is none.
    fn file_named(&mut self, name: String, cut: bool) -> usize {
        if let Some(&file) = self.names.get(&name) {
            if cut {
                self.lengths[file] = 0;
                self.steps.push(Step::Length { file, length: 0 });
            }
            return file;
        }
        let file = self.lengths.len();
        self.lengths.push(0);
        self.renamed(vec![(name, Some(file))]);
        file
    }

    fn written(&mut self, file: usize, at: usize, call: &Call<'_>) {
        let bytes = call.texts[0][..call.result].to_vec();
        self.lengths[file] = self.lengths[file].max(at + bytes.len());
        self.steps.push(Step::Data { file, at, bytes });
    }

    fn renamed(&mut self, changes: Vec<(String, Option<usize>)>) {
        for (name, file) in &changes {
            match file {
                Some(file) => drop(self.names.insert(name.clone(), *file)),
                None => drop(self.names.remove(name)),
            }
        }
        self.steps.push(Step::Names(changes));
    }
}
