"""WebKitGTK under WebDriver, in the words of Playwright, which drives no WebKit but its own: so what people do is told once for all browsers."""

import asyncio
import contextlib
import fnmatch
import json
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import expect as playwright_expects

PATIENCE = 20.0  # a busy machine is slow, not wrong
playwright_expects.set_options(timeout=PATIENCE * 1000)
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # what WebDriver calls a reference to one
NOT_YET = ("no such element", "element not interactable", "element click intercepted", "stale element reference")
VIEW = Path(__file__).with_name("webkit_view.py")
# What a locator means, in the page: elements that fit, hold the words, and are to be seen where that is asked.
FIND = """
const [chain, seen] = arguments;
let found = [document];
for (const { css, text, nth } of chain) {
  found = found.flatMap((within) => [...within.querySelectorAll(css)]);
  if (text) found = found.filter((one) => one.textContent.replace(/\\s+/g, " ").toLowerCase().includes(text.toLowerCase()));
  if (nth !== null) found = found.slice(nth, nth + 1);
}
return seen ? found.filter((one) => one.getClientRects().length && getComputedStyle(one).visibility === "visible" && !one.disabled) : found;
"""


class Refused(Exception):
    """What the driver says no to. error: WebDriver's own word."""

    def __init__(self, value: dict[str, str]) -> None:
        super().__init__(f"{value['error']}: {value['message']}")
        self.error = value["error"]


class Browser:
    """A view of 360 × 780 on a screen that nobody sees, its profile on disk."""

    def __init__(self, profile: Path) -> None:
        self.profile = profile

    async def __aenter__(self) -> "Browser":
        port = _free_port()
        self._process = await asyncio.create_subprocess_exec(
            "xvfb-run", "--auto-servernum", "--server-args=-screen 0 360x780x24", "WebKitWebDriver", f"--port={port}",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False)
        async with asyncio.timeout(60):
            while not await self._is_up():
                await asyncio.sleep(0.1)
        self._session = ""
        options = {"binary": str(VIEW), "args": [str(self.profile)]}
        begun = await self.ask("POST", "/session", capabilities={"alwaysMatch": {"webkitgtk:browserOptions": options}})
        self._session = f"/session/{begun['sessionId']}"
        await self.ask("POST", "/timeouts", script=90_000)
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(httpx.HTTPError):
            await self._client.delete(self._session)
        await self.dies(signal.SIGTERM)

    async def dies(self, how: signal.Signals = signal.SIGKILL) -> None:
        """All its processes at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, how)
        await self._process.wait()
        await self._client.aclose()

    def complaints(self) -> list[str]:
        """What went wrong in its pages so far: scripts, and what the policy forbids."""
        return (self.profile / "complaints").read_text().splitlines()

    async def ask(self, method: str, path: str, **body: object) -> Any:
        answer = await self._client.request(method, self._session + path, json=body if method == "POST" else None)
        value = answer.json()["value"]
        if answer.is_error:
            raise Refused(value)
        return value

    async def _is_up(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return (await self._client.get("/status")).is_success
        return False


class Page:
    """The view's one page. Of Playwright's words those that the journeys through WebKit need."""

    def __init__(self, browser: Browser) -> None:
        self._browser, self.mouse, self.keyboard = browser, Mouse(browser), Keyboard(browser)

    async def goto(self, url: str) -> None:
        await self._browser.ask("POST", "/url", url=url)

    async def evaluate(self, script: str, given: object = None) -> Any:
        """An expression, or a function that takes what is given."""
        body = (
            f"const [given, done] = arguments; const it = ({script});"
            "Promise.resolve(typeof it === 'function' ? it(given) : it).then((value) => done({ value }), (fault) => done({ fault: String(fault) }));"
        )
        told = await self._browser.ask("POST", "/execute/async", script=body, args=[given])
        if "fault" in told:
            raise AssertionError(told["fault"])
        return told.get("value")

    async def wait_for_url(self, wanted: str | Callable[[str], bool]) -> None:
        async def there() -> bool:
            url = await self._browser.ask("GET", "/url")
            return fnmatch.fnmatch(url, wanted) if isinstance(wanted, str) else wanted(url)

        await _until(there, f"the address {wanted}")

    def locator(self, css: str, has_text: str = "") -> "Locator":
        return Locator(self._browser, [{"css": css, "text": has_text, "nth": None}])

    async def click(self, css: str) -> None:
        await self.locator(css).click()

    async def check(self, css: str) -> None:
        await self.locator(css).click()

    async def fill(self, css: str, value: str) -> None:
        await self.locator(css).fill(value)

    async def select_option(self, css: str, label: str) -> None:
        await self.locator(css).select_option(label)


class Locator:
    def __init__(self, browser: Browser, chain: list[dict[str, Any]]) -> None:
        self._browser, self._chain = browser, chain

    @property
    def first(self) -> "Locator":
        return Locator(self._browser, [*self._chain[:-1], {**self._chain[-1], "nth": 0}])

    def locator(self, css: str, has_text: str = "") -> "Locator":
        return Locator(self._browser, [*self._chain, {"css": css, "text": has_text, "nth": None}])

    async def click(self) -> None:
        async def act(it: str) -> None:
            await self._run("arguments[0].scrollIntoView({ block: 'center' });", it)  # else it may be under a bar that stays at the edge
            await self._browser.ask("POST", f"/element/{it}/click")

        await self._do(act)

    async def fill(self, value: str) -> None:
        """As typed at once, the way a keyboard puts a word in."""
        await self._do(lambda it: self._run("const [it, value] = arguments; it.focus(); it.select(); document.execCommand('insertText', false, value);", it, value))

    async def select_option(self, label: str) -> None:
        chosen = (
            "const [it, label] = arguments; it.value = [...it.options].find((one) => one.label === label).value;"
            "for (const kind of ['input', 'change']) it.dispatchEvent(new Event(kind, { bubbles: true }));"
        )
        await self._do(lambda it: self._run(chosen, it, label))

    async def set_input_files(self, file: dict[str, Any]) -> None:
        path = self._browser.profile.with_name(file["name"])
        path.write_bytes(file["buffer"])
        await self._do(lambda it: self._browser.ask("POST", f"/element/{it}/value", text=str(path)), seen=False)

    async def inner_text(self) -> str:
        return str(await self._do(lambda it: self._browser.ask("GET", f"/element/{it}/text")))

    async def bounding_box(self) -> dict[str, float]:
        return dict(await self._do(lambda it: self._run("return arguments[0].getBoundingClientRect().toJSON();", it)))

    async def found(self, seen: bool = False) -> list[str]:
        """References to all that fit now. seen: those only that are to be seen and can be used."""
        return [one[ELEMENT] for one in await self._browser.ask("POST", "/execute/sync", script=FIND, args=[self._chain, seen])]

    async def _run(self, script: str, it: str, *given: object) -> Any:
        return await self._browser.ask("POST", "/execute/sync", script=script, args=[{ELEMENT: it}, *given])

    async def _do(self, act: Callable[[str], Awaitable[Any]], seen: bool = True) -> Any:
        """As soon as there is something to do it with."""
        done: list[Any] = []

        async def tried() -> bool:
            for it in (await self.found(seen))[:1]:
                done.append(await act(it))
            return bool(done)

        await _until(tried, str(self))
        return done[0]

    def __str__(self) -> str:
        return json.dumps(self._chain, ensure_ascii=False)


class Expected:
    """What is awaited of a locator."""

    def __init__(self, locator: Locator) -> None:
        self._locator = locator

    async def to_be_visible(self, timeout: float = PATIENCE * 1000) -> None:
        await self._counts(lambda count: count > 0, "to be visible", timeout, seen=True)

    async def to_be_hidden(self, timeout: float = PATIENCE * 1000) -> None:
        await self._counts(lambda count: count == 0, "to be hidden", timeout, seen=True)

    async def to_have_count(self, wanted: int, timeout: float = PATIENCE * 1000) -> None:
        await self._counts(lambda count: count == wanted, f"to have count {wanted}", timeout)

    async def to_contain_text(self, words: str, timeout: float = PATIENCE * 1000) -> None:
        chain = self._locator._chain
        self._locator = Locator(self._locator._browser, [*chain[:-1], {**chain[-1], "text": words}])
        await self._counts(lambda count: count > 0, f"to contain {words}", timeout)

    async def _counts(self, fits: Callable[[int], bool], what: str, timeout: float, seen: bool = False) -> None:
        async def true() -> bool:
            return fits(len(await self._locator.found(seen)))

        await _until(true, f"{self._locator} {what}", timeout / 1000)


class Mouse:
    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    async def move(self, x: float, y: float) -> None:
        await self._act({"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0})

    async def down(self) -> None:
        await self._act({"type": "pointerDown", "button": 0})

    async def up(self) -> None:
        await self._act({"type": "pointerUp", "button": 0})

    async def _act(self, act: dict[str, object]) -> None:
        await self._browser.ask("POST", "/actions", actions=[{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [act]}])


class Keyboard:
    KEYS = {"Tab": "\ue004"}

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    async def press(self, key: str) -> None:
        acts = [{"type": kind, "value": self.KEYS[key]} for kind in ("keyDown", "keyUp")]
        await self._browser.ask("POST", "/actions", actions=[{"type": "key", "id": "keyboard", "actions": acts}])


def expect(actual: Any) -> Any:
    """Playwright's for what is Playwright's."""
    return Expected(actual) if isinstance(actual, Locator) else playwright_expects(actual)


async def _until(true: Callable[[], Awaitable[bool]], what: str, patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    last = ""
    while time.monotonic() < end:
        try:
            if await true():
                return
        except Refused as refused:
            if refused.error not in NOT_YET:
                raise
            last = str(refused)
        await asyncio.sleep(0.05)
    raise AssertionError(f"waited in vain for {what} {last}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
