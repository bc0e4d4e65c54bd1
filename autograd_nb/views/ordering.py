"""Arithmetic of a layered layout: orders, crossings, and places that respect an order."""

from __future__ import annotations

from collections.abc import Sequence


def isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the non-decreasing numbers nearest to the given ones.

    Parameters
    ----------
    values, weights : sequence of float
        Of equal length, weights positive.

    Returns
    -------
    list of float
        Minimises the weighted sum of squared distances (pool adjacent violators).
    """
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        count = 1
        while pools and pools[-1][0] >= value:
            mean, mass, size = pools.pop()
            value = (mean * mass + value * weight) / (mass + weight)
            weight += mass
            count += size
        pools.append((value, weight, count))
    return [mean for mean, _, count in pools for _ in range(count)]


def number_places(column: list[int], rank: list[int]) -> None:
    """Write down the position of each place of a column.

    Parameters
    ----------
    column : list of int
        Places from top to bottom.
    rank : list of int
        Position by place; changed.
    """
    for position, place in enumerate(column):
        rank[place] = position


def by_barycentre(column: list[int], sides: list[list[int]], rank: list[int]) -> None:
    """Sort a column by the mean rank of its neighbours; who has none keeps its place.

    Parameters
    ----------
    column : list of int
        Changed.
    sides : list of list of int
        Neighbours of each place in the column that stands still.
    rank : list of int
        Position by place; changed.
    """
    mean = {
        place: sum(rank[n] for n in sides[place]) / len(sides[place])
        for place in column
        if sides[place]
    }
    if not mean:
        return
    moved = iter(sorted(mean, key=lambda place: (mean[place], rank[place])))
    column[:] = [next(moved) if place in mean else place for place in column]
    number_places(column, rank)


def pair_gain(upper: list[int], lower: list[int], rank: list[int]) -> int:
    """Return the crossings that swapping two neighbours would remove.

    Parameters
    ----------
    upper, lower : list of int
        Places that the upper and the lower one are joined to.
    rank : list of int
        Position by place.

    Returns
    -------
    int
    """
    gain = 0
    for a in upper:
        for b in lower:
            gain += (rank[a] > rank[b]) - (rank[a] < rank[b])
    return gain


def inversions(ranks: list[int]) -> int:
    """Count pairs in the wrong order, with a binary indexed tree.

    Parameters
    ----------
    ranks : list of int
        Not negative.

    Returns
    -------
    int
    """
    if len(ranks) < 2:
        return 0
    size = max(ranks) + 1
    tree = [0] * (size + 1)
    found = 0
    for seen, value in enumerate(ranks):
        smaller, index = 0, value + 1
        while index > 0:
            smaller += tree[index]
            index &= index - 1
        found += seen - smaller
        index = value + 1
        while index <= size:
            tree[index] += 1
            index += index & -index
    return found
