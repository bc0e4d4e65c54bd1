"""Turn the classes of the table into operations: checked, named, and put where users find them.

An operation is one class in one file of this folder::

    @op(node="ExpBackward0", kind="elementwise", methods="exp", functions="exp", inplace=True)
    class exp:
        '''Numpydoc, with the formula in the Notes.'''

        def forward(self):                        # arrays in, arrays out
            return np.exp(self)

        def vjp_self(F, grad_output, result):     # what it asks for is what is saved
            return grad_output * F.conj(result)

        samples = [Sample(T(3, 4)), Sample(T())]

The class statement is only the form; what stands under its name afterwards is the `Op` record.
"""

from __future__ import annotations

import collections
import importlib
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from inspect import unwrap
from types import NoneType
from typing import Any, TypeVar

import numpy as np

from ..core import dtypes
from ..core.batch import Unbatchable, loop_composite
from ..core.binding import KEYWORDS
from ..core.dispatch import call, call_inplace
from ..core.frames import words_of_call
from ..core.op import Op, OpNode
from ..core.subclasses import seen as subclasses
from ..core.tensor import Tensor
from . import namespaces
from ._hot import TWINS
from .loading import PLACES, Shelf, StandIn, load
from .samples import Sample as Sample
from .samples import T as T

TABLE = Op.table = Shelf("records")
SPACES = ("torch", "nn.functional", "linalg", "special", "fft")
FUNCTIONS = {space: Shelf(space) for space in SPACES}
SAMPLES = Shelf("records")
ERROR_SAMPLES = Shelf("records")  # arguments that PyTorch refuses
TORCH_NAMES: dict[str, str | None] = {}  # PyTorch's name where it differs; None: it has none
_METHODS: dict[str, Any] = {}  # what the loaded part of the table put on Tensor
waiting = dict.fromkeys(TWINS, True)  # modules whose fast twins are not in their places

_INPLACE_OPERATORS = {
    "__add__",
    "__sub__",
    "__mul__",
    "__truediv__",
    "__floordiv__",
    "__mod__",
    "__pow__",
    "__and__",
    "__or__",
    "__xor__",
    "__lshift__",
    "__rshift__",
}
_BINARY_OPERATORS = {
    f"__{side}{name}__"
    for name in (
        "add",
        "sub",
        "mul",
        "truediv",
        "floordiv",
        "mod",
        "pow",
        "and",
        "or",
        "xor",
        "lshift",
        "rshift",
        "matmul",
    )
    for side in ("", "r", "i")
} | {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}
_OPERANDS = (Tensor, *dtypes.NUMBERS)
_Function = TypeVar("_Function", bound=Callable[..., Any])


# -- records ------------------------------------------------------------------------------------
def op(
    *,
    node: str | None,
    kind: str = "other",
    pointwise: bool = False,
    promote: str = "",
    to_float: bool = False,
    methods: str = "",
    functions: str | None = None,
    namespaces: str = "torch",
    inplace: bool | str = False,
    varargs: str = "",
    view: bool = False,
    outputs: str = "result",
    aux: str = "",
    tensors: str = "",
    strict: str = "",
    tensor_list: str = "",
    return_type: Any = None,
    public: bool = True,
    torch_name: str | None = None,
    name: str | None = None,
    inputs: str | None = None,
) -> Callable[[type], Op]:
    """Make the operation that a class describes; see the module's docstring.

    Parameters
    ----------
    node : str or None
        Public name of its node; None if it has no derivative.
    kind : {"linear", "bilinear", "elementwise", "nondifferentiable", "other"}
        How forward mode and batching follow.
    pointwise : bool
        Each element of the result needs just that element of the operands, as it is with every
        record of kind "elementwise": large arrays are computed in pieces.
    promote : str
        Names of the inputs that are cast to their common type first.
    to_float : bool
        Cast integers to the default dtype too.
    methods, functions, namespaces : str
        Where users find it; several names are separated by spaces. A method name that ends
        in an underscore is the in-place form alone.
    inplace : bool or str
        Give every method an in-place twin, ``name_``; a string is its node's name, where
        PyTorch has another one for it.
    varargs : str
        The parameter that may be given as separate numbers: ``f(x, 2, 3)``.
    view : bool
        The result shares the first input's memory.
    outputs, aux : str
        Names of the results, and of extra arrays to save; ``"*"``: any number of results.
    strict : str
        Tensor inputs among the promoted that take no number.
    tensors, tensor_list : str
        Tensor inputs that have no formula; the parameter that takes a sequence of tensors.
    return_type : str or type, optional
        Named tuple for several results.
    public : bool
        False for an overload that a composite chooses.
    inputs : str, optional
        The differentiable inputs, where a joint formula serves them.
    torch_name : str, optional
        PyTorch's name for it, where that differs from the first function name.

    Notes
    -----
    A class attribute ``saved`` says under which names, and in which form, PyTorch's node shows
    what it keeps, where the parameters of the formulas do not; ``keeps`` names arguments that are
    kept to be shown alone; ``scalars`` names operands that are numbers though they are promoted;
    ``in_formula`` the record that stands for this one where a formula gives it a number. A class
    attribute ``overlap`` says whether an operand of the in-place form may lie in the memory it
    changes: ``"allowed"``, ``"same"`` (only all of it; the default for operations that promote
    their operands) or ``"never"``. A function ``refuse``
    sees the operands of one that promotes as they were given. Half precision is computed in single
    and rounded once, unless ``stepwise`` is true. Where the in-place form has a derivative of its
    own, ``in_place_vjp_self`` is its formula.

    Raises
    ------
    TypeError
        If a formula names an input that `forward` does not have, or the docstring is missing.
    """

    def make(cls: type) -> Op:
        return _make(cls)

    def _make(cls: type) -> Op:
        body = dict(cls.__dict__)
        record = name or cls.__name__
        forward = body["forward"]
        forward.__qualname__ = f"{record}.forward"
        code = unwrap(forward).__code__
        parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        formulas = {
            key.removeprefix("vjp_"): value for key, value in body.items() if key.startswith("vjp_")
        }
        joint = body.get("vjp")
        named = inputs if inputs is not None else body.get("inputs")
        wanted = (
            tuple(p for p in parameters if p in formulas) if named is None else tuple(named.split())
        )
        listed = tensor_list or None
        unknown = set(formulas) - set(parameters) | (set(wanted) - set(parameters))
        if unknown:
            raise TypeError(f"{record}: formulas for unknown inputs {sorted(unknown)}")
        if not (cls.__doc__ or "").strip():
            raise TypeError(f"{record} has no docstring")
        given = {*wanted, *promote.split(), *tensors.split()}
        if not listed or "self" in parameters:
            given |= {"self"} & set(parameters)
        node_class = _node_class(node or f"Not{record}")
        rule = Op(
            name=record,
            forward=forward,
            node_class=node_class,
            formulas=formulas,
            joint=joint,
            inputs=wanted,
            tensors=frozenset(given - {listed}),
            tensor_list=listed,
            inplace_forward=body.get("forward_"),
            outputs=tuple(outputs.split()),
            aux=tuple(aux.split()),
            promote=tuple(promote.split()),
            strict=tuple(strict.split()),
            to_float=to_float,
            view=view,
            kind=kind,
            ufunc=body.get("ufunc"),
            pointwise=pointwise or kind == "elementwise",
            stepwise=body.get("stepwise", False),
            refuse=body.get("refuse"),
            overlap=body.get("overlap", "same" if promote else "allowed"),
            return_type=_return_type(return_type, outputs),
            in_formula=body.get("in_formula", ""),
            scalars=frozenset(body.get("scalars", "").split()),
            saved=body.get("saved", {}),
            keeps=tuple(body.get("keeps", "").split()),
            jvps={k.removeprefix("jvp_"): v for k, v in body.items() if k.startswith("jvp_")},
            doc=cls.__doc__ or "",
        )
        node_class.op = rule
        spelled = functions
        if spelled is None:
            spelled = record if public and not methods else ""
        # An overload speaks under the name that its node has.
        rule.public_name = (spelled.split() or methods.split() or [_snake(node) or record])[0]
        in_place = body.get("in_place_vjp_self")
        changed = {} if in_place is None else {"formulas": {"self": in_place}}
        _add(rule, namespaces, spelled, methods, inplace, varargs, changed)
        SAMPLES[record] = list(body.get("samples", ()))
        ERROR_SAMPLES[record] = list(body.get("error_samples", ()))
        if torch_name is not None or "torch_name" in body:
            TORCH_NAMES[record] = torch_name or body.get("torch_name")
        return rule

    return make


def _snake(node: str | None) -> str:
    """Return the function that a node is named after: of `MaxPool2DBackward0` max_pool2d."""
    producer = (node or "").rpartition(":")[2].partition("Backward")[0]
    producer = re.sub(r"(?<=\d)D", "d", producer)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", producer).lower()


def _return_type(wanted: Any, outputs: str) -> Any:
    if wanted is None or not isinstance(wanted, str):
        return wanted
    return return_types.make(wanted, outputs.split())


def _node_class(name: str) -> Any:
    prefix, colons, short = name.rpartition("::")
    return type(short, (OpNode,), {"__module__": "builtins", "namespace": prefix + colons})


def renamed(rule: Op, node: str, **changes: Any) -> Op:
    """Return the same operation under another name of its node, with further changes."""
    found = replace(rule, node_class=_node_class(node), **changes)
    found.node_class.op = found
    return found


def _add(
    rule: Op,
    spaces: str,
    functions: str,
    methods: str,
    inplace: bool | str,
    varargs: str,
    changed: dict[str, Any],
) -> None:
    if rule.name in TABLE.loaded:
        raise TypeError(f"two records are called {rule.name}")
    TABLE[rule.name] = rule
    position = rule.positions[varargs] if varargs else None
    inner = _public(rule, call, position, rule.public_name)
    namespaces.add_op(rule, inner)
    if functions:
        function = _also(inner, _public(rule, call, position, rule.public_name, spaces.split()[0]))
        for space in spaces.split():
            for spelling in functions.split():
                FUNCTIONS[space][spelling] = function
    plain = [m for m in methods.split() if m.startswith("__") or not m.endswith("_")]
    if plain:
        name = next((m for m in plain if not m.startswith("__")), rule.public_name)
        method = _also(inner, _public(rule, call, position, name, "Tensor"))
        for spelling in plain:
            _install(spelling, method)
    only_inplace = [m for m in methods.split() if m not in plain]
    if not inplace and not only_inplace:
        return
    own = renamed(rule, inplace, **changed) if isinstance(inplace, str) else rule
    name = rule.public_name.removesuffix("_") + "_"
    inner = _public(own, call_inplace, position, name)
    namespaces.add_inplace(rule.name, inner)
    method = _also(inner, _public(own, call_inplace, position, name, "Tensor"))
    for spelling in only_inplace:
        _put(spelling, method)
    if not inplace:
        return
    for spelling in plain:
        if spelling in _INPLACE_OPERATORS:
            _install(f"__i{spelling[2:]}", method)
        elif not spelling.startswith("__"):
            _put(f"{spelling}_", method)
    if len(rule.tensors) == 1 and functions:
        function = _also(inner, _public(own, call_inplace, position, name, spaces.split()[0]))
        for space in spaces.split():
            for spelling in functions.split():
                FUNCTIONS[space][f"{spelling}_"] = function


def _also(inner: Any, outer: Any) -> Any:
    """Note which function of the traced namespace stands behind one that users call."""
    outer.__wrapped__ = inner
    return outer


def _install(method: str, function: Any) -> None:
    """Put a method on Tensor; a binary operator leaves strangers to the other operand."""
    if method in _BINARY_OPERATORS:
        accepted = (Tensor,) if "matmul" in method else _OPERANDS

        @wraps(function)
        def operator(self: Tensor, other: Any) -> Any:
            __tracebackhide__ = True
            if subclasses:
                try:
                    answer = _taken_over("Tensor", method, (self, other), {})
                except TypeError:
                    return NotImplemented
                if answer is not None:
                    return answer[0]
            if not isinstance(other, accepted):
                if hasattr(type(other), "__torch_function__"):
                    answer = _after_failure("Tensor", method, (self, other), {})
                    return NotImplemented if answer is None else answer[0]
                if not isinstance(other, np.ndarray):
                    return NotImplemented
                other = Tensor._wrap(other)
            return function(self, other)

        _put(method, operator)
    else:
        _put(method, function)


def _put(method: str, function: Any) -> None:
    """Put a method on Tensor, unless somebody put another there before it was loaded."""
    if isinstance(vars(Tensor).get(method), (StandIn, NoneType)):
        setattr(Tensor, method, function)
        _METHODS[method] = function


def _public(rule: Op, run: Any, varargs: int | None, name: str, space: str = "") -> Any:
    """Return the function that users call: collects sizes, serves `out=`, hands over.

    See Note [Complaints about arguments]; without a `space` it is for our own calls, and does not
    complain.
    """
    known: set[Any] = set()  # types of arguments that are right in any case

    if varargs is None:

        def function(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            if subclasses and (answer := _taken_over(space, name, args, kwargs)):
                return answer[0]
            if space and (kinds := _kinds(args, kwargs)) not in known:
                if answer := _read(space, name, args, kwargs, kinds, known):
                    return answer[0]
            try:
                if kwargs and "out" in kwargs:
                    return _into(space, name, partial(_run, run, rule), args, kwargs)
                return run(rule, args, kwargs)
            except Exception:
                answer = _after_failure(space, name, args, kwargs)
                if answer is None:
                    raise
                return answer[0]

    else:

        def function(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            if subclasses and (answer := _taken_over(space, name, args, kwargs)):
                return answer[0]
            given = args
            if len(args) > varargs and isinstance(args[varargs], (int, np.integer, Tensor)):
                args = (*args[:varargs], args[varargs:])
            if space and (kinds := _kinds(given, kwargs)) not in known:
                if answer := _read(space, name, given, kwargs, kinds, known):
                    return answer[0]
            try:
                return run(rule, args, kwargs)
            except Exception:
                answer = _after_failure(space, name, given, kwargs)
                if answer is None:
                    raise
                return answer[0]

    _name(function, name, space)
    function.__doc__ = rule.doc
    return function


_SHORT = 8  # a longer sequence is not read before a call


def _kinds(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the types of a call's arguments and of what lists hold; None if they are long."""
    kinds: tuple[Any, ...] = tuple(map(type, args))
    values = args
    if kwargs:
        values = (*args, *kwargs.values())
        kinds = (*map(type, values), *kwargs)
    if list in kinds or tuple in kinds:
        for value in values:
            if type(value) is list or type(value) is tuple:
                if len(value) > _SHORT:
                    return None
                kinds += (tuple(map(type, value)),)
    return kinds


def _read(
    space: str, name: str, args: Any, kwargs: Any, kinds: Any, known: set[Any]
) -> tuple[Any] | None:
    """Let PyTorch's parser read the arguments of a call; see Note [Complaints about arguments].

    Returns and raises what `_after_failure` does, where the parser does not take them.
    """
    __tracebackhide__ = True
    if kinds is None:
        return None
    from .arguments import fits

    if fits(space, name, args, kwargs, kinds, known):
        return None
    return _after_failure(space, name, args, kwargs, sys._getframe(2))


def _name(function: Any, name: str, space: str) -> None:
    """Name a function after the place where users find it, so that it can be pickled."""
    function.__name__ = function.__qualname__ = name
    if space in ("fft", "linalg", "special"):  # as PyTorch names its own
        function.__name__ = f"{space}_{name}"
    if space and space != "Tensor":
        function.__module__ = "autograd_nb" + (f".{space}" if space != "torch" else "")


def _taken_over(space: str, name: str, args: tuple[Any, ...], kwargs: Any) -> tuple[Any] | None:
    """Return what a subclass of Tensor answers to a call of the user's; see `overrides`."""
    if not space:
        return None
    from .overrides import taken_over

    return taken_over(space, name, args, kwargs)


def _after_failure(
    space: str, name: str, args: tuple[Any, ...], kwargs: Any, caller: Any = None
) -> tuple[Any] | None:
    """Return what an argument's class makes of a failed call, or raise PyTorch's complaint."""
    __tracebackhide__ = True
    if not space:
        return None
    from .older_calls import older_call
    from .overrides import handed_over

    answer = handed_over(space, name, args, kwargs) or older_call(space, name, args, kwargs)
    if answer is None:
        args, kwargs = _as_given(caller or sys._getframe(2), args, kwargs)
    wrong = None if answer else complaint(space, name, args, kwargs)
    if wrong is None:
        return answer
    raise wrong from None


def _as_given(caller: Any, args: tuple[Any, ...], kwargs: Any) -> tuple[tuple[Any, ...], Any]:
    """Return the arguments as the user gave them: a fast twin hands over by place."""
    code, user = caller.f_code, caller.f_back
    if user is not None and caller.f_globals.get("__name__", "").startswith(f"{__package__}._hot."):
        words = words_of_call(user)
        names = code.co_varnames[: code.co_argcount]
        for place, (name, _) in enumerate(zip(names, args, strict=False)):
            if name in words:
                return args[:place], dict(zip(names[place:], args[place:], strict=False)) | kwargs
    return args, kwargs


def complaint(
    space: str, name: str, args: tuple[Any, ...], kwargs: Any
) -> TypeError | AttributeError | None:
    """Return PyTorch's complaint about a failed call's arguments, if that is what is wrong."""
    if not space:
        return None
    from .arguments import no_tensor, not_taken, refusal

    wrong: TypeError | AttributeError | None = refusal(space, name, args, kwargs)
    if wrong is None and space == "nn.functional":
        function = FUNCTIONS[space][name]
        wrong = no_tensor(name, args) or not_taken(name, function, args, kwargs)
    return wrong


def _into(space: str, name: str, function: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
    """Write a result into `out`, unless PyTorch's function takes none."""
    from .outputs import write_out

    wrong = complaint(space, name, args, kwargs)
    if wrong is not None:
        raise wrong
    return write_out(name, function, args, kwargs, space)


def _run(run: Any, rule: Op, *args: Any, **kwargs: Any) -> Any:
    return run(rule, args, kwargs)


def composite(
    methods: str = "", functions: str = "", namespaces: str = "torch"
) -> Callable[[_Function], _Function]:
    """Register a function on Tensors that is composed of other operations.

    Parameters
    ----------
    methods, functions, namespaces : str
        Where users find it, as for `op`.
    """

    def make(function: _Function) -> _Function:
        # Python's own complaints about a call use this name.
        function.__qualname__ = (functions or methods or function.__name__).split()[0]
        if functions:
            for space in namespaces.split():
                for spelling in functions.split():
                    FUNCTIONS[space][spelling] = _spelled(function, spelling, space)
        for method in methods.split():
            # Python calls an operator without keywords: nothing has to be respelled.
            operator = method.startswith("__")
            _install(method, function if operator else _spelled(function, method, "Tensor"))
        _add_composite(function)
        return function

    return make


def _spelled(function: Any, name: str, space: str) -> Any:
    """Return the public form of a composite: other spellings of its keywords, and `out=`."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    spellings = {k: v for k, v in KEYWORDS.items() if v in names and k not in names}
    writes_out = "out" not in names
    known: set[Any] = set()  # types of arguments that are right in any case

    @wraps(function)
    def public(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if subclasses and (answer := _taken_over(space, name, args, kwargs)):
            return answer[0]
        given = kwargs
        if kwargs:
            if spellings and not spellings.keys().isdisjoint(kwargs):
                kwargs = {spellings.get(k, k): v for k, v in kwargs.items()}
        if (kinds := _kinds(args, given)) not in known:
            if answer := _read(space, name, args, given, kinds, known):
                return answer[0]
        try:
            if kwargs and writes_out and "out" in kwargs:
                return _into(space, name, function, args, kwargs)
            return function(*args, **kwargs)
        except Unbatchable:
            return loop_composite(function, args, kwargs)
        except Exception:
            answer = _after_failure(space, name, args, given)
            if answer is None:
                raise
            return answer[0]

    _name(public, name, space)
    return public


def _add_composite(function: Any) -> None:
    namespaces.add_composite(function.__name__, function)


def install_hot() -> None:
    """Put the generated fast twins of the modules loaded so far in their places."""
    for module in [name for name in tuple(waiting) if _imported(name)]:
        # Before the rest, which may load more of the table; None if another thread was faster.
        if waiting.pop(module, None) is None:
            continue
        hot = importlib.import_module(f"{__package__}._hot.{module}")
        for make, record, methods, functions in hot.MAKERS:
            _install_twin(make, record, methods, functions)


def _imported(module: str) -> bool:
    found = sys.modules.get(f"{__package__}.{module}")
    return found is not None and not getattr(found.__spec__, "_initializing", False)


def _install_twin(make: Any, record: str, methods: str, functions: str) -> None:
    inner = getattr(namespaces.T, record)
    twin = make(inner)
    setattr(namespaces.T, record, twin)
    for shelf in FUNCTIONS.values():
        for spelling, function in list(shelf.loaded.items()):
            if getattr(function, "__wrapped__", None) is inner:
                shelf[spelling] = _also(inner, make(function))
    for method, function in list(vars(Tensor).items()):
        if getattr(function, "__wrapped__", None) is inner:
            setattr(Tensor, method, _also(inner, make(function)))
    for method in methods.split():
        found = getattr(Tensor, method)
        if found is _METHODS.get(method):
            setattr(Tensor, method, make(found))
    for function in functions.split():
        FUNCTIONS["torch"][function] = make(FUNCTIONS["torch"][function])


class _ReturnTypes:
    """Named tuples of operations with several results: `torch.return_types`."""

    def __getattr__(self, name: str) -> Any:
        module = PLACES["return_types"].get(name)
        if module is None:
            if name.endswith("_out"):  # of the same results, written into given tensors
                return self.make(name, list(getattr(self, name.removesuffix("_out"))._fields))
            raise AttributeError(f"module 'torch.return_types' has no attribute '{name}'")
        load(module)
        return vars(self)[name]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *PLACES["return_types"]})

    def make(self, name: str, fields: list[str]) -> type:
        """Return the named tuple, the same one for the same name."""
        found = vars(self).get(name)
        if found is None:
            base = collections.namedtuple(name, fields)

            def build(kind: Any, values: Any) -> Any:
                return tuple.__new__(kind, values)

            def show(self: Any) -> str:
                body = ",\n".join(f"{f}={v!r}" for f, v in zip(fields, self, strict=True))
                return f"torch.return_types.{name}(\n{body})"

            found = type(name, (base,), {"__new__": build, "__repr__": show, "__slots__": ()})
            found.__module__ = "torch.return_types"
            setattr(self, name, found)
        return found


return_types = _ReturnTypes()
