"""Products of Householder reflections, as LAPACK's QR gives them."""

from __future__ import annotations

import numpy as np

from . import kinds
from .linalg_kernels import by_columns, check_float, check_matrix
from .registry import FUNCTIONS, Sample, T, op
from .sizes import scalar_type, size_text


def check_reflectors(name, matrix, tau):
    """Raise PyTorch's error unless vectors and factors fit."""
    if matrix.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if matrix.shape[-2] < matrix.shape[-1]:
        raise RuntimeError(
            f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]"
        )
    if matrix.shape[-1] < tau.shape[-1]:
        raise RuntimeError(
            f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]"
        )
    if matrix.ndim - tau.ndim != 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal "
            f"to {tau.ndim} and input.ndim is equal to {matrix.ndim}"
        )
    if matrix.shape[:-2] != tau.shape[:-1]:
        raise RuntimeError(
            f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got "
            f"{size_text(tau.shape[:-1])}"
        )
    if tau.dtype != matrix.dtype:
        raise RuntimeError(f"{name}: tau dtype does not match input dtype.")


def reflector(F, matrix, i):
    """Return the i-th vector as a column: zeros, a one, and what stands below the diagonal."""
    rows = matrix.shape[-2]
    below = F.constant((np.arange(rows) > i).astype(F.value(matrix).dtype))
    one = F.constant((np.arange(rows) == i).astype(F.value(matrix).dtype))
    return F.unsqueeze(F.select(matrix, -1, i) * below + one, -1)


def reflected(F, matrix, tau, i, target):
    """Multiply by the i-th reflection from the left."""
    v = reflector(F, matrix, i)
    factor = F.unsqueeze(F.unsqueeze(F.select(tau, -1, i), -1), -1)
    return target - factor * F.matmul(v, F.matmul(F.conj(F.transpose(v, -2, -1)), target))


@op(
    node="LinalgHouseholderProductBackward0",
    kind="other",
    methods="orgqr",
    functions="householder_product",
    namespaces="linalg",
    inputs="self tau",
)
class linalg_householder_product:
    r"""First columns of a product of Householder reflections.

    Parameters
    ----------
    self : Tensor of shape (..., m, n), m >= n
        Vectors below the diagonal; each begins with a one that is not stored.
    tau : Tensor of shape (..., k), k <= n
        Factors.

    Notes
    -----
    With :math:`H_i = I - \tau_i v_i v_i^H` and :math:`M_i` the cotangent of :math:`H_i`:

    .. math:: grad_{\tau_i} = -v_i^H M_i v_i, \quad
              grad_{v_i} = -\overline{\tau_i} M_i v_i - \tau_i M_i^H v_i
    """

    def forward(self, tau):
        check_reflectors("torch.linalg.householder_product", self, tau)
        check_float("torch.linalg.householder_product", self)
        m, n = self.shape[-2:]
        result = np.zeros(self.shape, self.dtype)
        result[..., np.arange(n), np.arange(n)] = 1
        for i in reversed(range(tau.shape[-1])):
            v = np.where(np.arange(m) > i, self[..., i], 0) + (np.arange(m) == i)
            v = v.astype(self.dtype)[..., None]
            result -= tau[..., i, None, None] * (v @ (v.conj().swapaxes(-1, -2) @ result))
        return by_columns(result)

    def vjp(F, grad_output, self, tau, needs):
        m, n, k = self.shape[-2], self.shape[-1], tau.shape[-1]
        kind = F.value(self).dtype
        after = [F.constant(np.broadcast_to(np.eye(m, n, dtype=kind), self.shape))]
        for i in reversed(range(k)):
            after.append(reflected(F, self, tau, i, after[-1]))
        after.reverse()  # after[i]: the product of the reflections from i on
        grad, columns, factors = grad_output, [], []
        for i in range(k):
            v, ahead = reflector(F, self, i), after[i + 1]
            factor = F.unsqueeze(F.unsqueeze(F.select(tau, -1, i), -1), -1)
            turned = F.conj(F.transpose(v, -2, -1))
            # M v = grad (ahead^H v); both products stay thin.
            right = F.matmul(grad, F.matmul(F.conj(F.transpose(ahead, -2, -1)), v))
            left = F.matmul(ahead, F.matmul(F.conj(F.transpose(grad, -2, -1)), v))
            factors.append(-F.reshape(F.matmul(turned, right), tuple(tau.shape[:-1])))
            below = F.constant((np.arange(m) > i).astype(kind)[:, None])
            columns.append(-(F.conj(factor) * right + factor * left) * below)
            # Through H_i^H to the next reflection.
            grad = grad - F.conj(factor) * F.matmul(v, F.matmul(turned, grad))
        rest = [F.zeros((*self.shape[:-1], n - k), kind)] if n > k else []
        grad_self = F.cat([*columns, *rest], -1) if columns or rest else None
        return grad_self, F.stack(factors, -1) if factors else None

    saved = {"input": "self", "self": None}
    torch_name = "linalg.householder_product"
    samples = [
        Sample(T(4, 3), T(3)),
        Sample(T(2, 3, 2), T(2, 1)),
        Sample(T(3, 2, dtype="complex128"), T(2, dtype="complex128")),
    ]
    error_samples = [Sample(T(2, 3), T(2)), Sample(T(3, 2), T(3)), Sample(T(3), T(3))]


@op(
    node="GeqrfBackward0",
    kind="other",
    outputs="a tau",
    return_type="geqrf",
    methods="geqrf",
    functions="geqrf",
)
class geqrf:
    """Reflections and triangular factor of a QR decomposition, as LAPACK stores them.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
        Matrices.

    Notes
    -----
    PyTorch has no derivative for it: backward raises.
    """

    def forward(self):
        check_matrix("torch.geqrf", self)
        check_float("torch.geqrf", self)
        packed, tau = np.linalg.qr(self, "raw")
        packed = packed.swapaxes(-1, -2).astype(self.dtype, copy=False)
        return by_columns(packed), tau.astype(self.dtype, copy=False)

    def vjp_self(F, grad_output0):
        raise NotImplementedError("the derivative for 'geqrf' is not implemented.")

    samples = [Sample(T(4, 3, requires_grad=False)), Sample(T(2, 3, 4, requires_grad=False))]


def check_factors(vectors, tau, other):
    """Raise PyTorch's error unless reflections and a matrix have dimensions and dtypes that fit."""
    for name, array in (("input", vectors), ("other", other)):
        if array.ndim < 2:
            raise RuntimeError(f"torch.ormqr: {name} must have at least 2 dimensions.")
    dims = f"ndim is equal to {vectors.ndim}"
    if tau.ndim != vectors.ndim - 1:
        raise RuntimeError(
            "torch.ormqr: Expected tau to have one dimension less than input, but got tau.ndim "
            f"equal to {tau.ndim} and input.{dims}"
        )
    if other.ndim != vectors.ndim:
        raise RuntimeError(
            "torch.ormqr: Expected other to have the same number of dimensions as input, but got "
            f"other.ndim equal to {other.ndim} and input.{dims}"
        )
    for name, array in (("tau", tau), ("other", other)):
        if array.dtype != vectors.dtype:
            raise RuntimeError(
                f"torch.ormqr: Expected input and {name} to have the same dtype, but input has "
                f"dtype{scalar_type(vectors)} and {name} has dtype {scalar_type(array)}"
            )


@op(
    node="OrmqrBackward0",
    kind="other",
    methods="ormqr",
    functions="ormqr",
    inputs="self input2 input3",
)
class ormqr:
    r"""Multiply a matrix by the product of Householder reflections, which is not formed.

    Parameters
    ----------
    self : Tensor of shape (..., mn, k)
        Vectors below the diagonal; each begins with a one that is not stored.
    input2 : Tensor of shape (..., k)
        Factors.
    input3 : Tensor of shape (..., m, n)
    left : bool, default True
        The product stands to the left.
    transpose : bool, default False
        Take its conjugate transpose.

    Notes
    -----
    With :math:`Q` the product: :math:`grad_{input3} = Q^H g`, and the other two follow from
    those of each reflection in turn.
    """

    def forward(self, input2, input3, left=True, transpose=False):
        check_factors(self, input2, input3)
        side = -2 if left else -1
        rows = input3.shape[side]
        if self.shape[-2] != rows:
            raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be equal to input.shape[-2]")
        if input2.shape[-1] != min(rows, self.shape[-1]):
            raise RuntimeError(
                f"torch.ormqr: tau.shape[-1] must be equal to min(other.shape[{side}], "
                "input.shape[-1])"
            )
        kinds.only("fc", "ormqr_cpu", self)
        result = input3 if left else input3.swapaxes(-1, -2).conj()
        order = range(input2.shape[-1])
        # From the left, Q takes the last reflection first; Q^H the first.
        for i in order if left == transpose else reversed(order):
            v = np.where(np.arange(rows) > i, self[..., i], 0) + (np.arange(rows) == i)
            v = v.astype(self.dtype)[..., None]
            tau = input2[..., i, None, None]
            tau = tau.conj() if left == transpose else tau
            result = result - tau * (v @ (v.conj().swapaxes(-1, -2) @ result))
        return by_columns(result if left else result.swapaxes(-1, -2).conj())

    def vjp(F, grad_output, self, input2, input3, left, transpose, needs):
        def turned(x):
            return F.conj(F.transpose(x, -2, -1))

        k = input2.shape[-1]
        grad = grad_output if left else turned(grad_output)
        ahead = input3 if left else turned(input3)
        adjoint = left == transpose
        order = list(range(k)) if adjoint else list(reversed(range(k)))

        def factor(i):
            tau = F.unsqueeze(F.unsqueeze(F.select(input2, -1, i), -1), -1)
            return F.conj(tau) if adjoint else tau

        states = [ahead]
        for i in order:
            v = reflector(F, self, i)
            states.append(states[-1] - factor(i) * F.matmul(v, F.matmul(turned(v), states[-1])))
        columns, factors = [None] * k, [None] * k
        kind = F.value(self).dtype
        below = np.arange(self.shape[-2])
        for i, before in zip(reversed(order), reversed(states[:-1]), strict=True):
            v, tau = reflector(F, self, i), factor(i)
            # y = x - tau v (v^H x), with M = grad x^H.
            right = F.matmul(grad, F.matmul(turned(before), v))
            left_part = F.matmul(before, F.matmul(turned(grad), v))
            found = -F.reshape(F.matmul(turned(v), right), tuple(input2.shape[:-1]))
            factors[i] = F.conj(found) if adjoint else found
            mask = F.constant((below > i).astype(kind)[:, None])
            columns[i] = -(F.conj(tau) * right + tau * left_part) * mask
            grad = grad - F.conj(tau) * F.matmul(v, F.matmul(turned(v), grad))
        rest = self.shape[-1] - k
        if rest:
            columns.append(F.zeros((*self.shape[:-1], rest), kind))
        grad_self = F.cat(columns, -1) if columns else None
        return grad_self, F.stack(factors, -1) if k else None, grad if left else turned(grad)

    samples = [
        Sample(T(4, 3), T(3), T(4, 2)),
        Sample(T(4, 3), T(3), T(2, 4), left=False),
        Sample(T(2, 3, 2), T(2, 2), T(2, 3, 2), transpose=True),
        Sample(
            T(3, 2, dtype="complex128"), T(2, dtype="complex128"), T(2, 3, dtype="complex128"),
            left=False, transpose=True,
        ),
    ]  # fmt: skip


# The old name of the same operation.
FUNCTIONS["torch"]["orgqr"] = FUNCTIONS["linalg"]["householder_product"]
