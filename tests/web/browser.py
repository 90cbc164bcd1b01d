"""A headless Chromium, driven by its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_S = 60


def chromium() -> str | None:
    """Where it is, if it is there."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One tab.

    Attributes:
        asked: every address that it asked for.
        said: what its console said.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.asked: list[str] = []
        self.said: list[str] = []
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
            elif said["method"] == "Network.requestWillBeSent":
                self.asked.append(said["params"]["request"]["url"])
            elif said["method"] in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.said.append(json.dumps(said["params"]))

    async def do(self, method: str, **given: Any) -> dict[str, Any]:
        """Ask for something, and wait for the answer."""
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._number, "method": method, "params": given})
        said = await asyncio.wait_for(answer, PATIENCE_S)
        assert "error" not in said, said
        return dict(said["result"])

    async def value(self, script: str) -> Any:
        """What a script in the page gives."""
        said = await self.do("Runtime.evaluate", expression=script, returnByValue=True)
        return said["result"].get("value")

    async def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key as a user does."""
        more = {"text": text} if text else {}
        for kind in ("keyDown", "keyUp"):
            await self.do(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more
            )
            more = {}

    async def picture(self) -> bytes:
        """A screenshot."""
        return base64.b64decode((await self.do("Page.captureScreenshot"))["data"])

    async def close(self) -> None:
        """Close the tab."""
        await self.do("Page.close")


@asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[Page]:
    """A browser with one empty tab; its downloads go to ``folder``."""
    path = chromium()
    assert path is not None
    profile = folder / "profile"
    process = subprocess.Popen(
        [
            path, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
            "--window-size=1280,800", f"--user-data-dir={profile}", "about:blank",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession() as session:
            port = profile / "DevToolsActivePort"
            while not port.exists() or not port.read_text().strip():
                await asyncio.sleep(0.02)
            root = f"http://127.0.0.1:{port.read_text().split()[0]}"
            async with session.get(f"{root}/json") as answer:
                (tab,) = [one for one in await answer.json() if one["type"] == "page"]
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket,
        ):
            page = Page(socket)
            for domain in ("Page", "Network", "Log", "Runtime"):
                await page.do(f"{domain}.enable")
            await page.do("Page.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
            yield page
    finally:
        process.terminate()
        process.wait()
