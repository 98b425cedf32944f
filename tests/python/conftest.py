"""How thorough the property tests are: a sample with a fixed seed, or long runs with fresh ones (`make test-long`)."""

import os

from hypothesis import settings

settings.register_profile("sample", derandomize=True, deadline=None)
settings.register_profile("long", max_examples=5_000, deadline=None)
settings.load_profile("long" if os.environ.get("PRESTOP_LONG") else "sample")
