// A text in pieces: shorter and longer than a stream holds, with a secret across every boundary.
#include "check.h"

// Feeds `text` in pieces of `size` bytes and joins the outputs.
static prestop_buf through(const prestop_scrubber *scrubber, const char *text, size_t len, size_t size) {
    prestop_error *error = NULL;
    prestop_stream *stream = NULL;
    prestop_buf all = {0}, some = {0};
    OK(prestop_stream_new(scrubber, &stream, &error));
    all.data = malloc(len + 1);
    CHECK(all.data != NULL);
    for (size_t at = 0; at <= len; at += size) {
        size_t piece = len - at < size ? len - at : size;
        OK(prestop_stream_feed(stream, text + at, piece, &some, &error));
        memcpy(all.data + all.len, some.data, some.len);
        all.len += some.len;
        prestop_buf_free(&some);
    }
    OK(prestop_stream_finish(stream, &some, &error));
    memcpy(all.data + all.len, some.data, some.len);
    all.len += some.len;
    prestop_buf_free(&some);
    FAILS(PRESTOP_INVALID_INPUT, prestop_stream_feed(stream, "a", 1, &some, &error));
    FAILS(PRESTOP_INVALID_INPUT, prestop_stream_finish(stream, &some, &error));
    prestop_stream_free(stream);
    return all;
}

int main(void) {
    prestop_error *error = NULL;
    prestop_buf whole = {0}, out = {0};
    prestop_scrubber *scrubber = scrubber_of("{}");
    char line[256];
    size_t length = (size_t)snprintf(line, sizeof line, "export GITHUB=%s and go on\n", token());
    OK(prestop_scrub_text(scrubber, line, length, &whole, &error));
    for (size_t size = 1; size <= length; size++) {
        out = through(scrubber, line, length, size);
        CHECK(out.len == whole.len && memcmp(out.data, whole.data, out.len) == 0);
        free(out.data);
    }
    prestop_buf_free(&whole);

    // Longer than a stream holds, except in a short run: under valgrind that would take an hour.
    size_t lines = (getenv("PRESTOP_SHORT") ? (size_t)1 << 14 : (size_t)5 << 20) / length;
    char *text = malloc(lines * length);
    CHECK(text != NULL);
    for (size_t at = 0; at < lines; at++) memcpy(text + at * length, line, length);
    OK(prestop_scrub_text(scrubber, text, lines * length, &whole, &error));
    out = through(scrubber, text, lines * length, 100003);
    CHECK(out.len == whole.len && memcmp(out.data, whole.data, out.len) == 0);
    free(out.data);
    free(text);
    prestop_buf_free(&whole);
    prestop_scrubber_free(scrubber);
    return 0;
}
