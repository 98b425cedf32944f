// What every test in C needs: a check that says where it failed, and the end of everything that a call gives.
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

// A call that succeeds and sets no error. `error` is in scope where it is used.
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

// A write that succeeds, be it at a later try: where time is short (valgrind, eight threads, two cores that others use)
// the five seconds that a write has may pass. The old snapshot is intact then, and a caller writes again.
#define WRITES(call)                                                                      \
    do {                                                                                  \
        prestop_status write_;                                                            \
        for (int tries_ = 0; (write_ = (call)) == PRESTOP_TIMED_OUT && tries_ < 20; tries_++) { \
            prestop_error_free(error);                                                    \
            error = NULL;                                                                 \
        }                                                                                 \
        OK(write_);                                                                       \
    } while (0)

// A call that fails with this status, says why, and says the same in its error object.
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

// A token as a vendor issues it, put together here so that no scanner takes this file for a leak.
static inline const char *token(void) {
    static char text[64];
    // Once: threads only read it.
    if (*text == '\0') snprintf(text, sizeof text, "%s_%s%s", "ghp", "a1B2c3D4e5F6g7H8i9", "J0k1L2m3N4o5P6q7R8");
    return text;
}

static inline prestop_scrubber *scrubber_of(const char *options) {
    prestop_scrubber *scrubber = NULL;
    prestop_error *error = NULL;
    OK(prestop_scrubber_new(options, strlen(options), &scrubber, &error));
    return scrubber;
}

// The bytes are exactly this text, with a NUL behind them; they are freed.
static inline void is(prestop_buf *buf, const char *text) {
    CHECK(buf->data != NULL && buf->cap > buf->len && buf->data[buf->len] == '\0');
    if (buf->len != strlen(text) || memcmp(buf->data, text, buf->len) != 0) {
        fprintf(stderr, "is:     %s\nshould: %s\n", buf->data, text);
        exit(1);
    }
    prestop_buf_free(buf);
    CHECK(buf->data == NULL && buf->len == 0 && buf->cap == 0);
}

// The text stands somewhere in the bytes, which are kept.
static inline int has(const prestop_buf *buf, const char *text) { return strstr(buf->data, text) != NULL; }

#endif
