"""Samplers: in which order a loader takes examples."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

from autograd_nb.core.dtypes import float64, int64
from autograd_nb.ops.namespaces import T

__all__ = [
    "BatchSampler",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
]

Index = TypeVar("Index", covariant=True)


class Sampler(Generic[Index]):
    """An order of examples; a subclass gives ``__iter__``."""

    def __init__(self, data_source: Any = None) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError


class SequentialSampler(Sampler[int]):
    """Examples in order.

    Parameters
    ----------
    data_source : sized
        The dataset.
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


def _check_count(count: Any) -> None:
    if not isinstance(count, int) or isinstance(count, bool) or count <= 0:
        raise ValueError(
            f"num_samples should be a positive integer value, but got num_samples={count}"
        )


def draw_seed(generator: Any = None) -> int:
    """Return a seed drawn from the stream, as PyTorch's loader and samplers draw it."""
    return int(T.empty((), dtype=int64).random_(generator=generator).item())


class RandomSampler(Sampler[int]):
    """Examples in random order.

    Parameters
    ----------
    data_source : sized
        The dataset.
    replacement : bool, default: False
        Whether an example may come again.
    num_samples : int, optional
        How many come.  Default: as many as there are.
    generator : Generator, optional
        Source of the order.
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Any = None,
    ) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(
                f"replacement should be a boolean value, but got replacement={replacement}"
            )
        _check_count(self.num_samples)

    @property
    def num_samples(self) -> int:
        """How many examples come."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        from autograd_nb.core.generator import Generator

        n = len(self.data_source)
        generator = self.generator
        if generator is None:
            # A stream of its own, seeded by one draw: the user's stream moves by one number.
            seed = draw_seed()
            generator = Generator()
            generator.manual_seed(seed)
        # The last draw is made even where nothing of it is taken, as in PyTorch: a stream that the
        # user gave has moved by it when the next epoch begins.
        if self.replacement:
            for count in (*[32] * (self.num_samples // 32), self.num_samples % 32):
                drawn = T.randint(high=n, size=(count,), dtype=int64, generator=generator)
                yield from drawn.tolist()
        else:
            for count in (*[n] * (self.num_samples // n), self.num_samples % n):
                yield from T.randperm(n, generator=generator).tolist()[:count]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """Given examples in random order.

    Parameters
    ----------
    indices : sequence of int
    generator : Generator, optional
        Source of the order.
    """

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in T.randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Examples at random, with given weights.

    Parameters
    ----------
    weights : sequence of float
        They need not add up to 1.
    num_samples : int
        How many come.
    replacement : bool, default: True
        Whether an example may come again.
    generator : Generator, optional
        Source of the draws.
    """

    def __init__(
        self,
        weights: Sequence[float],
        num_samples: int,
        replacement: bool = True,
        generator: Any = None,
    ) -> None:
        _check_count(num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(
                f"replacement should be a boolean value, but got replacement={replacement}"
            )
        self.weights = T.as_tensor(weights, dtype=float64)
        if self.weights.dim() != 1:
            raise ValueError(
                "weights should be a 1d sequence but given weights have shape "
                f"{tuple(self.weights.shape)}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        drawn = T.multinomial(
            self.weights, self.num_samples, self.replacement, generator=self.generator
        )
        yield from drawn.tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Lists of examples from another sampler.

    Parameters
    ----------
    sampler : iterable
        Gives the examples.
    batch_size : int
        Length of a list.
    drop_last : bool
        Whether a shorter last list is left out.
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(
                f"batch_size should be a positive integer value, but got batch_size={batch_size}"
            )
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[Any]]:
        source = iter(self.sampler)
        while batch := list(itertools.islice(source, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        count = len(self.sampler)  # type: ignore[arg-type]
        if self.drop_last:
            return count // self.batch_size
        return (count + self.batch_size - 1) // self.batch_size
