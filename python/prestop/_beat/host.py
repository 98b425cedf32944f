"""The host's own modules, looked up by their top-level names on every use; each may be missing."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def module(name: str) -> Any:
    """Return the host's module of this name, or else the one of this package."""
    try:
        found = sys.modules.get(name) or importlib.import_module(name)
    except ImportError:
        found = None
    return found or importlib.import_module(f"prestop.{name}")


def refuse_async(**functions: object) -> None:
    """Raise TypeError for a function that is async, by its name: nobody would await what it returns."""
    for name, function in functions.items():
        if inspect.iscoroutinefunction(function):
            raise TypeError(f"{name} is async, and would not be awaited")


def called(function: Callable[..., T], *arguments: Any) -> T:
    """Return the result of a host's function.

    It can end neither the process nor the beats: an exception that would do so becomes a RuntimeError. The
    function does not wait for anything, so a CancelledError out of it cancels nothing; KeyboardInterrupt is
    passed on. Raises TypeError for a function that is async.
    """
    try:
        given = function(*arguments)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise RuntimeError(f"{type(error).__name__}: {error}") from error
    if inspect.iscoroutine(given):
        given.close()
        raise TypeError(f"{getattr(function, '__name__', 'a function of the host')} is async")
    return given


def metadata(given: Any) -> Any:
    """Return the runtime's metadata as a host's function gave it. Raises TypeError for what is none."""
    if given is None or isinstance(given, Mapping):
        return given
    if dataclasses.is_dataclass(given) and not isinstance(given, type):
        return given
    raise TypeError(f"the metadata is a {type(given).__name__}")


def wedged_reason() -> str | None:
    """Return why the runtime is stuck, or None if it is not."""
    try:
        return called(_wedged_reason)
    except Exception:  # noqa: BLE001 - a fault of another module costs no beat
        return None


def _wedged_reason() -> str | None:
    wedge = module("runtime_wedge")
    return str(wedge.wedge_reason()) if wedge.is_wedged() else None


class Adapter:
    """What the host's adapter reports about itself; the adapter is created once."""

    def __init__(self) -> None:
        self._source: object = None
        self._adapter: Any = None
        self._known: dict[str, Any] | None = None

    def metadata(self) -> dict[str, Any] | None:
        """Return its capabilities and idle timeout.

        If the adapter fails, the last known ones are returned; if none can be loaded, None.
        """
        with contextlib.suppress(Exception):  # an adapter that raises or exits costs only its metadata
            self._known = called(self._asked)
        return self._known

    def _asked(self) -> dict[str, Any] | None:
        adapter = self._load()
        if adapter is None:
            return None
        about: dict[str, Any] = {"capabilities": dict(adapter.capabilities().to_dict())}
        idle = adapter.idle_timeout_override()
        # The platform refuses a beat in which this is a bool.
        if isinstance(idle, int) and not isinstance(idle, bool) and idle > 0:
            about["idle_timeout_seconds"] = idle
        return about

    def _load(self) -> Any:
        try:
            adapters = sys.modules.get("adapters") or importlib.import_module("adapters")
        except ImportError:
            self._source = self._adapter = self._known = None
            return None
        if self._source is not adapters:
            self._source, self._adapter, self._known = adapters, None, None
        if self._adapter is None:
            made = _adapter_of(adapters)
            is_factory = isinstance(made, type) or (callable(made) and not hasattr(made, "capabilities"))
            self._adapter = made() if is_factory else made
        return self._adapter


def _adapter_of(adapters: Any) -> Any:
    runtime = os.environ.get("RUNTIME", "")
    try:
        inspect.signature(adapters.get_adapter).bind(runtime)
    except TypeError:
        return adapters.get_adapter()
    except ValueError:  # nothing is known of its parameters
        pass
    return adapters.get_adapter(runtime)
