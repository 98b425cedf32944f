// The body of a beat, the secret in the answer to it, and delegations from the platform's list to the
// messages.
#include <pthread.h>

#include "check.h"

static prestop_error *error = NULL;
static prestop_buf out;

static void payload(void) {
    char state[512];
    snprintf(state, sizeof state,
             "{\"workspace_id\": \"w-1\", \"error_count\": 1, \"request_count\": 4, \"current_task\": \"use %s\","
             " \"active_tasks\": -1, \"uptime_seconds\": 1e99}",
             token());
    OK(prestop_heartbeat_payload(state, strlen(state), &out, &error));
    is(&out, "{\"workspace_id\":\"w-1\",\"error_rate\":0.25,\"sample_error\":\"\",\"active_tasks\":0,"
             "\"current_task\":\"use [REDACTED:GITHUB_PAT]\",\"uptime_seconds\":2147483647}");
    OK(prestop_heartbeat_payload("{}", 2, &out, &error));
    CHECK(has(&out, "\"workspace_id\":\"unknown\""));
    prestop_buf_free(&out);
    const char *odd = "{\"workspace_id\": \"caf\xe9\"}";
    OK(prestop_heartbeat_payload(odd, strlen(odd), &out, &error));
    CHECK(has(&out, "\"workspace_id\":\"caf\xef\xbf\xbd\""));
    prestop_buf_free(&out);
    const char *wrong[] = {"", "[]", "5", "{", "{}x", "{\"a\": \xff}"};
    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
        FAILS(PRESTOP_INVALID_INPUT, prestop_heartbeat_payload(wrong[at], strlen(wrong[at]), &out, &error));
    }
}

static void inbound_secret(void) {
    const char *body = "{\"status\": \"ok\", \"platform_inbound_secret\": \" s3cret \"}";
    OK(prestop_heartbeat_inbound_secret(body, strlen(body), &out, &error));
    is(&out, "s3cret");
    const char *none[] = {"", "[]", "\xff", "<html>502</html>", "{\"platform_inbound_secret\": 5}"};
    for (size_t at = 0; at < sizeof none / sizeof *none; at++) {
        CHECK(prestop_heartbeat_inbound_secret(none[at], strlen(none[at]), &out, &error) == PRESTOP_NOT_FOUND);
        CHECK(error == NULL && out.data == NULL);
    }
}

static const char *row =
    "{\"delegation_id\": \"d-1\", \"source_id\": \"w-1\", \"status\": \"completed\", \"summary\": \"all green\"}";

static void delegations(void) {
    prestop_delegations *tracker = NULL;
    char rows[512];
    size_t count = 9;
    OK(prestop_delegations_new("w-1", 3, &tracker, &error));
    CHECK(prestop_delegations_due(tracker, 1000.0, &out, &error) == PRESTOP_NOT_FOUND && error == NULL);
    snprintf(rows, sizeof rows, "[%s, 5, {\"delegation_id\": \"x\", \"source_id\": \"other\", \"status\": \"failed\"}]", row);
    // Returned until it is confirmed, however often.
    for (int time = 0; time < 2; time++) {
        OK(prestop_delegations_ingest(tracker, rows, strlen(rows), 1000.0, &out, &error));
        CHECK(has(&out, "\"delegation_id\":\"d-1\"") && has(&out, "\"summary\":\"all green\""));
        CHECK(has(&out, time == 0 ? "\"foreign\":[\"x\"]" : "\"foreign\":[]") && has(&out, "\"skipped\":1"));
        prestop_buf_free(&out);
    }
    // A row that most JSON readers refuse.
    char long_row[6000];
    int head = snprintf(long_row, sizeof long_row, "[%s, {\"x\": ", row);
    memset(long_row + head, '9', 5000);
    strcpy(long_row + head + 5000, "}]");
    OK(prestop_delegations_ingest(tracker, long_row, strlen(long_row), 1000.0, &out, &error));
    CHECK(has(&out, "\"delegation_id\":\"d-1\"") && has(&out, "\"skipped\":1"));
    prestop_buf_free(&out);
    FAILS(PRESTOP_INVALID_INPUT, prestop_delegations_ingest(tracker, "[", 1, 1000.0, &out, &error));
    FAILS(PRESTOP_INVALID_INPUT, prestop_delegations_confirm(tracker, "{}", 2, &error));
    FAILS(PRESTOP_INVALID_INPUT, prestop_delegations_confirm(tracker, "[\"d-1\", 5]", 10, &error));
    CHECK(prestop_delegations_due(tracker, 1000.0, &out, &error) == PRESTOP_NOT_FOUND);
    OK(prestop_delegations_confirm(tracker, "[\"d-1\", \"never heard of\"]", 25, &error));
    OK(prestop_delegations_ingest(tracker, rows, strlen(rows), 1030.0, &out, &error));
    CHECK(has(&out, "\"results\":[]"));
    prestop_buf_free(&out);

    OK(prestop_delegations_due(tracker, 1030.0, &out, &error));
    CHECK(has(&out, "{\"delegation_ids\":[\"d-1\"],\"text\":") && has(&out, "all green"));
    prestop_buf_free(&out);
    CHECK(prestop_delegations_due(tracker, 2000.0, &out, &error) == PRESTOP_NOT_FOUND);
    OK(prestop_delegations_wake_up_failed(tracker, &error));
    CHECK(prestop_delegations_due(tracker, 1031.0, &out, &error) == PRESTOP_NOT_FOUND);
    OK(prestop_delegations_due(tracker, 3000.0, &out, &error));
    prestop_buf_free(&out);
    OK(prestop_delegations_notifications(tracker, &out, &error));
    is(&out, "[{\"delegation_id\":\"d-1\",\"message\":\"Delegation completed: all green\"}]");
    CHECK(prestop_delegations_notifications_failed(tracker, "{}", 2, NULL) == PRESTOP_INVALID_INPUT);
    // After the tenth failure it is given up.
    for (int times = 1; times <= 10; times++) {
        // Reported twice, it counts once.
        OK(prestop_delegations_notifications_failed(tracker, "[\"d-1\", \"d-2\"]", 14, &error));
        OK(prestop_delegations_notifications_failed(tracker, "[\"d-1\"]", 7, &error));
        OK(prestop_delegations_notifications(tracker, &out, &error));
        CHECK(has(&out, "all green") == (times < 10));
        prestop_buf_free(&out);
    }
    prestop_delegations_free(tracker);

    // After a restart: known, and reported once more.
    OK(prestop_delegations_new("w-1", 3, &tracker, &error));
    snprintf(rows, sizeof rows, "%s\n{\"torn", row);
    OK(prestop_delegations_restore(tracker, rows, strlen(rows), &count, &error));
    CHECK(count == 1);
    OK(prestop_delegations_restore(tracker, NULL, 0, NULL, &error));
    snprintf(rows, sizeof rows, "[%s]", row);
    OK(prestop_delegations_ingest(tracker, rows, strlen(rows), 4000.0, &out, &error));
    CHECK(has(&out, "\"results\":[]"));
    prestop_buf_free(&out);
    OK(prestop_delegations_due(tracker, 4000.0, &out, &error));
    prestop_buf_free(&out);
    prestop_delegations_free(tracker);
}

enum { THREADS = 8, ROUNDS = 25 };
static prestop_delegations *shared;

// Every thread delivers its own delegations; the results may include what others have not confirmed yet.
static void *work(void *which) {
    int number = *(const int *)which;
    for (int round = 0; round < ROUNDS; round++) {
        prestop_error *failed = NULL;
        prestop_buf given = {0};
        char rows[256], ids[64];
        snprintf(rows, sizeof rows, "[{\"delegation_id\": \"%d-%d\", \"source_id\": \"w\", \"status\": \"failed\"}]", number, round);
        snprintf(ids, sizeof ids, "[\"%d-%d\"]", number, round);
        CHECK(prestop_delegations_ingest(shared, rows, strlen(rows), 1.0, &given, &failed) == PRESTOP_OK);
        CHECK(strstr(given.data, rows + 2) == NULL && strstr(given.data, "\"status\":\"failed\"") != NULL);
        prestop_buf_free(&given);
        CHECK(prestop_delegations_confirm(shared, ids, strlen(ids), &failed) == PRESTOP_OK);
    }
    return NULL;
}

static void threads(void) {
    pthread_t running[THREADS];
    int numbers[THREADS];
    OK(prestop_delegations_new("w", 1, &shared, &error));
    for (int at = 0; at < THREADS; at++) {
        numbers[at] = at;
        CHECK(pthread_create(&running[at], NULL, work, &numbers[at]) == 0);
    }
    for (int at = 0; at < THREADS; at++) CHECK(pthread_join(running[at], NULL) == 0);
    OK(prestop_delegations_notifications(shared, &out, &error));
    size_t told = 0;
    for (const char *at = out.data; (at = strstr(at, "delegation_id")) != NULL; at++) told++;
    CHECK(told == THREADS * ROUNDS);
    prestop_buf_free(&out);
    prestop_delegations_free(shared);
}

int main(void) {
    payload();
    inbound_secret();
    delegations();
    threads();
    return 0;
}
