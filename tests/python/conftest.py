"""How thorough the property tests are: a sample with a fixed seed, or long runs with fresh ones (`make test-long`).

What a shell starts in the background ignores SIGINT, and so would every child: the tests that send it take that back.
"""

import os
import signal

from hypothesis import settings

settings.register_profile("sample", derandomize=True, deadline=None)
settings.register_profile("long", max_examples=5_000, deadline=None)
settings.load_profile("long" if os.environ.get("PRESTOP_LONG") else "sample")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
