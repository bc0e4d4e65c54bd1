"""Factorizations on arrays, with PyTorch's memory order and error texts."""

import numpy as np

from ..core.errors import LinAlgError
from .sizes import scalar_type


def check_float(name, array):
    """Raise PyTorch's error for integer matrices."""
    if array.dtype.kind not in "fc":
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got "
            f"{scalar_type(array)}"
        )


def check_numbers(kernel, array):
    """Raise the error of a kernel of PyTorch's that knows no integers."""
    if array.dtype.kind not in "fc":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_type(array)}'")


def check_matrix(name, array, letter="A"):
    """Raise PyTorch's error for fewer than two dimensions."""
    if array.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {letter} must have at least 2 dimensions.")


def check_square(name, array, letter="A"):
    """Raise PyTorch's error unless the last two dimensions are equal."""
    check_matrix(name, array, letter)
    if array.shape[-1] != array.shape[-2]:
        raise RuntimeError(
            f"{name}: {letter} must be batches of square matrices, but they are "
            f"{array.shape[-2]} by {array.shape[-1]} matrices"
        )


def check_same_dtype(name, first, second, letters):
    """Raise PyTorch's error unless two arrays, which it calls by the letters, are of one dtype."""
    if first.dtype != second.dtype:
        a, b = letters
        raise RuntimeError(
            f"{name}Expected {a} and {b} to have the same dtype, but found {a} of type "
            f"{scalar_type(first)} and {b} of type {scalar_type(second)} instead"
        )


def check_system(name, rhs, matrix, letters, words):
    """Raise PyTorch's error unless a matrix and right-hand sides make a system of equations.

    The two are called by the letters where they have too few dimensions, said in the words.
    """
    for letter, array in zip(letters, (rhs, matrix), strict=True):
        if array.ndim < 2:
            raise RuntimeError(words.format(letter, array.ndim))
    if rhs.dtype != matrix.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {scalar_type(rhs)} and "
            f"A of type {scalar_type(matrix)} instead."
        )
    rows, columns = matrix.shape[-2:]
    if rows != columns:
        raise RuntimeError(
            f"A must be batches of square matrices, but they are {rows} by {columns} matrices"
        )
    if rhs.shape[-2] != rows:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {rows} by {rows} but each b "
            f"matrix is {rhs.shape[-2]} by {rhs.shape[-1]}"
        )


def by_columns(array):
    """Return the matrices with columns contiguous, as LAPACK leaves them; a single one too."""
    return np.array(array.swapaxes(-1, -2), order="C").swapaxes(-1, -2)


def zero_pivot(matrix):
    """Return the number, from 1, of the first zero pivot in a matrix's elimination; 0 if none."""
    work = np.array(matrix)
    for k in range(len(work)):
        row = k + int(np.argmax(np.abs(work[k:, k])))
        if work[row, k] == 0:
            return k + 1
        work[[k, row]] = work[[row, k]]
        work[k + 1 :, k:] -= np.outer(work[k + 1 :, k] / work[k, k], work[k, k:])
    return 0


def infos(array, of_one):
    """Return an int32 for each matrix of a batch."""
    flat = array.reshape(-1, *array.shape[-2:])
    return np.array([of_one(m) for m in flat], np.int32).reshape(array.shape[:-2])


def inverse(array):
    """Return inverses, and for each matrix the number of its zero pivot."""
    try:
        return by_columns(np.linalg.inv(array)), np.zeros(array.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        pivots = infos(array, zero_pivot)
        unit = np.eye(array.shape[-1], dtype=array.dtype)
        safe = np.where((pivots == 0)[..., None, None], array, unit)
        found = np.linalg.inv(safe)
        found[pivots != 0] = np.nan
        return by_columns(found), pivots


def solve(matrix, right):
    """Return the solutions, and for each matrix the number of its zero pivot."""
    lead = np.broadcast_shapes(matrix.shape[:-2], right.shape[:-2])
    try:
        return by_columns(np.linalg.solve(matrix, right)), np.zeros(lead, np.int32)
    except np.linalg.LinAlgError:
        wide = np.broadcast_to(matrix, (*lead, *matrix.shape[-2:]))
        pivots = infos(wide, zero_pivot)
        unit = np.eye(matrix.shape[-1], dtype=matrix.dtype)
        found = np.linalg.solve(np.where((pivots == 0)[..., None, None], wide, unit), right)
        found[pivots != 0] = np.nan
        return by_columns(found), pivots


def svd(name, array, full_matrices):
    """Return singular vectors and, descending, singular values, in the usual order in memory."""
    try:
        u, s, vh = np.linalg.svd(array, full_matrices)
    except np.linalg.LinAlgError:
        raise LinAlgError(
            f"{name}: The algorithm failed to converge because the input matrix contained "
            "non-finite values."
        ) from None
    return u, np.ascontiguousarray(s), vh


def eigh(name, array, triangle):
    """Return eigenvalues, ascending, and eigenvectors, in the usual order in memory."""
    try:
        values, vectors = np.linalg.eigh(array, triangle)
    except np.linalg.LinAlgError:
        raise LinAlgError(
            f"{name}: The algorithm failed to converge because the input matrix is ill-conditioned "
            "or has too many repeated eigenvalues."
        ) from None
    return np.ascontiguousarray(values), vectors


def bad_minor(matrix):
    """Return the order, from 1, of the first leading minor that is not positive; 0 if none."""
    for k in range(1, len(matrix) + 1):
        try:
            np.linalg.cholesky(matrix[:k, :k])
        except np.linalg.LinAlgError:
            return k
    return 0


def cholesky(array, upper):
    """Return factors of the lower triangles, and the order of the first bad minor of each."""
    source = array.swapaxes(-1, -2).conj() if upper else array
    lower = np.tril(source)
    # Only the lower triangle counts.
    whole = lower + np.tril(source, -1).swapaxes(-1, -2).conj()
    try:
        found, bad = np.linalg.cholesky(whole), np.zeros(array.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        bad = infos(whole, bad_minor)
        unit = np.eye(array.shape[-1], dtype=array.dtype)
        found = np.linalg.cholesky(np.where((bad == 0)[..., None, None], whole, unit))
    return by_columns(found.swapaxes(-1, -2).conj() if upper else found), bad


def raise_for(info, text):
    """Raise `LinAlgError` for the first matrix that has an error number."""
    flat = np.asarray(info).reshape(-1)
    bad = np.flatnonzero(flat)
    if bad.size:
        name, rest = text.format(n=int(flat[bad[0]])).split(": ", 1)
        batch = f"(Batch element {bad[0]}): " if np.asarray(info).ndim else ""
        raise LinAlgError(f"{name}: {batch}{rest}")


# Note [Matrix exponential]
# Scaling and squaring with the [13/13] Pade approximant (Higham, SIAM J. Matrix Anal. Appl. 26,
# 2005): the norm is brought below 5.37 by halving, which keeps double precision.
PADE = (
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000,
    10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
)  # fmt: skip
LARGEST_NORM = 5.371920351148152


def exponential(array):
    """Return the matrix exponentials."""
    if not array.size:
        return np.array(array)
    wide = np.complex128 if array.dtype.kind == "c" else np.float64
    matrix = array.astype(wide)
    norm = np.abs(matrix).sum(-2).max(-1)
    halvings = np.maximum(0, np.ceil(np.log2(np.maximum(norm, 1e-300) / LARGEST_NORM))).astype(int)
    matrix = matrix / np.exp2(halvings)[..., None, None]
    unit = np.broadcast_to(np.eye(array.shape[-1], dtype=wide), array.shape)
    second = matrix @ matrix
    fourth = second @ second
    sixth = second @ fourth
    b = PADE
    odd = matrix @ (
        sixth @ (b[13] * sixth + b[11] * fourth + b[9] * second)
        + b[7] * sixth + b[5] * fourth + b[3] * second + b[1] * unit
    )  # fmt: skip
    even = (
        sixth @ (b[12] * sixth + b[10] * fourth + b[8] * second)
        + b[6] * sixth + b[4] * fourth + b[2] * second + b[0] * unit
    )  # fmt: skip
    result = np.linalg.solve(even - odd, even + odd)
    for step in range(int(halvings.max(initial=0))):
        again = (halvings > step)[..., None, None]
        result = np.where(again, result @ result, result)
    return result.astype(array.dtype)
