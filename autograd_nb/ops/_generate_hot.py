"""Write `_hot.py`: the fast twins of the commonest operations, generated from their records.

    python -m autograd_nb.ops._generate_hot            writes the file
    python -m autograd_nb.ops._generate_hot --check    fails if it is not up to date

A twin serves real float32/float64 tensors called with tensors (or numbers) alone, and hands
everything else to the ordinary path. Forward and formulas are taken from the record's own text
where they are one `return`; otherwise the record's functions are called.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from .registry import TABLE

TARGET = Path(__file__).with_name("_hot.py")


@dataclass(frozen=True)
class Hot:
    """One fast twin.

    Attributes
    ----------
    name : str
        The record.
    methods, functions : str
        The spellings it takes over.
    arity : {"unary", "binary", "number"}
        "number": the second operand is a Python number, and nothing else.
    guard : str
        A further condition on `a` (and `b`), the raw operands.
    texts : dict
        Expressions that stand for forward or a formula at the default arguments, where the
        record's own text does more.
    """

    name: str
    methods: str
    functions: str
    arity: str = "unary"
    guard: str = ""
    swapped: bool = False
    texts: dict[str, str] = field(default_factory=dict)


HOT = [
    Hot(
        "add",
        "__add__ __radd__ add",
        "add",
        "binary",
        texts={"forward": "self + other", "other": "grad_output"},
    ),
    Hot(
        "sub",
        "__sub__ sub subtract",
        "sub subtract",
        "binary",
        texts={"forward": "self - other", "other": "-grad_output"},
    ),
    Hot("mul", "__mul__ __rmul__ mul multiply", "mul multiply", "binary"),
    Hot("true_divide", "__truediv__ div divide true_divide", "div divide true_divide", "binary"),
    Hot(
        "pow_scalar",
        "__pow__ pow",
        "pow",
        "number",
        texts={"forward": "self * self if exponent == 2 else raw_pow_scalar(self, exponent)"},
    ),
    Hot("neg", "__neg__ neg negative", "neg negative", texts={"forward": "-self"}),
    *[
        Hot(n, n, n)
        for n in (
            "exp",
            "log",
            "log1p",
            "sin",
            "cos",
            "tan",
            "tanh",
            "sqrt",
            "sigmoid",
            "abs",
            "reciprocal",
            "rsqrt",
            "expm1",
        )
    ],
    Hot("relu", "relu", "relu", texts={"forward": "np.maximum(self, 0)"}),
    Hot("sum_all", "sum", "sum"),
    Hot("mean_all", "mean", "mean"),
    Hot(
        "mm",
        "mm __matmul__ matmul",
        "mm matmul",
        "binary",
        guard="a.ndim == 2 and b.ndim == 2 and a.shape[1] == b.shape[0]",
    ),
]


def expression(function: Any) -> ast.expr | None:
    """Return the expression of a function that is a single `return`, else None."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    body = [
        s for s in tree.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
    ]
    if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None:
        return body[0].value
    return None


class _Rename(ast.NodeTransformer):
    """Put raw operands for parameters; on real arrays `F.conj(x)` is `x`."""

    def __init__(self, names: dict[str, str], traced: bool = False) -> None:
        self.names = names
        self.traced = traced

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(self.names.get(node.id, node.id), ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        called = node.func
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            if called.value.id == "RAW" and called.attr == "conj":
                return node.args[0]
            if called.value.id == "RAW" and called.attr in TABLE and not self.traced:
                return ast.Call(ast.Name(f"raw_{called.attr}"), node.args, node.keywords)
        return node


def inline(
    function: Any, names: dict[str, str], call: str, text: str | None, traced: bool = False
) -> str:
    """Return the text of `function` over `names`, or a call of it if it is not one expression."""
    tree = ast.parse(text, mode="eval").body if text else expression(function)
    if tree is None:
        return call
    known = {*names.values(), "np", "RAW"}
    renamed = _Rename({**names, "F": "RAW"}, traced).visit(tree)
    used = {n.id for n in ast.walk(renamed) if isinstance(n, ast.Name)}
    if any(n not in known and not n.startswith("raw_") for n in used):
        return call
    found = ast.unparse(renamed)
    return found.replace("RAW.", "T.") if traced else found


class Writer:
    """Writes one operation: its node classes and its function."""

    def __init__(self, hot: Hot) -> None:
        self.hot = hot
        self.op = TABLE[hot.name]
        self.operands = ("a", "b")[: 1 if hot.arity == "unary" else 2]
        self.params = self.op.params[: len(self.operands)]

    def write(self) -> str:
        lines = [f"OP_{self.op.name} = TABLE[{self.op.name!r}]"]
        for needs in self.variants():
            lines += self.node_class(needs)
        lines += self.function()
        text = "\n".join(lines)
        return text + "\n"

    def variants(self) -> list[tuple[bool, ...]]:
        n = len(self.op.inputs)
        return [needs for needs in product((True, False), repeat=n) if any(needs)]

    def class_name(self, needs: tuple[bool, ...]) -> str:
        return f"_{self.op.name}_{''.join(str(int(n)) for n in needs)}"

    # -- the node ----------------------------------------------------------------------------
    def node_class(self, needs: tuple[bool, ...]) -> list[str]:
        plan = self.op.plan(needs)
        layout, unpack, checks, names = [], [], [], {}
        traced_checks: list[str] = []
        for i, (name, (kind, _)) in enumerate(zip(plan.names, plan.sources, strict=True)):
            if kind == "input":
                layout.append("input")
                unpack += [f"t{i}", f"v{i}"]
                # A number stands in for a tensor operand as it is.
                checks += self.check_input(i)
                traced_checks += self.check_input(i, traced=True)
                names[name] = f"x{i}"
            elif kind == "output":
                layout.append("output")
                unpack += [f"x{i}", f"c{i}"]
                checks += [
                    f"        if c{i}[0]:",
                    f"            raise stale_output(self, x{i}, c{i})",
                ]
                traced_checks.append(f"        x{i} = output_of(self, x{i}, c{i})")
                names[name] = f"x{i}"
            else:
                layout.append("value")
                unpack.append(f"x{i}")
                names[name] = f"x{i}"
        names["grad_output"] = "g"
        results, traced_results = [], []
        for wanted, name in zip(needs, self.op.inputs, strict=True):
            if not wanted:
                results.append("None")
                traced_results.append("None")
                continue
            formula = self.op.formulas[name]
            order = formula.__code__.co_varnames[1 : formula.__code__.co_argcount]
            given = ", ".join(names.get(p, p) for p in order)
            text = self.hot.texts.get(name)
            call = f"OP_{self.op.name}.formulas[{name!r}]"
            results.append(inline(formula, names, f"{call}(RAW, {given})", text))
            traced_results.append(inline(formula, names, f"{call}(T, {given})", text, True))
        cls = self.class_name(needs)
        lines = [
            "",
            "",
            f"class {cls}(HotNode):",
            f"    op = OP_{self.op.name}",
            f"    plan = OP_{self.op.name}.plan({needs!r})",
            f"    layout = {tuple(layout)!r}",
            f"    frees = {any(k != 'value' for k in layout)!r}",
        ]
        for method, tests, found in (
            ("run", checks, results),
            ("run_traced", traced_checks, traced_results),
        ):
            lines += ["", f"    def {method}(self, g):"]
            if unpack:
                targets = ", ".join(unpack) + ("," if len(unpack) == 1 else "")
                lines += [
                    "        try:",
                    f"            {targets} = self.saved",
                    "        except TypeError:",
                    "            raise second_backward(self, self.saved) from None",
                    *tests,
                ]
            lines.append(f"        return ({', '.join(found)},)")
        lines += [
            "",
            "",
            f"{cls}.__name__ = {self.op.node_class.__name__!r}",
            f"{cls}.__module__ = 'builtins'",
        ]
        return lines

    def check_input(self, i: int, traced: bool = False) -> list[str]:
        number = self.hot.arity == "binary"
        pad = "    " if number else ""
        lines = [
            f"        {pad}x{i} = t{i}{'' if traced else '._array'}",
            f"        {pad}c{i} = t{i}._version_counter",
            f"        {pad}if c{i} is not None and c{i}[0] != v{i}:",
            f"        {pad}    raise stale(self, t{i}, c{i}[0], v{i})",
        ]
        if number:
            lines = [
                f"        if v{i} is None:",
                f"            x{i} = t{i}",
                "        else:",
                *lines,
            ]
        return lines

    # -- the function ------------------------------------------------------------------------
    def function(self) -> list[str]:
        name, hot = self.op.name, self.hot
        second = {"unary": "", "binary": "other, ", "number": "other, "}[hot.arity]
        given = "*given(self, other)" if second else "*given(self)"
        taken = second.replace("other", "other=MISSING")
        back = "return slow(self)" if not second else "return slow(*given(self, other))"
        lines = [
            "",
            "",
            f"def make_{name}(slow):",
            f"    def {name}(self=MISSING, {taken}*rest, **named):",
            "        __tracebackhide__ = True",
            "        if rest or named:",
            f"            return slow({given}, *rest, **named)",
            "        try:",
            "            a = self._array",
            "        except AttributeError:",
            f"            return slow({given})",
            "        cls = type(a)",
            "        if cls is ndarray:",
            "            kind = a.dtype",
            "            if kind is not FLOAT32 and kind is not FLOAT64:",
            f"                {back}",
            "        elif cls is float32:",
            "            kind = FLOAT32",
            "        elif cls is float64:",
            "            kind = FLOAT64",
            "        else:",
            f"            {back}",
            "        if self._odd:",
            f"            {back}",
        ]
        if hot.arity == "binary":
            lines += [
                "        if isinstance(other, Tensor):",
                "            b = other._array",
                "            if (type(b) is not cls or cls is ndarray) and b.dtype is not kind:",
                f"                {back}",
                "            if other._odd:",
                f"                {back}",
                "            right = other._node",
                "            if other._view is not None:",
                "                refresh(other)",
                "                right = other._node",
            ]
            if hot.name == "mm":
                lines += ["        else:", f"            {back}"]
            else:
                lines += [
                    "        elif type(other) is float:",
                    "            b = typed(other, kind) if type(a) is ndarray else other",
                    "            right = None",
                    "        elif type(other) is int and -16777216 <= other <= 16777216:",
                    "            b = typed(float(other), kind) if type(a) is ndarray else other",
                    "            right = None",
                    "        else:",
                    f"            {back}",
                ]
        elif hot.arity == "number":
            lines += [
                "        if type(other) is not int and type(other) is not float:",
                f"            {back}",
                "        b = other",
            ]
        if hot.guard:
            lines += [f"        if not ({hot.guard}):", f"            {back}"]
        names = dict(zip(self.params, self.operands, strict=True))
        call = f"OP_{name}.forward({', '.join(self.operands)})"
        forward = inline(self.op.forward, names, call, hot.texts.get("forward"))
        lines += [
            "        if self._view is not None:",
            "            refresh(self)",
            "        left = self._node",
            "        try:",
            f"            result = {forward}",
            "        except ValueError:",
            f"            {back}",
        ]
        test = "left is not None" + (" or right is not None" if hot.arity == "binary" else "")
        lines += [
            "        out = new(Tensor)",
            "        out._array = result",
            f"        if ({test}) and state.grad_enabled:",
            "            if state.special:",
            f"                {back}",
            *self.record(),
            "        elif state.inference:",
            "            out._inference = out._odd = True",
            "        return out",
            "",
            f"    {name}.__name__ = {name}.__qualname__ = slow.__name__",
            f"    {name}.__doc__ = slow.__doc__",
            f"    {name}.__wrapped__ = slow",
            f"    return {name}",
        ]
        return lines

    def record(self) -> list[str]:
        pad = " " * 12
        if len(self.op.inputs) == 1:
            lines = [
                f"{pad}node = new({self.class_name((True,))})",
                f"{pad}node.edges = (edge_of(self, left),)",
            ]
            lines += [pad + line for line in self.save((True,))]
        else:
            lines = []
            for needs, test in (
                ((True, True), "right is not None and left is not None"),
                ((True, False), "left is not None"),
                ((False, True), ""),
            ):
                word = {0: "if", 1: "elif", 2: "else"}[
                    ((True, True), (True, False), (False, True)).index(needs)
                ]
                edges = (
                    ("edge_of(self, left)" if needs[0] else "None")
                    + ", "
                    + ("edge_of(other, right)" if needs[1] else "None")
                )
                lines.append(f"{pad}{word}{' ' + test if test else ''}:")
                lines.append(f"{pad}    node = new({self.class_name(needs)})")
                lines.append(f"{pad}    node.edges = ({edges})")
                lines += [f"{pad}    {line}" for line in self.save(needs)]
        lines += [
            f"{pad}node.sequence_nr = next_sequence_nr()",
            f"{pad}if type(result) is ndarray:",
            f"{pad}    node.shape = result.shape",
            f"{pad}node.dtype = kind",
            f"{pad}frame = getframe(1)",
            f"{pad}if frame.f_code.co_filename not in outside:",
            f"{pad}    frame = user_frame(frame)",
            f"{pad}node.code = frame.f_code",
            f"{pad}node.lasti = frame.f_lasti",
            f"{pad}out._node = node",
            f"{pad}if events.observer is not None:",
            f"{pad}    events.observer.node_created(node)",
        ]
        return lines

    def save(self, needs: tuple[bool, ...]) -> list[str]:
        plan = self.op.plan(needs)
        lines, parts = [], []
        for name, (kind, key) in zip(plan.names, plan.sources, strict=True):
            who = "other" if len(self.params) > 1 and key == 1 else "self"
            if kind == "input":
                if who == "other" and self.hot.arity == "binary" and not needs[-1]:
                    lines.append(
                        "version = (None if right is None and not isinstance(other, Tensor) else"
                        " 0 if other._version_counter is None else other._version_counter[0])"
                    )
                    parts += ["other", "version"]
                else:
                    lines.append(f"counter_{who} = {who}._version_counter")
                    parts += [who, f"0 if counter_{who} is None else counter_{who}[0]"]
            elif kind == "output":
                lines.append("out._version_counter = counter = [0]")
                parts += ["result", "counter"]
            elif kind == "shape":
                parts.append("a.shape" if who == "self" else "b.shape")
            elif kind == "dtype":
                parts.append("kind")
            elif kind == "out_shape":
                parts.append("result.shape")
            elif kind == "value":
                default = self.op.defaults.get(name)
                parts.append("other" if name in self.params else repr(default))
            else:
                raise TypeError(f"{self.op.name}: a fast path cannot save {kind} {name}")
        if parts:
            lines.append(f"node.saved = ({', '.join(parts)},)")
        return lines


def generate() -> str:
    """Return the text of the module."""
    from . import namespaces  # noqa: F401 - the table must be complete

    bodies = [Writer(hot).write() for hot in HOT if hot.name in TABLE]
    text = "\n\n".join(bodies)
    raw = sorted(
        {w.split("(")[0] for w in text.replace("(", " (").split() if w.startswith("raw_")}
        | set(_find_raw(text))
    )
    head = '''"""Fast twins of common operations. Generated by _generate_hot.py; do not edit."""
# ruff: noqa
# mypy: ignore-errors

import numpy as np

from ..core import events, modes
from ..core.hot import (
    FLOAT32, FLOAT64, HotNode, edge_of, getframe, output_of, stale, stale_output, typed,
)
from ..core.node import next_sequence_nr, second_backward
from ..core.tensor import Tensor, outside, user_frame
from ..core.view import refresh_if_recording as refresh
from .namespaces import RAW, T
from .registry import TABLE

state = modes.state
new = object.__new__
ndarray = np.ndarray
float32, float64 = np.float32, np.float64
MISSING = object()


def given(*arguments):
    return [a for a in arguments if a is not MISSING]


'''
    aliases = "".join(f"{name} = TABLE[{name[4:]!r}].forward\n" for name in raw)
    table = (
        "\nMAKERS = [\n"
        + "".join(
            f"    (make_{h.name}, {h.methods!r}, {h.functions!r}),\n"
            for h in HOT
            if h.name in TABLE
        )
        + "]\n"
    )
    return head + aliases + "\n" + text + table


def _find_raw(text: str) -> list[str]:
    import re

    return re.findall(r"\braw_\w+", text)


def main(arguments: list[str]) -> int:
    """Write the file, or compare it."""
    import autograd_nb.ops  # noqa: F401

    text = generate()
    if "--check" in arguments:
        return 0 if TARGET.read_text(encoding="utf-8") == text else 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
