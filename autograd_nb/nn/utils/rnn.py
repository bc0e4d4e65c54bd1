"""Sequences of different lengths: padded, packed, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from autograd_nb.core import dtypes
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

__all__ = [
    "PackedSequence",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class _Packed(NamedTuple):
    data: Any
    batch_sizes: Any
    sorted_indices: Any
    unsorted_indices: Any


class PackedSequence(_Packed):
    """The numbers of several sequences, time by time, without padding.

    Attributes
    ----------
    data : Tensor
        All time steps, one after the other.
    batch_sizes : Tensor
        How many sequences reach each time.
    sorted_indices, unsorted_indices : Tensor or None
        The order by falling length, and back.
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Any,
        batch_sizes: Any = None,
        sorted_indices: Any = None,
        unsorted_indices: Any = None,
    ) -> PackedSequence:
        """Return the four values, filling in the order back."""
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Return the sequence with ``data.to(...)``; itself if that changes nothing."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else self._replace(data=data)

    def cpu(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Return ``to(...)``: the sequence is on the CPU already."""
        return self.to(*args, **kwargs)

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Move to a CUDA device; raises what the tensors raise."""
        return self.to(*args, **{**kwargs, "device": "cuda"})

    def double(self) -> PackedSequence:
        """Return the sequence in float64."""
        return self.to(dtype=dtypes.float64)

    def float(self) -> PackedSequence:
        """Return the sequence in float32."""
        return self.to(dtype=dtypes.float32)

    def half(self) -> PackedSequence:
        """Return the sequence in float16."""
        return self.to(dtype=dtypes.float16)

    def long(self) -> PackedSequence:
        """Return the sequence in int64."""
        return self.to(dtype=dtypes.int64)

    def int(self) -> PackedSequence:
        """Return the sequence in int32."""
        return self.to(dtype=dtypes.int32)

    def short(self) -> PackedSequence:
        """Return the sequence in int16."""
        return self.to(dtype=dtypes.int16)

    def char(self) -> PackedSequence:
        """Return the sequence in int8."""
        return self.to(dtype=dtypes.int8)

    def byte(self) -> PackedSequence:
        """Return the sequence in uint8."""
        return self.to(dtype=dtypes.uint8)

    def pin_memory(self) -> PackedSequence:
        """Return the sequence with ``data.pin_memory()``."""
        return self._replace(data=self.data.pin_memory())

    @property
    def is_cuda(self) -> bool:
        """Whether the data is on a CUDA device."""
        return False

    def is_pinned(self) -> bool:
        """Return whether the data is in pinned memory."""
        return False


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """Return the permutation that undoes `permutation`."""
    return None if permutation is None else permutation.argsort()


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack a padded batch.

    Parameters
    ----------
    input : Tensor
        ``(L, N, ...)``, or ``(N, L, ...)`` if `batch_first`.
    lengths : Tensor or list of int
        Length of each sequence.
    batch_first : bool, default: False
        See `input`.
    enforce_sorted : bool, default: True
        Whether the lengths must fall; otherwise the sequences are sorted.

    Returns
    -------
    PackedSequence
    """
    if not isinstance(lengths, Tensor):
        lengths = T.tensor(lengths)
    lengths = lengths.to(dtypes.int64)
    sorted_indices = None
    if not enforce_sorted:
        lengths, sorted_indices = T.sort(lengths, descending=True)
        input = input.index_select(0 if batch_first else 1, sorted_indices)
    data, sizes = T.pack_padded_sequence(input, lengths, batch_first)
    return PackedSequence(data, sizes, sorted_indices, None)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the padded batch and the lengths.

    Parameters
    ----------
    sequence : PackedSequence
        What :func:`pack_padded_sequence` gave.
    batch_first : bool, default: False
        Whether the result is ``(N, L, ...)``.
    padding_value : float, default: 0.0
        What fills the gaps.
    total_length : int, optional
        Length of the result.

    Returns
    -------
    output : Tensor
    lengths : Tensor
    """
    longest = sequence.batch_sizes.size(0)
    if total_length is not None and total_length < longest:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in "
            f"input, but got total_length={total_length} and max sequence length being {longest}"
        )
    output, lengths = T.pad_packed_sequence(
        sequence.data, sequence.batch_sizes, batch_first, padding_value, total_length or -1
    )
    if sequence.unsorted_indices is not None:
        output = output.index_select(0 if batch_first else 1, sequence.unsorted_indices)
        lengths = lengths[sequence.unsorted_indices]
    return output, lengths


def pad_sequence(
    sequences: Iterable[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Stack sequences of different lengths, filling the gaps.

    Parameters
    ----------
    sequences : iterable of Tensor
        Each ``(L, ...)``.
    batch_first : bool, default: False
        Whether the result is ``(N, L, ...)`` instead of ``(L, N, ...)``.
    padding_value : float, default: 0.0
        What fills the gaps.
    padding_side : {"right", "left"}, default: "right"
        Where the gaps are.

    Returns
    -------
    Tensor
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            "pad_sequence: Expected iterable for input sequences, but got arg of type: "
            f"{type(sequences)}"
        )
    tensors = list(sequences)
    if not tensors:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(
            f"Expected padding_side to be one of left or right, but got {padding_side}."
        )
    longest = max(tensor.size(0) for tensor in tensors)
    padded = []
    for tensor in tensors:
        missing = longest - tensor.size(0)
        if missing:
            gap = T.full((missing, *tensor.shape[1:]), padding_value, dtype=tensor.dtype)
            tensor = T.cat([gap, tensor] if padding_side == "left" else [tensor, gap], 0)
        padded.append(tensor)
    return T.stack(padded, 0 if batch_first else 1)


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False
) -> list[Tensor]:
    """Return the sequences of a padded batch, cut to their lengths.

    Parameters
    ----------
    padded_sequences : Tensor
        ``(L, N, ...)``, or ``(N, L, ...)`` if `batch_first`.
    lengths : Tensor
        Length of each sequence.
    batch_first : bool, default: False
        See `padded_sequences`.

    Returns
    -------
    list of Tensor
    """
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    return [row[: int(length)] for row, length in zip(padded_sequences, lengths, strict=True)]


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """Return the sequences of a packed batch, in the order in which they were packed.

    Parameters
    ----------
    packed_sequences : PackedSequence
        What :func:`pack_sequence` gave.

    Returns
    -------
    list of Tensor
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack a list of sequences.

    Parameters
    ----------
    sequences : list of Tensor
        Each ``(L, ...)``.
    enforce_sorted : bool, default: True
        Whether the lengths must fall.

    Returns
    -------
    PackedSequence
    """
    lengths = [sequence.size(0) for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)
