"""Resizing images and signals: interpolate in all modes."""

import math

import numpy as np

from ..core.strides import following
from ..core.warn import warn
from . import kinds
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import size_text


def source_positions(size, count, align_corners, scale, dtype, clamp):
    """Return where each place of a resized dimension lies in the original one."""
    kind = np.dtype(dtype).type
    places = np.arange(count).astype(kind)
    if align_corners:
        step = kind((size - 1) / (count - 1)) if count > 1 else kind(0)
        return places * step
    step = kind(1.0 / scale) if scale else kind(size / count)
    found = (places + kind(0.5)) * step - kind(0.5)
    return np.maximum(found, 0) if clamp else found


def linear_taps(size, count, align_corners, scale, dtype):
    """Return the two entries that each place mixes, and their weights."""
    where = source_positions(size, count, align_corners, scale, dtype, True)
    low = np.minimum(where.astype(np.int64), size - 1)
    part = np.clip(where - low, 0, 1).astype(dtype)
    return np.stack([low, np.minimum(low + 1, size - 1)], 1), np.stack([1 - part, part], 1)


def cubic_taps(size, count, align_corners, scale, dtype):
    """Return the four entries that each place mixes, and their weights (Keys, a = -3/4)."""
    where = source_positions(size, count, align_corners, scale, dtype, False)
    low = np.floor(where)
    t = (where - low).astype(dtype)
    a = -0.75

    def near(x):
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x):
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    weights = np.stack([far(t + 1), near(t), near(1 - t), far(2 - t)], 1).astype(dtype)
    indices = low.astype(np.int64)[:, None] + np.arange(-1, 3)
    return np.clip(indices, 0, size - 1), weights


REACH = {"linear-aa": 1, "cubic-aa": 2, "lanczos-aa": 3}


def smooth_taps(size, count, align_corners, scale, dtype, mode):
    """Return entries and weights that blur before the size shrinks: antialiasing."""
    kind = np.dtype(dtype).type
    if align_corners:
        step = kind((size - 1) / (count - 1)) if count > 1 else kind(0)
    else:
        step = kind(1.0 / scale) if scale else kind(size / count)
    reach = kind(REACH[mode]) * max(step, kind(1))
    centre = step * (np.arange(count).astype(kind) + kind(0.5))
    first = np.maximum((centre - reach + kind(0.5)).astype(np.int64), 0)
    behind = np.minimum((centre + reach + kind(0.5)).astype(np.int64), size)
    indices = first[:, None] + np.arange(max(int((behind - first).max()), 1))
    x = np.abs((indices - centre[:, None] + kind(0.5)) / max(step, kind(1)))
    if mode == "linear-aa":
        weights = np.maximum(1 - x, 0)
    elif mode == "lanczos-aa":
        weights = np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0)
    else:  # Keys, a = -1/2
        near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
        weights = np.where(x < 1, near, np.where(x < 2, far, 0))
    weights = np.where(indices < behind[:, None], weights, 0)
    weights = (weights / weights.sum(1, keepdims=True)).astype(dtype)
    return np.minimum(indices, size - 1), weights


def nearest_taps(size, count, exact, scale):
    """Return the entry that each place takes."""
    step = np.float32(1.0 / scale) if scale else np.float32(size / count)
    places = np.arange(count).astype(np.float32)
    where = np.floor((places + np.float32(0.5)) * step if exact else places * step)
    return np.minimum(where.astype(np.int64), size - 1)[:, None], None


def taps(mode, size, count, align_corners, scale, dtype):
    """Return entries and weights of every place; no weights means one."""
    if mode.startswith("nearest"):
        return nearest_taps(size, count, mode == "nearest-exact", scale)
    if mode.endswith("-aa"):
        return smooth_taps(size, count, align_corners, scale, dtype, mode)
    maker = cubic_taps if mode == "cubic" else linear_taps
    return maker(size, count, align_corners, scale, dtype)


def whole_weights(indices, weights, size):
    """Return weights as whole numbers of shape (count, size), and how many bits they were shifted.

    As in Pillow: as many bits as leave the largest weight below 2**15.
    """
    dense = np.zeros((len(indices), size))
    np.add.at(dense, (np.arange(len(indices))[:, None], indices), weights)
    bits = 0
    while bits < 22 and int(0.5 + dense.max() * (1 << (bits + 1))) < 1 << 15:
        bits += 1
    return np.trunc(dense * (1 << bits) + np.copysign(0.5, dense)), bits


def resized_bytes(x, counts, mode, align_corners, scales):
    """Return bytes with their last dimensions resized, from the last one on, in whole numbers."""
    first = x.ndim - len(counts)
    for axis in range(x.ndim - 1, first - 1, -1):
        i, size = axis - first, x.shape[axis]
        found = taps(mode, size, counts[i], align_corners, scales[i], np.float64)
        weights, bits = whole_weights(*found, size)
        total = np.moveaxis(x, axis, -1) @ weights.T + (1 << bits >> 1)  # exact in float64
        x = np.moveaxis(np.clip(total // (1 << bits), 0, 255).astype(np.uint8), -1, axis)
    return np.ascontiguousarray(x)


def resized(x, counts, mode, align_corners, scales):
    """Return an array with its last dimensions resized, one after the other."""
    dims = len(counts)
    if x.dtype == np.uint8 and not mode.startswith("nearest"):
        return resized_bytes(x, counts, mode, align_corners, scales)
    for i, count in enumerate(counts):
        axis = x.ndim - dims + i
        indices, weights = taps(mode, x.shape[axis], count, align_corners, scales[i], x.dtype)
        if weights is None:
            x = x.take(indices[:, 0], axis)
            continue
        shape = (-1, *(1,) * (x.ndim - axis - 1))
        total = x.take(indices[:, 0], axis) * weights[:, 0].reshape(shape)
        for t in range(1, indices.shape[1]):
            total += x.take(indices[:, t], axis) * weights[:, t].reshape(shape)
        x = total
    return np.ascontiguousarray(x)


def resized_back(grad, sizes, mode, align_corners, scales):
    """Return the transpose of `resized`, for an input of the given sizes."""
    dims = len(sizes)
    for i in range(dims - 1, -1, -1):
        axis = grad.ndim - dims + i
        count = grad.shape[axis]
        indices, weights = taps(mode, sizes[i], count, align_corners, scales[i], grad.dtype)
        matrix = np.zeros((sizes[i], count), grad.dtype)
        columns = np.broadcast_to(np.arange(count)[:, None], indices.shape)
        np.add.at(matrix, (indices, columns), 1 if weights is None else weights)
        moved = np.moveaxis(grad, axis, -1) @ matrix.T
        grad = np.moveaxis(moved, -1, axis)
    return np.ascontiguousarray(grad)


class _Resize:
    """Resize the last dimensions.

    Parameters
    ----------
    self : Tensor of shape (n, c, ...)
    counts : tuple of int, the new sizes
    mode : str
    align_corners : bool
    scales : tuple of float or None

    Notes
    -----
    Linear in the input: the gradient is the transpose of the map.
    """

    @following()
    def forward(self, counts, mode, align_corners, scales):
        return resized(self, counts, mode, align_corners, scales)

    def vjp_self(F, grad_output, self_shape, counts, mode, align_corners, scales):
        return F.resize_backward(
            grad_output, tuple(self_shape[-len(counts) :]), mode, align_corners, scales
        )

    samples = ()


@op(node="UpsampleBackwardBackward0", kind="linear", public=False)
class resize_backward:
    """Apply the transpose of a resizing.

    Parameters
    ----------
    grad : Tensor
    sizes : tuple of int, of the input
    mode : str
    align_corners : bool
    scales : tuple of float or None

    Notes
    -----
    .. math:: grad_{grad} = resize(g)
    """

    def forward(grad, sizes, mode, align_corners, scales):
        return resized_back(grad, sizes, mode, align_corners, scales)

    def vjp_grad(F, grad_output, grad_shape, sizes, mode, align_corners, scales):
        counts = tuple(grad_shape[-len(sizes) :])
        return getattr(F, record_name(mode, len(sizes)))(
            grad_output, counts, mode, align_corners, scales
        )

    samples = ()


NODES = {
    "nearest": ("UpsampleNearest1D", "UpsampleNearest2D", "UpsampleNearest3D"),
    "nearest-exact": ("UpsampleNearestExact1D", "UpsampleNearestExact2D", "UpsampleNearestExact3D"),
    "linear": ("UpsampleLinear1D", "UpsampleBilinear2D", "UpsampleTrilinear3D"),
    "cubic": (None, "UpsampleBicubic2D", None),
    "linear-aa": (None, "UpsampleBilinear2DAa", None),
    "cubic-aa": (None, "UpsampleBicubic2DAa", None),
    "lanczos-aa": (None, "UpsampleLanczos2DAa", None),
}


def record_name(mode, dims):
    """Return the name of the record of a mode and number of dimensions."""
    return f"resize_{mode.replace('-', '_')}{dims}d"


def shown_names(mode, dims):
    """Return what nodes show under PyTorch's names; see Note [What a node shows]."""
    names = ("scales",) if dims == 1 else ("scales_d", "scales_h", "scales_w")[-dims:]
    shown = {"counts": None, "mode": None, "output_size": "counts"}
    if dims > 1:
        shown["scales"] = None
    if mode.startswith("nearest"):
        shown["align_corners"] = None
    return shown | {name: ("scales", lambda scales, i=i: scales[i]) for i, name in enumerate(names)}


def _register():
    for mode, nodes in NODES.items():
        for dims, node in enumerate(nodes, 1):
            if node is None:
                continue
            body = {
                k: v for k, v in vars(_Resize).items() if k in ("__doc__", "forward", "vjp_self")
            }
            body["saved"] = shown_names(mode, dims)
            size, counts = (4, 5, 3)[:dims], (6, 3, 4)[:dims]
            body["samples"] = [Sample(T(1, 2, *size), counts, mode, False, (None,) * dims)]
            op(name=record_name(mode, dims), node=node + "Backward0", kind="linear", public=False)(
                type("_" + node, (), body)
            )


_register()
FULL = {
    "linear": ("linear", 1),
    "bilinear": ("linear", 2),
    "trilinear": ("linear", 3),
    "bicubic": ("cubic", 2),
    "lanczos": ("lanczos", 2),
}


def new_sizes(input, size, scale_factor, recompute):
    """Return the new sizes, and the scales that the positions are computed with."""
    dims = max(input.ndim - 2, 0)
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is not None:
        size = size if isinstance(size, (tuple, list)) else (size,) * dims
        if len(size) != dims:
            raise ValueError(
                "Input and output must have the same number of spatial dimensions, but got "
                f"input with spatial dimensions of {list(input.shape[2:])} and output size of "
                f"{size}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and "
                "output size in (o1, o2, ...,oK) format."
            )
        if any(isinstance(n, (bool, float, str)) for n in size):
            raise TypeError(
                "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, "
                f"int, int], but got size with types {[type(n) for n in size]}"
            )
        return tuple(int(n) for n in size), (None,) * dims
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    scales = scale_factor if isinstance(scale_factor, (tuple, list)) else (scale_factor,) * dims
    if len(scales) != dims:
        raise ValueError(
            "Input and scale_factor must have the same number of spatial dimensions, but got "
            f"input with spatial dimensions of {list(input.shape[2:])} and scale_factor of shape "
            f"{scales}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and "
            "scale_factor in (s1, s2, ...,sK) format."
        )
    counts = tuple(math.floor(float(n) * s) for n, s in zip(input.shape[2:], scales, strict=True))
    return counts, (None,) * dims if recompute else tuple(float(s) for s in scales)


@composite(functions="interpolate", namespaces="nn.functional")
def interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    """Resize the spatial dimensions.

    Parameters
    ----------
    input : Tensor of shape (n, c, ...)
    size : int or tuple, optional
        The new sizes.
    scale_factor : float or tuple, optional
        Or what they are multiplied by.
    mode : {"nearest", "nearest-exact", "linear", "bilinear", "bicubic", "lanczos",
            "trilinear", "area"}
    align_corners : bool, optional
        Let the corner entries keep their places.
    recompute_scale_factor : bool, optional
        Compute positions from the rounded sizes instead of the given factor.
    antialias : bool, default False
        Blur before shrinking; for "bilinear", "bicubic" and "lanczos".

    Returns
    -------
    Tensor
    """
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the interpolating modes: linear | "
                "bilinear | bicubic | trilinear"
            )
    elif align_corners is None:
        align_corners = False
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and input.ndim == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires "
            "a 4-D tensor as input"
        )
    dims = input.ndim - 2
    counts, scales = new_sizes(input, size, scale_factor, recompute_scale_factor)
    if any(n <= 0 for n in (*counts, *input.shape[2:])):
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input (H: "
            f"{input.shape[-2]}, W: {input.shape[-1]}) output (H: {counts[0]}, W: {counts[-1]})"
        )
    if mode == "area":
        if not 1 <= dims <= 3:
            raise NotImplementedError(wrong_dims(input, mode))
        return getattr(traced, f"adaptive_avg_pool{dims}d")(input, counts)
    if mode in ("nearest", "nearest-exact"):
        if not 1 <= dims <= 3:
            raise NotImplementedError(wrong_dims(input, mode))
        check_pixels(input._array, "nearest", True)
        record = getattr(traced, record_name(mode, dims))
        return record(input, counts, mode, False, scales)
    if mode not in FULL or FULL[mode][1] != dims:
        raise NotImplementedError(wrong_dims(input, mode))
    if mode == "lanczos" and align_corners:
        raise ValueError("Lanczos mode does not support align_corners=True")
    if mode == "lanczos" and not antialias:
        raise ValueError("Lanczos mode requires antialias=True")
    check_pixels(input._array, "cubic" if mode == "bicubic" else "linear", dims == 2)
    kind = FULL[mode][0] + ("-aa" if antialias else "")
    return getattr(traced, record_name(kind, dims))(
        input, counts, kind, bool(align_corners), scales
    )


def check_pixels(array, kernel, bytes_too):
    """Raise PyTorch's error unless pixels are floating point numbers or, for some modes, bytes."""
    if not (bytes_too and array.dtype == np.uint8):
        kinds.only("f", f"compute_indices_weights_{kernel}", array)


def wrong_dims(input, mode):
    """Return PyTorch's words for a mode that does not fit the number of dimensions."""
    if mode in FULL and input.ndim in (3, 4, 5):
        return f"Got {input.ndim}D input, but {mode} mode needs {FULL[mode][1] + 2}D input"
    return (
        "Input Error: Only 3D, 4D and 5D input Tensors supported "
        f"(got {input.ndim}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | "
        f"lanczos | area | nearest-exact (got {mode})"
    )


def _upsample(name, mode, summary):
    def function(input, size=None, scale_factor=None):
        warn(
            f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.",
        )
        corners = True if mode == "bilinear" else None
        return interpolate(input, size, scale_factor, mode, corners)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{summary}

    Parameters
    ----------
    input : Tensor of shape (n, c, ...)
    size : int or tuple, optional
    scale_factor : float or tuple, optional

    Returns
    -------
    Tensor
    """
    return composite(functions=name, namespaces="nn.functional")(function)


upsample_nearest = _upsample("upsample_nearest", "nearest", "Resize by repeating entries.")
upsample_bilinear = _upsample("upsample_bilinear", "bilinear", "Resize by blending neighbours.")


@composite(functions="upsample", namespaces="nn.functional")
def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    """Resize the spatial dimensions; the old name of `interpolate`.

    Parameters
    ----------
    input : Tensor of shape (n, c, ...)
    size : int or tuple, optional
    scale_factor : float or tuple, optional
    mode : str, default "nearest"
    align_corners : bool, optional

    Returns
    -------
    Tensor
    """
    warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.")
    return interpolate(input, size, scale_factor, mode, align_corners)


def _shuffle(name, node, forward, backward, summary):
    """Register a reordering of blocks of pixels and channels."""

    class record:
        pass

    record.forward = forward
    record.vjp_self = backward
    record.samples = [
        Sample(T(1, 8, 2, 3), 2) if name != "pixel_unshuffle" else Sample(T(1, 2, 4, 6), 2)
    ]
    record.__doc__ = f"""{summary}

    Parameters
    ----------
    self : Tensor of shape (..., c, h, w)
    factor : int

    Notes
    -----
    A reordering: the gradient is reordered back.
    """
    op(name=name, node=node, kind="linear", functions=name, namespaces="torch nn.functional")(
        record
    )


def shuffle_pixels(self, upscale_factor):
    """Move channels into blocks of pixels."""
    if self.ndim < 3:
        raise RuntimeError(
            "pixel_shuffle expects input to have at least 3 dimensions, but got input with "
            f"{self.ndim} dimension(s)"
        )
    r, (*lead, c, h, w) = upscale_factor, self.shape
    if r <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    if c % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square "
            f"of upscale_factor, but input.size(-3)={c} is not divisible by {r * r}"
        )
    n = len(lead)
    blocks = self.reshape(*lead, c // (r * r), r, r, h, w)
    order = (*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return np.ascontiguousarray(blocks.transpose(order)).reshape(*lead, c // (r * r), h * r, w * r)


def unshuffle_pixels(self, downscale_factor):
    """Move blocks of pixels into channels."""
    if self.ndim < 3:
        raise RuntimeError(
            "pixel_unshuffle expects input to have at least 3 dimensions, but got input with "
            f"{self.ndim} dimension(s)"
        )
    r, (*lead, c, h, w) = downscale_factor, self.shape
    if r <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    for name, at, n in (("height", -2, h), ("width", -1, w)):
        if n % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                f"input.size({at})={n} is not divisible by {r}"
            )
    n = len(lead)
    blocks = self.reshape(*lead, c, h // r, r, w // r, r)
    order = (*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return np.ascontiguousarray(blocks.transpose(order)).reshape(*lead, c * r * r, h // r, w // r)


def shuffle_channels(self, groups):
    """Interleave groups of channels."""
    if self.ndim < 3:
        raise RuntimeError(
            "channel_shuffle expects input with > 2 dims, but got input with sizes "
            + size_text(self.shape)
        )
    n, c, *rest = self.shape
    if groups <= 0 or c % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {c} channels and {groups} groups."
        )
    swapped = self.reshape(n, groups, c // groups, *rest).swapaxes(1, 2)
    return np.ascontiguousarray(swapped).reshape(self.shape)


_shuffle(
    "pixel_shuffle",
    "PixelShuffleBackward0",
    shuffle_pixels,
    lambda F, grad_output, upscale_factor: F.pixel_unshuffle(grad_output, upscale_factor),
    "Move channels into blocks of pixels.",
)
_shuffle(
    "pixel_unshuffle",
    "PixelUnshuffleBackward0",
    unshuffle_pixels,
    lambda F, grad_output, downscale_factor: F.pixel_shuffle(grad_output, downscale_factor),
    "Move blocks of pixels into channels.",
)
_shuffle(
    "channel_shuffle",
    "ChannelShuffleBackward0",
    shuffle_channels,
    lambda F, grad_output, self_shape, groups: F.channel_shuffle(
        grad_output, self_shape[1] // groups
    ),
    "Interleave groups of channels.",
)
