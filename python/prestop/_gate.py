"""Reports what the last pass over finished bytes found, wherever they are written."""

from __future__ import annotations

from ._log_line import place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import Appended, WriteReport


def tell(report: WriteReport | Appended) -> None:
    """Warn of secrets that the scrubbing missed, by their labels.

    They were replaced before the write, but a rule is missing.
    """
    if not report.gated:
        return
    # Importing logging takes long, and hardly any write needs it.
    from . import _loggers

    _loggers.named("prestop").warning(
        "Secrets had passed the scrubbing and were found before the write (%s): %s",
        place(report.path),
        ", ".join(report.gated),
    )
