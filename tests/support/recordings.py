"""Recorded answers: those beside the repository, their synthetic siblings in it, and a server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest

_HERE: Final = Path(__file__).parent / "recorded"
_BESIDE: Final = Path(__file__).parents[3] / "shared" / "recorded"

RECORDED: Final = _BESIDE / "v4.jsonl"
LIVE_2026: Final = _BESIDE / "live-2026.jsonl"
SYNTHETIC: Final = _HERE / "v4.jsonl"
"""Answers in the shape of the recorded ones; all taxa, names, words and figures are invented."""
WHOLE: Final = _HERE / "whole.jsonl"
"""As a server would give them: lists with all their pages, and taxa that go with their names.

Code lists are cut off after the fourth code; all taxa are invented.
"""


def each(synthetic: Path) -> pytest.MarkDecorator:
    """A test with the synthetic ``file``, and with the recorded one where that is at hand."""
    absent = pytest.mark.skipif(not RECORDED.exists(), reason="needs ../shared/recorded")
    files = [
        pytest.param(synthetic, id="synthetic"),
        pytest.param(RECORDED, id="recorded", marks=absent),
    ]
    return pytest.mark.parametrize("file", files)


def exchanges(*files: Path) -> list[dict[str, Any]]:
    """All exchanges of some files: path, query, status, headers, body."""
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def _key(path: str, query: dict[str, str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    pairs = ((name, text.lower()) for name, text in query.items() if (name, text) != ("page", "1"))
    return path.rstrip("/").lower(), tuple(sorted(pairs))


@contextmanager
def replayed(
    *files: Path, log: Path, delay_s: float = 0.0, fault: str = "", every: int = 0
) -> Iterator[str]:
    """A server that gives recorded answers; gives its base URL.

    Every so many requests it answers with ``badjson`` or ``502``, but never twice the same one.
    The log has a line a request, written before it is answered.
    """
    known = {_key(one["path"], one["query"]): one for one in exchanges(*files)}
    lock = threading.Lock()
    seen = {"requests": 0, "in_flight": 0}
    failed: set[object] = set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            arrived, url = time.monotonic(), urlsplit(self.path)
            query = dict(parse_qsl(url.query, keep_blank_values=True))
            key = _key(url.path, query)
            one = known.get(key, {"status": 404, "headers": {}, "body": '{"error":"Not found"}'})
            status, body = one["status"], one["body"].encode()
            with lock:
                seen["requests"] += 1
                seen["in_flight"] += 1
                flying = seen["in_flight"]
                fails = bool(every) and not seen["requests"] % every and key not in failed
                failed.update([key] if fails else ())
            time.sleep(delay_s)
            if fails:
                status, body = (502, b"") if fault == "502" else (status, body[: len(body) // 2])
            line = {"arrived": arrived, "path": url.path, "query": query, "in_flight": flying}
            with lock, log.open("a") as out:
                seen["in_flight"] -= 1
                out.write(json.dumps(line) + "\n")
            self.send_response(status)
            for name, text in {**one["headers"], "content-length": str(len(body))}.items():
                if name.lower() not in ("transfer-encoding", "content-encoding", "status", "date"):
                    self.send_header(name, " ".join(str(text).split()))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    log.touch()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
