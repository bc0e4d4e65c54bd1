"""Products that are added to a tensor: ``beta * self + alpha * (a @ b)``."""

from ..core.op import OfNode
from .matmul import (
    adjoint,
    adjoint_batch,
    by_columns,
    check_addend,
    check_batches,
    check_matrices,
    check_vector,
    factors,
    outer_product,
    product,
)
from .registry import Sample, T, op
from .sizes import c_type, expand_message, scalar_type, size_text


def scaled(value, factor):
    """Return ``conj(factor) * value``, the value itself for a factor of one."""
    return value if factor == 1 else value * factor.conjugate()


def write_product(target, result):
    """Write the result of an in-place form, which must have the target's shape."""
    if result.shape != target.shape:
        raise RuntimeError(
            f"Bad in-place call: input tensor size {size_text(target.shape)} and output tensor "
            f"size {size_text(result.shape)} should match"
        )
    target[...] = result


def plus_scaled(result, self, beta, alpha):
    """Return ``beta * self + alpha * result``, computed in the fresh array ``result``."""
    if alpha != 1:
        result = result * result.dtype.type(alpha)
    if beta == 0:
        return result
    try:
        result += self if beta == 1 else self * result.dtype.type(beta)
    except ValueError:
        kind = f"torch.{scalar_type(result)}Tensor"
        raise RuntimeError(expand_message(self.shape, result.shape, kind)) from None
    return result


@op(node="AddmmBackward0", kind="other", methods="addmm", functions="addmm", inplace=True)
class addmm:
    r"""Add a matrix product to a tensor: ``beta * self + alpha * mat1 @ mat2``.

    Parameters
    ----------
    self : Tensor, broadcastable to (n, p)
    mat1 : Tensor of shape (n, m)
    mat2 : Tensor of shape (m, p)
    beta, alpha : number, default 1

    Notes
    -----
    .. math:: grad_self = \beta g,\quad grad_{mat1} = \alpha \, g \, mat2^H,\quad
              grad_{mat2} = \alpha \, mat1^H g
    """

    def forward(self, mat1, mat2, *, beta=1, alpha=1):
        if mat1.ndim != 2:
            raise RuntimeError(f"mat1 must be a matrix, got {mat1.ndim}-D tensor")
        if mat2.ndim != 2:
            raise RuntimeError(f"mat2 must be a matrix, got {mat2.ndim}-D tensor")
        check_matrices(mat1, mat2, self)
        return plus_scaled(product(mat1, mat2), self, beta, alpha)

    def forward_(self, mat1, mat2, *, beta=1, alpha=1):
        write_product(self, addmm.forward(self, mat1, mat2, beta=beta, alpha=alpha))

    def vjp_self(F, grad_output, beta):
        return scaled(grad_output, beta)

    def vjp_mat1(F, grad_output, mat2, mat1_strides, alpha):
        if by_columns(mat1_strides, grad_output.shape[0], grad_output):
            return scaled(F.t(F.mm(F.conj(mat2), F.t(grad_output))), alpha)
        return scaled(F.mm(grad_output, adjoint(F, mat2)), alpha)

    def vjp_mat2(F, grad_output, mat1, mat2_strides, alpha):
        if by_columns(mat2_strides, mat1.shape[1], grad_output):
            return scaled(F.t(F.mm(F.t(grad_output), F.conj(mat1))), alpha)
        return scaled(F.mm(adjoint(F, mat1), grad_output), alpha)

    saved = factors("mat1", "mat2")
    samples = [
        Sample(T(2, 4), T(2, 3), T(3, 4)),
        Sample(T(4), T(2, 3), T(3, 4), beta=0.5, alpha=2),
    ]


@op(node="AddmvBackward0", kind="other", methods="addmv", functions="addmv", inplace=True)
class addmv:
    r"""Add a matrix-vector product to a vector: ``beta * self + alpha * mat @ vec``.

    Parameters
    ----------
    self : Tensor, broadcastable to (n,)
    mat : Tensor of shape (n, m)
    vec : Tensor of shape (m,)
    beta, alpha : number, default 1

    Notes
    -----
    .. math:: grad_self = \beta g,\quad grad_{mat} = \alpha \, g \, vec^H,\quad
              grad_{vec} = \alpha \, mat^H g
    """

    def forward(self, mat, vec, *, beta=1, alpha=1):
        check_vector(mat, vec, self)
        return plus_scaled(product(mat, vec), self, beta, alpha)

    def forward_(self, mat, vec, *, beta=1, alpha=1):
        write_product(self, addmv.forward(self, mat, vec, beta=beta, alpha=alpha))

    def vjp_self(F, grad_output, beta):
        return scaled(grad_output, beta)

    def vjp_mat(F, grad_output, vec, alpha):
        return scaled(outer_product(F, grad_output, F.conj(vec)), alpha)

    def vjp_vec(F, grad_output, mat, alpha):
        return scaled(F.mv(adjoint(F, mat), grad_output), alpha)

    samples = [Sample(T(2), T(2, 3), T(3)), Sample(T(2), T(2, 3), T(3), beta=0.5, alpha=2)]


def _check_factors(result, **factors):
    """Raise unless the result's dtype can be scaled by the factors."""
    for name, factor in factors.items():
        if isinstance(factor, bool) and result.kind != "b":
            raise RuntimeError(f"Boolean {name} only supported for Boolean results.")
        if isinstance(factor, (float, complex)) and result.kind in "bui":
            raise RuntimeError(
                f"For integral input tensors, argument {name} must not be a floating point number."
            )
        if isinstance(factor, complex) and result.kind == "f":
            kind = "double" if result.itemsize == 8 else "float"
            raise RuntimeError(f"value cannot be converted to type {kind} without overflow")


@op(
    node="AddrBackward0",
    kind="other",
    promote="self vec1 vec2",
    methods="addr",
    functions="addr",
    inplace=True,
)
class addr:
    r"""Add an outer product to a matrix: ``beta * self + alpha * outer(vec1, vec2)``.

    Parameters
    ----------
    self : Tensor, broadcastable to (n, m)
    vec1 : Tensor of shape (n,)
    vec2 : Tensor of shape (m,)
    beta, alpha : number, default 1

    Notes
    -----
    .. math:: grad_self = \beta g,\quad grad_{vec1} = \alpha \, g \, \overline{vec2},\quad
              grad_{vec2} = \alpha \, g^T \overline{vec1}
    """

    def forward(self, vec1, vec2, *, beta=1, alpha=1):
        if vec1.ndim != 1 or vec2.ndim != 1:
            raise RuntimeError(
                f"addr: Expected 1-D argument vec{1 if vec1.ndim != 1 else 2}, but got "
                f"{vec1.ndim if vec1.ndim != 1 else vec2.ndim}-D"
            )
        _check_factors(vec1.dtype, beta=beta, alpha=alpha)
        return plus_scaled(vec1[:, None] * vec2, self, beta, alpha)

    def forward_(self, vec1, vec2, *, beta=1, alpha=1):
        if self.ndim != 2:
            raise RuntimeError(f"2D tensor expected, got {self.ndim}D tensor for input")
        if vec1.ndim == vec2.ndim == 1 and self.shape != (vec1.size, vec2.size):
            raise RuntimeError(
                f"size mismatch, input: {size_text(self.shape)}, v1: {size_text(vec1.shape)}, "
                f"v2: {size_text(vec2.shape)}"
            )
        self[...] = addr.forward(self, vec1, vec2, beta=beta, alpha=alpha)

    def vjp_self(F, grad_output, beta):
        return scaled(grad_output, beta)

    def vjp_vec1(F, grad_output, vec2, alpha):
        return scaled(F.mv(grad_output, F.conj(vec2)), alpha)

    def vjp_vec2(F, grad_output, vec1, alpha):
        return scaled(F.mv(F.t(grad_output), F.conj(vec1)), alpha)

    samples = [Sample(T(2, 3), T(2), T(3)), Sample(T(2, 3), T(2), T(3), beta=0.5, alpha=2)]


@op(node="BaddbmmBackward0", kind="other", methods="baddbmm", functions="baddbmm", inplace=True)
class baddbmm:
    r"""Add a batch of matrix products: ``beta * self + alpha * batch1 @ batch2``.

    Parameters
    ----------
    self : Tensor, broadcastable to (b, n, p)
    batch1 : Tensor of shape (b, n, m)
    batch2 : Tensor of shape (b, m, p)
    beta, alpha : number, default 1

    Notes
    -----
    .. math:: grad_self = \beta g,\quad grad_{batch1} = \alpha \, g \, batch2^H,\quad
              grad_{batch2} = \alpha \, batch1^H g
    """

    def forward(self, batch1, batch2, *, beta=1, alpha=1):
        if not self.dtype == batch1.dtype == batch2.dtype:
            raise RuntimeError(
                f"Input dtypes must be the same, got: input {c_type(self)}, batch1: "
                f"{c_type(batch1)}, batch2: {c_type(batch2)}"
            )
        check_batches(batch1, batch2)
        return plus_scaled(product(batch1, batch2), self, beta, alpha)

    def forward_(self, batch1, batch2, *, beta=1, alpha=1):
        write_product(self, baddbmm.forward(self, batch1, batch2, beta=beta, alpha=alpha))

    def vjp_self(F, grad_output, beta):
        return scaled(grad_output, beta)

    def vjp_batch1(F, grad_output, batch2, alpha):
        return scaled(F.bmm(grad_output, adjoint_batch(F, batch2)), alpha)

    def vjp_batch2(F, grad_output, batch1, alpha):
        return scaled(F.bmm(adjoint_batch(F, batch1), grad_output), alpha)

    samples = [
        Sample(T(2, 2, 4), T(2, 2, 3), T(2, 3, 4)),
        Sample(T(4), T(2, 2, 3), T(2, 3, 4), beta=0.5, alpha=2),
    ]


@op(node="AddbmmBackward0", kind="other", methods="addbmm", functions="addbmm", inplace=True)
class addbmm:
    r"""Add a sum of matrix products: ``beta * self + alpha * sum_b batch1[b] @ batch2[b]``.

    Parameters
    ----------
    self : Tensor, broadcastable to (n, p)
    batch1 : Tensor of shape (b, n, m)
    batch2 : Tensor of shape (b, m, p)
    beta, alpha : number, default 1

    Notes
    -----
    .. math:: grad_self = \beta g,\quad grad_{batch1,b} = \alpha \, g \, batch2_b^H,\quad
              grad_{batch2,b} = \alpha \, batch1_b^H g
    """

    def forward(self, batch1, batch2, *, beta=1, alpha=1):
        check_batches(batch1, batch2)
        check_addend(self, batch2)
        return plus_scaled(product(batch1, batch2).sum(0, batch1.dtype), self, beta, alpha)

    def vjp_self(F, grad_output, beta):
        return scaled(grad_output, beta)

    def vjp_batch1(F, grad_output, batch2, batch1_shape, alpha):
        wide = F.expand(grad_output, (batch1_shape[0], *grad_output.shape))
        return scaled(F.bmm(wide, adjoint_batch(F, batch2)), alpha)

    def vjp_batch2(F, grad_output, batch1, alpha):
        wide = F.expand(grad_output, (batch1.shape[0], *grad_output.shape))
        return scaled(F.bmm(adjoint_batch(F, batch1), wide), alpha)

    saved = {
        "batch1_sym_argsize_0": OfNode(lambda node, _: batch_sizes(node)[0]),
        "batch1_sym_argsize_1": OfNode(lambda node, _: batch_sizes(node)[1]),
        "batch2_sym_argsize_2": OfNode(lambda node, _: batch_sizes(node)[2]),
        "batch1_sym_sizes": None,
    }
    samples = [Sample(T(2, 4), T(2, 2, 3), T(2, 3, 4), alpha=2)]


def batch_sizes(node):
    """Return how many matrices a summed product has, and the lengths of its result."""
    saved = node.saved_by_name()
    batch = saved.get("batch1", saved.get("batch2"))
    return (None if batch is None else len(batch), *node.output_meta(0)[0])
