"""Sampling images at arbitrary places: affine_grid and grid_sample."""

import itertools
import math

import numpy as np

from ..core.warn import warn
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import mistyped, prod, size_text


def to_pixels(size, align_corners):
    """Return factor and offset that turn -1..1 into pixel positions."""
    if align_corners:
        return (size - 1) / 2, (size - 1) / 2
    return size / 2, (size - 1) / 2


def reflected(where, low, high):
    """Return positions reflected into ``low..high``, as a slope and an offset for each."""
    span = high - low
    if span <= 0:
        return np.zeros_like(where), np.zeros_like(where)
    shifted = where - low
    turns = np.floor(shifted / span)
    even = turns % 2 == 0
    slope = np.where(even, 1.0, -1.0)
    offset = np.where(even, -turns * span, (turns + 1) * span + 2 * low)
    return slope, offset


def bounded(where, size, padding_mode, align_corners):
    """Return slope and offset that bring positions inside, by the rule for the border."""
    slope, offset = np.ones_like(where), np.zeros_like(where)
    if padding_mode == "reflection":
        low, high = (0, size - 1) if align_corners else (-0.5, size - 0.5)
        slope, offset = reflected(where, low, high)
        where = where * slope + offset
    if padding_mode in ("border", "reflection"):
        outside = (where < 0) | (where > size - 1)
        offset = np.where(outside, np.clip(where, 0, size - 1), offset)
        slope = np.where(outside, 0.0, slope)
    return slope, offset


class Linear:
    """The two neighbours of a place, with weights that fall linearly."""

    steps = (0, 1)

    @staticmethod
    def weight(step, t):
        """Return the weight of a neighbour; `t` is how far the place lies beyond the lower one."""
        return t if step else 1 - t

    @staticmethod
    def slope(step, t):
        """Return the weight's derivative."""
        return 1.0 if step else -1.0


class Cubic:
    """Four neighbours, with the weights of Keys (1981) for a = -3/4."""

    steps = (-1, 0, 1, 2)

    @staticmethod
    def weight(step, t):
        """Return the weight of a neighbour; `t` is how far the place lies beyond the lower one."""
        x = t - step if step <= 0 else step - t
        if step in (0, 1):
            return (1.25 * x - 2.25) * x * x + 1
        return ((-0.75 * x + 3.75) * x - 6) * x + 3

    @staticmethod
    def slope(step, t):
        """Return the weight's derivative."""
        x, sign = (t - step, 1.0) if step <= 0 else (step - t, -1.0)
        if step in (0, 1):
            return (3.75 * x - 4.5) * x * sign
        return ((-2.25 * x + 7.5) * x - 6) * sign


class Nearest:
    """The nearest pixel alone: its weight is one, whatever the place."""

    steps = (0,)


MODES = {"bilinear": Linear, "bicubic": Cubic, "nearest": Nearest}


class Corners:
    """Which pixels each place mixes, and how their weights depend on the place.

    Parameters
    ----------
    grid : ndarray of shape (n, *places, d), positions from -1 to 1, last dimension first
    sizes : tuple of int
    mode : {"bilinear", "nearest", "bicubic"}
    padding_mode : {"zeros", "border", "reflection"}
        Applied to a place before its neighbours are taken, but to each neighbour of the bicubic.
    align_corners : bool
    """

    def __init__(self, grid, sizes, mode, padding_mode, align_corners):
        dims = len(sizes)
        flat = grid.reshape(len(grid), math.prod(grid.shape[1:-1]), dims)
        self.slopes, self.offsets, self.floors = [], [], []
        for d, size in enumerate(sizes):
            factor, start = to_pixels(size, align_corners)
            where = flat[..., dims - 1 - d] * factor + start
            slope, offset = np.ones_like(where), np.zeros_like(where)
            if mode != "bicubic":
                slope, offset = bounded(where, size, padding_mode, align_corners)
            self.slopes.append((slope * factor).astype(grid.dtype))
            self.offsets.append((slope * start + offset).astype(grid.dtype))
            inside = where * slope + offset
            self.floors.append(np.rint(inside) if mode == "nearest" else np.floor(inside))
        self.parts = []
        for corner in itertools.product(MODES[mode].steps, repeat=dims):
            index, valid = np.zeros(flat.shape[:2], np.int64), np.ones(flat.shape[:2], bool)
            for floor, step, size in zip(self.floors, corner, sizes, strict=True):
                place = np.nan_to_num(floor + step, nan=-1.0)
                if mode == "bicubic":
                    slope, offset = bounded(place, size, padding_mode, align_corners)
                    place = place * slope + offset
                valid &= (place >= 0) & (place < size)
                index = index * size + np.clip(place, 0, size - 1).astype(np.int64)
            self.parts.append((corner, index, valid))

    def fractions(self, F, grid, mode):
        """Return how far each place lies beyond its lower corner, by dimension; recorded."""
        if mode == "nearest":
            return []
        dims = len(self.slopes)
        found = []
        for d in range(dims):
            column = F.reshape(F.select(grid, -1, dims - 1 - d), self.slopes[d].shape)
            start = (self.offsets[d] - self.floors[d]).astype(self.slopes[d].dtype)
            found.append(column * F.constant(self.slopes[d]) + F.constant(start))
        return found


def weight_of(rule, corner, fractions, along=None):
    """Return the product of a corner's weights, or its derivative along one dimension."""
    result = None
    for d, step in enumerate(corner[: len(fractions)]):
        part = (rule.slope if d == along else rule.weight)(step, fractions[d])
        result = part if result is None else result * part
    return result


class _GridSample:
    r"""Mix the pixels around every place of a grid.

    Parameters
    ----------
    self : Tensor of shape (n, c, *sizes)
    grid : Tensor of shape (n, *places, d)
    mode, padding_mode : str
    align_corners : bool

    Notes
    -----
    .. math:: out = \sum_k w_k(grid) x_k, \quad grad_{x,k} = w_k g, \quad
              grad_{grid} = \sum_k x_k g \frac{\partial w_k}{\partial grid}
    """

    def forward(self, grid, mode, padding_mode, align_corners):
        n, channels, *sizes = self.shape
        corners = Corners(grid, sizes, mode, padding_mode, align_corners)
        flat = self.reshape(n, channels, math.prod(sizes))
        places = grid.reshape(n, math.prod(grid.shape[1:-1]), len(sizes))
        fractions = [
            places[..., len(sizes) - 1 - d] * corners.slopes[d]
            + (corners.offsets[d] - corners.floors[d])
            for d in range(len(sizes))
        ]
        fractions = [] if mode == "nearest" else fractions
        total = np.zeros((n, channels, corners.parts[0][1].shape[1]), self.dtype)
        for corner, index, valid in corners.parts:
            values = np.take_along_axis(flat, index[:, None], 2)
            weight = weight_of(MODES[mode], corner, fractions)
            scale = valid if weight is None else weight * valid
            total += values * scale[:, None].astype(self.dtype)
        return total.reshape(n, channels, *grid.shape[1:-1])

    def vjp(F, grad_output, self, grid, mode, padding_mode, align_corners, needs):
        return grid_gradients(F, grad_output, self, grid, mode, padding_mode, align_corners, needs)

    inputs = "self grid"
    saved = {
        "input": "self",
        "self": None,
        "mode": None,
        "interpolation_mode": ("mode", ("bilinear", "nearest", "bicubic").index),
        "padding_mode": ("zeros", "border", "reflection").index,
    }
    samples = ()


def grid_gradients(F, grad_output, x, grid, mode, padding_mode, align_corners, needs):
    """Return the cotangents of image and grid."""
    n, channels, *sizes = x.shape
    kind = F.value(x).dtype
    corners = Corners(F.value(grid), sizes, mode, padding_mode, align_corners)
    fractions = corners.fractions(F, grid, mode)
    places = corners.parts[0][1].shape[1]
    grad = F.reshape(grad_output, (n, channels, places))
    flat = F.reshape(x, (n, channels, prod(sizes)))
    image = F.zeros((n, channels, prod(sizes)), kind)
    slopes = [None] * len(sizes)
    for corner, index, valid in corners.parts:
        where = F.constant(
            np.ascontiguousarray(np.broadcast_to(index[:, None], (n, channels, places)))
        )
        mask = F.constant(np.ascontiguousarray(valid.astype(kind)))
        weight = weight_of(MODES[mode], corner, fractions)
        if needs[0]:
            scale = mask if weight is None else weight * mask
            image = F.scatter_add(image, 2, where, grad * F.unsqueeze(scale, 1))
        if needs[1] and fractions:
            product = F.sum_dim(F.gather(flat, 2, where) * grad, (1,), False) * mask
            for d in range(len(corner)):
                part = product * weight_of(MODES[mode], corner, fractions, d)
                slopes[d] = part if slopes[d] is None else slopes[d] + part
    grad_grid = None
    if needs[1]:
        if fractions:
            columns = [s * F.constant(f) for s, f in zip(slopes, corners.slopes, strict=True)]
            grad_grid = F.reshape(F.stack(columns[::-1], -1), tuple(grid.shape))
        else:
            grad_grid = F.zeros(tuple(grid.shape), kind)
    return (F.reshape(image, tuple(x.shape)) if needs[0] else None), grad_grid


_PARTS = ("__doc__", "forward", "vjp", "inputs", "saved")
_BODY = {k: v for k, v in vars(_GridSample).items() if k in _PARTS}
for _dims in (2, 3):
    _samples = [
        Sample(
            T(1, 2, *(3,) * _dims),
            T(1, *(2,) * _dims, _dims, low=-0.9, high=0.9),
            "bilinear",
            "zeros",
            False,
        )
    ]
    op(
        name=f"grid_sampler_{_dims}d_record",
        node=f"GridSampler{_dims}DBackward0",
        kind="other",
        public=False,
    )(type(f"_GridSample{_dims}d", (), {**_BODY, "samples": _samples}))


@composite(functions="grid_sample", namespaces="nn.functional")
def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    """Sample images at the places of a grid.

    Parameters
    ----------
    input : Tensor of shape (n, c, h, w) or (n, c, d, h, w)
    grid : Tensor of shape (n, *places, 2) or (n, *places, 3)
        Positions from -1 to 1; x before y.
    mode : {"bilinear", "nearest", "bicubic"}
    padding_mode : {"zeros", "border", "reflection"}
    align_corners : bool, optional
        Whether -1 and 1 are the corner pixels' middles or their outer edges (default).

    Returns
    -------
    Tensor of shape (n, c, *places)
    """
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', "
            f"but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or "
            f"'reflection', but got: '{padding_mode}'"
        )
    if align_corners is None:
        warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since "
            "1.3.0. Please specify align_corners=True if the old behavior is desired. See the "
            "documentation of grid_sample for details.",
        )
        align_corners = False
    check_grid(input, grid)
    if mode == "bicubic" and input.ndim != 4:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    record = traced.grid_sampler_2d_record if input.ndim == 4 else traced.grid_sampler_3d_record
    return record(input, grid, mode, padding_mode, align_corners)


def check_grid(input, grid):
    """Raise PyTorch's error unless image and grid fit."""
    if input._array.dtype != grid._array.dtype:
        raise mistyped(input._array, grid._array)
    if input.shape[0] != grid.shape[0]:
        raise RuntimeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with "
            f"sizes {size_text(input.shape)} and grid with sizes {size_text(grid.shape)}"
        )
    if grid.shape[-1] != input.ndim - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {input.ndim - 2} in last dimension, but "
            f"got grid with sizes {size_text(grid.shape)}"
        )
    for i in range(2, input.ndim):
        if input.shape[i] == 0:
            raise RuntimeError(
                "grid_sampler(): expected input to have non-empty spatial dimensions, but input "
                f"has sizes {size_text(input.shape)} with dimension {i} being empty"
            )
    if input.ndim not in (4, 5) or grid.ndim != input.ndim:
        wanted = f"{input.ndim}D" if input.ndim in (4, 5) else "4D or 5D"
        raise RuntimeError(
            f"grid_sampler(): expected {wanted} input and grid with same number of dimensions, but "
            f"got input with sizes {size_text(input.shape)} and grid with sizes "
            f"{size_text(grid.shape)}"
        )


def base_grid(sizes, dtype, align_corners):
    """Return the places of an image's own pixels, in homogeneous coordinates, as rows."""
    axes = []
    for n in sizes:
        line = np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
        axes.append(line if align_corners else line * ((n - 1) / n))
    mesh = np.meshgrid(*axes, indexing="ij")
    columns = [m.reshape(-1) for m in reversed(mesh)]
    return np.stack([*columns, np.ones_like(columns[0])], 1).astype(dtype)


@op(node="AffineGridGeneratorBackward0", kind="linear", public=False)
class affine_grid_record:
    r"""Move the places of an image's pixels by affine maps.

    Parameters
    ----------
    self : Tensor of shape (n, d, d + 1)
    sizes : tuple of int
    align_corners : bool

    Notes
    -----
    .. math:: out = B A^T, \quad grad_A = g^T B
    """

    def forward(self, sizes, align_corners):
        base = base_grid(sizes, self.dtype, align_corners)
        return np.matmul(base, self.swapaxes(1, 2)).reshape(len(self), *sizes, len(sizes))

    def vjp_self(F, grad_output, self_dtype, self_shape, sizes, align_corners):
        base = F.constant(base_grid(sizes, self_dtype, align_corners))
        flat = F.reshape(grad_output, (self_shape[0], math.prod(sizes), len(sizes)))
        return F.matmul(F.transpose(flat, 1, 2), base)

    samples = [Sample(T(1, 2, 3), (2, 3), False), Sample(T(2, 3, 4), (2, 2, 3), True)]


@composite(functions="affine_grid", namespaces="nn.functional")
def affine_grid(theta, size, align_corners=None):
    """Return the places that affine maps move an image's pixels to.

    Parameters
    ----------
    theta : Tensor of shape (n, 2, 3) or (n, 3, 4)
    size : tuple of int, of the image: (n, c, h, w) or (n, c, d, h, w)
    align_corners : bool, optional
        Whether -1 and 1 are the corner pixels' middles or their outer edges (default).

    Returns
    -------
    Tensor of shape (n, *sizes, d)
    """
    if align_corners is None:
        warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since "
            "1.3.0. Please specify align_corners=True if the old behavior is desired. See the "
            "documentation of grid_sample for details.",
        )
        align_corners = False
    if theta._array.dtype.kind != "f":
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    dims = len(size) - 2
    if dims not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            f"respectively. Got size {tuple(size)}"
        )
    if theta.ndim != 3 or tuple(theta.shape[1:]) != (dims, dims + 1):
        raise ValueError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size "
            f"torch.Size({list(size)}). Got {theta.shape!r}."
        )
    return traced.affine_grid_record(theta, tuple(int(n) for n in size[2:]), align_corners)
