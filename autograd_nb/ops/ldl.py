r"""Factors of symmetric matrices that need not be definite: L D L^T, as LAPACK stores them.

Note [Pivots of Bunch and Kaufman]
D has blocks of one and of two rows. Which ones, and which rows are exchanged before, is decided
by sizes (Bunch and Kaufman, Math. Comp. 31, 1977): a diagonal entry serves alone if it is not
much smaller than what stands below it, else a larger one of the column is fetched, alone or
paired. An exchange before a single row is stored as its number from 1, before a pair as the
negated number, twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from . import linalg_kernels as kernels
from .namespaces import T as traced
from .registry import composite, op, return_types
from .sizes import scalar_type, size_text, wrap_dim

_FACTOR = return_types.make("linalg_ldl_factor", ["LD", "pivots"])
_FACTOR_EX = return_types.make("linalg_ldl_factor_ex", ["LD", "pivots", "info"])
_RATIO = (1 + math.sqrt(17)) / 8


# -- on one matrix --------------------------------------------------------------------------------
def _sizes(values):
    """Return sizes as LAPACK compares them: of a complex number the sum of its parts'."""
    return abs(values.real) + abs(values.imag)


def _choose(work, k):
    """Return which row comes to the front of the rows from k on, and how many form the block."""
    column = _sizes(work[k + 1 :, k])
    own = _sizes(work[k, k])
    if not column.size or own >= _RATIO * (largest := column.max()):
        return k, 1
    row = k + 1 + int(column.argmax())
    others = _sizes(work[row, k:])
    others[row - k] = 0
    if own >= _RATIO * largest * (largest / others.max()):
        return k, 1
    if _sizes(work[row, row]) >= _RATIO * others.max():
        return row, 1
    return row, 2


def _factor(matrix, hermitian):
    """Return L and D in one matrix, the exchanges, and the number of the first zero in D."""
    n, info, k = len(matrix), 0, 0
    below = np.tril(matrix, -1)
    diagonal = np.diag(np.diag(matrix).real if hermitian else np.diag(matrix))
    work = below + diagonal + (below.conj().T if hermitian else below.T)
    pivots = np.zeros(n, np.int32)
    while k < n:
        row, count = _choose(work, k)
        last = k + count - 1
        work[[last, row], k:] = work[[row, last], k:]
        work[k:, [last, row]] = work[k:, [row, last]]
        pivots[k : last + 1] = -(row + 1) if count == 2 else row + 1
        block, rest = work[k : last + 1, k : last + 1], work[last + 1 :, k : last + 1]
        if count == 1 and not block[0, 0] and not rest.any():
            info = info or k + 1
        else:
            lower = np.linalg.solve(block.T, rest.T).T
            work[last + 1 :, last + 1 :] -= lower @ work[k : last + 1, last + 1 :]
            work[last + 1 :, k : last + 1] = lower
        k += count
    if hermitian:
        work[np.arange(n), np.arange(n)] = work.diagonal().real
    return np.tril(work), pivots, info


def _blocks(pivots) -> Iterator[tuple[slice, int, int]]:
    """Yield the rows of each block of D, and the two that were exchanged before it."""
    k = 0
    while k < len(pivots):
        count = 2 if pivots[k] < 0 else 1
        yield slice(k, k + count), k + count - 1, abs(int(pivots[k])) - 1
        k += count


def _solve(factors, pivots, right, hermitian):
    """Return the solution for one matrix that has been factored."""
    found = right.copy()

    def turned(matrix):
        return matrix.conj().T if hermitian else matrix.T

    for rows, last, other in _blocks(pivots):
        found[[last, other]] = found[[other, last]]
        found[rows.stop :] -= factors[rows.stop :, rows] @ found[rows]
        block = np.tril(factors[rows, rows])
        found[rows] = np.linalg.solve(block + turned(np.tril(block, -1)), found[rows])
    for rows, last, other in reversed(list(_blocks(pivots))):
        found[rows] -= turned(factors[rows.stop :, rows]) @ found[rows.stop :]
        found[[last, other]] = found[[other, last]]
    return found


# -- records --------------------------------------------------------------------------------------
@op(
    node="torch::autograd::NotImplemented",
    kind="other",
    outputs="LD pivots info",
    return_type="linalg_ldl_factor_ex",
    public=False,
)
class ldl_factor_record:
    """Factor symmetric or Hermitian matrices; a derivative is not known to PyTorch.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)
        Only the lower triangle counts.
    hermitian : bool
        The upper triangle is the conjugate of the lower one.
    """

    def forward(self, hermitian=False):
        kernels.check_square("torch.linalg.ldl_factor_ex", self)
        kernels.check_float("torch.linalg.ldl_factor_ex", self)
        if self.dtype == np.float16:
            raise NotImplementedError("\"ldl_factor_kernel_cpu\" not implemented for 'Half'")
        factors, pivots = np.empty(self.shape, self.dtype), np.empty(self.shape[:-1], np.int32)
        info = np.empty(self.shape[:-2], np.int32)
        for i in np.ndindex(info.shape):
            factors[i], pivots[i], info[i] = _factor(self[i], hermitian)
        return kernels.by_columns(factors), pivots, info

    def vjp_self(F, grad_output0):
        raise RuntimeError("derivative for aten::linalg_ldl_factor_ex is not implemented")

    samples = ()


@op(node="torch::autograd::NotImplemented", kind="other", tensors="pivots", public=False)
class ldl_solve_record:
    """Solve systems whose matrix has been factored; a derivative is not known to PyTorch.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)
        Both factors.
    pivots : Tensor of shape (..., n)
        The exchanges.
    B : Tensor of shape (..., n, k)
        Right sides.
    hermitian : bool
        As it was given when the matrix was factored.
    """

    def forward(self, pivots, B, hermitian=False):
        lead = np.broadcast_shapes(self.shape[:-2], B.shape[:-2])
        n, k = B.shape[-2:]
        factors = np.broadcast_to(self, (*lead, n, n))
        pivots = np.broadcast_to(pivots, (*lead, n))
        right = np.broadcast_to(B, (*lead, n, k))
        found = np.empty(right.shape, right.dtype)
        for i in np.ndindex(lead):
            found[i] = _solve(factors[i], pivots[i], right[i], hermitian)
        return kernels.by_columns(found)

    def vjp(F, grad_output, needs):
        raise RuntimeError("derivative for aten::linalg_ldl_solve is not implemented")

    inputs = "self B"
    torch_name = None
    samples = ()


# -- public ---------------------------------------------------------------------------------------
def _raise(name, info):
    bad = np.flatnonzero(np.asarray(info._array))
    if bad.size:
        number = int(np.asarray(info._array).reshape(-1)[bad[0]])
        raise RuntimeError(f"torch.linalg.{name}: Unknown error code: {number}.")


@composite(functions="ldl_factor_ex", namespaces="linalg")
def ldl_factor_ex(self, *, hermitian=False, check_errors=False):
    """Factor symmetric matrices; say which have a zero in D.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)
        Floating point or complex; only the lower triangle counts.
    hermitian : bool, default False
        The upper triangle is the conjugate of the lower one.
    check_errors : bool, default False
        Raise for a zero.

    Returns
    -------
    return_types.linalg_ldl_factor_ex
        `LD`, `pivots` and `info`.
    """
    found = traced.ldl_factor_record(self, hermitian)
    if check_errors:
        _raise("ldl_factor_ex", found[2])
    return _FACTOR_EX(found)


@composite(functions="ldl_factor", namespaces="linalg")
def ldl_factor(self, *, hermitian=False):
    """Factor symmetric matrices: A = L D L^T, with rows and columns exchanged.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)
        Floating point or complex; only the lower triangle counts.
    hermitian : bool, default False
        The upper triangle is the conjugate of the lower one, and A = L D L^H.

    Returns
    -------
    return_types.linalg_ldl_factor
        `LD`, both factors in one matrix, and `pivots`, the exchanges.

    Raises
    ------
    RuntimeError
        If D has a zero.
    """
    found = traced.ldl_factor_record(self, hermitian)
    _raise("ldl_factor", found[2])
    return _FACTOR(found[:2])


@composite(functions="ldl_solve", namespaces="linalg")
def ldl_solve(LD, pivots, B, *, hermitian=False):
    """Solve ``A X = B`` for symmetric matrices that have been factored.

    Parameters
    ----------
    LD, pivots : Tensor
        As `torch.linalg.ldl_factor` returns them.
    B : Tensor of shape (..., n, k)
        Right sides.
    hermitian : bool, default False
        As it was given when A was factored.

    Returns
    -------
    Tensor
        The solutions.
    """
    name = "torch.linalg.ldl_solve"
    kernels.check_square(name, LD._array)
    kernels.check_float(name, LD._array)
    if B.shape[wrap_dim(-2, B.ndim)] != LD.shape[-1]:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {LD.shape[-1]} by "
            f"{LD.shape[-1]} but each b matrix is {B.shape[-2]} by {B.shape[-1]}"
        )
    if pivots.shape != LD.shape[:-1]:
        raise RuntimeError(
            f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with "
            f"shape {size_text(pivots.shape)} instead"
        )
    if pivots._array.dtype.kind not in "iu":
        raise RuntimeError(
            f"{name}: Expected pivots to be integers. Got {scalar_type(pivots._array)}"
        )
    if LD._array.dtype != B._array.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type "
            f"{scalar_type(B._array)} and A of type {scalar_type(LD._array)} instead."
        )
    return traced.ldl_solve_record(LD, pivots, B, hermitian)
