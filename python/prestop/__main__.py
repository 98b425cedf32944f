"""The command `prestop`, for the wheel's console script and `python -m prestop`; the same as from cargo."""

import signal
import sys

from ._core import command


def main() -> int:
    """Run the command with this process's arguments and return its exit status."""
    # Python's own handler would only record the signal, and no Python code runs to act on it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return command(["prestop", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
