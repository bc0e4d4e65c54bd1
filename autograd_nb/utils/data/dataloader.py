"""The loader: batches of a dataset, in one process."""

from __future__ import annotations

import multiprocessing
import multiprocessing.context
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from autograd_nb.core.warn import warn
from autograd_nb.utils.data._utils.collate import default_collate, default_convert
from autograd_nb.utils.data.dataset import IterableDataset, TensorDataset
from autograd_nb.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    draw_seed,
)

__all__ = ["DataLoader", "get_worker_info"]

Batch = TypeVar("Batch", covariant=True)
_FIXED = frozenset("batch_size batch_sampler sampler drop_last dataset persistent_workers".split())


def get_worker_info() -> None:
    """Return None: the loader has no worker processes."""


def _forever() -> Iterator[None]:
    while True:
        yield None


def _context(given: Any, num_workers: int) -> Any:
    """Return the context that workers would be started in.

    Raises
    ------
    ValueError
        If there are no workers, or it is the name of none.
    TypeError
        If it is no context.
    """
    if given is None:
        return None
    if num_workers == 0:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading "
            f"(num_workers > 0), but got num_workers={num_workers}"
        )
    shown = f"but got multiprocessing_context={given!r}"
    if isinstance(given, str):
        methods = multiprocessing.get_all_start_methods()
        if given not in methods:
            raise ValueError(
                "multiprocessing_context option should specify a valid start method in "
                f"{methods!r}, {shown}"
            )
        return multiprocessing.get_context(given)
    if not isinstance(given, multiprocessing.context.BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string "
            f"specifying the start method, {shown}"
        )
    return given


class DataLoader(Generic[Batch]):
    """Batches of a dataset.

    Parameters
    ----------
    dataset : Dataset
        Examples by number, or one after the other.
    batch_size : int or None, default: 1
        Examples per batch; None gives them one by one.
    shuffle : bool, optional
        Whether the order is random, and new in every pass.
    sampler : iterable, optional
        An order of one's own.
    batch_sampler : iterable, optional
        Batches of one's own.
    num_workers : int, default: 0
        Accepted; everything runs in this process.
    collate_fn : callable, optional
        Makes a batch from a list of examples.
    pin_memory : bool, default: False
        Accepted.
    drop_last : bool, default: False
        Whether a smaller last batch is left out.
    timeout : float, default: 0
        Accepted.
    worker_init_fn : callable, optional
        Accepted.
    multiprocessing_context : str or context, optional
        Checked; only with workers.
    generator : Generator, optional
        Source of the order.
    prefetch_factor, persistent_workers, pin_memory_device, in_order
        Accepted.

    Notes
    -----
    A pass draws one number from the default stream, and one more to shuffle, as in PyTorch 2.13:
    the same seed gives the same batches.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        if num_workers < 0:
            raise ValueError(
                "num_workers option should be non-negative; use num_workers=0 to disable "
                "multiprocessing."
            )
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if persistent_workers and num_workers == 0:
            raise ValueError("persistent_workers option needs num_workers > 0")
        if prefetch_factor is not None and num_workers == 0:
            raise ValueError(
                "prefetch_factor option could only be specified in multiprocessing."
                "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to "
                "None."
            )
        self.dataset = dataset
        self.num_workers = num_workers
        self.pin_memory = pin_memory
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = _context(multiprocessing_context, num_workers)
        self.prefetch_factor = prefetch_factor
        self.persistent_workers = persistent_workers
        self.generator = generator
        self._iterable = isinstance(dataset, IterableDataset)
        self._check_order(shuffle, sampler, batch_sampler)
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, "
                    "and drop_last"
                )
            batch_size = None
            drop_last = False
        elif batch_size is None and drop_last:
            raise ValueError(
                "batch_size=None option disables auto-batching and is mutually exclusive with "
                "drop_last"
            )
        if sampler is None:
            if self._iterable:
                sampler = _InfiniteSampler()
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        if collate_fn is None:
            collate_fn = default_convert if batch_sampler is None else default_collate
        self.collate_fn = collate_fn

    def _check_order(self, shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
        if self._iterable:
            if shuffle not in (None, False):
                raise ValueError(
                    "DataLoader with IterableDataset: expected unspecified shuffle option, but got "
                    f"shuffle={shuffle}"
                )
            for name, given in (("sampler", sampler), ("batch_sampler", batch_sampler)):
                if given is not None:
                    raise ValueError(
                        f"DataLoader with IterableDataset: expected unspecified {name} option, but "
                        f"got {name}={given}"
                    )
        elif sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")

    def __setattr__(self, name: str, value: Any) -> None:
        # The order was made from these: a change would come too late.
        if name in _FIXED and "collate_fn" in self.__dict__:
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized"
            )
        super().__setattr__(name, value)

    def _fetch(self, indices: Iterable[Any]) -> Any:
        """Return the batch of the given examples."""
        dataset = self.dataset
        if (
            type(dataset) is TensorDataset
            and self.collate_fn is default_collate
            and not any(tensor.requires_grad for tensor in dataset.tensors)
        ):
            # Rows taken at once are what stacking single rows gives.
            rows = list(indices)  # a tuple would name one element
            return [tensor[rows] for tensor in dataset.tensors]
        if hasattr(dataset, "__getitems__"):
            return self.collate_fn(dataset.__getitems__(indices))
        return self.collate_fn([dataset[i] for i in indices])

    def __iter__(self) -> Iterator[Any]:
        # PyTorch draws the seed of its workers even where it has none.
        draw_seed(self.generator)
        if self.pin_memory:
            warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device "
                "pinned memory won't be used."
            )
        if self._iterable:
            return self._iterate_stream()
        if self.batch_sampler is None:
            return (self.collate_fn(self.dataset[i]) for i in self.sampler)
        return (self._fetch(indices) for indices in self.batch_sampler)

    def _iterate_stream(self) -> Iterator[Any]:
        source = iter(self.dataset)
        if self.batch_sampler is None:
            yield from map(self.collate_fn, source)
            return
        for places in self.batch_sampler:
            examples = [example for _, example in zip(places, source, strict=False)]
            if not examples or (self.drop_last and len(examples) < len(places)):
                return
            yield self.collate_fn(examples)

    def __len__(self) -> int:
        if not self._iterable:
            drawn: Any = self.sampler if self.batch_sampler is None else self.batch_sampler
            return len(drawn)
        length = len(self.dataset)
        if self.batch_size is None:
            return length
        if self.drop_last:
            return length // self.batch_size
        return -(-length // self.batch_size)


class _InfiniteSampler:
    """Places for examples that come one after the other."""

    def __iter__(self) -> Iterator[None]:
        return _forever()
