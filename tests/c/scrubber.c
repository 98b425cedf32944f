// Scrubbing: options, text, JSON, findings, sandbox.
#include "check.h"

static void every_option(const char *directory) {
    prestop_error *error = NULL;
    prestop_buf out = {0};
    prestop_scrubber *plain = NULL;
    OK(prestop_scrubber_new(NULL, 0, &plain, &error));
    OK(prestop_scrub_text(plain, "DB_PASSWORD=hunter2", 19, &out, &error));
    is(&out, "DB_PASSWORD=[REDACTED:PASSWORD]");
    prestop_scrubber_free(plain);

    char options[4096], path[2048];
    snprintf(path, sizeof path, "%s/rules.toml", directory);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    fputs("[[rule]]\nid = \"house\"\nlabel = \"HOUSE\"\ndescription = \"Ours\"\nkeywords = [\"hse\"]\n"
          "pattern = \"hse[0-9]{6}\"\npositive = [\"hse123456\"]\nnegative = [\"hse12\"]\nsource = \"this test\"\n",
          file);
    fclose(file);
    snprintf(options, sizeof options,
             "{\"preset\": \"balanced\", \"known_secrets\": {\"deploy\": \"correct horse\"}, \"allow\": [\"hunter2\"],"
             " \"disable\": [\"jwt\"], \"rules\": \"%s\"}",
             path);
    prestop_scrubber *scrubber = scrubber_of(options);
    const char *text = "correct horse, password=hunter2, hse123456";
    OK(prestop_scrub_text(scrubber, text, strlen(text), &out, &error));
    is(&out, "[REDACTED:DEPLOY], password=hunter2, [REDACTED:HOUSE]");
    prestop_scrubber_free(scrubber);

    prestop_scrubber *none = NULL;
    const char *bad[] = {"[]", "{", "{\"preset\": 1}", "{\"preset\": \"s3cret\"}", "{\"s3cret\": 1}",
                         "{\"disable\": [\"s3cret\"]}", "{\"known_secrets\": {\"A\": \"abc\"}}", "\xff"};
    for (size_t at = 0; at < sizeof bad / sizeof *bad; at++) {
        CHECK(prestop_scrubber_new(bad[at], strlen(bad[at]), &none, &error) == PRESTOP_INVALID_OPTION);
        CHECK(strstr(prestop_error_message(error), "s3cret") == NULL);
        prestop_error_free(error);
        error = NULL;
        CHECK(none == NULL);
    }
    file = fopen(path, "w");
    CHECK(file != NULL);
    fputs("[[rule]]\nid = \"house\"\n", file);
    fclose(file);
    snprintf(options, sizeof options, "{\"rules\": \"%s\"}", path);
    FAILS(PRESTOP_INVALID_RULE, prestop_scrubber_new(options, strlen(options), &none, &error));
    CHECK(none == NULL);
}

static void text(void) {
    prestop_error *error = NULL;
    prestop_buf out = {0};
    prestop_scrubber *scrubber = scrubber_of("{}");
    char line[256];
    snprintf(line, sizeof line, "use %s now", token());
    OK(prestop_scrub_text(scrubber, line, strlen(line), &out, &error));
    is(&out, "use [REDACTED:GITHUB_PAT] now");
    OK(prestop_scrub_text(scrubber, NULL, 0, &out, &error));
    is(&out, "");
    OK(prestop_scrub_text(scrubber, "", 0, &out, &error));
    is(&out, "");
    // Any bytes: not UTF-8, with NULs.
    const char odd[] = "\xff\xfe\0\xc3(\0clean\x80";
    OK(prestop_scrub_text(scrubber, odd, sizeof odd - 1, &out, &error));
    CHECK(out.len == sizeof odd - 1 && memcmp(out.data, odd, out.len) == 0);
    prestop_buf_free(&out);
    // Without a place for the error.
    CHECK(prestop_scrub_text(scrubber, line, strlen(line), &out, NULL) == PRESTOP_OK);
    CHECK(!has(&out, token()));
    prestop_buf_free(&out);

    OK(prestop_findings(scrubber, line, strlen(line), &out, &error));
    CHECK(has(&out, "\"label\":\"GITHUB_PAT\"") && has(&out, "\"start\":4") && has(&out, "\"end\":44"));
    CHECK(!has(&out, token()));
    prestop_buf_free(&out);
    OK(prestop_findings(scrubber, "clean", 5, &out, &error));
    is(&out, "[]");
    prestop_scrubber_free(scrubber);
}

static void json(void) {
    prestop_error *error = NULL;
    prestop_buf out = {0};
    prestop_scrubber *scrubber = scrubber_of("{}");
    const char *document = "{ \"password\": \"plain\", \"n\": 1.50, \"big\": 123456789012345678901234567890,\n"
                           " \"lines\": [\"ls\", \"source=sandbox x\"], \"lone\": \"\\ud800\" }";
    OK(prestop_scrub_json(scrubber, document, strlen(document), &out, &error));
    is(&out, "{\"password\":\"[REDACTED:PASSWORD]\",\"n\":1.50,\"big\":123456789012345678901234567890,"
             "\"lines\":[\"ls\"],\"lone\":\"\\ud800\"}");
    const char *bad[] = {"", "{", "{'a': 1}", "[1,]", "\"\xff\"", "nul", "{} {}"};
    for (size_t at = 0; at < sizeof bad / sizeof *bad; at++) {
        FAILS(PRESTOP_INVALID_INPUT, prestop_scrub_json(scrubber, bad[at], strlen(bad[at]), &out, &error));
    }
    char deep[1000];
    memset(deep, '[', sizeof deep);
    FAILS(PRESTOP_INVALID_INPUT, prestop_scrub_json(scrubber, deep, sizeof deep, &out, &error));
    CHECK(out.data == NULL);
    prestop_scrubber_free(scrubber);
}

static void sandbox(void) {
    CHECK(prestop_is_sandbox("x SOURCE=sandbox y", 18) == 1);
    CHECK(prestop_is_sandbox("source=sand", 11) == 0);
    CHECK(prestop_is_sandbox("", 0) == 0 && prestop_is_sandbox(NULL, 0) == 0 && prestop_is_sandbox(NULL, 9) == 0);
    CHECK(prestop_is_sandbox("\xff\0source=sandbox", 16) == 1);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    CHECK(prestop_abi_version() == PRESTOP_ABI_VERSION);
    CHECK(strchr(prestop_version(), '.') != NULL);
    every_option(argv[1]);
    text();
    json();
    sandbox();
    return 0;
}
