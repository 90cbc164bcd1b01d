"""A demo server that doesn't come up."""

from __future__ import annotations

import pytest

from tui_app.demo import DemoError, DemoServer
from tui_app.redlist.errors import Advice, RedListError
from tui_app.runs import Service
from tui_app.settings import Settings


def test_why_the_demo_server_did_not_start_is_said_once(
    service: Service,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    demo_of_its_own: None,
) -> None:
    said = "The demo server did not start: Address already in use."

    def fail(server: DemoServer) -> str:
        raise DemoError(said)

    monkeypatch.setattr(DemoServer, "start", fail)
    with pytest.raises(RedListError) as failed:
        service.open(settings)
    assert str(failed.value) == said
    assert failed.value.advice is Advice.START_DEMO
