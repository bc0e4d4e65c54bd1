"""Complex numbers: their parts, conjugates and angles, and views between real and complex."""

from __future__ import annotations

import numpy as np

from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import kinds
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op

_HALF = {np.dtype(np.complex64): np.float32, np.dtype(np.complex128): np.float64}


@op(node="ConjBackward0", kind="linear", public=False)
class conj_complex:
    r"""Complex conjugate of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Complex.

    Notes
    -----
    .. math:: grad_{self} = \overline{g}
    """

    def forward(self):
        return np.conjugate(self)

    def vjp_self(F, grad_output):
        return F.conj(grad_output)

    def jvp_self(F, tangent):
        return F.conj(tangent)

    torch_name = "conj"
    samples = [Sample(T(3, 4, dtype="complex128")), Sample(T(dtype="complex128"))]


@composite(methods="conj", functions="conj")
def conj(self):
    """Complex conjugate of each element; a real tensor itself.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Returns
    -------
    Tensor
        The conjugate.
    """
    if not isinstance(self, Tensor):
        return self.conjugate()
    return traced.conj_complex(self) if self._array.dtype.kind == "c" else self


@op(
    node="ConjPhysicalBackward0",
    kind="linear",
    public=False,
    inplace="ConjPhysicalBackward1",
    methods="conj_physical_",
)
class conj_physical:
    r"""Complex conjugate of each element, in memory of its own.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = \overline{g}
    """

    def forward(self):
        return np.conjugate(self) if self.dtype.kind == "c" else self.copy()

    def vjp_self(F, grad_output):
        return F.conj(grad_output)

    def jvp_self(F, tangent):
        return F.conj(tangent)

    samples = [Sample(T(3, 4, dtype="complex128"))]


@composite(methods="conj_physical", functions="conj_physical")
def conj_physical_of_complex(self):
    """Return the complex conjugate in memory of its own; a real tensor is returned itself.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Returns
    -------
    Tensor
    """
    return traced.conj_physical(self) if self._array.dtype.kind == "c" else self


@composite(methods="resolve_conj resolve_neg", functions="resolve_conj resolve_neg")
def resolve_conj(self):
    """Return the tensor itself: conjugates are always computed here, never pending.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Returns
    -------
    Tensor
        `self`.
    """
    return self


@composite(methods="is_conj is_neg", functions="is_conj is_neg")
def is_conj(self):
    """Say whether a conjugation is pending: never.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Returns
    -------
    bool
        False.
    """
    return False


@op(node="ViewAsRealBackward0", kind="linear", view=True, functions="view_as_real")
class view_as_real:
    r"""View a complex tensor as a real one with a last dimension of 2.

    Parameters
    ----------
    self : Tensor of any shape
        Complex.

    Notes
    -----
    .. math:: grad_{self} = g_{..., 0} + i\, g_{..., 1}
    """

    def forward(self):
        if self.dtype.kind != "c":
            raise RuntimeError("view_as_real is only supported for complex tensors")
        real = np.asarray(self).real
        return np.lib.stride_tricks.as_strided(
            real, (*real.shape, 2), (*real.strides, real.itemsize)
        )

    def vjp_self(F, grad_output):
        return F.complex(grad_output[..., 0], grad_output[..., 1])

    samples = [Sample(T(3, 4, dtype="complex128")), Sample(T(dtype="complex128"))]
    error_samples = [Sample(T(3))]


@op(node="ViewAsComplexBackward0", kind="linear", view=True, functions="view_as_complex")
class view_as_complex:
    r"""View a real tensor whose last dimension has size 2 as a complex one.

    Parameters
    ----------
    self : Tensor, shape (*, 2)
        Real and imaginary parts side by side.

    Notes
    -----
    .. math:: grad_{self} = (\mathrm{Re}\, g, \mathrm{Im}\, g)
    """

    def forward(self):
        if self.dtype.kind != "f":
            raise RuntimeError(
                "view_as_complex is only supported for floating point tensors, but got a tensor "
                f"of scalar type: {kinds.scalar_type(self)}"
            )
        if self.ndim == 0:
            raise RuntimeError("Input tensor must have one or more dimensions")
        if self.shape[-1] != 2:
            raise RuntimeError("Tensor must have a last dimension of size 2")
        if self.strides[-1] != self.itemsize:
            raise RuntimeError("Tensor must have a last dimension with stride 1")
        if any(step % (2 * self.itemsize) for step in self.strides[:-1]):
            raise RuntimeError(
                "Tensor must have a stride divisible by 2 for all but last dimension"
            )
        return self.view(np.result_type(self.dtype, np.complex64))[..., 0]

    def vjp_self(F, grad_output):
        return F.view_as_real(grad_output)

    samples = [Sample(T(3, 2)), Sample(T(2))]
    error_samples = [Sample(T(3)), Sample(T())]


@composite(functions="real")
def real(self):
    """View the real part of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Returns
    -------
    Tensor
        A view; a real tensor itself.
    """
    if not isinstance(self, Tensor):
        return self.real
    if self._array.dtype.kind != "c":
        return self
    return traced.select(traced.view_as_real(self), -1, 0)


@composite(functions="imag")
def imag(self):
    """View the imaginary part of each element.

    Parameters
    ----------
    self : Tensor of any shape
        Complex.

    Returns
    -------
    Tensor
        A view.
    """
    if self._array.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return traced.select(traced.view_as_real(self), -1, 1)


def _set_real(self, value):
    real(self).copy_(value)


def _set_imag(self, value):
    imag(self).copy_(value)


Tensor.real = property(real, _set_real)
Tensor.imag = property(imag, _set_imag)


@op(node="AngleBackward0", kind="elementwise", methods="angle", functions="angle")
class angle:
    r"""Angle of each complex number in radians; pi for negative real ones.

    Parameters
    ----------
    self : Tensor of any shape
        Input.

    Notes
    -----
    .. math:: grad_{self} = i\, g\, self / |self|^2

    and zero for real numbers and at 0.
    """

    def forward(self):
        if self.dtype.kind == "c":
            return np.angle(self)
        if self.dtype.kind in "bui":
            self = self.astype(kinds.default_float())
        result = np.where(self < 0, self.dtype.type(np.pi), self.dtype.type(0))
        return np.where(np.isnan(self), self, result)[()]

    def vjp_self(F, grad_output, self, self_shape, self_dtype):
        if not F.is_complex(self):
            return F.zeros(self_shape, self_dtype)
        return F.where(self == 0, 0.0, grad_output * self / F.abs(self) ** 2 * 1j)

    def jvp_self(F, tangent, self, self_shape, self_dtype):
        if not F.is_complex(self):
            return F.zeros(self_shape, self_dtype)
        size = F.abs(self)
        turned = F.real_part(F.conj(tangent) * (self / (size * size)) * 1j)
        return F.where(self == 0, 0.0, turned)

    samples = [
        Sample(T(3, 4, dtype="complex128")),
        Sample(T.of([-1.0, 0.0, float("nan"), 2.0])),
        Sample(T(3, dtype="int64")),
    ]


def _same_floats(first, second):
    names = kinds.scalar_type(first), kinds.scalar_type(second)
    if first.dtype.kind != "f" or second.dtype.kind != "f":
        raise RuntimeError(
            f"Expected both inputs to be Half, Float or Double tensors but got {names[0]} and "
            f"{names[1]}"
        )
    if names[0] != names[1]:
        raise RuntimeError(
            f"Expected object of scalar type {names[0]} but got scalar type {names[1]} for second "
            "argument"
        )


def _joined(real, imag):
    dtype = np.result_type(real, np.complex64)
    result = np.empty(np.broadcast_shapes(real.shape, imag.shape), dtype)
    result.real, result.imag = real, imag
    return result[()]


@op(node="ComplexBackward0", kind="linear", tensors="real imag", functions="complex")
class complex:
    r"""Make complex numbers of real and imaginary parts.

    Parameters
    ----------
    real, imag : Tensor of one floating dtype, shapes that broadcast together
        The parts.

    Notes
    -----
    .. math:: grad_{real} = \mathrm{Re}\, g,\quad grad_{imag} = \mathrm{Im}\, g
    """

    def forward(real, imag):
        _same_floats(real, imag)
        return _joined(real, imag)

    def vjp_real(F, grad_output):
        return F.real_part(grad_output)

    def vjp_imag(F, grad_output):
        return F.imag_part(grad_output)

    def jvp_real(F, tangent):
        return tangent + 0j

    def jvp_imag(F, tangent):
        return tangent * 1j

    samples = [Sample(T(3, 4), T(4)), Sample(T(), T())]
    error_samples = [
        Sample(T(2), T(2, dtype="float32")),
        Sample(T(2, dtype="int64"), T(2, dtype="int64")),
    ]


@op(node="PolarBackward0", kind="elementwise", tensors="abs angle", functions="polar")
class polar:
    r"""Make complex numbers of absolute values and angles.

    Parameters
    ----------
    abs, angle : Tensor of one floating dtype, shapes that broadcast together
        Distance from 0 and angle in radians.

    Notes
    -----
    .. math::

        grad_{abs} = \mathrm{Re}(\overline{g}\, u),\quad
        grad_{angle} = \mathrm{Re}(\overline{g}\, i\, result),\quad u = e^{i\, angle}
    """

    def forward(abs, angle):
        _same_floats(abs, angle)
        return _joined(abs * np.cos(angle), abs * np.sin(angle))

    def vjp_abs(F, grad_output, result):
        return F.real_part(F.conj(grad_output) * F.sgn(result))

    def vjp_angle(F, grad_output, result):
        return F.real_part(F.conj(grad_output) * (result * 1j))

    def jvp_abs(F, tangent, angle):
        return tangent * F.complex(F.cos(angle), F.sin(angle))

    def jvp_angle(F, tangent, result):
        return tangent * result * 1j

    samples = [Sample(T(3, 4, low=0.5, high=2), T(4)), Sample(T(low=0.5, high=2), T())]
    error_samples = [Sample(T(2), T(2, dtype="float32"))]
