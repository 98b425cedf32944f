from prestop.pre_stop import *  # noqa: F403
from prestop.pre_stop import _scrub_value as _scrub_value
