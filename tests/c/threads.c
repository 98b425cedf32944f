// Eight threads at once: on one scrubber, and on one path.
#include <pthread.h>

#include "check.h"

enum { THREADS = 8, ROUNDS = 40, ROUNDS_WHEN_SLOW = 16 };

static const prestop_scrubber *shared;
static char path[2048];

static void *work(void *which) {
    int number = *(const int *)which;
    char text[256], wanted[256], document[256];
    snprintf(text, sizeof text, "%d: %s and DB_PASSWORD=hunter%d", number, token(), number);
    snprintf(wanted, sizeof wanted, "%d: [REDACTED:GITHUB_PAT] and DB_PASSWORD=[REDACTED:PASSWORD]", number);
    snprintf(document, sizeof document, "{\"writer\": %d, \"t\": \"%s\"}", number, token());
    int rounds = getenv("PRESTOP_SHORT") ? ROUNDS_WHEN_SLOW : ROUNDS;
    for (int round = 0; round < rounds; round++) {
        prestop_error *error = NULL;
        prestop_buf out = {0};
        OK(prestop_scrub_text(shared, text, strlen(text), &out, &error));
        is(&out, wanted);
        OK(prestop_findings(shared, text, strlen(text), &out, &error));
        prestop_buf_free(&out);
        FAILS(PRESTOP_INVALID_INPUT, prestop_scrub_json(shared, "{", 1, &out, &error));
        if (round % 8 == 0) {
            WRITES(prestop_snapshot_write(shared, document, strlen(document), path, &out, &error));
            prestop_buf_free(&out);
            OK(prestop_snapshot_read(path, &out, &error));
            CHECK(has(&out, "\"writer\"") && has(&out, "\"source\":\"current\"") && !has(&out, token()));
            prestop_buf_free(&out);
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    snprintf(path, sizeof path, "%s/snapshot.json", argv[1]);
    token();
    prestop_scrubber *scrubber = scrubber_of("{}");
    shared = scrubber;
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int at = 0; at < THREADS; at++) {
        numbers[at] = at;
        CHECK(pthread_create(&threads[at], NULL, work, &numbers[at]) == 0);
    }
    for (int at = 0; at < THREADS; at++) {
        CHECK(pthread_join(threads[at], NULL) == 0);
    }
    prestop_scrubber_free(scrubber);
    return 0;
}
