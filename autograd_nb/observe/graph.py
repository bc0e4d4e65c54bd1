"""Plain data: what was seen of a graph and of a gradient.

Everything that leaves the observing floor is built from these frozen records.  They hold numbers,
strings and tuples, never a tensor, an array or a node, so that keeping a picture keeps no memory
of the user's alive, and each has a ``to_json`` form that a browser can read.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Json = dict[str, Any]

SAMPLE_BUDGET = 1 << 14
"""Elements looked at for one :class:`Stat`; a larger array is read with strides."""

ALONE = 8_192
"""Elements whose products BLAS adds without other threads."""

VALUES_SHOWN = 64
HISTOGRAM_BINS = 24


def json_number(value: float | None) -> float | int | str | None:
    """Give a number a form that strict JSON allows.

    Parameters
    ----------
    value : float or None

    Returns
    -------
    float, int, str or None
        The number, or ``"nan"``, ``"inf"``, ``"-inf"`` where JSON has no number for it.
    """
    if value is None or math.isfinite(value):
        return value
    if math.isnan(value):
        return "nan"
    return "inf" if value > 0 else "-inf"


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the user's code.

    Parameters
    ----------
    cell : str
        ``"In[3]"`` for a notebook cell, a file name otherwise.
    line, end_line : int
        Counted from 1, the first line of the cell being 1.
    col, end_col : int
        Columns of the expression in characters, ``-1`` where Python does not know them.
    source : str
        Text of the first line, stripped.
    """

    cell: str
    line: int
    end_line: int = -1
    col: int = -1
    end_col: int = -1
    source: str = ""

    def __str__(self) -> str:
        return f"{self.cell} line {self.line}"

    def to_json(self) -> Json:
        """Return the fields that the panel shows of a place.

        Returns
        -------
        dict
            ``cell``, ``line`` and ``source``, with the columns where they are known.
        """
        data: Json = {"cell": self.cell, "line": self.line, "source": self.source}
        if self.col >= 0:
            data.update(end_line=self.end_line, col=self.col, end_col=self.end_col)
        return data


NOWHERE = {"cell": None, "line": None, "source": None}
"""JSON of an unknown place, in the keys of :meth:`Site.to_json`."""


def site_json(site: Site | None) -> Json:
    """Return the JSON of a place that may be unknown.

    Parameters
    ----------
    site : Site or None

    Returns
    -------
    dict
    """
    return dict(NOWHERE) if site is None else site.to_json()


@dataclass(frozen=True, slots=True)
class Saved:
    """A tensor that a node keeps for its derivative.

    Parameters
    ----------
    name : str
        Name in the node, without ``_saved_``.
    shape : tuple of int
    dtype : str
    state : str
        ``"live"``, ``"freed"`` or ``"overwritten"``.
    note : str
        What is known about the state, in words.
    """

    name: str
    shape: tuple[int, ...] = ()
    dtype: str = ""
    state: str = "live"
    note: str = ""

    def to_json(self) -> Json:
        """Return the JSON form of the panel protocol.

        Returns
        -------
        dict
        """
        return {
            "name": self.name,
            "shape": list(self.shape),
            "dtype": self.dtype,
            "state": self.state,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One box of the picture: an operation, or one use of a leaf.

    Parameters
    ----------
    id : int
        Small, given in the order in which the nodes were made.
    kind : str
        ``"op"`` or ``"leaf"``.
    name : str
        Name of the grad_fn, ``"AccumulateGrad"`` for a leaf.
    label : str
        Short text for the box.
    vars : tuple of str
        The user's names for the result, or for the leaf.
    shape : tuple of int or None
        Shape of the result where it is known.
    dtype : str
    site : Site or None
        Where the user called the operation.
    formula : str
        Derivative in words or maths.
    saved : tuple of Saved
    hooks : int
        Hooks known on the node.
    leaf : int or None
        Identity of the leaf: equal for all uses of one leaf.
    modules : tuple of (str, int)
        The modules in whose ``forward`` the operation ran, the outermost first: the user's name,
        and which call it was.
    scope : str
        Of kind ``"scope"``: the part of the graph that the box stands for.
    count : int
        How many nodes that are.
    """

    id: int
    kind: str
    name: str
    label: str
    vars: tuple[str, ...] = ()
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    site: Site | None = None
    formula: str = ""
    saved: tuple[Saved, ...] = ()
    hooks: int = 0
    leaf: int | None = None
    modules: tuple[tuple[str, int], ...] = ()
    scope: str = ""
    count: int = 0

    @property
    def second_line(self) -> str:
        """What a box says below its label: the user's names, or how much it stands for."""
        return f"{self.count:,} nodes" if self.kind == "scope" else ", ".join(self.vars)

    def to_json(self) -> Json:
        """Return the JSON form of the panel protocol, without the place in the picture.

        Returns
        -------
        dict
        """
        data: Json = {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "label": self.label,
            "vars": list(self.vars),
            "shape": None if self.shape is None else list(self.shape),
            "dtype": self.dtype,
            **site_json(self.site),
            "formula": self.formula,
            "saved": [saved.to_json() for saved in self.saved],
            "hooks": self.hooks,
            "leaf": self.leaf,
        }
        if self.modules:
            data["module"] = self.modules[-1][0]
        if self.scope:
            data.update(scope=self.scope, count=self.count)
        return data


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """A tensor that went from one node to another.

    Parameters
    ----------
    id : int
    src : int
        Id of the producer, nearer the leaves.
    dst : int
        Id of the consumer, nearer the loss.
    nr : int
        Position among the consumer's ``next_functions``: gradient ``nr`` of the consumer
        travels along this edge.
    shape : tuple of int or None
    merged : tuple of int
        Edges that this one stands for, where an end is a closed part of the graph.
    """

    id: int
    src: int
    dst: int
    nr: int = 0
    shape: tuple[int, ...] | None = None
    merged: tuple[int, ...] = ()

    def to_json(self) -> Json:
        """Return the JSON form of the panel protocol, without the line in the picture.

        Returns
        -------
        dict
        """
        data: Json = {
            "id": self.id,
            "src": self.src,
            "dst": self.dst,
            "nr": self.nr,
            "shape": None if self.shape is None else list(self.shape),
        }
        if self.merged:
            data["merged"] = list(self.merged)
        return data


@dataclass(frozen=True, slots=True)
class Graph:
    """A frozen graph of plain data.

    Parameters
    ----------
    nodes : tuple of GraphNode
    edges : tuple of GraphEdge
    roots : tuple of int
        Ids of the nodes that the walk started from.
    key : int
        Equal for graphs of equal topology.
    hidden : int
        Nodes known to exist and left out; a walk that was cut short may have missed more.
    """

    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[GraphEdge, ...] = ()
    roots: tuple[int, ...] = ()
    key: int = 0
    hidden: int = 0

    def node(self, node_id: int) -> GraphNode:
        """Return the node of an id.

        Parameters
        ----------
        node_id : int

        Returns
        -------
        GraphNode

        Raises
        ------
        KeyError
            If the graph has no such node.
        """
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def to_json(self) -> Json:
        """Return the JSON form of the panel protocol, without places in a picture.

        Returns
        -------
        dict
        """
        return {
            "key": self.key,
            "hidden": self.hidden,
            "nodes": [node.to_json() for node in self.nodes],
            "edges": [edge.to_json() for edge in self.edges],
        }


@dataclass(frozen=True, slots=True)
class Stat:
    """Size, spread and a small sample of one array.

    Parameters
    ----------
    shape : tuple of int
    dtype : str
    norm : float or None
        Euclidean norm; not finite where an element is not, None where nothing could be read.
    min, max, mean : float or None
        Over the finite elements; for complex numbers, over their magnitudes.
    nan, inf : int
        Elements that are not finite.
    values : tuple of float
        Up to 64 elements of a sample of `rows` times `cols`, row by row.
    rows, cols : int
    hist : tuple of (float, float, tuple of int) or None
        Lower end, upper end and counts of a histogram of the finite elements.
    sampled : int or None
        Number of elements that were read, None for all of them.  Norm and counts are then
        scaled to the whole array.
    """

    shape: tuple[int, ...]
    dtype: str
    norm: float | None = None
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    nan: int = 0
    inf: int = 0
    values: tuple[float, ...] = ()
    rows: int = 0
    cols: int = 0
    hist: tuple[float, float, tuple[int, ...]] | None = None
    sampled: int | None = None
    _json: Json | None = field(default=None, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, array: Any, budget: int = SAMPLE_BUDGET) -> Stat:
        """Look at an array and keep only what a picture needs.

        Parameters
        ----------
        array : ndarray, NumPy scalar or number
            Any shape and any numeric dtype; it is neither changed nor kept.
        budget : int, default 16384
            Elements to read at most; a larger array is read with strides.

        Returns
        -------
        Stat
        """
        whole = np.asarray(array)
        shape, dtype = whole.shape, _dtype_name(whole.dtype)
        if whole.dtype.kind not in "biufc" or whole.size == 0:
            return cls(shape, dtype, norm=0.0 if whole.dtype.kind in "biufc" else None)
        with np.errstate(all="ignore"):
            return cls._measure(whole, shape, dtype, budget)

    @classmethod
    def _measure(
        cls, whole: npt.NDArray[Any], shape: tuple[int, ...], dtype: str, budget: int
    ) -> Stat:
        part, flat = _read(whole, budget)
        scale = whole.size / part.size
        norm = _norm(flat, scale)
        nan = inf = 0
        finite = flat
        if not math.isfinite(norm):
            mask = np.isfinite(flat)
            finite = flat[mask]
            nan = int(np.isnan(flat).sum())
            inf = flat.size - finite.size - nan
        low = high = mean = None
        if finite.size:
            # Not by methods: their way to the same loops is longer than the loops.
            low, high = float(np.minimum.reduce(finite)), float(np.maximum.reduce(finite))
            mean = float(np.add.reduce(finite)) / finite.size
        grid = _grid(whole)
        return cls(
            shape,
            dtype,
            norm=norm,
            min=low,
            max=high,
            mean=mean,
            nan=round(nan * scale),
            inf=round(inf * scale),
            values=tuple(grid.reshape(-1).tolist()),
            rows=grid.shape[0],
            cols=grid.shape[1],
            hist=None if low is None or high is None else _histogram(finite, low, high),
            sampled=None if part is whole else part.size,
        )

    def to_json(self) -> Json:
        """Return the JSON form of the panel protocol.

        Returns
        -------
        dict
            With the extra key ``sampled`` only where the array was read with strides.
        """
        # A live panel asks many times a second.
        if self._json is None:
            object.__setattr__(self, "_json", self._to_json())
        assert self._json is not None
        return {**self._json}

    def _to_json(self) -> Json:
        data: Json = {
            "shape": list(self.shape),
            "dtype": self.dtype,
            "norm": json_number(self.norm),
            "min": json_number(self.min),
            "max": json_number(self.max),
            "mean": json_number(self.mean),
            "nan": self.nan,
            "inf": self.inf,
            "values": shortened(self.values),
            "rows": self.rows,
            "cols": self.cols,
            "hist": None
            if self.hist is None
            else {
                "lo": json_number(self.hist[0]),
                "hi": json_number(self.hist[1]),
                "counts": list(self.hist[2]),
            },
        }
        if self.sampled is not None:
            data["sampled"] = self.sampled
        return data


def shortened(values: Sequence[float]) -> list[float | int | str | None]:
    """Round numbers to what a picture and its tooltip can show: half the text to send.

    Parameters
    ----------
    values : sequence of float

    Returns
    -------
    list
        As :func:`json_number` gives them, of five digits.
    """
    # One call for all: a live panel does this for every gradient of a pass.
    rounded = [float(word) for word in ("%.5g " * len(values) % tuple(values)).split()]
    finite = math.isfinite(sum(rounded))
    return [*rounded] if finite else [json_number(value) for value in rounded]


def _real(array: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return magnitudes of complex numbers, and anything else as doubles."""
    real: npt.NDArray[np.float64] = array
    if array.dtype.kind == "c":
        with np.errstate(all="ignore"):
            real = np.abs(array)
    return real.astype(np.float64)


def norm_and_sample(
    array: Any, size: int, budget: int = SAMPLE_BUDGET
) -> tuple[float, npt.NDArray[np.float64]]:
    """Return a norm as :class:`Stat` has it, and some elements: all that a series needs.

    Parameters
    ----------
    array : ndarray, NumPy scalar or number
    size : int
        Elements wanted; at most twice as many are returned.
    budget : int, default 16384
        Elements to read at most.

    Returns
    -------
    norm : float
    sample : ndarray
        One-dimensional, a copy.
    """
    whole = np.asarray(array)
    if whole.size == 0:
        return 0.0, np.zeros(0)
    part, flat = _read(whole, budget)
    return _norm(flat, whole.size / part.size), flat[:: max(1, flat.size // size)].copy()


def _read(whole: npt.NDArray[Any], budget: int) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
    """Return the elements to look at, and their sizes in one row."""
    part = whole if whole.size <= budget else whole[_strides(whole.shape, budget)]
    return part, _real(part).reshape(-1)


def _norm(flat: npt.NDArray[np.float64], scale: float) -> float:
    """Return the norm of an array of which some elements are given; not finite where one is not."""
    # One sum decides the usual case: where the squares' is finite, all elements are.  (Of many, not
    # a dot product: BLAS would wake its threads, which the user's code may be busy with.)
    if flat.size <= ALONE:
        square = float(np.vdot(flat, flat))  # unlike `dot`, it never warns
    else:
        with np.errstate(all="ignore"):
            square = float(np.square(flat).sum())
    if math.isfinite(square) and square:
        return math.sqrt(square * scale)
    if np.isnan(flat).any():
        return math.nan
    return _scaled_norm(flat) * math.sqrt(scale)


def _scaled_norm(flat: npt.NDArray[np.float64]) -> float:
    """Return the norm of numbers whose squares overflow or vanish; infinite where one is."""
    top = float(np.abs(flat).max())
    return top * float(np.linalg.norm(flat / top)) if 0 < top < math.inf else top


@functools.lru_cache(maxsize=64)
def _dtype_name(dtype: np.dtype[Any]) -> str:
    return str(dtype)


@functools.lru_cache(maxsize=1024)
def _strides(shape: tuple[int, ...], budget: int) -> tuple[slice, ...]:
    """Return slices that leave at most `budget` elements, the longest axes thinned first."""
    steps = [1] * len(shape)
    left = [max(1, n) for n in shape]
    while math.prod(left) > budget:
        axis = left.index(max(left))
        # Odd steps do not fall in with the even periods that data often has.
        steps[axis] = steps[axis] * 2 + 1
        left[axis] = -(-shape[axis] // steps[axis])
    return tuple(slice(None, None, step) for step in steps)


def _grid(array: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return at most 64 elements, evenly spread, as a rectangle."""
    if array.ndim < 2:
        array = array.reshape(1, -1)
    return _real(array[_grid_index(array.shape)])


@functools.lru_cache(maxsize=1024)
def _grid_index(shape: tuple[int, ...]) -> tuple[npt.NDArray[np.intp], ...]:
    wide = shape[-1]
    tall = math.prod(shape[:-1])
    cols = min(wide, VALUES_SHOWN // tall if tall < 8 else 8)
    rows = min(tall, VALUES_SHOWN // cols)
    lead = np.unravel_index(np.arange(rows) * tall // rows, shape[:-1])
    return (*(axis[:, None] for axis in lead), np.arange(cols)[None, :] * wide // cols)


def _histogram(
    finite: npt.NDArray[np.float64], low: float, high: float
) -> tuple[float, float, tuple[int, ...]]:
    """Count finite numbers in equal bins; one bin where all numbers are equal."""
    span = high - low
    if span == 0 or not math.isfinite(span):
        return low, high, (int(finite.size),)
    bins = min(HISTOGRAM_BINS, max(1, int(finite.size)))
    places = finite - low
    places *= bins / span
    index = places.astype(np.intp)
    np.minimum(index, bins - 1, out=index)
    return low, high, tuple(np.bincount(index, minlength=bins).tolist())
