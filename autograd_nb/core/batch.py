"""Batched tensors: one tensor that stands for every example of a batch at once.

Note [Batched tensors]
A function that `vmap` maps sees tensors of one example. Each is a `Batched`: an ordinary tensor
that holds all examples, with one dimension in front per open level of `vmap`, of which only the
others show. An operation on it is carried out by its batching rule (`ops/batching.py`), on the
ordinary tensors; so the history is theirs, and gradients of any order are those of ordinary
operations. An operation without a rule, and a formula that looks at raw numbers, is computed
for one example after the other.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from operator import mul
from typing import Any, ClassVar

import numpy as np

from . import dtypes, modes, subclasses
from .dispatch import call, call_inplace, dual_levels_of
from .function_forward import at_level, no_tangents, with_tangents_of
from .node import Node
from .op import Op
from .tensor import LEAF, Tensor
from .warn import warn

_state = modes.state
Rule = Callable[["Batch", list[Any]], Any]
RULES: dict[str, Rule] = {}  # by record; filled by the files ops/_batching*.py
_slow: set[str] = set()  # operations whose warning was given
_told = threading.local()  # `silent`: within a pass that was not asked to be batched


class Unbatchable(RuntimeError):
    """Raised where the numbers of a batched tensor are asked for as if it were one example."""


@dataclass(eq=False)
class Level:
    """One running `vmap`.

    Attributes
    ----------
    depth : int
        1 for the outermost.
    size : int
        How many examples.
    randomness : {"error", "different", "same"}
    is_transform : bool
        Whether a user's `vmap` opened it: a batch of gradients or tangents forbids less.
    of_tangents : bool
        Whether only tangents (forward mode) are batched at it: values are the same for all.
    """

    depth: int
    size: int
    randomness: str = "error"
    is_transform: bool = True
    of_tangents: bool = False


Levels = tuple[Level, ...]


def _depth() -> int:
    return len(_state.levels) + len(_state.transforms) + 1


@contextmanager
def level(
    size: int, randomness: str = "error", is_transform: bool = True, of_tangents: bool = False
) -> Iterator[Level]:
    """Open a level: within the block tensors may be batched."""
    previous = _state.levels
    opened = Level(_depth(), size, randomness, is_transform, of_tangents)
    _state.levels = (*previous, opened)
    try:
        yield opened
    finally:
        _state.levels = previous


class _Layout:
    c_contiguous = True


class Logical:
    """What stands in `_array` of a batched tensor: shape and dtype of one example, no numbers."""

    __slots__ = ("dtype", "shape")
    flags = _Layout

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape = shape
        self.dtype = dtype

    @property
    def ndim(self) -> int:
        """The number of dimensions of one example."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements of one example."""
        return math.prod(self.shape)

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes between neighbours of one example, whose numbers count as lying row by row."""
        steps = accumulate((self.itemsize, *self.shape[:0:-1]), mul) if self.shape else ()
        return tuple(steps)[::-1]

    @property
    def itemsize(self) -> int:
        """Bytes an element."""
        return int(self.dtype.itemsize)

    @property
    def nbytes(self) -> int:
        """Bytes that the elements of one example take."""
        return self.size * self.itemsize

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__array__":
            raise AttributeError(name)
        raise Unbatchable(
            "the numbers of a batched tensor were asked for where only its shape is known"
        )

    def _no_numbers(self, *args: Any, **kwargs: Any) -> Any:
        return self.__getattr__("numbers")

    __array_ufunc__ = __array_function__ = __getitem__ = _no_numbers
    __bool__ = __iter__ = __len__ = __int__ = __float__ = __lt__ = __gt__ = _no_numbers
    __eq__ = __ne__ = _no_numbers
    __hash__ = object.__hash__


class Batched(Tensor):
    """A tensor per example; see Note [Batched tensors].

    Attributes
    ----------
    _value : Tensor
        All examples, the dimensions of `_levels` in front.
    _levels : tuple of Level
        By depth, the outermost first.
    """

    _value: Tensor
    _levels: Levels
    _laid: tuple[int, Tensor] | None = None  # the dimension mapped over, if the user chose it
    _odd = True  # no fast path serves it
    __torch_function__: Any = classmethod(subclasses.disabled)

    @property
    def _array(self) -> Any:
        array = self._value._array
        return Logical(array.shape[len(self._levels) :], array.dtype)

    @property
    def _node(self) -> Any:
        return self._value._node

    @property
    def _view(self) -> Any:  # type: ignore[override]
        return self._value._view

    @property
    def _version(self) -> int:
        return self._value._version

    @property
    def _tangent(self) -> Any:
        tangent = self._value._tangent
        return None if tangent is None else batched(tangent, self._levels)

    @_tangent.setter
    def _tangent(self, tangent: Any) -> None:
        # At levels that this tensor has not, the tangent of its value stays batched.
        self._value._tangent = None if tangent is None else without(tangent, self._levels)

    def _node_or_none(self) -> Node | None:
        return self._value._node_or_none()

    def detach(self) -> Tensor:
        """Return a tensor that shares the memory and has no history."""
        return batched(self._value.detach(), self._levels)

    __copy__ = Tensor._twin

    @property
    def data(self) -> Tensor:
        """Refused, as in PyTorch: `detach` gives the numbers."""
        raise RuntimeError("accessing `data` under vmap transform is not allowed")

    @data.setter
    def data(self, value: Any) -> None:
        raise RuntimeError("mutating directly with `.data` under vmap transform is not allowed.")

    def _nd(self) -> Any:
        return self._array.numbers

    def item(self) -> Any:
        """Refuse: every example has a number of its own."""
        raise RuntimeError(
            "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over "
            "calling .item() on a Tensor, please try to rewrite what you're doing with other "
            "operations. If error is occurring somewhere inside PyTorch internals, please file a "
            "bug report."
        )

    _scalar = item

    def tolist(self) -> Any:
        """Refuse, as `numpy`; the numbers of all examples are shown by printing."""
        return self.numpy()

    def __bool__(self) -> bool:
        raise RuntimeError(
            "vmap: It looks like you're attempting to use a Tensor in some data-dependent control "
            "flow. We don't support that yet, please file an issue at "
            "https://github.com/pytorch/pytorch/issues ."
        )

    def numpy(self, *, force: bool = False) -> Any:
        """Refuse: there is no storage of one example."""
        raise RuntimeError("Cannot access data pointer of Tensor that doesn't have storage")

    def data_ptr(self) -> int:
        """Refuse, as `numpy`."""
        return self.numpy()  # type: ignore[no-any-return]

    def stride(self, dim: int | None = None) -> Any:
        """Return the step of each dimension of one example, or of one, in elements."""
        steps = self._value.stride()[len(self._levels) :]
        return steps if dim is None else steps[dim]

    def storage_offset(self) -> int:
        """Return where in the storage of all examples the first one begins."""
        return self._value.storage_offset()

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Say whether the elements of one example lie in row-major order without gaps."""
        step = 1
        for length, stride in zip(reversed(self.shape), reversed(self.stride()), strict=True):
            if length != 1 and stride != step:
                return False
            step *= length
        return True


# -- between a batch and its whole ---------------------------------------------------------------
def batched(value: Tensor, levels: Levels) -> Tensor:
    """Return the tensor whose examples lie along the first dimensions of `value`."""
    if not levels:
        return value
    if isinstance(value, Batched):  # its own levels lie in front of all others
        own = value._levels
        both = tuple(sorted((*own, *levels), key=lambda lv: lv.depth))
        now = (*own, *levels)
        return batched(_moved(value._value, now, both), both)
    tensor = object.__new__(Batched)
    tensor._value = value
    tensor._levels = levels
    return tensor


def _moved(value: Tensor, now: Levels, wanted: Levels) -> Tensor:
    """Reorder the leading dimensions, which belong to levels."""
    if now == wanted:
        return value
    k = len(now)
    dims = [now.index(lv) for lv in wanted] + list(range(k, value._array.ndim))
    return Op.traced.permute(value, tuple(dims))  # type: ignore[no-any-return]


def levels_of(values: Any) -> Levels:
    """Return the levels of all tensors among some values, the outermost first."""
    found: Levels = ()
    for value in values:
        if isinstance(value, Batched):
            own = value._levels
        elif type(value) in (list, tuple):
            own = levels_of(value)
        else:
            continue
        if own and own is not found and own != found:
            found = tuple(sorted({*found, *own}, key=lambda lv: lv.depth)) if found else own
    return found


def front(x: Tensor, levels: Levels, ndim: int = -1, expand: bool = False) -> Tensor:
    """Return all examples of a tensor, with one dimension per level in front.

    Parameters
    ----------
    x : Tensor
        Batched at some of `levels`, or at none.
    levels : tuple of Level
    ndim : int, optional
        Raise the rank of an example to this, by dimensions of length 1 in front.
    expand : bool, default False
        Repeat along the levels that `x` lacks; otherwise they have length 1.
    """
    value, own = (x._value, x._levels) if isinstance(x, Batched) else (x, ())
    shape = value._array.shape
    rest = shape[len(own) :]
    missing = max(ndim - len(rest), 0)
    if own == levels and not missing:
        return value
    if expand and own != levels and _state.dual_level and not missing:
        return _front_with_tangents(x, levels)
    here = {lv: lv.size for lv in own}
    lead = tuple(here.get(lv, 1) for lv in levels)
    if lead or missing:
        value = Op.traced.reshape(value, (*lead, *(1,) * missing, *rest))
    if expand and own != levels:
        sizes = (lv.size for lv in levels)
        value = Op.traced.expand(value, (*sizes, *(1,) * missing, *rest))
    return value


def _front_with_tangents(x: Tensor, levels: Levels) -> Tensor:
    """Repeat a tensor along levels at which its tangents (forward mode) may be batched."""
    with at_level(0):
        value = front(x, levels, expand=True)
    for dual in dual_levels_of([x]):
        from .forward_ad import set_tangent

        with at_level(dual):
            tangent = x._tangent
            with no_tangents():
                tangent = without(tangent, levels)
            set_tangent(value, tangent)
    return value


def in_level(x: Tensor, opened: Level) -> Tensor:
    """Return the tensor whose examples lie along the first dimension of `x`."""
    if isinstance(x, Batched):  # at outer levels already
        return batched(x._value, (*x._levels, opened))
    return batched(x, (opened,))


def without(x: Tensor, removed: Levels) -> Tensor:
    """Return a tensor with its `removed` levels turned into ordinary first dimensions."""
    own = x._levels if isinstance(x, Batched) else ()
    kept = tuple(lv for lv in own if lv not in removed)
    every = tuple(sorted({*own, *removed}, key=lambda lv: lv.depth))
    value = front(x, every, expand=True)
    return batched(_moved(value, every, (*kept, *removed)), kept)


def whole(x: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
    """Apply a function to all examples as one tensor; it leaves the first dimensions alone."""
    assert isinstance(x, Batched)
    return batched(function(x._value), x._levels)


def spread(x: Tensor) -> Tensor:
    """Return a tensor that has every open level: an example of its own for each."""
    own = levels_of([x])
    levels = tuple(lv for lv in _state.levels if lv in own or not lv.of_tangents)
    if own == levels:
        return x
    return batched(front(x, levels, expand=True), levels)


def variable(x: Tensor) -> Tensor:
    """Return a tensor to differentiate with respect to, connected to the history of `x`.

    Inside `vmap` it has an example of its own for each, and so has its gradient.
    """
    x = spread(x)
    value = x._value if isinstance(x, Batched) else x
    value = value.view_as(value) if value.requires_grad else with_tangents_of(leaf_of(value), value)
    return batched(value, x._levels) if isinstance(x, Batched) else value


def leaf_of(x: Tensor) -> Tensor:
    """Return a leaf that requires grad and shares the memory of `x`.

    It has no views yet, which `requires_grad_` would have to look for.
    """
    leaf = Tensor.detach(x)
    if leaf._array.dtype.kind not in "fc":
        return leaf._wanting()  # raises
    leaf._node = LEAF
    return leaf


# -- operations ----------------------------------------------------------------------------------
@dataclass
class Batch:
    """One operation on batched tensors, as its rule sees it."""

    op: Op
    levels: Levels
    inplace: bool = False
    sizes: tuple[int, ...] = field(init=False)
    load_rules: ClassVar[Callable[[], Any]]  # set by ops

    def __post_init__(self) -> None:
        self.sizes = tuple(lv.size for lv in self.levels)

    def run(self, values: list[Any], op: Op | None = None) -> Any:
        """Carry out the operation (or another) on ordinary tensors."""
        op = op or self.op
        n = op.n_positional
        named = dict(zip(op.params[n:], values[n:], strict=True)) if op.keyword_only else {}
        return (call_inplace if self.inplace else call)(op, tuple(values[:n]), named)

    def front(self, x: Tensor, ndim: int = -1) -> Tensor:
        """Return all examples of a tensor, of length 1 at levels that it lacks."""
        return front(x, self.levels, ndim)

    def full(self, x: Tensor, ndim: int = -1) -> Tensor:
        """Return all examples of a tensor, repeated along levels that it lacks."""
        return front(x, self.levels, ndim, True)

    def wrap(self, found: Any) -> Any:
        """Return what an operation on ordinary tensors gave, as batched tensors."""
        if isinstance(found, Tensor):
            return batched(found, self.levels)
        return type(found)([batched(part, self.levels) for part in found])


def _at_levels_of_tangents(value: Any, levels: Levels) -> Any:
    """Batch each tensor at those of some levels at which one of its tangents is batched."""
    if type(value) in (list, tuple):
        return type(value)([_at_levels_of_tangents(item, levels) for item in value])
    if not isinstance(value, Tensor):
        return value
    tangents = []
    for dual in dual_levels_of([value]):
        with at_level(dual):
            tangents.append(value._tangent)
    own = levels_of([value])
    every = tuple(lv for lv in levels_of([value, *tangents]) if lv in own or lv in levels)
    return value if every == own else batched(front(value, every, expand=True), every)


def call_batched(op: Op, values: list[Any], inplace: bool = False) -> Any:
    """Run an operation on arguments among which some are batched."""
    levels = levels_of(values)
    if _state.dual_level:
        values[inplace:] = [_at_levels_of_tangents(value, levels) for value in values[inplace:]]
    batch = Batch(op, levels, inplace)
    target = values[0]
    if inplace and (not isinstance(target, Batched) or target._levels != batch.levels):
        raise RuntimeError(SMALL_TARGET.format("arithmetic"))
    if not RULES:
        Batch.load_rules()
    rule = RULES.get(op.name)
    if rule is None:
        if op.name in REFUSED:
            raise RuntimeError(REFUSED[op.name])
        warn_slow(op.public_name + "_" * inplace)
    else:
        try:
            found = rule(batch, list(values))
            return target if inplace else batch.wrap(found)
        except Unbatchable:
            pass  # it was a formula of forward mode: one example after the other then
    found = each(lambda arguments: batch.run(arguments), list(values), batch.levels)
    return target if inplace else found


SMALL_TARGET = (
    "vmap: inplace {0}(self, *extra_args) is not possible because there exists a Tensor "
    "`other` in extra_args that has more elements than `self`. This happened due to `other` being "
    "vmapped over but `self` not being vmapped over in a vmap. Please try to use out-of-place "
    "operators instead of inplace {0}. If said operator is being called inside the PyTorch "
    "framework, please file a bug report instead."
)


_ISSUE = (
    "Please file an issue at https://github.com/pytorch/pytorch/issues if you need this feature."
)
_DYNAMIC = (
    "vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap "
    "over aten::{}. " + _ISSUE
)
REFUSED = {  # functions whose result has no shape or value that all examples share
    "nonzero": _DYNAMIC.format("nonzero"),
    "argwhere": _DYNAMIC.format("nonzero"),
    "unique": _DYNAMIC.format("_unique2"),
    "unique_flat": _DYNAMIC.format("_unique2"),
    "unique_dim": _DYNAMIC.format("unique_dim"),
    "unique_consecutive_runs": _DYNAMIC.format("unique_consecutive"),
    "unique_consecutive": _DYNAMIC.format("unique_consecutive"),
    "masked_select": (
        "vmap: Attempted to vmap over `mask` in torch.masked_select(self, mask) We cannot support "
        "this because for each batch this would return a differently shaped Tensor. " + _ISSUE
    ),
    "getitem": (
        "vmap: We do not support batching operators that can support dynamic shape. Attempting to "
        "batch over indexing with a boolean mask."
    ),
    "allclose": "vmap over torch.allclose isn't supported yet. " + _ISSUE,
    "equal": ("Batching rule not implemented for aten::equal. We could not generate a fallback."),
}


def warn_slow(name: str) -> None:
    """Warn, once for each operation, that examples are computed one after the other."""
    if name not in _slow and not getattr(_told, "silent", False):
        _slow.add(name)
        warn(
            "There is a performance drop because we have not yet implemented the batching rule "
            f"for aten::{name}. Please file us an issue on GitHub so that we can prioritize its "
            "implementation.",
        )


@contextmanager
def silently() -> Iterator[None]:
    """Within the block no warning tells of missing rules: nobody asked for a batch."""
    previous = getattr(_told, "silent", False)
    _told.silent = True
    try:
        yield
    finally:
        _told.silent = previous


def map_tensors(fn: Callable[[Tensor], Any], tree: Any) -> Any:
    """Apply `fn` to every tensor in nested lists and tuples."""
    if isinstance(tree, Tensor):
        return fn(tree)
    if type(tree) in (list, tuple):
        return type(tree)(map_tensors(fn, part) for part in tree)
    return tree


@contextmanager
def outside() -> Iterator[None]:
    """Within the block no level is open: everything is an ordinary tensor."""
    previous = _state.levels
    _state.levels = ()
    try:
        yield
    finally:
        _state.levels = previous


def loop_composite(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """Return what a function gives that looks at numbers, one example after the other."""
    levels = levels_of((*args, *kwargs.values()))
    draws = tuple(lv for lv in _state.levels if lv.randomness == "different")
    every = tuple(sorted({*levels, *draws}, key=lambda lv: lv.depth))
    name = function.__name__
    if levels and name in REFUSED and name != "getitem":
        raise RuntimeError(REFUSED[name])
    if not draws:
        warn_slow(name)
    if not every:
        raise Unbatchable("a tensor of a vmap that is over, or one that it did not map, is used")
    names = list(kwargs)

    def run(values: Any) -> Any:
        positional, named = values
        return function(*positional, **dict(zip(names, named, strict=True)))

    with outside():
        return each(run, (tuple(args), tuple(kwargs.values())), every)


def each(function: Callable[[Any], Any], values: Any, levels: Levels) -> Any:
    """Return what a function of nested tensors gives, one example after the other."""

    def example(index: tuple[int, ...]) -> Callable[[Tensor], Tensor]:
        at = dict(zip(levels, index, strict=True))

        def pick(x: Tensor) -> Tensor:
            if not isinstance(x, Batched):
                return x
            value = x._value
            for lv in x._levels:
                value = Op.traced.select(value, 0, at[lv])
            return value

        return pick

    sizes = [lv.size for lv in levels]
    results = [function(map_tensors(example(i), values)) for i in np.ndindex(*sizes)]
    if not results:
        raise RuntimeError("vmap: cannot map over a dimension of length 0 without a batching rule")

    def joined(parts: tuple[Any, ...]) -> Any:
        first = parts[0]
        if isinstance(first, Tensor):
            column = Op.traced.stack(list(parts), 0)
            return batched(Op.traced.reshape(column, (*sizes, *first._array.shape)), levels)
        if isinstance(first, list | tuple):
            return type(first)([joined(column) for column in zip(*parts, strict=True)])
        return first

    return joined(tuple(results))


def common_dtype(operands: list[Any]) -> dtypes.dtype:
    """Return the dtype in which PyTorch computes on one example."""
    return dtypes.result_type([v for v in operands if v is not None])
