// prestop: the state of an agent workspace survives a stop, with nothing secret in it.
//
//     prestop_scrubber *scrubber = NULL;
//     prestop_buf out = {0};
//     prestop_error *error = NULL;
//     if (prestop_scrubber_new(NULL, 0, &scrubber, &error) != PRESTOP_OK ||
//         prestop_scrub_text(scrubber, text, len, &out, &error) != PRESTOP_OK) {
//         fprintf(stderr, "%s\n", prestop_error_message(error));
//     } else {
//         fwrite(out.data, 1, out.len, stdout);
//     }
//     prestop_buf_free(&out);
//     prestop_error_free(error);
//     prestop_scrubber_free(scrubber);
//
// Rules for every function, unless its comment says otherwise:
//
// Statuses. A function that can fail returns prestop_status. Its comment lists what it returns; PRESTOP_INTERNAL is
// always possible. Nothing unwinds out of the library; it never prints, forks or starts a thread, and changes no signal
// handler. Only where memory runs out does the process end.
//
// Arguments. A text is a pointer and a length, and may be any bytes. You keep it: it is read during the call only, and
// must not change meanwhile. NULL with length 0 is the empty text. A path is NUL-terminated. NULL in any other place is
// PRESTOP_NULL_ARGUMENT and harmless.
//
// Results. They come through out-parameters, which a call that fails leaves untouched. What you are given is yours: free
// it with the function of its type, once. Each of these takes NULL.
//
// Errors. The last argument of a function that can fail may be NULL. Else, when the call fails, it is given an error
// object that is yours to free; when it succeeds, it is left untouched, so begin with NULL.
//
// Threads. Every function may be called from any thread. The comment of a type says what threads may share.
//
// Stability. Until version 1.0 a minor version may change the interface; PRESTOP_ABI_VERSION and the soname change with
// it.


#ifndef PRESTOP_H
#define PRESTOP_H

#include <stddef.h>
#include <stdint.h>

// The version of this header. It changes when a program that was built for the one before could not run with the
// library, and so does the soname; additions do not change it.
#define PRESTOP_ABI_VERSION 1

// What a call came to. Zero is success. The numbers are permanent: 1xx are the caller's arguments, 2xx the rules of a
// scrubber, 3xx files, 9xx faults of this library. More may be added, so treat one that you do not know as a failure.
typedef enum prestop_status {
    // Done.
    PRESTOP_OK = 0,
    // Done, and there is nothing: no snapshot at the path, no secret in the body. Not an error; sets no error object.
    PRESTOP_NOT_FOUND = 1,
    // A pointer that must not be NULL is NULL, or a NULL text has a length.
    PRESTOP_NULL_ARGUMENT = 100,
    // An option cannot be used. The message names the option.
    PRESTOP_INVALID_OPTION = 101,
    // Bytes that are not what they should be: not JSON, not UTF-8, too deep, a field of another type.
    PRESTOP_INVALID_INPUT = 102,
    // Longer than can be handled: a document of over 64 MiB, a length of over half the address space.
    PRESTOP_TOO_LARGE = 103,
    // A rule, or a file of rules, cannot be used. The message names the rule and its field.
    PRESTOP_INVALID_RULE = 200,
    // The operating system refused. The message says what was being done, to which path, and why it failed.
    PRESTOP_IO = 300,
    // The path is not a regular file that may be replaced: a directory, a FIFO, a device, a refused link.
    PRESTOP_INVALID_TARGET = 301,
    // The deadline passed before the new snapshot was in place. The old one is intact.
    PRESTOP_TIMED_OUT = 302,
    // The snapshot was damaged, and there was no previous one to go back to. The message says whether it has been set aside, after which
    // the next read says PRESTOP_NOT_FOUND; where it could not be (a file system that is read-only), it stands where it was.
    PRESTOP_CORRUPT = 303,
    // A fault of this library. The call has done nothing or not all; objects that took part in it may still be freed.
    PRESTOP_INTERNAL = 900,
} prestop_status;

// Keeps track of the delegations of one workspace, so that each result is delivered and none twice. A beat:
//
//   1. prestop_delegations_ingest with the list from GET /workspaces/{id}/delegations.
//   2. Append each of its results to the results file as one line, and flush it. Then prestop_delegations_confirm.
//   3. prestop_delegations_due: send the message to the agent. Where that fails, prestop_delegations_wake_up_failed.
//   4. prestop_delegations_notifications: send them to the user. Those that fail to prestop_delegations_notifications_failed.
//
// After a restart, prestop_delegations_restore comes first. Every text that comes out is scrubbed with the preset "strict".
// It holds at most 10,000 each of ids, results and messages, and 16 MiB of results. Threads may share one; one of them at
// a time is served.
typedef struct prestop_delegations prestop_delegations;

// Why a call failed. Made by the failing call, where the caller asked for it; yours to free. It does not change, so any
// number of threads may read it.
typedef struct prestop_error prestop_error;

// Finds secrets and replaces them by markers, [REDACTED:LABEL]. It does not change after it was made, so any number of
// threads may use one at once; free it when none does any more.
typedef struct prestop_scrubber prestop_scrubber;

// Scrubs a text that comes in pieces: what comes out, put together, is what prestop_scrub_text gives for the whole,
// however it was cut. It holds at most 2 MiB and 64 KiB of the text and gives nothing out before it has more than 2 MiB;
// with the preset "molecule", which is defined over whole texts, it holds everything. Threads may share one; their
// pieces come in some order.
typedef struct prestop_stream prestop_stream;

// Bytes that a call gives you. They are yours until prestop_buf_free; only that frees them. Begin with a zeroed one
// (prestop_buf out = {0}): a call that succeeds overwrites all three fields and frees nothing.
typedef struct prestop_buf {
    // The bytes, and behind them a NUL that `len` does not count. There may be more NULs among them.
    char *data;
    // How many bytes, without the NUL behind them.
    size_t len;
    // How much memory it is. Leave it alone.
    size_t cap;
} prestop_buf;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the interface that the library has. A program that loads it at run time compares it with
// PRESTOP_ABI_VERSION and refuses another.
uint32_t prestop_abi_version(void);

// The version of the library, as "0.1.0". Static; do not free it.
const char *prestop_version(void);

// The status that the failing call returned. PRESTOP_OK for NULL.
enum prestop_status prestop_error_status(const struct prestop_error *error);

// What went wrong, in English, NUL-terminated, without a line break at its end; "" for NULL. It names options, paths and
// positions, and never holds the text that was being handled. Valid until the error is freed.
const char *prestop_error_message(const struct prestop_error *error);

// Free an error. Does nothing with NULL.
void prestop_error_free(struct prestop_error *error);

// Wipe the bytes, free them and zero the buffer, so that freeing it again does nothing. Does nothing with NULL or a
// zeroed buffer. Not for two threads at once with one buffer.
void prestop_buf_free(struct prestop_buf *buf);

// Make a scrubber.
//
// `options_json` is one JSON object of `len` bytes; NULL with 0 means {}. Each member may be left out:
//   "preset"         "balanced" (the default), "strict", or "molecule"
//   "known_secrets"  {"NAME": "value"}: exact values that go wherever they stand, in any encoding, each of 4 characters
//                    to 64 KiB, not white space alone; the marker says the name. At most 1,024; the strings of one that is
//                    JSON itself are known too, as far as there is room
//   "disable"        ["rule-id"]: rules to leave out
//   "allow"          ["text"]: findings to leave alone
//   "rules"          path of a TOML file with rules of your own
// `*out` is given the scrubber: free it with prestop_scrubber_free. It has copied what it needs.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT for a NULL `out`; PRESTOP_INVALID_OPTION; PRESTOP_INVALID_RULE.
enum prestop_status prestop_scrubber_new(const char *options_json,
                                         size_t len,
                                         struct prestop_scrubber **out,
                                         struct prestop_error **error);

// Free a scrubber, which no thread uses any more. Does nothing with NULL.
void prestop_scrubber_free(struct prestop_scrubber *scrubber);

// Scrub a text: `*out` is given the text with a marker in the place of every secret.
//
// Any bytes are a text; UTF-8 stays UTF-8, and text that is JSON stays JSON. Line breaks inside a secret stay, so lines
// keep their numbers. The time grows with the length and with nothing else.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
enum prestop_status prestop_scrub_text(const struct prestop_scrubber *scrubber,
                                       const char *text,
                                       size_t len,
                                       struct prestop_buf *out,
                                       struct prestop_error **error);

// Scrub a JSON document by its structure: `*out` is given the scrubbed document in one line.
//
// More is known than of a text: what stands under a sensitive key goes whatever it looks like ("password": "hunter2"),
// a secret split over the strings of an array goes whole, and items that a code sandbox wrote are dropped. Members keep
// their order, numbers their digits; of equal keys the last one counts. NaN, Infinity and -Infinity, which Python writes, are
// read as numbers and become null: the result is always JSON.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is not JSON in UTF-8, nested at most 300 deep; PRESTOP_TOO_LARGE
// over 64 MiB.
enum prestop_status prestop_scrub_json(const struct prestop_scrubber *scrubber,
                                       const char *json,
                                       size_t len,
                                       struct prestop_buf *out,
                                       struct prestop_error **error);

// Find the secrets in a text and leave it alone: `*out_json` is given a JSON array in the order of the text,
// [{"rule": "github-personal-token", "label": "GITHUB_PAT", "start": 0, "end": 40}]. `start` and `end` are bytes, the
// end one past the last. Findings do not overlap and never hold the text itself.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
enum prestop_status prestop_findings(const struct prestop_scrubber *scrubber,
                                     const char *text,
                                     size_t len,
                                     struct prestop_buf *out_json,
                                     struct prestop_error **error);

// Whether a text is marked as output of a code sandbox, which never goes into a snapshot: 1 or 0. NULL is not.
int prestop_is_sandbox(const char *text,
                       size_t len);

// Begin a stream. `*out` is given it: free it with prestop_stream_free. The scrubber may be freed before it.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT.
enum prestop_status prestop_stream_new(const struct prestop_scrubber *scrubber,
                                       struct prestop_stream **out,
                                       struct prestop_error **error);

// Take the next piece in. `*out` is given what is scrubbed by now, which may be empty.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE; PRESTOP_INVALID_INPUT when the stream is finished.
enum prestop_status prestop_stream_feed(struct prestop_stream *stream,
                                        const char *text,
                                        size_t len,
                                        struct prestop_buf *out,
                                        struct prestop_error **error);

// End the text. `*out` is given the rest of it. The stream can then only be freed.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it was finished before.
enum prestop_status prestop_stream_finish(struct prestop_stream *stream,
                                          struct prestop_buf *out,
                                          struct prestop_error **error);

// Free a stream, finished or not. Does nothing with NULL.
void prestop_stream_free(struct prestop_stream *stream);

// Build the content of a snapshot from the state of a host. Nothing is scrubbed yet: prestop_snapshot_write does that.
//
// `state_json` is one JSON object. Each member may be left out or null:
//   "workspace_id"   string; else "unknown"
//   "current_task"   string
//   "active_tasks"   integer; else 0
//   "session_id"     string; left out where "adapter" has one
//   "adapter"        an object with what the agent needs to go on: "session_id", "transcript_lines", ...
//   "start_time"     when the host started, in Unix seconds: gives "uptime_seconds"
//   "now"            the time, in Unix seconds; else the clock's. Both of the years 0 to 9999
// Other members are left alone. NaN, Infinity and -Infinity in "adapter" become null. `*out` is given the JSON of the snapshot.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT, naming the member; PRESTOP_TOO_LARGE.
enum prestop_status prestop_snapshot_build(const char *state_json,
                                           size_t len,
                                           struct prestop_buf *out,
                                           struct prestop_error **error);

// Scrub a snapshot and write it, so that whatever happens the path holds the whole old or the whole new one.
//
// `json` is one JSON object of `len` bytes, at most 1 GiB; one that is over 64 MiB when it is scrubbed, or that cannot be searched in
// 2.5 seconds, is cut, as the report says: the longest strings, then the oldest of "transcript_lines", or other members where these are
// what is too large. `path` is NUL-terminated; missing directories are made, files have mode 0600,
// the snapshot before stays beside it, and a symbolic link at the path is replaced and not followed. On success the new
// snapshot is on the disk, unless the report says otherwise. It takes as long as the disk, and at most 5 seconds for the
// search and for locks.
//
// `report_json` may be NULL; else it is given {"path", "bytes", "redactions": {"LABEL": count}, "dropped", "durability",
// "atomic"}. "durability" is "durable"; or "degraded", where the file could only be overwritten in place, as a mounted
// one; or "indeterminate", where the disk did not confirm that the name stands for the new snapshot.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT; PRESTOP_TOO_LARGE; PRESTOP_INVALID_OPTION for a path that names no file;
// PRESTOP_INVALID_TARGET; PRESTOP_TIMED_OUT; PRESTOP_IO. After each of these the old snapshot is intact. Any number of
// threads and processes may write one path: the last one stays.
enum prestop_status prestop_snapshot_write(const struct prestop_scrubber *scrubber,
                                           const char *json,
                                           size_t len,
                                           const char *path,
                                           struct prestop_buf *report_json,
                                           struct prestop_error **error);

// Read the snapshot back, for the start of a host.
//
// `path` is NUL-terminated. `*out_json` is given {"snapshot": {...}, "source": "current", "verified": true}. "session_id"
// and "transcript_lines" that stand under "adapter" stand at the top of the snapshot too. A damaged file is set aside and
// the snapshot before it put back: "source" is "previous" then. "verified" is true when it is exactly what was written,
// false when it was edited since, and null when there is nothing to compare with.
//
// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is none, which is no error and sets none; PRESTOP_CORRUPT when there was only a damaged
// one; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_OPTION; PRESTOP_INVALID_TARGET; PRESTOP_TOO_LARGE; PRESTOP_IO when it cannot
// be read, which is not to be taken for "there is none".
enum prestop_status prestop_snapshot_read(const char *path,
                                          struct prestop_buf *out_json,
                                          struct prestop_error **error);

// Delete the snapshot and the one before it, as after a restore that is not to be repeated. `path` is NUL-terminated.
//
// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there was none; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_OPTION; PRESTOP_INVALID_TARGET;
// PRESTOP_TIMED_OUT; PRESTOP_IO.
enum prestop_status prestop_snapshot_delete(const char *path,
                                            struct prestop_error **error);

// Build the body of one beat, from the state of a host.
//
// `state_json` is one JSON object. Each member may be left out:
//   "workspace_id"       string; else "unknown"
//   "error_rate"         number from 0 to 1; else "error_count" / "request_count", and 0 without requests
//   "sample_error", "current_task"      string; else empty
//   "active_tasks", "uptime_seconds"    whole number from 0 to 2,147,483,647
//   "wedged_reason"      string: the runtime is stuck, and why; null or false means that it is not
//   "runtime_metadata"   {"capabilities": {"name": true}, "idle_timeout_seconds": 600}
// No value in it is an error: one that does not fit becomes the nearest that does, other members are left alone. `*out`
// is given the JSON for POST /registry/heartbeat. Text in it is valid UTF-8 without NUL, at most 16 KiB each, and scrubbed
// with the preset "strict"; what only a scrubber of yours knows is removed by prestop_scrub_json before.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is no JSON object; PRESTOP_TOO_LARGE over 64 MiB.
enum prestop_status prestop_heartbeat_payload(const char *state_json,
                                              size_t len,
                                              struct prestop_buf *out,
                                              struct prestop_error **error);

// Take the inbound secret out of the answer to a beat: `*out` is given it. Keep it out of logs and write it to files of
// mode 0600 only; prestop_buf_free wipes it.
//
// `body` is the answer as it came, any bytes. The secret is the member "platform_inbound_secret" of a JSON object: a string
// of 1 to 4,096 printable ASCII characters, white space around them left off. Anything else is not one.
//
// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is none, which is no error and sets none; PRESTOP_NULL_ARGUMENT;
// PRESTOP_TOO_LARGE.
enum prestop_status prestop_heartbeat_inbound_secret(const char *body,
                                                     size_t len,
                                                     struct prestop_buf *out,
                                                     struct prestop_error **error);

// Begin with no delegation known. `workspace_id` is the id of this workspace: what others asked for is not its result.
// `*out` is given the tracker: free it with prestop_delegations_free.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
enum prestop_status prestop_delegations_new(const char *workspace_id,
                                            size_t len,
                                            struct prestop_delegations **out,
                                            struct prestop_error **error);

// Read the results file after a restart: what stands in it is known, and the agent is told of it once more.
//
// `file` is its content, or as much of its end as you keep; lines that are no result are passed over. `*out_count` is given
// how many results there were, and may be NULL.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
enum prestop_status prestop_delegations_restore(struct prestop_delegations *delegations,
                                                const char *file,
                                                size_t len,
                                                size_t *out_count,
                                                struct prestop_error **error);

// Take a list of delegations as the platform gives it, at `now` in Unix seconds.
//
// `*out_json` is given {"results": [{"delegation_id", "target_id", "source_id", "status", "summary", "response_preview",
// "error", "timestamp"}], "foreign": ["id"], "skipped": 0, "left": 0}. "results" are all that are not confirmed, oldest
// first, those of earlier lists included; "status" is "completed" or "failed". "foreign" are ended delegations of other
// workspaces, each told once. "skipped" rows are no delegation, and "left" ones wait for a later list. A bad row costs no
// other.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is not JSON, and PRESTOP_TOO_LARGE over 64 MiB:
// nothing has changed then.
enum prestop_status prestop_delegations_ingest(struct prestop_delegations *delegations,
                                               const char *rows_json,
                                               size_t len,
                                               double now,
                                               struct prestop_buf *out_json,
                                               struct prestop_error **error);

// Take note that results are durably in the results file: they are not given again, and are to be told.
//
// `ids_json` is a JSON array of "delegation_id"s, as prestop_delegations_ingest gave them. Others are left alone.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is no array of strings, and PRESTOP_TOO_LARGE:
// nothing has changed then.
enum prestop_status prestop_delegations_confirm(struct prestop_delegations *delegations,
                                                const char *ids_json,
                                                size_t len,
                                                struct prestop_error **error);

// Ask for the message to the agent that is to be sent at `now`, in Unix seconds. There is at most one a minute.
//
// `*out_json` is given {"delegation_ids": ["id"], "text": "..."}. "text" is one line, in which everything that came from
// others is quoted as data. It goes to POST /workspaces/{id}/a2a as
// {"method": "message/send", "params": {"message": {"role": "user", "parts": [{"type": "text", "text": ...}]}}}.
//
// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is nothing to send now, which is no error and sets none;
// PRESTOP_NULL_ARGUMENT.
enum prestop_status prestop_delegations_due(struct prestop_delegations *delegations,
                                            double now,
                                            struct prestop_buf *out_json,
                                            struct prestop_error **error);

// Take note that the latest message could not be sent: its results are told again when the minute is over, ten times at
// most.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT.
enum prestop_status prestop_delegations_wake_up_failed(struct prestop_delegations *delegations,
                                                       struct prestop_error **error);

// Take what the user is to be told of results that were confirmed, oldest first; each is given once, and again where it is
// said to have failed.
//
// `*out_json` is given [{"delegation_id": "id", "message": "..."}]. A message goes to POST /workspaces/{id}/notify as
// {"message": ..., "type": "delegation_result"}.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT.
enum prestop_status prestop_delegations_notifications(struct prestop_delegations *delegations,
                                                      struct prestop_buf *out_json,
                                                      struct prestop_error **error);

// Take note that messages of the latest prestop_delegations_notifications could not be sent: they are given again before
// others, ten times at most.
//
// `ids_json` is a JSON array of their "delegation_id"s. Others are left alone.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is no array of strings, and PRESTOP_TOO_LARGE:
// nothing has changed then.
enum prestop_status prestop_delegations_notifications_failed(struct prestop_delegations *delegations,
                                                             const char *ids_json,
                                                             size_t len,
                                                             struct prestop_error **error);

// Free a tracker, which no thread uses any more. Does nothing with NULL.
void prestop_delegations_free(struct prestop_delegations *delegations);

// Build the log snapshot of a conversation: the body for a platform that shows it while the workspace is off.
//
// `messages_json` is what AgentAPI gives for GET /messages, or only its array. `*out` is given {"messages": [{"id",
// "content", "role", "time"}]}: the last ten messages, scrubbed, and never over 65,536 bytes as they are sent, whatever
// the text. Where that is too little the oldest go; the oldest message that is left is cut at its head, between two
// characters, and begins with "[...", a notice of what went. Text is valid UTF-8 without NUL, an id is a number, a role
// is "user" or "agent", a time that is none is left out.
//
// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is no message, which is no error and sets none; PRESTOP_NULL_ARGUMENT;
// PRESTOP_INVALID_INPUT when there is no array of messages; PRESTOP_TOO_LARGE over 64 MiB.
enum prestop_status prestop_log_snapshot(const char *messages_json,
                                         size_t len,
                                         const struct prestop_scrubber *scrubber,
                                         struct prestop_buf *out,
                                         struct prestop_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* PRESTOP_H */
