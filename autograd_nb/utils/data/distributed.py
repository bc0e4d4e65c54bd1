"""The sampler that gives each of several processes its part of the examples."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sized

from autograd_nb import distributed
from autograd_nb.core.generator import Generator
from autograd_nb.ops.namespaces import T
from autograd_nb.utils.data.sampler import Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[int]):
    """Every ``num_replicas``-th example, in an order that all processes know.

    Parameters
    ----------
    dataset : sized
        The dataset.
    num_replicas : int
        Number of processes. There is no group of processes here that could tell it.
    rank : int
        Which of them this one is, from 0.
    shuffle : bool, default: True
        Whether to draw an order, from `seed` and the epoch.
    seed : int, default: 0
        The same in all processes.
    drop_last : bool, default: False
        Whether to leave examples out so that all processes have as many. By default examples
        from the beginning come again.

    Raises
    ------
    RuntimeError
        If `num_replicas` or `rank` is missing.
    ValueError
        If `rank` is not below `num_replicas`.
    """

    def __init__(
        self, dataset: Sized, num_replicas: int | None = None, rank: int | None = None,
        shuffle: bool = True, seed: int = 0, drop_last: bool = False,
    ) -> None:  # fmt: skip
        if (num_replicas is None or rank is None) and not distributed.is_available():
            raise RuntimeError("Requires distributed package to be available")
        assert num_replicas is not None
        assert rank is not None
        if not 0 <= rank < num_replicas:
            raise ValueError(
                f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]"
            )
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        self.shuffle = shuffle
        self.seed = seed
        rounded = math.floor if drop_last else math.ceil
        self.num_samples = rounded(len(dataset) / num_replicas)
        self.total_size = self.num_samples * num_replicas

    def __iter__(self) -> Iterator[int]:
        order = list(range(len(self.dataset)))
        if self.shuffle:
            generator = Generator().manual_seed(self.seed + self.epoch)
            order = T.randperm(len(order), generator=generator).tolist()
        again = itertools.islice(itertools.cycle(order), self.total_size)
        return itertools.islice(again, self.rank, None, self.num_replicas)

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch begins: each has its own order.

        Parameters
        ----------
        epoch : int
            Number of the epoch.
        """
        self.epoch = epoch
