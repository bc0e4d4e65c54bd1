"""Decompositions of matrices: qr, eigh, eig, svd, pinv, lu, matrix_exp, with derivatives."""

import numpy as np

from ..core.warn import warn_of_older
from . import linalg_kernels as kernels
from .linalg import positive, transposed, well
from .namespaces import T as traced
from .registry import Sample, T, composite, op, return_types


def check_phase(name, slope, vectors="eigenvectors", rest="quantity, so it is ill-defined."):
    """Raise PyTorch's error for a loss that depends on the phases of complex vectors."""
    imaginary = slope.imag
    if imaginary.size and np.abs(imaginary).max() > 1e-2 * max(1.0, np.abs(slope).max()):
        raise RuntimeError(
            f"{name}: The {vectors} in the complex case are specified up to multiplication by "
            f"e^{{i phi}}. The specified loss function depends on this {rest}"
        )


def outer_difference(F, values, kind):
    """Return ``values[j] - values[i]`` with ones on the diagonal, ready to be divided by."""
    n = values.shape[-1]
    return F.unsqueeze(values, -2) - F.unsqueeze(values, -1) + F.constant(np.eye(n, dtype=kind))


def on_diagonal(F, values):
    """Return diagonal matrices."""
    return F.diag_embed(values, 0, -2, -1)


def off_diagonal(F, matrix):
    """Return matrices with zeros on the diagonal."""
    n = matrix.shape[-1]
    kind = F.value(matrix).real.dtype
    return matrix * F.constant(1 - np.eye(n, dtype=kind))


@op(node="LinalgQrBackward0", kind="other", outputs="Q R", return_type="linalg_qr", public=False)
class qr_record:
    r"""Factor matrices into an orthogonal and an upper triangular one.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
    mode : {"reduced", "complete", "r"}

    Notes
    -----
    .. math:: grad_self = (g_Q + Q \, sym(triu(g_R R^H - Q^H g_Q))) R^{-H}, \quad
              sym(X) = X + X^H - diag(Re X)

    for tall matrices; a wide one splits into a square part and a product with Q.
    """

    def forward(self, mode="reduced"):
        kernels.check_matrix("linalg.qr", self)
        kernels.check_float("linalg.qr", self)
        if mode == "r":
            return np.zeros((0,), self.dtype), kernels.by_columns(np.linalg.qr(self, "r"))
        q, r = np.linalg.qr(self, mode)
        return kernels.by_columns(q), kernels.by_columns(r)

    def vjp_self(F, grad_output0, grad_output1, self, Q, R, mode):
        m, n = self.shape[-2:]
        if mode == "r":
            raise RuntimeError(
                "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. "
                "Please use linalg.qr(A, mode='reduced') if you are going to differentiate through "
                "linalg.qr."
            )
        if mode == "complete" and m > n:
            raise RuntimeError(
                "The QR decomposition is not differentiable when mode='complete' and nrows > ncols."
            )
        kind = F.value(Q).dtype
        grad_q = F.zeros(tuple(Q.shape), kind) if grad_output0 is None else grad_output0
        grad_r = F.zeros(tuple(R.shape), kind) if grad_output1 is None else grad_output1
        if m >= n:
            return tall_qr_gradient(F, grad_q, grad_r, Q, R)
        rest = F.slice_(grad_r, -1, m, n, 1)
        wide = F.slice_(self, -1, m, n, 1)
        grad_q = grad_q + F.matmul(wide, transposed(F, rest))
        first = tall_qr_gradient(
            F, grad_q, F.slice_(grad_r, -1, 0, m, 1), Q, F.slice_(R, -1, 0, m, 1)
        )
        return F.cat([first, F.matmul(Q, rest)], -1)

    saved = {"self": None}
    samples = [Sample(T(4, 3)), Sample(T(3, 4)), Sample(well(3), "complete")]


def tall_qr_gradient(F, grad_q, grad_r, q, r):
    """Return the cotangent of a matrix with at least as many rows as columns."""
    inside = F.matmul(grad_r, transposed(F, r)) - F.matmul(transposed(F, q), grad_q)
    upper = F.triu(inside, 1)
    middle = F.triu(F.tril(inside, 0), 0)
    if F.is_complex(inside):
        middle = (middle + F.conj(middle)) / 2  # the diagonal of R is real
    whole = upper + transposed(F, upper) + middle
    return F.matmul(grad_q + F.matmul(q, whole), transposed(F, F.inv_record(r)[0]))


@composite(functions="qr", namespaces="linalg")
def linalg_qr(A, mode="reduced"):
    """Factor matrices into an orthogonal and an upper triangular one.

    Parameters
    ----------
    A : Tensor of shape (..., m, n)
    mode : {"reduced", "complete", "r"}

    Returns
    -------
    Q, R : Tensor
    """
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', "
            "or 'complete'"
        )
    return traced.qr_record(A, mode)


@composite(functions="qr", methods="qr")
def qr(self, some=True):
    """Factor matrices into an orthogonal and an upper triangular one.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
    some : bool, default True
        The reduced form.

    Returns
    -------
    Q, R : Tensor
    """
    warn_of_older(
        "torch.qr",
        "torch.linalg.qr",
        "The boolean parameter 'some' has been replaced with a string parameter 'mode'.",
        "Q, R = torch.qr(A, some)",
        "should be replaced with",
        "Q, R = torch.linalg.qr(A, 'reduced' if some else 'complete')",
    )
    return return_types.make("qr", ["Q", "R"])(
        traced.qr_record(self, "reduced" if some else "complete")
    )


@op(
    node="LinalgEighBackward0",
    kind="other",
    outputs="eigenvalues eigenvectors",
    return_type="linalg_eigh",
    public=False,
)
class eigh_record:
    r"""Return eigenvalues, ascending, and eigenvectors of symmetric matrices.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)
    UPLO : {"L", "U"}
        Which triangle counts.

    Notes
    -----
    .. math:: grad_self = herm(V (diag(g_L) + (V^H g_V) / E) V^H), \quad E_{ij} = L_j - L_i
    """

    def forward(self, UPLO="L"):
        kernels.check_square("linalg.eigh", self)
        kernels.check_float("linalg.eigh", self)
        values, vectors = kernels.eigh("linalg.eigh", self, UPLO.upper())
        return values, kernels.by_columns(vectors)

    def vjp_self(F, grad_output0, grad_output1, eigenvalues, eigenvectors):
        kind = F.value(eigenvalues).dtype
        turned = transposed(F, eigenvectors)
        if grad_output1 is None:
            whole = F.matmul(eigenvectors * F.unsqueeze(grad_output0, -2), turned)
        else:
            inside = F.matmul(turned, grad_output1)
            if F.is_complex(eigenvectors):
                check_phase("linalg_eigh_backward", F.value(F.diagonal(inside, 0, -2, -1)))
            middle = off_diagonal(F, inside / outer_difference(F, eigenvalues, kind))
            if grad_output0 is not None:
                middle = middle + on_diagonal(F, grad_output0)
            whole = F.matmul(eigenvectors, F.matmul(middle, turned))
        return (whole + transposed(F, whole)) / 2

    samples = [Sample(positive(3))]


@composite(functions="eigh", namespaces="linalg")
def linalg_eigh(A, UPLO="L"):
    """Return eigenvalues, ascending, and eigenvectors of symmetric matrices.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)
    UPLO : {"L", "U"}
        Which triangle counts.

    Returns
    -------
    eigenvalues, eigenvectors : Tensor
    """
    return traced.eigh_record(A, UPLO)


@composite(functions="eigvalsh", namespaces="linalg")
def eigvalsh(A, UPLO="L"):
    """Return the eigenvalues, ascending, of symmetric matrices.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)
    UPLO : {"L", "U"}

    Returns
    -------
    Tensor
    """
    return traced.eigh_record(A, UPLO)[0]


@op(
    node="LinalgEigBackward0",
    kind="other",
    outputs="eigenvalues eigenvectors",
    return_type="linalg_eig",
    public=False,
)
class eig_record:
    r"""Return eigenvalues and eigenvectors of square matrices; both complex.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)

    Notes
    -----
    .. math:: grad_self = V^{-H} (diag(g_L) + (V^H g_V - V^H V diag(\Re(V^H g_V))) /
              \overline{E}) V^H, \quad E_{ij} = L_j - L_i
    """

    def forward(self):
        kernels.check_square("linalg.eig", self)
        kernels.check_float("linalg.eig", self)
        values, vectors = np.linalg.eig(self)
        kind = np.complex64 if self.dtype in (np.float32, np.complex64) else np.complex128
        return values.astype(kind), kernels.by_columns(vectors.astype(kind))

    def vjp_self(F, grad_output0, grad_output1, eigenvalues, eigenvectors):
        kind = F.value(eigenvalues).dtype
        turned = transposed(F, eigenvectors)
        middle = None
        if grad_output1 is not None:
            inside = F.matmul(turned, grad_output1)
            slope = F.diagonal(inside, 0, -2, -1)
            check_phase("linalg_eig_backward", F.value(slope))
            real = (slope + F.conj(slope)) / 2
            inside = inside - F.matmul(turned, eigenvectors) * F.unsqueeze(real, -2)
            middle = off_diagonal(F, inside / F.conj(outer_difference(F, eigenvalues, kind)))
        if grad_output0 is not None:
            straight = on_diagonal(F, grad_output0)
            middle = straight if middle is None else middle + straight
        return F.matmul(F.inv_record(turned)[0], F.matmul(middle, turned))

    samples = ()


@composite(functions="eig", namespaces="linalg")
def linalg_eig(A):
    """Return eigenvalues and eigenvectors of square matrices; both complex.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)

    Returns
    -------
    eigenvalues, eigenvectors : Tensor
    """
    if not np.isfinite(A._array).all():
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")
    return traced.eig_record(A)


@composite(functions="eigvals", namespaces="linalg")
def eigvals(A):
    """Return the eigenvalues of square matrices; complex.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)

    Returns
    -------
    Tensor
    """
    return traced.eig_record(A)[0]


@op(
    node="LinalgSvdBackward0",
    kind="other",
    outputs="U S Vh",
    return_type="linalg_svd",
    public=False,
)
class svd_record:
    """Return singular values, descending, and singular vectors.

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
    full_matrices : bool
        Complete U and Vh to square matrices.

    Notes
    -----
    .. math:: grad_self = U [ (sk(U^H g_U) / E) S + S (sk(V^H g_V) / E) + diag(g_S) ] V^H
              + (I - U U^H) g_U S^{-1} V^H + U S^{-1} g_V^H (I - V V^H)

    with :math:`E_{ij} = S_j^2 - S_i^2` and :math:`sk(X) = X - X^H`.
    """

    def forward(self, full_matrices=True):
        kernels.check_matrix("linalg.svd", self)
        kernels.check_float("linalg.svd", self)
        u, s, vh = kernels.svd("linalg.svd", self, full_matrices)
        return kernels.by_columns(u), s, kernels.by_columns(vh)

    def vjp_self(F, grad_output0, grad_output1, grad_output2, U, S, Vh):
        return svd_gradient(F, grad_output0, grad_output1, grad_output2, U, S, Vh)

    saved = {
        "S_sym_argsize_minus_1": ("S", lambda s: s.shape[-1]),
        "full_matrices": ("S", lambda s: False),
    }
    samples = ()


def skew(F, x):
    """Return ``x - x^H``."""
    return x - transposed(F, x)


def svd_gradient(F, grad_u, grad_s, grad_vh, u, s, vh):
    """Return the cotangent of a matrix from those of its singular values and vectors."""
    m, n, k = u.shape[-2], vh.shape[-1], s.shape[-1]
    if u.shape[-1] > k:
        u = F.slice_(u, -1, 0, k, 1)
        grad_u = None if grad_u is None else F.slice_(grad_u, -1, 0, k, 1)
    if vh.shape[-2] > k:
        vh = F.slice_(vh, -2, 0, k, 1)
        grad_vh = None if grad_vh is None else F.slice_(grad_vh, -2, 0, k, 1)
    if grad_u is None and grad_vh is None:
        return F.matmul(u * F.unsqueeze(grad_s, -2), vh)
    turned_u, v = transposed(F, u), transposed(F, vh)
    middle = None if grad_s is None else on_diagonal(F, grad_s)
    gaps = outer_difference(F, s * s, F.value(s).dtype)
    row, column = F.unsqueeze(s, -2), F.unsqueeze(s, -1)
    outside, slope = None, np.zeros(s.shape)
    if grad_u is not None:
        inside = F.matmul(turned_u, grad_u)
        slope = slope + F.value(F.diagonal(inside, 0, -2, -1))
        part = off_diagonal(F, skew(F, inside) / gaps) * row
        middle = part if middle is None else middle + part
        if m > k:
            rest = (grad_u - F.matmul(u, inside)) / row
            outside = F.matmul(rest, vh)
    if grad_vh is not None:
        inside = F.matmul(grad_vh, v)
        slope = slope - F.value(F.diagonal(inside, 0, -2, -1))
        part = column * off_diagonal(F, skew(F, transposed(F, inside)) / gaps)
        middle = part if middle is None else middle + part
        if n > k:
            rest = F.matmul(u, (grad_vh - F.matmul(inside, vh)) / column)
            outside = rest if outside is None else outside + rest
    check_phase("svd_backward", slope, "singular vectors", "phase term, making it ill-defined.")
    if F.is_complex(u) and grad_u is not None:
        phase = F.diagonal(F.matmul(turned_u, grad_u), 0, -2, -1)
        middle = middle + on_diagonal(F, (phase - F.conj(phase)) / (2 * s))
    whole = F.matmul(u, F.matmul(middle, vh))
    return whole if outside is None else whole + outside


@composite(functions="svd", namespaces="linalg")
def linalg_svd(A, full_matrices=True, *, driver=None):
    """Return singular values, descending, and singular vectors.

    Parameters
    ----------
    A : Tensor of shape (..., m, n)
    full_matrices : bool, default True
        Complete U and Vh to square matrices.
    driver : None
        Only for CUDA.

    Returns
    -------
    U, S, Vh : Tensor
    """
    return traced.svd_record(A, full_matrices)


@composite(functions="svdvals", namespaces="linalg")
def svdvals(A, *, driver=None):
    """Return the singular values, descending.

    Parameters
    ----------
    A : Tensor of shape (..., m, n)
    driver : None
        Only for CUDA.

    Returns
    -------
    Tensor
    """
    return traced.svd_record(A, False)[1]


@composite(functions="svd", methods="svd")
def svd(self, some=True, compute_uv=True):
    """Return singular values, descending, and singular vectors (V itself, not its transpose).

    Parameters
    ----------
    self : Tensor of shape (..., m, n)
    some : bool, default True
        The reduced form.
    compute_uv : bool, default True
        Otherwise the vectors are zeros.

    Returns
    -------
    U, S, V : Tensor
    """
    u, s, vh = traced.svd_record(self, not some)
    v = transposed(traced, vh)
    if not compute_uv:
        u, v = (traced.constant(np.zeros_like(x._array)) for x in (u, v))
    return return_types.make("svd", ["U", "S", "V"])((u, s, v))


@op(node="LinalgMatrixExpBackward0", kind="other", methods="matrix_exp", functions="matrix_exp")
class matrix_exp:
    r"""Return the exponentials of square matrices.

    Parameters
    ----------
    self : Tensor of shape (..., n, n)

    Notes
    -----
    The gradient is the upper right block of

    .. math:: \exp \begin{pmatrix} A^H & g \\ 0 & A^H \end{pmatrix}
    """

    def forward(self):
        kernels.check_square("linalg.matrix_exp", self)
        kernels.check_float("linalg.matrix_exp", self)
        return kernels.exponential(self)

    def vjp_self(F, grad_output, self):
        turned = transposed(F, self)
        n = self.shape[-1]
        zero = F.zeros(tuple(self.shape), F.value(self).dtype)
        above, below = F.cat([turned, grad_output], -1), F.cat([zero, turned], -1)
        whole = F.matrix_exp(F.cat([above, below], -2))
        return F.slice_(F.slice_(whole, -2, 0, n, 1), -1, n, 2 * n, 1)

    samples = [Sample(T(3, 3)), Sample(T(2, 2, 2))]


@composite(functions="matrix_exp", namespaces="linalg")
def linalg_matrix_exp(A):
    """Return the exponentials of square matrices.

    Parameters
    ----------
    A : Tensor of shape (..., n, n)

    Returns
    -------
    Tensor
    """
    return traced.matrix_exp(A)
