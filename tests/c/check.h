// Shared by all tests in C: checks that report where they failed, and buffers that are freed.
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prestop.h"

#define CHECK(condition)                                                                  \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);       \
            exit(1);                                                                      \
        }                                                                                 \
    } while (0)

// A call that succeeds and sets no error. `error` must be in scope.
#define OK(call)                                                                          \
    do {                                                                                  \
        prestop_status status_ = (call);                                                  \
        if (status_ != PRESTOP_OK) {                                                      \
            fprintf(stderr, "%s:%d: %d %s\n", __FILE__, __LINE__, (int)status_,           \
                    prestop_error_message(error));                                        \
            exit(1);                                                                      \
        }                                                                                 \
        CHECK(error == NULL);                                                             \
    } while (0)

// A write that succeeds, possibly after retries: where time is short (valgrind, eight threads, two busy
// cores) the five seconds of a write may pass. The old snapshot is then intact, and a caller writes again.
#define WRITES(call)                                                                      \
    do {                                                                                  \
        prestop_status write_;                                                            \
        for (int tries_ = 0; (write_ = (call)) == PRESTOP_TIMED_OUT && tries_ < 20; tries_++) { \
            prestop_error_free(error);                                                    \
            error = NULL;                                                                 \
        }                                                                                 \
        OK(write_);                                                                       \
    } while (0)

// A call that fails with this status, gives a reason, and stores the same status in its error object.
#define FAILS(wanted, call)                                                               \
    do {                                                                                  \
        CHECK((call) == (wanted));                                                        \
        CHECK(error != NULL);                                                             \
        CHECK(prestop_error_status(error) == (wanted));                                   \
        CHECK(strlen(prestop_error_message(error)) > 0);                                  \
        CHECK(strchr(prestop_error_message(error), '\n') == NULL);                        \
        prestop_error_free(error);                                                        \
        error = NULL;                                                                     \
    } while (0)

// A token as a vendor issues it, assembled here so that no scanner reports this file as a leak.
static inline const char *token(void) {
    static char text[64];
    // Written once: threads only read it.
    if (*text == '\0') snprintf(text, sizeof text, "%s_%s%s", "ghp", "a1B2c3D4e5F6g7H8i9", "J0k1L2m3N4o5P6q7R8");
    return text;
}

static inline prestop_scrubber *scrubber_of(const char *options) {
    prestop_scrubber *scrubber = NULL;
    prestop_error *error = NULL;
    OK(prestop_scrubber_new(options, strlen(options), &scrubber, &error));
    return scrubber;
}

// The bytes equal this text and are followed by a NUL; the buffer is freed.
static inline void is(prestop_buf *buf, const char *text) {
    CHECK(buf->data != NULL && buf->cap > buf->len && buf->data[buf->len] == '\0');
    if (buf->len != strlen(text) || memcmp(buf->data, text, buf->len) != 0) {
        fprintf(stderr, "is:     %s\nshould: %s\n", buf->data, text);
        exit(1);
    }
    prestop_buf_free(buf);
    CHECK(buf->data == NULL && buf->len == 0 && buf->cap == 0);
}

// The bytes contain this text; the buffer is kept.
static inline int has(const prestop_buf *buf, const char *text) { return strstr(buf->data, text) != NULL; }

#endif
