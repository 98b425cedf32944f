"""The state of an agent workspace survives a stop, with nothing secret in it.

The names are loaded when they are first used, so that importing the package costs next to nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import adapter as adapter
    from . import agentapi as agentapi
    from . import check as check
    from . import heartbeat as heartbeat
    from . import lines as lines
    from . import platform_auth as platform_auth
    from . import platform_inbound_auth as platform_inbound_auth
    from . import pre_stop as pre_stop
    from . import runtime_wedge as runtime_wedge
    from . import session as session
    from . import snapshot as snapshot
    from . import snapshot_scrub as snapshot_scrub
    from ._core import Appended as Appended
    from ._core import DelegationResult as DelegationResult
    from ._core import Finding as Finding
    from ._core import Ingested as Ingested
    from ._core import Notification as Notification
    from ._core import Restored as Restored
    from ._core import RuleInfo as RuleInfo
    from ._core import Scrubber as Scrubber
    from ._core import ScrubStream as ScrubStream
    from ._core import SnapshotError as SnapshotError
    from ._core import WakeUp as WakeUp
    from ._core import WriteReport as WriteReport
    from ._delegations import Delegations as Delegations
    from ._filter import ScrubFilter as ScrubFilter
    from ._payload import heartbeat_inbound_secret as heartbeat_inbound_secret
    from ._payload import heartbeat_payload as heartbeat_payload
    from ._scrubbers import add_secret as add_secret
    from ._scrubbers import scrub as scrub
    from ._scrubbers import scrub_text as scrub_text
    from .session import preserve as preserve
    from .session import stats as stats

    __version__: str

_HOMES = {
    "Appended": "_core",
    "DelegationResult": "_core",
    "Delegations": "_delegations",
    "Finding": "_core",
    "Ingested": "_core",
    "Notification": "_core",
    "Restored": "_core",
    "RuleInfo": "_core",
    "ScrubFilter": "_filter",
    "ScrubStream": "_core",
    "Scrubber": "_core",
    "SnapshotError": "_core",
    "WakeUp": "_core",
    "WriteReport": "_core",
    "adapter": "adapter",
    "add_secret": "_scrubbers",
    "agentapi": "agentapi",
    "check": "check",
    "heartbeat": "heartbeat",
    "heartbeat_inbound_secret": "_payload",
    "heartbeat_payload": "_payload",
    "lines": "lines",
    "platform_auth": "platform_auth",
    "platform_inbound_auth": "platform_inbound_auth",
    "pre_stop": "pre_stop",
    "preserve": "session",
    "runtime_wedge": "runtime_wedge",
    "scrub": "_scrubbers",
    "scrub_text": "_scrubbers",
    "session": "session",
    "snapshot": "snapshot",
    "snapshot_scrub": "snapshot_scrub",
    "stats": "session",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - these names and no others


def __getattr__(name: str) -> object:
    if name == "__version__":
        from ._core import VERSION

        return VERSION
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Not `importlib`, which is not imported yet in most processes and takes as long as a dozen of these modules.
    from sys import modules

    full_name = f"{__name__}.{home}"
    __import__(full_name)
    module = modules[full_name]
    value: object = module if name == home else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, "__version__"})
