"""The command `prestop`, as the wheel installs it and `python -m prestop` runs it: the same as from cargo."""

import signal
import sys

from ._core import command


def main() -> int:
    """Run the command with this process's arguments and return its exit status."""
    # Python would only note the signal, and nobody would look.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return command(["prestop", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
