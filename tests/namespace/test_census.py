"""Names that public notebooks use."""

from __future__ import annotations

import pytest

from tests.census import DEFAULT, read, take


@pytest.mark.skipif(not DEFAULT.exists(), reason="the census of public notebooks is not here")
def test_nearly_all_uses_of_public_notebooks_are_served() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch, the reference, is not installed")
    names, uses = take(read(), torch).shares
    assert names > 0.85
    assert uses > 0.97
