// The shared vectors, by the names that Rust and Python use for them. Argument: a directory with
// vectors.flat, the output of tests/vectors/expand.py, in which files may be created.
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

enum { FIELDS = 64 };

typedef struct { char key[64]; char *data; size_t len; } field;
typedef struct { const char *name; field fields[FIELDS]; size_t count; } vector;

static const char *directory;
static vector now;
static char why[4096];

// Records what went wrong with the current vector, and returns 0.
static int failed(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    return 0;
}

static const field *next(const char *key, const field *after) {
    for (const field *at = after ? after + 1 : now.fields; at < now.fields + now.count; at++) {
        if (strcmp(at->key, key) == 0) return at;
    }
    return NULL;
}

static const field *need(const char *key) {
    const field *found = next(key, NULL);
    if (found == NULL) {
        fprintf(stderr, "%s: no field %s\n", now.name, key);
        exit(1);
    }
    return found;
}

static const char *find(const char *text, size_t len, const char *part, size_t part_len) {
    for (size_t at = 0; at + part_len <= len; at++) {
        if (memcmp(text + at, part, part_len) == 0) return text + at;
    }
    return NULL;
}

static int same(const char *what, const char *got, size_t got_len, const char *wanted, size_t wanted_len) {
    if (got_len == wanted_len && memcmp(got, wanted, got_len) == 0) return 1;
    return failed("%s\n   got    %.900s\n   wanted %.900s", what, got, wanted);
}

// Returns JSON without the white space outside its strings; the caller frees it.
static prestop_buf dense(const char *json, size_t len) {
    prestop_buf out = {malloc(len + 1), 0, 0};
    CHECK(out.data != NULL);
    int quoted = 0, escaped = 0;
    for (size_t at = 0; at < len; at++) {
        char byte = json[at];
        if (!quoted && (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n')) continue;
        if (byte == '"' && !escaped) quoted = !quoted;
        escaped = quoted && byte == '\\' && !escaped;
        out.data[out.len++] = byte;
    }
    out.data[out.len] = '\0';
    return out;
}

static int same_json(const char *what, const char *got, size_t got_len, const field *wanted) {
    prestop_buf a = dense(got, got_len), b = dense(wanted->data, wanted->len);
    int is_same = same(what, a.data, a.len, b.data, b.len);
    free(a.data);
    free(b.data);
    return is_same;
}

// Checks what an output must and must not contain.
static int judge(const char *output, size_t len) {
    for (const field *part = NULL; (part = next("gone", part)) != NULL;) {
        if (find(output, len, part->data, part->len)) return failed("%s is left in %.900s", part->data, output);
    }
    for (const field *part = NULL; (part = next("kept", part)) != NULL;) {
        if (!find(output, len, part->data, part->len)) return failed("%s is not in %.900s", part->data, output);
    }
    return 1;
}

// Returns the status for an error kind.
static prestop_status status_of(const field *kind) {
    static const struct { const char *kind; prestop_status status; } all[] = {
        {"invalid_option", PRESTOP_INVALID_OPTION}, {"invalid_rule", PRESTOP_INVALID_RULE},
        {"invalid_input", PRESTOP_INVALID_INPUT},   {"invalid_target", PRESTOP_INVALID_TARGET},
        {"too_large", PRESTOP_TOO_LARGE},           {"timed_out", PRESTOP_TIMED_OUT},
        {"io", PRESTOP_IO},                         {"torn", PRESTOP_TORN},
    };
    for (size_t at = 0; at < sizeof all / sizeof *all; at++) {
        if (strcmp(all[at].kind, kind->data) == 0) return all[at].status;
    }
    return PRESTOP_INTERNAL;
}

// Whether the call ended as the vector demands: with success, or with this kind of error. `*is_done` says
// whether the vector ends there.
static int came_to(prestop_status status, prestop_error *error, int *is_done) {
    const field *wanted = next("error", NULL);
    *is_done = status != PRESTOP_OK || wanted != NULL;
    int is_right = status == (wanted ? status_of(wanted) : PRESTOP_OK);
    if (!is_right) failed("status %d: %s", (int)status, prestop_error_message(error));
    prestop_error_free(error);
    return is_right;
}

// Returns the scrubber with these options; the latest one is cached, since many vectors share it.
static const prestop_scrubber *scrubber(void) {
    static char *options = NULL;
    static prestop_scrubber *kept = NULL;
    const field *wanted = now.count ? next("options", NULL) : NULL;
    if (wanted != NULL && options != NULL && strcmp(options, wanted->data) == 0) return kept;
    prestop_scrubber_free(kept);
    free(options);
    kept = NULL;
    options = NULL;
    if (wanted == NULL) return NULL;
    prestop_error *error = NULL;
    OK(prestop_scrubber_new(wanted->data, wanted->len, &kept, &error));
    CHECK((options = strdup(wanted->data)) != NULL);
    return kept;
}

static int has_findings(const char *found, const field *input) {
    char needle[512];
    const char *at = found;
    const field *label = NULL, *text = NULL;
    while ((label = next("finding_label", label)) != NULL) {
        text = next("finding_text", text);
        size_t start, end;
        snprintf(needle, sizeof needle, "\"label\":\"%s\"", label->data);
        const char *item = strchr(at, '{'), *close = item ? strchr(item, '}') : NULL;
        const char *first = item ? strstr(item, "\"start\":") : NULL, *last = item ? strstr(item, "\"end\":") : NULL;
        if (close == NULL || find(item, (size_t)(close - item), needle, strlen(needle)) == NULL || first == NULL ||
            last == NULL || sscanf(first, "\"start\":%zu", &start) != 1 || sscanf(last, "\"end\":%zu", &end) != 1 ||
            end > input->len || end - start != text->len || memcmp(input->data + start, text->data, text->len) != 0) {
            return failed("findings %.900s", found);
        }
        at = close;
    }
    return strchr(at, '{') == NULL || next("finding_label", NULL) == NULL || failed("more findings: %.900s", found);
}

static int run_text(void) {
    prestop_error *error = NULL;
    prestop_buf out = {0}, found = {0}, again = {0};
    const field *input = need("input"), *wanted = next("output", NULL);
    OK(prestop_scrub_text(scrubber(), input->data, input->len, &out, &error));
    OK(prestop_findings(scrubber(), input->data, input->len, &found, &error));
    OK(prestop_scrub_text(scrubber(), out.data, out.len, &again, &error));
    int is_clean = out.len == input->len && memcmp(out.data, input->data, out.len) == 0;
    int is_right = judge(out.data, out.len) &&
                   (!wanted || same("output", out.data, out.len, wanted->data, wanted->len)) &&
                   (is_clean == (strcmp(found.data, "[]") == 0) || failed("findings and output disagree")) &&
                   has_findings(found.data, input) &&
                   (strstr(now.name, "/molecule") || same("scrubbed twice", again.data, again.len, out.data, out.len));
    prestop_buf_free(&out);
    prestop_buf_free(&found);
    prestop_buf_free(&again);
    return is_right;
}

static int run_json(void) {
    prestop_error *error = NULL;
    prestop_buf out = {0}, again = {0};
    const field *input = need("input"), *wanted = next("output", NULL);
    prestop_status status = prestop_scrub_json(scrubber(), input->data, input->len, &out, &error);
    int is_done;
    if (!came_to(status, error, &is_done)) return 0;
    if (is_done) return 1;
    error = NULL;
    OK(prestop_scrub_json(scrubber(), out.data, out.len, &again, &error));
    int is_right = judge(out.data, out.len) && (!wanted || same_json("output", out.data, out.len, wanted)) &&
                   same("scrubbed twice", again.data, again.len, out.data, out.len);
    prestop_buf_free(&out);
    prestop_buf_free(&again);
    return is_right;
}

static void in_directory(char *path, size_t size, const char *name) { snprintf(path, size, "%s/%s", directory, name); }

// Empties the directory for the files of the next vector.
static void clear(void) {
    static const char *const files[] = {"snapshot.json", ".snapshot.json.prev", ".snapshot.json.lock"};
    char path[2048];
    for (size_t at = 0; at < sizeof files / sizeof *files; at++) {
        in_directory(path, sizeof path, files[at]);
        remove(path);
    }
}

static prestop_buf content(const char *path) {
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    prestop_buf out = {malloc(1 << 20), 0, 0};
    CHECK(out.data != NULL);
    out.len = fread(out.data, 1, (1 << 20) - 1, file);
    out.data[out.len] = '\0';
    fclose(file);
    return out;
}

static void put(const char *name, const field *bytes) {
    char path[2048];
    in_directory(path, sizeof path, name);
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes->data, 1, bytes->len, file) == bytes->len && fclose(file) == 0);
}

// Whether the answer is {"snapshot": WANTED, "source": SOURCE, "verified": VERIFIED, "repaired": REPAIRED}; a
// previous snapshot is put back.
static int restored(const prestop_buf *answer, const field *wanted, const char *source, const char *verified) {
    static const char open[] = "{\"snapshot\":";
    char close[128];
    snprintf(close, sizeof close, ",\"source\":\"%s\",\"verified\":%s,\"repaired\":%s}", source, verified,
             strcmp(source, "previous") == 0 ? "true" : "false");
    prestop_buf got = dense(answer->data, answer->len);
    size_t around = sizeof open - 1 + strlen(close);
    int is_right = got.len > around && memcmp(got.data, open, sizeof open - 1) == 0 &&
                   strcmp(got.data + got.len - strlen(close), close) == 0;
    is_right = is_right ? same_json("restored", got.data + sizeof open - 1, got.len - around, wanted)
                        : failed("not from %s, verified %s: %.900s", source, verified, got.data);
    free(got.data);
    return is_right;
}

static int run_build(void) {
    prestop_error *error = NULL;
    prestop_buf built = {0}, answer = {0};
    char path[2048];
    int is_done;
    const field *state = need("state");
    prestop_status status = prestop_snapshot_build(state->data, state->len, &built, &error);
    if (!came_to(status, error, &is_done)) return 0;
    if (is_done) return 1;
    error = NULL;
    clear();
    in_directory(path, sizeof path, "snapshot.json");
    WRITES(prestop_snapshot_write(scrubber(), built.data, built.len, path, NULL, &error));
    OK(prestop_snapshot_read(path, &answer, &error));
    prestop_buf file = content(path);
    const field *document = need("document");
    // Without extended attributes there is no checksum to compare with.
    const char *verified = strstr(answer.data, "\"verified\":null") ? "null" : "true";
    int is_right = same_json("built", built.data, built.len, need("built")) &&
                   same("file", file.data, file.len, document->data, document->len) &&
                   restored(&answer, need("restored"), "current", verified);
    free(file.data);
    prestop_buf_free(&built);
    prestop_buf_free(&answer);
    return is_right;
}

static int run_read(void) {
    prestop_error *error = NULL;
    char path[2048];
    clear();
    in_directory(path, sizeof path, "snapshot.json");
    const field *file = next("file", NULL), *place = next("place", NULL), *previous = next("previous", NULL);
    if (file) put("snapshot.json", file);
    if (!file && place && strcmp(place->data, "directory") == 0) CHECK(mkdir(path, 0700) == 0);
    if (previous) put(".snapshot.json.prev", previous);
    // Twice: the second read gives the same answer, and what was put back is then the current snapshot.
    for (int time = 0; time < 2; time++) {
        prestop_buf answer = {0};
        prestop_status status = prestop_snapshot_read(path, &answer, &error);
        if (next("error", NULL)) {
            int is_done;
            if (!came_to(status, error, &is_done)) return 0;
            error = NULL;
            continue;
        }
        const char *source = need("source")->data;
        if (strcmp(source, "none") == 0) {
            // Only the first read distinguishes a damaged file from none.
            int is_none = status == PRESTOP_NOT_FOUND || (time == 0 && file && status == PRESTOP_CORRUPT);
            prestop_error_free(error);
            error = NULL;
            if (!is_none) return failed("restored, or status %d", (int)status);
            continue;
        }
        if (status != PRESTOP_OK) {
            int is_done;
            return came_to(status, error, &is_done);
        }
        // What was put back carries our attribute, if the file system has them.
        int is_marked = time == 1 && strcmp(source, "previous") == 0 && strstr(answer.data, "\"verified\":true");
        int is_right =
            restored(&answer, need("snapshot"), time == 0 ? source : "current", is_marked ? "true" : "null");
        prestop_buf_free(&answer);
        if (!is_right) return 0;
    }
    return 1;
}

static int run_payload(void) {
    prestop_error *error = NULL;
    prestop_buf out = {0};
    int is_done;
    const field *state = need("state"), *wanted = next("payload", NULL);
    prestop_status status = prestop_heartbeat_payload(state->data, state->len, &out, &error);
    if (!came_to(status, error, &is_done)) return 0;
    if (is_done) return 1;
    int is_right = judge(out.data, out.len) && (!wanted || same_json("payload", out.data, out.len, wanted));
    prestop_buf_free(&out);
    return is_right;
}

static int run_inbound_secret(void) {
    prestop_error *error = NULL;
    prestop_buf out = {0};
    const field *body = need("body"), *wanted = next("secret", NULL);
    prestop_status status = prestop_heartbeat_inbound_secret(body->data, body->len, &out, &error);
    CHECK(error == NULL);
    if (!wanted) return status == PRESTOP_NOT_FOUND || failed("status %d", (int)status);
    int is_right = status == PRESTOP_OK && same("secret", out.data, out.len, wanted->data, wanted->len);
    prestop_buf_free(&out);
    return is_right;
}

// Extracts the text of a wake-up from its JSON in place.
static size_t unquoted(char *text) {
    size_t to = 0;
    for (size_t at = 0; text[at] != '"' && text[at] != '\0'; at++) {
        if (text[at] == '\\') at++;
        text[to++] = text[at];
    }
    text[to] = '\0';
    return to;
}

static int run_delegations(void) {
    static const char ids[] = "{\"delegation_ids\":", text[] = ",\"text\":\"";
    prestop_error *error = NULL;
    prestop_delegations *tracker = NULL;
    prestop_buf output = {0};
    size_t used = 0;
    double at = 0;
    char woken[1024] = "[]";
    int is_right = 1;
    const field *workspace = need("workspace_id");
    OK(prestop_delegations_new(workspace->data, workspace->len, &tracker, &error));
    for (size_t index = 0; is_right && index < now.count; index++) {
        const field *step = &now.fields[index];
        if (strcmp(step->key, "at") == 0) {
            at = atof(step->data);
        } else if (strcmp(step->key, "ingest") == 0) {
            prestop_buf_free(&output);
            OK(prestop_delegations_ingest(tracker, step->data, step->len, at, &output, &error));
            used = output.len;
        } else if (strcmp(step->key, "ingested") == 0) {
            is_right = same_json("ingested", output.data, used, step);
        } else if (strcmp(step->key, "confirm") == 0) {
            OK(prestop_delegations_confirm(tracker, step->data, step->len, &error));
        } else if (strcmp(step->key, "due") == 0) {
            prestop_buf_free(&output);
            snprintf(woken, sizeof woken, "[]");
            if (prestop_delegations_due(tracker, atof(step->data), &output, &error) == PRESTOP_OK) {
                char *start = strstr(output.data, text);
                CHECK(start != NULL && strncmp(output.data, ids, sizeof ids - 1) == 0);
                size_t length = (size_t)(start - output.data) - (sizeof ids - 1);
                CHECK(length < sizeof woken);
                memcpy(woken, output.data + sizeof ids - 1, length);
                woken[length] = '\0';
                // The text itself is checked.
                memmove(output.data, start + sizeof text - 1, strlen(start + sizeof text - 1) + 1);
                used = unquoted(output.data);
            }
            CHECK(error == NULL);
        } else if (strcmp(step->key, "wake_up") == 0) {
            is_right = same_json("told of", woken, strlen(woken), step);
        } else if (strcmp(step->key, "gone") == 0) {
            is_right = !output.data || !find(output.data, used, step->data, step->len) ||
                       failed("%s is left in %.900s", step->data, output.data);
        } else if (strcmp(step->key, "kept") == 0) {
            is_right = (output.data && find(output.data, used, step->data, step->len)) ||
                       failed("%s is not in %.900s", step->data, output.data ? output.data : "nothing");
        }
    }
    prestop_buf_free(&output);
    prestop_delegations_free(tracker);
    return is_right;
}

static int is_for_c(void) {
    const field *only = next("only", NULL);
    if (next("pending", NULL)) return 0;
    if (only == NULL) return 1;
    for (const char *word = only->data; word; word = strchr(word, ' ') ? strchr(word, ' ') + 1 : NULL) {
        if (strncmp(word, "c", 1) == 0 && (word[1] == '\0' || word[1] == ' ')) return 1;
    }
    return 0;
}

static int run(void) {
    static const struct { const char *call; int (*run)(void); } all[] = {
        {"text", run_text},       {"json", run_json},
        {"build", run_build},     {"read", run_read},
        {"payload", run_payload}, {"inbound_secret", run_inbound_secret},
        {"delegations", run_delegations},
    };
    for (size_t at = 0; at < sizeof all / sizeof *all; at++) {
        if (strcmp(all[at].call, need("call")->data) == 0) return all[at].run();
    }
    return failed("no runner for %s", need("call")->data);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    directory = argv[1];
    char path[2048], key[64], name[512] = "";
    in_directory(path, sizeof path, "vectors.flat");
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    size_t length, ran = 0, wrong = 0;
    while (fscanf(file, "%63s %zu", key, &length) == 2) {
        char *value = malloc(length + 1);
        CHECK(value != NULL && fgetc(file) == '\n');
        CHECK(fread(value, 1, length, file) == length && fgetc(file) == '\n');
        value[length] = '\0';
        if (strcmp(key, "vector") == 0) {
            snprintf(name, sizeof name, "%s", value);
            now.name = name;
            free(value);
        } else if (strcmp(key, "end") != 0) {
            CHECK(now.count < FIELDS);
            field *next_one = &now.fields[now.count++];
            snprintf(next_one->key, sizeof next_one->key, "%s", key);
            next_one->data = value;
            next_one->len = length;
        } else {
            if (is_for_c()) {
                ran++;
                if (!run()) {
                    wrong++;
                    fprintf(stderr, "%s: %s\n", name, why);
                }
            }
            for (size_t at = 0; at < now.count; at++) free(now.fields[at].data);
            now.count = 0;
            free(value);
        }
    }
    fclose(file);
    scrubber();
    printf("%zu vectors, %zu wrong\n", ran, wrong);
    return ran == 0 || wrong > 0;
}
