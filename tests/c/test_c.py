"""The C interface as C programs see it: each `*.c` here, built by each compiler, in each way, and run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from toolchain import ROOT, found, run, with_sanitizers

VECTORS = ROOT / "tests" / "vectors" / "expand.py"
sys.path.insert(0, str(VECTORS.parent))
import expand  # noqa: E402

HERE = Path(__file__).parent
PROGRAMS = sorted(path.stem for path in HERE.glob("*.c"))
COMPILERS = ["gcc", "clang"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Werror"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]


def start(program: Path, directory: Path, *before: str, every: int = 1, **environ: str) -> str:
    """Run a program to its end in a directory of its own, with every nth vector; return its output."""
    if program.name == "vectors":
        names = [name for name, _ in expand.vectors()][::every] if every > 1 else []
        with (directory / "vectors.flat").open("wb") as flat:
            subprocess.run([sys.executable, VECTORS, *names], check=True, stdout=flat, timeout=60)
    return run(*before, program, directory, env=os.environ | environ).stdout


def build(compiler: str, name: str, prefix: Path, into: Path, *more: str, static: bool = False) -> Path:
    program = into / name
    library = [str(prefix / "lib" / "libprestop.a"), *more] if static else ["-lprestop", *more]
    run(
        found(compiler),
        *["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-g", *WARNINGS, f"-I{prefix}/include", f"-I{HERE}"],
        *[
            HERE / f"{name}.c",
            "-o",
            program,
            f"-L{prefix}/lib",
            f"-Wl,-rpath,{prefix}/lib",
            *library,
            "-lpthread",
        ],
    )
    return program


def defined(library: Path) -> set[str]:
    """Return the names that a shared library exports."""
    lines = run(found("nm"), "-D", "--defined-only", library).stdout.splitlines()
    return {line.split()[-1] for line in lines}


def declared() -> set[str]:
    """Return the functions of the header."""
    header = re.sub(r"//[^\n]*", "", (ROOT / "include" / "prestop.h").read_text())
    return set(re.findall(r"\b(prestop_\w+)\(", header))


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_shared(compiler: str, name: str, installed: Path, tmp_path: Path) -> None:
    start(build(compiler, name, installed, tmp_path), tmp_path)


@pytest.mark.parametrize("name", PROGRAMS)
def test_static(name: str, installed: Path, native_libraries: list[str], tmp_path: Path) -> None:
    start(build("gcc", name, installed, tmp_path, *native_libraries, static=True), tmp_path)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_under_sanitizers(compiler: str, name: str, installed: Path, tmp_path: Path) -> None:
    with_sanitizers(compiler, tmp_path)
    program = build(compiler, name, installed, tmp_path, *SANITIZERS)
    symbols = run(found("nm"), program).stdout
    assert "__asan_init" in symbols, "AddressSanitizer is not in the program"
    assert "__ubsan_handle" in symbols, "UndefinedBehaviorSanitizer is not in the program"
    start(program, tmp_path, ASAN_OPTIONS="detect_leaks=1:abort_on_error=0")


WRONG = {
    "heap-use-after-free": "char *data = out.data; prestop_buf_free(&out); fputc(data[0], stderr);",
    "heap-buffer-overflow": "fputc(out.data[out.cap], stderr); prestop_buf_free(&out);",
    "detected memory leaks": "out.data = NULL;",
}


@pytest.mark.parametrize("fault", WRONG)
def test_the_sanitizers_see_a_program_that_does_wrong(fault: str, installed: Path, tmp_path: Path) -> None:
    gcc = with_sanitizers("gcc", tmp_path)
    source = tmp_path / "wrong.c"
    source.write_text(f"""
        #include "check.h"
        static void use(const prestop_scrubber *scrubber) {{
            prestop_error *error = NULL;
            prestop_buf out = {{0}};
            OK(prestop_scrub_text(scrubber, "a", 1, &out, &error));
            {WRONG[fault]}
        }}
        int main(void) {{
            prestop_scrubber *scrubber = scrubber_of("{{}}");
            use(scrubber);
            prestop_scrubber_free(scrubber);
            return 0;
        }}""")
    program = tmp_path / "wrong"
    run(
        *[gcc, *SANITIZERS, f"-I{installed}/include", f"-I{HERE}", source, "-o", program],
        *[f"-L{installed}/lib", f"-Wl,-rpath,{installed}/lib", "-lprestop"],
    )
    done = subprocess.run([program], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and fault in done.stderr, done.stderr


def test_a_vector_that_is_not_met_is_named(installed: Path, tmp_path: Path) -> None:
    program = build("gcc", "vectors", installed, tmp_path)
    name, wanted = "text/made/up/strict", b"nothing"
    fields = [
        ("vector", name.encode()),
        ("call", b"text"),
        ("options", b"{}"),
        ("input", b"all"),
        ("output", wanted),
    ]
    flat = b"".join(
        b"%s %d\n%s\n" % (key.encode(), len(value), value) for key, value in [*fields, ("end", b"")]
    )
    (tmp_path / "vectors.flat").write_bytes(flat)
    done = subprocess.run([program, tmp_path], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and done.stderr.startswith(f"{name}: output"), done.stderr


@pytest.mark.parametrize("name", PROGRAMS)
def test_under_valgrind(name: str, installed: Path, tmp_path: Path) -> None:
    valgrind = found("valgrind")
    program = build("gcc", name, installed, tmp_path)
    # What statics hold until the end (compiled rules) is reachable, and not a leak.
    command = [
        valgrind,
        "--quiet",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite",
        "--error-exitcode=9",
    ]
    # All of the vectors, with a scrubber for each, take two minutes under valgrind.
    every = 1 if os.environ.get("PRESTOP_LONG") else 8
    start(program, tmp_path, *command, every=every, PRESTOP_SHORT="1")


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_the_header_is_cpp_too(compiler: str, tmp_path: Path) -> None:
    source = tmp_path / "header.cpp"
    source.write_text('#include "prestop.h"\nint main() { prestop_buf out = {}; prestop_buf_free(&out); }\n')
    warnings = [flag for flag in WARNINGS if "prototypes" not in flag]
    run(found(compiler), "-std=c++17", *warnings, f"-I{ROOT}/include", "-c", source, "-o", tmp_path / "o")


def test_the_library_gives_the_functions_of_the_header_and_nothing_else(installed: Path) -> None:
    assert defined(installed / "lib" / "libprestop.so") == declared()


def test_every_function_is_called_by_a_test() -> None:
    calls = "".join(path.read_text() for path in HERE.glob("*.[ch]"))
    assert {name for name in declared() if f"{name}(" not in calls} == set()


def test_what_the_library_needs(installed: Path, native_libraries: list[str]) -> None:
    dynamic = run(found("readelf"), "-d", installed / "lib" / "libprestop.so").stdout
    needed = set(re.findall(r"NEEDED.*\[(.*)\]", dynamic))
    assert needed <= {
        "libc.so.6",
        "libgcc_s.so.1",
        "libm.so.6",
        "ld-linux-x86-64.so.2",
        "ld-linux-aarch64.so.1",
    }
    assert re.findall(r"SONAME.*\[(.*)\]", dynamic) == [f"libprestop.so.{abi_version()}"]
    assert set(native_libraries) <= {"-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"}


def abi_version() -> str:
    (number,) = re.findall(r"#define PRESTOP_ABI_VERSION (\d+)", (ROOT / "include" / "prestop.h").read_text())
    return str(number)


def test_cargo_c_gives_the_same_soname() -> None:
    manifest = tomllib.loads((ROOT / "crates" / "capi" / "Cargo.toml").read_text())
    library = manifest["package"]["metadata"]["capi"]["library"]
    suffix = library["version"].split(".")[: library["version_suffix_components"]]
    assert suffix == [abi_version()]
    # With this feature, which cargo-c enables if it exists, the build leaves the soname to cargo-c.
    script = (ROOT / "crates" / "capi" / "build.rs").read_text()
    assert manifest["features"]["capi"] == [] and "CARGO_FEATURE_CAPI" in script


def test_what_is_installed(installed: Path, tmp_path: Path) -> None:
    files = {str(path.relative_to(installed)) for path in installed.rglob("*") if not path.is_dir()}
    version = re.findall(r'(?m)^version = "(.*)"', (ROOT / "Cargo.toml").read_text())[0]
    assert files == {
        "include/prestop.h",
        "lib/libprestop.a",
        "lib/libprestop.so",
        f"lib/libprestop.so.{abi_version()}",
        f"lib/libprestop.so.{version}",
        "lib/pkgconfig/prestop.pc",
    }
    config = found("pkg-config", "pkgconf")
    environ = os.environ | {"PKG_CONFIG_PATH": f"{installed}/lib/pkgconfig"}
    assert run(config, "--modversion", "prestop", env=environ).stdout.strip() == version
    flags = run(config, "--cflags", "--libs", "prestop", env=environ).stdout.split()
    program = tmp_path / "scrubber"
    run(found("gcc"), HERE / "scrubber.c", f"-I{HERE}", "-o", program, *flags, f"-Wl,-rpath,{installed}/lib")
    run(program, tmp_path)
    # The static library needs what `--static` names, and nothing else.
    static = run(config, "--cflags", "--libs", "--static", "prestop", env=environ).stdout.split()
    only = [flag for flag in static if flag != "-lprestop"]
    run(found("gcc"), HERE / "scrubber.c", f"-I{HERE}", "-o", program, f"{installed}/lib/libprestop.a", *only)
    run(program, tmp_path)


def test_destdir_is_put_in_front(tmp_path: Path) -> None:
    run("make", "capi", "PREFIX=/usr", f"DESTDIR={tmp_path}", "CAPI_PROFILE=dev", cwd=ROOT)
    assert "prefix=/usr\n" in (tmp_path / "usr/lib/pkgconfig/prestop.pc").read_text()
    assert (tmp_path / "usr/lib/libprestop.so").exists()


def test_guard_and_buffers_under_miri() -> None:
    cargo = found("cargo")
    version = subprocess.run(
        [cargo, "+nightly", "miri", "--version"], check=False, capture_output=True, timeout=60
    )
    if version.returncode != 0:
        pytest.skip("Miri is not installed")
    environ = os.environ | {"CARGO_TARGET_DIR": str(ROOT / "target" / "miri")}

    only = ["buf", "guard", "input"]
    run(cargo, "+nightly", "miri", "test", "-p", "prestop-capi", "--lib", "--", *only, cwd=ROOT, env=environ)
