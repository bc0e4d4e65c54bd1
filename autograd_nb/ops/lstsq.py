"""Pseudo-inverses, least squares and ranks, with derivatives."""

import numpy as np

from ..core.tensor import Tensor
from . import linalg_kernels as kernels
from .linalg import transposed, well
from .namespaces import T as traced
from .registry import Sample, T, composite, op, return_types


@op(node="LinalgPinvBackward0", kind="other", public=False)
class pinv_record:
    r"""Return the pseudo-inverses of matrices.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
    atol, rtol : float or None
    hermitian : bool

    Notes
    -----
    .. math:: grad_self = -(P^H g P^H)
              + P^H P (g^H - K A) + (\dots), \quad P = self^+

    in the form of Golub and Pereyra (1973), with the short side multiplied first.
    """

    def forward(self, atol=None, rtol=None, hermitian=False):
        kernels.check_matrix("linalg.pinv", self)
        kernels.check_float("linalg.pinv", self)
        if rtol is None:
            rtol = max(self.shape[-2:]) * np.finfo(self.dtype).eps if not atol else 0.0
        if not self.size:
            return np.zeros((*self.shape[:-2], self.shape[-1], self.shape[-2]), self.dtype)
        if hermitian:
            values, q = np.linalg.eigh(self)
            sizes = np.abs(values)
            edge = np.maximum(atol or 0.0, rtol * sizes.max(-1, keepdims=True))
            inverse = np.where(sizes > edge, 1 / np.where(values == 0, 1, values), 0)
            inverse = inverse.astype(values.dtype)[..., None, :]
            return (q * inverse) @ q.swapaxes(-1, -2).conj()
        u, s, vh = np.linalg.svd(self, False)
        edge = np.maximum(atol or 0.0, rtol * s[..., :1])
        inverse = np.where(s > edge, 1 / np.where(s == 0, 1, s), 0).astype(s.dtype)
        return np.ascontiguousarray(
            (vh.swapaxes(-1, -2).conj() * inverse[..., None, :]) @ u.swapaxes(-1, -2).conj()
        )

    def vjp_self(F, grad_output, self, result):
        return pinv_gradient(F, grad_output, self, result)

    samples = [Sample(T(3, 2)), Sample(T(2, 3)), Sample(well(3))]


def pinv_gradient(F, grad_output, matrix, result):
    """Return the cotangent of a matrix from that of its pseudo-inverse."""
    grad, turned = transposed(F, grad_output), transposed(F, result)
    if matrix.shape[-2] <= matrix.shape[-1]:
        k = F.matmul(grad, result)
        k_turned = F.matmul(k, turned)
        return (
            -transposed(F, F.matmul(result, k))
            + k_turned
            - F.matmul(F.matmul(matrix, result), k_turned)
            + F.matmul(F.matmul(turned, result), grad - F.matmul(k, matrix))
        )
    k = F.matmul(result, grad)
    turned_k = F.matmul(turned, k)
    return (
        -transposed(F, F.matmul(k, result))
        + F.matmul(F.matmul(grad - F.matmul(matrix, k), result), turned)
        + turned_k
        - F.matmul(F.matmul(turned_k, result), matrix)
    )


@composite(functions="pinv", namespaces="linalg")
def linalg_pinv(A, *, atol=None, rtol=None, hermitian=False, rcond=None):
    """Return the pseudo-inverses of matrices.

    Parameters
    ----------
    A : Tensor of shape (..., m, n)
    atol, rtol : float, optional
        Singular values below ``max(atol, rtol * largest)`` count as zero.
    hermitian : bool, default False
    rcond : float, optional
        Another name of `rtol`.

    Returns
    -------
    Tensor
    """
    return traced.pinv_record(A, atol, rcond if rtol is None else rtol, hermitian)


@composite(functions="pinverse", methods="pinverse")
def pinverse(self, rcond=1e-15):
    """Return the pseudo-inverses of matrices.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
    rcond : float, default 1e-15

    Returns
    -------
    Tensor
    """
    return traced.pinv_record(self, None, rcond, False)


@op(
    node="LinalgLstsqBackward0",
    kind="other",
    outputs="solution residuals rank singular_values",
    return_type="linalg_lstsq",
    public=False,
)
class lstsq_record:
    r"""Solve systems of linear equations in the sense of least squares.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
    B : Tensor of shape (..., m, k)
    rcond : float or None
    driver : str

    Notes
    -----
    .. math:: X = self^+ B, \quad grad_B = (self^+)^H g, \quad
              grad_self = \text{that of the pseudo-inverse for } g B^H
    """

    def forward(self, B, rcond, driver):
        m, n = self.shape[-2:]
        solution = by_pinv(self, rcond) @ B
        values = np.linalg.svd(self, compute_uv=False)
        edge = (max(m, n) * np.finfo(self.dtype).eps if rcond is None else rcond) * values[..., :1]
        rank = np.asarray((values > edge).sum(-1), np.int64)
        empty = np.zeros((0,), self.dtype)
        residuals = empty.real
        if m > n and driver != "gelsy" and np.all(rank == n):
            rest = B - self @ solution
            residuals = np.add.reduce((rest * rest.conj()).real, -2)
        return (
            kernels.by_columns(solution),
            residuals,
            np.zeros((0,), np.int64) if driver == "gels" else rank,
            values if driver in ("gelsd", "gelss") else empty.real,
        )

    def vjp(F, grad_output0, grad_output1, self, B, solution, rcond, needs):
        grad_self = grad_b = None
        if grad_output0 is not None:
            inverse = F.pinv_record(self, None, rcond, False)
            product = F.matmul(grad_output0, transposed(F, B))
            grad_self = pinv_gradient(F, product, self, inverse)
            grad_b = F.matmul(transposed(F, inverse), grad_output0)
        if grad_output1 is not None and F.value(grad_output1).size:
            # The solution is stationary for the residuals: only the explicit parts count.
            rest = (B - F.matmul(self, solution)) * F.unsqueeze(2 * grad_output1, -2)
            part = F.matmul(rest, transposed(F, solution))
            grad_self = -part if grad_self is None else grad_self - part
            grad_b = rest if grad_b is None else grad_b + rest
        return grad_self, grad_b

    inputs = "self B"
    samples = ()


def by_pinv(array, rcond):
    """Return pseudo-inverses of arrays."""
    return np.linalg.pinv(array) if rcond is None else np.linalg.pinv(array, rcond)


@composite(functions="lstsq", namespaces="linalg")
def lstsq(A, B, rcond=None, *, driver=None):
    """Solve systems of linear equations in the sense of least squares.

    Parameters
    ----------
    A : Tensor of shape (..., m, n)
    B : Tensor of shape (..., m, k) or (..., m)
    rcond : float, optional
        Singular values below this part of the largest count as zero.
    driver : {"gelsy", "gels", "gelsd", "gelss"}, optional
        Decides which of the extra results are given.

    Returns
    -------
    solution, residuals, rank, singular_values : Tensor
    """
    if A.ndim < 2:
        raise RuntimeError("torch.linalg.lstsq: input must have at least 2 dimensions.")
    driver = "gelsy" if driver is None else driver
    if driver not in ("gelsy", "gels", "gelsd", "gelss"):
        raise RuntimeError(
            "torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"
        )
    vectors = B.ndim == A.ndim - 1
    found = traced.lstsq_record(A, traced.unsqueeze(B, -1) if vectors else B, rcond, driver)
    solution = traced.squeeze_dim(found[0], -1) if vectors else found[0]
    make = return_types.make("linalg_lstsq", list(found._fields))
    return make((solution, found[1], found[2], found[3].detach()))


def column(bound):
    """Return a bound for each matrix as one for each of its singular values."""
    return np.asarray(bound._array)[..., None] if isinstance(bound, Tensor) else bound


@composite(functions="matrix_rank", namespaces="linalg")
def matrix_rank(A, *, atol=None, rtol=None, hermitian=False, tol=None):
    """Return how many singular values of matrices are not zero.

    Parameters
    ----------
    A : Tensor of shape (..., m, n)
    atol, rtol : float, optional
        Singular values up to ``max(atol, rtol * largest)`` count as zero.
    hermitian : bool, default False
    tol : float, optional
        Another name of `atol`.

    Returns
    -------
    Tensor of int64
    """
    array = A._array
    kernels.check_matrix("linalg.matrix_rank", array)
    if hermitian:
        s = np.abs(np.linalg.eigvalsh(array))
    else:
        s = np.linalg.svd(array, compute_uv=False)
    atol = tol if atol is None else atol
    if rtol is None:
        given = atol is not None and (isinstance(atol, Tensor) or atol != 0)
        rtol = 0.0 if given else max(array.shape[-2:]) * np.finfo(array.dtype).eps
    atol, rtol = (column(bound) for bound in (atol, rtol))
    edge = np.maximum(0.0 if atol is None else atol, rtol * s.max(-1, initial=0, keepdims=True))
    return traced.constant(np.asarray((s > edge).sum(-1), np.int64))
