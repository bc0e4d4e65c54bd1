"""One JupyterLab for all browser tests, and a page that must end without errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.lab import CHROMIUM, Lab

WAIT = 20_000
ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def expect(locator: Any) -> Any:
    """Playwright's assertions on what a page shows, which wait until they hold.

    A page shows what was done to it a moment later; a plain assertion looks once, and fails on a
    busy machine.
    """
    from playwright.sync_api import expect

    expect.set_options(timeout=WAIT)
    return expect(locator)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no browser at {CHROMIUM}")
    pytest.importorskip("playwright", reason="playwright is not installed")
    with Lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


def picture(page: Any, request: pytest.FixtureRequest, name: str) -> None:
    """Write a picture of the page for people, named after the test."""
    ARTEFACTS.mkdir(exist_ok=True)
    test = re.sub(r"\W+", "_", request.node.name.removeprefix("test_")).strip("_")
    page.screenshot(path=ARTEFACTS / f"{test}-{name}.png")


@pytest.fixture
def page(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page; what its console reports as an error fails the test."""
    lab.errors.clear()
    with lab.page() as opened:
        opened.set_default_timeout(WAIT)
        yield opened
        picture(opened, request, "end")
    assert lab.errors == []


@pytest.fixture
def shoot(page: Any, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Take a picture in the middle of a test."""
    return lambda name: picture(page, request, name)
