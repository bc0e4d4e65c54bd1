"""What is said of wrong arguments: the list of signatures, and no complaint about right ones."""

from __future__ import annotations

from typing import Any

import pytest

from autograd_nb.ops.arguments import names, refusal
from autograd_nb.ops.registry import FUNCTIONS, SAMPLES, SPACES
from tests.ops.test_table import TRACED, Call, behind

torch: Any = pytest.importorskip("torch", reason="PyTorch has the signatures")


def test_the_list_of_signatures_is_up_to_date() -> None:
    from tests.signatures import TARGET, generate

    assert TARGET.read_text(encoding="utf-8") == generate(), "run python -m tests.signatures"


@pytest.mark.parametrize("space", SPACES)
def test_samples_that_pytorch_takes_are_not_complained_about(space: str) -> None:
    records = {behind(getattr(TRACED, record)): record for record in SAMPLES}
    tried = 0
    for name in names(space):
        function = FUNCTIONS[space].get(name)
        record = records.get(behind(function))
        if function is None or record is None:
            continue
        reference: Any = torch
        for part in space.replace("torch", "").split("."):
            reference = getattr(reference, part) if part else reference
        for sample in SAMPLES[record]:
            call = Call(record, sample)
            try:
                call.run(getattr(reference, name), 1)
            except Exception:
                continue
            args = tuple(mine for mine, _ in call.args)
            kwargs = {key: mine for key, (mine, _) in call.kwargs.items()}
            assert refusal(space, name, args, kwargs) is None, (name, sample)
            tried += 1
    assert tried > 300 or space != "torch"
