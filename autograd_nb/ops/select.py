"""Choosing between values: where, maximum and minimum, clamping, replacing NaN."""

from __future__ import annotations

import numpy as np

from autograd_nb.core import dtypes
from autograd_nb.core.strides import following
from autograd_nb.core.warn import warn_once
from autograd_nb.ops import kinds
from autograd_nb.ops.choice import choose, drop_where, keep_where
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op


@op(node="MaskedFillBackward0", kind="linear", pointwise=True, tensors="mask", public=False)
class keep:
    r"""Keep the elements where `mask` is true, and put 0 elsewhere.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    mask : Tensor of bool
        Where to keep.

    Notes
    -----
    .. math:: grad_{self} = keep(g, mask)
    """

    def forward(self, mask):
        return keep_where(self, mask)

    def vjp_self(F, grad_output, mask):
        return F.keep(grad_output, mask)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4, dtype="bool", requires_grad=False))]


@op(node="ThresholdBackwardBackward0", kind="linear", pointwise=True, tensors="mask", public=False)
class drop:
    r"""Put 0 where `mask` is true, and keep the other elements.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    mask : Tensor of bool
        Where to put 0.
    source : Tensor
        What the mask was computed from: the result belongs to its history, with derivative 0.

    Notes
    -----
    .. math:: grad_{self} = drop(g, mask),\quad grad_{source} = 0
    """

    def forward(self, mask, source):
        return drop_where(self, mask)

    def vjp_self(F, grad_output, mask, source):
        return F.drop(grad_output, mask, source)

    def vjp_source(F, grad_output, source_shape, source_dtype):
        return F.zeros(source_shape, source_dtype)

    def jvp_self(F, tangent, mask, source):
        return F.drop(tangent, mask, source)

    def jvp_source(F, tangent, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    torch_name = None
    samples = [Sample(T(3, 4), T(3, 4, dtype="bool", requires_grad=False), T(3, 4))]


@op(
    node="WhereBackward0",
    kind="linear",
    pointwise=True,
    promote="self other",
    tensors="condition",
    public=False,
)
class where_select:
    r"""Take from `self` where `condition` holds, else from `other`.

    Parameters
    ----------
    condition : Tensor of bool
        Which to take.
    self, other : Tensor or number, shapes that broadcast together
        The two sources.

    Notes
    -----
    .. math:: grad_{self} = [c]\, g,\quad grad_{other} = [\neg c]\, g,\quad c = condition
    """

    @following(3)
    def forward(condition, self, other):
        if condition.dtype.kind != "b":
            if condition.dtype != np.uint8:
                raise RuntimeError(
                    "where expected condition to be a boolean tensor, but got a tensor with dtype "
                    f"{kinds.scalar_type(condition)}"
                )
            warn_once(
                "where_uint8",
                "where received a uint8 condition tensor. This behavior is deprecated and will be "
                "removed in a future version of PyTorch. Use a boolean condition instead.",
            )
            condition = condition != 0
        if not hasattr(self, "dtype") and not hasattr(other, "dtype"):
            common = dtypes.result_type((self, other)).numpy
            self, other = common.type(self), common.type(other)
        return choose(condition, self, other)

    def vjp_self(F, grad_output, condition):
        return F.where(condition, grad_output, 0.0)

    def vjp_other(F, grad_output, condition):
        return F.where(condition, 0.0, grad_output)

    torch_name = "where"
    samples = [
        Sample(T(3, 4, dtype="bool"), T(3, 4), T(4)),
        Sample(T(3, dtype="bool"), T(), T(2, 1)),
        Sample(T(3, dtype="bool"), T(3), 0.0),
        Sample(T(3, dtype="bool"), 1, T(3)),
        Sample(T(3, dtype="bool"), 1, 2),
        Sample(T(3, dtype="bool"), 1.0, 2),
        Sample(T(0, dtype="bool"), T(0), T(1)),
    ]
    error_samples = [Sample(T(3, dtype="int64"), T(3), T(3))]


@composite(functions="where")
def where(condition, self=None, other=None):
    """Take elements from one of two tensors, by a condition.

    Parameters
    ----------
    condition : Tensor of bool
        Which to take. Alone, it asks for the indices of its true elements.
    self, other : Tensor or number, shapes that broadcast together
        Source where the condition is true, and where it is false.

    Returns
    -------
    Tensor, or tuple of Tensor
        The elements taken, or one index tensor per dimension.

    Examples
    --------
    >>> x = torch.tensor([-1., 2.])
    >>> torch.where(x > 0, x, 0.)
    tensor([0., 2.])
    """
    if self is None and other is None:
        return traced.nonzero(condition, as_tuple=True)
    return traced.where_select(condition, self, other)


@composite(methods="where")
def where_method(self, condition, other):
    """Keep elements where a condition holds, and take the others from `other`.

    Parameters
    ----------
    self : Tensor
        Source where the condition is true.
    condition : Tensor of bool
        Which to take.
    other : Tensor or number
        Source where the condition is false.

    Returns
    -------
    Tensor
        The elements taken.
    """
    return traced.where_select(condition, self, other)


def _extremum(name, ufunc, self, other):
    if kinds.dtype_of(self).kind == "c":
        raise RuntimeError(f"{name} not implemented for complex tensors.")
    return ufunc(self, other)


def _share(F, grad, equal, loses):
    """Return the gradient of a winner: halved at a tie, zero where it loses."""
    return F.where(loses, 0.0, F.where(equal, grad * 0.5, grad))


@op(
    node="MaximumBackward0",
    kind="elementwise",
    promote="self other",
    strict="self other",
    methods="maximum",
    functions="maximum",
)
class maximum:
    r"""Larger of two elements; NaN if either is NaN.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Candidates, not complex.

    Notes
    -----
    The gradient goes to the larger one, and half to each at a tie.
    """

    def forward(self, other):
        return _extremum("maximum", np.maximum, self, other)

    def vjp_self(F, grad_output, self, other):
        return _share(F, grad_output, self == other, self < other)

    def vjp_other(F, grad_output, self, other):
        return _share(F, grad_output, self == other, self > other)

    ufunc = np.maximum
    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T(), T(2)),
        Sample(T.of([1.0, 2.0, float("nan")]), T.of([1.0, 3.0, 0.0])),
        Sample(T(3, dtype="int64"), T(3, dtype="int64")),
        Sample(T(3, dtype="bool"), T(3, dtype="bool")),
    ]
    error_samples = [Sample(T(2, dtype="complex64"), T(2, dtype="complex64"))]


@op(
    node="MinimumBackward0",
    kind="elementwise",
    promote="self other",
    strict="self other",
    methods="minimum",
    functions="minimum",
)
class minimum:
    r"""Smaller of two elements; NaN if either is NaN.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Candidates, not complex.

    Notes
    -----
    The gradient goes to the smaller one, and half to each at a tie.
    """

    def forward(self, other):
        return _extremum("minimum", np.minimum, self, other)

    def vjp_self(F, grad_output, self, other):
        return _share(F, grad_output, self == other, self > other)

    def vjp_other(F, grad_output, self, other):
        return _share(F, grad_output, self == other, self < other)

    ufunc = np.minimum
    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T(), T(2)),
        Sample(T.of([1.0, 2.0, float("nan")]), T.of([1.0, 3.0, 0.0])),
        Sample(T(3, dtype="int64"), T(3, dtype="int64")),
    ]
    error_samples = [Sample(T(2, dtype="complex64"), T(2, dtype="complex64"))]


@op(
    node="FmaxBackward0",
    kind="elementwise",
    promote="self other",
    strict="self other",
    methods="fmax",
    functions="fmax",
)
class fmax:
    r"""Larger of two elements, ignoring a NaN.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Candidates, not complex.

    Notes
    -----
    The gradient goes to the element chosen, to `self` at a tie.
    """

    def forward(self, other):
        return _extremum("fmax", np.fmax, self, other)

    def vjp_self(F, grad_output, self, other):
        return F.where((self >= other) | F.isnan(other), grad_output, 0.0)

    def vjp_other(F, grad_output, self, other):
        return F.where((self >= other) | F.isnan(other), 0.0, grad_output)

    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T.of([1.0, 2.0, float("nan"), 1.0]), T.of([1.0, 3.0, 0.0, float("nan")])),
    ]


@op(
    node="FminBackward0",
    kind="elementwise",
    promote="self other",
    strict="self other",
    methods="fmin",
    functions="fmin",
)
class fmin:
    r"""Smaller of two elements, ignoring a NaN.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Candidates, not complex.

    Notes
    -----
    The gradient goes to the element chosen, to `self` at a tie.
    """

    def forward(self, other):
        return _extremum("fmin", np.fmin, self, other)

    def vjp_self(F, grad_output, self, other):
        return F.where((self <= other) | F.isnan(other), grad_output, 0.0)

    def vjp_other(F, grad_output, self, other):
        return F.where((self <= other) | F.isnan(other), 0.0, grad_output)

    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T.of([1.0, 2.0, float("nan"), 1.0]), T.of([1.0, 3.0, 0.0, float("nan")])),
    ]


@op(
    node="NanToNumBackward0",
    kind="elementwise",
    methods="nan_to_num",
    functions="nan_to_num",
    inplace=True,
)
class nan_to_num:
    r"""Replace NaN and infinities by numbers.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    nan : float, default 0
        What replaces NaN.
    posinf, neginf : float, optional
        What replaces infinities; the largest and smallest finite numbers by default.

    Notes
    -----
    .. math:: grad_{self} = [self \text{ is finite}]\, g
    """

    def forward(self, nan=None, posinf=None, neginf=None):
        if self.dtype.kind not in "fc":
            return self.copy()
        return np.nan_to_num(self, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)

    def vjp_self(F, grad_output, self):
        return F.where(F.isfinite(self), grad_output, 0.0)

    samples = [
        Sample(T(3, 4)),
        Sample(T.of([float("nan"), float("inf"), -float("inf"), 1.0])),
        Sample(T.of([float("nan"), float("inf"), 1.0]), 2.0, 3.0),
        Sample(T(3, dtype="int64")),
    ]


@op(
    node="torch::autograd::NotImplemented",
    kind="elementwise",
    tensors="self values",
    strict="self values",
    methods="heaviside",
    functions="heaviside",
    inplace=True,
)
class heaviside:
    r"""Step function: 0 below zero, 1 above, `values` at zero.

    Parameters
    ----------
    self, values : Tensor, shapes that broadcast together
        Input, and what to give at zero; of one dtype.

    Notes
    -----
    PyTorch has no derivative for it: backward raises.
    """

    def forward(self, values):
        if "c" in (self.dtype.kind, values.dtype.kind):
            raise RuntimeError("heaviside is not yet implemented for complex tensors.")
        if self.dtype != values.dtype:
            raise RuntimeError(
                "heaviside is not yet implemented for tensors with different dtypes."
            )
        return np.where(self == 0, values, (self > 0).astype(self.dtype))

    def vjp_self(F, grad_output):
        raise RuntimeError("derivative for aten::heaviside is not implemented")

    def vjp_values(F, grad_output):
        raise RuntimeError("derivative for aten::heaviside is not implemented")

    differentiable_samples = False
    samples = [Sample(T.of([-1.0, 0.0, 2.0]), T.of(0.5)), Sample(T(3, 4), T(4))]
    error_samples = [Sample(T(2), T(2, dtype="float32"))]
