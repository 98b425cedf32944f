// Scrub a text, save and restore a snapshot, build a beat. Build: c++ -std=c++17 prestop.cpp $(pkg-config --cflags --libs prestop)
#include <prestop.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

using Scrubber = std::unique_ptr<prestop_scrubber, decltype(&prestop_scrubber_free)>;
using Error = std::unique_ptr<prestop_error, decltype(&prestop_error_free)>;

// Makes a call that gives bytes; a failure becomes an exception.
template <typename Call>
std::string bytes(Call call) {
    prestop_buf out = {};
    prestop_error *error = nullptr;
    if (call(&out, &error) != PRESTOP_OK) {
        throw std::runtime_error(prestop_error_message(Error(error, prestop_error_free).get()));
    }
    std::string copy(out.data, out.len);
    prestop_buf_free(&out);
    return copy;
}

int main(int argc, char **argv) try {
    const char *path = argc > 1 ? argv[1] : "snapshot.json";
    const std::string_view text = "DB_PASSWORD=hunter2 make deploy";
    const std::string_view state = R"({"workspace_id": "w-1",
        "current_task": "DB_PASSWORD=hunter2 make deploy", "adapter": {"session_id": "s-1",
        "transcript_lines": ["DB_PASSWORD=hunter2 make deploy"]}})";
    prestop_scrubber *made = nullptr;
    prestop_error *error = nullptr;
    if (prestop_scrubber_new(nullptr, 0, &made, &error) != PRESTOP_OK) {
        throw std::runtime_error(prestop_error_message(Error(error, prestop_error_free).get()));
    }
    const Scrubber scrubber(made, prestop_scrubber_free);
    std::cout << bytes([&](auto out, auto e) {
        return prestop_scrub_text(scrubber.get(), text.data(), text.size(), out, e);
    }) << '\n';
    const std::string snapshot = bytes([&](auto out, auto e) {
        return prestop_snapshot_build(state.data(), state.size(), out, e);
    });
    bytes([&](auto report, auto e) {
        return prestop_snapshot_write(scrubber.get(), snapshot.data(), snapshot.size(), path, report, e);
    });
    std::cout << bytes([&](auto out, auto e) { return prestop_snapshot_read(path, out, e); }) << '\n';
    std::cout << bytes([&](auto out, auto e) {
        return prestop_heartbeat_payload(state.data(), state.size(), out, e);
    }) << '\n';
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
