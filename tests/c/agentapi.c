// The log snapshot of a conversation: scrubbed, and within the platform's limit for any text.
#include "check.h"

static prestop_error *error = NULL;
static prestop_buf out;

// Returns a conversation of one message, whose content is `unit` repeated `times` times.
static char *conversation(const char *unit, size_t times, size_t *len) {
    const char *before = "{\"messages\": [{\"id\": 7, \"role\": \"user\", \"content\": \"", *after = "\"}]}";
    char *text = malloc(strlen(before) + strlen(unit) * times + strlen(after) + 1);
    CHECK(text != NULL);
    char *at = text + sprintf(text, "%s", before);
    for (size_t time = 0; time < times; time++) at += sprintf(at, "%s", unit);
    *len = (size_t)(at - text) + (size_t)sprintf(at, "%s", after);
    return text;
}

int main(void) {
    prestop_scrubber *scrubber = scrubber_of("{}");
    size_t len;
    char *messages = conversation(token(), 1, &len);
    OK(prestop_log_snapshot(messages, len, scrubber, &out, &error));
    is(&out, "{\"messages\":[{\"id\":7,\"content\":\"[REDACTED:GITHUB_PAT]\",\"role\":\"user\"}]}");
    free(messages);

    // Characters of one to four bytes, and escapes of two and six.
    const char *units[] = {"a", "\xc3\xa9", "\xe8\xaa\x9e", "\xf0\x9f\x8e\x88", "\\n", "\\\"", "\\u0001"};
    for (size_t at = 0; at < sizeof units / sizeof *units; at++) {
        messages = conversation(units[at], 70000, &len);
        OK(prestop_log_snapshot(messages, len, scrubber, &out, &error));
        CHECK(out.len <= 65536 && out.len > 65000);
        CHECK(has(&out, "[...content truncated, showing the last "));
        prestop_buf_free(&out);
        free(messages);
    }

    CHECK(prestop_log_snapshot("[]", 2, scrubber, &out, &error) == PRESTOP_NOT_FOUND);
    CHECK(error == NULL && out.data == NULL);
    const char *wrong[] = {"", "{}", "5", "[", "{\"messages\": 5}", "[\"\xff\"]"};
    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
        FAILS(PRESTOP_INVALID_INPUT, prestop_log_snapshot(wrong[at], strlen(wrong[at]), scrubber, &out, &error));
    }
    FAILS(PRESTOP_NULL_ARGUMENT, prestop_log_snapshot(NULL, 1, scrubber, &out, &error));
    FAILS(PRESTOP_NULL_ARGUMENT, prestop_log_snapshot("[]", 2, NULL, &out, &error));
    FAILS(PRESTOP_NULL_ARGUMENT, prestop_log_snapshot("[]", 2, scrubber, NULL, &error));
    FAILS(PRESTOP_TOO_LARGE, prestop_log_snapshot("[]", (size_t)-1, scrubber, &out, &error));
    CHECK(prestop_log_snapshot("[", 1, scrubber, &out, NULL) == PRESTOP_INVALID_INPUT);
    prestop_scrubber_free(scrubber);
    return 0;
}
