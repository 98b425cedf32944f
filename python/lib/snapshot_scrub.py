"""`lib.snapshot_scrub` is `prestop.snapshot_scrub`: the same module object under its old name."""

import sys

import lib
from prestop import snapshot_scrub

if hasattr(lib, "snapshot_scrub"):
    # Imported before, dropped from `sys.modules` and imported again: hosts do that to make the module read
    # the environment anew, as every import does.
    from importlib import reload

    reload(snapshot_scrub)
sys.modules[__name__] = snapshot_scrub
