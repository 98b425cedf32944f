// Snapshots: build, write, read, delete, and what is found after someone else has changed them.
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char path[2048];

static void build(void) {
    prestop_error *error = NULL;
    prestop_buf out = {0};
    const char *state = "{\"workspace_id\": \"w-1\", \"now\": 1700000100.5, \"start_time\": 1700000000, \"active_tasks\": 2,"
                        " \"current_task\": \"build\", \"session_id\": null, \"adapter\": {\"session_id\": \"s-1\"}}";
    OK(prestop_snapshot_build(state, strlen(state), &out, &error));
    CHECK(has(&out, "\"workspace_id\": \"w-1\"") || has(&out, "\"workspace_id\":\"w-1\""));
    CHECK(has(&out, "uptime_seconds") && has(&out, "2023-11-14T22:15:00"));
    prestop_buf_free(&out);
    // Without `now`, the time of the clock.
    OK(prestop_snapshot_build("{}", 2, &out, &error));
    CHECK(has(&out, "unknown") && has(&out, "timestamp"));
    prestop_buf_free(&out);
    FAILS(PRESTOP_INVALID_INPUT, prestop_snapshot_build(NULL, 0, &out, &error));
    FAILS(PRESTOP_INVALID_INPUT, prestop_snapshot_build("[]", 2, &out, &error));
    FAILS(PRESTOP_INVALID_INPUT, prestop_snapshot_build("{\"active_tasks\": \"2\"}", 21, &out, &error));
    FAILS(PRESTOP_INVALID_INPUT, prestop_snapshot_build("\xff", 1, &out, &error));
    // Milliseconds are not seconds.
    const char *times[] = {"{\"now\": 1763800000000}", "{\"start_time\": 1763800000000}"};
    for (int i = 0; i < 2; i++) {
        CHECK(prestop_snapshot_build(times[i], strlen(times[i]), &out, &error) == PRESTOP_INVALID_INPUT);
        CHECK(strstr(prestop_error_message(error), i == 0 ? "now" : "start_time") != NULL);
        prestop_error_free(error);
        error = NULL;
    }
    CHECK(out.data == NULL);
}

static void write_and_read(const prestop_scrubber *scrubber) {
    prestop_error *error = NULL;
    prestop_buf out = {0};
    CHECK(prestop_snapshot_read(path, &out, &error) == PRESTOP_NOT_FOUND);
    CHECK(out.data == NULL && error == NULL);
    CHECK(prestop_snapshot_delete(path, &error) == PRESTOP_NOT_FOUND && error == NULL);

    char document[512];
    snprintf(document, sizeof document,
             "{\"workspace_id\": \"w-1\", \"n\": 1e400, \"adapter\": {\"session_id\": \"s-1\", \"transcript_lines\":"
             " [\"see %s\", \"[sandbox_output] x\"]}}",
             token());
    WRITES(prestop_snapshot_write(scrubber, document, strlen(document), path, &out, &error));
    CHECK(has(&out, "\"GITHUB_PAT\":1") && has(&out, "\"dropped\":1") && has(&out, "\"atomic\":true"));
    CHECK(has(&out, "\"durability\":\"durable\"") && has(&out, "\"locked\":true") && has(&out, path));
    prestop_buf_free(&out);
    struct stat about;
    CHECK(stat(path, &about) == 0 && (about.st_mode & 0777) == 0600);

    OK(prestop_snapshot_read(path, &out, &error));
    CHECK(has(&out, "\"source\":\"current\"") && has(&out, "\"verified\":true") && !has(&out, token()));
    CHECK(has(&out, "\"repaired\":false"));
    // Promoted to the top level.
    CHECK(has(&out, "\"session_id\": \"s-1\"") && has(&out, "1e400"));
    prestop_buf_free(&out);

    // The report is optional; the previous snapshot is kept, and replaces a damaged one.
    WRITES(prestop_snapshot_write(scrubber, "{\"second\": 2}", 13, path, NULL, &error));
    FILE *file = fopen(path, "r+");
    CHECK(file != NULL && fputs("????", file) >= 0 && fclose(file) == 0);
    OK(prestop_snapshot_read(path, &out, &error));
    CHECK(has(&out, "\"source\":\"previous\"") && has(&out, "\"repaired\":true") && has(&out, "w-1"));
    prestop_buf_free(&out);

    // Through a link the previous snapshot is beside the link, and the damaged file is not moved.
    char link[2100], beside[2200], damaged[2100];
    snprintf(link, sizeof link, "%s.link", path);
    snprintf(damaged, sizeof damaged, "%s.damaged", path);
    char *name = strrchr(link, '/') + 1;
    snprintf(beside, sizeof beside, "%.*s.%s.prev", (int)(name - link), link, name);
    for (int i = 0; i < 2; i++) {
        file = fopen(i == 0 ? beside : damaged, "w");
        CHECK(file != NULL && fputs(i == 0 ? "{\"first\": 1}" : "{\"half", file) >= 0 && fclose(file) == 0);
    }
    CHECK(symlink(damaged, link) == 0);
    for (int i = 0; i < 2; i++) {
        OK(prestop_snapshot_read(link, &out, &error));
        CHECK(has(&out, "\"source\":\"previous\"") && has(&out, "\"repaired\":false") && has(&out, "first"));
        prestop_buf_free(&out);
    }
    CHECK(unlink(link) == 0 && unlink(beside) == 0 && unlink(damaged) == 0);

    OK(prestop_snapshot_delete(path, &error));
    CHECK(prestop_snapshot_read(path, &out, &error) == PRESTOP_NOT_FOUND && error == NULL);
}

static void faults(const prestop_scrubber *scrubber, const char *directory) {
    prestop_error *error = NULL;
    prestop_buf out = {0};
    FAILS(PRESTOP_INVALID_INPUT, prestop_snapshot_write(scrubber, "[]", 2, path, &out, &error));
    FAILS(PRESTOP_INVALID_INPUT, prestop_snapshot_write(scrubber, NULL, 0, path, &out, &error));
    FAILS(PRESTOP_INVALID_INPUT, prestop_snapshot_write(scrubber, "{\"a\": \"\xff\"}", 10, path, &out, &error));
    FAILS(PRESTOP_INVALID_TARGET, prestop_snapshot_write(scrubber, "{}", 2, directory, &out, &error));
    FAILS(PRESTOP_INVALID_TARGET, prestop_snapshot_read(directory, &out, &error));
    FAILS(PRESTOP_INVALID_OPTION, prestop_snapshot_write(scrubber, "{}", 2, "", &out, &error));
    FAILS(PRESTOP_INVALID_OPTION, prestop_snapshot_read("", &out, &error));
    FAILS(PRESTOP_INVALID_OPTION, prestop_snapshot_delete("", &error));
    FAILS(PRESTOP_IO, prestop_snapshot_write(scrubber, "{}", 2, "/dev/null/x/snapshot.json", &out, &error));
    // A path that is not UTF-8 is valid.
    char odd[2100];
    snprintf(odd, sizeof odd, "%s/\xff\xfe.json", directory);
    WRITES(prestop_snapshot_write(scrubber, "{}", 2, odd, &out, &error));
    prestop_buf_free(&out);
    OK(prestop_snapshot_delete(odd, &error));
    // A path that is far too long is an error and not a crash.
    static char endless[2 << 20];
    memset(endless, 'a', sizeof endless - 1);
    FAILS(PRESTOP_INVALID_OPTION, prestop_snapshot_read(endless, &out, &error));

    // Damaged, with no previous snapshot: reported once, and set aside.
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs("{\"half", file) >= 0 && fclose(file) == 0);
    FAILS(PRESTOP_CORRUPT, prestop_snapshot_read(path, &out, &error));
    CHECK(prestop_snapshot_read(path, &out, &error) == PRESTOP_NOT_FOUND);
    CHECK(out.data == NULL && error == NULL);
    // The target of a link is not moved: the error says so, on every read.
    char link[2100], damaged[2100];
    snprintf(link, sizeof link, "%s.link", path);
    snprintf(damaged, sizeof damaged, "%s.damaged", path);
    file = fopen(damaged, "w");
    CHECK(file != NULL && fputs("{\"half", file) >= 0 && fclose(file) == 0 && symlink(damaged, link) == 0);
    for (int i = 0; i < 2; i++) {
        CHECK(prestop_snapshot_read(link, &out, &error) == PRESTOP_CORRUPT);
        CHECK(strstr(prestop_error_message(error), "could not be set aside") != NULL);
        prestop_error_free(error);
        error = NULL;
    }
    CHECK(unlink(link) == 0 && unlink(damaged) == 0);
}

static void too_large(const prestop_scrubber *scrubber) {
    prestop_error *error = NULL;
    prestop_buf out = {0};
    // A snapshot over its size limit is cut, so it has to be read first; here only white space exceeds the
    // limit.
    static const char state[] = "\"current_task\":\"large\"}";
    size_t len = ((size_t)64 << 20) + sizeof state;
    char *spaces = malloc(len);
    CHECK(spaces != NULL);
    memset(spaces, ' ', len);
    FAILS(PRESTOP_TOO_LARGE, prestop_scrub_json(scrubber, spaces, len, &out, &error));
    spaces[0] = '{';
    memcpy(spaces + len - (sizeof state - 1), state, sizeof state - 1);
    WRITES(prestop_snapshot_write(scrubber, spaces, len, path, &out, &error));
    CHECK(has(&out, "\"atomic\":true"));
    prestop_buf_free(&out);
    OK(prestop_snapshot_read(path, &out, &error));
    CHECK(has(&out, "large"));
    prestop_buf_free(&out);
    free(spaces);
    // Over 1 GiB nothing is read; the pages are never touched.
    len = ((size_t)1 << 30) + 1;
    char *endless = calloc(1, len);
    if (endless != NULL) {
        FAILS(PRESTOP_TOO_LARGE, prestop_snapshot_write(scrubber, endless, len, path, &out, &error));
        FAILS(PRESTOP_TOO_LARGE, prestop_snapshot_build(endless, len, &out, &error));
        free(endless);
    }
}

// The lines are in what is read twice: that is larger than a snapshot may be.
static void promoted_to_more_than_a_snapshot(void) {
    prestop_error *error = NULL;
    prestop_buf out = {0};
    size_t line = (size_t)1 << 20, lines = 40;
    char *text = malloc(line + 4);
    CHECK(text != NULL);
    memset(text, 'x', line);
    memcpy(text, ",\"", 2);
    memcpy(text + line - 1, "\"", 2);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs("{\"adapter\": {\"transcript_lines\": [\"first\"", file) >= 0);
    for (size_t i = 0; i < lines; i++) CHECK(fputs(text, file) >= 0);
    CHECK(fputs("]}}", file) >= 0 && fclose(file) == 0);
    free(text);
    OK(prestop_snapshot_read(path, &out, &error));
    CHECK(out.len > 2 * lines * line);
    prestop_buf_free(&out);
    OK(prestop_snapshot_delete(path, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    snprintf(path, sizeof path, "%s/new/snapshot.json", argv[1]);
    prestop_scrubber *scrubber = scrubber_of("{\"preset\": \"strict\"}");
    build();
    // `strict` labels a token by the molecule pattern that matches it, if there is one.
    prestop_scrubber *balanced = scrubber_of("{}");
    write_and_read(balanced);
    faults(scrubber, argv[1]);
    too_large(scrubber);
    // Minutes under valgrind.
    if (getenv("PRESTOP_SHORT") == NULL) promoted_to_more_than_a_snapshot();
    prestop_scrubber_free(scrubber);
    prestop_scrubber_free(balanced);
    return 0;
}
