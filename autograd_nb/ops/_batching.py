"""Batching rules: how an operation is carried out on all examples at once.

A rule gets one operation on batched tensors (`Batch`) and its arguments, and returns what the
operation gives on ordinary tensors that have one dimension per level in front; see
Note [Batched tensors]. Elementwise operations have their rule by their kind; the others are
listed by what their arguments are, those of indices and of layers in files beside this one. What
is not listed runs one example after the other.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..core.batch import RULES, Batch, Batched, Rule, Unbatchable, common_dtype, warn_slow
from ..core.tensor import Tensor, wrap
from .namespaces import T
from .registry import TABLE
from .sizes import wrap_dim

DIMENSIONS = {"dim", "dims", "dim0", "dim1", "dim2", "dimension"}
Values = list[Any]


def rule(names: str) -> Any:
    """Make a function the rule of some records."""

    def make(function: Rule) -> Rule:
        for name in names.split():
            if name in RULES:
                raise TypeError(f"{name} has a batching rule")
            RULES[name] = function
        return function

    return make


def tensor_positions(b: Batch, values: Values) -> list[int]:
    """Return the positions of the arguments that are tensors."""
    return [p for p in b.op.tensor_positions if isinstance(values[p], Tensor)]


def refuse(b: Batch, values: Values) -> Any:
    """Let the operation itself refuse an example of which the rule knows that it does not fit."""
    shaped = [
        wrap(np.zeros(tuple(v.shape), v._array.dtype)) if isinstance(v, Tensor) else v
        for v in values
    ]
    return Batch(b.op, (), b.inplace).run(shaped)


def raise_slow(b: Batch) -> None:
    """Leave a case without a rule to the loop over examples."""
    warn_slow(b.op.public_name)
    raise Unbatchable(b.op.name)


# -- elementwise ---------------------------------------------------------------------------------
def elementwise(b: Batch, values: Values) -> Any:
    """Align the examples' dimensions from the right, as broadcasting does, behind the batch."""
    tensors = tensor_positions(b, values)
    ndim = max(values[p].ndim for p in tensors)
    kinds = {values[p]._array.dtype for p in tensors}
    scalars = any(isinstance(values[p], Batched) and values[p].ndim == 0 for p in tensors)
    if scalars and len(kinds) > 1 and b.op.promote_positions and not b.inplace:
        # A 0-d example counts less in promotion; a batch of them would count in full.
        common = common_dtype([values[p] for p in b.op.promote_positions])
        for p in b.op.promote_positions:
            if isinstance(values[p], Tensor):
                values[p] = values[p].to(common)
    for p in tensors:
        if isinstance(values[p], Batched):
            values[p] = b.front(values[p], ndim)
    return b.run(values)


def alike(b: Batch, values: Values) -> Any:
    """Run with the batch in front of every tensor: they have one shape, or only the end counts."""
    for p in tensor_positions(b, values):
        values[p] = b.full(values[p])
    return b.run(values)


rule(
    """
    keep drop tanh_backward sigmoid_backward rrelu_backward
    avg_pool2d_backward avg_pool3d_backward
    adaptive_avg_pool2d_backward adaptive_avg_pool3d_backward
    max_pool2d_backward max_pool3d_backward adaptive_max_pool2d_backward
    adaptive_max_pool3d_backward fractional_max_pool2d_backward fractional_max_pool3d_backward
    reflect_pad1d_backward replicate_pad1d_backward reflect_pad2d_backward replicate_pad2d_backward
    reflect_pad3d_backward replicate_pad3d_backward
    max_unpool2d_record max_unpool3d_record
    fill_uniform fill_normal fill_exponential fill_cauchy fill_log_normal fill_geometric
    fill_bernoulli fill_bernoulli_each fill_random_range fill_random_to fill_random
    drawn_bernoulli drawn_poisson drawn_normal_of_mean drawn_normal_of_std drawn_normal_of_both
    """
)(alike)


@rule("as_strided_view as_strided_own")
def strided(b: Batch, values: Values) -> Any:
    """Lay the same view into the memory of each example, which lies like that of all others."""
    x, size, stride, offset, (_, _, at) = values
    whole = b.full(x)
    n, begin = len(b.sizes), whole.storage_offset()
    own = tuple(whole.shape), tuple(whole.stride()), begin
    steps = whole.stride()[:n]
    return b.run([whole, (*b.sizes, *size), (*steps, *stride), begin + offset - at, own])


@rule("copy")
def copied(b: Batch, values: Values) -> Any:
    """Broadcast what is copied to the examples."""
    x, source, *rest = values
    return b.run([b.full(x), b.front(source, x.ndim), *rest])


rule(" ".join(n for n, op in TABLE.items() if op.kind == "elementwise" and n not in RULES))(
    elementwise
)
rule(
    """
    add sub rsub_tensor rsub_scalar mul mul_scalar add_scalar sub_scalar div_scalar neg lerp_scalar
    deg2rad rad2deg cast clone alias conj_complex conj_physical complex view_as_real
    leaky_relu_backward where_select masked_fill_number fill_scalar
    refill_scalar zero isclose eq ne lt le gt ge bitwise_and bitwise_or bitwise_xor
    bitwise_not bitwise_left_shift bitwise_right_shift gcd lcm isnan isinf isfinite isposinf
    isneginf isreal signbit logical_not logical_and logical_or logical_xor special_airy_ai
    special_bessel_j0 special_bessel_j1 special_bessel_y0 special_bessel_y1
    special_modified_bessel_i0 special_modified_bessel_i1 special_modified_bessel_k0
    special_modified_bessel_k1 special_scaled_modified_bessel_k0 special_scaled_modified_bessel_k1
    special_spherical_bessel_j0
    """
)(elementwise)


@rule("masked_fill_tensor fill_tensor refill_tensor")
def filled(b: Batch, values: Values) -> Any:
    """Fill with a number of each example's own."""
    if not isinstance(values[-1], Batched):
        return elementwise(b, values)
    mask = values[1] if b.op.name == "masked_fill_tensor" else T.ones_like(values[0]) > 0
    found = T.where(mask, values[-1].to(values[0].dtype), values[0])
    if b.inplace:
        return T.copy_(b.full(values[0]), b.full(found))
    return b.full(found)


# -- operations on dimensions --------------------------------------------------------------------
INSERTING = {"unsqueeze", "unsqueeze_own", "stack", "diag_embed"}
FLATTENING = {"argmax", "argmin", "aminmax", "roll"}  # without a dimension they see one row

KEEPING = {"flip", "squeeze_dims", "squeeze_dims_own", "cross_record"}  # () is no dimension
SYSTEMS = {  # their operands broadcast in front of the matrices
    "solve_record", "solve_triangular_record", "cholesky_solve", "lu_solve_record", "cdist_record",
    "euclidean_record", "cross_record",
}  # fmt: skip


def shifted(b: Batch, values: Values) -> Any:
    """Count dimensions from behind the batch, and put the batch in front of every shape."""
    params, first = b.op.params, values[0]
    if type(first) in (list, tuple):
        first = first[0]
    rank = first.ndim
    for name in ("shape", "sizes"):
        if name in params:
            p = b.op.positions[name]
            if b.op.name.endswith("_backward"):
                rank = len(values[p])
            values[p] = (*b.sizes, *values[p])
    named = [p for p, name in enumerate(params) if name in DIMENSIONS]
    scalar = rank == 0 and bool(named) and b.op.name not in INSERTING
    lowest = 1 if scalar else -1
    tensors = tensor_positions(b, values)
    ranks = dict.fromkeys(tensors, lowest)
    if b.op.name in SYSTEMS:
        # A vector of the right side, or of pivots, has one dimension less than its matrix.
        vectors = b.op.name == "solve_record" and values[2]
        less = {p: int(b.op.params[p] == "pivots" or vectors) for p in tensors}
        less[0] = 0
        most = max(values[p].ndim + less[p] for p in tensors)
        ranks = {p: most - less[p] for p in tensors}
        rank = most
    for p in tensors:
        values[p] = b.full(values[p], ranks[p])
    if b.op.list_position is not None:
        values[b.op.list_position] = [b.full(x, lowest) for x in values[b.op.list_position]]
    if scalar and b.op.view:
        refuse(b, [first, *values[1:]])
    rank = max(rank, 1) if scalar else rank
    span = rank + (b.op.name in INSERTING)
    restored, k = None, len(b.sizes)
    for p in named:
        dim = values[p]
        if dim is None or (dim == () and b.op.name not in KEEPING):
            if b.op.name in FLATTENING:
                x = values[0]
                restored = x._array.shape
                values[0] = T.reshape(x, (*b.sizes, x._array.size // max(prod(b.sizes), 1)))
                values[p] = -1 if dim is None else (-1,)
            else:
                values[p] = tuple(range(k, k + rank))
        elif isinstance(dim, tuple | list):
            values[p] = tuple(k + wrap_dim(d, span) for d in dim)
        else:
            values[p] = k + wrap_dim(dim, span)
    found = b.run(values)
    if restored is not None:
        if b.op.name == "roll":
            return T.reshape(found, restored)
        if values[b.op.positions["keepdim"]]:
            ones = (*b.sizes, *(1,) * (len(restored) - k))
            return again(found, lambda x: T.reshape(x, ones))
    if scalar:
        return again(found, lambda x: T.squeeze_dim(x, k) if x.ndim > k else x)
    return found


def again(found: Any, function: Any) -> Any:
    """Apply a function to one result or to each of several."""
    if isinstance(found, Tensor):
        return function(found)
    return type(found)([function(part) for part in found])


rule(
    """
    sum_dim mean_dim prod_dim nansum linalg_vector_norm norm_record amax amin aminmax max_dim
    min_dim argmax argmin all any count_nonzero median_dim nanmedian_dim mode logsumexp var_dim
    std_dim var_mean_dim std_mean_dim kthvalue topk sort_plain sort_stable
    cumsum cumprod cummax cummin logcumsumexp flip roll rot90 softmax_record log_softmax_record
    softmax_backward log_softmax_backward safe_softmax glu glu_backward cross_record
    gather scatter_src
    scatter_value scatter_add scatter_combine scatter_reduce cat stack
    select select_backward slice_ slice_backward split_size split_with_sizes unbind diagonal
    diagonal_backward diagonal_copy diag_embed unfold_windows unfold_backward narrow_copy
    select_scatter slice_scatter diagonal_scatter transpose transpose_own unsqueeze unsqueeze_own
    squeeze_dim squeeze_dims squeeze_dim_own squeeze_dims_own squeeze_dim_inplace
    view unsafe_view reshape_alias tril triu constant_pad
    fft_c2c fft_r2c fft_c2r
    inv_record det slogdet_record cholesky_record cholesky cholesky_inverse cholesky_solve
    solve_triangular_record solve_record qr_record eigh_record eig_record svd_record matrix_exp
    pinv_record lu_factor_record lu_record lu_solve_record lu_unpack_record cdist_record
    euclidean_record
    pixel_shuffle pixel_unshuffle
    """
)(shifted)


@rule("permute")
def permuted(b: Batch, values: Values) -> Any:
    """Leave the batch in front; the dimensions are checked for one example."""
    x, dims = values
    if len(dims) != x.ndim:
        return refuse(b, values)
    k, n = len(b.sizes), x.ndim
    return T.permute(b.full(x), (*range(k), *(k + wrap_dim(d, n) for d in dims)))


@rule("expand")
def expanded(b: Batch, values: Values) -> Any:
    """Raise the example to the wanted rank, then repeat; -1 keeps a length."""
    x, shape = values[0], tuple(values[1])
    if len(shape) < x.ndim:
        return refuse(b, values)
    return T.expand(b.full(x, len(shape)), (*b.sizes, *shape))


@rule("t t_own")
def turned(b: Batch, values: Values) -> Any:
    """Swap the last two dimensions of an example that has two."""
    x = values[0]
    if x.ndim > 2:
        return refuse(b, values)
    return T.transpose(b.full(x), -2, -1) if x.ndim == 2 else T.alias(b.full(x))


@rule("squeeze_all squeeze_all_own")
def squeezed(b: Batch, values: Values) -> Any:
    """Remove the dimensions of length 1 of an example, never a batch of one."""
    x = values[0]
    dims = tuple(d - x.ndim for d, n in enumerate(x.shape) if n == 1)
    name = "squeeze_dims_own" if b.op.name.endswith("own") else "squeeze_dims"
    return getattr(T, name)(b.full(x), dims) if dims else T.alias(b.full(x))


@rule("repeat")
def repeated(b: Batch, values: Values) -> Any:
    """Repeat within each example."""
    x, repeats = values
    return T.repeat(b.full(x, len(repeats)), (*(1 for _ in b.sizes), *repeats))


# -- reductions over everything ------------------------------------------------------------------
def rows(b: Batch, x: Tensor) -> Tensor:
    """Return every example as one row."""
    value = b.full(x)
    return T.reshape(value, (*b.sizes, prod(value._array.shape[len(b.sizes) :])))  # type: ignore[no-any-return]


@rule("sum_all mean_all prod_all")
def totals(b: Batch, values: Values) -> Any:
    """Reduce every example's row."""
    x, dtype = values
    op = TABLE[b.op.name.replace("_all", "_dim")]
    dim = -1 if op.name == "prod_dim" else (-1,)
    return b.run([rows(b, x), dim, False, dtype], op)


@rule("max_all min_all median_all nanmedian_all trace dist")
def whole_rows(b: Batch, values: Values) -> Any:
    """Reduce every example's row by the operation along a dimension."""
    x, name = values[0], b.op.name
    if name == "trace":
        if x.ndim != 2:
            return refuse(b, values)
        return T.sum_dim(T.diagonal(b.full(x), 0, -2, -1), (-1,), False)
    if name == "dist":
        return b.full(T.linalg_vector_norm(values[0] - values[1], values[2]))
    return getattr(T, name.replace("_all", "_dim"))(rows(b, x), -1)[0]


# -- products ------------------------------------------------------------------------------------
RANKS = {"mm": (2, 2), "mv": (2, 1), "dot": (1, 1), "vdot": (1, 1), "bmm": (3, 3)}


@rule("mm mv dot vdot bmm")
def product(b: Batch, values: Values) -> Any:
    """Multiply stacks of matrices; a matrix that all examples share is multiplied once."""
    x, y = values
    name = b.op.name
    sizes, others = tuple(x.shape), tuple(y.shape)
    fits = (len(sizes), len(others)) == RANKS[name] and sizes[-1] == others[-len(others[-2:])]
    if not fits or (name == "bmm" and sizes[0] != others[0]) or x._array.dtype != y._array.dtype:
        refuse(b, values)
    if name in ("dot", "vdot"):
        return b.full(T.sum_dim((T.conj(x) if name == "vdot" else x) * y, (-1,), False))
    if name == "mv":
        if not isinstance(x, Batched):  # one product for all examples
            return T.matmul(b.front(y), T.t(x))
        return T.squeeze_dim(T.matmul(b.front(x), T.unsqueeze(b.front(y), -1)), -1)
    if name == "mm" and not isinstance(y, Batched):
        return T.matmul(b.front(x), y)
    if name == "mm" and not isinstance(x, Batched):
        found = T.matmul(T.transpose(b.front(y), -2, -1), T.t(x))
        return T.transpose(found, -2, -1)
    return T.matmul(b.front(x), b.front(y))


@rule("addmm addmv addr baddbmm addbmm")
def added_product(b: Batch, values: Values) -> Any:
    """Write the sum out: the product has a rule of its own."""
    name, (x, left, right, beta, alpha) = b.op.name, values
    if name == "addr":
        found = T.unsqueeze(left, 1) * right
    elif name == "addbmm":
        found = T.sum_dim(T.bmm(left, right), (0,), False)
    else:
        found = {"addmm": T.mm, "addmv": T.mv, "baddbmm": T.bmm}[name](left, right)
    found = found if alpha == 1 else found * alpha
    if beta != 0:
        found = found + (x if beta == 1 else x * beta)
    if b.inplace:
        return T.copy_(b.full(x), b.full(found))
    return b.full(found)
