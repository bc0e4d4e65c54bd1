"""Pooling: the largest entry or the mean of each window."""

import math

import numpy as np

from ..core.device import contiguous_format
from ..core.strides import copied, following, suggested
from . import kinds
from . import pool_kernels as kernels
from .registry import Sample, T, op
from .sizes import all_within, ntuple, size_text


def window_arguments(dims, kernel_size, stride, padding, dilation=1):
    """Return kernel, stride, padding and dilation, one number for each dimension."""
    kernel = ntuple(kernel_size, dims, "kernel_size")
    given = stride is not None and not (isinstance(stride, (tuple, list)) and not stride)
    stride = ntuple(stride, dims, "stride") if given else kernel
    return kernel, stride, ntuple(padding, dims, "padding"), ntuple(dilation, dims, "dilation")


def check_windows(x, kernel, stride, padding, dilation, ceil_mode):
    """Raise PyTorch's error where windows do not fit."""
    dims = len(kernel)
    if x.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"non-empty {dims + 1}D or {dims + 2}D (batch mode) tensor expected for input"
        )
    if any(s == 0 for s in stride):
        raise RuntimeError("stride should not be zero")
    for k, p, d in zip(kernel, padding, dilation, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, "
                f"kernel_size={k} and dilation={d}"
            )
    empty = [i for i in range(-dims - 1, 0) if x.shape[i] == 0]
    if empty and dims == 3:
        raise RuntimeError(
            "max_pool3d_with_indices_out_cpu_template(): Expected input's non-batch dimensions to "
            f"have positive length, but input has a shape of {size_text(x.shape)} and non-batch "
            f"dimension {max(empty[0] + dims + (x.ndim == dims + 1), 0)} has length zero!"
        )
    if empty:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but "
            f"got:{size_text(x.shape)}"
        )
    sizes = x.shape[-dims:]
    places = kernels.pooled_sizes(sizes, kernel, stride, padding, dilation, ceil_mode)
    if any(m < 1 for m in places):
        before = "x".join(str(n) for n in x.shape[-dims - 1 :])
        after = "x".join(str(n) for n in (x.shape[-dims - 1], *places))
        raise RuntimeError(
            f"Given input size: ({before}). Calculated output size: ({after}). Output size is too "
            "small"
        )


class _MaxPool:
    """The largest entry of each window, and where it stands in the input's plane.

    Parameters
    ----------
    self : Tensor of shape (n, c, *sizes) or (c, *sizes)
    kernel, stride, padding, dilation : tuple of int
    ceil_mode : bool

    Notes
    -----
    Each cotangent goes to the entry that was largest; the first one among equals.
    """

    @following()
    def forward(self, kernel, stride, padding, dilation, ceil_mode):
        check_windows(self, kernel, stride, padding, dilation, ceil_mode)
        kinds.only("uif", f"max_pool{len(kernel)}d", self)
        return kernels.max_pool(self, kernel, stride, padding, dilation, ceil_mode)

    def vjp_self(F, grad_output0, self, kernel, indices):
        backward = getattr(F, f"max_pool{len(kernel)}d_backward")
        return backward(grad_output0, self, indices, len(kernel))

    keeps = "padding dilation ceil_mode"
    saved = {"kernel_size": "kernel", "kernel": None, "result1": "indices", "indices": None}
    samples = ()


_TWO = {"kind": "linear", "outputs": "result indices", "public": False}
max_pool2d_record = op(name="max_pool2d_record", node="MaxPool2DWithIndicesBackward0", **_TWO)(
    type(
        "_MaxPool2d",
        (),
        {
            **vars(_MaxPool),
            "samples": [
                Sample(T(2, 2, 5, 6), (2, 3), (2, 2), (1, 0), (1, 1), False),
                Sample(T(2, 5, 6), (2, 2), (2, 2), (0, 0), (2, 1), True),
            ],
        },
    )
)
max_pool3d_record = op(name="max_pool3d_record", node="MaxPool3DWithIndicesBackward0", **_TWO)(
    type(
        "_MaxPool3d",
        (),
        {
            **vars(_MaxPool),
            "samples": [
                Sample(T(1, 2, 4, 5, 4), (2, 3, 2), (2, 2, 2), (1, 0, 1), (1, 1, 1), False),
            ],
        },
    )
)


class _MaxPoolBackward:
    """Add every cotangent at its position in the plane, among zeros.

    Parameters
    ----------
    grad : Tensor
    self : Tensor, in the shape of the result; nothing depends on its values
    indices : Tensor of int64, flat positions
    dims : int, number of spatial dimensions

    Notes
    -----
    .. math:: grad_{grad} = g[indices]
    """

    def forward(grad, self, indices, dims):
        return kernels.put_back(grad, indices, self.shape, dims)

    def vjp_grad(F, grad_output, self_shape, indices, dims):
        return read_planes(F, grad_output, indices, tuple(self_shape), dims)

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    samples = [Sample(T(1, 2, 2), T(1, 3, 3), T(1, 2, 2, dtype="int64", low=0, high=9), 2)]


for _name, _node in (
    ("max_pool2d", "MaxPool2DWithIndices"),
    ("max_pool3d", "MaxPool3DWithIndices"),
    ("adaptive_max_pool2d", "AdaptiveMaxPool2D"),
    ("adaptive_max_pool3d", "AdaptiveMaxPool3D"),
    ("fractional_max_pool2d", "FractionalMaxPool2D"),
    ("fractional_max_pool3d", "FractionalMaxPool3D"),
):
    op(
        name=f"{_name}_backward",
        node=f"{_node}BackwardBackward0",
        tensors="indices",
        public=False,
    )(_MaxPoolBackward)


def read_planes(F, x, indices, shape, dims):
    """Return the entries of planes at flat positions."""
    planes, area = math.prod(shape[:-dims]), math.prod(shape[-dims:])
    places = tuple(indices.shape)
    flat = F.gather(F.reshape(x, (planes, area)), 1, F.reshape(indices, (planes, -1)))
    return F.reshape(flat, places)


class _AdaptiveMaxPool:
    """The largest entry of each of a given number of windows, and where it stands.

    Parameters
    ----------
    self : Tensor of shape (n, c, *sizes) or (c, *sizes)
    counts : tuple of int

    Notes
    -----
    Each cotangent goes to the entry that was largest; the first one among equals.
    """

    @following()
    def forward(self, counts):
        check_adaptive("max", self, len(counts))
        return kernels.adaptive_max(self, counts)

    def vjp_self(F, grad_output0, self, counts, indices):
        name = f"adaptive_max_pool{len(counts)}d_backward"
        check_filled(name, "grad_output", grad_output0)
        return getattr(F, name)(grad_output0, self, indices, len(counts))

    saved = {"counts": None, "result1": "indices", "indices": None}
    samples = ()


adaptive_max_pool2d_record = op(
    name="adaptive_max_pool2d_record", node="AdaptiveMaxPool2DBackward0", **_TWO
)(type("_Adaptive2d", (), {**vars(_AdaptiveMaxPool), "samples": [Sample(T(2, 5, 7), (3, 2))]}))
adaptive_max_pool3d_record = op(
    name="adaptive_max_pool3d_record", node="AdaptiveMaxPool3DBackward0", **_TWO
)(
    type(
        "_Adaptive3d", (), {**vars(_AdaptiveMaxPool), "samples": [Sample(T(1, 4, 5, 4), (3, 2, 2))]}
    )
)


def check_adaptive(kind, x, dims):
    """Raise PyTorch's error for inputs of the wrong dimensions, sizes or dtype."""
    name = f"adaptive_{kind}_pool{dims}d"
    if x.ndim not in (dims + 1, dims + 2):
        colon = ":" if kind == "max" else ""
        raise RuntimeError(
            f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor, but got{colon} "
            f"{size_text(x.shape)}"
        )
    # Only the means over planes look at the planes alone; the others skip what stands first.
    check_filled(name, "input", x, x.ndim - 2 if name == "adaptive_avg_pool2d" else 1)
    kinds.only("f", name + ("_cpu" if dims == 3 else ""), x)


def check_filled(name, what, x, first=1):
    """Raise PyTorch's error where a dimension from the ``first`` on is empty."""
    for i in range(first, x.ndim):
        if x.shape[i] == 0:
            raise RuntimeError(
                f"{name}(): Expected {what} to have non-zero size for non-batch dimensions, but "
                f"{what} has sizes {size_text(x.shape)} with dimension {i} being empty"
            )


class _AvgPool:
    """The mean of each window.

    Parameters
    ----------
    self : Tensor of shape (n, c, *sizes) or (c, *sizes)
    kernel, stride, padding : tuple of int
    ceil_mode, count_include_pad : bool
    override : int or None
        Divide by this instead of the window's size.

    Notes
    -----
    Each entry's gradient is the sum of ``g / size`` over the windows that hold it.
    """

    @following()
    def forward(self, kernel, stride, padding, ceil_mode, count_include_pad, override):
        ones = (1,) * len(kernel)
        check_windows(self, kernel, stride, padding, ones, ceil_mode)
        if override == 0:
            raise RuntimeError("divisor must be not zero")
        if self.dtype != np.int64:
            kinds.only("f", "avg_pool3d_out_frame" if len(kernel) == 3 else "avg_pool2d", self)
        return kernels.avg_pool(
            self, kernel, stride, padding, ceil_mode, count_include_pad, override
        ).astype(self.dtype, copy=False)

    def vjp_self(
        F, grad_output, self, kernel, stride, padding, ceil_mode, count_include_pad, override
    ):
        backward = getattr(F, f"avg_pool{len(kernel)}d_backward")
        return backward(
            grad_output, self, kernel, stride, padding, ceil_mode, count_include_pad, override
        )

    saved = {
        "kernel_size": "kernel",
        "kernel": None,
        "divisor_override": "override",
        "override": None,
    }
    samples = ()


_ONE = {"kind": "linear", "public": False}
avg_pool2d_record = op(name="avg_pool2d_record", node="AvgPool2DBackward0", **_ONE)(
    type(
        "_AvgPool2d",
        (),
        {
            **vars(_AvgPool),
            "samples": [
                Sample(T(2, 2, 5, 6), (2, 3), (2, 2), (1, 1), False, True, None),
                Sample(T(2, 5, 6), (2, 2), (2, 2), (1, 0), True, False, None),
            ],
        },
    )
)
avg_pool3d_record = op(name="avg_pool3d_record", node="AvgPool3DBackward0", **_ONE)(
    type(
        "_AvgPool3d",
        (),
        {
            **vars(_AvgPool),
            "samples": [
                Sample(T(1, 2, 4, 5, 4), (2, 3, 2), (2, 2, 2), (1, 0, 1), True, True, 5),
            ],
        },
    )
)


class _AvgPoolBackward:
    r"""Spread the cotangents of window means over their windows.

    Parameters
    ----------
    grad : Tensor
    self : Tensor, in the shape of the result; nothing depends on its values
    kernel, stride, padding : tuple of int
    ceil_mode, count_include_pad : bool
    override : int or None

    Notes
    -----
    .. math:: grad_{grad} = avg\_pool(g)
    """

    def forward(grad, self, kernel, stride, padding, ceil_mode, count_include_pad, override):
        sizes = self.shape[-len(kernel) :]
        return kernels.avg_pool_backward(
            grad, sizes, kernel, stride, padding, ceil_mode, count_include_pad, override
        )

    def vjp_grad(F, grad_output, kernel, stride, padding, ceil_mode, count_include_pad, override):
        return F.avg_pool2d_record(
            grad_output, kernel, stride, padding, ceil_mode, count_include_pad, override
        )

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    samples = ()


for _dims in (2, 3):
    op(
        name=f"avg_pool{_dims}d_backward",
        node=f"AvgPool{_dims}DBackwardBackward0",
        public=False,
    )(_AvgPoolBackward)


class _AdaptiveAvgPool:
    """The means of a given number of windows.

    Parameters
    ----------
    self : Tensor of shape (n, c, *sizes) or (c, *sizes)
    counts : tuple of int

    Notes
    -----
    Each entry's gradient is the sum of ``g / size`` over the windows that hold it.
    """

    @following()
    def forward(self, counts):
        check_adaptive("avg", self, len(counts))
        return kernels.adaptive_mean(self, counts)

    def vjp_self(F, grad_output, self, counts):
        return getattr(F, f"adaptive_avg_pool{len(counts)}d_backward")(
            grad_output, self, len(counts)
        )

    saved = {"counts": None}
    samples = ()


adaptive_avg_pool2d_record = op(
    name="adaptive_avg_pool2d_record", node="AdaptiveAvgPool2DBackward0", **_ONE
)(type("_Mean2d", (), {**vars(_AdaptiveAvgPool), "samples": [Sample(T(2, 5, 7), (3, 2))]}))
adaptive_avg_pool3d_record = op(
    name="adaptive_avg_pool3d_record", node="AdaptiveAvgPool3DBackward0", **_ONE
)(type("_Mean3d", (), {**vars(_AdaptiveAvgPool), "samples": [Sample(T(1, 4, 5, 4), (3, 2, 2))]}))


class _AdaptiveAvgPoolBackward:
    r"""Spread the cotangents of adaptive means over their windows.

    Parameters
    ----------
    grad : Tensor
    self : Tensor, in the shape of the result; nothing depends on its values
    dims : int, number of spatial dimensions

    Notes
    -----
    .. math:: grad_{grad} = adaptive\_avg\_pool(g)
    """

    def forward(grad, self, dims):
        check_filled(f"adaptive_avg_pool{dims}d_backward", "grad_output", grad)
        return kernels.adaptive_mean_backward(grad, self.shape[-dims:])

    def vjp_grad(F, grad_output, grad_shape, dims):
        return F.adaptive_avg_pool2d_record(grad_output, tuple(grad_shape[-dims:]))

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    samples = [Sample(T(2, 3, 2), T(2, 5, 7), 2)]


for _dims in (2, 3):
    op(
        name=f"adaptive_avg_pool{_dims}d_backward",
        node=f"AdaptiveAvgPool{_dims}DBackwardBackward0",
        public=False,
    )(_AdaptiveAvgPoolBackward)


class _MaxUnpool:
    """Put values at flat positions of otherwise empty planes.

    Parameters
    ----------
    self : Tensor of shape (n, c, *places) or (c, *places)
    indices : Tensor of int64
    sizes : tuple of int

    Notes
    -----
    .. math:: grad_self = g[indices]
    """

    def forward(self, indices, sizes):
        dims = len(sizes)
        if indices.dtype != np.int64:
            found = "" if dims == 3 else f" but got: {kinds.scalar_type(indices)}"
            raise RuntimeError(f"elements in indices should be type int64{found}")
        if self.ndim not in (dims + 1, dims + 2):
            raise RuntimeError(
                f"Input to max_unpooling{dims}d should be a {dims + 1}d or {dims + 2}d Tensor, but "
                f"got a tensor with {self.ndim} dimensions."
            )
        if self.shape != indices.shape:
            raise RuntimeError(
                "Expected shape of indices to be same as that of the input tensor "
                f"({size_text(self.shape)}) but got indices tensor with shape: "
                f"{size_text(indices.shape)}"
            )
        for i in range(1, self.ndim):
            if self.shape[i] == 0:
                raise RuntimeError(
                    f"max_unpooling{dims}d_forward_out_cpu(): Expected input to have non-zero size "
                    f"for non-batch dimensions, but got {size_text(self.shape)} with dimension {i} "
                    "being empty."
                )
        kinds.only("f", f"max_unpool{dims}d", self)
        area = math.prod(sizes)
        if not all_within(indices, area):
            bad = indices[(indices < 0) | (indices >= area)].flat[0]
            text = "x".join(str(n) for n in sizes)
            raise RuntimeError(
                f"Found an invalid max index: {bad} (output volumes are of size {text})"
            )
        lead, places = self.shape[:-dims], math.prod(self.shape[-dims:])
        result = np.zeros((math.prod(lead), area), self.dtype)
        flat = indices.reshape(len(result), places)
        np.put_along_axis(result, flat, self.reshape(len(result), places), 1)
        result = result.reshape(*lead, *sizes)
        layout = suggested(self) if dims == 2 else contiguous_format
        return result if layout is contiguous_format else copied(result, result.dtype, layout)

    def vjp_self(F, grad_output, indices, sizes, result_shape):
        return read_planes(F, grad_output, indices, tuple(result_shape), len(sizes))

    samples = ()


_PUT = {"kind": "linear", "tensors": "indices", "public": False}
_BODY = {
    k: v for k, v in vars(_MaxUnpool).items() if k in ("__doc__", "forward", "vjp_self", "samples")
}
max_unpool2d_record = op(name="max_unpool2d_record", node="MaxUnpool2DBackward0", **_PUT)(
    type("_Unpool2d", (), dict(_BODY))
)
max_unpool3d_record = op(name="max_unpool3d_record", node="MaxUnpool3DBackward0", **_PUT)(
    type("_Unpool3d", (), dict(_BODY))
)
