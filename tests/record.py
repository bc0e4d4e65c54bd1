"""Record PyTorch's answers: ``python -m tests.record [printing] [random] [rng] [graphs] ...``.

With ``--check`` nothing is written; the exit status says whether the recordings are up to date.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.answers import RECORDED, SUBJECTS, answers
from tests.core.rng_cases import recordable
from tests.graphs import (
    CASES,
    EXPRESSIONS,
    graph_of_gradient,
    saved_of_expression,
    saved_of_sample,
)


def graphs() -> dict[str, Any]:
    """Return the graphs of the gradients of all expressions."""
    import torch

    return {text: graph_of_gradient(text, torch) for text in EXPRESSIONS}


def saved() -> dict[str, Any]:
    """Return what PyTorch's nodes show, for all samples of the table that it can run."""
    import torch

    from tests.ops.test_table import torch_function

    found = {}
    for record, index in CASES:
        function = torch_function(record)
        if function is not None:
            shown = saved_of_sample(record, index, function, torch)
            if shown is not None:
                found[f"{record}-{index}"] = shown
    return found


def layers() -> dict[str, Any]:
    """Return what PyTorch's nodes show for the values of all expressions."""
    import torch

    found = {text: saved_of_expression(text, torch) for text in EXPRESSIONS}
    return {text: shown for text, shown in found.items() if shown is not None}


LIVE = {"rng": recordable, "graphs": graphs, "saved": saved, "layers": layers}


def main(arguments: list[str]) -> int:
    """Write, or check, one file per subject."""
    import torch

    torch.set_num_threads(1)
    check = "--check" in arguments
    wanted = [a for a in arguments if not a.startswith("--")] or [*SUBJECTS, *LIVE]
    stale = []
    for subject in wanted:
        found: dict[str, Any] = LIVE[subject]() if subject in LIVE else answers(subject, torch)
        version = torch.__version__.split("+")[0]
        content = json.dumps({"torch": version, "answers": found}, indent=1) + "\n"
        path = RECORDED / f"{subject}.json"
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            stale.append(subject)
            if not check:
                path.write_text(content, encoding="utf-8")
    print(f"{'out of date' if check else 'written'}: {', '.join(stale) or 'none'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
