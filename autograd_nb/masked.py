"""`torch.masked`: reductions and normalizations of the elements that a mask keeps.

What is masked out becomes the value that does not change the result: 0 in a sum, -inf in a
maximum. `MaskedTensor` is not here.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from typing import Any, TypeVar

from .absent import guard
from .core import dtypes
from .core.tensor import Tensor
from .numeric_limits import iinfo
from .ops.registry import FUNCTIONS

__all__ = [
    "amax",
    "amin",
    "argmax",
    "argmin",
    "cumprod",
    "cumsum",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "mean",
    "median",
    "norm",
    "normalize",
    "prod",
    "softmax",
    "softmin",
    "std",
    "sum",
    "var",
]
_ops, _layers = FUNCTIONS["torch"], FUNCTIONS["nn.functional"]
_DOC = """

    Parameters
    ----------
    input : Tensor
        What to look at.
    {parameters}dtype : dtype, optional
        Of the result.
    mask : Tensor of bool, optional
        True for the elements that count; it is broadcast to the shape of `input`.

    Returns
    -------
    Tensor
    """
_DIM = "dim : int{}\n        Along which dimension{}.\n    "
_KEEPDIM = "keepdim : bool, default False\n        Keep dimensions of length one.\n    "
_REDUCED = _DIM.format(" or tuple of int, optional", "s; all by default") + _KEEPDIM
_ONE, _LAST = _DIM.format("", ""), _DIM.format(", optional", "") + _KEEPDIM


_F = TypeVar("_F", bound=Callable[..., Any])


def _documented(parameters: str) -> Callable[[_F], _F]:
    """Add to a function's docstring what they all share but for some parameters."""

    def decorate(function: _F) -> _F:
        function.__doc__ = f"{function.__doc__}{_DOC.format(parameters=parameters)}"
        return function

    return decorate


# -- masks ----------------------------------------------------------------------------------------
def _full_mask(input: Tensor, mask: Tensor) -> Tensor:
    """Return a mask of the shape of `input`."""
    if mask.shape != input.shape:
        if mask.ndim > input.ndim:
            raise IndexError(
                "_input_mask expected broadcastable mask (got mask dimensionality higher than of "
                "the input)"
            )
        mask = mask.broadcast_to(input.shape)
    return mask.to(dtypes.bool)


def _least(kind: dtypes.dtype) -> float:
    """Return what is below all numbers of a dtype."""
    return -inf if kind.is_floating_point else iinfo(kind).min


def _greatest(kind: dtypes.dtype) -> float:
    """Return what is above all numbers of a dtype."""
    return inf if kind.is_floating_point else iinfo(kind).max


def _kept(name: str, input: Tensor, mask: Tensor | None, neutral: Any) -> Tensor:
    """Return the input with a neutral value in the place of what is masked out."""
    if mask is None:
        return input
    if callable(neutral):
        if input.dtype.is_complex or input.dtype is dtypes.bool:
            raise NotImplementedError(f"identity of {name} on {input.dtype} input")
        neutral = neutral(input.dtype)
    value = _ops["tensor"](neutral, dtype=input.dtype)
    return _ops["where"](_full_mask(input, mask), input, value)


def _dims(dim: Any, ndim: int) -> tuple[int, ...]:
    """Return the dimensions that are meant, in order, counted from the front."""
    if dim == () or dim is None:
        return tuple(range(ndim))
    found, n = [], max(ndim, 1)
    for d in dim if isinstance(dim, (tuple, list)) else (dim,):
        if not -n <= d < n:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {d})"
            )
        if d % n in found:
            raise RuntimeError(f"dim={d % n} appears multiple times in the list of dims")
        found.append(d % n)
    return tuple(sorted(found))


def _wide(kind: dtypes.dtype) -> dtypes.dtype:
    """Return the dtype that sums have."""
    return kind if kind.is_floating_point or kind.is_complex else dtypes.int64


# -- reductions -----------------------------------------------------------------------------------
@_documented(_REDUCED)
def sum(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """Return sums."""
    dims = _dims(dim, input.ndim)
    kept = _kept("sum", input, mask, 0)
    return _ops["sum"](kept, dims, bool(keepdim), dtype=dtype or _wide(input.dtype))


@_documented(_REDUCED)
def prod(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """Return products."""
    dims = _dims(dim, input.ndim)
    result = _kept("prod", input, mask, 1).to(dtype or _wide(input.dtype))
    for d in reversed(dims):
        result = result.prod(dim=d, keepdim=bool(keepdim))
    return result


def _extremum(name: str, about: str, neutral: Any, parameters: str) -> Any:
    def function(
        input: Tensor,
        dim: Any = None,
        *,
        keepdim: bool = False,
        dtype: Any = None,
        mask: Any = None,
    ) -> Tensor:
        kept = _kept(name, input, mask, neutral)
        if name.startswith("am"):
            dim = _dims(dim, kept.ndim)
        return _ops[name](kept, dim, bool(keepdim)).to(dtype or input.dtype)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Return {about}."
    return _documented(parameters)(function)


amax = _extremum("amax", "maxima", _least, _REDUCED)
amin = _extremum("amin", "minima", _greatest, _REDUCED)
argmax = _extremum("argmax", "the places of maxima, as numbers of `dtype`", _least, _LAST)
argmin = _extremum("argmin", "the places of minima, as numbers of `dtype`", _greatest, _LAST)


def _count(input: Tensor, dim: Any, keepdim: bool, mask: Tensor | None) -> Tensor:
    """Return how many elements count."""
    if mask is None:
        mask = _ops["ones"](input.shape, dtype=dtypes.int64)
    dims = _dims(dim, input.ndim)
    return _ops["sum"](mask, dims, keepdim)


@_documented(_REDUCED)
def mean(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """Return means; nan where nothing counts."""
    kind = dtype or input.dtype
    if not (kind.is_floating_point or kind.is_complex):
        raise ValueError(
            f"mean(): Could not infer output dtype. {'Optional' if dtype else 'Input'} dtype must "
            f"be either a floating point or complex dtype. Got: {kind}"
        )
    mask = None if mask is None else _full_mask(input, mask)
    total = sum(input, dim, keepdim=keepdim, dtype=kind, mask=mask)
    return total / _count(input, dim, bool(keepdim), mask)


@_documented(_LAST)
def median(
    input: Tensor, dim: int = -1, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """Return medians, of two middle elements the lower; nan where nothing counts."""
    kind, floating = dtype or input.dtype, input.is_floating_point()
    d = _dims(dim, input.ndim)[0]
    if not floating:
        input = input.to(dtypes.float32)
    found = _ops["nanmedian"](_kept("median", input, mask, nan), d, keepdim).values
    if floating:
        return found
    if found.isnan().any():
        raise ValueError(
            "masked median expects no fully masked out rows if dtype is not floating point"
        )
    return found.to(kind)


@_documented(_REDUCED)
def logsumexp(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """Return the logarithms of sums of exponentials."""
    dims = _dims(dim, input.ndim)
    neutral = complex(-inf, 0) if input.is_complex() else _least
    kept = _kept("logsumexp", input, mask, neutral)
    return _ops["logsumexp"](kept, dims, keepdim=keepdim).to(dtype or input.dtype)


def logaddexp(
    input: Tensor,
    other: Tensor,
    *,
    dtype: Any = None,
    input_mask: Any = None,
    other_mask: Any = None,
) -> Tensor:
    """Return the logarithms of sums of two exponentials.

    Parameters
    ----------
    input, other : Tensor
        The exponents.
    dtype : dtype, optional
        Of the result.
    input_mask, other_mask : Tensor of bool, optional
        True for the elements that count.

    Returns
    -------
    Tensor
    """
    first = _kept("logaddexp", input, input_mask, _least)
    second = _kept("logaddexp", other, other_mask, _least)
    return _ops["logaddexp"](first, second).to(dtype or input.dtype)


_ORD = "ord : float, default 2.0\n        Which norm.\n    "


@_documented(_ORD + _REDUCED)
def norm(
    input: Tensor,
    ord: Any = 2.0,
    dim: Any = None,
    *,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Any = None,
) -> Tensor:
    """Return norms of vectors."""
    kind = dtype or input.dtype
    kept = _kept("norm", input, mask, inf if ord == -inf else 0)
    dims = _dims(dim, input.ndim)
    return FUNCTIONS["linalg"]["vector_norm"](kept, ord, dims, bool(keepdim), dtype=kind)


def _spread(
    input: Tensor, dim: Any, unbiased: bool | None, correction: Any, keepdim: bool,
    dtype: Any, mask: Any,
) -> Tensor:  # fmt: skip
    """Return variances."""
    if unbiased is not None and correction is not None:
        raise AssertionError("Only one of unbiased and correction may be given")
    less = float(correction) if correction is not None else float(unbiased is not False)
    kind = dtype or input.dtype
    inexact = kind if kind.is_floating_point or kind.is_complex else dtypes.float32
    if dtype is None:
        kind = inexact
    mask = None if mask is None else _full_mask(input, mask)
    count = _count(input, dim, True, mask)
    apart = input - sum(input, dim, keepdim=True, dtype=kind, mask=mask) / count
    total = sum(apart * apart.conj(), dim, keepdim=keepdim, dtype=inexact, mask=mask)
    if not keepdim:
        count = count.reshape(total.shape)
    if less:
        count = count.to(inexact.to_real())
        count = _ops["maximum"](count - less, count.new_zeros(()))
    return (total / count).to(kind)


_UNBIASED = (
    "unbiased : bool, optional\n        Divide by one less than the number of elements.\n    "
)
_CORRECTION = "correction : float, default 1\n        By how much less.\n    "


@_documented(_REDUCED + _UNBIASED + _CORRECTION)
def var(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: Any = None,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Any = None,
) -> Tensor:
    """Return variances; nan where nothing counts."""
    return _spread(input, dim, unbiased, correction, bool(keepdim), dtype, mask)


@_documented(_REDUCED + _UNBIASED + _CORRECTION)
def std(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: Any = None,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Any = None,
) -> Tensor:
    """Return standard deviations."""
    return _spread(input, dim, unbiased, correction, bool(keepdim), dtype, mask).sqrt()


# -- as long as the input -------------------------------------------------------------------------
def _along(name: str, about: str, neutral: Any) -> Any:
    scan = name.startswith("cum")

    def function(input: Tensor, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
        kind = dtype or input.dtype
        d = _dims(dim, input.ndim)[0]
        kept = _kept(name, input, mask, neutral)
        if scan:
            return _ops[name](kept, d, dtype=kind).to(kind)
        return _layers[name](kept, d, dtype=kind)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Return {about}."
    return _documented(_ONE)(function)


cumsum = _along("cumsum", "sums up to each element", 0)
cumprod = _along("cumprod", "products up to each element", 1)
softmax = _along("softmax", "exponentials in shares of their sum", _least)
log_softmax = _along("log_softmax", "the logarithms of the softmax", _least)
softmin = _along("softmin", "the softmax of the negatives", _greatest)


@_documented(
    _ORD.replace(", default 2.0", "") + _ONE + "eps : float\n        Least norm.\n    ",
)
def normalize(
    input: Tensor, ord: float, dim: int, *, eps: float = 1e-12, dtype: Any = None, mask: Any = None
) -> Tensor:
    """Return vectors divided by their norms."""
    length = norm(input, ord, dim, keepdim=True, dtype=dtype, mask=mask)
    return _kept("sum", input, mask, 0) / _ops["maximum"](length, length.new_full((), eps))


__getattr__ = guard(__name__)
