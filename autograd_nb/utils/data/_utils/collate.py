"""From a list of examples to a batch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from autograd_nb.core.dtypes import float64
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

__all__ = ["collate", "default_collate", "default_collate_fn_map", "default_convert"]

NOT_NUMBERS = "SUO"


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
        return data if data.dtype.kind in NOT_NUMBERS else T.as_tensor(data)
    if isinstance(data, Mapping):
        return _mapping(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, Sequence):
        return _sequence(data, [default_convert(value) for value in data])
    return data


def collate(batch: Any, *, collate_fn_map: Mapping[Any, Callable[..., Any]] | None = None) -> Any:
    """Return a batch: containers element by element, all else by the function of its type.

    Parameters
    ----------
    batch : list
        Examples of the same structure.
    collate_fn_map : mapping, optional
        From a type, or a tuple of types, to a function of a batch of such elements and, by keyword,
        of this mapping.

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
    if collate_fn_map:
        kinds = [type(first)] if type(first) in collate_fn_map else collate_fn_map
        for kind in kinds:
            if isinstance(first, kind):
                return collate_fn_map[kind](batch, collate_fn_map=collate_fn_map)

    def together(parts: Any) -> Any:
        return collate(parts, collate_fn_map=collate_fn_map)

    if isinstance(first, Mapping):
        found = {key: together([example[key] for example in batch]) for key in first}
        return _mapping(first, found)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*map(together, zip(*batch, strict=True)))
    if isinstance(first, Sequence):
        if any(len(example) != len(first) for example in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        return _sequence(first, [together(column) for column in zip(*batch, strict=True)])
    raise TypeError(_complaint(type(first)))


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
    return collate(batch, collate_fn_map=default_collate_fn_map)


def _mapping(like: Any, items: dict[Any, Any]) -> Any:
    """Return items in a mapping of the same kind, or as they are where none can be made."""
    try:
        if not isinstance(like, MutableMapping):
            return type(like)(items)
        copied = copy.copy(like)  # it may keep more than its items
        copied.update(items)
    except TypeError:
        return items
    return copied


def _sequence(like: Any, values: list[Any]) -> Any:
    """Return values in a sequence of the same kind; instead of tuples there are lists."""
    if isinstance(like, tuple):
        return values
    try:
        if not isinstance(like, MutableSequence):
            return type(like)(values)
        copied = copy.copy(like)
        for place, value in enumerate(values):
            copied[place] = value
    except TypeError:
        return values
    return copied


def _complaint(kind: Any) -> str:
    return (
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {kind}"
    )


def _tensors(batch: Any, *, collate_fn_map: Any = None) -> Tensor:
    return T.stack(list(batch), 0)


def _arrays(batch: Any, *, collate_fn_map: Any = None) -> Any:
    if batch[0].dtype.kind in NOT_NUMBERS:
        raise TypeError(_complaint(batch[0].dtype))
    return collate([T.as_tensor(value) for value in batch], collate_fn_map=collate_fn_map)


def _array_scalars(batch: Any, *, collate_fn_map: Any = None) -> Tensor:
    return T.as_tensor(np.asarray(batch))


def _floats(batch: Any, *, collate_fn_map: Any = None) -> Tensor:
    return T.tensor(batch, dtype=float64)


def _integers(batch: Any, *, collate_fn_map: Any = None) -> Tensor:
    return T.tensor(batch)


def _texts(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return batch


default_collate_fn_map: dict[Any, Callable[..., Any]] = {
    Tensor: _tensors,
    np.ndarray: _arrays,
    (np.bool_, np.number, np.object_): _array_scalars,
    float: _floats,
    int: _integers,
    str: _texts,
    bytes: _texts,
}
"""How batches of each type are put together; one may add types of one's own."""
