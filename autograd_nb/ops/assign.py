"""Overwriting a tensor: copy_, fill_, zero_."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.dispatch import check_inplace
from ..core.errors import broadcast
from ..core.fitting import is_expandable_to
from ..core.tensor import Tensor
from .cast import warn_of_lost_part
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import cast_number


@op(node="torch::autograd::CopyBackwards", kind="linear", methods="copy_", public=False)
class copy:
    r"""Overwrite with the elements of another tensor, broadcast and cast to fit.

    Parameters
    ----------
    self : Tensor
    src : Tensor
    non_blocking : bool
        Has no effect.

    Notes
    -----
    .. math:: grad_self = 0,\quad grad_src = g
    """

    overlap = "same"

    def forward(self, src, non_blocking=False):
        return np.broadcast_to(np.asarray(src).astype(self.dtype), self.shape)

    def forward_(self, src, non_blocking=False):
        src = np.asarray(src)  # PyTorch takes numbers too
        if not is_expandable_to(src.shape, self.shape):
            raise RuntimeError(
                (src.ndim <= self.ndim and broadcast(self.shape, src.shape))
                or f"output with shape {list(self.shape)} doesn't match the broadcast shape "
                f"{list(src.shape)}"
            )
        if src.dtype.kind == "c" and self.dtype.kind not in "cb":
            warn_of_lost_part()
            src = src.real
        self[...] = src

    def vjp_self(F, grad_output):
        return F.zeros(grad_output.shape, F.value(grad_output).dtype)

    def vjp_src(F, grad_output):
        return grad_output

    samples = [Sample(T(2, 3), T(2, 3)), Sample(T(2, 3), T(3))]


class _Fill:
    """Overwrite every element with a number.

    Parameters
    ----------
    self : Tensor
    value : number

    Notes
    -----
    .. math:: grad_self = 0
    """

    def forward(self, value):
        return np.full_like(self, cast_number(value, self))

    def forward_(self, value):
        self[...] = cast_number(value, self)

    def vjp_self(F, grad_output):
        return F.zeros(grad_output.shape, F.value(grad_output).dtype)

    jvp_self = vjp_self
    samples = [Sample(T(2, 3), 2.5)]


class _FillTensor:
    r"""Overwrite every element with that of a 0-d tensor.

    Parameters
    ----------
    self : Tensor
    value : Tensor, 0-d

    Notes
    -----
    .. math:: grad_self = 0,\quad grad_value = \sum g
    """

    def forward(self, value):
        return np.full_like(self, value)

    def forward_(self, value):
        self[...] = value

    def vjp_self(F, grad_output):
        return F.zeros(grad_output.shape, F.value(grad_output).dtype)

    def vjp_value(F, grad_output):
        return F.sum_to(grad_output, ())

    samples = [Sample(T(2, 3), T())]


# PyTorch's in-place overloads have nodes of their own.
_OPTIONS = {"kind": "linear", "public": False}
fill_scalar = op(name="fill_scalar", node="FillBackward0", **_OPTIONS)(_Fill)
fill_tensor = op(name="fill_tensor", node="FillBackward1", **_OPTIONS)(_FillTensor)
refill_scalar = op(name="refill_scalar", node="FillBackward2", inplace=True, **_OPTIONS)(_Fill)
refill_tensor = op(name="refill_tensor", node="FillBackward3", inplace=True, **_OPTIONS)(
    _FillTensor
)


@op(node="ZeroBackward0", kind="linear", methods="zero_", public=False)
class zero:
    """Overwrite every element with zero.

    Parameters
    ----------
    self : Tensor

    Notes
    -----
    .. math:: grad_self = 0
    """

    def forward(self):
        return np.zeros_like(self)

    def forward_(self):
        self[...] = 0

    def vjp_self(F, grad_output):
        return F.zeros(grad_output.shape, F.value(grad_output).dtype)

    samples = [Sample(T(2, 3))]


@composite(methods="fill_", functions="fill_")
def fill_(self: Tensor, value: Any) -> Tensor:
    """Overwrite every element with a number or a 0-d tensor.

    Raises
    ------
    RuntimeError
        If `value` has dimensions, or `self` must not be changed in place.
    """
    if isinstance(value, Tensor):
        check_inplace(self, value.requires_grad, "fill", (value,))
        if value.ndim:
            raise RuntimeError(
                "fill_ only supports 0-dimension value tensor but got tensor with "
                f"{value.ndim} dimensions."
            )
        if value._array.dtype.kind == "c" and self._array.dtype.kind not in "cb":
            warn_of_lost_part()
        return traced.refill_tensor_(self, value)  # type: ignore[no-any-return]
    return traced.refill_scalar_(self, value)  # type: ignore[no-any-return]


@composite(functions="fill")
def fill(self: Tensor, value: Any) -> Tensor:
    """Return a copy with every element set to `value`."""
    if isinstance(value, Tensor):
        return traced.fill_tensor(self, value)  # type: ignore[no-any-return]
    return traced.fill_scalar(self, value)  # type: ignore[no-any-return]


@composite(methods="fill_diagonal_")
def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Overwrite the main diagonal with a number.

    Raises
    ------
    RuntimeError
        If there are fewer than two dimensions.
    """
    if self.ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    height, width = self.shape[0], self.shape[-1]
    if self.ndim > 2 and len(set(self.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    step, start = sum(self.stride()), self.storage_offset()
    length = min(height, width)
    self.as_strided((length,), (step,), start).fill_(fill_value)
    if wrap and self.ndim == 2 and height > width + 1:
        # The diagonal begins anew below, with a row left out each time it reached the edge.
        rest = -(-self.numel() // (width + 1)) - length
        self.as_strided((rest,), (step,), start + self.stride(0) * (width + 1)).fill_(fill_value)
    return self
