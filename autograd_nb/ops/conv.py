"""Convolutions and transposed convolutions of one, two and three dimensions."""

import numpy as np

from ..core import modes
from ..core.strides import following
from . import conv_kernels as kernels
from .namespaces import RAW
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import c_type, legacy_type, mistyped, scalar_type, size_text

# Note [Convolution is bilinear]
# ``convolution``, ``convolution_input`` and ``convolution_weight`` are the three products of
# (input, weight, cotangent) taken two at a time. Each one's derivatives are the other two, so
# gradients of every order need no further formula. ``convolution_backward`` is what PyTorch
# records of them: one node with all three gradients.


def check_convolution(
    x, weight, bias, stride, padding, dilation, transposed, output_padding, groups
):
    """Raise PyTorch's error where the sizes do not fit."""
    dims = weight.ndim - 2
    if bias is not None and bias.dtype != x.dtype and not transposed:
        raise RuntimeError(
            f"Input type ({c_type(x)}) and bias type ({c_type(bias)}) should be the same"
        )
    if weight.dtype != x.dtype:
        raise mistyped(x, weight)
    if bias is not None and not np.can_cast(bias.dtype, x.dtype, "same_kind"):
        wide = bias if x.dtype.kind in "biu" else np.empty(0, np.result_type(x, bias))
        raise RuntimeError(
            f"result type {scalar_type(wide)} can't be cast to the desired output type "
            f"{scalar_type(x)}"
        )
    if any(p < 0 for p in padding):
        raise RuntimeError("negative padding is not supported")
    if any(s <= 0 for s in stride):
        raise RuntimeError("non-positive stride is not supported")
    if any(d <= 0 for d in dilation):
        raise RuntimeError("dilation should be greater than zero")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if weight.shape[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, "
            f"but got weight of size {size_text(weight.shape)} instead"
        )
    if weight.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
            f"but got weight of size {size_text(weight.shape)} instead"
        )
    given = f"Given {'transposed' if transposed else 'groups'}={1 if transposed else groups}, "
    wanted = weight.shape[0] if transposed else weight.shape[1] * groups
    if x.shape[1] != wanted:
        raise RuntimeError(
            f"{given}weight of size {size_text(weight.shape)}, expected "
            f"input{size_text(x.shape)} to have {wanted} channels, but got {x.shape[1]} channels "
            "instead"
        )
    channels = weight.shape[1] * groups if transposed else weight.shape[0]
    if bias is not None and bias.shape != (channels,):
        raise RuntimeError(
            f"Given weight of size {size_text(weight.shape)}, expected bias to be 1-dimensional "
            f"with {channels} elements, but got bias of size {size_text(bias.shape)} instead"
        )
    if transposed:
        return
    whole = [n + 2 * p for n, p in zip(x.shape[2:], padding, strict=True)]
    reach = [d * (k - 1) + 1 for k, d in zip(weight.shape[2:], dilation, strict=True)]
    if any(n < k for n, k in zip(whole, reach, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({' x '.join(map(str, whole))}). "
            f"Kernel size: ({' x '.join(map(str, reach))}). Kernel size can't be greater than "
            "actual input size"
        )
    assert dims == x.ndim - 2


def has_no_channels(x, transposed):
    """Return whether there is nothing to convolve: then PyTorch's result has no channels."""
    return not x.shape[1] and not transposed


def transposed_sizes(sizes, kernel, stride, padding, output_padding, dilation):
    """Return the spatial sizes of a transposed convolution."""
    return tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + o + 1
        for n, k, s, p, o, d in zip(
            sizes, kernel, stride, padding, output_padding, dilation, strict=True
        )
    )


def within(x, sizes):
    """Return the leading part: places that only an output padding added have no counterpart."""
    if tuple(x.shape[2:]) == tuple(sizes):
        return x
    return x[(slice(None), slice(None), *(slice(n) for n in sizes))]


def of_input(F, grad, input, weight, stride, padding, dilation, transposed, output_padding, groups):
    """Return the cotangent of a convolution's input."""
    if transposed:
        zero = (0,) * len(stride)
        found = F.convolution(
            grad, F.conj(weight), None, stride, padding, dilation, False, zero, groups
        )
        return within(found, input.shape[2:])
    sizes = tuple(input.shape[2:])
    return F.convolution_input(grad, F.conj(weight), sizes, stride, padding, dilation, groups)


def of_weight(
    F, grad, input, weight, stride, padding, dilation, transposed, output_padding, groups
):
    """Return the cotangent of a convolution's weight."""
    known = F.conj(input)
    big, small = (grad, known) if transposed else (known, grad)
    kernel = tuple(weight.shape[2:])
    return F.convolution_weight(small, big, kernel, stride, padding, dilation, groups)


def of_bias(F, grad):
    """Return the cotangent of a convolution's bias."""
    return F.sum_dim(grad, (0, *range(2, grad.ndim)), False)


@op(node="ConvolutionBackward0", kind="other", public=False)
class convolution:
    r"""Cross-correlate with a kernel, or apply the transpose of that map.

    Parameters
    ----------
    input : Tensor of shape (n, c, *sizes)
    weight : Tensor of shape (o, c / groups, *kernel); transposed: (c, o / groups, *kernel)
    bias : Tensor of shape (o,) or None
    stride, padding, dilation : tuple of int
    transposed : bool
    output_padding : tuple of int
    groups : int

    Notes
    -----
    .. math:: out_{n,o} = b_o + \sum_c W_{oc} \star x_{nc}, \quad
              grad_x = W^T g, \quad grad_W = x \star g, \quad grad_b = \sum g
    """

    @following(2)
    def forward(
        input,
        weight,
        bias=None,
        stride=(1,),
        padding=(0,),
        dilation=(1,),
        transposed=False,
        output_padding=(0,),
        groups=1,
    ):
        check_convolution(
            input, weight, bias, stride, padding, dilation, transposed, output_padding, groups
        )
        if transposed:
            sizes = transposed_sizes(
                input.shape[2:], weight.shape[2:], stride, padding, output_padding, dilation
            )
            if any(n <= 0 for n in sizes):
                raise RuntimeError(
                    f"Given input size per channel: ({' x '.join(map(str, input.shape[2:]))}). "
                    f"Calculated output size per channel: ({' x '.join(map(str, sizes))}). "
                    "Output size is too small"
                )
            result = kernels.convolve_input(input, weight, sizes, stride, padding, dilation, groups)
            # Flat first: a single instance or channel of a wider array counts as contiguous.
            result = result.reshape(-1).reshape(result.shape)
        elif has_no_channels(input, transposed):
            sizes = kernels.out_sizes(input.shape[2:], weight.shape[2:], stride, padding, dilation)
            return np.zeros((len(input), 0, *sizes), input.dtype)
        else:
            result = kernels.convolve(input, weight, stride, padding, dilation, groups)
        if bias is not None:
            result += bias.reshape(-1, *(1,) * (input.ndim - 2))
        return result

    inputs = "input weight bias"

    def vjp(
        F,
        grad_output,
        input,
        weight,
        stride,
        padding,
        dilation,
        transposed,
        output_padding,
        groups,
        needs,
    ):
        geometry = stride, padding, dilation, transposed, output_padding, groups
        if has_no_channels(input, transposed):
            shapes = input.shape, weight.shape, weight.shape[:1]
            return [F.zeros(tuple(shape), F.value(grad_output).dtype) for shape in shapes]
        if F.is_traced and not modes.state.levels:  # vmap has rules for the parts
            found = F.convolution_backward(grad_output, input, weight, *geometry, needs)
            return [g if need else None for g, need in zip(found, needs, strict=True)]
        return (
            of_input(F, grad_output, input, weight, *geometry) if needs[0] else None,
            of_weight(F, grad_output, input, weight, *geometry) if needs[1] else None,
            of_bias(F, grad_output) if needs[2] else None,
        )

    keeps = "bias_shape"
    saved = {
        "bias_sym_sizes": None,
        # PyTorch shows no bias as one of no elements.
        "bias_sym_sizes_opt": ("bias_shape", lambda shape: shape or (0,)),
    }
    samples = [
        Sample(T(2, 2, 5), T(3, 2, 3), T(3), (2,), (1,), (1,), False, (0,), 1),
        Sample(T(2, 4, 5, 5), T(6, 2, 3, 2), None, (1, 2), (1, 0), (2, 1), False, (0, 0), 2),
        Sample(T(1, 2, 4, 4), T(2, 3, 3, 3), T(3), (2, 2), (1, 1), (1, 1), True, (1, 0), 1),
        Sample(T(1, 3, 5, 5), T(3, 1, 3, 3), None, (1, 1), (1, 1), (1, 1), False, (0, 0), 3),
    ]


@op(node="ConvolutionBackwardBackward0", kind="bilinear", public=False)
class convolution_input:
    r"""Apply the transpose of a convolution in its input.

    Parameters
    ----------
    grad : Tensor of shape (n, o, *places)
    weight : Tensor of shape (o, c / groups, *kernel)
    sizes : tuple of int, spatial sizes of the result
    stride, padding, dilation : tuple of int
    groups : int

    Notes
    -----
    .. math:: grad_{grad} = W \star g, \quad grad_W = g \star grad
    """

    def forward(grad, weight, sizes, stride, padding, dilation, groups):
        return kernels.convolve_input(grad, weight, sizes, stride, padding, dilation, groups)

    def vjp_grad(F, grad_output, grad_shape, weight, stride, padding, dilation, groups):
        zero = (0,) * len(stride)
        found = F.convolution(
            grad_output, F.conj(weight), None, stride, padding, dilation, False, zero, groups
        )
        return within(found, grad_shape[2:])

    def vjp_weight(F, grad_output, grad, weight_shape, stride, padding, dilation, groups):
        return F.convolution_weight(
            F.conj(grad), grad_output, tuple(weight_shape[2:]), stride, padding, dilation, groups
        )

    samples = [Sample(T(1, 3, 3, 3), T(3, 2, 3, 3), (5, 5), (2, 2), (1, 1), (1, 1), 1)]


@op(node="ConvolutionBackwardBackward0", kind="bilinear", public=False)
class convolution_weight:
    r"""Apply the transpose of a convolution in its weight.

    Parameters
    ----------
    grad : Tensor of shape (n, o, *places)
    input : Tensor of shape (n, c, *sizes)
    kernel : tuple of int
    stride, padding, dilation : tuple of int
    groups : int

    Notes
    -----
    .. math:: grad_{grad} = g \star input, \quad grad_{input} = g^T grad
    """

    def forward(grad, input, kernel, stride, padding, dilation, groups):
        return kernels.convolve_weight(grad, input, kernel, stride, padding, dilation, groups)

    def vjp_grad(F, grad_output, grad_shape, input, stride, padding, dilation, groups):
        zero = (0,) * len(stride)
        found = F.convolution(
            F.conj(input), grad_output, None, stride, padding, dilation, False, zero, groups
        )
        return within(found, grad_shape[2:])

    def vjp_input(F, grad_output, grad, input_shape, stride, padding, dilation, groups):
        return F.convolution_input(
            F.conj(grad), grad_output, tuple(input_shape[2:]), stride, padding, dilation, groups
        )

    samples = [Sample(T(1, 3, 3, 3), T(1, 2, 5, 5), (3, 3), (2, 2), (1, 1), (1, 1), 1)]


@op(
    node="ConvolutionBackwardBackward0",
    outputs="grad_input grad_weight grad_bias",
    public=False,
)
class convolution_backward:
    r"""All gradients of a convolution: one node, as PyTorch records it.

    Parameters
    ----------
    grad : Tensor of shape (n, o, *places)
    input, weight : Tensor
    stride, padding, dilation : tuple of int
    transposed : bool
    output_padding : tuple of int
    groups : int
    mask : tuple of bool
        Which gradients are wanted; the others are empty.

    Notes
    -----
    For cotangents `u`, `v` and `w` of the three results:

    .. math::

        grad_{grad} = W \star u + v \star input + w,\quad
        grad_{input} = v^T grad,\quad grad_{weight} = u \star grad
    """

    def forward(
        grad,
        input,
        weight,
        stride,
        padding,
        dilation,
        transposed,
        output_padding,
        groups,
        mask=(True, True, True),
    ):
        geometry = stride, padding, dilation, transposed, output_padding, groups
        none = np.zeros(0, grad.dtype)
        return (
            of_input(RAW, grad, input, weight, *geometry) if mask[0] else none,
            of_weight(RAW, grad, input, weight, *geometry) if mask[1] else none,
            of_bias(RAW, grad) if mask[2] else none,
        )

    inputs = "grad input weight"

    def vjp(
        F,
        grad_output0,
        grad_output1,
        grad_output2,
        grad,
        input,
        weight,
        stride,
        padding,
        dilation,
        transposed,
        output_padding,
        groups,
        needs,
    ):
        geometry = stride, padding, dilation, transposed, output_padding, groups
        found = [None, None, None]
        if needs[0]:
            parts = []
            if grad_output0 is not None:
                parts.append(F.convolution(grad_output0, weight, None, *geometry))
            if grad_output1 is not None:
                parts.append(F.convolution(input, grad_output1, None, *geometry))
            if grad_output2 is not None:
                ones = (1,) * (len(grad.shape) - 2)
                wide = F.reshape(grad_output2, (1, -1, *ones))
                parts.append(F.expand(wide, tuple(grad.shape)))
            found[0] = sum(parts[1:], parts[0])
        if needs[1] and grad_output1 is not None:
            found[1] = of_input(F, grad, input, grad_output1, *geometry)
        if needs[2] and grad_output0 is not None:
            found[2] = of_weight(F, grad, grad_output0, weight, *geometry)
        return found

    torch_name = None
    samples = [
        Sample(T(1, 3, 2), T(1, 2, 4), T(3, 2, 3), (1,), (0,), (1,), False, (0,), 1),
        Sample(T(1, 3, 8), T(1, 2, 4), T(2, 3, 3), (2,), (1,), (1,), True, (1,), 1),
    ]


def spatial(value, dims, name):
    """Return one number for each spatial dimension."""
    if isinstance(value, (tuple, list)):
        if len(value) == 1:
            return (int(value[0]),) * dims
        if len(value) != dims:
            raise RuntimeError(
                f"expected {name} to be a single integer value or a list of {dims} values to match "
                f"the convolution dimensions, but got {name}={size_text(value)}"
            )
        return tuple(int(v) for v in value)
    return (int(value),) * dims


def batched(name, dims, input, weight, stride, padding):
    """Return the input with a batch dimension, and whether it had one."""
    if input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got "
            f"input of size: {size_text(input.shape)}"
        )
    had_batch = input.ndim == dims + 2
    if not had_batch:
        input = traced.unsqueeze(input, 0)
    if weight.ndim < 3:
        raise RuntimeError("weight should have at least three dimensions")
    if weight.ndim != dims + 2:
        given = "integer value or a list of {} values to match the convolution dimensions, but got"
        raise RuntimeError(
            f"Expected {weight.ndim}-dimensional input for {weight.ndim}-dimensional weight"
            f"{size_text(weight.shape)}, but got {input.ndim}-dimensional input of size "
            f"{size_text(input.shape)} instead"
            if isinstance(padding, str)
            else f"expected stride to be a single {given.format(weight.ndim - 2)} stride="
            f"{size_text(spatial(stride, dims, 'stride'))}"
        )
    return input, had_batch


def gauss(run, x, weight, bias, transposed):
    """Convolve; complex numbers by three convolutions of real ones, as Gauss multiplied."""
    kind, given = x.dtype, [each for each in (x, weight, bias) if each is not None]
    if not kind.is_complex or not (transposed or given[-1] is weight or bias.dtype is kind):
        return run(x, weight, bias)  # which refuses the bias
    for name, each in zip(("weight", "bias"), given[1:], strict=False):
        if each.dtype is not kind:
            found = legacy_type(x._array), legacy_type(each._array)
            raise RuntimeError(
                f"Input type ({found[0]}) and {name} type ({found[1]}) should be the same"
            )
    real, imaginary = [[part(each) for each in given] for part in (traced.real, traced.imag)]
    both = [a + b for a, b in zip(real, imaginary, strict=True)]
    of_real, of_imaginary, of_both = run(*real), run(*imaginary[:2]), run(*both)
    crossed = of_both - of_real - of_imaginary
    return of_real - of_imaginary + traced.mul_scalar(crossed, 1j)


def convolve(name, dims, input, weight, bias, stride, padding, dilation, groups):
    """Run a convolution of ``dims`` dimensions with every form of padding."""
    x, had_batch = batched(name, dims, input, weight, stride, padding)
    stride, dilation = spatial(stride, dims, "stride"), spatial(dilation, dims, "dilation")
    zero = (0,) * dims

    def run(x, weight, bias=None):
        if isinstance(padding, str):
            x, sides = named_padding(x, weight, stride, padding, dilation)
        else:
            sides = spatial(padding, dims, "padding")
        return traced.convolution(x, weight, bias, stride, sides, dilation, False, zero, groups)

    result = gauss(run, x, weight, bias, False)
    return result if had_batch else traced.squeeze_dim(result, 0)


def named_padding(x, weight, stride, padding, dilation):
    """Return input and padding for "same" and "valid"; an uneven rest is padded beforehand."""
    dims = len(stride)
    if padding == "valid":
        return x, (0,) * dims
    if padding != "same":
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    totals = [d * (k - 1) for k, d in zip(weight.shape[2:], dilation, strict=True)]
    left = [n // 2 for n in totals]
    if any(n % 2 for n in totals):
        extra = []
        for n in reversed(totals):
            extra += [0, n % 2]
        x = traced.constant_pad(x, tuple(extra), 0)
    return x, tuple(left)


DOC = """{summary}

    Parameters
    ----------
    input : Tensor of shape (n, c, {sizes}) or (c, {sizes})
    weight : Tensor of shape {weight}
    bias : Tensor of shape (o,), optional
    stride : int or tuple, default 1
    padding : int{named} or tuple, default 0
{extra}    groups : int, default 1
        Number of separate groups of channels.
    dilation : int or tuple, default 1
        Distance of the kernel's entries.

    Returns
    -------
    Tensor of shape (n, o, ...) or (o, ...)
    """


def _forward_convolution(dims, sizes):
    name = f"conv{dims}d"

    def function(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        return convolve(name, dims, input, weight, bias, stride, padding, dilation, groups)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = DOC.format(
        summary=f"Convolve in {dims} dimension{'s' if dims > 1 else ''}.",
        sizes=sizes,
        weight="(o, c / groups, *kernel)",
        named=', "same", "valid"',
        extra="",
    )
    return composite(functions=name, namespaces="torch nn.functional")(function)


def _transposed_convolution(dims, sizes):
    name = f"conv_transpose{dims}d"

    def function(
        input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
    ):
        x, had_batch = batched(name, dims, input, weight, stride, padding)
        stride_ = spatial(stride, dims, "stride")
        dilation_ = spatial(dilation, dims, "dilation")
        extra = spatial(output_padding, dims, "output_padding")
        if any(o >= s and o >= d for o, s, d in zip(extra, stride_, dilation_, strict=True)):
            raise RuntimeError(
                "output padding must be smaller than either stride or dilation, but got "
                f"output_padding_height: {extra[0]} output_padding_width: {extra[-1]} "
                f"stride_height: {stride_[0]} stride_width: {stride_[-1]} "
                f"dilation_height: {dilation_[0]} dilation_width: {dilation_[-1]}"
            )
        sides = spatial(padding, dims, "padding")

        def run(x, weight, bias=None):
            return traced.convolution(
                x, weight, bias, stride_, sides, dilation_, True, extra, groups
            )

        result = gauss(run, x, weight, bias, True)
        return result if had_batch else traced.squeeze_dim(result, 0)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = DOC.format(
        summary=f"Transposed convolution in {dims} dimension{'s' if dims > 1 else ''}.",
        sizes=sizes,
        weight="(c, o / groups, *kernel)",
        named="",
        extra="    output_padding : int or tuple, default 0\n"
        "        Added to one side of the result.\n",
    )
    return composite(functions=name, namespaces="torch nn.functional")(function)


conv1d = _forward_convolution(1, "length")
conv2d = _forward_convolution(2, "h, w")
conv3d = _forward_convolution(3, "d, h, w")
conv_transpose1d = _transposed_convolution(1, "length")
conv_transpose2d = _transposed_convolution(2, "h, w")
conv_transpose3d = _transposed_convolution(3, "d, h, w")
