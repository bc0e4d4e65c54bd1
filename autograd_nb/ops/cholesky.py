"""Cholesky factors and triangular systems, with derivatives."""

import numpy as np

from ..core.warn import warn_of_older
from . import linalg_kernels as kernels
from .linalg import positive, transposed, well
from .namespaces import T as traced
from .registry import Sample, T, composite, op


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
        warn_of_older(
            "torch.cholesky",
            "torch.linalg.cholesky",
            "L = torch.cholesky(A)",
            "should be replaced with",
            "L = torch.linalg.cholesky(A)",
            "and",
            "U = torch.cholesky(A, upper=True)",
            "should be replaced with",
            "U = torch.linalg.cholesky(A).mH",
            "This transform will produce equivalent results for all valid (symmetric positive "
            "definite) inputs.",
        )
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
    name = "linalg.solve_triangular"
    kernels.check_square(name, A._array)
    kernels.check_matrix(name, B._array, "B")
    kernels.check_numbers("triangular_solve_cpu", A._array)
    if B.shape[-2 if left else -1] != A.shape[-1]:
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX' if left else 'XA'} = B "
            f"({A.shape[-2]}x{A.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})"
        )
    return traced.solve_triangular_record(A, B, upper, unitriangular, left)


@op(
    node="TriangularSolveBackward0",
    outputs="solution cloned_coefficient",
    return_type="triangular_solve",
    methods="triangular_solve",
    functions="triangular_solve",
)
class triangular_solve:
    r"""Solve systems with triangular matrices; deprecated for `linalg.solve_triangular`.

    Parameters
    ----------
    self : Tensor of shape (..., n, k)
        Right-hand sides.
    A : Tensor of shape (..., n, n)
    upper, transpose, unitriangular : bool
        Which triangle, whether its transpose is meant, whether its diagonal is ones.

    Notes
    -----
    .. math:: grad_self = A^{-H} g, \quad grad_A = -triangle(grad_{self} X^H)
    """

    def forward(self, A, upper=True, transpose=False, unitriangular=False):
        warn_of_older(
            "torch.triangular_solve",
            "torch.linalg.solve_triangular",
            "torch.linalg.solve_triangular has its arguments reversed and does not return a copy "
            "of one of the inputs.",
            "X = torch.triangular_solve(B, A).solution",
            "should be replaced with",
            "X = torch.linalg.solve_triangular(A, B).",
            space="",
        )
        few = "torch.triangular_solve: Expected {} to have at least 2 dimensions, but it has {} "
        kernels.check_system("triangular_solve", self, A, "bA", few + "dimensions instead")
        kernels.check_numbers("triangular_solve_cpu", A)
        matrix = np.triu(A) if upper else np.tril(A)
        if unitriangular:
            n = np.arange(matrix.shape[-1])
            matrix[..., n, n] = 1
        turned = matrix.swapaxes(-1, -2) if transpose else matrix
        lead = np.broadcast_shapes(self.shape[:-2], A.shape[:-2])
        coefficient = np.broadcast_to(A, (*lead, *A.shape[-2:]))
        return kernels.solve(turned, self)[0], kernels.by_columns(coefficient)

    def vjp(F, grad_output0, grad_output1, A, solution, upper, transpose, unitriangular, needs):
        grad_self = grad_a = None
        if grad_output0 is not None:
            turned = A if transpose else F.transpose(A, -2, -1)
            across = bool(upper) == bool(transpose)
            grad_self = F.solve_triangular_record(
                F.conj(turned), grad_output0, across, unitriangular
            )
            whole = -F.matmul(grad_self, transposed(F, solution))
            whole = F.transpose(whole, -2, -1) if transpose else whole
            edge = 1 if unitriangular else 0
            grad_a = F.triu(whole, edge) if upper else F.tril(whole, -edge)
        if grad_output1 is not None:
            grad_a = grad_output1 if grad_a is None else grad_a + grad_output1
        return grad_self, grad_a

    inputs = "self A"
    samples = [
        Sample(T(3, 2), well(3)),
        Sample(T(3, 2), well(3), False, True),
        Sample(T(3, 2), well(3), True, False, True),
    ]


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
        kernels.check_square("cholesky_inverse", self)
        kernels.check_numbers("cholesky_inverse_out_cpu", self)
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
        few = "{} should have at least 2 dimensions, but has {} dimensions instead"
        kernels.check_system("cholesky_solve", self, input2, "bu", few)
        kernels.check_numbers("cholesky_solve_cpu", self)
        return kernels.solve(whole_matrix(input2, upper), self)[0]

    def vjp_self(F, grad_output, input2, upper):
        return F.cholesky_solve(grad_output, input2, upper)

    def vjp_input2(F, grad_output, input2, result, upper):
        product = F.matmul(F.cholesky_solve(grad_output, input2, upper), transposed(F, result))
        return factor_gradient(F, product + transposed(F, product), input2, upper)

    samples = [Sample(T(2, 3), T.of([[2.0, 0.0], [0.5, 1.5]]))]
