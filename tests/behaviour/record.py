"""Record what PyTorch prints for every program: ``python -m tests.behaviour.record [SUBJECT ...]``.

With ``--check`` nothing is written; the exit status says whether the recordings are up to date.
"""

from __future__ import annotations

import json
import sys

from tests.behaviour.corpus import RECORDED, functions, modules, run


def main(arguments: list[str]) -> int:
    """Run the programs under PyTorch and write, or check, one file per subject."""
    import torch

    check = "--check" in arguments
    subjects = [a for a in arguments if not a.startswith("--")]
    stale = []
    total = 0
    for module in modules():
        subject = module.__name__.rsplit(".", 1)[1]
        if subjects and subject not in subjects:
            continue
        texts = {name: run(program, torch) for name, program in functions(module).items()}
        total += len(texts)
        for name, text in texts.items():
            if "uncaught" in text:
                print(f"{subject}.{name}: {text.strip().splitlines()[-1]}")
        record = {"torch": torch.__version__.split("+")[0], "programs": texts}
        content = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
        path = RECORDED / f"{subject}.json"
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            stale.append(subject)
            if not check:
                path.write_text(content, encoding="utf-8")
    verb = "out of date" if check else "written"
    print(f"{total} programs; {verb}: {', '.join(stale) or 'none'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
