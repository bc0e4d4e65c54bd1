"""`torch.Size`: a tuple of lengths that knows its name and its product."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any


class Size(tuple[int, ...]):
    """The shape of a tensor."""

    __slots__ = ()

    def __new__(cls, lengths: Iterable[Any] = ()) -> Size:
        """Return the size of whole numbers, which may be tensors or NumPy's."""
        found = tuple(lengths)
        if not all(type(length) is int for length in found):
            found = tuple(_length(length, place) for place, length in enumerate(found))
        return tuple.__new__(cls, found)

    def numel(self) -> int:
        """Return the number of elements."""
        product = 1
        for length in self:
            product *= length
        return product

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    __str__ = __repr__

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return trusted(found) if isinstance(index, slice) else found

    def __add__(self, other: Any) -> Any:
        return Size(tuple.__add__(self, tuple(other)))

    def __radd__(self, other: Any) -> Any:
        return Size(tuple(other) + tuple(self))

    def __mul__(self, times: Any) -> Any:
        return trusted(tuple.__mul__(self, times))

    __rmul__ = __mul__


def _length(value: Any, place: int) -> int:
    """Return a length given as a whole number of any kind.

    Raises
    ------
    TypeError
        If it is none; a tensor of more than one dimension, or of other numbers, is none either.
    """
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(
            f"torch.Size() takes an iterable of 'int' (item {place} is '{type(value).__name__}')"
        ) from None


# A size of lengths that are known to be whole numbers: a shape is asked for all the time.
trusted: Callable[[Iterable[int]], Size] = partial(tuple.__new__, Size)
