"""The public pooling functions: `max_pool2d` and its relatives."""

import numpy as np

from . import kinds
from .namespaces import T as traced
from .pool import check_filled, window_arguments
from .registry import composite
from .sizes import ntuple

SPACES = "torch nn.functional"
MAX_DOC = """Return the largest entry of each window, in {dims} dimension{s}.

    Parameters
    ----------
    input : Tensor of shape (n, c, {sizes}) or (c, {sizes})
    kernel_size : int or tuple
    stride : int or tuple, default `kernel_size`
    padding, dilation : int or tuple, default 0 and 1
    ceil_mode : bool, default False
        Keep windows that reach over the end.
    return_indices : bool, default False
        Also give where in its plane each entry stands.

    Returns
    -------
    Tensor or tuple of Tensor
    """


def _max_pool(dims, sizes, pair=False):
    name = f"max_pool{dims}d" + ("_with_indices" if pair else "")

    def function(
        input,
        kernel_size,
        stride=None,
        padding=0,
        dilation=1,
        ceil_mode=False,
        return_indices=False,
    ):
        found = max_pool_pair(dims, input, kernel_size, stride, padding, dilation, ceil_mode)
        return found if return_indices or pair else found[0]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = MAX_DOC.format(dims=dims, s="s" if dims > 1 else "", sizes=sizes)
    return composite(functions=name, namespaces="nn.functional")(function)


def max_pool_pair(dims, input, kernel_size, stride, padding, dilation, ceil_mode):
    """Return values and positions; one dimension runs as a row of two, as in PyTorch."""
    kernel, stride, padding, dilation = window_arguments(
        dims, kernel_size, stride, padding, dilation
    )
    if dims > 1:
        record = traced.max_pool2d_record if dims == 2 else traced.max_pool3d_record
        return record(input, kernel, stride, padding, dilation, bool(ceil_mode))
    check_row_windows(input, kernel, stride, padding, dilation)
    rows = traced.unsqueeze(input, -2)
    values, indices = traced.max_pool2d_record(
        rows, (1, *kernel), (1, *stride), (0, *padding), (1, *dilation), bool(ceil_mode)
    )
    return traced.squeeze_dim(values, -2), traced.squeeze_dim(indices, -2)


def check_row_windows(input, kernel, stride, padding, dilation):
    """Raise PyTorch's error where windows do not fit in one dimension."""
    shape = list(input.shape)
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for "
            f"input, but got:{shape}"
        )
    for name, (n,) in (("kernel_size", kernel), ("stride", stride), ("dilation", dilation)):
        if n <= 0:
            raise RuntimeError(f"max_pool1d() {name} must be greater than zero, but got {n}")
    reach = dilation[0] * (kernel[0] - 1)
    count = (shape[-1] + 2 * padding[0] - reach - 1) // stride[0] + 1
    if count <= 0:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {count}")
    kinds.only("f", "max_pool1d_impl", input._array)


max_pool1d = _max_pool(1, "length")
max_pool2d = _max_pool(2, "h, w")
max_pool3d = _max_pool(3, "d, h, w")
for _dims, _sizes in ((1, "length"), (2, "h, w"), (3, "d, h, w")):
    _max_pool(_dims, _sizes, pair=True)


def _torch_max_pool(dims):
    """Register the spellings of the torch namespace, whose keyword sets differ."""

    def plain(self, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        return max_pool_pair(dims, self, kernel_size, stride, padding, dilation, ceil_mode)[0]

    plain.__name__ = plain.__qualname__ = f"max_pool{dims}d_plain"
    plain.__doc__ = f"""Return the largest entry of each window, in {dims} dimension(s).

    Parameters
    ----------
    self : Tensor
    kernel_size, stride, padding, dilation : int or tuple
    ceil_mode : bool, default False

    Returns
    -------
    Tensor
    """
    composite(functions=f"max_pool{dims}d")(plain)


def max_pool1d_with_indices_plain(
    self, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False
):
    """Return the largest entry of each window of a row, and where it stands.

    Parameters
    ----------
    self : Tensor
    kernel_size, stride, padding, dilation : int or tuple
    ceil_mode : bool, default False

    Returns
    -------
    tuple of Tensor
    """
    return max_pool_pair(1, self, kernel_size, stride, padding, dilation, ceil_mode)


composite(functions="max_pool1d_with_indices")(max_pool1d_with_indices_plain)
for _dims in (1, 2, 3):
    _torch_max_pool(_dims)

AVG_DOC = """Return the mean of each window, in {dims} dimension{s}.

    Parameters
    ----------
    input : Tensor of shape (n, c, {sizes}) or (c, {sizes})
    kernel_size : int or tuple
    stride : int or tuple, default `kernel_size`
    padding : int or tuple, default 0
    ceil_mode : bool, default False
        Keep windows that reach over the end.
    count_include_pad : bool, default True
        Count the zeros of the border.
{override}
    Returns
    -------
    Tensor
    """


def _avg_pool(dims, sizes):
    name = f"avg_pool{dims}d"

    if dims == 1:

        def function(
            input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
        ):
            if input.ndim not in (2, 3):
                raise RuntimeError(
                    f"avg_pool1d() Expected 2D or 3D input tensor, but got {list(input.shape)}"
                )
            kernel, step, border, _ = window_arguments(1, kernel_size, stride, padding)
            rows = traced.avg_pool2d_record(
                traced.unsqueeze(input, -2),
                (1, *kernel),
                (1, *step),
                (0, *border),
                bool(ceil_mode),
                bool(count_include_pad),
                None,
            )
            return traced.squeeze_dim(rows, -2)

    else:

        def function(
            input,
            kernel_size,
            stride=None,
            padding=0,
            ceil_mode=False,
            count_include_pad=True,
            divisor_override=None,
        ):
            kernel, step, border, _ = window_arguments(dims, kernel_size, stride, padding)
            record = traced.avg_pool2d_record if dims == 2 else traced.avg_pool3d_record
            return record(
                input,
                kernel,
                step,
                border,
                bool(ceil_mode),
                bool(count_include_pad),
                divisor_override,
            )

    function.__name__ = function.__qualname__ = name
    override = (
        "    divisor_override : int, optional\n        Divide by this instead of the size.\n"
        if dims > 1
        else ""
    )
    function.__doc__ = AVG_DOC.format(
        dims=dims, s="s" if dims > 1 else "", sizes=sizes, override=override
    )
    return composite(functions=name, namespaces=SPACES if dims == 1 else "nn.functional")(function)


avg_pool1d = _avg_pool(1, "length")
avg_pool2d = _avg_pool(2, "h, w")
avg_pool3d = _avg_pool(3, "d, h, w")


def adaptive_counts(input, output_size, dims, kind):
    """Return the number of windows of each dimension; None keeps the input's size."""
    name = f"adaptive_{kind}_pool{dims}d"
    if dims == 1 and input.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional tensor for argument #1 "
            f"'self' (while checking arguments for {name})"
        )
    if dims == 1 and kind == "max":
        check_filled(name, "input", input)
    if not isinstance(output_size, (tuple, list)):
        output_size = (output_size,) * dims
    elif dims > 1 and input.ndim <= len(output_size):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    if len(output_size) != dims:
        if dims == 1:
            raise RuntimeError(
                f"{name}() argument 'output_size' should contain one int (got {len(output_size)})"
            )
        inner = "(): internal error: output_size.size()" if kind == "max" else ": output_size"
        raise RuntimeError(f"{name}{inner} must be {dims}")
    given = (1, *output_size) if dims == 1 else tuple(output_size)
    if any(n is not None and n < 0 for n in given):
        if kind == "max":
            shape = [*tuple(input.shape)[:-dims], *given]
            least = min(n for n in given if n is not None)
            raise RuntimeError(f"Trying to create tensor with negative dimension {least}: {shape}")
        shown = f"{{{given[0]}, {given[1]}" + (f",{given[2]}}}" if dims == 3 else "}")
        raise RuntimeError(
            f"adaptive_avg_pool{max(dims, 2)}d: elements of output_size must be greater than or "
            f"equal to 0 but received {shown}"
        )
    sizes = enumerate(output_size, -dims)
    return tuple(input.shape[i] if n is None else int(n) for i, n in sizes)


ADAPTIVE_DOC = """Return the {what} of a given number of windows, in {dims} dimension{s}.

    Parameters
    ----------
    input : Tensor of shape (n, c, ...) or (c, ...)
    output_size : int, None or tuple of them
        How many windows; None keeps the size.
{indices}
    Returns
    -------
    Tensor{result}
    """


def _adaptive_avg(dims):
    name = f"adaptive_avg_pool{dims}d"

    def function(input, output_size):
        counts = adaptive_counts(input, output_size, dims, "avg")
        if dims == 1:
            rows = adaptive_avg_pool2d(traced.unsqueeze(input, -2), (1, *counts))
            return traced.squeeze_dim(rows, -2)
        if all(n == 1 for n in counts) and input.ndim > dims:
            return traced.mean_dim(input, tuple(range(-1, -dims - 1, -1)), True)
        record = (
            traced.adaptive_avg_pool2d_record if dims == 2 else traced.adaptive_avg_pool3d_record
        )
        return record(input, counts)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = ADAPTIVE_DOC.format(
        what="mean", dims=dims, s="s" if dims > 1 else "", indices="", result=""
    )
    return composite(functions=name, namespaces=SPACES if dims == 1 else "nn.functional")(function)


adaptive_avg_pool2d = _adaptive_avg(2)
adaptive_avg_pool1d = _adaptive_avg(1)
adaptive_avg_pool3d = _adaptive_avg(3)


def _adaptive_max(dims, pair=False):
    name = f"adaptive_max_pool{dims}d" + ("_with_indices" if pair else "")

    def function(input, output_size, return_indices=False):
        counts = adaptive_counts(input, output_size, dims, "max")
        if dims == 1:
            rows = traced.unsqueeze(input, -2)
            values, indices = traced.adaptive_max_pool2d_record(rows, (1, *counts))
            found = traced.squeeze_dim(values, -2), traced.squeeze_dim(indices, -2)
        elif dims == 2:
            found = traced.adaptive_max_pool2d_record(input, counts)
        else:
            found = traced.adaptive_max_pool3d_record(input, counts)
        return found if return_indices or pair else found[0]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = ADAPTIVE_DOC.format(
        what="largest entry",
        dims=dims,
        s="s" if dims > 1 else "",
        indices="    return_indices : bool, default False\n        Also give where each stands.\n",
        result=" or tuple of Tensor",
    )
    return composite(functions=name, namespaces="nn.functional")(function)


adaptive_max_pool1d = _adaptive_max(1)
adaptive_max_pool2d = _adaptive_max(2)
adaptive_max_pool3d = _adaptive_max(3)
for _dims in (1, 2, 3):
    _adaptive_max(_dims, pair=True)


def unpooled_sizes(input, kernel, stride, padding, output_size):
    """Return the sizes of planes that pooling gave, or the given ones if they may be those."""
    dims = len(kernel)
    windows = zip(input.shape[-dims:], stride, kernel, padding, strict=False)
    sizes = tuple((m - 1) * s + k - 2 * p for m, s, k, p in windows)
    if output_size is None:
        return sizes
    if len(output_size) not in (dims, dims + 2):
        raise ValueError(
            f"output_size should be a sequence containing {dims} or {dims + 2} elements, but it "
            f"has a length of '{len(output_size)}'"
        )
    given = output_size[-dims:]
    for i, (n, size, step) in enumerate(zip(given, sizes, stride, strict=False)):
        if not size - step < n < size + step:
            raise ValueError(
                f'invalid output_size "{given}" (dim {i} must be between {size - step} and '
                f"{size + step})"
            )
    return tuple(int(n) for n in given)


def _max_unpool(dims):
    name = f"max_unpool{dims}d"

    def function(input, indices, kernel_size, stride=None, padding=0, output_size=None):
        kernel, stride, padding, _ = window_arguments(dims, kernel_size, stride, padding)
        sizes = unpooled_sizes(input, kernel, stride, padding, output_size)
        if dims == 1:
            rows = traced.max_unpool2d_record(
                traced.unsqueeze(input, -1), traced.unsqueeze(indices, -1), (*sizes, 1)
            )
            return traced.squeeze_dim(rows, -1)
        record = traced.max_unpool2d_record if dims == 2 else traced.max_unpool3d_record
        return record(input, indices, sizes)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Put the entries of a max pooling back, in {dims} dimensions.

    Parameters
    ----------
    input : Tensor, the pooled entries
    indices : Tensor of int64, where they stood
    kernel_size, stride, padding : int or tuple
        Of the pooling; they give the size of the result.
    output_size : tuple of int, optional
        The size of the result itself.

    Returns
    -------
    Tensor
    """
    return composite(functions=name, namespaces="nn.functional")(function)


max_unpool1d = _max_unpool(1)
max_unpool2d = _max_unpool(2)
max_unpool3d = _max_unpool(3)


def _lp_pool(dims, mean):
    name = f"lp_pool{dims}d"

    def function(input, norm_type, kernel_size, stride=None, ceil_mode=False):
        area = int(np.prod(ntuple(kernel_size, dims, "kernel_size")))
        out = mean(input**norm_type, kernel_size, stride, 0, ceil_mode)
        return ((traced.sign(out) * traced.relu(traced.abs(out))) * area) ** (1.0 / norm_type)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Return the p-norm of each window, in {dims} dimension(s).

    Parameters
    ----------
    input : Tensor of shape (n, c, ...) or (c, ...)
    norm_type : float
    kernel_size : int or tuple
    stride : int or tuple, default `kernel_size`
    ceil_mode : bool, default False

    Returns
    -------
    Tensor
    """
    return composite(functions=name, namespaces="nn.functional")(function)


lp_pool1d = _lp_pool(1, avg_pool1d)
lp_pool2d = _lp_pool(2, avg_pool2d)
lp_pool3d = _lp_pool(3, avg_pool3d)
