// Every argument of every function: NULL, NULL with a length, an impossible length. Results stay untouched.
#include <stdint.h>

#include "check.h"

static prestop_error *error = NULL;
static prestop_buf out;
static prestop_buf before;

// The call fails with this status and leaves `out` as it was, with and without a place for the error.
#define REFUSED(wanted, call_with)                                                        \
    do {                                                                                  \
        FAILS(wanted, call_with(&error));                                                 \
        CHECK(call_with(NULL) == (wanted));                                               \
        CHECK(memcmp(&out, &before, sizeof out) == 0);                                    \
    } while (0)

int main(int argc, char **argv) {
    CHECK(argc == 2);
    prestop_scrubber *s = scrubber_of("{}");
    char path[2048];
    snprintf(path, sizeof path, "%s/snapshot.json", argv[1]);
    // A sentinel: a call that fails must not touch it.
    memset(&before, 0x5a, sizeof before);
    out = before;
    prestop_scrubber *scrubber = NULL;

#define NEW_OUT(e) prestop_scrubber_new(NULL, 0, NULL, e)
#define NEW_LEN(e) prestop_scrubber_new(NULL, 1, &scrubber, e)
#define NEW_LONG(e) prestop_scrubber_new("{}", SIZE_MAX, &scrubber, e)
    REFUSED(PRESTOP_NULL_ARGUMENT, NEW_OUT);
    REFUSED(PRESTOP_NULL_ARGUMENT, NEW_LEN);
    REFUSED(PRESTOP_TOO_LARGE, NEW_LONG);
    CHECK(scrubber == NULL);

#define TEXT_SCRUBBER(e) prestop_scrub_text(NULL, "a", 1, &out, e)
#define TEXT_TEXT(e) prestop_scrub_text(s, NULL, 1, &out, e)
#define TEXT_OUT(e) prestop_scrub_text(s, "a", 1, NULL, e)
#define TEXT_LONG(e) prestop_scrub_text(s, "a", SIZE_MAX, &out, e)
    REFUSED(PRESTOP_NULL_ARGUMENT, TEXT_SCRUBBER);
    REFUSED(PRESTOP_NULL_ARGUMENT, TEXT_TEXT);
    REFUSED(PRESTOP_NULL_ARGUMENT, TEXT_OUT);
    REFUSED(PRESTOP_TOO_LARGE, TEXT_LONG);

#define JSON_SCRUBBER(e) prestop_scrub_json(NULL, "{}", 2, &out, e)
#define JSON_JSON(e) prestop_scrub_json(s, NULL, 2, &out, e)
#define JSON_OUT(e) prestop_scrub_json(s, "{}", 2, NULL, e)
#define JSON_LONG(e) prestop_scrub_json(s, "{}", SIZE_MAX, &out, e)
#define JSON_EMPTY(e) prestop_scrub_json(s, NULL, 0, &out, e)
    REFUSED(PRESTOP_NULL_ARGUMENT, JSON_SCRUBBER);
    REFUSED(PRESTOP_NULL_ARGUMENT, JSON_JSON);
    REFUSED(PRESTOP_NULL_ARGUMENT, JSON_OUT);
    REFUSED(PRESTOP_TOO_LARGE, JSON_LONG);
    REFUSED(PRESTOP_INVALID_INPUT, JSON_EMPTY);

#define FINDINGS_SCRUBBER(e) prestop_findings(NULL, "a", 1, &out, e)
#define FINDINGS_TEXT(e) prestop_findings(s, NULL, 1, &out, e)
#define FINDINGS_OUT(e) prestop_findings(s, "a", 1, NULL, e)
#define FINDINGS_LONG(e) prestop_findings(s, "a", SIZE_MAX, &out, e)
    REFUSED(PRESTOP_NULL_ARGUMENT, FINDINGS_SCRUBBER);
    REFUSED(PRESTOP_NULL_ARGUMENT, FINDINGS_TEXT);
    REFUSED(PRESTOP_NULL_ARGUMENT, FINDINGS_OUT);
    REFUSED(PRESTOP_TOO_LARGE, FINDINGS_LONG);

#define BUILD_STATE(e) prestop_snapshot_build(NULL, 2, &out, e)
#define BUILD_OUT(e) prestop_snapshot_build("{}", 2, NULL, e)
#define BUILD_LONG(e) prestop_snapshot_build("{}", SIZE_MAX, &out, e)
    REFUSED(PRESTOP_NULL_ARGUMENT, BUILD_STATE);
    REFUSED(PRESTOP_NULL_ARGUMENT, BUILD_OUT);
    REFUSED(PRESTOP_TOO_LARGE, BUILD_LONG);

#define WRITE_SCRUBBER(e) prestop_snapshot_write(NULL, "{}", 2, path, &out, e)
#define WRITE_JSON(e) prestop_snapshot_write(s, NULL, 2, path, &out, e)
#define WRITE_LONG(e) prestop_snapshot_write(s, "{}", SIZE_MAX, path, &out, e)
#define WRITE_PATH(e) prestop_snapshot_write(s, "{}", 2, NULL, &out, e)
    REFUSED(PRESTOP_NULL_ARGUMENT, WRITE_SCRUBBER);
    REFUSED(PRESTOP_NULL_ARGUMENT, WRITE_JSON);
    REFUSED(PRESTOP_TOO_LARGE, WRITE_LONG);
    REFUSED(PRESTOP_NULL_ARGUMENT, WRITE_PATH);

#define READ_PATH(e) prestop_snapshot_read(NULL, &out, e)
#define READ_OUT(e) prestop_snapshot_read(path, NULL, e)
#define DELETE_PATH(e) prestop_snapshot_delete(NULL, e)
    REFUSED(PRESTOP_NULL_ARGUMENT, READ_PATH);
    REFUSED(PRESTOP_NULL_ARGUMENT, READ_OUT);
    REFUSED(PRESTOP_NULL_ARGUMENT, DELETE_PATH);

    prestop_stream *stream = NULL;
#define STREAM_SCRUBBER(e) prestop_stream_new(NULL, &stream, e)
#define STREAM_OUT(e) prestop_stream_new(s, NULL, e)
    REFUSED(PRESTOP_NULL_ARGUMENT, STREAM_SCRUBBER);
    REFUSED(PRESTOP_NULL_ARGUMENT, STREAM_OUT);
    CHECK(stream == NULL);
    OK(prestop_stream_new(s, &stream, &error));
#define FEED_STREAM(e) prestop_stream_feed(NULL, "a", 1, &out, e)
#define FEED_TEXT(e) prestop_stream_feed(stream, NULL, 1, &out, e)
#define FEED_LONG(e) prestop_stream_feed(stream, "a", SIZE_MAX, &out, e)
#define FEED_OUT(e) prestop_stream_feed(stream, "a", 1, NULL, e)
#define FINISH_STREAM(e) prestop_stream_finish(NULL, &out, e)
#define FINISH_OUT(e) prestop_stream_finish(stream, NULL, e)
    REFUSED(PRESTOP_NULL_ARGUMENT, FEED_STREAM);
    REFUSED(PRESTOP_NULL_ARGUMENT, FEED_TEXT);
    REFUSED(PRESTOP_TOO_LARGE, FEED_LONG);
    REFUSED(PRESTOP_NULL_ARGUMENT, FEED_OUT);
    REFUSED(PRESTOP_NULL_ARGUMENT, FINISH_STREAM);
    REFUSED(PRESTOP_NULL_ARGUMENT, FINISH_OUT);
    prestop_stream_free(stream);
    prestop_stream_free(NULL);

#define PAYLOAD_STATE(e) prestop_heartbeat_payload(NULL, 2, &out, e)
#define PAYLOAD_OUT(e) prestop_heartbeat_payload("{}", 2, NULL, e)
#define PAYLOAD_LONG(e) prestop_heartbeat_payload("{}", SIZE_MAX, &out, e)
#define PAYLOAD_EMPTY(e) prestop_heartbeat_payload(NULL, 0, &out, e)
#define SECRET_BODY(e) prestop_heartbeat_inbound_secret(NULL, 2, &out, e)
#define SECRET_OUT(e) prestop_heartbeat_inbound_secret("{}", 2, NULL, e)
#define SECRET_LONG(e) prestop_heartbeat_inbound_secret("{}", SIZE_MAX, &out, e)
    REFUSED(PRESTOP_NULL_ARGUMENT, PAYLOAD_STATE);
    REFUSED(PRESTOP_NULL_ARGUMENT, PAYLOAD_OUT);
    REFUSED(PRESTOP_TOO_LARGE, PAYLOAD_LONG);
    REFUSED(PRESTOP_INVALID_INPUT, PAYLOAD_EMPTY);
    REFUSED(PRESTOP_NULL_ARGUMENT, SECRET_BODY);
    REFUSED(PRESTOP_NULL_ARGUMENT, SECRET_OUT);
    REFUSED(PRESTOP_TOO_LARGE, SECRET_LONG);

    prestop_delegations *d = NULL;
    size_t count = 77;
#define DELEGATIONS_ID(e) prestop_delegations_new(NULL, 1, &d, e)
#define DELEGATIONS_LONG(e) prestop_delegations_new("w", SIZE_MAX, &d, e)
#define DELEGATIONS_OUT(e) prestop_delegations_new("w", 1, NULL, e)
    REFUSED(PRESTOP_NULL_ARGUMENT, DELEGATIONS_ID);
    REFUSED(PRESTOP_TOO_LARGE, DELEGATIONS_LONG);
    REFUSED(PRESTOP_NULL_ARGUMENT, DELEGATIONS_OUT);
    CHECK(d == NULL);
    OK(prestop_delegations_new(NULL, 0, &d, &error));
#define RESTORE_SELF(e) prestop_delegations_restore(NULL, "", 0, &count, e)
#define RESTORE_FILE(e) prestop_delegations_restore(d, NULL, 1, &count, e)
#define RESTORE_LONG(e) prestop_delegations_restore(d, "", SIZE_MAX, &count, e)
#define INGEST_SELF(e) prestop_delegations_ingest(NULL, "[]", 2, 0.0, &out, e)
#define INGEST_ROWS(e) prestop_delegations_ingest(d, NULL, 2, 0.0, &out, e)
#define INGEST_LONG(e) prestop_delegations_ingest(d, "[]", SIZE_MAX, 0.0, &out, e)
#define INGEST_EMPTY(e) prestop_delegations_ingest(d, NULL, 0, 0.0, &out, e)
#define INGEST_BYTES(e) prestop_delegations_ingest(d, "[\xff]", 3, 0.0, &out, e)
#define INGEST_OUT(e) prestop_delegations_ingest(d, "[]", 2, 0.0, NULL, e)
#define CONFIRM_SELF(e) prestop_delegations_confirm(NULL, "[]", 2, e)
#define CONFIRM_IDS(e) prestop_delegations_confirm(d, NULL, 2, e)
#define CONFIRM_LONG(e) prestop_delegations_confirm(d, "[]", SIZE_MAX, e)
#define CONFIRM_EMPTY(e) prestop_delegations_confirm(d, NULL, 0, e)
#define DUE_SELF(e) prestop_delegations_due(NULL, 0.0, &out, e)
#define DUE_OUT(e) prestop_delegations_due(d, 0.0, NULL, e)
#define FAILED_SELF(e) prestop_delegations_wake_up_failed(NULL, e)
#define TOLD_SELF(e) prestop_delegations_notifications(NULL, &out, e)
#define TOLD_OUT(e) prestop_delegations_notifications(d, NULL, e)
#define UNTOLD_SELF(e) prestop_delegations_notifications_failed(NULL, "[]", 2, e)
#define UNTOLD_IDS(e) prestop_delegations_notifications_failed(d, NULL, 2, e)
#define UNTOLD_LONG(e) prestop_delegations_notifications_failed(d, "[]", SIZE_MAX, e)
#define UNTOLD_EMPTY(e) prestop_delegations_notifications_failed(d, NULL, 0, e)
    REFUSED(PRESTOP_NULL_ARGUMENT, RESTORE_SELF);
    REFUSED(PRESTOP_NULL_ARGUMENT, RESTORE_FILE);
    REFUSED(PRESTOP_TOO_LARGE, RESTORE_LONG);
    CHECK(count == 77);
    REFUSED(PRESTOP_NULL_ARGUMENT, INGEST_SELF);
    REFUSED(PRESTOP_NULL_ARGUMENT, INGEST_ROWS);
    REFUSED(PRESTOP_TOO_LARGE, INGEST_LONG);
    REFUSED(PRESTOP_INVALID_INPUT, INGEST_EMPTY);
    REFUSED(PRESTOP_INVALID_INPUT, INGEST_BYTES);
    REFUSED(PRESTOP_NULL_ARGUMENT, INGEST_OUT);
    REFUSED(PRESTOP_NULL_ARGUMENT, CONFIRM_SELF);
    REFUSED(PRESTOP_NULL_ARGUMENT, CONFIRM_IDS);
    REFUSED(PRESTOP_TOO_LARGE, CONFIRM_LONG);
    REFUSED(PRESTOP_INVALID_INPUT, CONFIRM_EMPTY);
    REFUSED(PRESTOP_NULL_ARGUMENT, DUE_SELF);
    REFUSED(PRESTOP_NULL_ARGUMENT, DUE_OUT);
    REFUSED(PRESTOP_NULL_ARGUMENT, FAILED_SELF);
    REFUSED(PRESTOP_NULL_ARGUMENT, TOLD_SELF);
    REFUSED(PRESTOP_NULL_ARGUMENT, TOLD_OUT);
    REFUSED(PRESTOP_NULL_ARGUMENT, UNTOLD_SELF);
    REFUSED(PRESTOP_NULL_ARGUMENT, UNTOLD_IDS);
    REFUSED(PRESTOP_TOO_LARGE, UNTOLD_LONG);
    REFUSED(PRESTOP_INVALID_INPUT, UNTOLD_EMPTY);
    prestop_delegations_free(d);
    prestop_delegations_free(NULL);

    // NULL is valid here.
    CHECK(prestop_error_status(NULL) == PRESTOP_OK);
    CHECK(strcmp(prestop_error_message(NULL), "") == 0);
    prestop_error_free(NULL);
    prestop_scrubber_free(NULL);
    prestop_buf_free(NULL);
    prestop_buf zeroed = {0};
    prestop_buf_free(&zeroed);
    prestop_buf_free(&zeroed);
    prestop_scrubber_free(s);
    return 0;
}
