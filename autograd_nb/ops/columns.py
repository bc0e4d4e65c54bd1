"""Windows as columns: unfold, and fold, its transpose."""

import math

import numpy as np

from . import conv_kernels as kernels
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import size_text


def pairs(value):
    """Return one or two numbers as two."""
    return (int(value),) * 2 if not isinstance(value, (tuple, list)) else tuple(map(int, value))


@op(node="Im2ColBackward0", kind="linear", public=False)
class im2col:
    """Lay the windows of images out as columns.

    Parameters
    ----------
    self : Tensor of shape (n, c, h, w)
    kernel, dilation, padding, stride : tuple of int

    Notes
    -----
    .. math:: grad_self = col2im(g)
    """

    def forward(self, kernel, dilation, padding, stride):
        check_windows(kernel, dilation, padding, stride)
        if self.ndim not in (3, 4) or 0 in self.shape[-3:]:
            raise RuntimeError(
                "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other "
                f"non-zero dimensions for input, but got: {size_text(self.shape)}"
            )
        sizes = self.shape[-2:]
        places = kernels.out_sizes(sizes, kernel, stride, padding, dilation)
        if any(n < 1 for n in places):
            raise RuntimeError(
                f"Given input with spatial size ({sizes[0]}, {sizes[1]}), kernel_size="
                f"({kernel[0]}, {kernel[1]}), dilation=({dilation[0]}, {dilation[1]}), padding="
                f"({padding[0]}, {padding[1]}), calculated shape of the array of sliding blocks as "
                f"({places[0]}, {places[1]}), but its components must be at least one."
            )
        batch = self if self.ndim == 4 else self[None]
        view = kernels.windows(kernels.padded(batch, padding), kernel, places, stride, dilation, 1)
        rows = self.shape[-3] * math.prod(kernel)
        return np.ascontiguousarray(view).reshape(*self.shape[:-3], rows, math.prod(places))

    def vjp_self(F, grad_output, self_shape, kernel, dilation, padding, stride):
        return F.col2im(grad_output, tuple(self_shape[-2:]), kernel, dilation, padding, stride)

    saved = {
        "kernel_size": "kernel",
        "kernel": None,
        "self_sym_sizes": None,
        "self_sym_argsize_minus_1": ("self_shape", lambda shape: shape[-1]),
        "self_sym_argsize_minus_2": ("self_shape", lambda shape: shape[-2]),
    }
    samples = [Sample(T(1, 2, 4, 5), (2, 3), (1, 1), (1, 0), (1, 2))]


@op(node="Col2ImBackward0", kind="linear", public=False)
class col2im:
    """Add columns back to the windows of images.

    Parameters
    ----------
    self : Tensor of shape (n, c * kernel, places)
    output_size, kernel, dilation, padding, stride : tuple of int

    Notes
    -----
    .. math:: grad_self = im2col(g)
    """

    def forward(self, output_size, kernel, dilation, padding, stride):
        check_windows(kernel, dilation, padding, stride)
        if self.ndim not in (2, 3) or 0 in self.shape[-2:]:
            raise RuntimeError(
                "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and "
                f"non-zero dimensions for input, but got: {size_text(self.shape)}"
            )
        places = kernels.out_sizes(output_size, kernel, stride, padding, dilation)
        check_columns(self, output_size, kernel, dilation, padding, stride, places)
        channels = self.shape[-2] // math.prod(kernel)
        columns = self.reshape(-1, channels, *kernel, *places)
        whole = tuple(m + 2 * p for m, p in zip(output_size, padding, strict=True))
        result = np.zeros((len(columns), channels, *whole), self.dtype)
        for offset in kernels.offsets(kernel):
            result[kernels.shifted(offset, places, stride, dilation)] += columns[
                (slice(None), slice(None), *offset)
            ]
        result = np.ascontiguousarray(result[kernels.inner(output_size, padding)])
        return result.reshape(*self.shape[:-2], channels, *output_size)

    def vjp_self(F, grad_output, kernel, dilation, padding, stride):
        return F.im2col(grad_output, kernel, dilation, padding, stride)

    saved = {"kernel_size": "kernel", "kernel": None}
    samples = [Sample(T(1, 12, 4), (4, 5), (2, 3), (2, 1), (0, 0), (1, 2))]


def check_windows(kernel, dilation, padding, stride):
    """Raise PyTorch's error where windows have no size or do not move."""
    for name, short, (h, w) in (
        ("kernel size", "kernel", kernel),
        ("dilation", "dilation", dilation),
        ("stride", "stride", stride),
    ):
        if min(h, w) <= 0:
            raise RuntimeError(
                f"{name} should be greater than zero, but got {short}_height: {h} {short}_width: "
                f"{w}"
            )
    if min(padding) < 0:
        raise RuntimeError(
            "padding should be non-negative, but got pad_height: "
            f"{padding[0]} pad_width: {padding[1]}"
        )


def check_columns(self, output_size, kernel, dilation, padding, stride, places):
    """Raise PyTorch's error unless the columns fit the windows."""
    area = math.prod(kernel)
    if self.shape[-2] % area:
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, "
            f"but got input.size(1)={self.shape[-2]} and kernel_size=({kernel[0]}, {kernel[1]})."
        )
    if self.shape[-1] != math.prod(places):
        raise RuntimeError(
            f"Given output_size=({output_size[0]}, {output_size[1]}), kernel_size=({kernel[0]}, "
            f"{kernel[1]}), dilation=({dilation[0]}, {dilation[1]}), padding=({padding[0]}, "
            f"{padding[1]}), stride=({stride[0]}, {stride[1]}), expected size of input's dimension "
            f"2 to match the calculated number of sliding blocks {places[0]} * {places[1]} = "
            f"{math.prod(places)}, but got input.size(2)={self.shape[-1]}."
        )


@composite(functions="unfold", namespaces="nn.functional")
def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """Lay the windows of images out as columns.

    Parameters
    ----------
    input : Tensor of shape (n, c, h, w) or (c, h, w)
    kernel_size, dilation, padding, stride : int or tuple

    Returns
    -------
    Tensor of shape (n, c * kernel, places)
    """
    return traced.im2col(input, pairs(kernel_size), pairs(dilation), pairs(padding), pairs(stride))


@composite(functions="fold", namespaces="nn.functional")
def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Add columns back to the windows of images; the transpose of `unfold`.

    Parameters
    ----------
    input : Tensor of shape (n, c * kernel, places) or (c * kernel, places)
    output_size : int or tuple
    kernel_size, dilation, padding, stride : int or tuple

    Returns
    -------
    Tensor of shape (n, c, h, w)
    """
    return traced.col2im(
        input,
        pairs(output_size),
        pairs(kernel_size),
        pairs(dilation),
        pairs(padding),
        pairs(stride),
    )
