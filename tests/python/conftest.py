"""Settings of the property tests: a sample with a fixed seed, or long runs with new ones (`make test-long`).

A process that a shell starts in the background ignores SIGINT, and so would every child: this is undone for
the tests that send it.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import settings

from prestop import _scrubbers

settings.register_profile("sample", derandomize=True, deadline=None)
settings.register_profile("long", max_examples=5_000, deadline=None)
settings.load_profile("long" if os.environ.get("PRESTOP_LONG") else "sample")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


_UNBUILT = {name: value for name, value in vars(_scrubbers._Built).items() if not name.startswith("__")}


@pytest.fixture
def fresh_scrubber(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shared scrubbers that know nothing yet, until the end of the test."""
    for name, empty in _UNBUILT.items():
        monkeypatch.setattr(_scrubbers._Built, name, empty)


@pytest.fixture
def nothing_left_behind() -> Iterator[None]:
    """Check that `preserve` restored the signal handlers and ended its threads."""
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == handlers
    end = time.monotonic() + 5
    while any(thread.name.startswith("prestop") for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.01)
