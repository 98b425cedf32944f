// Scrub a text, save and restore a snapshot, build a beat. Build: cc prestop.c $(pkg-config --cflags --libs prestop)
#include <prestop.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "snapshot.json";
    const char *text = "DB_PASSWORD=hunter2 make deploy";
    const char *state = "{\"workspace_id\": \"w-1\", \"current_task\": \"DB_PASSWORD=hunter2 make deploy\", \"adapter\": {\"session_id\": \"s-1\", \"transcript_lines\":"
                        " [\"DB_PASSWORD=hunter2 make deploy\"]}}";
    prestop_scrubber *scrubber = NULL;
    prestop_buf scrubbed = {0}, snapshot = {0}, restored = {0}, beat = {0};
    prestop_error *error = NULL;
    int done = prestop_scrubber_new(NULL, 0, &scrubber, &error) == PRESTOP_OK &&
               prestop_scrub_text(scrubber, text, strlen(text), &scrubbed, &error) == PRESTOP_OK &&
               prestop_snapshot_build(state, strlen(state), &snapshot, &error) == PRESTOP_OK &&
               prestop_snapshot_write(scrubber, snapshot.data, snapshot.len, path, NULL, &error) == PRESTOP_OK &&
               prestop_snapshot_read(path, &restored, &error) == PRESTOP_OK &&
               prestop_heartbeat_payload(state, strlen(state), &beat, &error) == PRESTOP_OK;
    if (done) {
        printf("%s\n%s\n%s\n", scrubbed.data, restored.data, beat.data);
    } else {
        fprintf(stderr, "%s\n", prestop_error_message(error));
    }
    prestop_buf_free(&scrubbed);
    prestop_buf_free(&snapshot);
    prestop_buf_free(&restored);
    prestop_buf_free(&beat);
    prestop_error_free(error);
    prestop_scrubber_free(scrubber);
    return done ? 0 : 1;
}
