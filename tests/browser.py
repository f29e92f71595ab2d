"""Drives headless Chromium over its debugging pipe, for tests of pages."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--disable-extensions --remote-debugging-pipe --window-size=1200,900"
).split()
# Seconds without a word after which a browser is taken for stuck.
PATIENCE = 120
# The debugging pipe is descriptors 3 and 4 by definition; ours may have those very numbers.
LAUNCH = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3]]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """One tab. Everything it says is kept: console messages, dialogs, requests."""

    def __init__(self, to: BinaryIO, answers: int) -> None:
        self._to, self._answers, self._last = to, answers, 0
        self._unread = b""
        self.events: list[dict[str, Any]] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.tell(f"{domain}.enable")

    def open(self, page: Path) -> None:
        """Load a page from disk and wait until it is there."""
        seen = len(self.events)
        self.tell("Page.navigate", url=page.as_uri())
        while not any(one["method"] == "Page.loadEventFired" for one in self.events[seen:]):
            self._read()

    def run(self, script: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        result = self.tell(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def type(self, text: str) -> None:
        """Press the keys of a text, one after another."""
        for key in text:
            self.tell("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
            self.tell("Input.dispatchKeyEvent", type="keyUp", key=key)

    def tell(self, method: str, **params: Any) -> Any:
        """One command to the tab."""
        return self._call(method, self._session, **params)

    def heard(self, *methods: str) -> list[dict[str, Any]]:
        """The events of these kinds so far."""
        return [one["params"] for one in self.events if one["method"] in methods]

    def _call(self, method: str, session: str | None = None, **params: Any) -> Any:
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        while True:
            answer = self._read()
            if answer.get("id") == self._last:
                assert "error" not in answer, answer
                return answer["result"]

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            assert select.select([self._answers], [], [], PATIENCE)[0], "the browser is silent"
            piece = os.read(self._answers, 1 << 16)
            assert piece, "the browser has gone"
            self._unread += piece
        message, _, self._unread = self._unread.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        if "method" in answer:
            self.events.append(answer)
            if answer["method"] == "Page.javascriptDialogOpening":
                raise AssertionError("the page opened a dialog")
        return answer


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser that keeps what it must keep in a folder, and is gone afterwards."""
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    ends = [str(to_read), str(from_write)]
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, *ends, CHROMIUM, *FLAGS, f"--user-data-dir={folder}"],
        pass_fds=(to_read, from_write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_read)
    os.close(from_write)
    with open(to_write, "wb") as to:
        try:
            yield Browser(to, from_read)
        finally:
            with suppress(OSError):
                to.write(b'{"id":0,"method":"Browser.close"}\0')
                to.flush()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            os.close(from_read)
