// Scrub a text, save and restore a snapshot, build a beat. Run: npm install && node prestop.js [LIBRARY [PATH]]
import koffi from "koffi";

const [library = "libprestop.so.1", path = "snapshot.json"] = process.argv.slice(2);
const lib = koffi.load(library);
koffi.opaque("prestop_scrubber");
koffi.opaque("prestop_error");
koffi.struct("prestop_buf", { data: "void *", len: "size_t", cap: "size_t" });
const freeBuf = lib.func("void prestop_buf_free(_Inout_ prestop_buf *buf)");
const message = lib.func("const char *prestop_error_message(const prestop_error *error)");
const freeError = lib.func("void prestop_error_free(prestop_error *error)");
const newScrubber = lib.func(
  "int prestop_scrubber_new(const char *options, size_t len, _Out_ prestop_scrubber **out, _Out_ prestop_error **error)");
const freeScrubber = lib.func("void prestop_scrubber_free(prestop_scrubber *scrubber)");
const scrubText = lib.func(
  "int prestop_scrub_text(const prestop_scrubber *s, const void *text, size_t len, _Out_ prestop_buf *out, _Out_ prestop_error **error)");
const build = lib.func(
  "int prestop_snapshot_build(const void *state, size_t len, _Out_ prestop_buf *out, _Out_ prestop_error **error)");
const write = lib.func(
  "int prestop_snapshot_write(const prestop_scrubber *s, const void *json, size_t len, const char *path, _Out_ prestop_buf *report, _Out_ prestop_error **error)");
const read = lib.func(
  "int prestop_snapshot_read(const char *path, _Out_ prestop_buf *out, _Out_ prestop_error **error)");
const payload = lib.func(
  "int prestop_heartbeat_payload(const void *state, size_t len, _Out_ prestop_buf *out, _Out_ prestop_error **error)");

/** Makes a call and returns its bytes as text; a failure is thrown. */
function text(call, ...args) {
  const out = {}, error = [null];
  if (call(...args, out, error) !== 0) {
    const why = message(error[0]);
    freeError(error[0]);
    throw new Error(why);
  }
  const copy = Buffer.from(koffi.decode(out.data, koffi.array("uint8_t", Number(out.len)))).toString();
  freeBuf(out);
  return copy;
}
const lend = (string) => { const bytes = Buffer.from(string); return [bytes, bytes.length]; };

const made = [null], failed = [null];
if (newScrubber(null, 0, made, failed) !== 0) throw new Error(message(failed[0]));
const scrubber = made[0];
console.log(text(scrubText, scrubber, ...lend("DB_PASSWORD=hunter2 make deploy")));
const state = lend(JSON.stringify({
  workspace_id: "w-1",
  current_task: "DB_PASSWORD=hunter2 make deploy",
  adapter: { session_id: "s-1", transcript_lines: ["DB_PASSWORD=hunter2 make deploy"] },
}));
const snapshot = text(build, ...state);
text(write, scrubber, ...lend(snapshot), path);
console.log(text(read, path));
console.log(text(payload, ...state));
freeScrubber(scrubber);
