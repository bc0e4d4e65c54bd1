"""Blends of tensors: lerp, addcmul, addcdiv."""

from __future__ import annotations

import numpy as np

from autograd_nb.core.strides import following
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import kinds
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op
from autograd_nb.ops.sizes import C_TYPE


def _refuse_mixed(name, first, *rest):
    """Refuse operands of different dtypes, as PyTorch does where it does not promote."""
    for argument, value in rest:
        if kinds.dtype_of(value) != kinds.dtype_of(first):
            want, got = (C_TYPE[kinds.dtype_of(v).name] for v in (first, value))
            raise RuntimeError(f"expected dtype {want} for `{argument}` but got dtype {got}")


@op(
    node="LerpBackward0",
    kind="linear",
    pointwise=True,
    tensors="self end",
    public=False,
    inplace=True,
)
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

    overlap = "same"

    def forward(self, end, weight):
        _refuse_mixed("lerp", self, ("end", end))
        kinds.only("fc", "lerp_kernel_scalar", self)
        # The half nearer to `end` is computed from it: exact at weight 1.
        kind = self.dtype
        if kind == np.float16:  # as PyTorch: nothing is rounded on the way
            self, end = self.astype(np.float32), end.astype(np.float32)
        if np.absolute(weight) < 0.5:
            found = self + weight * (end - self)
        else:
            found = end - (end - self) * (1 - weight)
        return found.astype(kind, copy=False)

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

    overlap = "same"

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
    strict="self tensor1 tensor2",
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

    @following(3)
    def forward(self, tensor1, tensor2, *, value=1):
        kinds.only("iufc", "addcmul_cpu_out", self)
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
    strict="self tensor1 tensor2",
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

    def refuse(self, tensor1, tensor2, value):
        if all(kinds.dtype_of(part).kind in "iub" for part in (tensor1, tensor2)):
            raise RuntimeError(
                "Integer division with addcdiv is no longer supported, and in a future  release "
                "addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv "
                "behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2))"
                ".to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) "
                "for float inputs. The future addcdiv behavior is just the latter implementation: "
                "(input + value * tensor1 / tensor2), for all dtypes."
            )

    def forward(self, tensor1, tensor2, *, value=1):
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
