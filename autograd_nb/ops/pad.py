"""Padding: constant, reflected, replicated and circular borders."""

import numpy as np

from ..core.strides import following
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import size_text


def pad_pairs(pad, ndim):
    """Return (before, after) for every dimension from a list that starts with the last one."""
    pairs = [(0, 0)] * ndim
    for i in range(len(pad) // 2):
        pairs[ndim - 1 - i] = (int(pad[2 * i]), int(pad[2 * i + 1]))
    return pairs


@op(node="ConstantPadNdBackward0", kind="linear", public=False)
class constant_pad:
    """Surround with a number; negative widths cut off.

    Parameters
    ----------
    self : Tensor
    pad : tuple of int
        Before and after the last dimension, then before and after the one before it, and so on.
    value : number, default 0

    Notes
    -----
    .. math:: grad_self = pad(g, -pad)
    """

    @following()
    def forward(self, pad, value=0):
        if len(pad) % 2:
            raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
        if len(pad) // 2 > self.ndim:
            raise RuntimeError(
                "Length of pad should be no more than twice the number of dimensions of the input. "
                f"Pad length is {len(pad)} while the input has {self.ndim} dimensions."
            )
        pairs = pad_pairs(pad, self.ndim)
        shape = tuple(n + a + b for n, (a, b) in zip(self.shape, pairs, strict=True))
        for i, (n, (a, b)) in enumerate(zip(shape, pairs, strict=True)):
            if n < 0:
                if sum(n > 0 for pair in pairs for n in pair) == 0:
                    raise RuntimeError("narrow(): length must be non-negative.")
                raise RuntimeError(
                    f"The input size {self.shape[i]}, plus negative padding {a} and "
                    f"{b} resulted "
                    "in a negative output size, which is invalid. Check dimension "
                    f"{i} of your input."
                )
        result = np.full(shape, value, self.dtype) if value else np.zeros(shape, self.dtype)
        here = tuple(
            slice(max(a, 0), n - max(b, 0)) for n, (a, b) in zip(shape, pairs, strict=True)
        )
        there = tuple(
            slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(self.shape, pairs, strict=True)
        )
        result[here] = self[there]
        return result

    def vjp_self(F, grad_output, pad):
        return F.constant_pad(grad_output, tuple(-n for n in pad), 0)

    def jvp_self(F, tangent, pad):
        return F.constant_pad(tangent, pad, 0)

    samples = [Sample(T(3, 4), (1, 2)), Sample(T(3, 4), (1, -1, 0, 2), 1.5), Sample(T(3), (0, 0))]


def border_index(size, before, after, mode):
    """Return which entry of a dimension stands at each place of the padded one."""
    where = np.arange(-before, size + after)
    if mode == "replicate":
        return np.clip(where, 0, size - 1)
    last = size - 1
    return last - np.abs(last - np.abs(where))


def border_forward(self, pad, mode):
    """Return an array whose last dimensions are padded by reflection or replication."""
    result = self
    for i in range(len(pad) // 2):
        axis = self.ndim - 1 - i
        result = result.take(border_index(self.shape[axis], *pad[2 * i : 2 * i + 2], mode), axis)
    return np.ascontiguousarray(result)


def border_backward(grad, shape, pad, mode):
    """Return the cotangent: border entries are added to those that they repeat."""
    result = grad
    for i in range(len(pad) // 2):
        axis = grad.ndim - 1 - i
        before, after = pad[2 * i : 2 * i + 2]
        size = shape[axis]
        index = border_index(size, before, after, mode)
        moved = np.moveaxis(result, axis, 0)
        kept = np.zeros((size, *moved.shape[1:]), grad.dtype)
        start = max(before, 0)
        low, high = max(-before, 0), size - max(-after, 0)
        kept[low:high] = moved[start : start + high - low]
        for place in (*range(start), *range(start + high - low, index.size)):
            kept[index[place]] += moved[place]
        result = np.moveaxis(kept, 0, axis)
    return np.ascontiguousarray(result)


def check_reflection(shape, pad):
    """Raise PyTorch's error where a border is wider than what it reflects."""
    for i in range(len(pad) // 2):
        axis = len(shape) - 1 - i
        before, after = pad[2 * i : 2 * i + 2]
        if before >= shape[axis] or after >= shape[axis]:
            raise RuntimeError(
                "Argument #4: Padding size should be less than the corresponding input dimension, "
                f"but got: padding ({before}, {after}) at dimension {axis} of input "
                f"{size_text(shape)}"
            )


def _border_records(mode, node, dims):
    """Register the record of one mode and number of dimensions, and that of its backward."""
    name, name_back = f"{mode}_pad{dims}d", f"{mode}_pad{dims}d_backward"
    verb = "Reflect" if mode == "reflect" else "Repeat"

    class forward_record:
        def forward(self, pad):
            if self.ndim not in (dims + 1, dims + 2) or 0 in self.shape[-dims - 1 :]:
                raise RuntimeError(
                    f"Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with possibly 0 "
                    "batch size and other non-zero dimensions for input, but got: "
                    f"{size_text(self.shape)}"
                )
            if mode == "reflect":
                check_reflection(self.shape, pad)
            return border_forward(self, pad, mode)

        def vjp_self(F, grad_output, self, pad):
            return getattr(F, name_back)(grad_output, self, pad)

        saved = {"padding": "pad", "pad": None}
        samples = [Sample(T(1, *(3,) * (dims + 1)), (1, 2) + (2, 0) * (dims - 1))]

    class backward_record:
        def forward(grad, self, pad):
            return border_backward(grad, self.shape, pad, mode)

        def vjp_grad(F, grad_output, pad):
            return getattr(F, name)(grad_output, pad)

        def vjp_self(F, grad_output, self_shape, self_dtype):
            return F.zeros(self_shape, self_dtype)

        samples = []

    forward_record.__doc__ = f"""{verb} the border of the last {dims} dimensions outwards.

    Parameters
    ----------
    self : Tensor
    pad : tuple of int
        Before and after the last dimension, then the one before it, and so on.

    Notes
    -----
    An entry's gradient is the sum over the places where it stands.
    """
    backward_record.__doc__ = f"""Add the border of the last {dims} dimensions to what it repeats.

    Parameters
    ----------
    grad : Tensor
    self : Tensor, in the shape of the result; nothing depends on its values
    pad : tuple of int

    Notes
    -----
    .. math:: grad_{{grad}} = pad(g)
    """
    op(name=name, node=f"{node}{dims}DBackward0", kind="linear", public=False)(forward_record)
    op(name=name_back, node=f"{node}{dims}DBackwardBackward0", kind="linear", public=False)(
        backward_record
    )


for _dims in (1, 2, 3):
    _border_records("reflect", "ReflectionPad", _dims)
    _border_records("replicate", "ReplicationPad", _dims)


def circular_pad(self, pad):
    """Wrap around: as PyTorch, by writing the parts into an empty tensor."""
    dims = len(pad) // 2
    pairs = pad_pairs(pad, self.ndim)
    shape = tuple(n + a + b for n, (a, b) in zip(self.shape, pairs, strict=True))
    for i in range(self.ndim - dims, self.ndim):
        before, after = pairs[i]
        if before > self.shape[i] or after > self.shape[i]:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if shape[i] < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
    out = traced.constant(np.empty(shape, self._array.dtype))
    here, there = out, self
    for i in range(self.ndim - dims, self.ndim):
        before, after = pairs[i]
        here = cut(here, i, max(before, 0), shape[i] - max(after, 0))
        there = cut(there, i, max(-before, 0), self.shape[i] - max(-after, 0))
    here.copy_(there)
    # Each further dimension copies whole stripes, the borders written before included.
    for i in range(self.ndim - 1, self.ndim - dims - 1, -1):
        before, after = pairs[i]
        if before > 0:
            source = cut(out, i, shape[i] - before - max(after, 0), shape[i] - max(after, 0))
            cut(out, i, 0, before).copy_(source)
        if after > 0:
            source = cut(out, i, max(before, 0), max(before, 0) + after)
            cut(out, i, shape[i] - after, shape[i]).copy_(source)
    return out


def cut(tensor, dim, start, stop):
    """Return a slice along one dimension."""
    return traced.slice_(tensor, dim, start, stop, 1)


@composite(functions="pad", namespaces="nn.functional")
def pad(input, pad, mode="constant", value=None):
    """Surround a tensor with a border.

    Parameters
    ----------
    input : Tensor
    pad : tuple of int
        Before and after the last dimension, then before and after the one before it, and so on;
        negative widths cut off.
    mode : {"constant", "reflect", "replicate", "circular"}
    value : number, optional
        What a constant border holds; 0 by default.

    Returns
    -------
    Tensor
    """
    pad = tuple(int(n) for n in pad)
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) // 2 > input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got "
            f"padding length {len(pad)} and input of dimension {input.ndim}"
        )
    if mode == "constant":
        return traced.constant_pad(input, pad, 0 if value is None else value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    dims = len(pad) // 2
    if mode == "circular":
        return circular_pad(input, pad)
    if mode not in ("reflect", "replicate"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if not 1 <= dims <= 3 or input.ndim not in (dims + 1, dims + 2):
        raise NotImplementedError(
            f"Padding size {len(pad)} is not supported for {input.ndim}D input tensor.\n"
            "Supported combinations for non-constant padding:\n"
            "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
            "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
            "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
        )
    return getattr(traced, f"{mode}_pad{dims}d")(input, pad)


@composite(functions="constant_pad_nd")
def constant_pad_nd(self, pad, value=0):
    """Surround a tensor with a number.

    Parameters
    ----------
    self : Tensor
    pad : tuple of int
    value : number, default 0

    Returns
    -------
    Tensor
    """
    return traced.constant_pad(self, tuple(int(n) for n in pad), value)
