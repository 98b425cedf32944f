// Scrub a text, save and restore a snapshot, build a beat. Build: go build (cgo finds the library with pkg-config).
package main

/*
#cgo pkg-config: prestop
#include <prestop.h>
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"unsafe"
)

// text lends bytes to one call.
func text(s string) (*C.char, C.size_t) {
	if s == "" {
		return nil, 0
	}
	bytes := []byte(s)
	return (*C.char)(unsafe.Pointer(&bytes[0])), C.size_t(len(bytes))
}

// give makes a Go string, or an error, of what a call came to, and frees what it gave.
func give(status uint32, out *C.prestop_buf, err *C.prestop_error) (string, error) {
	defer C.prestop_buf_free(out)
	defer C.prestop_error_free(err)
	if status != C.PRESTOP_OK {
		return "", errors.New(C.GoString(C.prestop_error_message(err)))
	}
	return string(C.GoBytes(unsafe.Pointer(out.data), C.int(out.len))), nil
}

func main() {
	path := C.CString(append(os.Args, "snapshot.json")[1])
	defer C.free(unsafe.Pointer(path))
	var scrubber *C.prestop_scrubber
	var out C.prestop_buf
	var err *C.prestop_error
	check := func(s string, e error) string {
		if e != nil {
			fmt.Fprintln(os.Stderr, e)
			os.Exit(1)
		}
		return s
	}
	check(give(uint32(C.prestop_scrubber_new(nil, 0, &scrubber, &err)), &out, err))
	defer C.prestop_scrubber_free(scrubber)

	data, length := text("DB_PASSWORD=hunter2 make deploy")
	fmt.Println(check(give(uint32(C.prestop_scrub_text(scrubber, data, length, &out, &err)), &out, err)))

	state := `{"workspace_id": "w-1", "current_task": "DB_PASSWORD=hunter2 make deploy",
		"adapter": {"session_id": "s-1", "transcript_lines": ["DB_PASSWORD=hunter2 make deploy"]}}`
	data, length = text(state)
	snapshot := check(give(uint32(C.prestop_snapshot_build(data, length, &out, &err)), &out, err))
	data, length = text(snapshot)
	check(give(uint32(C.prestop_snapshot_write(scrubber, data, length, path, nil, &err)), &out, err))
	fmt.Println(check(give(uint32(C.prestop_snapshot_read(path, &out, &err)), &out, err)))
	data, length = text(state)
	fmt.Println(check(give(uint32(C.prestop_heartbeat_payload(data, length, &out, &err)), &out, err)))
}
