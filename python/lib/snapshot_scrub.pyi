from prestop.snapshot_scrub import *  # noqa: F403
from prestop.snapshot_scrub import _SANDBOX_TOOL_MARKERS as _SANDBOX_TOOL_MARKERS
from prestop.snapshot_scrub import _SECRET_PATTERNS as _SECRET_PATTERNS
