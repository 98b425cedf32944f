"""How thorough the property tests are: a sample with a fixed seed, or long runs with fresh ones (`make test-long`).

What a shell starts in the background ignores SIGINT, and so would every child: the tests that send it take that back.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("sample", derandomize=True, deadline=None)
settings.register_profile("long", max_examples=5_000, deadline=None)
settings.load_profile("long" if os.environ.get("PRESTOP_LONG") else "sample")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def nothing_left_behind() -> Iterator[None]:
    """Have a `preserve` put back the signals' handlers and end its threads."""
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == handlers
    end = time.monotonic() + 5
    while any(thread.name.startswith("prestop") for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.01)
