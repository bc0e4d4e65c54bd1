"""From a list of examples to a batch."""

from __future__ import annotations

import collections.abc
from typing import Any

import numpy as np

from autograd_nb.core.dtypes import float64
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

__all__ = ["default_collate", "default_convert"]


def default_convert(data: Any) -> Any:
    """Return `data` with NumPy arrays turned into tensors.

    Parameters
    ----------
    data : object
        An array, or a nest of dictionaries and sequences of them.

    Returns
    -------
    object
    """
    if isinstance(data, Tensor | str | bytes):
        return data
    if isinstance(data, np.ndarray | np.generic):
        return data if data.dtype.kind in "SUO" else T.as_tensor(data)
    if isinstance(data, collections.abc.Mapping):
        return type(data)({key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, tuple):
        return [default_convert(value) for value in data]
    if isinstance(data, collections.abc.Sequence):
        return [default_convert(value) for value in data]
    return data


def default_collate(batch: Any) -> Any:
    """Return a batch: tensors stacked, numbers as tensors, containers element by element.

    Parameters
    ----------
    batch : list
        Examples of the same structure.

    Returns
    -------
    object

    Raises
    ------
    RuntimeError
        If sequences in it differ in length.
    TypeError
        If it holds something that cannot be put together.
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return T.stack(list(batch), 0)
    if isinstance(first, np.ndarray):
        if first.dtype.kind in "SUO":
            raise TypeError(_complaint(first.dtype))
        return default_collate([T.as_tensor(value) for value in batch])
    if isinstance(first, np.generic):
        return T.as_tensor(np.asarray(batch))
    if isinstance(first, float):
        return T.tensor(batch, dtype=float64)
    if isinstance(first, int):
        return T.tensor(batch)
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, collections.abc.Mapping):
        collated = {key: default_collate([example[key] for example in batch]) for key in first}
        return collated if type(first) is dict else type(first)(collated)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*map(default_collate, zip(*batch, strict=True)))
    if isinstance(first, collections.abc.Sequence):
        if any(len(example) != len(first) for example in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [default_collate(column) for column in zip(*batch, strict=True)]
        return columns if isinstance(first, tuple) else type(first)(columns)  # type: ignore[call-arg]
    raise TypeError(_complaint(type(first)))


def _complaint(kind: Any) -> str:
    return (
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {kind}"
    )
