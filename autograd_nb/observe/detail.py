"""What a node can say of itself: its derivative as a formula, and the tensors it keeps."""

from __future__ import annotations

import ast
import inspect
import textwrap
from types import CodeType
from typing import Any

from autograd_nb.observe.cells import caller_frame, site_of_origin
from autograd_nb.observe.graph import Saved
from autograd_nb.observe.protocol import (
    dtype_name,
    is_foreign,
    is_tensor,
    label_of,
    node_name,
    shape_of,
)

_formulas: dict[type, str] = {}


def formula_of(node: Any) -> str:
    """Write down the derivative of a node's operation, one line per input.

    Parameters
    ----------
    node : NodeLike

    Returns
    -------
    str
        ``"grad_self = grad_output * other"``; empty where the node has no readable formula.
        PyTorch's nodes have that of the operation of this package whose node has their name.
    """
    kind = type(node)
    if kind not in _formulas:
        op = _rule_named(node_name(node)) if is_foreign(node) else getattr(kind, "op", None)
        functions = getattr(op, "formulas", None)
        lines = []
        for name, function in (functions or {}).items():
            text = _returned(function)
            if text:
                lines.append(f"grad_{name} = {text}")
        _formulas[kind] = "\n".join(lines)
    return _formulas[kind]


def _rule_named(name: str) -> Any:
    """Find the operation whose node has a name, without loading more of the table than may do."""
    from autograd_nb.ops.registry import TABLE

    word = label_of(name)
    for record in TABLE:
        # Overloads have the operation's name and a word: sum_all, sum_dim.
        if record.strip("_") == word or record.startswith(f"{word}_"):
            rule = TABLE[record]
            if rule.node_class.__name__ == name:
                return rule
    return None


def _returned(function: Any) -> str:
    """Return the expression of a function's one return statement, in short words.

    What stands before it for arrays alone, or for an order in memory, computes the same.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return ""
    body = [part for part in getattr(tree.body[0], "body", []) if not _is_docstring(part)]
    while len(body) > 1 and _computes_the_same(body[0]):
        del body[0]
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return ""
    return ast.unparse(_WithoutNamespace().visit(body[0].value))


def _is_docstring(part: ast.stmt) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)


def _computes_the_same(part: ast.stmt) -> bool:
    test = ast.unparse(part.test) if isinstance(part, ast.If) else ""
    return test == "not F.is_traced" or test.startswith("by_columns(")


class _WithoutNamespace(ast.NodeTransformer):
    """Write ``conj(x)`` for ``F.conj(x)``, and for ``helper(F, x)`` ``helper(x)``."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "F":
            return ast.Name(node.attr, ast.Load())
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        node.args = [a for a in node.args if not (isinstance(a, ast.Name) and a.id == "F")]
        return node


def saved_of(node: Any) -> tuple[Saved, ...]:
    """Describe the tensors that a node keeps for its derivative.

    Parameters
    ----------
    node : NodeLike

    Returns
    -------
    tuple of Saved
        A tensor packed by ``saved_tensors_hooks`` is named and not opened: opening it would run
        the user's code.
    """
    if hasattr(type(node), "saved_values"):
        return _saved_by_us(node)
    found: list[Saved] = []
    # A custom Function shows its tensors only to itself; asking for them could unpack.
    for attribute in sorted(name for name in dir(node) if name.startswith("_saved_")):
        name = attribute.removeprefix("_saved_")
        try:
            # Of several tensors under one name, being freed shows here already.
            raw = getattr(node, f"_raw_saved_{name}", None)
            if _is_packed(raw):
                found.append(Saved(name, note="packed by saved_tensors_hooks"))
                continue
            value = getattr(node, attribute)
        except RuntimeError as error:
            found.append(_lost(name, error))
            continue
        values = value if isinstance(value, tuple | list) else (value,)
        for index, item in enumerate(values):
            if is_tensor(item):
                shown = name if len(values) == 1 else f"{name}[{index}]"
                found.append(Saved(shown, shape_of(item), dtype_name(item.dtype)))
    return tuple(found)


def _is_packed(raw: Any) -> bool:
    several = raw if isinstance(raw, tuple | list) else (raw,)
    return any(getattr(one, "unpack_hook", None) is not None for one in several)


FREED = "freed by a backward without retain_graph=True"
OVERWRITTEN = "changed in place after it was saved"
CHANGES_KEPT = 300

_changes: dict[int, tuple[list[int], tuple[CodeType, int]]] = {}


def note_change(tensor: Any) -> None:
    """Remember which line changes a tensor of this package in place.

    Parameters
    ----------
    tensor : Tensor
        Watched by autograd or not; kept is its version counter alone.
    """
    counter, frame = tensor._version_counter, caller_frame(2)
    if counter is None or frame is None:
        return
    _changes.pop(id(counter), None)
    # The counter itself is held, so that its number is not given to another meanwhile.
    _changes[id(counter)] = counter, (frame.f_code, frame.f_lasti)
    if len(_changes) > CHANGES_KEPT:
        del _changes[next(iter(_changes))]


def _overwritten(counter: list[int]) -> str:
    site = site_of_origin(_changes[id(counter)][1]) if id(counter) in _changes else None
    if site is None:
        return OVERWRITTEN
    return f"changed in place by `{site.source}` in {site}, after it was saved"


def _lost(name: str, error: RuntimeError) -> Saved:
    if "inplace operation" in str(error):
        return Saved(name, state="overwritten", note=OVERWRITTEN)
    return Saved(name, state="freed", note=FREED)


def _saved_by_us(node: Any) -> tuple[Saved, ...]:
    """Read what this package's nodes keep, without unpacking."""
    plan = getattr(node, "plan", None)
    if not isinstance(node.saved, tuple):
        site = site_of_origin(getattr(node.saved, "origin", None))
        note = FREED if site is None else f"freed by the backward at {site}"
        kinds = () if plan is None else zip(plan.names, plan.sources, strict=True)
        names = [name for name, (kind, _) in kinds if kind in {"input", "output", "aux", "list"}]
        return tuple(Saved(name, state="freed", note=note) for name in names)
    found: list[Saved] = []
    values = node.saved_values()
    names = [f"tensor {n}" for n in range(len(values))] if plan is None else list(plan.names)
    for name, value in zip(names, values, strict=True):
        items = getattr(value, "items", None)
        entries = items if isinstance(items, list) else [value]
        for number, entry in enumerate(entries):
            described = _entry(name if entries is not items else f"{name}[{number}]", entry)
            if described is not None:
                found.append(described)
    return tuple(found)


def _entry(name: str, entry: Any) -> Saved | None:
    if hasattr(entry, "unpack_hook"):
        return Saved(name, note="packed by saved_tensors_hooks")
    owner = getattr(entry, "tensor", None)
    array = getattr(owner if owner is not None else entry, "_array", entry)
    if not hasattr(array, "shape") or not hasattr(array, "dtype"):
        return None
    shape = tuple(int(n) for n in array.shape)
    counter = getattr(owner if owner is not None else entry, "_version_counter", None)
    if counter is not None and counter[0] != getattr(entry, "version", counter[0]):
        return Saved(name, shape, str(array.dtype), "overwritten", _overwritten(counter))
    return Saved(name, shape, str(array.dtype))
