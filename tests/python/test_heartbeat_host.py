"""The small modules of a host that the heartbeat uses: tokens, the inbound secret, the wedge."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest
from beating import OWN, TOKEN, bare_host

from prestop import platform_auth, platform_inbound_auth, runtime_wedge

__all__ = ["bare_host"]


# --- the small modules


def test_tokens_are_written_0600_in_one_step(tmp_path: Path) -> None:
    file = tmp_path / "configs" / ".auth_token"
    file.parent.mkdir()
    file.write_text("old")
    file.chmod(0o644)
    platform_auth.save_token(f" {TOKEN}\n")
    assert file.read_text() == TOKEN and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == [".auth_token"]
    assert platform_auth.auth_headers() == {"Authorization": f"Bearer {TOKEN}"}
    assert platform_auth.self_source_headers(OWN)["X-Workspace-ID"] == OWN
    with pytest.raises(ValueError, match="empty"):
        platform_auth.save_token(" ")


def test_an_inbound_secret_is_compared_whole() -> None:
    assert not platform_inbound_auth.inbound_authorized(None, "Bearer ")
    assert not platform_inbound_auth.inbound_authorized("abc", "Bearer abd")
    assert not platform_inbound_auth.inbound_authorized("abc", "bearer abc")
    assert platform_inbound_auth.inbound_authorized("abc", "Bearer abc")
    for odd in ("Bearer \udcff", "Bearer \ud800\udc00", "\udcff"):
        assert not platform_inbound_auth.inbound_authorized("abc", odd)
        assert not platform_inbound_auth.inbound_authorized(odd, "Bearer abc")
        assert platform_inbound_auth.inbound_authorized(odd, f"Bearer {odd}")
    platform_inbound_auth.save_inbound_secret("")
    assert platform_inbound_auth.get_inbound_secret() is None


def test_the_first_reason_of_a_wedge_stays(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert not runtime_wedge.is_wedged() and runtime_wedge.wedge_reason() == ""
    runtime_wedge.mark_wedged("")
    assert runtime_wedge.is_wedged()
    runtime_wedge.mark_wedged("later")
    assert runtime_wedge.wedge_reason() == ""
    runtime_wedge.clear_wedge()
    assert not runtime_wedge.is_wedged()
