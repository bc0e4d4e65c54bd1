"""Rows looked up by number: embedding, embedding_bag, one_hot."""

import numpy as np

from ..core import pool
from ..core.tensor import Tensor, wrap
from ..core.warn import warn
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .scatter_kernels import add_rows
from .sizes import all_within, legacy_type

INDEX = {"dtype": "int64", "low": 0}


def check_rows(indices, count):
    """Raise PyTorch's error for row numbers that are not there."""
    if not all_within(indices, count):
        raise IndexError("index out of range in self")


@op(
    node="EmbeddingBackward0",
    kind="linear",
    tensors="indices",
    functions="embedding_rows",
    public=False,
)
class embedding_rows:
    r"""Return the rows of a matrix that indices name.

    Parameters
    ----------
    weight : Tensor of shape (n, d)
    indices : Tensor of int, any shape
    padding_idx : int
        Row that gets no gradient; -1 for none.
    scale_grad_by_freq : bool
        Divide a row's gradient by how often it was read.

    Notes
    -----
    .. math:: grad_{weight,r} = \sum_{i:\, indices_i = r} g_i
    """

    def forward(weight, indices, padding_idx=-1, scale_grad_by_freq=False):
        if weight.ndim != 2:
            raise RuntimeError("'weight' must be 2-D")
        if indices.dtype not in (np.int64, np.int32):
            raise RuntimeError(
                "Expected tensor for argument #1 'indices' to have one of the following scalar "
                f"types: Long, Int; but got {legacy_type(indices)} instead (while checking "
                "arguments for embedding)"
            )
        check_rows(indices, weight.shape[0])
        return weight.take(indices, 0)

    def vjp_weight(F, grad_output, indices, weight_shape, padding_idx, scale_grad_by_freq):
        return F.embedding_dense_backward(
            grad_output, indices, weight_shape[0], padding_idx, scale_grad_by_freq
        )

    saved = {
        "weight_sym_sizes": None,
        "weight_sym_argsize_0": ("weight_shape", lambda shape: shape[0]),
        "sparse": ("weight_shape", lambda shape: False),  # gradients are dense here
    }
    samples = [Sample(T(5, 3), T(2, 4, high=5, **INDEX)), Sample(T(5, 3), T(4, high=5, **INDEX), 1)]


@op(node="EmbeddingDenseBackwardBackward0", kind="linear", tensors="indices", public=False)
class embedding_dense_backward:
    r"""Add the rows of a cotangent at the rows that were read.

    Parameters
    ----------
    grad : Tensor of shape (..., d)
    indices : Tensor of int
    num_weights, padding_idx : int
    scale_grad_by_freq : bool

    Notes
    -----
    .. math:: grad_{grad,i} = g_{indices_i}, \quad 0 \text{ at the padding row}
    """

    def forward(grad, indices, num_weights, padding_idx=-1, scale_grad_by_freq=False):
        rows = np.reshape(indices, -1)
        values = np.reshape(grad, (rows.size, grad.shape[-1]))
        if padding_idx >= 0:
            kept = rows != padding_idx
            rows, values = rows[kept], values[kept]
        if scale_grad_by_freq:
            counts = np.bincount(rows, minlength=num_weights).astype(grad.dtype)
            values = values / counts[rows][:, None]
        result = pool.zeros((num_weights, grad.shape[-1]), grad.dtype)
        add_rows(result, rows, values)
        return result

    def vjp_grad(F, grad_output, indices, padding_idx, scale_grad_by_freq):
        if scale_grad_by_freq:
            raise RuntimeError(
                "embedding_backward: scale_grad_by_freq not supported with create_graph=True"
            )
        rows = F.index_select(grad_output, 0, F.reshape(indices, (-1,)))
        if padding_idx >= 0:
            rows = F.masked_fill_number(rows, F.reshape(indices == padding_idx, (-1, 1)), 0)
        return F.reshape(rows, (*indices.shape, grad_output.shape[1]))

    samples = [Sample(T(4, 3), T(4, high=5, **INDEX), 5)]


@composite(functions="embedding", namespaces="nn.functional")
def embedding(
    input,
    weight,
    padding_idx=None,
    max_norm=None,
    norm_type=2.0,
    scale_grad_by_freq=False,
    sparse=False,
):
    """Return the rows of a matrix that indices name.

    Parameters
    ----------
    input : Tensor of int, any shape
    weight : Tensor of shape (n, d)
    padding_idx : int, optional
        Row that gets no gradient.
    max_norm : float, optional
        Rows that are read and longer than this are shortened first, in place.
    norm_type : float, default 2
        Which norm measures the length.
    scale_grad_by_freq : bool, default False
        Divide a row's gradient by how often it was read.
    sparse : bool, default False
        Accepted; gradients are dense.

    Returns
    -------
    Tensor of shape (*input.shape, d)
    """
    if padding_idx is not None:
        count = weight.shape[0]
        if not -count <= padding_idx < count:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx = padding_idx % count
    else:
        padding_idx = -1
    if max_norm is not None:
        shorten_rows(weight, input._array, max_norm, norm_type)
    return traced.embedding_rows(weight, input, padding_idx, scale_grad_by_freq)


@composite(functions="embedding")
def embedding_torch(weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False):
    """Return the rows of a matrix that indices name.

    Parameters
    ----------
    weight : Tensor of shape (n, d)
    indices : Tensor of int, any shape
    padding_idx : int, default -1
        Row that gets no gradient; -1 for none.
    scale_grad_by_freq, sparse : bool, default False

    Returns
    -------
    Tensor of shape (*indices.shape, d)
    """
    return traced.embedding_rows(weight, indices, padding_idx, scale_grad_by_freq)


def shorten_rows(weight, indices, max_norm, norm_type):
    """Scale the named rows down, in place, to a largest norm; the version counter notices."""
    array = weight._nd()
    rows = np.unique(indices)
    check_rows(rows, array.shape[0])
    lengths = np.linalg.norm(array[rows], norm_type, axis=1)
    long = lengths > max_norm
    if long.any():
        array[rows[long]] *= (max_norm / (lengths[long] + 1e-7))[:, None].astype(array.dtype)
        weight._bump_version("embedding_renorm_")


def check_bag_rows(indices, count, plain):
    """Raise PyTorch's error for row numbers that are not there; its fast sums have their own."""
    if all_within(indices, count):
        return
    wrong = np.flatnonzero((indices < 0) | (indices >= count))[0]
    if plain:
        raise RuntimeError(
            f"Index {wrong} of input takes value {indices[wrong]} which is not in the valid range "
            f"[0, {count})"
        )
    raise RuntimeError(
        "embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be "
        f"{indices[wrong]}"
    )


def check_bag_types(weight, input, offsets, per_sample_weights):
    """Raise PyTorch's error for dtypes that bags do not have."""
    whole = (np.int64, np.int32)
    for name, tensor, kinds, listed in (
        ("indices", input, whole, "Long, Int"),
        ("indices", offsets, whole, "Long, Int"),  # PyTorch calls both by this name
        ("weight", weight, (np.float16, np.float32, np.float64), "Half, BFloat16, Float, Double"),
    ):
        if tensor._array.dtype not in kinds:
            raise RuntimeError(
                f"Expected tensor for argument #1 '{name}' to have one of the following scalar "
                f"types: {listed}; but got {legacy_type(tensor._array)} instead (while checking "
                "arguments for embedding_bag)"
            )
    if per_sample_weights is not None and per_sample_weights.dtype != weight.dtype:
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have the same type as tensor for argument "
            f"#1 'per_sample_weights'; but type {weight.type()} does not equal "
            f"{per_sample_weights.type()} (while checking arguments for embedding_bag)"
        )


def check_bag_starts(starts, count, include_last_offset):
    """Raise PyTorch's error for places where no bag can start."""
    if include_last_offset and not starts.size:
        raise RuntimeError("include_last_offset: number of offset should be at least 1")
    if not starts.size:
        return
    if starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
            f"position 0. However, got {starts[0]}"
        )
    if starts[-1] > count:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {count} but got offsets[-1] of "
            f"{starts[-1]}"
        )
    if (np.diff(starts) < 0).any():
        raise RuntimeError(
            "Expected i < index_size to be true, but got false.  (Could this error message be "
            "improved?  If so, please report an enhancement request to PyTorch.)"
        )


@op(
    node="EmbeddingBagBackward0",
    kind="bilinear",
    tensors="indices offsets",
    aux="bags counts top",
    inputs="weight per_sample_weights",
    public=False,
)
class embedding_bag_rows:
    """Sum, average or maximize rows of a matrix in bags.

    Parameters
    ----------
    weight : Tensor of shape (n, d)
    indices : Tensor of int, a vector
    offsets : Tensor of int
        Where each bag starts.
    mode : {"sum", "mean", "max"}
    per_sample_weights : Tensor or None
        Factors, for sums only.
    padding_idx : int
        Row that counts for nothing; -1 for none.
    by_frequency : bool
        Divide a row's gradient by how often rows are read, see `frequencies`.

    Notes
    -----
    A row's gradient sums over the places that read it; a mean divides by the bag's size.
    """

    def forward(
        weight,
        indices,
        offsets,
        mode,
        per_sample_weights=None,
        padding_idx=-1,
        by_frequency=False,
    ):
        check_bag_rows(indices, weight.shape[0], plain=mode != "max" and padding_idx < 0)
        n_bags = offsets.size
        bags = np.repeat(np.arange(n_bags), np.diff(np.append(offsets, indices.size)))
        rows = weight.take(indices, 0)
        used = np.ones(indices.size, bool) if padding_idx < 0 else indices != padding_idx
        counts = np.bincount(bags[used], minlength=n_bags)
        if per_sample_weights is not None:
            rows = rows * per_sample_weights[:, None]
        result = np.zeros((n_bags, weight.shape[1]), weight.dtype)
        top = np.zeros((0, 0), np.int64)
        if mode == "max":
            top = largest_rows(rows, bags, used, n_bags)
            filled = top >= 0
            result[filled] = rows[top[filled], np.nonzero(filled)[1]]
        else:
            add_rows(result, bags[used], rows[used])
            if mode == "mean":
                result /= np.maximum(counts, 1)[:, None].astype(weight.dtype)
        return result, np.where(used, bags, -1), counts, top

    def vjp(
        F,
        grad_output,
        weight,
        indices,
        mode,
        per_sample_weights,
        padding_idx,
        by_frequency,
        bags,
        counts,
        top,
        needs,
    ):
        grad_weight, grad_factors = bag_gradients(
            F, grad_output, weight, indices, mode, per_sample_weights, bags, counts, top, needs
        )
        if by_frequency:
            often = frequencies(F.value(indices), weight.shape[0])
            grad_weight = grad_weight / F.constant(often.astype(F.value(weight).dtype))
        return grad_weight, grad_factors

    samples = [
        Sample(T(5, 3), T(6, high=5, **INDEX), T.of([0, 2, 2, 5]), mode, None, -1)
        for mode in ("sum", "mean", "max")
    ]


def frequencies(indices, rows):
    """Return what PyTorch divides the gradients of a bag's rows by, as a column.

    For the i-th different row PyTorch 2.13 takes the frequency of the i-th smallest index, of
    which some are the same row: not always the row's own frequency.
    """
    different = np.unique(indices)
    found = np.ones((rows, 1), np.int64)
    found[different, 0] = np.bincount(indices)[np.sort(indices)[: different.size]]
    return found


def largest_rows(rows, bags, used, n_bags):
    """Return for each bag and column which row is largest; -1 in an empty bag."""
    top = np.full((n_bags, rows.shape[1]), -1)
    for b in range(n_bags):
        members = np.flatnonzero((bags == b) & used)
        if members.size:
            top[b] = members[np.argmax(rows[members], 0)]
    return top


def bag_gradients(F, grad, weight, indices, mode, per_sample_weights, bags, counts, top, needs):
    """Return the gradients of the matrix and of the factors."""
    count = weight.shape[0]
    if mode == "max":
        chosen, places = F.value(indices), F.value(top)
        filled = places >= 0
        flat = chosen[places[filled]] * weight.shape[1] + np.nonzero(filled)[1]
        picked = F.index_select(F.reshape(grad, (-1,)), 0, F.constant(np.flatnonzero(filled)))
        whole = F.put(F.zeros(weight.shape, F.value(weight).dtype), F.constant(flat), picked, True)
        return whole, None
    inside = F.value(bags) >= 0
    places = F.constant(np.where(inside, F.value(bags), 0))
    if mode == "mean":
        sizes = np.maximum(F.value(counts), 1).astype(F.value(grad).dtype)
        grad = grad / F.constant(sizes[:, None])
    rows = F.index_select(grad, 0, places) * F.constant(inside[:, None].astype(F.value(grad).dtype))
    grad_factors = None
    if needs[1]:
        read = F.index_select(weight, 0, indices)
        grad_factors = F.sum_dim(rows * read, (1,), False)
    if per_sample_weights is not None:
        rows = rows * F.unsqueeze(per_sample_weights, 1)
    return F.embedding_dense_backward(rows, indices, count), grad_factors


@composite(functions="embedding_bag", namespaces="nn.functional")
def embedding_bag(
    input,
    weight,
    offsets=None,
    max_norm=None,
    norm_type=2,
    scale_grad_by_freq=False,
    mode="mean",
    sparse=False,
    per_sample_weights=None,
    include_last_offset=False,
    padding_idx=None,
):
    """Sum, average or maximize rows of a matrix in bags, without keeping the rows.

    Parameters
    ----------
    input : Tensor of int
        One bag in each row, or a vector with `offsets`.
    weight : Tensor of shape (n, d)
    offsets : Tensor of int, optional
        Where each bag starts.
    max_norm, norm_type
        As for `embedding`.
    scale_grad_by_freq : bool, default False
        Divide a row's gradient by how often the row is read; not for ``mode="max"``.
    sparse : bool, default False
        Accepted; gradients are dense.
    mode : {"mean", "sum", "max"}
    per_sample_weights : Tensor, optional
        Factors, for ``mode="sum"``.
    include_last_offset : bool, default False
        The last offset is the end of the last bag.
    padding_idx : int, optional
        Row that counts for nothing.

    Returns
    -------
    Tensor of shape (bags, d)
    """
    if weight.dtype.numpy == np.int64 and input.is_floating_point():
        warn(
            "Argument order of nn.functional.embedding_bag was changed. Usage "
            "`embedding_bag(weight, input, ...)` is deprecated, and should now be "
            "`embedding_bag(input, weight, ...)`.",
        )
        weight, input = input, weight
    if per_sample_weights is not None and per_sample_weights.shape != input.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then "
            f"it must have the same shape as the input ({input.shape})"
        )
    if weight.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}")
    in_rows = input.ndim == 2
    if in_rows:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch "
                f"of fixed length sequences. However, found offsets of type {type(offsets)}"
            )
        offsets = wrap(np.arange(0, input._array.size, max(input.shape[1], 1)))
        input = traced.reshape(input, (-1,))
        if per_sample_weights is not None:
            per_sample_weights = traced.reshape(per_sample_weights, (-1,))
    elif input.ndim == 1:
        if not isinstance(offsets, Tensor):
            raise ValueError("offsets has to be a 1D Tensor but got None")
        if offsets.ndim != 1:
            raise ValueError("offsets has to be a 1D Tensor")
    else:
        raise ValueError(
            f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}"
        )
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if scale_grad_by_freq and mode == "max":
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
            f"for mode='sum' (got mode='{mode}'). Please open a feature request on GitHub."
        )
    if max_norm is not None:
        shorten_rows(weight, input._array, max_norm, norm_type)
    rows = weight.shape[0]
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, {-rows} through {rows - 1}, but "
            f"got {padding_idx}"
        )
    padding = -1 if padding_idx is None else padding_idx % rows
    check_bag_types(weight, input, offsets, per_sample_weights)
    ends_given = include_last_offset and not in_rows
    check_bag_starts(offsets._array, input.shape[0], ends_given)
    if ends_given:
        offsets = traced.slice_(offsets, 0, 0, offsets.shape[0] - 1, 1)
    if not offsets.shape[0]:
        input = traced.slice_(input, 0, 0, 0, 1)  # no bag takes them
    return traced.embedding_bag_rows(
        weight, input, offsets, mode, per_sample_weights, padding, scale_grad_by_freq
    )


@composite(functions="one_hot", namespaces="nn.functional")
def one_hot(tensor, num_classes=-1):
    """Return rows of zeros with a one at the place that each number names.

    Parameters
    ----------
    tensor : Tensor of int64
    num_classes : int, default -1
        Width of the rows; one more than the largest number if negative.

    Returns
    -------
    Tensor of int64, of shape (*tensor.shape, num_classes)
    """
    array = tensor._array
    if array.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if array.size == 0 and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    if array.size and array.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    width = num_classes
    if num_classes < 0:
        width = int(array.max()) + 1
    elif array.size and array.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return wrap((np.asarray(array)[..., None] == np.arange(width)).astype(np.int64))


@composite(functions="embedding_bag")
def embedding_bag_torch(
    weight,
    indices,
    offsets,
    scale_grad_by_freq=False,
    mode=0,
    sparse=False,
    per_sample_weights=None,
    include_last_offset=False,
    padding_idx=None,
):
    """Sum (0), average (1) or maximize (2) rows of a matrix in bags, and say how.

    Parameters
    ----------
    weight : Tensor of shape (n, d)
    indices : vector of int
    offsets : vector of int
        Where each bag starts.
    scale_grad_by_freq, sparse, per_sample_weights, include_last_offset, padding_idx
        As for `nn.functional.embedding_bag`.
    mode : {0, 1, 2}

    Returns
    -------
    result : Tensor of shape (bags, d)
    offset2bag, bag_size, max_indices : Tensor of int
        The bag of each index, the indices of each bag, and the rows that are largest; only what
        the gradient of this mode needs is told.
    """
    kind = ("sum", "mean", "max")[mode]
    result = traced.embedding_bag(
        indices, weight, offsets, None, 2, scale_grad_by_freq, kind, sparse,
        per_sample_weights, include_last_offset, padding_idx,
    )  # fmt: skip
    n_bags, dtype = result.shape[0], indices._array.dtype
    starts = offsets._nd()[:n_bags]
    bags = np.repeat(np.arange(n_bags), np.diff(np.append(starts, indices._array.size)))
    padding = -1 if padding_idx is None else padding_idx % weight.shape[0]
    used = indices._nd() != padding
    counts = np.bincount(bags[used], minlength=n_bags)
    largest = counts
    if kind == "max":
        top = largest_rows(weight._nd()[indices._nd()], bags, used, n_bags)
        largest = np.where(top >= 0, indices._nd()[top], 0)
    elif kind == "sum":
        largest = counts = np.zeros(n_bags, dtype)
        if padding_idx is None and weight._array.dtype.itemsize <= 4:  # PyTorch's faster kernel
            bags = np.zeros(0, dtype)
    return result, *(wrap(found.astype(dtype)) for found in (bags, counts, largest))
