"""A browser for tests: Debian's Chromium, driven by Playwright, with a profile that lasts one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes import SECONDS

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDE = {"width": 1280, "height": 900}


@pytest.fixture
def bypass_csp() -> bool:
    """Whether the browser ignores the pages' policy; a test that puts a tool into the pages says that it does."""
    return False


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bypass_csp: bool) -> Iterator[BrowserContext]:
    """A browser without a past."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is missing: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    # Playwright's synchronous API runs an event loop in this thread, and Django then refuses to use the database in it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            bypass_csp=bypass_csp,
            viewport={"width": WIDE["width"], "height": WIDE["height"]},
        )
        browser.set_default_timeout(SECONDS * 1000)
        yield browser
        browser.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab; at the end nothing may have gone wrong in it: no script error, no missing file."""
    tab = context.new_page()
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield tab
    assert not problems
