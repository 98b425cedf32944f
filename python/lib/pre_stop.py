"""`lib.pre_stop` is `prestop.pre_stop`: the same module object under its old name."""

import sys

import lib
from prestop import pre_stop

if hasattr(lib, "pre_stop"):
    # Imported before, dropped from `sys.modules` and imported again: hosts do that to make the module read
    # the environment anew, as every import does.
    from importlib import reload

    reload(pre_stop)
sys.modules[__name__] = pre_stop
