"""Products of vectors and matrices, and ``matmul`` composed of them as PyTorch composes it."""

from itertools import pairwise

import numpy as np

from ..core import products
from ..core.op import OfNode
from . import kinds
from .namespaces import RAW
from .namespaces import T as traced
from .registry import FUNCTIONS, Sample, T, composite, op
from .sizes import c_type, mistyped, prod, scalar_type, size_text
from .squeeze import broadcast_shapes


def adjoint(F, matrix):
    """Return the conjugate transpose of a matrix."""
    return F.conj(F.t(matrix))


def by_columns(strides, rows, grad):
    """Say whether a matrix of so many rows lies column by column; its gradient then does, too.

    As PyTorch's: the gradient of a transposed weight, transposed back, is in the weight's order.
    """
    return strides == (grad.itemsize, grad.itemsize * rows)


def adjoint_batch(F, matrices):
    """Return the conjugate transposes of a batch of matrices."""
    return F.conj(F.transpose(matrices, 1, 2))


def check_addend(self, mat2):
    """Raise PyTorch's error unless a product's last factor has the dtype of what is added."""
    if self.dtype != mat2.dtype:
        raise RuntimeError(
            f"self and mat2 must have the same dtype, but got {scalar_type(self)} and "
            f"{scalar_type(mat2)}"
        )


def check_matrices(mat1, mat2, add=None):
    """Raise PyTorch's error unless two matrices can be multiplied, and added to something."""
    if mat1.shape[1] != mat2.shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({mat1.shape[0]}x{mat1.shape[1]} and "
            f"{mat2.shape[0]}x{mat2.shape[1]})"
        )
    if add is not None:
        check_addend(add, mat2)
    if mat1.dtype != mat2.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {c_type(mat1)} != {c_type(mat2)}"
            if add is None
            else "mat1 and mat2 must have the same dtype, but got "
            f"{scalar_type(mat1)} and {scalar_type(mat2)}"
        )


def product(left, right):
    """Return the matrix product, which PyTorch does not have for bool."""
    if left.dtype.kind == "b":
        raise NotImplementedError("\"addmm_impl_cpu_\" not implemented for 'Bool'")
    return products.matmul(left, right)


# -- what the nodes show of two matrices ----------------------------------------------------------
def left_sizes(node, _):
    """Return the left factor's lengths, from the result's and what is saved of the right one."""
    names = node.op.inputs[-2:]
    saved, (rows, _) = node.saved_by_name(), node.output_meta(0)[0]
    if names[0] in saved:
        return tuple(saved[names[0]].shape)
    return (rows, saved[names[1]].shape[0]) if names[1] in saved else None


def right_sizes(node, _):
    """Return the right factor's lengths, from the result's and what is saved of the left one."""
    names = node.op.inputs[-2:]
    saved, (_, columns) = node.saved_by_name(), node.output_meta(0)[0]
    if names[1] in saved:
        return tuple(saved[names[1]].shape)
    return (saved[names[0]].shape[1], columns) if names[0] in saved else None


def in_elements(name):
    """Return a function that finds a factor's strides, kept in bytes where its gradient is."""

    def find(node, _):
        strides = node.saved_by_name().get(f"{name}_strides", ())
        return tuple(n // node.output_meta(0)[1].itemsize for n in strides)

    return find


def factors(left, right):
    """Return what a product's node shows of its factors; see Note [What a node shows]."""
    return {
        f"{left}_sym_sizes": OfNode(left_sizes),
        f"{right}_sym_sizes": OfNode(right_sizes),
        f"{left}_sym_strides": OfNode(in_elements(left)),
        f"{right}_sym_strides": OfNode(in_elements(right)),
    }


@op(node="MmBackward0", kind="bilinear", methods="mm", functions="mm")
class mm:
    r"""Multiply two matrices.

    Parameters
    ----------
    self : Tensor of shape (n, m)
    mat2 : Tensor of shape (m, p)

    Notes
    -----
    .. math:: grad_self = g \, mat2^H,\quad grad_{mat2} = self^H g
    """

    def forward(self, mat2):
        if self.ndim != 2:
            raise RuntimeError("self must be a matrix")
        if mat2.ndim != 2:
            raise RuntimeError("mat2 must be a matrix")
        check_matrices(self, mat2)
        return product(self, mat2)

    def vjp_self(F, grad_output, mat2, self_strides):
        if by_columns(self_strides, grad_output.shape[0], grad_output):
            return F.t(F.mm(F.conj(mat2), F.t(grad_output)))
        return F.mm(grad_output, adjoint(F, mat2))

    def vjp_mat2(F, grad_output, self, mat2_strides):
        if by_columns(mat2_strides, self.shape[1], grad_output):
            return F.t(F.mm(F.t(grad_output), F.conj(self)))
        return F.mm(adjoint(F, self), grad_output)

    saved = factors("self", "mat2")
    samples = [Sample(T(2, 3), T(3, 4)), Sample(T(2, 0), T(0, 3))]


@op(node="BmmBackward0", kind="bilinear", methods="bmm", functions="bmm")
class bmm:
    r"""Multiply two batches of matrices.

    Parameters
    ----------
    self : Tensor of shape (b, n, m)
    mat2 : Tensor of shape (b, m, p)

    Notes
    -----
    .. math:: grad_self = g \, mat2^H,\quad grad_{mat2} = self^H g
    """

    def forward(self, mat2):
        check_batches(self, mat2)
        return product(self, mat2)

    def vjp_self(F, grad_output, mat2):
        return F.bmm(grad_output, adjoint_batch(F, mat2))

    def vjp_mat2(F, grad_output, self):
        return F.bmm(adjoint_batch(F, self), grad_output)

    samples = [Sample(T(2, 2, 3), T(2, 3, 4))]


def check_batches(batch1, batch2):
    """Raise PyTorch's error unless two batches of matrices can be multiplied."""
    if batch1.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor")
    if batch2.ndim != 3:
        raise RuntimeError("batch2 must be a 3D tensor")
    if batch1.shape[0] != batch2.shape[0] or batch1.shape[2] != batch2.shape[1]:
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{batch1.shape[0]}, {batch1.shape[2]}] but got: "
            f"[{batch2.shape[0]}, {batch2.shape[1]}]."
        )
    if batch1.dtype != batch2.dtype:
        raise mistyped(batch1, batch2)


@op(node="MvBackward0", kind="bilinear", methods="mv", functions="mv")
class mv:
    r"""Multiply a matrix by a vector.

    Parameters
    ----------
    self : Tensor of shape (n, m)
    vec : Tensor of shape (m,)

    Notes
    -----
    .. math:: grad_self = g \, vec^H,\quad grad_{vec} = self^H g
    """

    def forward(self, vec):
        check_vector(self, vec, None)
        return product(self, vec)

    def vjp_self(F, grad_output, vec):
        return outer_product(F, grad_output, F.conj(vec))

    def vjp_vec(F, grad_output, self):
        return F.mv(adjoint(F, self), grad_output)

    samples = [Sample(T(2, 3), T(3))]


def check_vector(mat, vec, add):
    """Raise PyTorch's error unless a matrix and a vector can be multiplied."""
    if mat.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got {1 if add is None else add.ndim}, "
            f"{mat.ndim}, {vec.ndim}"
        )
    misfit = add is not None and add.ndim == 1 and add.shape[0] not in (1, mat.shape[0])
    if mat.shape[1] != vec.shape[0] or misfit:
        size = mat.shape[0] if add is None or add.ndim == 0 else add.shape[0]
        raise RuntimeError(
            f"size mismatch, got input ({size}), mat ({mat.shape[0]}x{mat.shape[1]}), "
            f"vec ({vec.shape[0]})"
        )
    first = vec if add is None else add
    if not mat.dtype == vec.dtype == first.dtype:
        raise RuntimeError(
            "addmv input tensors must have the same dtype, but got "
            f"{scalar_type(first)}, {scalar_type(mat)}, and {scalar_type(vec)}"
        )


def outer_product(F, left, right):
    """Return ``left_i right_j``."""
    return F.reshape(left, (left.shape[0], 1)) * right


def check_dot(self, other):
    """Raise PyTorch's error unless two vectors have a product."""
    if self.ndim != 1 or other.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {self.ndim}D and {other.ndim}D tensors")
    if self.dtype != other.dtype:
        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {scalar_type(self)} and "
            f"{scalar_type(other)}"
        )
    if self.shape != other.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor {size_text(self.shape)} and src "
            f"{size_text(other.shape)} to have the same number of elements, but got {self.size} "
            f"and {other.size} elements respectively"
        )


@op(node="DotBackward0", kind="bilinear", methods="dot", functions="dot")
class dot:
    r"""Return the sum of the products of two vectors' entries.

    Parameters
    ----------
    self, tensor : Tensor of shape (n,)

    Notes
    -----
    .. math:: grad_self = g \, \overline{tensor},\quad grad_{tensor} = g \, \overline{self}
    """

    def forward(self, tensor):
        check_dot(self, tensor)
        kinds.only("uifc", "dot", self)
        return np.dot(self, tensor)

    def vjp_self(F, grad_output, tensor):
        return grad_output * F.conj(tensor)

    def vjp_tensor(F, grad_output, self):
        return grad_output * F.conj(self)

    samples = [Sample(T(3), T(3)), Sample(T(2, dtype="complex128"), T(2, dtype="complex128"))]


@op(node="VdotBackward0", kind="other", methods="vdot", functions="vdot")
class vdot:
    r"""Return the dot product of two vectors, the first one conjugated.

    Parameters
    ----------
    self, other : Tensor of shape (n,)

    Notes
    -----
    .. math:: grad_self = \overline{g} \, other,\quad grad_other = g \, self
    """

    def forward(self, other):
        check_dot(self, other)
        return np.vdot(self, other)

    def vjp_self(F, grad_output, other):
        return F.conj(grad_output) * other

    def vjp_other(F, grad_output, self):
        return grad_output * self

    samples = [Sample(T(3), T(3)), Sample(T(2, dtype="complex128"), T(2, dtype="complex128"))]


def folds(tensor1, tensor2):
    """Say whether PyTorch turns a batched product into one of two matrices.

    It does for a batch times a matrix or vector that requires grad, so that the small operand's
    gradient is not computed on a batch of copies; otherwise only where that needs no copy.
    """
    larger_first = tensor1.ndim >= tensor2.ndim
    large, small = (tensor1, tensor2) if larger_first else (tensor2, tensor1)
    if large.ndim < 3 or small.ndim > 2:
        return False
    if small.requires_grad:
        return True
    if tensor1.ndim == 2:
        return False
    array = large._array
    if array.size == 0:
        return True
    steps = list(zip(array.strides, array.shape, strict=True))
    if not larger_first:
        steps[-2:] = steps[:-3:-1]
    return all(step == inner * n for (step, _), (inner, n) in pairwise(steps[:-1]))


def folded(tensor1, tensor2):
    """Return a batched product as one product of matrices, or of a matrix and a vector."""
    swap = tensor2.ndim > tensor1.ndim
    large = traced.transpose(tensor2, -2, -1) if swap else tensor1
    small = tensor2 if not swap else traced.t(tensor1) if tensor1.ndim == 2 else tensor1
    *lead, inner = large.shape
    rows = traced.reshape(large, (prod(lead), inner))
    if small.ndim == 1:
        return traced.unsafe_view(traced.mv(rows, small), tuple(lead))
    output = traced.unsafe_view(traced.mm(rows, small), (*lead, small.shape[1]))
    return traced.contiguous(traced.transpose(output, -2, -1)) if swap else output


def batched(tensor1, tensor2):
    """Return a product of broadcast batches of matrices."""
    shape1, shape2 = tuple(tensor1.shape), tuple(tensor2.shape)
    if len(shape1) == 3 and len(shape2) == 3 and shape1[0] != shape2[0]:
        if shape1[0] == 1 and tensor1.requires_grad:
            return matmul(traced.squeeze_dim(tensor1, 0), tensor2)
        if shape2[0] == 1 and tensor2.requires_grad:
            return matmul(tensor1, traced.squeeze_dim(tensor2, 0))
    rows = shape1[-2] if len(shape1) > 1 else 1
    is_vector = len(shape2) == 1
    lead = broadcast_shapes(shape1[:-2], shape2[:-2])
    count = prod(lead)
    left = traced.expand(tensor1, (*lead, rows, shape1[-1]))
    left = traced.reshape(left, (count, rows, shape1[-1]))
    if is_vector:
        right = traced.reshape(traced.expand(tensor2, (*lead, shape2[0])), (count, shape2[0]))
        result = traced.squeeze_dim(traced.bmm(left, traced.unsqueeze(right, 2)), -1)
    else:
        right = traced.reshape(traced.expand(tensor2, (*lead, *shape2[-2:])), (count, *shape2[-2:]))
        result = traced.bmm(left, right)
    tail = ((rows,) if len(shape1) > 1 else ()) + (() if is_vector else (shape2[-1],))
    return traced.unsafe_view(result, (*lead, *tail))


@composite(functions="matmul", methods="matmul __matmul__")
def matmul(self, other):
    """Multiply two tensors: vectors, matrices, or broadcast batches of matrices.

    Parameters
    ----------
    self, other : Tensor of at least one dimension

    Returns
    -------
    Tensor

    Notes
    -----
    Composed as PyTorch composes it: dot, mv and mm for up to two dimensions each; a batch times
    a matrix that requires grad is one mm of the folded batch; everything else is a bmm.

    Raises
    ------
    RuntimeError
        When the inner sizes differ or the batches do not broadcast.
    """
    n, m = self.ndim, other.ndim
    if n == 2 and m == 2:
        return traced.mm(self, other)
    if n == 0 or m == 0:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {n}D and {m}D"
        )
    if n == 1 and m == 1:
        return traced.dot(self, other)
    if n == 2 and m == 1:
        return traced.mv(self, other)
    if n == 1 and m == 2:
        row = traced.mm(traced.unsqueeze(self, 0), other)
        result = traced.squeeze_dim_inplace(row, 0)
        result._version_counter = [1]  # changed in place once, as PyTorch's
        return result
    if folds(self, other):
        return folded(self, other)
    return batched(self, other)


@composite(methods="__rmatmul__")
def rmatmul(self, other):
    """Return ``other @ self``.

    Parameters
    ----------
    self, other : Tensor

    Returns
    -------
    Tensor
    """
    return matmul(other, self)


FUNCTIONS["linalg"]["matmul"] = FUNCTIONS["torch"]["matmul"]
RAW.matmul = products.matmul
FUNCTIONS["torch"]["spmm"] = FUNCTIONS["torch"]["mm"]  # of a dense matrix it is the same
