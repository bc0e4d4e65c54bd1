"""The text of one fast twin, from the record of its operation. See `_generate_hot.py`.

A twin takes its arguments by Python's own binding, serves real float32 and float64 tensors of
one dtype, and hands everything else to the ordinary path. Its node classes, one for each choice
of inputs that need a gradient, have the formulas written out.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from .registry import TABLE

EXACT = 2**24  # integers up to here are float32 numbers
# What a twin calls its own values.
LOCALS = set("kind result out shared made parent view counter node frame code rest named".split())


@dataclass(frozen=True)
class Hot:
    """One operation that gets a fast twin.

    Attributes
    ----------
    name : str
        The record; its functions and methods are taken over wherever they stand.
    methods, functions : str
        Further spellings to take over: operators, and composites that choose this record when
        they are called with its required arguments alone.
    second : {"tensor", "operand", "number"}
        What the second parameter may be, if it is a tensor by the record: "operand" is a tensor
        or a Python number; "number" a Python number, and nothing else.
    guard : str
        A further condition on the raw operands, named after the parameters.
    varargs : str
        The parameter that may be given as separate numbers.
    texts : dict
        Expressions that stand for forward or a formula at the default arguments, where the
        record's own text does more.
    arrays : dict
        The same for formulas on arrays alone; on tensors they would be another graph.
    outside : bool
        Whether it stands for the operator outside of formulas only.
    """

    name: str
    methods: str = ""
    functions: str = ""
    second: str = "tensor"
    guard: str = ""
    varargs: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, str] = field(default_factory=dict)
    outside: bool = False


def exact_number(name: str) -> str:
    """Write the test for a Python number that is one of float32, or a float."""
    return f"type({name}) is float or type({name}) is int and {-EXACT} <= {name} <= {EXACT}"


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
    known = {*names.values(), "np", "RAW", "add_up", "matmul", "prod"}
    renamed = _Rename({**names, "F": "RAW"}, traced).visit(tree)
    used = {n.id for n in ast.walk(renamed) if isinstance(n, ast.Name)}
    if any(n not in known and not n.startswith("raw_") for n in used):
        return call
    found = ast.unparse(renamed)
    return found.replace("RAW.", "T.") if traced else found


def indented(lines: list[str], depth: int) -> list[str]:
    """Return lines, each `depth` levels further in."""
    return ["    " * depth + line for line in lines]


class Writer:
    """Writes one operation: its node classes and its function.

    Attributes
    ----------
    tensors : list of str
        The parameters that are tensors here.
    real : list of str
        Those among them whose dtype must be one and the same.
    """

    def __init__(self, hot: Hot) -> None:
        self.hot = hot
        self.op = op = TABLE[hot.name]
        if op.multiple or op.tensor_list:
            raise TypeError(f"{hot.name}: no fast twin for several outputs or a list of tensors")
        if not LOCALS.isdisjoint(op.params):
            raise TypeError(
                f"{hot.name}: {LOCALS.intersection(op.params)} are the twin's own names"
            )
        self.required = [p for p in op.params if p not in op.defaults]
        # A text for forward holds at the defaults of what is given by keyword.
        fixed = op.keyword_only if "forward" in hot.texts else frozenset()
        self.optional = [p for p in op.params if p in op.defaults and p not in fixed]
        self.params = [p for p in op.params if p not in fixed]
        plain = {"operand": op.params[1:2], "number": op.params[1:2]}.get(hot.second, ())
        self.operand = plain[0] if hot.second == "operand" else None
        self.number = plain[0] if hot.second == "number" else None
        self.tensors = [p for p in op.params if p in op.tensors and p not in plain]
        self.real = [p for p in self.tensors if p in op.inputs or p in op.promote]
        self.first = self.real[0]

    def write(self) -> str:
        """Return the text."""
        lines = [f"OP_{self.op.name} = TABLE[{self.op.name!r}]"]
        for needs in self.variants():
            lines += self.node_class(needs)
        lines += self.function()
        return "\n".join(lines) + "\n"

    def variants(self) -> list[tuple[bool, ...]]:
        """Return the choices of inputs that need a gradient."""
        n = len(self.op.inputs)
        return [needs for needs in product((True, False), repeat=n) if any(needs)]

    def class_name(self, needs: tuple[bool, ...]) -> str:
        """Return the name of the node class of a choice."""
        return f"_{self.op.name}_{''.join(str(int(n)) for n in needs)}"

    # -- the node ----------------------------------------------------------------------------
    def node_class(self, needs: tuple[bool, ...]) -> list[str]:
        """Write the class of the nodes whose inputs `needs` need a gradient."""
        plan = self.op.plan(needs)
        layout, unpack, names = [], [], {"grad_output": "g"}
        checks: list[str] = []
        traced_checks: list[str] = []
        for i, (name, (kind, _)) in enumerate(zip(plan.names, plan.sources, strict=True)):
            names[name] = f"x{i}"
            if kind == "input":
                layout.append("input")
                unpack += [f"t{i}", f"v{i}"]
                checks += self.check_input(i, name)
                traced_checks += self.check_input(i, name, traced=True)
            elif kind == "output":
                layout.append("output")
                unpack += [f"x{i}", f"c{i}"]
                checks += [f"if c{i}[0]:", f"    raise stale_output(self, x{i}, c{i})"]
                traced_checks.append(f"x{i} = output_of(self, x{i}, c{i})")
            else:
                layout.append("value")
                unpack.append(f"x{i}")
                if kind == "aux":
                    traced_checks.append(f"x{i} = wrap(x{i})")
        names["needs"] = repr(needs)
        results = self.results(needs, names, "RAW")
        traced_results = self.results(needs, names, "T")
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
            ("formulas_traced", traced_checks, traced_results),
        ):
            body = []
            if unpack:
                targets = ", ".join(unpack) + ("," if len(unpack) == 1 else "")
                body += [
                    "try:",
                    f"    {targets} = self.saved",
                    "except TypeError:",
                    "    raise second_backward(self, self.saved) from None",
                    *tests,
                ]
            body.append(f"return {found}")
            lines += ["", f"    def {method}(self, g):", *indented(body, 2)]
        lines += [
            "",
            "",
            f"{cls}.__name__ = {self.op.node_class.__name__!r}",
            f"{cls}.__module__ = 'builtins'",
        ]
        return lines

    def results(self, needs: tuple[bool, ...], names: dict[str, str], space: str) -> str:
        """Write the tuple of the gradients, in the namespace RAW or T."""

        def given(formula: Any) -> str:
            order = formula.__code__.co_varnames[1 : formula.__code__.co_argcount]
            return ", ".join([space, *[names.get(p, p) for p in order]])

        op = self.op
        if op.joint is not None:
            return f"OP_{op.name}.joint({given(op.joint)})"
        parts = []
        for wanted, name in zip(needs, op.inputs, strict=True):
            formula, text = op.formulas[name], self.hot.texts.get(name)
            if space == "RAW":
                text = self.hot.arrays.get(name, text)
            call = f"OP_{op.name}.formulas[{name!r}]({given(formula)})"
            parts.append(inline(formula, names, call, text, space == "T") if wanted else "None")
        return f"({', '.join(parts)},)"

    def check_input(self, i: int, name: str, traced: bool = False) -> list[str]:
        """Write the check of a saved input; a number, or None, stands in for a tensor as it is."""
        lines = [
            f"x{i} = t{i}{'' if traced else '._array'}",
            f"c{i} = t{i}._version_counter",
            f"if c{i} is not None and c{i}[0] != v{i}:",
            f"    raise stale(self, t{i}, c{i}[0], v{i})",
        ]
        if name == self.operand or name in self.optional:
            number = f"numeral(t{i})" if traced else f"t{i}"
            return [f"if v{i} is None:", f"    x{i} = {number}", "else:", *indented(lines, 1)]
        return lines

    # -- the function ------------------------------------------------------------------------
    def function(self) -> list[str]:
        """Write the function that makes the twin of an ordinary function."""
        name = self.op.name
        body = [
            "__tracebackhide__ = True",
            *self.strangers(),
            *self.unwrapping(),
            *self.computing(),
            *self.view(),
            *self.recording(),
            "return out",
        ]
        lines = [
            "",
            "",
            f"def make_{name}(slow):",
            f"    def {name}({self.signature()}):",
            *indented(body, 2),
            "",
            f"    {name}.__name__ = {name}.__qualname__ = slow.__name__",
            f"    {name}.__module__ = slow.__module__",
            f"    {name}.__doc__ = slow.__doc__",
            f"    {name}.__wrapped__ = slow",
            f"    return {name}",
        ]
        return lines

    def signature(self) -> str:
        """Return the parameters: the record's own, with places for what does not fit."""
        op = self.op
        if self.hot.varargs:
            return f"self=MISSING, *{self.hot.varargs}, **named"
        positional = [p for p in op.params if p not in op.keyword_only]
        parts = [f"{p}=MISSING" if p in self.required else self.default(p) for p in positional]
        parts.append("*rest")
        parts += [self.default(p) for p in self.params if p in op.keyword_only]
        return ", ".join([*parts, "**named"])

    def default(self, name: str) -> str:
        """Return a parameter with its default."""
        return f"{name}={self.op.defaults[name]!r}"

    def again(self) -> str:
        """Return the call of the ordinary function with all arguments as they were given."""
        required = ", ".join(self.required)
        optional = "".join(f"{p}={p}, " for p in self.optional)
        if len(self.required) == 1:
            return f"return slow(*positional({required}), *rest, {optional}**named)"
        return (
            f"return slow(*positional({required}), *rest, "
            f"**later({tuple(self.required)!r}, ({required})), {optional}**named)"
        )

    @property
    def back(self) -> str:
        """The call of the ordinary function once the arguments are known to be bound."""
        if self.hot.varargs:
            return f"return slow(self, {self.hot.varargs})"
        return "return slow(" + self.passed({}) + ")"

    def passed(self, names: dict[str, str]) -> str:
        """Return the arguments of a call in the record's order, some under other names."""
        keyword_only = self.op.keyword_only
        return ", ".join(
            f"{p}={names.get(p, p)}" if p in keyword_only else names.get(p, p) for p in self.params
        )

    def strangers(self) -> list[str]:
        """Write the refusal of arguments that Python's binding did not place."""
        if self.hot.varargs:
            sizes = self.hot.varargs
            return [
                f"if named or not {sizes} or self is MISSING:",
                f"    return slow(*positional(self), *{sizes}, **named)",
                f"if type({sizes}[0]) is not int:",
                f"    if len({sizes}) != 1 or not isinstance({sizes}[0], tuple):",
                f"        return slow(self, *{sizes})",
                f"    {sizes} = {sizes}[0]",
            ]
        missing = f" or {self.required[-1]} is MISSING" if len(self.required) > 1 else ""
        return [f"if rest or named{missing}:", f"    {self.again()}"]

    def unwrapping(self) -> list[str]:
        """Write how the tensors' arrays are got at and looked at."""
        back, first, lines = self.back, self.first, []
        again = self.back if self.hot.varargs else self.again()
        large = f" or a_{first}.size >= LARGE" if self.op.pointwise else ""
        lines += [
            "try:",
            f"    a_{first} = {first}._array",
            "except AttributeError:",
            f"    {again}",
            f"kind = a_{first}.dtype",
            "if kind is not FLOAT32 and kind is not FLOAT64:",
            f"    {back}",
            f"if {first}._odd{large}:",
            f"    {back}",
        ]
        if self.op.view:
            lines += [f"if type(a_{first}) is not ndarray:", f"    {back}"]
        for name in self.tensors:
            if name == first:
                continue
            test = f"if not isinstance({name}, Tensor):"
            body = [f"a_{name} = {name}._array"]
            refused = f"{name}._odd"
            if name in self.real:
                refused = f"a_{name}.dtype is not kind or {refused}"
            body += [f"if {refused}:", f"    {back}"]
            if name in self.op.inputs:
                body += self.node_of(name)
            if name in self.optional:
                none = [f"a_{name} = None"]
                if name in self.op.inputs:
                    none.append(f"n_{name} = None")
                lines += [f"if {name} is None:", *indented(none, 1)]
                lines += [test.replace("if", "elif", 1), f"    {back}", "else:", *indented(body, 1)]
            else:
                lines += [test, f"    {back}", *body]
        if self.operand:
            lines += self.operand_of(self.operand)
        elif self.number:
            name = self.number
            lines += [f"if not ({exact_number(name)}):", f"    {back}"]
        lines += self.other_kinds()
        if self.hot.guard:
            tree = ast.parse(self.hot.guard, mode="eval")
            names = {p: f"a_{p}" for p in self.tensors}
            lines += [f"if not ({ast.unparse(_Rename(names).visit(tree))}):", f"    {back}"]
        return [*lines, *self.node_of(first)] if first in self.op.inputs else lines

    def other_kinds(self) -> list[str]:
        """Write the refusal of what PyTorch's parser takes for no dimension, or no yes or no."""
        lines = []
        for name in self.params if not self.hot.varargs else ():
            if name.startswith("dim"):
                test = f"type({name}) is not int and type({name}) not in SEVERAL"
            elif type(self.op.defaults.get(name)) is bool:
                test = f"{name} is not True and {name} is not False"
            else:
                continue
            lines += [f"if {test}:", f"    {self.back}"]
        return lines

    def operand_of(self, name: str) -> list[str]:
        """Write how an operand that may be a number is got at."""
        back = self.back
        number = [
            f"if type(a_{self.first}) is ndarray:",
            f"    a_{name} = (NUMBERS32 if kind is FLOAT32 else NUMBERS64).get({name})",
            f"    if a_{name} is None:",
            f"        a_{name} = typed({name}, kind)",
            "else:",
            f"    a_{name} = {name}",
        ]
        if name in self.op.inputs:
            number.append(f"n_{name} = None")
        return [
            f"if isinstance({name}, Tensor):",
            f"    a_{name} = {name}._array",
            f"    if a_{name}.dtype is not kind or {name}._odd:",
            f"        {back}",
            *indented(self.node_of(name) if name in self.op.inputs else [], 1),
            f"elif {exact_number(name)}:",
            *indented(number, 1),
            "else:",
            f"    {back}",
        ]

    def node_of(self, name: str) -> list[str]:
        """Write how an input's place in the graph is got at."""
        return [
            f"if {name}._view is not None:",
            f"    refresh({name})",
            # Its base may have been told to require grad since.
            f"    if {name}._node is None and {name}._view.base._node is not None:",
            f"        {self.back}",
            f"n_{name} = {name}._node",
        ]

    def computing(self) -> list[str]:
        """Write the computation of the result."""
        names = {p: f"a_{p}" for p in (*self.tensors, self.operand) if p}
        call = f"raw_{self.op.name}({self.passed(names)})"
        plain = {**{p: p for p in self.op.params}, **names}
        text = self.hot.texts.get("forward")
        forward = call if self.op.aux else inline(self.op.forward, plain, call, text)
        results = ", ".join(["result", *[f"aux_{name}" for name in self.op.aux]])
        # What may draw random numbers is not begun here if it will be done elsewhere.
        first = (
            ["if special_threads[0] and state.special:", f"    {self.back}"] if self.op.aux else []
        )
        lines = [
            *first,
            "try:",
            f"    {results} = {forward}",
            "except (TypeError, ValueError, RuntimeWarning, FloatingPointError):",
            f"    {self.back}",
        ]
        if self.op.view:
            lines += [
                "shared = result.base",
                "if shared is not a_self and (shared is None or shared is not a_self.base):",
                f"    {self.back}",
            ]
        return [*lines, "out = new(Tensor)", "out._array = result"]

    def view(self) -> list[str]:
        """Write what ties a view to its base; see `_mark_view` in dispatch.py."""
        if not self.op.view:
            return []
        rest = ", ".join(p for p in self.op.params[1:])
        return [
            "if not state.grad_enabled:",
            f"    {self.back}",
            f"made = (OP_{self.op.name}, ({rest}{',' if rest else ''}), None)",
            "parent = self._view",
            "if parent is None:",
            f"    view = View(self, (made,), DEFAULT, {self.op.producer!r})",
            "elif parent.creation == DEFAULT:",
            f"    view = View(parent.base, (*parent.chain, made), DEFAULT, {self.op.producer!r})",
            "else:",
            f"    {self.back}",
            "counter = self._version_counter",
            "if counter is None:",
            "    self._version_counter = counter = [0]",
            "out._version_counter = counter",
            "view.version = counter[0]",
            "out._view = view",
        ]

    def recording(self) -> list[str]:
        """Write the making of the node."""
        inputs = self.op.inputs
        unrecorded = ["if telling_threads[0] and state.telling:", "    told(out)"]
        if not inputs:
            return unrecorded
        wanted = " or ".join(f"n_{p} is not None" for p in inputs)
        if self.op.view:
            test = f"if {wanted}:"
        else:
            test = f"if ({wanted}) and state.grad_enabled:"
        lines = (
            [] if self.op.aux else ["if special_threads[0] and state.special:", f"    {self.back}"]
        )
        variants = self.variants()
        for needs in variants:
            edges = [f"e_{p}" if need else "None" for p, need in zip(inputs, needs, strict=True)]
            body = [
                *[
                    line
                    for p, e in zip(inputs, edges, strict=True)
                    if e != "None"
                    for line in self.edge(p)
                ],
                f"node = new({self.class_name(needs)})",
                f"node.edges = ({', '.join(edges)},)",
                *self.saving(needs),
            ]
            if len(variants) == 1:
                lines += body
                break
            tests = [f"n_{p} is not None" for p, need in zip(inputs, needs, strict=True) if need]
            if needs == variants[-1]:
                lines.append("else:")
            else:
                word = "if" if needs == variants[0] else "elif"
                lines.append(f"{word} {' and '.join(tests)}:")
            lines += indented(body, 1)
        lines += [
            "node.sequence_nr = next_sequence_nr()",
            "if type(result) is ndarray:",
            "    node.shape = result.shape",
            "node.dtype = kind",
            "frame = getframe(1)",
            "code = frame.f_code",
            "if code.co_filename not in outside:",
            *self.number_in_formula(),
            "    frame = user_frame(frame)",
            "    code = frame.f_code",
            "node.code = code",
            "node.lasti = frame.f_lasti",
            "out._node = node",
            "if events.observer is not None:",
            "    events.observer.node_created(node)",
        ]
        return [test, *indented(lines, 1), f"el{unrecorded[0]}", unrecorded[1]]

    def number_in_formula(self) -> list[str]:
        """Write that another record stands for an operator with a number in a formula."""
        if self.hot.outside:
            return ["    if state.formula:", f"        {self.back}"]
        if not self.op.in_formula:
            return []
        return [
            f"    if state.formula and not isinstance({self.operand}, Tensor):",
            f"        return T.{self.op.in_formula}({self.first}, {self.operand})",
        ]

    def edge(self, name: str) -> list[str]:
        """Write how the edge to an input is got: the work of `Tensor._edge`, without a call."""
        return [
            f"if n_{name} is LEAF:",
            f"    e_{name} = {name}._accumulator()",
            f"elif {name}._output_nr:",
            f"    e_{name} = (n_{name}, {name}._output_nr)",
            "else:",
            f"    e_{name} = n_{name}",
        ]

    def saving(self, needs: tuple[bool, ...]) -> list[str]:
        """Write what the node keeps."""
        plan, op = self.op.plan(needs), self.op
        lines, parts = [], []
        for name, (kind, key) in zip(plan.names, plan.sources, strict=True):
            who = op.params[key] if kind in ("input", "shape", "strides", "dtype", "value") else ""
            if kind == "input":
                version = f"0 if {who}._version_counter is None else {who}._version_counter[0]"
                if who == self.operand or who in self.optional:
                    version = f"None if not isinstance({who}, Tensor) else {version}"
                parts += [who, version]
            elif kind == "output":
                lines.append("out._version_counter = counter = [0]")
                parts += ["result", "counter"]
            elif kind == "shape" and who == self.operand:
                parts.append(f"getattr(a_{who}, 'shape', ())")
            elif kind == "shape":
                parts.append(f"a_{who}.shape")
            elif kind == "strides":
                parts.append(f"a_{who}.strides")
            elif kind == "dtype":
                parts.append("kind" if who in self.real else f"a_{who}.dtype")
            elif kind == "out_shape":
                parts.append("result.shape")
            elif kind == "out_dtype":
                parts.append("result.dtype")
            elif kind == "value":
                parts.append(who if who in self.params else repr(op.defaults[who]))
            elif kind == "aux":
                parts.append(f"aux_{name}")
            else:
                raise TypeError(f"{op.name}: a fast path cannot save {kind} {name}")
        if parts:
            lines.append(f"node.saved = ({', '.join(parts)},)")
        return lines
