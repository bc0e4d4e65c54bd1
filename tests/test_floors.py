"""The house has floors: a module imports only from floors below its own, and Jupyter last."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "autograd_nb"
NAME = "autograd_nb"

# Every part not named here is something that users import: floor 2.
FLOORS = {
    "core": 0, "ops": 1, "observe": 3, "views": 4, "plot": 4, "magics": 5, "kernel": 5,
}  # fmt: skip
USER_FLOOR = 2

# Views draw plain data, so that a PyTorch graph draws the same way; the engine is not theirs.
FORBIDDEN = {"views": {"core", "ops"}, "plot": {"core", "ops"}}

JUPYTER = {
    "IPython", "ipykernel", "ipywidgets", "anywidget", "traitlets", "jupyter_client",
    "jupyter_core", "comm", "zmq", "matplotlib", "nbformat",
}  # fmt: skip


def modules() -> list[Path]:
    """Every module but the package's own __init__, which gathers all floors."""
    found = (path for path in PACKAGE.rglob("*.py") if "node_modules" not in path.parts)
    return sorted(path for path in found if path.parent != PACKAGE or path.stem != "__init__")


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def type_checking_only(tree: ast.Module) -> set[ast.AST]:
    """Nodes under ``if TYPE_CHECKING:``: they are never imported when the program runs."""
    return {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Every module that a file imports, by absolute name, with the line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    unseen = type_checking_only(tree)
    package = dotted(path) if path.name == "__init__.py" else dotted(path).rpartition(".")[0]
    for node in ast.walk(tree):
        if node in unseen:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base]) if base else ".".join(above)
            for alias in node.names:
                # `from .. import events` names a module, `from ..events import x` a thing in it.
                named = PACKAGE.parent.joinpath(*base.split("."), alias.name)
                is_module = named.is_dir() or named.with_suffix(".py").exists()
                yield node.lineno, f"{base}.{alias.name}" if is_module else base


def part(module: str) -> str | None:
    """The part of our package that a module belongs to; None for the package itself."""
    parts = module.split(".")
    return parts[1] if parts[0] == NAME and len(parts) > 1 else None


def floor(name: str) -> int:
    return FLOORS.get(name, USER_FLOOR)


def below(name: str) -> list[Path]:
    return [path for path in modules() if floor(part(dotted(path)) or "") < floor(name)]


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_a_module_imports_only_from_its_own_floor_or_below(path: Path) -> None:
    here = part(dotted(path))
    assert here is not None
    wrong = []
    for line, module in imported(path):
        there = part(module)
        if there is None:
            # The package's __init__ stands on every floor: only the magics may look from there.
            if module == NAME and floor(here) < FLOORS["magics"]:
                wrong.append(f"{path.name}:{line} imports {module}, which holds all floors")
        elif floor(there) > floor(here) or there in FORBIDDEN.get(here, ()):
            wrong.append(f"{path.name}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", below("observe"), ids=dotted)
def test_what_users_import_knows_no_jupyter(path: Path) -> None:
    wrong = [
        f"{path.name}:{line} imports {module}"
        for line, module in imported(path)
        if module.partition(".")[0] in JUPYTER
    ]
    assert not wrong, "\n".join(wrong)


def test_importing_the_package_imports_no_jupyter_and_no_matplotlib() -> None:
    code = (
        f"import sys, {NAME}\n"
        f"print(*sorted({{name.partition('.')[0] for name in sys.modules}} & {JUPYTER!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PACKAGE.parent, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.split() == []
