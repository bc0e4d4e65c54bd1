"""Pseudo-inverses, least squares and ranks, with derivatives."""

import numpy as np

from ..core.tensor import Tensor
from . import linalg_kernels as kernels
from .linalg import transposed, well
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import scalar_type, size_text
from .squeeze import broadcast_shapes


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
        if self.ndim < 2 or self.dtype.char not in "fdFD":
            raise RuntimeError(
                f"linalg.pinv({scalar_type(self)}{{{size_text(self.shape)}}}): expected a tensor "
                "with 2 or more dimensions of float, double, cfloat or cdouble types"
            )
        if not self.size:
            return np.zeros((*self.shape[:-2], self.shape[-1], self.shape[-2]), self.dtype)
        if hermitian:
            kernels.check_square("linalg.eigh", self)
            values, q = kernels.eigh("linalg.eigh", self, "L")
            left, sizes, right = q, np.abs(values), q
        else:
            right, values, left = kernels.svd("linalg.svd", self, False)
            left, sizes = left.swapaxes(-1, -2).conj(), values
        inverse = np.where(
            sizes > edge(self, sizes, atol, rtol), 1 / np.where(values, values, 1), 0
        )
        scaled = left * inverse.astype(values.dtype)[..., None, :]
        return np.ascontiguousarray(scaled @ right.swapaxes(-1, -2).conj())

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


def precision(array):
    """Return the distance from one to the next number of an array's dtype."""
    if array.dtype.char not in "fdFD":
        raise RuntimeError("This function doesn't handle types other than float and double")
    return np.finfo(array.dtype).eps


def edge(array, sizes, atol, rtol):
    """Return up to what size the singular values of matrices count as zero."""
    atol = 0.0 if atol is None else atol
    if rtol is None:
        usual = max(array.shape[-2:]) * precision(array)
        rtol = np.where(np.greater(atol, 0), 0.0, usual)
    largest = sizes.max(-1, initial=0, keepdims=True)
    return np.maximum(atol, rtol * largest).astype(sizes.dtype)


def column(name, matrix, called, bound):
    """Return a bound for each matrix as one for each of its singular values."""
    if not isinstance(bound, Tensor):
        return bound
    if bound.is_complex():
        raise RuntimeError(
            f"torch.linalg.{name}: {called} tensor of complex type is not supported. Got "
            f"{scalar_type(bound._array)}"
        )
    broadcast_shapes(tuple(bound.shape), tuple(matrix.shape[:-2]))
    return np.asarray(bound._array)[..., None]


def one_form(older, atol, rtol):
    """Refuse a call that names its bound in the older and in the newer form."""
    if older is not None and not (atol is None and rtol is None):
        raise TypeError("one bound, or atol and rtol")


@composite(functions="pinv", namespaces="linalg")
def linalg_pinv(self, rcond=None, hermitian=False, *, atol=None, rtol=None):
    """Return the pseudo-inverses of matrices.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
    rcond : float or Tensor, optional
        Another name of `rtol`.
    hermitian : bool, default False
    atol, rtol : float or Tensor, optional
        Singular values up to ``max(atol, rtol * largest)`` count as zero; a tensor has one bound
        for each matrix.

    Returns
    -------
    Tensor
    """
    one_form(rcond, atol, rtol)
    atol = column("pinv", self, "atol", atol)
    rtol = column("pinv", self, "rtol", rtol)
    rcond = column("pinv", self, "rcond", rcond)
    return traced.pinv_record(self, atol, rtol if rcond is None else rcond, hermitian)


@composite(functions="pinverse", methods="pinverse")
def pinverse(self, rcond=1e-15):
    """Return the pseudo-inverses of matrices.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
    rcond : float or Tensor, default 1e-15

    Returns
    -------
    Tensor
    """
    return traced.pinv_record(self, None, column("pinv", self, "rcond", rcond), False)


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
        right = B if B.ndim == self.ndim else B[..., None]
        if driver == "gels":
            check_full_rank(self)
        u, values, vh = kernels.svd("torch.linalg.lstsq", self, False)
        if rcond is None:
            rcond = max(m, n) * precision(self)
        elif rcond < 0 or (driver == "gelsd" and rcond >= 1):  # as LAPACK has it
            rcond = precision(self)
        kept = values > (0 if driver == "gels" else rcond) * values[..., :1]
        inverse = np.where(kept, 1 / np.where(kept, values, 1), 0).astype(values.dtype)
        turned = inverse[..., None] * (u.swapaxes(-1, -2).conj() @ right)
        solution = vh.swapaxes(-1, -2).conj() @ turned
        rank = np.asarray(kept.sum(-1), np.int64)
        empty = np.zeros((0,), self.real.dtype)
        residuals = empty
        if m > n and driver != "gelsy" and np.all(rank == n):
            rest = right - self @ solution
            residuals = np.add.reduce((rest * rest.conj()).real, -2)
        # LAPACK writes over the right sides, by columns, where there may be more rows.
        room = np.empty((*solution.shape[:-2], solution.shape[-1], max(m, n)), solution.dtype)
        room[..., :n] = solution.swapaxes(-1, -2)
        solution = room[..., :n].swapaxes(-1, -2)
        if right is not B:
            solution = solution[..., 0]
        return (
            solution,
            residuals,
            np.zeros((0,), np.int64) if driver == "gels" else rank,
            values if driver in ("gelsd", "gelss") else empty,
        )

    def vjp(F, grad_output0, grad_output1, self, B, solution, rcond, needs):
        grad_self = grad_b = None
        vectors = B.ndim < self.ndim
        if vectors:
            B, solution = F.unsqueeze(B, -1), F.unsqueeze(solution, -1)
        if grad_output0 is not None:
            grad = F.unsqueeze(grad_output0, -1) if vectors else grad_output0
            inverse = F.pinv_record(self, None, rcond, False)
            product = F.matmul(grad, transposed(F, B))
            grad_self = pinv_gradient(F, product, self, inverse)
            grad_b = F.matmul(transposed(F, inverse), grad)
        if grad_output1 is not None and F.value(grad_output1).size:
            # The solution is stationary for the residuals: only the explicit parts count.
            rest = (B - F.matmul(self, solution)) * F.unsqueeze(2 * grad_output1, -2)
            part = F.matmul(rest, transposed(F, solution))
            grad_self = -part if grad_self is None else grad_self - part
            grad_b = rest if grad_b is None else grad_b + rest
        if vectors and grad_b is not None:
            grad_b = F.squeeze_dim(grad_b, -1)
        return grad_self, grad_b

    inputs = "self B"
    samples = ()


def check_full_rank(array):
    """Raise for matrices whose triangular factor has a zero on its diagonal."""
    if not array.size:
        return
    tall = array if array.shape[-2] >= array.shape[-1] else array.swapaxes(-1, -2)
    sizes = np.abs(np.linalg.qr(tall, "r").diagonal(0, -2, -1))
    # NumPy factors in double precision: what is nothing in the dtype counts as zero.
    zero = sizes <= precision(array) * sizes.max(-1, keepdims=True)
    kernels.raise_for(
        np.where(zero.any(-1), zero.argmax(-1) + 1, 0),
        "torch.linalg.lstsq: The least squares solution could not be computed because the input "
        "matrix does not have full rank (error code: {n}).",
    )


def check_lstsq(matrix, right):
    """Raise PyTorch's error unless a system can be solved."""
    name, vectors = "torch.linalg.lstsq", right.ndim == 1 or right.shape == matrix.shape[:-1]
    if matrix.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if right.ndim < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if matrix.dtype != right.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype "
            f"{scalar_type(matrix)} and other's dtype {scalar_type(right)}"
        )
    if matrix.ndim - right.ndim not in (0, 1):
        raise RuntimeError(
            f"{name}: input.dim() must be greater or equal to other.dim() and (input.dim() - "
            "other.dim()) <= 1"
        )
    rows = -1 if vectors else -2
    if matrix.shape[-2] != right.shape[rows]:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size({rows})")
    precision(matrix)


@composite(functions="lstsq", namespaces="linalg")
def lstsq(self, b, rcond=None, *, driver=None):
    """Solve systems of linear equations in the sense of least squares.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
    b : Tensor of shape (..., m, k) or (..., m)
    rcond : float, optional
        Singular values up to this part of the largest count as zero; a negative one stands for
        the machine's precision. The driver ``"gels"`` has no use for it.
    driver : {"gelsy", "gels", "gelsd", "gelss"}, optional
        Decides which of the extra results are given.

    Returns
    -------
    solution, residuals, rank, singular_values : Tensor
    """
    check_lstsq(self._array, b._array)
    driver = "gelsy" if driver is None else driver
    if driver not in ("gelsy", "gels", "gelsd", "gelss"):
        raise RuntimeError(
            "torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"
        )
    found = traced.lstsq_record(self, b, rcond, driver)
    return type(found)((*found[:3], found[3].detach()))


@composite(functions="matrix_rank", namespaces="linalg")
def matrix_rank(self, tol=None, hermitian=False, *, atol=None, rtol=None):
    """Return how many singular values of matrices are not zero.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
    tol : float or Tensor, optional
        Another name of `atol`; no part of the largest value then counts as zero.
    hermitian : bool, default False
    atol, rtol : float or Tensor, optional
        Singular values up to ``max(atol, rtol * largest)`` count as zero; a tensor has one bound
        for each matrix.

    Returns
    -------
    Tensor of int64
    """
    array = self._array
    kernels.check_matrix("linalg.matrix_rank", array)
    precision(array)
    if hermitian:
        kernels.check_square("linalg.eigh", array)
        sizes = np.abs(np.linalg.eigvalsh(array))
    else:
        sizes = np.linalg.svd(array, compute_uv=False)
    one_form(tol, atol, rtol)
    if tol is not None:
        atol, rtol = tol, 0.0
    atol = column("matrix_rank", self, "atol", atol)
    bound = edge(array, sizes, atol, column("matrix_rank", self, "rtol", rtol))
    return traced.constant(np.asarray((sizes > bound).sum(-1), np.int64))
