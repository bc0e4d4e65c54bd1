"""Limiting elements to a range: clamp and its one-sided forms."""

from __future__ import annotations

import numpy as np

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import kinds
from autograd_nb.ops.choice import at_least, at_most
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op


def _refuse_complex(name, self):
    if kinds.dtype_of(self).kind == "c":
        raise NotImplementedError(f"{name} is not supported for complex types")


def _refuse_scalar(name, self):
    if kinds.dtype_of(self).kind in "cb":
        _refuse_complex("clamp", self)
        kinds.only("uif", f"{name}_scalar_cpu", self)


def _inside(self, min, max):
    """Return where `self` lies between the bounds that are given, edges included."""
    if min is None:
        return self <= max
    if max is None:
        return self >= min
    return (self >= min) & (self <= max)


def clamped(self, min, max):
    """Return `self` with numbers as bounds applied, `max` last as in PyTorch."""
    if min is not None:
        self = at_least(min, self)
    return self if max is None else at_most(max, self)


@op(
    node="ClampBackward1",
    kind="elementwise",
    promote="self min max",
    strict="self",
    public=False,
    inplace=True,
)
class clamp_scalar:
    r"""Limit each element to a range of numbers.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex.
    min, max : number, optional
        Bounds.

    Notes
    -----
    .. math:: grad_{self} = [min \le self \le max]\, g
    """

    def forward(self, min=None, max=None):
        _refuse_scalar(
            "clamp_min" if max is None else "clamp_max" if min is None else "clamp", self
        )
        nan = min != min or max != max
        return np.full_like(self, np.nan) if nan else clamped(self, min, max)

    def vjp_self(F, grad_output, self, min, max):
        return F.keep(grad_output, _inside(self, min, max))

    scalars = "min max"
    torch_name = "clamp"
    samples = [
        Sample(T(3, 4), -0.5, 0.5),
        Sample(T(), 0.0),
        Sample(T(3), max=0.2),
        Sample(T(3), 3, 1),
        Sample(T.of([0.0, 0.5, 1.0, float("nan")]), 0, 1),
        Sample(T(0, 2), 0, 1),
        Sample(T(4, dtype="int64", low=-5, high=5), 0),
        Sample(T(4, dtype="int64", low=-5, high=5), 0.5),
    ]
    error_samples = [Sample(T(2, dtype="complex64"), 0, 1)]


@op(
    node="ClampBackward0",
    kind="elementwise",
    promote="self min max",
    strict="self",
    public=False,
    inplace=True,
)
class clamp_tensor:
    r"""Limit each element to a range given by tensors.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex.
    min, max : Tensor, optional
        Bounds that broadcast with it.

    Notes
    -----
    The gradient goes to `self` between the bounds, else to the bound that applied.
    """

    def forward(self, min=None, max=None):
        result = self if min is None else np.maximum(self, min)
        result = result if max is None else np.minimum(result, max)
        kernel = "minimum_cpu" if min is None else "maximum_cpu" if max is None else "clamp_cpu"
        kinds.only("buif", kernel, result)
        return result

    def vjp_self(F, grad_output, self, min, max):
        return F.where(_inside(self, min, max), grad_output, 0.0)

    def vjp_min(F, grad_output, self, min, max):
        below = self < min if max is None else (self < min) & (min < max)
        return F.where(below, grad_output, 0.0)

    def vjp_max(F, grad_output, self, min, max):
        above = self > max if min is None else (self > max) | (max < min)
        return F.where(above, grad_output, 0.0)

    torch_name = "clamp"
    samples = [
        Sample(T(3, 4), T(4), T(3, 1)),
        Sample(T(3), T(3), None),
        Sample(T(3), None, T(3)),
        Sample(T.of([0.0, 1.0, 5.0]), T.of([0.0, 2.0, 3.0]), T.of([1.0, 2.0, 1.0])),
    ]


@composite(methods="clamp clip", functions="clamp clip")
def clamp(self, min=None, max=None):
    """Limit each element to a range.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex.
    min, max : number or Tensor, optional
        Bounds, at least one; where ``min > max`` the result is `max`.

    Returns
    -------
    Tensor
        The elements, moved to the nearest bound where they lay outside.

    Examples
    --------
    >>> torch.clamp(torch.tensor([-1., 0.3, 2.]), 0, 1)
    tensor([0.0000, 0.3000, 1.0000])
    """
    min, max = _alike(min, max)
    return _pick_clamp(min, max, traced.clamp_scalar, traced.clamp_tensor)(self, min, max)


@composite(methods="clamp_ clip_")
def clamp_(self, min=None, max=None):
    """Limit each element to a range in place; see `clamp`.

    Parameters
    ----------
    self : Tensor
        Overwritten.
    min, max : number or Tensor, optional
        Bounds.

    Returns
    -------
    Tensor
        `self`.
    """
    min, max = _alike(min, max)
    pick = _pick_clamp(min, max, traced.clamp_scalar_, traced.clamp_tensor_)
    return pick(self, min, max)


def _alike(min, max):
    """Take a tensor that stands for a number as such, beside a bound that is a number."""
    if min is None or max is None or isinstance(min, Tensor) == isinstance(max, Tensor):
        return min, max
    tensor = min if isinstance(min, Tensor) else max
    if tensor.ndim or tensor.requires_grad:
        raise TypeError("clamp() takes two tensors or two numbers")  # the parser says it in full
    return (min.item(), max) if tensor is min else (min, max.item())


def _pick_clamp(min, max, scalar, tensor):
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        return tensor
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    return scalar


@op(
    node="ClampMinBackward0",
    kind="elementwise",
    promote="self min",
    strict="self",
    public=False,
    inplace=True,
)
class clamp_min_scalar:
    r"""Limit each element from below by a number.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    min : number
        Bound.

    Notes
    -----
    .. math:: grad_{self} = [self \ge min]\, g
    """

    def forward(self, min):
        _refuse_scalar("clamp_min", self)
        return at_least(min, self)

    def vjp_self(F, grad_output, self, min):
        return F.keep(grad_output, self >= min)

    scalars = "min"
    torch_name = "clamp_min"
    samples = [Sample(T(3, 4), 0.2), Sample(T(), 0)]


@op(
    node="ClampMinBackward1",
    kind="elementwise",
    promote="self min",
    strict="self",
    public=False,
    inplace=True,
)
class clamp_min_tensor:
    r"""Limit each element from below by a tensor.

    Parameters
    ----------
    self, min : Tensor, shapes that broadcast together
        Input and bound.

    Notes
    -----
    .. math:: grad_{self} = [self \ge min]\, g,\quad grad_{min} = [self < min]\, g
    """

    def forward(self, min):
        kinds.only("buif", "maximum_cpu", self)
        return np.maximum(self, min)

    def vjp_self(F, grad_output, self, min):
        return F.where(self >= min, grad_output, 0.0)

    def vjp_min(F, grad_output, self, min):
        return F.where(self < min, grad_output, 0.0)

    torch_name = "clamp_min"
    samples = [Sample(T(3, 4), T(4))]


@op(
    node="ClampMaxBackward0",
    kind="elementwise",
    promote="self max",
    strict="self",
    public=False,
    inplace=True,
)
class clamp_max_scalar:
    r"""Limit each element from above by a number.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    max : number
        Bound.

    Notes
    -----
    .. math:: grad_{self} = [self \le max]\, g
    """

    def forward(self, max):
        _refuse_scalar("clamp_max", self)
        return at_most(max, self)

    def vjp_self(F, grad_output, self, max):
        return F.keep(grad_output, self <= max)

    scalars = "max"
    torch_name = "clamp_max"
    samples = [Sample(T(3, 4), 0.2), Sample(T(), 0)]


@op(
    node="ClampMaxBackward1",
    kind="elementwise",
    promote="self max",
    strict="self",
    public=False,
    inplace=True,
)
class clamp_max_tensor:
    r"""Limit each element from above by a tensor.

    Parameters
    ----------
    self, max : Tensor, shapes that broadcast together
        Input and bound.

    Notes
    -----
    .. math:: grad_{self} = [self \le max]\, g,\quad grad_{max} = [self > max]\, g
    """

    def forward(self, max):
        kinds.only("buif", "minimum_cpu", self)
        return np.minimum(self, max)

    def vjp_self(F, grad_output, self, max):
        return F.where(self <= max, grad_output, 0.0)

    def vjp_max(F, grad_output, self, max):
        return F.where(self > max, grad_output, 0.0)

    torch_name = "clamp_max"
    samples = [Sample(T(3, 4), T(4))]


@composite(methods="clamp_min", functions="clamp_min")
def clamp_min(self, min):
    """Limit each element from below.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    min : number or Tensor
        Bound.

    Returns
    -------
    Tensor
        ``maximum(self, min)``.
    """
    pick = traced.clamp_min_tensor if isinstance(min, Tensor) else traced.clamp_min_scalar
    return pick(self, min)


@composite(methods="clamp_max", functions="clamp_max")
def clamp_max(self, max):
    """Limit each element from above.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    max : number or Tensor
        Bound.

    Returns
    -------
    Tensor
        ``minimum(self, max)``.
    """
    pick = traced.clamp_max_tensor if isinstance(max, Tensor) else traced.clamp_max_scalar
    return pick(self, max)


@composite(methods="clamp_min_")
def clamp_min_(self, min):
    """Limit from below in place; see `clamp_min`.

    Parameters
    ----------
    self : Tensor
        Overwritten.
    min : number or Tensor
        Bound.

    Returns
    -------
    Tensor
        `self`.
    """
    pick = traced.clamp_min_tensor_ if isinstance(min, Tensor) else traced.clamp_min_scalar_
    return pick(self, min)


@composite(methods="clamp_max_")
def clamp_max_(self, max):
    """Limit from above in place; see `clamp_max`.

    Parameters
    ----------
    self : Tensor
        Overwritten.
    max : number or Tensor
        Bound.

    Returns
    -------
    Tensor
        `self`.
    """
    pick = traced.clamp_max_tensor_ if isinstance(max, Tensor) else traced.clamp_max_scalar_
    return pick(self, max)
