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
// Statuses. A function that can fail returns prestop_status. Its comment lists the statuses; PRESTOP_INTERNAL
// is always possible. Nothing unwinds out of the library; it never prints, forks or starts a thread, and
// changes no signal handler. Only if memory runs out does it end the process.
//
// Arguments. A text is a pointer and a length, and may be any bytes. It remains yours: it is read only during
// the call, and must not change meanwhile. NULL with length 0 is the empty text. A path is NUL-terminated.
// Any other NULL is harmless and returns PRESTOP_NULL_ARGUMENT.
//
// Results. They are stored in out-parameters, which a call that fails leaves untouched. They are yours: free
// each once, with the function of its type. Every such function accepts NULL.
//
// Errors. The last argument of a function that can fail may be NULL. Otherwise a call that fails stores an
// error object there, which you free; a call that succeeds leaves it untouched, so initialise it with NULL.
//
// Threads. Every function may be called from any thread. The comment of a type says whether threads may share
// it.
//
// Stability. Until version 1.0 a minor version may change the interface; PRESTOP_ABI_VERSION and the soname
// then change too.


#ifndef PRESTOP_H
#define PRESTOP_H

#include <stddef.h>
#include <stdint.h>

// The version of the interface that this header describes. It changes, together with the soname, when a
// program built for the previous one could not run with the library; additions do not change it.
#define PRESTOP_ABI_VERSION 1

// The outcome of a call. Zero is success. The numbers are permanent: 1xx are errors in the caller's
// arguments, 2xx in the rules of a scrubber, 3xx in files, 9xx faults of this library. New ones may be
// added, so treat a number that you do not know as a failure.
typedef enum prestop_status {
    // Success.
    PRESTOP_OK = 0,
    // Success, but there is nothing to return: no snapshot at the path, no secret in the body. Not an error;
    // sets no error object.
    PRESTOP_NOT_FOUND = 1,
    // A pointer that must not be NULL is NULL, or a NULL text has a length other than 0.
    PRESTOP_NULL_ARGUMENT = 100,
    // An option cannot be used. The message names the option.
    PRESTOP_INVALID_OPTION = 101,
    // The input is not what it should be: not JSON, not UTF-8, nested too deep, or a field of another type.
    PRESTOP_INVALID_INPUT = 102,
    // Longer than can be handled: a document over 64 MiB, or a length over half the address space.
    PRESTOP_TOO_LARGE = 103,
    // A rule, or a file of rules, cannot be used. The message names the rule and its field.
    PRESTOP_INVALID_RULE = 200,
    // The operating system refused. The message says what was being done, to which path, and why it failed.
    PRESTOP_IO = 300,
    // The path is not a regular file that may be replaced: a directory, a FIFO, a device, or a link that is
    // refused.
    PRESTOP_INVALID_TARGET = 301,
    // The deadline passed before the new snapshot was in place. The old one is intact.
    PRESTOP_TIMED_OUT = 302,
    // The snapshot was damaged, and there was no previous one to fall back to. The message says whether the
    // file has been set aside. If it has, the next read returns PRESTOP_NOT_FOUND; if it could not be (on a
    // read-only file system), it is still in place.
    PRESTOP_CORRUPT = 303,
    // The file could only be overwritten in place, such as a file that is a mount point, and the operating
    // system refused midway: it may hold neither the old snapshot nor the new one. The next read finishes
    // the write from the recovery copy beside the file, or else returns the previous snapshot, if there is
    // one.
    PRESTOP_TORN = 304,
    // A fault of this library. The call has done its work partly or not at all. A stream that was passed to it
    // can only be freed: every further call with it returns this status. A tracker has lost no result and may
    // be used on.
    PRESTOP_INTERNAL = 900,
} prestop_status;

// Tracks the delegations of one workspace, so that every result is delivered and none twice. On each beat:
//
//   1. Call prestop_delegations_ingest with the list from GET /workspaces/{id}/delegations.
//   2. Append each of its results to the results file as one line, flush the file, and call
//      prestop_delegations_confirm.
//   3. Call prestop_delegations_due and send its message to the agent. If that fails, call
//      prestop_delegations_wake_up_failed.
//   4. Call prestop_delegations_notifications and send its messages to the user. Pass the ids of those that
//      could not be sent to prestop_delegations_notifications_failed.
//
// After a restart, call prestop_delegations_restore first. Every text returned is scrubbed with the preset
// "strict". The tracker holds at most 10,000 each of ids, results and messages, and 16 MiB of results.
// Threads may share one; it serves one of them at a time.
typedef struct prestop_delegations prestop_delegations;

// Why a call failed. A failing call creates it if you asked for it; you free it. It never changes, so any
// number of threads may read it.
typedef struct prestop_error prestop_error;

// Finds secrets and replaces each by a marker, [REDACTED:LABEL]. A scrubber never changes once it is made,
// so any number of threads may use one at the same time; free it when none does any more.
typedef struct prestop_scrubber prestop_scrubber;

// Scrubs a text that arrives in pieces: the outputs, joined, equal what prestop_scrub_text returns for the
// whole text, however it was cut. A stream holds at most 2 MiB and 64 KiB of the text and returns nothing
// before it has more than 2 MiB; with the preset "molecule", which is defined on whole texts, it holds
// everything. Threads may share one, but the order of their pieces is then undefined.
typedef struct prestop_stream prestop_stream;

// Bytes returned by a call. They are yours until you pass them to prestop_buf_free, which is the only way to
// free them. Start with a zeroed buffer (prestop_buf out = {0}): a call that succeeds overwrites all three
// fields and frees nothing. You may change the bytes, but none of the fields: prestop_buf_free needs all
// three as the call stored them. To use fewer bytes, keep a length of your own.
typedef struct prestop_buf {
    // The bytes, followed by a NUL that `len` does not count. The bytes themselves may contain further NULs.
    char *data;
    // The number of bytes, without the NUL that follows them.
    size_t len;
    // The size of the allocation.
    size_t cap;
} prestop_buf;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Returns the version of the interface that the loaded library has. A program that loads the library at run
// time compares it with PRESTOP_ABI_VERSION and refuses any other.
uint32_t prestop_abi_version(void);

// Returns the version of the library, such as "0.1.0". The string is static; do not free it.
const char *prestop_version(void);

// Returns the status that the failing call returned; PRESTOP_OK for NULL.
enum prestop_status prestop_error_status(const struct prestop_error *error);

// Returns what went wrong: English, NUL-terminated, without a line break at its end; "" for NULL. It names
// options, paths and positions, and never contains the text that was being handled. Valid until the error is
// freed.
const char *prestop_error_message(const struct prestop_error *error);

// Frees an error. Does nothing with NULL.
void prestop_error_free(struct prestop_error *error);

// Wipes the bytes, frees them and zeroes the buffer, so that freeing it again does nothing. Does nothing
// with NULL or a zeroed buffer. Two threads must not free one buffer at the same time.
void prestop_buf_free(struct prestop_buf *buf);

// Creates a scrubber.
//
// `options_json` is one JSON object of `len` bytes; NULL with length 0 means {}. Each member may be left
// out:
//   "preset"         "balanced" (the default), "strict", or "molecule"
//   "known_secrets"  {"NAME": "value"}: exact values that are redacted wherever they occur, in any encoding;
//                    the marker shows the name. At most 1,024 values, each of 4 characters to 64 KiB and not
//                    only white space. If a value is itself JSON, the strings in it are known too, while
//                    there is room
//   "disable"        ["rule-id"]: rules to leave out, at most 10,000 ids. An id that no rule has is an
//                    error: PRESTOP_INVALID_OPTION, and the message names "disable" and the position of the
//                    id
//   "allow"          ["text"]: findings to leave alone, those whose text or value is exactly one of these,
//                    except known values. At most 10,000 texts, none of them empty
//   "rules"          path of a file with rules of your own, in the TOML format of prestop or of gitleaks; a
//                    regular file of UTF-8 text, at most 1 MiB and 2,000 rules
// Any other member is an error. "disable", "allow" and "rules" cannot be combined with the preset
// "molecule".
//
// `*out` is set to the scrubber; free it with prestop_scrubber_free. It keeps no reference to
// `options_json`.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT for a NULL `out`; PRESTOP_INVALID_OPTION, also when the file of
// "rules" cannot be read; PRESTOP_INVALID_RULE when a rule in it, or the file as a whole, cannot be used.
enum prestop_status prestop_scrubber_new(const char *options_json,
                                         size_t len,
                                         struct prestop_scrubber **out,
                                         struct prestop_error **error);

// Frees a scrubber. No thread may use it any more. Does nothing with NULL.
void prestop_scrubber_free(struct prestop_scrubber *scrubber);

// Scrubs a text: `*out` is set to a copy with a marker in the place of every secret.
//
// The text may be any bytes; UTF-8 remains UTF-8, and text that is JSON remains JSON. Line breaks inside a
// secret are kept, so lines keep their numbers. The time is linear in the length, whatever the content.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
enum prestop_status prestop_scrub_text(const struct prestop_scrubber *scrubber,
                                       const char *text,
                                       size_t len,
                                       struct prestop_buf *out,
                                       struct prestop_error **error);

// Scrubs a JSON document by its structure: `*out` is set to the scrubbed document on one line.
//
// This finds more than prestop_scrub_text does: the value of a sensitive key is redacted whatever it looks
// like ("password": "hunter2"), a secret split over the strings of an array is redacted as a whole, and
// items that a code sandbox wrote are dropped. Members keep their order and numbers their digits; of
// duplicate keys the last one counts. NaN, Infinity and -Infinity, which Python writes, are read as numbers
// and become null: the result is always JSON.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is not JSON in UTF-8, nested at
// most 300 deep; PRESTOP_TOO_LARGE over 64 MiB.
enum prestop_status prestop_scrub_json(const struct prestop_scrubber *scrubber,
                                       const char *json,
                                       size_t len,
                                       struct prestop_buf *out,
                                       struct prestop_error **error);

// Finds the secrets in a text without changing it: `*out_json` is set to a JSON array in the order of the
// text, [{"rule": "github-personal-token", "label": "GITHUB_PAT", "start": 0, "end": 40}]. `start` and `end`
// are byte offsets; `end` is one past the last byte. Findings do not overlap and never contain the text
// itself.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
enum prestop_status prestop_findings(const struct prestop_scrubber *scrubber,
                                     const char *text,
                                     size_t len,
                                     struct prestop_buf *out_json,
                                     struct prestop_error **error);

// Whether a text is marked as output of a code sandbox, which is never part of a snapshot: 1 or 0. NULL
// gives 0.
int prestop_is_sandbox(const char *text,
                       size_t len);

// Creates a stream. `*out` is set to it; free it with prestop_stream_free. The scrubber may be freed first.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT.
enum prestop_status prestop_stream_new(const struct prestop_scrubber *scrubber,
                                       struct prestop_stream **out,
                                       struct prestop_error **error);

// Appends the next piece of the text. `*out` is set to the output that is final by now, which may be empty.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE; PRESTOP_INVALID_INPUT when the stream is
// finished.
enum prestop_status prestop_stream_feed(struct prestop_stream *stream,
                                        const char *text,
                                        size_t len,
                                        struct prestop_buf *out,
                                        struct prestop_error **error);

// Ends the text. `*out` is set to the rest of the output. After that the stream can only be freed.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is already finished.
enum prestop_status prestop_stream_finish(struct prestop_stream *stream,
                                          struct prestop_buf *out,
                                          struct prestop_error **error);

// Frees a stream, finished or not. Does nothing with NULL.
void prestop_stream_free(struct prestop_stream *stream);

// Builds the content of a snapshot from the state of a host. It is not scrubbed yet: prestop_snapshot_write
// does that.
//
// `state_json` is one JSON object. Each member may be left out or null:
//   "workspace_id"   string; default "unknown"
//   "current_task"   string
//   "active_tasks"   integer; default 0
//   "session_id"     string; left out where "adapter" has one
//   "adapter"        an object with what the agent needs to resume: "session_id", "transcript_lines", ...
//   "start_time"     when the host started, in Unix seconds: gives "uptime_seconds"
//   "now"            the time, in Unix seconds; default the clock. Both times lie in the years 0 to 9999
// Other members are ignored. NaN, Infinity and -Infinity in "adapter" become null. `*out` is set to the JSON
// of the snapshot.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT, naming the member, and for JSON that is
// nested more than 300 levels deep; PRESTOP_TOO_LARGE over 1 GiB.
enum prestop_status prestop_snapshot_build(const char *state_json,
                                           size_t len,
                                           struct prestop_buf *out,
                                           struct prestop_error **error);

// Scrubs a snapshot and writes it, so that whatever happens the path holds the whole old snapshot or the
// whole new one.
//
// `json` is one JSON object of `len` bytes. `path` is NUL-terminated. Missing directories are created, files
// have mode 0600, and the previous snapshot is kept beside the new one. A symbolic link at the path is
// replaced, not followed. On success the new snapshot is on the disk, unless the report says otherwise. Any
// number of threads and processes may write to one path: the last one wins.
//
// Limits:
//   input      1 GiB; a larger one is PRESTOP_TOO_LARGE
//   snapshot   64 MiB after scrubbing; a larger one is cut, see below
//   scrubbing  2.5 seconds; what takes longer is cut, see below
//   deadline   5 seconds for the search and for locks, then PRESTOP_TIMED_OUT. A system call under way is
//              not interrupted, so the call takes as long as the disk
// A snapshot that is cut loses its longest strings first, then the oldest of "transcript_lines", or other
// members where those are what is too large. The report counts what was cut.
//
// `report_json` may be NULL; otherwise it is set to {"path", "bytes", "redactions": {"LABEL": count},
// "dropped", "durability", "atomic", "locked"}. "durability" is one of:
//   "durable"        the snapshot is on the disk
//   "degraded"       the file could only be overwritten in place, such as a file that is a mount point
//   "indeterminate"  the disk did not confirm that the name refers to the new snapshot
// "locked" is false when another process held the directory's lock for too long, or its file system has no
// locks: then a snapshot that was written at the same time may be the last one.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT; PRESTOP_TOO_LARGE;
// PRESTOP_INVALID_OPTION for a path that names no file; PRESTOP_INVALID_TARGET; PRESTOP_TIMED_OUT;
// PRESTOP_IO; PRESTOP_TORN. After any of these errors but the last the old snapshot is intact.
enum prestop_status prestop_snapshot_write(const struct prestop_scrubber *scrubber,
                                           const char *json,
                                           size_t len,
                                           const char *path,
                                           struct prestop_buf *report_json,
                                           struct prestop_error **error);

// Reads the snapshot back when a host starts.
//
// `path` is NUL-terminated. `*out_json` is set to an object with these members:
//   "snapshot"  the snapshot; "session_id" and "transcript_lines" of "adapter" also appear at its top level
//   "source"    "current", or "previous": the file was damaged, so this is the previous snapshot. Where
//               possible, the damaged file is set aside and the previous snapshot put back in its place
//   "verified"  true: exactly what was written; false: edited since; null: there is no checksum to compare
//               with
//   "repaired"  whether the previous snapshot was put back. If not (for example, on a read-only file system,
//               for the target of a link, or while another process is writing), the damaged file is still
//               there, and the next read finds it again
//
// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is no snapshot, which is not an error and sets none;
// PRESTOP_CORRUPT when there was only a damaged one; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_OPTION;
// PRESTOP_INVALID_TARGET; PRESTOP_TOO_LARGE; PRESTOP_IO when it cannot be read, which does not mean that
// there is none.
enum prestop_status prestop_snapshot_read(const char *path,
                                          struct prestop_buf *out_json,
                                          struct prestop_error **error);

// Deletes the snapshot and the previous one, for example after a restore that must not be repeated. `path`
// is NUL-terminated.
//
// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there was none; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_OPTION;
// PRESTOP_INVALID_TARGET; PRESTOP_IO, after which the snapshot may be there or already be gone.
enum prestop_status prestop_snapshot_delete(const char *path,
                                            struct prestop_error **error);

// Builds the body of one beat from the state of a host.
//
// `state_json` is one JSON object. Each member may be left out:
//   "workspace_id"       string; default "unknown"
//   "error_rate"         number from 0 to 1; default "error_count" / "request_count", and 0 without requests
//   "sample_error", "current_task"      string; default empty
//   "active_tasks", "uptime_seconds"    whole number from 0 to 2,147,483,647
//   "wedged_reason"      string: the runtime is stuck, and why; null or false: it is not stuck
//   "runtime_metadata"   {"capabilities": {"name": true}, "idle_timeout_seconds": 600}
// No value of a member is an error: a value that does not fit is replaced by the nearest one that does.
// Other members are ignored.
//
// `*out` is set to the JSON for POST /registry/heartbeat. Each text in it is valid UTF-8 without NUL, at
// most 16 KiB long, and scrubbed with the preset "strict"; to remove what only your own scrubber knows, pass
// `state_json` through prestop_scrub_json first.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when the state is not a JSON object;
// PRESTOP_TOO_LARGE over 64 MiB.
enum prestop_status prestop_heartbeat_payload(const char *state_json,
                                              size_t len,
                                              struct prestop_buf *out,
                                              struct prestop_error **error);

// Extracts the inbound secret from the answer to a beat; `*out` is set to it. Keep it out of logs and write
// it only to files of mode 0600; prestop_buf_free wipes it.
//
// `body` is the answer as received, any bytes. The secret is the member "platform_inbound_secret" of a JSON
// object: a string of 1 to 4,096 printable ASCII characters, after white space around them is removed. Any
// other value counts as no secret.
//
// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is none, which is not an error and sets none;
// PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
enum prestop_status prestop_heartbeat_inbound_secret(const char *body,
                                                     size_t len,
                                                     struct prestop_buf *out,
                                                     struct prestop_error **error);

// Creates a tracker that knows no delegation. `workspace_id` is the id of this workspace: delegations
// requested by other workspaces are not its results. `*out` is set to the tracker; free it with
// prestop_delegations_free.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
enum prestop_status prestop_delegations_new(const char *workspace_id,
                                            size_t len,
                                            struct prestop_delegations **out,
                                            struct prestop_error **error);

// Reads the results file after a restart: the results in it count as delivered, and the agent is told of
// them once more.
//
// `file` is the content of the file, or as much of its end as you keep; lines that are not results are
// skipped. `*out_count` is set to the number of results; it may be NULL.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
enum prestop_status prestop_delegations_restore(struct prestop_delegations *delegations,
                                                const char *file,
                                                size_t len,
                                                size_t *out_count,
                                                struct prestop_error **error);

// Reads a list of delegations as the platform returns it. `now` is in Unix seconds.
//
// `*out_json` is set to {"results": [{"delegation_id", "target_id", "source_id", "status", "summary",
// "response_preview", "error", "timestamp"}], "foreign": ["id"], "skipped": 0, "left": 0}:
//   "results"  every result not yet confirmed, oldest first, including those of earlier lists; "status" is
//              "completed" or "failed"
//   "foreign"  ids of finished delegations that belong to other workspaces; each is reported once
//   "skipped"  the number of rows that are not delegations
//   "left"     the number of rows left for a later list
// A bad row does not affect the others.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when the list is not JSON, and
// PRESTOP_TOO_LARGE when it is over 64 MiB; nothing has changed then.
enum prestop_status prestop_delegations_ingest(struct prestop_delegations *delegations,
                                               const char *rows_json,
                                               size_t len,
                                               double now,
                                               struct prestop_buf *out_json,
                                               struct prestop_error **error);

// Records that results are durably in the results file: they are not returned again, and the agent and the
// user are to be told of them.
//
// `ids_json` is a JSON array of "delegation_id"s as prestop_delegations_ingest returned them. Other ids are
// ignored.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is not an array of strings, and
// PRESTOP_TOO_LARGE; nothing has changed then.
enum prestop_status prestop_delegations_confirm(struct prestop_delegations *delegations,
                                                const char *ids_json,
                                                size_t len,
                                                struct prestop_error **error);

// Returns the message that is to be sent to the agent now. `now` is in Unix seconds. There is at most one
// message a minute.
//
// `*out_json` is set to {"delegation_ids": ["id"], "text": "..."}. "text" is one line, in which everything
// that came from others is quoted as data. Send it with POST /workspaces/{id}/a2a as:
//   {"method": "message/send",
//    "params": {"message": {"role": "user", "parts": [{"type": "text", "text": ...}]}}}
//
// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is nothing to send now, which is not an error and sets
// none; PRESTOP_NULL_ARGUMENT.
enum prestop_status prestop_delegations_due(struct prestop_delegations *delegations,
                                            double now,
                                            struct prestop_buf *out_json,
                                            struct prestop_error **error);

// Records that the latest message to the agent could not be sent: its results are part of the next message,
// after the minute has passed. A result is given up when its message has failed ten times.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT.
enum prestop_status prestop_delegations_wake_up_failed(struct prestop_delegations *delegations,
                                                       struct prestop_error **error);

// Returns the messages to the user about confirmed results, oldest first. Each is returned once, and again
// if it is reported to prestop_delegations_notifications_failed.
//
// `*out_json` is set to [{"delegation_id": "id", "message": "..."}]. Send a message
// with POST /workspaces/{id}/notify as {"message": ..., "type": "delegation_result"}.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT.
enum prestop_status prestop_delegations_notifications(struct prestop_delegations *delegations,
                                                      struct prestop_buf *out_json,
                                                      struct prestop_error **error);

// Records that messages of the latest prestop_delegations_notifications could not be sent: they are returned
// again, before newer ones. A message that has failed ten times is given up.
//
// `ids_json` is a JSON array of their "delegation_id"s. Other ids are ignored.
//
// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is not an array of strings, and
// PRESTOP_TOO_LARGE; nothing has changed then.
enum prestop_status prestop_delegations_notifications_failed(struct prestop_delegations *delegations,
                                                             const char *ids_json,
                                                             size_t len,
                                                             struct prestop_error **error);

// Frees a tracker. No thread may use it any more. Does nothing with NULL.
void prestop_delegations_free(struct prestop_delegations *delegations);

// Builds the log snapshot of a conversation: the body to send to a platform that shows it while the
// workspace is off.
//
// `messages_json` is the answer to AgentAPI's GET /messages, or only its array. `*out` is set to
// {"messages": [{"id", "content", "role", "time"}]}: the last ten messages, scrubbed. The body is never
// longer than 65,536 bytes as sent, whatever the text. Where the ten do not fit, the oldest are dropped; the
// oldest message kept is cut at its start, between two characters, and then begins with "[...", a notice of
// what was cut. Text is valid UTF-8 without NUL, "id" is a number, "role" is "user" or "agent", and a "time"
// that is not a time is left out.
//
// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is no message, which is not an error and sets none;
// PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when there is no array of messages; PRESTOP_TOO_LARGE over 64
// MiB.
enum prestop_status prestop_log_snapshot(const char *messages_json,
                                         size_t len,
                                         const struct prestop_scrubber *scrubber,
                                         struct prestop_buf *out,
                                         struct prestop_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* PRESTOP_H */
