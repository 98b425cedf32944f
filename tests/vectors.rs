//! Runs the shared vectors (`tests/vectors/`), which Python and C run under the same names.
//!
//! `VECTORS=text/known cargo test --test vectors` runs those whose names begin with `text/known`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use prestop::heartbeat::{self, Delegations, InboundSecret};
use prestop::snapshot::{self, Ambient, ReadOptions, Rescrub as _, Source, State, WriteOptions};
use prestop::{ErrorKind, Preset, Scrubber};
use serde_json::Value;

/// What went wrong with a vector.
type Failure = String;

/// One vector: its name and its fields, in order.
struct Vector {
    name: String,
    fields: Vec<(String, Vec<u8>)>,
}

impl Vector {
    fn get(&self, key: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_slice())
    }

    fn all<'v>(&'v self, key: &'v str) -> impl Iterator<Item = &'v [u8]> {
        self.fields.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_slice())
    }

    /// Returns a field that every vector of its call has.
    fn need(&self, key: &str) -> &[u8] {
        self.get(key).unwrap_or_else(|| panic!("{}: no field {key}", self.name))
    }

    fn is_for(&self, language: &str) -> bool {
        self.get("only").is_none_or(|only| text(only).split(' ').any(|word| word == language))
    }
}

/// Returns all vectors as `expand.py` writes them; none if there is no interpreter.
fn vectors() -> Vec<Vector> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/expand.py");
    let mut command = Command::new("python3");
    command.arg(program).args(std::env::var_os("VECTORS"));
    let expanded = match command.output() {
        Ok(expanded) => expanded,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "SKIPPED: no python3 to expand the vectors with: {error}");
            return Vec::new();
        }
    };
    assert!(expanded.status.success(), "{}", String::from_utf8_lossy(&expanded.stderr));
    let mut rest = expanded.stdout.as_slice();
    let mut vectors: Vec<Vector> = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (key, length) = text(&rest[..end]).split_once(' ').map(own).expect("a field has a length");
        let length: usize = length.parse().expect("a length is a number");
        let value = rest[end + 1..][..length].to_vec();
        rest = &rest[end + 1 + length + 1..];
        match key.as_str() {
            "vector" => vectors.push(Vector { name: text(&value).to_owned(), fields: Vec::new() }),
            "end" => {}
            _ => vectors.last_mut().expect("a vector begins with its name").fields.push((key, value)),
        }
    }
    vectors
}

fn own((a, b): (&str, &str)) -> (String, String) {
    (a.to_owned(), b.to_owned())
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("this field is UTF-8")
}

/// Builds the scrubber that the options describe.
fn scrubber(options: &[u8]) -> Scrubber {
    let options: BTreeMap<String, Value> = serde_json::from_slice(options).expect("options are an object");
    let strings = |key: &str| -> Vec<String> {
        options
            .get(key)
            .map(|list| serde_json::from_value(list.clone()).expect("a list of texts"))
            .unwrap_or_default()
    };
    let preset: Preset = options["preset"].as_str().expect("a name").parse().expect("a preset");
    let mut builder = Scrubber::builder(preset);
    if let Some(known) = options.get("known_secrets") {
        let known: BTreeMap<String, String> =
            serde_json::from_value(known.clone()).expect("names and values");
        builder = builder.with_known_secrets(known).expect("usable secrets");
    }
    builder.with_disabled(strings("disable")).with_allowed(strings("allow")).build().expect("a scrubber")
}

fn same(what: &str, got: &[u8], wanted: &[u8]) -> Result<(), Failure> {
    if got == wanted {
        return Ok(());
    }
    Err(format!("{what}\n   got    {}\n   wanted {}", shown(got), shown(wanted)))
}

fn shown(bytes: &[u8]) -> String {
    let (start, rest) = bytes.split_at(bytes.len().min(1_000));
    format!("{:?} and {} bytes more", String::from_utf8_lossy(start), rest.len())
}

/// Checks an output against what is wanted: all of it, or what it must and must not contain.
fn judge(vector: &Vector, output: &[u8]) -> Result<(), Failure> {
    let holds = |part: &[u8]| memchr::memmem::find(output, part).is_some();
    if let Some(part) = vector.all("gone").find(|part| holds(part)) {
        return Err(format!("{} is left in {}", shown(part), shown(output)));
    }
    if let Some(part) = vector.all("kept").find(|part| !holds(part)) {
        return Err(format!("{} is not in {}", shown(part), shown(output)));
    }
    vector.get("output").map_or(Ok(()), |wanted| same("output", output, wanted))
}

fn run_text(vector: &Vector) -> Result<(), Failure> {
    let (scrubber, input) = (scrubber(vector.need("options")), vector.need("input"));
    let output = scrubber.scrub_bytes(input);
    judge(vector, &output)?;
    let findings = scrubber.findings(input);
    if findings.is_empty() != (*output == *input) {
        return Err("findings and output disagree".to_owned());
    }
    let mut wanted = vector.all("finding_label").zip(vector.all("finding_text")).peekable();
    if wanted.peek().is_some() {
        let found =
            findings.iter().map(|finding| (finding.label.as_bytes(), &input[finding.start..finding.end]));
        if !found.clone().eq(wanted) {
            return Err(format!("findings {findings:?}"));
        }
    }
    if scrubber.preset() != Preset::Molecule {
        same("scrubbed twice", &scrubber.scrub_bytes(&output), &output)?;
    }
    Ok(())
}

fn run_json(vector: &Vector) -> Result<(), Failure> {
    let scrubber = scrubber(vector.need("options"));
    match (scrubber.document(vector.need("input")), vector.get("error")) {
        (None, Some(_)) => Ok(()),
        (None, None) => Err("not taken for JSON".to_owned()),
        (Some(output), Some(_)) => Err(format!("taken for JSON: {}", shown(&output))),
        (Some(output), None) => {
            judge(vector, &output)?;
            let again = scrubber.document(&output).ok_or("what was written is not JSON")?;
            same("scrubbed twice", &again, &output)
        }
    }
}

/// Returns JSON without the whitespace outside its strings, since layout has no meaning.
fn dense(json: &[u8]) -> Vec<u8> {
    let (mut quoted, mut escaped) = (false, false);
    let keep = |byte: &&u8| {
        let white = !quoted && b" \t\r\n".contains(byte);
        quoted ^= **byte == b'"' && !escaped;
        escaped = quoted && **byte == b'\\' && !escaped;
        !white
    };
    json.iter().filter(keep).copied().collect()
}

/// An environment whose clock stands still.
fn ambient() -> Ambient<'static> {
    static NEXT: AtomicU64 = AtomicU64::new(0x9E37_79B9);
    fn random() -> u64 {
        NEXT.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed)
    }
    Ambient {
        now: SystemTime::now(),
        elapsed: &Duration::default,
        random: &random,
        pause: &std::thread::sleep,
    }
}

fn said(error: impl std::fmt::Display) -> Failure {
    error.to_string()
}

fn run_build(vector: &Vector) -> Result<(), Failure> {
    let scrubber = scrubber(vector.need("options"));
    let built = State::from_json(vector.need("state"))
        .and_then(|(state, now)| snapshot::build(&state, now.expect("a state has its time")));
    let built = match (built, vector.get("error")) {
        (Err(error), Some(wanted)) => return same("error", name(error.kind()).as_bytes(), wanted),
        (built, _) => built.map_err(said)?,
    };
    same("built", &built, vector.need("built"))?;
    let document = scrubber.document(&built).ok_or("what was built is not JSON")?;
    same("document", &document, vector.need("document"))?;
    let place = tempfile::tempdir().map_err(said)?;
    let path = place.path().join("snapshot.json");
    let rules = scrubber.rule_set();
    let report = snapshot::write(&path, &document, &WriteOptions::new(&rules), ambient()).map_err(said)?;
    same("file", &std::fs::read(&path).map_err(said)?, vector.need("document"))?;
    let restored = snapshot::read(&path, &ReadOptions::new(&rules), ambient()).map_err(said)?;
    let restored = restored.ok_or("what was written is not there")?;
    if restored.verified != report.checksummed.then_some(true) || restored.source != Source::Current {
        return Err(format!("{restored:?}"));
    }
    same("restored", &dense(&restored.promoted()), &dense(vector.need("restored")))
}

fn run_read(vector: &Vector) -> Result<(), Failure> {
    let scrubber = scrubber(vector.need("options"));
    let place = tempfile::tempdir().map_err(said)?;
    let path = place.path().join("snapshot.json");
    match vector.get("file") {
        Some(file) => std::fs::write(&path, file).map_err(said)?,
        None if vector.get("place") == Some(b"directory") => std::fs::create_dir(&path).map_err(said)?,
        None => {}
    }
    if let Some(previous) = vector.get("previous") {
        std::fs::write(place.path().join(".snapshot.json.prev"), previous).map_err(said)?;
    }
    let rules = scrubber.rule_set();
    // Twice: reading again must give the same answer.
    for time in ["first", "second"] {
        let read = snapshot::read(&path, &ReadOptions::new(&rules).with_rescrub(&scrubber), ambient());
        let restored = match (read, vector.get("error")) {
            (Err(error), Some(wanted)) => {
                same(time, name(error.kind()).as_bytes(), wanted)?;
                continue;
            }
            (Ok(_), Some(_)) => return Err(format!("{time}: no error")),
            (read, None) => read.map_err(said)?,
        };
        let source = restored.as_ref().map_or("none", |restored| restored.source.as_str());
        // After the first read, the previous file has become the current one.
        let moved = time == "second" && vector.need("source") == b"previous";
        same(time, source.as_bytes(), if moved { b"current" } else { vector.need("source") })?;
        let Some(restored) = restored else { continue };
        // A file that was put back has our checksum, if the file system supports attributes.
        if restored.verified.is_some() && !(moved && restored.verified == Some(true)) {
            return Err("verified without a checksum".to_owned());
        }
        let promoted = restored.promoted();
        let strict = prestop::json::strict(&promoted).map_err(said)?;
        same(time, &dense(&strict), &dense(vector.need("snapshot")))?;
    }
    Ok(())
}

fn run_payload(vector: &Vector) -> Result<(), Failure> {
    let payload = heartbeat::payload_json(vector.need("state"), &Scrubber::new(Preset::Strict));
    let payload = match (payload, vector.get("error")) {
        (Err(error), Some(wanted)) => return same("error", name(error.kind()).as_bytes(), wanted),
        (payload, _) => payload.map_err(said)?,
    };
    serde_json::from_slice::<Value>(&payload).map_err(said)?;
    judge(vector, &payload)?;
    vector.get("payload").map_or(Ok(()), |wanted| same("payload", &dense(&payload), &dense(wanted)))
}

fn run_inbound_secret(vector: &Vector) -> Result<(), Failure> {
    let secret = heartbeat::inbound_secret(vector.need("body"));
    match (secret.as_ref().map(InboundSecret::expose), vector.get("secret")) {
        (None, None) => Ok(()),
        (Some(secret), Some(wanted)) => same("secret", secret.as_bytes(), wanted),
        (found, _) => Err(format!("found: {}", found.is_some())),
    }
}

fn run_delegations(vector: &Vector) -> Result<(), Failure> {
    let scrubber = Scrubber::new(Preset::Strict);
    let mut delegations = Delegations::new(vector.need("workspace_id"));
    let number = |value: &[u8]| text(value).parse::<f64>().expect("a time is a number");
    let list = |value: &[u8]| serde_json::from_slice::<Vec<String>>(value).expect("ids are a list");
    let (mut now, mut output, mut woken) = (0.0, Vec::new(), Vec::new());
    for (at, (key, value)) in vector.fields.iter().enumerate() {
        let holds = |output: &[u8]| memchr::memmem::find(output, value).is_some();
        let done = match key.as_str() {
            "at" => {
                now = number(value);
                Ok(())
            }
            "ingest" => {
                output = delegations.ingest_json(value, now, &scrubber).map_err(said)?.json();
                Ok(())
            }
            "ingested" => same(key, &output, &dense(value)),
            "confirm" => {
                delegations.confirm(list(value));
                Ok(())
            }
            "due" => {
                let wake_up = delegations.due(number(value));
                output =
                    wake_up.as_ref().map(|wake_up| wake_up.text.clone().into_bytes()).unwrap_or_default();
                woken = wake_up.map(|wake_up| wake_up.delegation_ids).unwrap_or_default();
                Ok(())
            }
            "wake_up" if woken == list(value) => Ok(()),
            "wake_up" => Err(format!("told of {woken:?}")),
            "gone" if holds(&output) => Err(format!("{} is left in {}", shown(value), shown(&output))),
            "kept" if !holds(&output) => Err(format!("{} is not in {}", shown(value), shown(&output))),
            _ => Ok(()),
        };
        done.map_err(|failure| format!("field {at}: {failure}"))?;
    }
    Ok(())
}

/// Returns an error's kind as the vectors spell it.
fn name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidOption => "invalid_option",
        ErrorKind::InvalidRule => "invalid_rule",
        ErrorKind::InvalidInput => "invalid_input",
        ErrorKind::InvalidTarget => "invalid_target",
        ErrorKind::TooLarge => "too_large",
        ErrorKind::TimedOut => "timed_out",
        ErrorKind::Torn => "torn",
        _ => "io",
    }
}

#[test]
fn every_vector_gives_what_it_says() {
    let vectors = vectors();
    let mut failures = String::new();
    for vector in vectors.iter().filter(|vector| vector.is_for("rust")) {
        let run = match text(vector.need("call")) {
            "text" => run_text(vector),
            "json" => run_json(vector),
            "build" => run_build(vector),
            "read" => run_read(vector),
            "payload" => run_payload(vector),
            "inbound_secret" => run_inbound_secret(vector),
            "delegations" => run_delegations(vector),
            call => Err(format!("no runner for {call}")),
        };
        let failure = match (run, vector.get("pending")) {
            (Ok(()), Some(_)) => "holds now: it is no longer pending".to_owned(),
            (Err(failure), None) => failure,
            _ => continue,
        };
        let _ = writeln!(failures, "{}: {failure}", vector.name);
    }
    assert!(failures.is_empty(), "of {} vectors\n{failures}", vectors.len());
}
