"""Solving, inverting, determinants and Cholesky factors, with derivatives."""

import numpy as np

from ..core.errors import LinAlgError
from . import linalg_kernels as kernels
from .namespaces import T as traced
from .registry import FUNCTIONS, Sample, T, composite, op, return_types

FUNCTIONS["linalg"]["LinAlgError"] = LinAlgError


def transposed(F, x):
    """Return the conjugate transposes of matrices."""
    return F.conj(F.transpose(x, -2, -1))


def well(n, batch=()):
    """Describe a random matrix far from singular."""
    rng = np.random.default_rng(n)
    return T.of(rng.uniform(-1, 1, (*batch, n, n)) + 3 * np.eye(n))


def positive(n):
    """Describe a positive definite matrix."""
    x = np.random.default_rng(n).uniform(-1, 1, (n, n))
    return T.of(x @ x.T + n * np.eye(n))


@op(
    node="LinalgInvExBackward0",
    kind="other",
    outputs="inverse info",
    return_type="linalg_inv_ex",
    public=False,
)
class inv_record:
    r"""Invert square matrices, and tell which ones are singular.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)

    Notes
    -----
    .. math:: grad_self = -X^H g X^H, \quad X = self^{-1}
    """

    def forward(self):
        kernels.check_square("linalg.inv", self)
        kernels.check_float("linalg.inv", self)
        return kernels.inverse(self)

    def vjp_self(F, grad_output0, inverse):
        turned = transposed(F, inverse)
        return -F.matmul(turned, F.matmul(grad_output0, turned))

    samples = [Sample(well(3)), Sample(well(2, (2,)))]


@composite(functions="inv", namespaces="linalg")
def linalg_inv(A):
    """Invert square matrices.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)

    Returns
    -------
    Tensor

    Raises
    ------
    LinAlgError
        When a matrix is singular.
    """
    found, info = traced.inv_record(A)
    kernels.raise_for(
        info._array,
        "linalg.inv: The diagonal element {n} is zero, the inversion could not be completed "
        "because the input matrix is singular.",
    )
    return found


@composite(functions="inverse", methods="inverse")
def inverse(self):
    """Invert square matrices.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)

    Returns
    -------
    Tensor
    """
    return linalg_inv(self)


@composite(functions="inv_ex", namespaces="linalg")
def inv_ex(A, *, check_errors=False):
    """Invert square matrices, and tell which ones are singular instead of raising.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)
    check_errors : bool, default False
        Raise after all.

    Returns
    -------
    inverse, info : Tensor
    """
    if check_errors:
        linalg_inv(A)
    return traced.inv_record(A)


@op(node="LinalgDetBackward0", kind="other", methods="det", functions="det")
class det:
    r"""Return the determinants of square matrices.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)

    Notes
    -----
    .. math:: grad_self = g \, \overline{\det} \, self^{-H}

    For a singular matrix the first derivative is the adjugate, made from its singular values.
    """

    def forward(self):
        kernels.check_square("linalg.det", self)
        kernels.check_float("linalg.det", self)
        return np.linalg.det(self)

    def vjp_self(F, grad_output, self, result):
        if not F.is_traced and (result == 0).any():
            return grad_output[..., None, None] * adjugate(self).swapaxes(-1, -2).conj()
        factor = F.reshape(grad_output * F.conj(result), (*result.shape, 1, 1))
        return factor * transposed(F, F.inv_record(self)[0])

    saved = {"A": "self", "self": None}
    samples = [Sample(well(3)), Sample(well(2, (2,)))]


def adjugate(matrix):
    """Return the adjugates: the derivatives of determinants, also of singular matrices."""
    u, s, vh = np.linalg.svd(matrix)
    others = np.ones_like(s)
    for i in range(s.shape[-1]):
        others[..., i] = np.delete(s, i, -1).prod(-1)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    v, uh = vh.swapaxes(-1, -2).conj(), u.swapaxes(-1, -2).conj()
    return sign[..., None, None] * ((v * others[..., None, :]) @ uh)


@composite(functions="det", namespaces="linalg")
def linalg_det(A):
    """Return the determinants of square matrices.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)

    Returns
    -------
    Tensor
    """
    return traced.det(A)


@op(
    node="LinalgSlogdetBackward0",
    kind="other",
    outputs="sign logabsdet",
    return_type="linalg_slogdet",
    public=False,
)
class slogdet_record:
    r"""Return sign and logarithm of the absolute value of determinants.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)

    Notes
    -----
    .. math:: grad_self = (g_{log} - i \, \Im(\overline{g_{sign}} sign)) \, self^{-H}
    """

    def forward(self):
        kernels.check_square("linalg.slogdet", self)
        kernels.check_float("linalg.slogdet", self)
        return tuple(np.linalg.slogdet(self))

    def vjp_self(F, grad_output0, grad_output1, self, sign):
        if grad_output1 is None:
            grad_output1 = F.zeros(tuple(sign.shape), F.value(sign).real.dtype)
        grad = grad_output1
        if F.is_complex(self) and grad_output0 is not None:
            turn = F.conj(grad_output0) * sign
            grad = grad - (turn - F.conj(turn)) / 2
        return F.reshape(grad, (*sign.shape, 1, 1)) * transposed(F, F.inv_record(self)[0])

    saved = {"A": "self", "self": None}
    samples = [Sample(well(3)), Sample(well(2, (2,)))]


@composite(functions="slogdet", namespaces="linalg")
def linalg_slogdet(A):
    """Return sign and logarithm of the absolute value of determinants.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)

    Returns
    -------
    sign, logabsdet : Tensor
    """
    return traced.slogdet_record(A)


@composite(functions="slogdet", methods="slogdet")
def slogdet(self):
    """Return sign and logarithm of the absolute value of determinants.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)

    Returns
    -------
    sign, logabsdet : Tensor
    """
    return return_types.make("slogdet", ["sign", "logabsdet"])(traced.slogdet_record(self))


@composite(functions="logdet", methods="logdet")
def logdet(self):
    """Return the logarithm of determinants; NaN where one is negative.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)

    Returns
    -------
    Tensor
    """
    sign, log = traced.slogdet_record(self)
    if self.is_complex():
        return traced.log(sign) + log
    negative = traced.constant(np.asarray(sign._array == -1))
    return traced.where(negative, traced.constant(np.asarray(np.nan, log._array.dtype)), log)


@op(node="LinalgSolveExBackward0", kind="other", outputs="result info", public=False)
class solve_record:
    r"""Solve systems of linear equations, and tell which matrices are singular.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)
    B : Tensor of shape (..., n, k), or (..., n) with `vectors`
    vectors : bool
    left : bool
        On which side the matrix stands.

    Notes
    -----
    .. math:: grad_B = self^{-H} g, \quad grad_self = -grad_B X^H

    with the matrix to the left; to the right, it is the same of the transposed ones.
    """

    def forward(self, B, vectors=False, left=True):
        if not left:
            found, info = kernels.solve(self.swapaxes(-1, -2), B.swapaxes(-1, -2))
            return np.array(found.swapaxes(-1, -2), order="C"), info
        if vectors:
            found, info = kernels.solve(self, B[..., None])
            found = found[..., 0]  # of a batch, PyTorch lays out even vectors as if by columns
            return kernels.by_columns(found) if found.ndim > 1 else np.array(found), info
        return kernels.solve(self, B)

    def vjp_self(F, grad_output0, self, result, vectors, left):
        grad = F.solve_record(transposed(F, self), grad_output0, vectors, left)[0]
        if not left:
            return -F.matmul(transposed(F, result), grad)
        if vectors:
            return -F.unsqueeze(grad, -1) * F.conj(F.unsqueeze(result, -2))
        return -F.matmul(grad, transposed(F, result))

    def vjp_B(F, grad_output0, self, vectors, left):
        return F.solve_record(transposed(F, self), grad_output0, vectors, left)[0]

    saved = {"A": "self", "self": None, "vectors": None}
    samples = [
        Sample(well(3), T(3, 2)),
        Sample(well(3), T(3), True),
        Sample(well(2, (2,)), T(2, 3)),
        Sample(well(3), T(2, 3), False, False),
    ]


def solved(A, B, left):
    """Return the solutions of systems, and which matrices are singular; PyTorch's errors first."""
    name = "linalg.solve"
    kernels.check_square(name, A._array)
    kernels.check_float(name, A._array)
    kernels.check_same_dtype(f"{name}: ", A._array, B._array, "AB")
    a, b = tuple(A.shape), tuple(B.shape)
    vectors = len(b) == 1 or (len(a) - 1 == len(b) and b == a[:-1])
    rows, columns = (b[-1], 1) if vectors else b[-2:]
    if (rows if left else columns) != a[-1]:
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX' if left else 'XA'} = B "
            f"({a[-2]}x{a[-1]} and {rows}x{columns})"
        )
    if vectors and len(a) - 1 != len(b):
        B = traced.expand(B, a[:-1])
    return traced.solve_record(A, B, vectors, left)


@composite(functions="solve", namespaces="linalg")
def linalg_solve(A, B, *, left=True):
    """Solve ``A X = B``, or ``X A = B``.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)
    B : Tensor of shape (..., n, k) or (..., n)
    left : bool, default True

    Returns
    -------
    Tensor

    Raises
    ------
    LinAlgError
        When a matrix is singular.
    """
    found, info = solved(A, B, left)
    kernels.raise_for(
        info._array,
        "torch.linalg.solve: The solver failed because the input matrix is singular.",
    )
    return found
