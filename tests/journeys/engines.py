"""Phones with other browsers than Chromium, where the machine has them. What people do with them is told in people.py."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.async_api import BrowserContext

from tests.journeys import webkit
from tests.journeys.people import PHONE, Phone, Site

RELAY = Path(__file__).with_name("firefox.py")
WEB_VIEW = "import gi; gi.require_version('WebKit2', '4.1')"


class FirefoxPhone(Phone):
    """prefs: what people would have set, beside scroll bars as phones have them."""

    def __init__(self, site: Site, lang: str, name: str = "phone") -> None:
        super().__init__(site, lang, name)
        self.prefs: dict[str, str | float | bool] = {"ui.useOverlayScrollbars": 1}

    @staticmethod
    def lacks() -> str:
        """The packages of Debian that are not there."""
        return "" if shutil.which("firefox-esr") else "firefox-esr"

    async def _launched(self) -> BrowserContext:
        ours = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return await self.site.playwright.firefox.launch_persistent_context(
            self.profile, executable_path=RELAY, channel="moz-firefox", viewport=PHONE, env={**os.environ, "PATH": ours}, firefox_user_prefs=self.prefs
        )


class WebKitPhone(Phone):
    """There is a line or none: its browser cannot be told that it is off line."""

    @staticmethod
    def lacks() -> str:
        """The packages of Debian that are not there."""
        needed = {"webkit2gtk-driver": "WebKitWebDriver", "xvfb": "xvfb-run"}
        missing = [package for package, command in needed.items() if not shutil.which(command)]
        if not Path("/usr/bin/python3").exists() or subprocess.run(["/usr/bin/python3", "-c", WEB_VIEW], capture_output=True).returncode:
            missing += ["python3-gi", "gir1.2-webkit2-4.1"]
        return " ".join(missing)

    browser: webkit.Browser | None = None

    async def switch_on(self, path: str = "") -> None:
        self.browser = await webkit.Browser(self.profile).__aenter__()
        self.page = webkit.Page(self.browser)  # type: ignore[assignment]
        if path:
            await self.page.goto(f"{self.site.address}{path}")

    async def switch_off(self) -> None:
        if self.browser:
            await self.browser.__aexit__()
            self.site.complaints += self.browser.complaints()
        self.browser = None

    async def sign_in(self, person: str = "inspector") -> None:
        """Not within the third of a second in which WebKitGTK, its page left, begins the worker and never ends it."""
        await self.page.goto(f"{self.site.address}/sign-in")
        await self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await super().sign_in(person)

    async def battery_dies(self) -> None:
        assert self.browser
        await self.browser.dies()
        self.browser = None

    async def lose_signal(self) -> None:
        self.site.line.no_signal()

    async def find_signal(self) -> None:
        self.site.line.signal()
