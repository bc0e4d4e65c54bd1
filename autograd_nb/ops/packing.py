"""Sequences of different lengths as one tensor: padded to the longest, or packed time by time."""

import itertools

import numpy as np

from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import scalar_type, wrap_dim


def check_lengths(input, lengths, count):
    """Raise PyTorch's error unless lengths fall, and there is one for each sequence."""
    if not input.size:
        raise RuntimeError("Cannot pack empty tensors.")
    if lengths.ndim != 1 or lengths.dtype != np.int64:
        raise RuntimeError(
            "'lengths' argument should be a 1D CPU int64 tensor, but got "
            f"{lengths.ndim}D cpu {scalar_type(lengths)} tensor"
        )
    if len(lengths) != count:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(lengths)} "
            f"(batch_size={count})"
        )
    if lengths[-1] <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' "
            "that is <= 0"
        )
    if any(a < b for a, b in itertools.pairwise(lengths)):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. "
            "You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to "
            "sidestep this requirement if you do not need ONNX exportability."
        )


def packed_rows(sizes, count):
    """Return where each row of packed data lies among the rows of all times of all sequences."""
    return np.concatenate([t * count + np.arange(size) for t, size in enumerate(sizes)])


@op(
    node="PackPaddedSequenceBackward0",
    kind="linear",
    functions="_pack_padded_sequence",
    inputs="input",
    tensors="lengths",
    outputs="result result1",
)
class pack_padded_sequence:
    r"""Put the steps of padded sequences one after the other, time by time, without the padding.

    Parameters
    ----------
    input : Tensor of shape (times, sequences, ...)
        The sequences first if `batch_first`.
    lengths : Tensor of int64
        Of each sequence, falling.
    batch_first : bool

    Notes
    -----
    .. math:: grad_{input} = g \text{ at the steps that there are, 0 elsewhere}
    """

    def forward(input, lengths, batch_first):
        wrap_dim(1, input.ndim)
        wide = input.swapaxes(0, 1) if batch_first else input
        times, count = wide.shape[:2]
        check_lengths(input, lengths, count)
        # As in PyTorch, a length may be larger than what there is.
        sizes = np.add.reduce(lengths[:, None] > np.arange(lengths[0]), 0)
        rows = packed_rows(sizes[:times], count)
        return wide.reshape(times * count, *wide.shape[2:])[rows], sizes

    def vjp_input(F, grad_output0, input_shape, batch_first, result1):
        count, times = input_shape[:2] if batch_first else input_shape[1::-1]
        sizes = F.value(result1)[:times]
        rows = F.constant(packed_rows(sizes, count))
        zeros = F.zeros((times * count, *input_shape[2:]), F.value(grad_output0).dtype)
        wide = F.index_put(zeros, [rows], (0,), grad_output0, False)
        wide = F.reshape(wide, (times, count, *input_shape[2:]))
        return F.transpose(wide, 0, 1) if batch_first else wide

    samples = [
        Sample(T(4, 3, 2), T.of([4, 3, 1], "int64"), False),
        Sample(T(2, 3), T.of([3, 1], "int64"), True),
    ]


@composite(functions="_pad_packed_sequence")
def pad_packed_sequence(data, batch_sizes, batch_first, padding_value, total_length):
    """Return packed sequences with padding, and their lengths.

    Parameters
    ----------
    data : Tensor of shape (steps, ...)
    batch_sizes : Tensor of int64
        How many sequences reach each time.
    batch_first : bool
        The sequences are the first dimension of the result.
    padding_value : number
    total_length : int
        Of the result; the longest sequence's if not positive.

    Returns
    -------
    output, lengths : Tensor

    Raises
    ------
    RuntimeError
        If `total_length` is less than the longest sequence's.
    """
    sizes = batch_sizes.tolist()
    times, count = len(sizes), sizes[0]
    if 0 < total_length < times:
        raise RuntimeError(
            "Expected total_length to be at least the length of the longest sequence in "
            f"input, but got total_length={total_length} and max sequence length being {times}"
        )
    shape = (total_length if total_length > 0 else times, count, *data.shape[1:])
    output = traced.full(shape, padding_value, dtype=data.dtype)
    time = offset = 0
    for size, alike in itertools.groupby(sizes):
        steps = len(list(alike))
        part = data[offset : offset + size * steps].view(steps, size, *data.shape[1:])
        output[time : time + steps, :size] = part
        time, offset = time + steps, offset + size * steps
    lengths = traced.tensor([sum(size > i for size in sizes) for i in range(count)])
    return (output.transpose(0, 1) if batch_first else output), lengths
