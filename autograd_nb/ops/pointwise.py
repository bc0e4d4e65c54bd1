"""Arithmetic on every element: sums, products, quotients, powers and blends."""

from __future__ import annotations

import numpy as np

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import kinds
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op

_BOOL = np.dtype(np.bool_)


def scaled(value, factor):
    """Return ``factor * value`` without touching `value` when the factor is 1."""
    if factor == 1:
        return value
    if isinstance(factor, float) and kinds.dtype_of(value).kind in "iu":
        raise RuntimeError(
            "For integral input tensors, argument alpha must not be a floating point number."
        )
    if kinds.dtype_of(value) == _BOOL:
        return value & bool(factor)
    return value * factor


def conj_scaled(value, factor):
    """Return ``conj(factor) * value`` for a number `factor`."""
    if factor == 1:
        return value
    return value * factor.conjugate()


@op(
    node="AddBackward0",
    kind="linear",
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
        return self + scaled(other, alpha)

    def vjp_self(F, grad_output):
        return grad_output

    def vjp_other(F, grad_output, alpha):
        return conj_scaled(grad_output, alpha)

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


def _refuse_bool_difference(self, other):
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

    def forward(self, other, *, alpha=1):
        try:
            return self - scaled(other, alpha)
        except TypeError:
            _refuse_bool_difference(self, other)
            raise

    def vjp_self(F, grad_output):
        return grad_output

    def vjp_other(F, grad_output, alpha):
        return conj_scaled(-grad_output, alpha)

    samples = [
        Sample(T(3, 4), T(4)),
        Sample(T(3, 4), T(3, 1), alpha=2),
        Sample(T(), 3.0),
        Sample(T(0), T(1)),
        Sample(T(2, dtype="complex128"), T(2, dtype="complex128"), alpha=1j),
    ]
    error_samples = [Sample(T(2, dtype="bool"), T(2, dtype="bool"))]


@op(node="RsubBackward0", kind="linear", promote="self other", public=False)
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

    def forward(self, other, *, alpha=1):
        return sub.forward(other, self, alpha=alpha)

    def vjp_self(F, grad_output, alpha):
        return conj_scaled(-grad_output, alpha)

    def vjp_other(F, grad_output):
        return grad_output

    torch_name = "rsub"
    samples = [Sample(T(3, 4), T(4)), Sample(T(2), T(2), alpha=3)]


@op(node="RsubBackward1", kind="linear", promote="self other", public=False)
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

    def forward(self, other, *, alpha=1):
        return sub.forward(other, self, alpha=alpha)

    def vjp_self(F, grad_output, alpha):
        return conj_scaled(-grad_output, alpha)

    torch_name = "rsub"
    samples = [Sample(T(3, 4), 2), Sample(T(), 1.5, alpha=2)]


@composite(methods="rsub __rsub__", functions="rsub")
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
    _refuse_bool_difference(self._array, getattr(other, "_array", other))
    if isinstance(other, Tensor):
        return traced.rsub_tensor(self, other, alpha=alpha)
    return traced.rsub_scalar(self, other, alpha=alpha)


@op(
    node="MulBackward0",
    kind="bilinear",
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

    torch_name = None
    samples = [Sample(T(3), 2.0)]


@op(
    node="AddBackward1",
    kind="linear",
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

    torch_name = None
    samples = [Sample(T(3), 2.0)]


@op(
    node="NegBackward0",
    kind="linear",
    methods="neg negative __neg__",
    functions="neg negative",
    inplace=True,
)
class neg:
    r"""Negate each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not bool.

    Notes
    -----
    .. math:: grad_{self} = -g
    """

    def forward(self):
        if kinds.dtype_of(self) == _BOOL:
            raise RuntimeError(
                "Negation, the `-` operator, on a bool tensor is not supported. If you are trying "
                "to invert a mask, use the `~` or `logical_not()` operator instead."
            )
        return -self

    def vjp_self(F, grad_output):
        return -grad_output

    samples = [Sample(T(3, 4)), Sample(T()), Sample(T(0)), Sample(T(2, dtype="complex128"))]
    error_samples = [Sample(T(2, dtype="bool"))]


@composite(methods="positive __pos__", functions="positive")
def positive(self):
    """Return the tensor itself.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not bool.

    Returns
    -------
    Tensor
        `self`.
    """
    if self._array.dtype == _BOOL:
        raise RuntimeError(
            "The `+` operator, on a bool tensor is not supported."
        )
    return self


@op(
    node="AbsBackward0",
    kind="elementwise",
    methods="abs absolute __abs__",
    functions="abs absolute",
    inplace=True,
)
class abs:
    r"""Absolute value of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input; a complex one gives a real result.

    Notes
    -----
    .. math:: grad_{self} = g\,\mathrm{sgn}(self)

    with ``sgn(0) = 0``.
    """

    def forward(self):
        kinds.only("uifc", "abs_cpu", self)
        return np.absolute(self)

    def vjp_self(F, grad_output, self):
        return grad_output * F.sgn(self)

    def jvp_self(F, tangent, self):
        return F.real_part(tangent * F.conj(F.sgn(self)))

    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T(2, dtype="complex128")),
        Sample(T(3, dtype="int64", low=-4, high=4)),
        Sample(T.of([-1.0, 0.0, 2.0])),
    ]
    error_samples = [Sample(T(2, dtype="bool"))]


@op(node="SignBackward0", kind="elementwise", methods="sign", functions="sign", inplace=True)
class sign:
    r"""Sign of each element: -1, 0 or 1.

    Parameters
    ----------
    self : Tensor of any shape
        Input, not complex.

    Notes
    -----
    Constant between its jumps: the gradient is zero.
    """

    def forward(self):
        kind = kinds.dtype_of(self).kind
        if kind == "c":
            raise NotImplementedError(
                "Unlike NumPy, torch.sign is not intended to support complex numbers. "
                "Please use torch.sgn instead."
            )
        if kind == "b":
            return self.copy()
        if kind == "f":  # PyTorch gives 0 for NaN
            return ((self > 0).astype(self.dtype)) - (self < 0)
        return np.sign(self)

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    samples = [
        Sample(T(3, 4)),
        Sample(T.of([-0.0, float("nan"), 2.0])),
        Sample(T(3, dtype="int64", low=-4, high=4)),
        Sample(T(3, dtype="bool")),
    ]
    error_samples = [Sample(T(2, dtype="complex64"))]


@op(node="SgnBackward0", kind="elementwise", methods="sgn", functions="sgn", inplace=True)
class sgn:
    r"""Direction of each element: ``self / abs(self)``, and 0 at 0.

    Parameters
    ----------
    self : Tensor of any shape
        Input, real or complex.

    Notes
    -----
    .. math:: grad_{self} = \frac{g - \mathrm{Re}(g / s)\, s}{|self|},\quad s = \mathrm{sgn}(self)

    for complex numbers, zero for real ones and at 0.
    """

    def forward(self):
        if kinds.dtype_of(self).kind != "c":
            return sign.forward(self)
        size = np.absolute(self)
        zero = size == 0
        return np.where(zero, 0, self / np.where(zero, 1, size)).astype(self.dtype)[()]

    def vjp_self(F, grad_output, self, self_shape, self_dtype, result):
        if not F.is_complex(self):
            return F.zeros(self_shape, self_dtype)
        size = F.abs(self)
        along = F.real_part(grad_output / result) * result
        return F.where(size == 0, 0.0, (grad_output - along) / size)

    def jvp_self(F, tangent, self, self_shape, self_dtype, result):
        if not F.is_complex(self):
            return F.zeros(self_shape, self_dtype)
        size = F.abs(self)
        along = F.real_part(tangent / result) * result
        return F.where(size == 0, 0.0, (tangent - along) / size)

    samples = [Sample(T(3, 4)), Sample(T(4, dtype="complex128")), Sample(T(3, dtype="int64"))]


def _refuse_mixed(name, first, *rest):
    """Refuse operands of different dtypes, as PyTorch does where it does not promote."""
    for argument, value in rest:
        if kinds.dtype_of(value) != kinds.dtype_of(first):
            want, got = (
                {"Float": "float", "Double": "double", "Half": "c10::Half", "Long": "long int"}.get(
                    kinds.scalar_type(v), kinds.scalar_type(v)
                )
                for v in (first, value)
            )
            raise RuntimeError(f"expected dtype {want} for `{argument}` but got dtype {got}")


@op(node="LerpBackward0", kind="linear", tensors="self end", public=False, inplace=True)
class lerp_scalar:
    r"""Blend two tensors by a number.

    Parameters
    ----------
    self, end : Tensor, shapes that broadcast together
        Values at weight 0 and 1.
    weight : number
        Weight of `end`.

    Notes
    -----
    .. math:: grad_{self} = (1 - \overline{weight})\, g,\quad grad_{end} = \overline{weight}\, g
    """

    def forward(self, end, weight):
        kinds.only("fc", "lerp_kernel_scalar", self)
        _refuse_mixed("lerp", self, ("end", end))
        # The half nearer to `end` is computed from it: exact at weight 1.
        if np.absolute(weight) < 0.5:
            return self + weight * (end - self)
        return end - (end - self) * (1 - weight)

    def vjp_self(F, grad_output, weight):
        return grad_output * (1 - weight.conjugate())

    def vjp_end(F, grad_output, weight):
        return grad_output * weight.conjugate()

    torch_name = "lerp"
    samples = [Sample(T(3, 4), T(4), 0.3), Sample(T(2), T(2), 0.75), Sample(T(), T(), 2)]
    error_samples = [Sample(T(2), T(2, dtype="float32"), 0.5)]


@op(node="LerpBackward1", kind="elementwise", tensors="self end weight", public=False, inplace=True)
class lerp_tensor:
    r"""Blend two tensors by a tensor of weights.

    Parameters
    ----------
    self, end, weight : Tensor, shapes that broadcast together
        Values at weight 0 and 1, and the weight of `end`.

    Notes
    -----
    .. math::

        grad_{self} = (1 - \overline{weight})\, g,\quad grad_{end} = \overline{weight}\, g,\quad
        grad_{weight} = g\,\overline{end - self}
    """

    def forward(self, end, weight):
        kinds.only("fc", "lerp_kernel_tensor", self)
        _refuse_mixed("lerp", self, ("end", end), ("weight", weight))
        step = end - self
        return np.where(np.absolute(weight) < 0.5, self + weight * step, end - step * (1 - weight))

    def vjp_self(F, grad_output, weight):
        return grad_output * F.conj(1 - weight)

    def vjp_end(F, grad_output, weight):
        return grad_output * F.conj(weight)

    def vjp_weight(F, grad_output, self, end):
        return grad_output * F.conj(end - self)

    torch_name = "lerp"
    samples = [Sample(T(3, 4), T(4), T(3, 1)), Sample(T(2), T(2), T())]


@composite(methods="lerp", functions="lerp")
def lerp(self, end, weight):
    """Blend two tensors linearly.

    Parameters
    ----------
    self, end : Tensor, shapes that broadcast together
        Values at weight 0 and 1.
    weight : number or Tensor
        Weight of `end`.

    Returns
    -------
    Tensor
        ``self + weight * (end - self)``.
    """
    if isinstance(weight, Tensor):
        return traced.lerp_tensor(self, end, weight)
    return traced.lerp_scalar(self, end, weight)


@composite(methods="lerp_")
def lerp_(self, end, weight):
    """Blend into `self`; see `lerp`.

    Parameters
    ----------
    self, end : Tensor, shapes that broadcast together
        Values at weight 0 and 1.
    weight : number or Tensor
        Weight of `end`.

    Returns
    -------
    Tensor
        `self`.
    """
    if isinstance(weight, Tensor):
        return traced.lerp_tensor_(self, end, weight)
    return traced.lerp_scalar_(self, end, weight)


@op(
    node="AddcmulBackward0",
    kind="elementwise",
    promote="self tensor1 tensor2",
    methods="addcmul",
    functions="addcmul",
    inplace=True,
)
class addcmul:
    r"""Add a scaled product: ``self + value * tensor1 * tensor2``.

    Parameters
    ----------
    self, tensor1, tensor2 : Tensor, shapes that broadcast together
        Summand and factors.
    value : number, default 1
        Factor of the product.

    Notes
    -----
    .. math::

        grad_{self} = g,\quad grad_{tensor1} = g\,\overline{value \cdot tensor2},\quad
        grad_{tensor2} = g\,\overline{value \cdot tensor1}
    """

    def forward(self, tensor1, tensor2, *, value=1):
        if kinds.dtype_of(self).kind in "iu":
            value = int(value)
        return self + value * tensor1 * tensor2

    def vjp_self(F, grad_output):
        return grad_output

    def vjp_tensor1(F, grad_output, tensor2, value):
        return grad_output * F.conj(tensor2 * value)

    def vjp_tensor2(F, grad_output, tensor1, value):
        return grad_output * F.conj(tensor1 * value)

    samples = [
        Sample(T(3, 4), T(4), T(3, 1), value=0.5),
        Sample(T(3), T(3), T(3)),
        Sample(T(), T(), T()),
        Sample(T(2, dtype="int64"), T(2, dtype="int64"), T(2, dtype="int64"), value=2),
    ]


@op(
    node="AddcdivBackward0",
    kind="elementwise",
    promote="self tensor1 tensor2",
    methods="addcdiv",
    functions="addcdiv",
    inplace=True,
)
class addcdiv:
    r"""Add a scaled quotient: ``self + value * tensor1 / tensor2``.

    Parameters
    ----------
    self, tensor1, tensor2 : Tensor, shapes that broadcast together
        Summand, dividend and divisor.
    value : number, default 1
        Factor of the quotient.

    Notes
    -----
    .. math::

        grad_{self} = g,\quad grad_{tensor1} = g\,\overline{value / tensor2},\quad
        grad_{tensor2} = -g\,\overline{value \cdot tensor1 / tensor2^2}
    """

    def forward(self, tensor1, tensor2, *, value=1):
        if kinds.dtype_of(self).kind in "iub":
            raise RuntimeError(
                "Integer division with addcdiv is no longer supported, and in a future  release "
                "addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv "
                "behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2))"
                ".to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) "
                "for float inputs. The future addcdiv behavior is just the latter implementation: "
                "(input + value * tensor1 / tensor2), for all dtypes."
            )
        return self + value * tensor1 / tensor2

    def vjp_self(F, grad_output):
        return grad_output

    def vjp_tensor1(F, grad_output, tensor2, value):
        return grad_output * F.conj(value / tensor2)

    def vjp_tensor2(F, grad_output, tensor1, tensor2, value):
        return -grad_output * F.conj(value * tensor1 / (tensor2 * tensor2))

    samples = [
        Sample(T(3, 4), T(4), T(3, 1, low=0.5, high=2), value=0.5),
        Sample(T(3), T(3), T(3, low=0.5, high=2)),
    ]
    error_samples = [Sample(T(2, dtype="int64"), T(2, dtype="int64"), T(2, dtype="int64"))]
