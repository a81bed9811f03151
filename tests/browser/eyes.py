"""A person's eyes on Prefect's UI: pages in dark or light, and screenshots of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

PATIENCE_MS = 120_000
"""Prefect's SQLite alone waits up to a minute for its lock."""

REDIRECTED_TO = "https://app.example.com/**"

Scheme = Literal["dark", "light"]


@dataclass(frozen=True)
class Eyes:
    """A browser, where Prefect's UI is, and a folder for screenshots."""

    browser: Browser
    url: str
    folder: Path

    @contextmanager
    def on(self, path: str, scheme: Scheme = "dark") -> Iterator[Page]:
        """Open a page of the UI, or an address, in a window of its own."""
        context = self.browser.new_context(
            viewport={"width": 1280, "height": 1000}, locale="en-US", color_scheme=scheme
        )
        context.set_default_timeout(PATIENCE_MS)
        # The UI keeps its own scheme; the pictures in it follow the system's.
        context.add_init_script(f"localStorage.setItem('color-scheme', '\"{scheme}\"')")
        # The app's registered address is nowhere: the browser ends at an empty page.
        context.route(REDIRECTED_TO, lambda route: route.fulfill(body="", status=200))
        page = context.new_page()
        page.goto(path if path.startswith("http") else f"{self.url}{path}")
        yield page
        context.close()

    def keep(self, page: Page, name: str) -> None:
        """Keep a screenshot."""
        page.screenshot(path=self.folder / f"{name}.png", animations="disabled")


@contextmanager
def opened_eyes(chromium: str, url: str, folder: Path) -> Iterator[Eyes]:
    """Start the browser; it ends with the block."""
    # Chromium's own sandbox does not work for root, as which containers run.
    options = ["--no-sandbox"]
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        yield Eyes(browser, url, folder)
        browser.close()
