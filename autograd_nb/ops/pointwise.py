"""Sums and products of every element: add, sub, mul and their forms for numbers."""

from __future__ import annotations

import numpy as np

from autograd_nb.core import modes
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import kinds
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op

_BOOL = np.dtype(np.bool_)


def check_alpha(alpha, *operands):
    """Raise PyTorch's error unless numbers of the operands' common kind can be scaled."""
    if type(alpha) is int:
        return
    kind = max("biufc".index(kinds.dtype_of(x).kind) for x in operands)
    if isinstance(alpha, bool):
        if kind > 0:
            raise RuntimeError("Boolean alpha only supported for Boolean results.")
    elif kind < 3:
        raise RuntimeError(
            "For integral input tensors, argument alpha must not be a floating point number."
        )
    elif isinstance(alpha, complex) and kind < 4:
        raise RuntimeError(
            "For non-complex input tensors, argument alpha must not be a complex number."
        )


def plus_scaled(value, other, factor):
    """Return ``value + factor * other``, in float32 rounded once: PyTorch's kernel is fused."""
    check_alpha(factor, value, other)
    if factor == 1:
        return value + other
    if kinds.dtype_of(other) == _BOOL:
        return value + (other & bool(factor))
    if all(getattr(x, "dtype", None) == np.float32 for x in (value, other)):
        exact = value.astype(np.float64) + other.astype(np.float64) * float(np.float32(factor))
        return exact.astype(np.float32)
    return value + other * factor


def conj_scaled(value, factor):
    """Return ``conj(factor) * value`` for a number `factor`."""
    if factor == 1:
        return value
    return value * factor.conjugate()


@op(
    node="AddBackward0",
    kind="linear",
    pointwise=True,
    promote="self other",
    methods="add __add__ __radd__",
    functions="add",
    inplace=True,
)
class add:
    r"""Add two tensors elementwise, the second one scaled by `alpha`.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        What is added.
    alpha : number, default 1
        Factor of `other`.

    Notes
    -----
    .. math:: grad_{self} = g,\quad grad_{other} = \overline{alpha}\, g

    Examples
    --------
    >>> torch.add(torch.tensor([1., 2.]), 1, alpha=10)
    tensor([11., 12.])
    """

    def forward(self, other, *, alpha=1):
        return plus_scaled(self, other, alpha)

    def vjp_self(F, grad_output):
        return grad_output

    def vjp_other(F, grad_output, alpha):
        return conj_scaled(grad_output, alpha)

    ufunc = np.add
    in_formula = "add_scalar"
    samples = [
        Sample(T(3, 4), T(3, 4)),
        Sample(T(3, 4), T(4), alpha=2.5),
        Sample(T(3, 1), T(1, 4)),
        Sample(T(), T()),
        Sample(T(2), 3),
        Sample(T(0, 3), T(3)),
        Sample(T(3), T(3, dtype="int64", requires_grad=False)),
        Sample(T(2, 3, dtype="complex128"), T(3), alpha=1 + 2j),
    ]
    error_samples = [
        Sample(T(2, dtype="int64"), T(2, dtype="int64"), alpha=1.5),
        Sample(T(2), T(3)),
    ]


def _refuse_bool_difference(self, other, alpha=1):
    pair = kinds.dtype_of(self).kind + kinds.dtype_of(other).kind
    if pair == "bb":
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. "
            "Use the `^` or `logical_xor()` operator instead."
        )
    if "b" in pair:
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are "
            "trying to invert a mask, use the `~` or `logical_not()` operator instead."
        )


@op(
    node="SubBackward0",
    kind="linear",
    pointwise=True,
    promote="self other",
    methods="sub subtract __sub__",
    functions="sub subtract",
    inplace=True,
)
class sub:
    r"""Subtract `other`, scaled by `alpha`, elementwise.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Minuend and subtrahend.
    alpha : number, default 1
        Factor of `other`.

    Raises
    ------
    RuntimeError
        If both are bool.

    Notes
    -----
    .. math:: grad_{self} = g,\quad grad_{other} = -\overline{alpha}\, g
    """

    refuse = _refuse_bool_difference

    def forward(self, other, *, alpha=1):
        check_alpha(alpha, self, other)
        return self - other if alpha == 1 else plus_scaled(self, other, -alpha)

    def vjp_self(F, grad_output):
        return grad_output

    def vjp_other(F, grad_output, alpha):
        return conj_scaled(-grad_output, alpha)

    ufunc = np.subtract
    in_formula = "sub_scalar"
    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T(3, 4), T(3, 1), alpha=2),
        Sample(T(), 3.0),
        Sample(T(0), T(1)),
        Sample(T(2, dtype="complex128"), T(2, dtype="complex128"), alpha=1j),
    ]
    error_samples = [Sample(T(2, dtype="bool"), T(2, dtype="bool"))]


@op(
    node="RsubBackward0",
    kind="linear",
    pointwise=True,
    promote="self other",
    strict="self",
    public=False,
)
class rsub_tensor:
    r"""Subtract `self`, scaled by `alpha`, from the tensor `other`.

    Parameters
    ----------
    self, other : Tensor, shapes that broadcast together
        Subtrahend and minuend.
    alpha : number, default 1
        Factor of `self`.

    Notes
    -----
    .. math:: grad_{self} = -\overline{alpha}\, g,\quad grad_{other} = g
    """

    refuse = _refuse_bool_difference

    def forward(self, other, *, alpha=1):
        return sub.forward(other, self, alpha=alpha)

    def vjp_self(F, grad_output, alpha):
        return conj_scaled(-grad_output, alpha)

    def vjp_other(F, grad_output):
        return grad_output

    torch_name = "rsub"
    samples = [Sample(T(3, 4), T(4)), Sample(T(2), T(2), alpha=3)]


@op(
    node="RsubBackward1",
    kind="linear",
    pointwise=True,
    promote="self other",
    strict="self",
    public=False,
)
class rsub_scalar:
    r"""Subtract `self`, scaled by `alpha`, from the number `other`.

    Parameters
    ----------
    self : Tensor of any shape
        Subtrahend.
    other : number
        Minuend.
    alpha : number, default 1
        Factor of `self`.

    Notes
    -----
    .. math:: grad_{self} = -\overline{alpha}\, g
    """

    refuse = _refuse_bool_difference

    def forward(self, other, *, alpha=1):
        return sub.forward(other, self, alpha=alpha)

    def vjp_self(F, grad_output, alpha):
        return conj_scaled(-grad_output, alpha)

    def jvp_self(F, tangent, alpha):
        return -tangent if alpha == 1 else -tangent * alpha

    torch_name = "rsub"
    samples = [Sample(T(3, 4), 2), Sample(T(), 1.5, alpha=2)]


def filled(number, like):
    """Return a number as a tensor, which C++ makes of it in front of an operator."""
    return traced.constant(np.asarray(number, like._array.dtype))


@composite(methods="__rsub__", functions="rsub")
def rsub(self, other, *, alpha=1):
    """Subtract `self`, scaled by `alpha`, from `other`.

    Parameters
    ----------
    self : Tensor of any shape
        Subtrahend.
    other : Tensor or number
        Minuend.
    alpha : number, default 1
        Factor of `self`.

    Returns
    -------
    Tensor
        ``other - alpha * self``.
    """
    if isinstance(other, Tensor):
        return traced.rsub_tensor(self, other, alpha=alpha)
    if modes.state.formula:
        return traced.sub(filled(other, self), self)
    return traced.rsub_scalar(self, other, alpha=alpha)


@op(
    node="MulBackward0",
    kind="bilinear",
    pointwise=True,
    promote="self other",
    methods="mul multiply __mul__ __rmul__",
    functions="mul multiply",
    inplace=True,
)
class mul:
    r"""Multiply two tensors elementwise.

    Parameters
    ----------
    self, other : Tensor or number, shapes that broadcast together
        Factors.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{other},\quad grad_{other} = g\,\overline{self}

    Examples
    --------
    >>> torch.mul(torch.tensor([1., 2.]), torch.tensor([[3.], [4.]]))
    tensor([[3., 6.],
            [4., 8.]])
    """

    def forward(self, other):
        return self * other

    def vjp_self(F, grad_output, other):
        return grad_output * F.conj(other)

    def vjp_other(F, grad_output, self):
        return grad_output * F.conj(self)

    ufunc = np.multiply
    in_formula = "mul_scalar"
    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T(), T(2)),
        Sample(T(2, 1, 3), T(4, 1)),
        Sample(T(3), 2),
        Sample(T(3), -0.5),
        Sample(T(3), 2j),
        Sample(T(0, 2), T(2)),
        Sample(T(3, dtype="complex128"), T(3, dtype="complex128")),
        Sample(T(3, dtype="complex128"), T(3)),
        Sample(T(2, dtype="int64"), T(2, dtype="float32")),
        Sample(T(2, dtype="bool"), T(2, dtype="bool")),
    ]


@op(
    node="MulBackward1",
    kind="linear",
    pointwise=True,
    promote="self other",
    public=False,
)
class mul_scalar:
    r"""Multiply by a number, as PyTorch's composed ops do.

    Parameters
    ----------
    self : Tensor of any shape
        What is multiplied.
    other : number
        Factor.

    Notes
    -----
    .. math:: grad_{self} = g\,\overline{other}
    """

    def forward(self, other):
        return self * other

    def vjp_self(F, grad_output, other):
        return grad_output * F.conj(other)

    scalars = "other"
    torch_name = None
    samples = [Sample(T(3), 2.0)]


@op(
    node="AddBackward1",
    kind="linear",
    pointwise=True,
    promote="self other",
    public=False,
)
class add_scalar:
    r"""Add a number, as PyTorch's composed ops do.

    Parameters
    ----------
    self : Tensor of any shape
        What is added to.
    other : number
        What is added.

    Notes
    -----
    .. math:: grad_{self} = g
    """

    def forward(self, other):
        return self + other

    def vjp_self(F, grad_output):
        return grad_output

    jvp_self = vjp_self
    scalars = "other"
    torch_name = None
    samples = [Sample(T(3), 2.0)]


@op(node="SubBackward1", kind="linear", pointwise=True, promote="self other", public=False)
class sub_scalar:
    r"""Subtract a number, as PyTorch's composed ops do.

    Parameters
    ----------
    self : Tensor of any shape
        Minuend.
    other : number
        Subtrahend.

    Notes
    -----
    .. math:: grad_{self} = g
    """

    def forward(self, other):
        return self - other

    def vjp_self(F, grad_output):
        return grad_output

    jvp_self = vjp_self
    scalars = "other"
    torch_name = None
    samples = [Sample(T(3), 2.0)]
