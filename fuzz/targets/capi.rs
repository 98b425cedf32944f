//! Makes any calls through the C interface, in any order, with any bytes or none. Every result is as
//! `include/prestop.h` says, no fault is ever `PRESTOP_INTERNAL`, and what a call does not own is unchanged.
//! The functions are declared here as a C program declares them.
#![no_main]

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::{null, null_mut};

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use prestop::json;
// Linked for its symbols.
use prestop_capi as _;

const OK: c_int = 0;
const NOT_FOUND: c_int = 1;
const NULL_ARGUMENT: c_int = 100;
/// The failures of `prestop_status`, except `PRESTOP_INTERNAL`.
const FAILURES: [c_int; 9] = [NULL_ARGUMENT, 101, 102, 103, 200, 300, 301, 302, 303];

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Buf {
    data: *mut c_char,
    len: usize,
    cap: usize,
}

/// A buffer that no failing call may touch.
const UNTOUCHED: Buf = Buf { data: null_mut(), len: 0x5eed, cap: 0xfeed };

/// An opaque object of the library.
#[repr(C)]
struct Object {
    private: [u8; 0],
}

type Out = *mut Buf;
type Failure = *mut *mut Object;

unsafe extern "C" {
    fn prestop_error_status(error: *const Object) -> c_int;
    fn prestop_error_message(error: *const Object) -> *const c_char;
    fn prestop_error_free(error: *mut Object);
    fn prestop_buf_free(buf: Out);
    fn prestop_scrubber_new(
        options: *const c_char,
        len: usize,
        out: *mut *mut Object,
        error: Failure,
    ) -> c_int;
    fn prestop_scrubber_free(scrubber: *mut Object);
    fn prestop_scrub_text(
        s: *const Object,
        text: *const c_char,
        len: usize,
        out: Out,
        error: Failure,
    ) -> c_int;
    fn prestop_scrub_json(
        s: *const Object,
        json: *const c_char,
        len: usize,
        out: Out,
        error: Failure,
    ) -> c_int;
    fn prestop_findings(s: *const Object, text: *const c_char, len: usize, out: Out, error: Failure)
    -> c_int;
    fn prestop_is_sandbox(text: *const c_char, len: usize) -> c_int;
    fn prestop_stream_new(s: *const Object, out: *mut *mut Object, error: Failure) -> c_int;
    fn prestop_stream_feed(
        s: *mut Object,
        text: *const c_char,
        len: usize,
        out: Out,
        error: Failure,
    ) -> c_int;
    fn prestop_stream_finish(stream: *mut Object, out: Out, error: Failure) -> c_int;
    fn prestop_stream_free(stream: *mut Object);
    fn prestop_snapshot_build(state: *const c_char, len: usize, out: Out, error: Failure) -> c_int;
    fn prestop_snapshot_write(
        s: *const Object,
        json: *const c_char,
        len: usize,
        path: *const c_char,
        report: Out,
        error: Failure,
    ) -> c_int;
    fn prestop_snapshot_read(path: *const c_char, out: Out, error: Failure) -> c_int;
    fn prestop_snapshot_delete(path: *const c_char, error: Failure) -> c_int;
    fn prestop_heartbeat_payload(state: *const c_char, len: usize, out: Out, error: Failure) -> c_int;
    fn prestop_heartbeat_inbound_secret(body: *const c_char, len: usize, out: Out, error: Failure) -> c_int;
    fn prestop_delegations_new(id: *const c_char, len: usize, out: *mut *mut Object, error: Failure)
    -> c_int;
    fn prestop_delegations_restore(
        d: *mut Object,
        file: *const c_char,
        len: usize,
        count: *mut usize,
        error: Failure,
    ) -> c_int;
    fn prestop_delegations_ingest(
        d: *mut Object,
        rows: *const c_char,
        len: usize,
        now: f64,
        out: Out,
        error: Failure,
    ) -> c_int;
    fn prestop_delegations_confirm(d: *mut Object, ids: *const c_char, len: usize, error: Failure) -> c_int;
    fn prestop_delegations_due(d: *mut Object, now: f64, out: Out, error: Failure) -> c_int;
    fn prestop_delegations_wake_up_failed(d: *mut Object, error: Failure) -> c_int;
    fn prestop_delegations_notifications(d: *mut Object, out: Out, error: Failure) -> c_int;
    fn prestop_delegations_notifications_failed(
        d: *mut Object,
        ids: *const c_char,
        len: usize,
        error: Failure,
    ) -> c_int;
    fn prestop_delegations_free(delegations: *mut Object);
    fn prestop_log_snapshot(
        messages: *const c_char,
        len: usize,
        s: *const Object,
        out: Out,
        error: Failure,
    ) -> c_int;
}

/// A text as it is passed: `None` is NULL with length 0.
type Text<'a> = Option<&'a [u8]>;

fn start(text: Text<'_>) -> *const c_char {
    text.map_or(null(), |text| text.as_ptr().cast())
}

fn length(text: Text<'_>) -> usize {
    text.map_or(0, <[u8]>::len)
}

#[derive(Arbitrary, Debug)]
enum Options<'a> {
    Strict,
    Molecule,
    Known(&'a str),
    Any(Text<'a>),
}

#[derive(Arbitrary, Debug)]
enum Call<'a> {
    ScrubText(Text<'a>),
    ScrubJson(Text<'a>),
    Findings(Text<'a>),
    IsSandbox(Text<'a>),
    Feed(Text<'a>),
    Finish,
    Build(Text<'a>),
    Payload(Text<'a>),
    InboundSecret(Text<'a>),
    Restore(Text<'a>),
    Ingest(Text<'a>, f64),
    Confirm(Text<'a>),
    Due(f64),
    WakeUpFailed,
    Notifications,
    NotificationsFailed(Text<'a>),
    LogSnapshot(Text<'a>),
    Nulls,
}

#[derive(Arbitrary, Debug)]
struct Program<'a> {
    options: Options<'a>,
    workspace: Text<'a>,
    calls: Vec<Call<'a>>,
    snapshot: Text<'a>,
}

/// Makes a call, checks its result against the header, frees the error and returns the status.
fn done(call: impl FnOnce(Failure) -> c_int) -> c_int {
    let mut error = null_mut();
    let status = call(&raw mut error);
    if matches!(status, OK | NOT_FOUND) {
        assert!(error.is_null(), "an error, and status {status}");
        return status;
    }
    assert!(FAILURES.contains(&status), "status {status}");
    // SAFETY: the error is ours and not freed yet; its message lives as long as the error.
    let message = unsafe {
        assert_eq!(prestop_error_status(error), status);
        CStr::from_ptr(prestop_error_message(error)).to_str().expect("a message is UTF-8").to_owned()
    };
    assert!(!message.is_empty() && !message.chars().any(char::is_control), "{message:?}");
    // SAFETY: the error is freed once.
    unsafe { prestop_error_free(error) };
    status
}

/// Like [`done`], for a call that returns bytes.
fn given(call: impl FnOnce(Out, Failure) -> c_int) -> Option<Vec<u8>> {
    let mut out = UNTOUCHED;
    let status = done(|error| call(&raw mut out, error));
    if status != OK {
        assert_eq!(out, UNTOUCHED, "status {status}");
        return None;
    }
    // SAFETY: the buffer holds `len` bytes and a NUL.
    let mut bytes = unsafe { std::slice::from_raw_parts(out.data.cast::<u8>(), out.len + 1) }.to_vec();
    // SAFETY: the buffer is ours; the first call zeroes it, and a zeroed buffer may be freed again.
    unsafe {
        prestop_buf_free(&raw mut out);
        prestop_buf_free(&raw mut out);
    }
    assert_eq!((bytes.pop(), out.data), (Some(0), null_mut()));
    Some(bytes)
}

/// Like [`given`], for a call that returns JSON.
fn given_json(call: impl FnOnce(Out, Failure) -> c_int) -> Option<Vec<u8>> {
    let document = given(call)?;
    assert!(json::check(&document).is_ok(), "no JSON: {document:?}");
    Some(document)
}

/// Like [`done`], for a call that creates an object.
fn made(call: impl FnOnce(*mut *mut Object, Failure) -> c_int) -> Option<*mut Object> {
    let mut object = null_mut();
    let status = done(|error| call(&raw mut object, error));
    assert_eq!(object.is_null(), status != OK);
    (status == OK).then_some(object)
}

fn scrubber(options: &Options<'_>) -> Option<*mut Object> {
    let known;
    let options = match options {
        Options::Strict => Some(&br#"{"preset": "strict"}"#[..]),
        Options::Molecule => Some(&br#"{"preset": "molecule"}"#[..]),
        Options::Known(value) => {
            known = serde_json::json!({ "known_secrets": { "KNOWN": value } }).to_string();
            Some(known.as_bytes())
        }
        Options::Any(text) => *text,
    };
    // SAFETY: the length is that of the text.
    made(|out, error| unsafe { prestop_scrubber_new(start(options), length(options), out, error) })
}

/// Makes one call. Every pointer is to a live object, and every length is that of its text.
fn call(one: &Call<'_>, scrubber: *mut Object, stream: *mut Object, delegations: *mut Object, fed: &mut Fed) {
    // SAFETY: see the doc comment of this function.
    unsafe {
        match *one {
            Call::ScrubText(text) => {
                let out = given(|out, e| prestop_scrub_text(scrubber, start(text), length(text), out, e));
                let out = out.expect("any bytes are a text");
                let utf8 = |text: &[u8]| std::str::from_utf8(text).is_ok();
                assert!(utf8(&out) || !utf8(text.unwrap_or_default()));
            }
            Call::ScrubJson(text) => {
                let out =
                    given_json(|out, e| prestop_scrub_json(scrubber, start(text), length(text), out, e));
                assert_eq!(out.is_some(), json::check(text.unwrap_or_default()).is_ok());
            }
            Call::Findings(text) => {
                let out = given_json(|out, e| prestop_findings(scrubber, start(text), length(text), out, e));
                out.expect("any bytes are a text");
            }
            Call::IsSandbox(text) => {
                let said = prestop_is_sandbox(start(text), length(text));
                assert!(matches!(said, 0 | 1) && (said == 0 || text.is_some()));
            }
            Call::Feed(text) => {
                let out = given(|out, e| prestop_stream_feed(stream, start(text), length(text), out, e));
                assert_eq!(out.is_none(), fed.is_finished);
                if let Some(out) = out {
                    fed.text.extend_from_slice(text.unwrap_or_default());
                    fed.said.extend(out);
                }
            }
            Call::Finish => {
                let out = given(|out, e| prestop_stream_finish(stream, out, e));
                assert_eq!(out.is_none(), fed.is_finished);
                fed.is_finished = true;
                if let Some(out) = out {
                    fed.said.extend(out);
                    let whole = given(|out, e| {
                        prestop_scrub_text(scrubber, fed.text.as_ptr().cast(), fed.text.len(), out, e)
                    });
                    assert_eq!(Some(&fed.said), whole.as_ref(), "a stream of {:?}", fed.text);
                }
            }
            Call::Build(text) => {
                given_json(|out, e| prestop_snapshot_build(start(text), length(text), out, e));
            }
            Call::Payload(text) => {
                given_json(|out, e| prestop_heartbeat_payload(start(text), length(text), out, e));
            }
            Call::InboundSecret(text) => {
                let secret =
                    given(|out, e| prestop_heartbeat_inbound_secret(start(text), length(text), out, e));
                assert!(secret.is_none_or(|secret| secret.iter().all(|byte| matches!(byte, b' '..=b'~'))));
            }
            Call::Restore(text) => {
                let mut count = usize::MAX;
                done(|e| {
                    prestop_delegations_restore(delegations, start(text), length(text), &raw mut count, e)
                });
                assert!(count <= length(text));
            }
            Call::Ingest(text, now) => {
                given_json(|out, e| {
                    prestop_delegations_ingest(delegations, start(text), length(text), now, out, e)
                });
            }
            Call::Confirm(text) => {
                done(|e| prestop_delegations_confirm(delegations, start(text), length(text), e));
            }
            Call::Due(now) => {
                given_json(|out, e| prestop_delegations_due(delegations, now, out, e));
            }
            Call::WakeUpFailed => {
                done(|e| prestop_delegations_wake_up_failed(delegations, e));
            }
            Call::Notifications => {
                given_json(|out, e| prestop_delegations_notifications(delegations, out, e));
            }
            Call::NotificationsFailed(text) => {
                done(|e| prestop_delegations_notifications_failed(delegations, start(text), length(text), e));
            }
            Call::LogSnapshot(text) => {
                let out =
                    given_json(|out, e| prestop_log_snapshot(start(text), length(text), scrubber, out, e));
                assert!(out.is_none_or(|body| body.len() <= 65_536));
            }
            Call::Nulls => nulls(scrubber),
        }
    }
}

/// Passes NULL where it is not allowed, and checks that the status says so.
unsafe fn nulls(scrubber: *mut Object) {
    // SAFETY: the documentation of the C interface says that NULL is harmless.
    unsafe {
        assert_eq!(done(|e| prestop_scrub_text(scrubber, null(), 1, null_mut(), e)), NULL_ARGUMENT);
        assert_eq!(done(|e| prestop_scrub_text(null(), null(), 0, &mut { UNTOUCHED }, e)), NULL_ARGUMENT);
        assert_eq!(done(|e| prestop_stream_new(scrubber, null_mut(), e)), NULL_ARGUMENT);
        assert_eq!(done(|e| prestop_stream_finish(null_mut(), &mut { UNTOUCHED }, e)), NULL_ARGUMENT);
        assert_eq!(done(|e| prestop_snapshot_read(null(), &mut { UNTOUCHED }, e)), NULL_ARGUMENT);
        assert_eq!(done(|e| prestop_delegations_due(null_mut(), 0.0, &mut { UNTOUCHED }, e)), NULL_ARGUMENT);
        assert_eq!(prestop_scrub_text(scrubber, null(), 1, null_mut(), null_mut()), NULL_ARGUMENT);
    }
}

/// What was fed to a stream, and what came out.
#[derive(Default)]
struct Fed {
    text: Vec<u8>,
    said: Vec<u8>,
    is_finished: bool,
}

/// Writes, reads and deletes a snapshot: what was written is read back.
fn stored(scrubber: *mut Object, snapshot: Text<'_>) {
    let directory = std::env::temp_dir().join(format!("prestop-fuzz-capi-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a temporary directory can be made");
    let path = CString::new(directory.join("s.json").into_os_string().into_encoded_bytes()).expect("a path");
    let at = path.as_ptr();
    // SAFETY: the scrubber is live, and the path ends with a NUL.
    unsafe {
        let report = given_json(|out, e| {
            prestop_snapshot_write(scrubber, start(snapshot), length(snapshot), at, out, e)
        });
        let read = given_json(|out, e| prestop_snapshot_read(at, out, e));
        assert_eq!(read.is_some(), report.is_some());
        let status = done(|e| prestop_snapshot_delete(at, e));
        assert_eq!(status, if read.is_some() { OK } else { NOT_FOUND });
    }
    std::fs::remove_dir_all(&directory).expect("what is there can be removed");
}

fuzz_target!(|program: Program<'_>| {
    let Some(scrubber) = scrubber(&program.options) else { return };
    let workspace = program.workspace;
    // SAFETY: the scrubber is live, and the length is that of the text.
    let (stream, delegations) = unsafe {
        (
            made(|out, error| prestop_stream_new(scrubber, out, error)).expect("a stream can be made"),
            made(|out, error| prestop_delegations_new(start(workspace), length(workspace), out, error)),
        )
    };
    let delegations = delegations.expect("any bytes are an id");
    let mut fed = Fed::default();
    for one in &program.calls {
        call(one, scrubber, stream, delegations, &mut fed);
    }
    if program.snapshot.is_some() {
        stored(scrubber, program.snapshot);
    }
    // SAFETY: each is freed once.
    unsafe {
        prestop_delegations_free(delegations);
        prestop_stream_free(stream);
        prestop_scrubber_free(scrubber);
    }
});
