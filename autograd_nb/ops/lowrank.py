"""Decompositions of large matrices by a random sketch of their range (Halko et al., 2009)."""

from __future__ import annotations

from .registry import FUNCTIONS, composite


def _product(matrix, less, other):
    """Return a product with a matrix that something is to be taken off, without doing that."""
    found = matrix.matmul(other)
    return found if less is None else found - less.matmul(other)


def _sketch(matrix, less, size, rounds):
    """Return an orthonormal basis that nearly spans the columns of a matrix."""
    kind = matrix.dtype if matrix.is_floating_point() or matrix.is_complex() else None
    found = FUNCTIONS["torch"]["randn"](matrix.shape[-1], size, dtype=kind)
    for turn in range(2 * rounds + 1):
        if turn % 2:
            found = _product(matrix.mH, None if less is None else less.mH, found)
        else:
            found = _product(matrix, less, found)
        found = FUNCTIONS["linalg"]["qr"](found)[0]
    return found


@composite(functions="svd_lowrank")
def svd_lowrank(A, q=6, niter=2, M=None):
    """Return the leading part of a singular value decomposition, found with random numbers.

    Parameters
    ----------
    A : Tensor of shape (..., m, n)
    q : int, default 6
        How many singular values; take a few more than are wanted.
    niter : int, default 2
        Turns that sharpen the result.
    M : Tensor, optional
        Taken off `A` first.

    Returns
    -------
    tuple of Tensor
        U of shape (..., m, q), S (..., q), V (..., n, q).
    """
    matrix, less = A, None if M is None else M.broadcast_to(A.shape)
    wide = A.shape[-2] < A.shape[-1]
    if wide:
        matrix, less = matrix.mH, None if less is None else less.mH
    basis = _sketch(matrix, less, 6 if q is None else q, 2 if niter is None else niter)
    small = basis.mH.matmul(matrix)
    if less is not None:
        small = small - basis.mH.matmul(less)
    u, s, vh = FUNCTIONS["linalg"]["svd"](small, full_matrices=False)
    u, v = basis.matmul(u), vh.mH
    return (v, s, u) if wide else (u, s, v)


@composite(functions="pca_lowrank")
def pca_lowrank(A, q=None, center=True, niter=2):
    """Return principal components, found with random numbers.

    Parameters
    ----------
    A : Tensor of shape (..., m, n)
        One row for each observation.
    q : int, optional
        How many; 6 by default, or as many as there can be.
    center : bool, default True
        Take off the mean of each column first.
    niter : int, default 2
        Turns that sharpen the result.

    Returns
    -------
    tuple of Tensor
        U, S and V, whose columns are the principal directions.

    Raises
    ------
    ValueError
        If `q` or `niter` cannot be.
    """
    least = min(A.shape[-2:])
    if q is None:
        q = min(6, least)
    elif not 0 <= q <= least:
        raise ValueError(
            f"q(={q}) must be non-negative integer and not greater than min(m, n)={least}"
        )
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(dim=(-2,), keepdim=True) if center else A, q, niter)
