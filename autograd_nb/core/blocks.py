"""Elementwise work on large arrays: piece by piece in the cache, by several threads.

Note [Blocks]
A chain of NumPy calls on a large array reads and writes main memory at each call. The same calls
on pieces that fit the cache run several times faster, the more so when a second thread takes
every other piece (see `sharing`). Each element is computed by the
same function from the same numbers, so the result is the same to the last bit. Where that is not
known beforehand, because the operands do not fit or the first piece comes out in another shape,
`run` returns None and the caller computes on whole arrays. The sizes below were measured with
`python -m benchmarks --only 10M`; no other file knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from math import prod
from time import perf_counter
from typing import Any

import numpy as np

from . import pool, sharing

LARGE = 1_000_000  # elements from which an array is worth the detour
ROWS = 1 << 15  # elements that rows which repeat are written out to
CHUNK = 1 << 16  # elements of a piece, or up to twice as many: always more than `rounded.LARGEST`

_ndarray = np.ndarray


def is_large(values: Any) -> bool:
    """Say whether one of some operands is a large array."""
    for value in values:
        if type(value) is _ndarray and value.size >= LARGE:
            return True
    return False


def run(
    function: Callable[..., Any], operands: list[Any], spare: Any = None, ufunc: Any = None
) -> Any:
    """Call an elementwise function of several operands on pieces of them.

    Parameters
    ----------
    function : callable
        Takes as many arguments as there are operands and returns a sequence: of arrays that
        depend on the operands element by element, or None.
    operands : list
        Arrays are cut along the leading dimensions; other values, and arrays that are broadcast
        along these, are given to each call as they are.
    spare : ndarray, optional
        One of the operands; a result of its shape and dtype may be written over it.
    ufunc : numpy.ufunc, optional
        Gives the one result, too, where all arrays have its dtype: straight into its place.

    Returns
    -------
    list of (ndarray or None), or None
        The results on the whole arrays; None if they cannot be had in pieces.
    """
    found = _cut(operands, ufunc is not None)
    if found is None:
        return None
    shape, rows, inner, pieces, cut = found
    step = max(1, CHUNK // prod(inner))
    if rows < 2 * step:
        return None
    work = _Work(function, pieces, cut)
    begun = perf_counter()
    handed = work.pieces(slice(0, step))
    first = function(*handed)
    results: list[Any] = []
    for value in first:
        if value is not None and getattr(value, "shape", None) != (step, *inner):
            return None
        own = [i for i in cut if value is handed[i]]
        results.append(operands[own[0]] if own else value)
        if own and operands[own[0]] is spare:
            spare = None
    for i, value in enumerate(first):
        if value is None or value is not results[i]:
            continue
        if spare is not None and spare.dtype == value.dtype and spare.shape == shape:
            results[i], spare = spare, None
            work.outs.append((i, results[i].reshape(rows, *inner)))
        else:
            results[i] = pool.empty(shape, value.dtype)
            # Before the one that goes over an operand: the value may be a view of that.
            work.outs.insert(0, (i, results[i].reshape(rows, *inner)))
    work.store(first, slice(0, step))
    pace = perf_counter() - begun
    each = step
    if ufunc is not None and all(
        getattr(piece, "dtype", first[0].dtype) == first[0].dtype for piece in pieces
    ):
        work.go_straight(ufunc, inner)
        # One pass finds nothing in the cache anyway: few calls are best.
        few = 2 * sharing.threads if pace * rows / step >= sharing.LONG else 1
        each = max(step, -(-(rows - step) // few))
        pace *= each / step
    edges = [*range(step, rows - each + 1, each), rows]
    sharing.share([slice(*ends) for ends in pairwise(edges)], work.compute, pace)
    return results


def add(array: Any, other: Any, own: bool) -> Any:
    """Return the sum of two arrays of one shape and dtype, computed in the first one if `own`."""
    if array.size >= LARGE:
        found = run(_sum, [array, other], array if own else None, np.add)
        if found is not None:
            return found[0]
    return np.add(array, other, out=array) if own else array + other


def _sum(a: Any, b: Any) -> tuple[Any]:
    return (a + b,)


# -- cutting ---------------------------------------------------------------------------------------
def _cut(operands: list[Any], exact: bool) -> Any:
    """Return how to cut: shape, number of rows, shape of a row, operands as rows, which are cut.

    None if the operands do not lie in memory row by row: then NumPy chooses the result's order.
    `exact` says that elements do not depend on the sizes of the pieces.
    """
    pieces = list(operands)
    arrays = {i: v for i, v in enumerate(operands) if type(v) is _ndarray and v.ndim}
    shapes = {array.shape for array in arrays.values()}
    shape = shapes.pop() if len(shapes) == 1 else _broadcast(shapes)
    if shape is None:
        return None
    lead = n = len(shape)
    reach = {}  # over how many leading dimensions an operand is whole
    for i, array in arrays.items():
        pieces[i] = array[(None,) * (n - array.ndim)]
        own = pieces[i].shape
        reach[i] = _leading(a == b for a, b in zip(own, shape, strict=True))
        lead = min(lead, max(reach[i], _leading(a == 1 for a in own)))
    cut = [i for i in reach if reach[i] >= lead]
    # A function may treat a small array otherwise than a large one: only full operands stay large.
    if not exact and any(reach[i] < n for i in cut):
        return None
    dense = {i for i in cut if arrays[i].flags.c_contiguous}
    uneven = [i for i in cut if i not in dense and any(arrays[i].strides)]
    if uneven:
        lead = min(lead, 1)
        if not all(_by_rows(arrays[i]) for i in uneven):
            return None
    if not lead or not any(reach[i] == n for i in dense):
        return None
    rows, inner = prod(shape[:lead]), shape[lead:]
    for i, array in arrays.items():
        if i not in cut:
            pieces[i] = pieces[i][(0,) * lead]
        elif any(array.strides):
            pieces[i] = array.reshape(rows, *pieces[i].shape[lead:])
        else:  # one number, expanded
            pieces[i] = np.broadcast_to(array[(0,) * array.ndim], (rows, *pieces[i].shape[lead:]))
    return shape, rows, inner, pieces, cut


def _broadcast(shapes: set[tuple[int, ...]]) -> tuple[int, ...] | None:
    try:
        return np.broadcast_shapes(*shapes) if shapes else None
    except ValueError:
        return None  # the whole computation raises the error


def _leading(conditions: Any) -> int:
    """Count the conditions up to the first that does not hold."""
    count = 0
    for condition in conditions:
        if not condition:
            break
        count += 1
    return count


def _by_rows(array: Any) -> bool:
    """Say whether memory is walked forward, row after row, where it is walked at all."""
    steps = [step for step in array.strides if step]
    return steps == sorted(steps, reverse=True)


# -- the work --------------------------------------------------------------------------------------
class _Work:
    """The pieces of a run, each computed by whoever draws it.

    Attributes
    ----------
    outs : list of (int, ndarray)
        Where each result goes, as rows; in the order of writing.
    """

    ufunc: Any = None
    many = 1  # how many rows meet those that repeat at once

    def __init__(self, function: Callable[..., Any], operands: list[Any], cut: list[int]) -> None:
        self.function = function
        self.operands = operands
        self.cut = cut
        self.outs: list[tuple[int, Any]] = []

    def go_straight(self, ufunc: Any, inner: tuple[int, ...]) -> None:
        """Let a ufunc write its result into its place from now on.

        NumPy is slow where the inner loop is short: rows that repeat are written out.
        """
        self.ufunc = ufunc
        repeated = [
            i
            for i, value in enumerate(self.operands)
            if i not in self.cut and type(value) is _ndarray and value.ndim
        ]
        if repeated and inner:
            self.many = max(1, ROWS // prod(inner))
        for i in repeated if self.many > 1 else ():
            self.operands[i] = np.broadcast_to(self.operands[i], (self.many, *inner)).copy()

    def pieces(self, rows: slice) -> list[Any]:
        """Return the operands' pieces."""
        found = list(self.operands)
        for i in self.cut:
            found[i] = found[i][rows]
        return found

    def store(self, values: Any, rows: slice) -> None:
        """Write the results of a piece."""
        for i, out in self.outs:
            out[rows] = values[i]

    def compute(self, parts: Iterator[slice]) -> None:
        """Compute pieces until none is left."""
        for rows in parts:
            if self.ufunc is None:
                self.store(self.function(*self.pieces(rows)), rows)
            elif self.many == 1:
                self.ufunc(*self.pieces(rows), out=self.outs[0][1][rows])
            else:
                self.compute_many(rows)

    def compute_many(self, rows: slice) -> None:
        """Compute a piece by the ufunc, `many` rows at once, and those that are left."""
        whole = rows.start + (rows.stop - rows.start) // self.many * self.many
        out = self.outs[0][1]
        for part, count in ((slice(rows.start, whole), self.many), (slice(whole, rows.stop), 0)):
            left = count or part.stop - part.start
            if part.start == part.stop:
                continue
            pieces = self.pieces(part)
            for i, piece in enumerate(pieces):
                if i in self.cut:
                    pieces[i] = piece.reshape(-1, left, *piece.shape[1:])
                elif type(piece) is _ndarray and piece.ndim:
                    pieces[i] = piece[:left]
            target = out[part]
            self.ufunc(*pieces, out=target.reshape(-1, left, *target.shape[1:]))
