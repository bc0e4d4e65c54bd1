"""Solving, inverting, determinants and Cholesky factors, with derivatives."""

import numpy as np

from ..core.errors import LinAlgError
from . import linalg_kernels as kernels
from .namespaces import T as traced
from .registry import FUNCTIONS, Sample, T, composite, op, return_types
from .sizes import prod, scalar_type, wrap_dim

FUNCTIONS.setdefault("linalg", {})["LinAlgError"] = LinAlgError


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


FUNCTIONS["linalg"]["det"] = FUNCTIONS["torch"]["det"]


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
        return log + traced.log(sign)
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

    Notes
    -----
    .. math:: grad_B = self^{-H} g, \quad grad_self = -grad_B X^H
    """

    def forward(self, B, vectors=False):
        if vectors:
            found, info = kernels.solve(self, B[..., None])
            return np.ascontiguousarray(found[..., 0]), info
        return kernels.solve(self, B)

    def vjp_self(F, grad_output0, self, result, vectors):
        grad = F.solve_record(transposed(F, self), grad_output0, vectors)[0]
        if vectors:
            return -F.unsqueeze(grad, -1) * F.conj(F.unsqueeze(result, -2))
        return -F.matmul(grad, transposed(F, result))

    def vjp_B(F, grad_output0, self, vectors):
        return F.solve_record(transposed(F, self), grad_output0, vectors)[0]

    samples = [
        Sample(well(3), T(3, 2)),
        Sample(well(3), T(3), True),
        Sample(well(2, (2,)), T(2, 3)),
    ]


def check_solve(A, B):
    """Raise PyTorch's error unless a system can be solved; tell whether B is a vector."""
    name = "linalg.solve"
    kernels.check_square(name, A._array)
    kernels.check_float(name, A._array)
    if A._array.dtype != B._array.dtype:
        raise RuntimeError(
            f"{name}: Expected A and B to have the same dtype, but found A of type "
            f"{scalar_type(A._array)} and B of type {scalar_type(B._array)} instead"
        )
    a, b = tuple(A.shape), tuple(B.shape)
    vectors = len(b) == 1 or (len(a) - 1 == len(b) and b == a[:-1])
    if not vectors and a[-1] != b[-2]:
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation AX = B ({a[-2]}x{a[-1]} and "
            f"{b[-2]}x{b[-1]})"
        )
    if vectors and len(b) == 1 and b[0] != a[-1]:
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation AX = B ({a[-2]}x{a[-1]} and "
            f"{b[0]}x1)"
        )
    return vectors


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
    if not left:
        turned = traced.transpose(B, -2, -1)
        return traced.transpose(linalg_solve(traced.transpose(A, -2, -1), turned), -2, -1)
    vectors = check_solve(A, B)
    if vectors and A.ndim - 1 != B.ndim:
        B = traced.expand(B, tuple(A.shape[:-1]))
    found, info = traced.solve_record(A, B, vectors)
    kernels.raise_for(
        info._array,
        "torch.linalg.solve: The solver failed because the input matrix is singular.",
    )
    return found


@op(
    node="LinalgCholeskyExBackward0",
    kind="other",
    outputs="L info",
    return_type="linalg_cholesky_ex",
    public=False,
)
class cholesky_record:
    r"""Factor positive definite matrices, and tell which ones are not.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)
    upper : bool

    Notes
    -----
    .. math:: grad_self = \tfrac12 L^{-H} (P + P^H) L^{-1}, \quad
              P = tril(L^H g) \text{ with half its diagonal}
    """

    def forward(self, upper=False):
        kernels.check_square("linalg.cholesky", self)
        kernels.check_float("linalg.cholesky", self)
        return kernels.cholesky(self, upper)

    def vjp_self(F, grad_output0, L, upper):
        return cholesky_gradient(F, grad_output0, L, upper)

    samples = [Sample(positive(3)), Sample(positive(3), True)]


def cholesky_gradient(F, grad, factor, upper):
    """Return the cotangent of a positive definite matrix from that of its factor."""
    if upper:
        grad, factor = transposed(F, grad), transposed(F, factor)
    product = F.tril(F.matmul(transposed(F, factor), grad), 0)
    whole = (product + transposed(F, F.tril(product, -1))) / 2
    inverse = F.inv_record(factor)[0]
    return F.matmul(transposed(F, inverse), F.matmul(whole, inverse))


NOT_POSITIVE = (
    "linalg.cholesky: The factorization could not be completed because the input is not "
    "positive-definite (the leading minor of order {n} is not positive-definite)."
)


@composite(functions="cholesky", namespaces="linalg")
def linalg_cholesky(A, *, upper=False):
    """Factor positive definite matrices into triangular ones.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)
    upper : bool, default False

    Returns
    -------
    Tensor

    Raises
    ------
    LinAlgError
        When a matrix is not positive definite.
    """
    found, info = traced.cholesky_record(A, upper)
    kernels.raise_for(info._array, NOT_POSITIVE)
    return found


@composite(functions="cholesky_ex", namespaces="linalg")
def cholesky_ex(A, *, upper=False, check_errors=False):
    """Factor positive definite matrices, and tell which ones are not instead of raising.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)
    upper : bool, default False
    check_errors : bool, default False
        Raise after all.

    Returns
    -------
    L, info : Tensor
    """
    if check_errors:
        linalg_cholesky(A, upper=upper)
    return traced.cholesky_record(A, upper)


@op(node="CholeskyBackward0", kind="other", methods="cholesky", functions="cholesky")
class cholesky:
    r"""Factor positive definite matrices into triangular ones.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)
    upper : bool, default False

    Notes
    -----
    .. math:: grad_self = \tfrac12 L^{-H} (P + P^H) L^{-1}, \quad
              P = tril(L^H g) \text{ with half its diagonal}
    """

    def forward(self, upper=False):
        kernels.check_square("cholesky", self)
        found, info = kernels.cholesky(self, upper)
        kernels.raise_for(info, NOT_POSITIVE.replace("linalg.cholesky", "cholesky"))
        return found

    def vjp_self(F, grad_output, result, upper):
        return cholesky_gradient(F, grad_output, result, upper)

    samples = [Sample(positive(3))]


@op(node="LinalgSolveTriangularBackward0", kind="other", public=False)
class solve_triangular_record:
    r"""Solve systems with triangular matrices.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)
        Only its triangle counts.
    B : Tensor of shape (..., n, k)
    upper, unitriangular, left : bool

    Notes
    -----
    .. math:: grad_B = self^{-H} g, \quad grad_self = -triangle(grad_B X^H)
    """

    def forward(self, B, upper, unitriangular=False, left=True):
        matrix = np.triu(self) if upper else np.tril(self)
        if unitriangular:
            n = np.arange(matrix.shape[-1])
            matrix[..., n, n] = 1
        if left:
            return kernels.solve(matrix, B)[0]
        found = kernels.solve(matrix.swapaxes(-1, -2), B.swapaxes(-1, -2))[0]
        return kernels.by_columns(found.swapaxes(-1, -2))

    def vjp_self(F, grad_output, self, result, upper, unitriangular, left):
        grad = F.solve_triangular_record(
            transposed(F, self), grad_output, not upper, unitriangular, left
        )
        if left:
            whole = -F.matmul(grad, transposed(F, result))
        else:
            whole = -F.matmul(transposed(F, result), grad)
        edge = 1 if unitriangular else 0
        return F.triu(whole, edge) if upper else F.tril(whole, -edge)

    def vjp_B(F, grad_output, self, upper, unitriangular, left):
        return F.solve_triangular_record(
            transposed(F, self), grad_output, not upper, unitriangular, left
        )

    samples = [Sample(well(3), T(3, 2), True), Sample(well(3), T(3, 2), False, True)]


@composite(functions="solve_triangular", namespaces="linalg")
def solve_triangular(A, B, *, upper, left=True, unitriangular=False):
    """Solve systems with triangular matrices.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)
        Only its triangle counts.
    B : Tensor of shape (..., n, k)
    upper : bool
        Which triangle.
    left : bool, default True
        Solve ``A X = B``, otherwise ``X A = B``.
    unitriangular : bool, default False
        Take the diagonal as ones.

    Returns
    -------
    Tensor
    """
    kernels.check_square("linalg.solve_triangular", A._array)
    return traced.solve_triangular_record(A, B, upper, unitriangular, left)


@op(node="TraceBackward0", kind="linear", methods="trace", functions="trace")
class trace:
    """Return the sum of a matrix's diagonal.

    Parameters
    ----------
    self : Tensor of shape (n, m)

    Notes
    -----
    .. math:: grad_self = g I
    """

    def forward(self):
        if self.ndim != 2:
            raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {self.ndim}")
        return np.trace(self, dtype=np.int64 if self.dtype.kind in "bui" else self.dtype)

    def vjp_self(F, grad_output, self_shape):
        wide = F.expand(grad_output, (min(self_shape),))
        return F.diagonal_backward(wide, tuple(self_shape), 0, 0, 1)

    samples = [Sample(T(3, 4)), Sample(T(3, 3))]


@op(node="LinalgCrossBackward0", kind="bilinear", public=False)
class cross_record:
    r"""Return the cross products of vectors of three numbers along a dimension.

    Parameters
    ----------
    self, other : Tensor, broadcastable
    dim : int

    Notes
    -----
    .. math:: grad_self = \overline{other} \times g, \quad grad_other = g \times \overline{self}
    """

    def forward(self, other, dim=-1):
        a, b = np.broadcast_arrays(self, other)
        dim = wrap_dim(dim, a.ndim)
        before, after = np.roll(a, -1, dim), np.roll(a, 1, dim)
        return before * np.roll(b, 1, dim) - after * np.roll(b, -1, dim)

    def vjp_self(F, grad_output, other, dim):
        return F.cross_record(F.conj(other), grad_output, dim)

    def vjp_other(F, grad_output, self, dim):
        return F.cross_record(grad_output, F.conj(self), dim)

    samples = [Sample(T(2, 3), T(2, 3)), Sample(T(3, 2), T(3, 1), 0)]


@composite(functions="cross", namespaces="linalg")
def linalg_cross(self, other, *, dim=-1):
    """Return the cross products of vectors of three numbers along a dimension.

    Parameters
    ----------
    self, other : Tensor, broadcastable
    dim : int, default -1

    Returns
    -------
    Tensor
    """
    if self.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    at = wrap_dim(dim, self.ndim)
    if self.shape[at] != 3 or other.shape[at] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {self.shape[at]} and "
            f"{other.shape[at]}"
        )
    return traced.cross_record(self, other, at)


@composite(functions="cross", methods="cross")
def cross(self, other, dim=None):
    """Return the cross products of vectors of three numbers along a dimension.

    Parameters
    ----------
    self, other : Tensor, broadcastable
    dim : int, optional
        The first dimension of size three by default.

    Returns
    -------
    Tensor
    """
    if dim is None:
        dim = next((d for d, n in enumerate(self.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return linalg_cross(self, other, dim=dim)


@composite(functions="diagonal", namespaces="linalg")
def linalg_diagonal(A, *, offset=0, dim1=-2, dim2=-1):
    """Return the diagonals of matrices; a view.

    Parameters
    ----------
    A : Tensor
    offset : int, default 0
    dim1, dim2 : int, default -2 and -1

    Returns
    -------
    Tensor
    """
    return traced.diagonal(A, offset, dim1, dim2)


def whole_matrix(factor, upper):
    """Return the matrix that a Cholesky factor belongs to."""
    factor = np.triu(factor) if upper else np.tril(factor)
    turned = factor.swapaxes(-1, -2).conj()
    return turned @ factor if upper else factor @ turned


def factor_gradient(F, common, factor, upper):
    """Return the cotangent of a Cholesky factor from the symmetric one of its matrix."""
    return -F.matmul(factor, common) if upper else -F.matmul(common, factor)


@op(
    node="CholeskyInverseBackward0",
    kind="other",
    methods="cholesky_inverse",
    functions="cholesky_inverse",
)
class cholesky_inverse:
    r"""Return the inverse of the matrix that a Cholesky factor belongs to.

    Parameters
    ----------
    self : Tensor of shape (..., n, n), triangular
    upper : bool, default False

    Notes
    -----
    .. math:: grad_self = -X (g + g^H) X L, \quad X = (L L^H)^{-1}
    """

    def forward(self, upper=False):
        return kernels.inverse(whole_matrix(self, upper))[0]

    def vjp_self(F, grad_output, self, result, upper):
        common = grad_output + transposed(F, grad_output)
        common = F.matmul(result, F.matmul(common, result))
        return factor_gradient(F, common, self, upper)

    samples = [Sample(T.of([[2.0, 0.0], [0.5, 1.5]]))]


@op(
    node="CholeskySolveBackward0",
    kind="other",
    methods="cholesky_solve",
    functions="cholesky_solve",
)
class cholesky_solve:
    r"""Solve a system whose matrix is given by its Cholesky factor.

    Parameters
    ----------
    self : Tensor of shape (..., n, k)
    input2 : Tensor of shape (..., n, n), triangular
    upper : bool, default False

    Notes
    -----
    .. math:: grad_self = (L L^H)^{-1} g = h, \quad grad_L = -(h X^H + X h^H) L
    """

    def forward(self, input2, upper=False):
        return kernels.solve(whole_matrix(input2, upper), self)[0]

    def vjp_self(F, grad_output, input2, upper):
        return F.cholesky_solve(grad_output, input2, upper)

    def vjp_input2(F, grad_output, input2, result, upper):
        product = F.matmul(F.cholesky_solve(grad_output, input2, upper), transposed(F, result))
        return factor_gradient(F, product + transposed(F, product), input2, upper)

    samples = [Sample(T(2, 3), T.of([[2.0, 0.0], [0.5, 1.5]]))]


@composite(functions="tensorinv", namespaces="linalg")
def tensorinv(A, ind=2):
    """Invert a tensor as the map from its last dimensions to its first ones.

    Parameters
    ----------
    A : Tensor
    ind : int, default 2
        How many dimensions are the first ones.

    Returns
    -------
    Tensor
    """
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    first, last = tuple(A.shape[:ind]), tuple(A.shape[ind:])
    if prod(first) != prod(last):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {prod(last)} != {prod(first)}"
        )
    found = linalg_inv(traced.reshape(A, (prod(first), prod(last))))
    return traced.reshape(found, (*last, *first))


@composite(functions="tensorsolve", namespaces="linalg")
def tensorsolve(A, B, dims=None):
    """Solve ``tensordot(A, X) = B``.

    Parameters
    ----------
    A, B : Tensor
    dims : tuple of int, optional
        Dimensions of `A` that are moved to its end first.

    Returns
    -------
    Tensor
    """
    if dims is not None:
        A = traced.movedim(A, tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    shape = tuple(A.shape[B.ndim :])
    if prod(shape) != prod(B.shape):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {prod(shape)} != {prod(B.shape)}"
        )
    matrix = traced.reshape(A, (prod(B.shape), prod(shape)))
    return traced.reshape(linalg_solve(matrix, traced.flatten(B)), shape)


@composite(functions="vander", namespaces="linalg")
def vander(x, *, N=None):
    """Return the powers of numbers, from 0 to ``N - 1``, along a further dimension.

    Parameters
    ----------
    x : Tensor of shape (..., n)
    N : int, optional
        As many powers as numbers by default.

    Returns
    -------
    Tensor of shape (..., n, N)
    """
    count = x.shape[-1] if N is None else N
    if count <= 1 and N is not None and N <= 1:
        raise RuntimeError("N must be greater than 1.")
    column = traced.unsqueeze(x, -1)
    ones = traced.constant(np.ones(tuple(column.shape), x._array.dtype))
    wide = traced.expand(column, (*x.shape, count - 1))
    return traced.cat([ones, traced.cumprod(wide, -1)], -1)
