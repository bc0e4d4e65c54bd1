"""The limitations page says what happens."""

from __future__ import annotations

import contextlib
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

import autograd_nb as torch

PAGE = (Path(__file__).parent.parent / "docs" / "limitations.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (.+?) \| `(.+?)` \| (.+?) \|$", re.MULTILINE)
ROWS = [match.groups() for match in ROW.finditer(PAGE)]


@pytest.fixture(autouse=True)
def _no_level_left_open() -> Any:
    yield
    with contextlib.suppress(RuntimeError):
        torch.autograd.forward_ad.exit_dual_level(0)


def test_the_page_has_rows() -> None:
    assert len(ROWS) >= 10


@pytest.mark.parametrize(("what", "code", "outcome"), ROWS)
def test_row(what: str, code: str, outcome: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not outcome.startswith("`"):
            eval(code, {"torch": torch})  # accepted
            return
        kind, _, phrase = outcome.strip("`").partition(": ")
        with pytest.raises(Exception, match=re.escape(phrase)) as caught:
            eval(code, {"torch": torch})
    assert caught.type.__name__ == kind
