// Every argument of every function: NULL, NULL with a length, a length that cannot be. Results stay untouched.
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
    // No result: a call that fails must not touch it.
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

    // Nothing is an answer too.
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
