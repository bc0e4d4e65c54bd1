"""Triangular factors of matrices, by Gaussian elimination with row exchanges."""

from __future__ import annotations

import numpy as np

from ..core.tensor import wrap
from ..core.warn import warn_of_older
from . import kinds
from . import linalg_kernels as kernels
from .linalg import solved, transposed, well
from .namespaces import T as traced
from .registry import Sample, T, composite, op, return_types
from .sizes import prod, scalar_type, size_text

_SINGULAR = (
    "torch.linalg.lu_factor: U[{n},{n}] is zero and using it on lu_solve would result in a "
    "division by zero. If you still want to perform the factorization, consider calling "
    "linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
)
_LU = return_types.make("linalg_lu", ["P", "L", "U"])
_FACTOR = return_types.make("linalg_lu_factor", ["LU", "pivots"])
_FACTOR_EX = return_types.make("linalg_lu_factor_ex", ["LU", "pivots", "info"])
_UNPACK = return_types.make("lu_unpack", ["P", "L", "U"])
_WITH_INFO = return_types.make("_lu_with_info", ["LU", "pivots", "info"])
_SOLVE_EX = return_types.make("linalg_solve_ex", ["result", "info"])


# -- on arrays ------------------------------------------------------------------------------------
def eliminate(array):
    """Return both factors in one array, the row exchanges from 1, and the first zero pivot."""
    m, n = array.shape[-2:]
    batch = array.shape[:-2]
    work = array.reshape(prod(batch), m, n).copy()
    count, each = min(m, n), np.arange(len(work))
    pivots = np.zeros((len(work), count), np.int32)
    info = np.zeros(len(work), np.int32)
    for k in range(count):
        column = work[:, k:, k]
        # LAPACK compares complex numbers by the sum of their parts' sizes.
        size = abs(column.real) + abs(column.imag) if column.dtype.kind == "c" else abs(column)
        row = k + np.argmax(size, axis=1)
        pivots[:, k] = row + 1
        work[each, k], work[each, row] = work[each, row], work[each, k]
        pivot = work[:, k, k]
        info[(pivot == 0) & (info == 0)] = k + 1
        work[:, k + 1 :, k] /= np.where(pivot == 0, 1, pivot)[:, None]
        work[:, k + 1 :, k + 1 :] -= work[:, k + 1 :, k, None] * work[:, k, None, k + 1 :]
    return (
        kernels.by_columns(work.reshape(array.shape)),
        pivots.reshape(*batch, count),
        info.reshape(batch),
    )


def conjugate(array):
    """Return the conjugate transposes of matrices."""
    return array.swapaxes(-1, -2).conj()


def order_of_rows(pivots, m):
    """Return for each row of the factors' product the row of the matrix that it is."""
    flat = pivots.reshape(prod(pivots.shape[:-1]), pivots.shape[-1])
    order = np.tile(np.arange(m), (len(flat), 1))
    each = np.arange(len(flat))
    for k in range(flat.shape[1]):
        row = flat[:, k] - 1
        order[each, k], order[each, row] = order[each, row], order[each, k]
    return order.reshape(*pivots.shape[:-1], m)


def permutation(pivots, m, kind):
    """Return the permutation matrices P of A = P L U."""
    order = order_of_rows(pivots, m)
    return np.array(np.swapaxes(np.eye(m, dtype=kind)[order], -1, -2), order="C")


def _check(array):
    if array.ndim < 2:
        raise RuntimeError(
            "torch.lu_factor: Expected tensor with 2 or more dimensions. Got size: "
            f"{size_text(array.shape)} instead"
        )
    kinds.only("fc", "lu_cpu", array)


# -- formulas -------------------------------------------------------------------------------------
def _lower(F, packed):
    """Return L, with ones on its diagonal, of both factors in one matrix."""
    m, n = packed.shape[-2:]
    k = min(m, n)
    kind = F.value(packed).dtype
    return F.tril(packed[..., :, :k], -1) + F.constant(np.eye(m, k, dtype=kind))


def _upper(F, packed):
    return F.triu(packed[..., : min(packed.shape[-2:]), :], 0)


def _gradient(F, grad_l, grad_u, lower, upper, pivots):
    """Return the gradient of a matrix from those of its factors.

    With A = P L U, the part in the leading square block is
    P L^-H (tril(L^H g_L, -1) + triu(g_U U^H)) U^-H; what a tall or wide matrix has besides
    follows from its factors there by a triangular system.
    """
    m, n = lower.shape[-2], upper.shape[-1]
    k = min(m, n)
    l1, u1 = lower[..., :k, :], upper[..., :, :k]
    left = F.matmul(transposed(F, l1), grad_l[..., :k, :])
    right = F.matmul(grad_u[..., :, :k], transposed(F, u1))
    if n > k:
        left = left - F.matmul(grad_u[..., :, k:], transposed(F, upper[..., :, k:]))
    if m > k:
        right = right - F.matmul(transposed(F, lower[..., k:, :]), grad_l[..., k:, :])
    inner = F.tril(left, -1) + F.triu(right, 0)
    lh, uh = transposed(F, l1), transposed(F, u1)
    inner = F.solve_triangular_record(uh, inner, False, False, False)
    found = F.solve_triangular_record(lh, inner, True, True, True)
    if n > k:
        rest = F.solve_triangular_record(lh, grad_u[..., :, k:], True, True, True)
        found = F.cat((found, rest), -1)
    if m > k:
        rest = F.solve_triangular_record(uh, grad_l[..., k:, :], False, False, False)
        found = F.cat((found, rest), -2)
    rows = permutation(np.asarray(F.value(pivots)), m, F.value(lower).dtype)
    return F.matmul(F.constant(rows), found)


_SHAPES = [
    Sample(well(3)),
    Sample(T(4, 2)),
    Sample(T(2, 4)),
    Sample(well(2, (2,))),
    Sample(T(3, 3, dtype="complex128")),
]


@op(
    node="LinalgLuFactorExBackward0",
    kind="other",
    outputs="LU pivots info",
    return_type="linalg_lu_factor_ex",
    public=False,
)
class lu_factor_record:
    r"""Factor matrices; both factors in one, and the row exchanges.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
        Floating point or complex.

    Notes
    -----
    .. math:: grad_{self} = P L^{-H} (tril(L^H g, -1) + triu(g\, U^H)) U^{-H}

    for square matrices.
    """

    def forward(self):
        _check(self)
        return eliminate(self)

    def vjp_self(F, grad_output0, LU, pivots):
        k = min(LU.shape[-2:])
        grad_l = F.tril(grad_output0[..., :, :k], -1)
        grad_u = F.triu(grad_output0[..., :k, :], 0)
        return _gradient(F, grad_l, grad_u, _lower(F, LU), _upper(F, LU), pivots)

    torch_name = "linalg.lu_factor_ex"
    samples = _SHAPES
    error_samples = [Sample(T(2)), Sample(T(2, 2, dtype="int64"))]


@op(node="LinalgLuBackward0", kind="other", outputs="L U pivots", public=False)
class lu_record:
    r"""Factor matrices into a lower and an upper triangular one.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
        Floating point or complex.

    Notes
    -----
    .. math:: grad_{self} = P L^{-H} (tril(L^H g_L, -1) + triu(g_U U^H)) U^{-H}

    for square matrices.
    """

    def forward(self):
        _check(self)
        packed, pivots, _ = eliminate(self)
        k = min(packed.shape[-2:])
        lower = np.tril(packed[..., :, :k], -1) + np.eye(packed.shape[-2], k, dtype=packed.dtype)
        return lower, np.triu(packed[..., :k, :]), pivots

    def vjp_self(F, grad_output0, grad_output1, L, U, pivots):
        grad_l = F.zeros(L.shape, F.value(L).dtype) if grad_output0 is None else grad_output0
        grad_u = F.zeros(U.shape, F.value(U).dtype) if grad_output1 is None else grad_output1
        return _gradient(F, grad_l, grad_u, L, U, pivots)

    torch_name = None
    samples = _SHAPES


@op(node="LuUnpackBackward0", kind="linear", outputs="L U", public=False)
class lu_unpack_record:
    r"""Take the factors out of the matrix that holds both.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
        As `torch.linalg.lu_factor` returns it.

    Notes
    -----
    .. math:: grad_{self} = tril(g_L, -1) + triu(g_U)
    """

    def forward(self):
        k = min(self.shape[-2:])
        lower = np.tril(self[..., :, :k], -1) + np.eye(self.shape[-2], k, dtype=self.dtype)
        return lower, np.triu(self[..., :k, :])

    def vjp_self(F, grad_output0, grad_output1, self_shape):
        m, n = self_shape[-2:]
        total = None
        if grad_output0 is not None:
            total = F.tril(grad_output0, -1)
            if n > m:
                total = F.constant_pad(total, (0, n - m))
        if grad_output1 is not None:
            upper = F.triu(grad_output1, 0)
            if m > n:
                upper = F.constant_pad(upper, (0, 0, 0, m - n))
            total = upper if total is None else total + upper
        return total

    torch_name = None
    samples = [Sample(T(3, 3)), Sample(T(2, 4)), Sample(T(4, 2))]


@op(node="LinalgLuSolveBackward0", kind="other", tensors="pivots", public=False)
class lu_solve_record:
    r"""Solve systems whose matrix has been factored.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)
        Both factors.
    pivots : Tensor of shape (..., n)
        The row exchanges.
    B : Tensor of shape (..., n, k)
        Right sides.
    left : bool
        On which side the matrix stands.
    adjoint : bool
        Solve with the conjugate transpose.

    Notes
    -----
    With :math:`g_B` the solution of the adjoint system for g, and :math:`g_A = -g_B X^H`:

    .. math:: grad_B = g_B,\quad
              grad_{self} = tril(P^T g_A U^H, -1) + triu(L^H P^T g_A)
    """

    def forward(self, pivots, B, left=True, adjoint=False):
        if not left:
            turned = lu_solve_record.forward(self, pivots, conjugate(B), adjoint=not adjoint)
            return np.array(conjugate(turned), order="C")
        n = self.shape[-1]
        lower = np.tril(self, -1) + np.eye(n, dtype=self.dtype)
        upper = np.triu(self)
        rows = permutation(pivots, n, self.dtype)
        if adjoint:
            inner = kernels.solve(upper.conj().swapaxes(-1, -2), B)[0]
            found = rows @ kernels.solve(lower.conj().swapaxes(-1, -2), inner)[0]
        else:
            inner = kernels.solve(lower, rows.swapaxes(-1, -2) @ B)[0]
            found = kernels.solve(upper, inner)[0]
        return kernels.by_columns(found)

    def vjp_self(F, grad_output, self, pivots, result, left, adjoint):
        if not left:
            grad_output, result = transposed(F, grad_output), transposed(F, result)
            adjoint = not adjoint
        grad = F.lu_solve_record(self, pivots, grad_output, adjoint=not adjoint)
        whole = (
            -F.matmul(result, transposed(F, grad))
            if adjoint
            else -F.matmul(grad, transposed(F, result))
        )
        rows = permutation(np.asarray(F.value(pivots)), self.shape[-1], F.value(self).dtype)
        whole = F.matmul(F.constant(rows.swapaxes(-1, -2)), whole)
        lower = F.matmul(whole, transposed(F, _upper(F, self)))
        upper = F.matmul(transposed(F, _lower(F, self)), whole)
        return F.tril(lower, -1) + F.triu(upper, 0)

    def vjp_B(F, grad_output, self, pivots, left, adjoint):
        return F.lu_solve_record(self, pivots, grad_output, left, not adjoint)

    torch_name = None
    samples = [
        Sample(well(3), T.of([2, 3, 3], "int32"), T(3, 2)),
        Sample(well(3), T.of([1, 3, 3], "int32"), T(3, 2), True, True),
        Sample(well(3), T.of([2, 3, 3], "int32"), T(2, 3), False),
    ]


# -- public ---------------------------------------------------------------------------------------
def _only_with_exchanges(pivot):
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")


@composite(functions="lu_factor_ex", namespaces="linalg")
def lu_factor_ex(A, *, pivot=True, check_errors=False):
    """Factor matrices; say which have a zero pivot.

    Parameters
    ----------
    A : Tensor of shape (..., m, n)
        Floating point or complex.
    pivot : bool, default True
        Exchange rows.
    check_errors : bool, default False
        Raise for a zero pivot.

    Returns
    -------
    return_types.linalg_lu_factor_ex
        `LU`, `pivots` and `info`.
    """
    _only_with_exchanges(pivot)
    found = traced.lu_factor_record(A)
    if check_errors:
        _raise(found[2])
    return _FACTOR_EX(found)


def _raise(info):
    flat = np.asarray(info._array).reshape(-1)
    bad = np.flatnonzero(flat)
    if bad.size:
        name, rest = _SINGULAR.format(n=int(flat[bad[0]])).split(": ", 1)
        batch = f"(Batch element {bad[0]}): " if np.asarray(info._array).ndim else ""
        raise RuntimeError(f"{name}: {batch}{rest}")


@composite(functions="lu_factor", namespaces="linalg")
def lu_factor(A, *, pivot=True):
    """Factor matrices; both factors in one, and the row exchanges.

    Parameters
    ----------
    A : Tensor of shape (..., m, n)
        Floating point or complex.
    pivot : bool, default True
        Exchange rows.

    Returns
    -------
    return_types.linalg_lu_factor
        `LU` and `pivots`.

    Raises
    ------
    RuntimeError
        If a pivot is zero.
    """
    return _FACTOR(lu_factor_ex(A, pivot=pivot, check_errors=True)[:2])


@composite(functions="lu", namespaces="linalg")
def linalg_lu(A, *, pivot=True):
    """Factor matrices: ``A = P @ L @ U``.

    Parameters
    ----------
    A : Tensor of shape (..., m, n)
        Floating point or complex.
    pivot : bool, default True
        Exchange rows.

    Returns
    -------
    return_types.linalg_lu
        `P`, a permutation, `L` with ones on its diagonal, and `U`.
    """
    _only_with_exchanges(pivot)
    lower, upper, pivots = traced.lu_record(A)
    rows = permutation(pivots._array, A.shape[-2], A._array.dtype)
    return _LU((wrap(rows), lower, upper))


@composite(functions="lu")
def lu(A, pivot=True, get_infos=False, out=None):
    """Factor matrices (deprecated by PyTorch for `torch.linalg.lu_factor`).

    Parameters
    ----------
    A : Tensor of shape (..., m, n)
        Floating point or complex.
    pivot : bool, default True
        Exchange rows.
    get_infos : bool, default False
        Return the numbers of zero pivots rather than raise.
    out : tuple of Tensor, optional
        Where the results are written.

    Returns
    -------
    tuple of Tensor
        Both factors in one, row exchanges, and perhaps the numbers.
    """
    warn_of_older(
        "torch.lu",
        "torch.linalg.lu_factor / torch.linalg.lu_factor_ex",
        "LU, pivots = torch.lu(A, compute_pivots)",
        "should be replaced with",
        "LU, pivots = torch.linalg.lu_factor(A, compute_pivots)",
        "and",
        "LU, pivots, info = torch.lu(A, compute_pivots, get_infos=True)",
        "should be replaced with",
        "LU, pivots, info = torch.linalg.lu_factor_ex(A, compute_pivots)",
    )
    found = tuple(lu_factor_ex(A, pivot=pivot, check_errors=not get_infos))
    found = _WITH_INFO(found) if get_infos else found[:2]
    if out is None:
        return found
    if len(out) != len(found):
        raise TypeError(f"expected tuple of {len(found)} elements but got {len(out)}")
    for target, each in zip(out, found, strict=True):
        target.resize_as_(each).copy_(each)
    return out


@composite(methods="lu")
def lu_method(self, pivot=True, get_infos=False):
    """Factor matrices (deprecated by PyTorch for `torch.linalg.lu_factor`).

    Parameters
    ----------
    self, pivot, get_infos
        As for `torch.lu`.

    Returns
    -------
    tuple of Tensor
        Both factors in one, row exchanges, and perhaps the numbers of zero pivots.
    """
    return tuple(lu(self, pivot, get_infos))


@composite(functions="lu_unpack")
def lu_unpack(LU_data, LU_pivots, unpack_data=True, unpack_pivots=True):
    """Take the factors out of what `torch.linalg.lu_factor` returned.

    Parameters
    ----------
    LU_data : Tensor of shape (..., m, n)
        Both factors in one.
    LU_pivots : Tensor of shape (..., min(m, n))
        The row exchanges.
    unpack_data, unpack_pivots : bool, default True
        Whether the factors, and the permutation, are wanted.

    Returns
    -------
    return_types.lu_unpack
        `P`, `L` and `U`; empty where not wanted.
    """
    if LU_data.ndim < 2:
        raise RuntimeError(
            "torch.lu_unpack: Expected tensor with 2 or more dimensions. Got size: "
            f"{size_text(LU_data.shape)} instead"
        )
    if LU_pivots._array.dtype != np.int32:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 "
            "dtype.\nNote: this function is intended to be used with the output produced by "
            "torch.linalg.lu_factor"
        )
    kind = LU_data._array.dtype

    def nothing():
        return wrap(np.empty(0, kind))

    rows = nothing()
    if unpack_pivots:
        pivots, m = np.asarray(LU_pivots._array), LU_data.shape[-2]
        if ((pivots < 1) | (pivots > m)).any():
            raise RuntimeError(
                "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive."
                "Did you properly pass the result of lu_factor?"
            )
        rows = wrap(permutation(pivots, m, kind))
    pair = traced.lu_unpack_record(LU_data) if unpack_data else (nothing(), nothing())
    return _UNPACK((rows, *pair))


@composite(functions="lu_solve", namespaces="linalg")
def linalg_lu_solve(LU, pivots, B, *, left=True, adjoint=False):
    """Solve ``A X = B``, or ``X A = B``, for matrices that have been factored.

    Parameters
    ----------
    LU, pivots : Tensor
        As `torch.linalg.lu_factor` returns them.
    B : Tensor of shape (..., n, k)
        Right sides.
    left : bool, default True
        On which side A stands.
    adjoint : bool, default False
        Solve with the conjugate transpose of A.

    Returns
    -------
    Tensor
        The solutions.
    """
    name = "linalg.lu_solve"
    kernels.check_float(name, LU._array)
    if LU._array.dtype != B._array.dtype:
        raise RuntimeError(
            f"{name}: Expected LU and B to have the same dtype, but found LU of type "
            f"{scalar_type(LU._array)} and B of type {scalar_type(B._array)} instead"
        )
    if pivots._array.dtype != np.int32:
        raise RuntimeError(f"{name}: pivots should be a Tensor of scalar type torch.int32")
    kernels.check_square(name, LU._array, "LU")
    kernels.check_matrix(name, B._array, "B")
    n, (rows, columns) = LU.shape[-1], B.shape[-2:]
    if (rows if left else columns) != n:
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {equation} ({n}x{n} and "
            f"{rows}x{columns})"
        )
    if pivots.shape[-1:] != (n,):
        raise RuntimeError(
            f"{name}: Number of pivots per batch should be same as the dimension of the matrix"
        )
    if pivots.shape != LU.shape[:-1]:
        raise RuntimeError(
            f"{name}: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with "
            f"shape {size_text(pivots.shape)} instead"
        )
    exchanged = np.asarray(pivots._array)
    for wrong, bound in (
        (exchanged < 1, "greater or equal to 1"),
        (exchanged > n, "smaller or equal to LU.size(-2)"),
    ):
        if wrong.any():
            raise RuntimeError(
                f"Pivots given to lu_solve must all be {bound}. Did you properly pass the result "
                "of lu_factor?"
            )
    return traced.lu_solve_record(LU, pivots, B, left, adjoint)


@composite(functions="lu_solve", methods="lu_solve")
def lu_solve(self, LU_data, LU_pivots):
    """Solve systems for matrices that have been factored (deprecated by PyTorch).

    Parameters
    ----------
    self : Tensor of shape (..., n, k)
        Right sides.
    LU_data, LU_pivots : Tensor
        As `torch.linalg.lu_factor` returns them.

    Returns
    -------
    Tensor
        The solutions.
    """
    warn_of_older(
        "torch.lu_solve",
        "torch.linalg.lu_solve",
        "Note that torch.linalg.lu_solve has its arguments reversed.",
        "X = torch.lu_solve(B, LU, pivots)",
        "should be replaced with",
        "X = torch.linalg.lu_solve(LU, pivots, B)",
        space="",
    )
    return linalg_lu_solve(LU_data, LU_pivots, self)


@composite(functions="solve_ex", namespaces="linalg")
def solve_ex(A, B, *, left=True, check_errors=False):
    """Solve ``A X = B`` and say which matrices are singular.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)
        The matrices.
    B : Tensor of shape (..., n, k) or (..., n)
        Right sides.
    left : bool, default True
        On which side A stands.
    check_errors : bool, default False
        Raise for a singular matrix.

    Returns
    -------
    return_types.linalg_solve_ex
        `result` and `info`.
    """
    found, info = solved(A, B, left)
    if check_errors:
        kernels.raise_for(
            info._array,
            "torch.linalg.solve_ex: The solver failed because the input matrix is singular.",
        )
    return _SOLVE_EX((found, info))
