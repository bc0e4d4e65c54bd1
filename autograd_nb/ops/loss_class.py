"""Losses of log-probabilities against classes: nll_loss and cross_entropy."""

import numpy as np

from ..core import dtypes, pool
from ..core.summation import add_up
from .loss_reduction import chosen_reduction, reduced
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import mistyped, prod, scalar_type, size_text

CLASSES = {"dtype": "int64", "low": 0, "high": 3}


def check_targets(target, classes, ignore_index):
    """Raise PyTorch's error for a class that does not exist."""
    bad = (target != ignore_index) & ((target < 0) | (target >= classes))
    if bad.any():
        raise IndexError(f"Target {target[bad].flat[0]} is out of bounds.")


def class_weights(target, weight, ignore_index, dtype):
    """Return what each target counts: its class's weight, 0 where it is ignored."""
    used = target != ignore_index
    if weight is None:
        return used.astype(dtype)
    return np.where(used, np.asarray(weight)[np.where(used, target, 0)], 0).astype(dtype)


def check_dtypes(self, target, weight):
    """Raise PyTorch's error unless targets are integers, scores and weights of one other dtype."""
    if self.dtype.kind not in "f":
        raise NotImplementedError(
            f"\"nll_loss_out_frame\" not implemented for '{scalar_type(self)}'"
        )
    if target.dtype not in (np.int64, np.uint8):
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {scalar_type(target)}"
        )
    if weight is not None and weight.dtype != self.dtype:
        raise mistyped(self, weight)


def is_simple(target, weight, shape, ignore_index):
    """Say whether rows of scores meet valid classes of equal weight: the common case."""
    if weight is not None or len(shape) != 2 or target.ndim != 1 or not target.size:
        return False
    low, high = np.minimum.reduce(target), np.maximum.reduce(target)
    if low < 0 or high >= shape[1]:
        return False
    return not low <= ignore_index <= high


def picked_forward(self, target, weight, reduction, ignore_index):
    """Return minus the chosen log-probabilities along dim 1 (0 of a vector), reduced."""
    axis = 1 if self.ndim > 1 else 0
    if is_simple(target, weight, self.shape, ignore_index):
        chosen = self[np.arange(len(target)), target]
        if reduction == "none":
            return -chosen
        total = -np.add.reduce(chosen)
        return total / self.dtype.type(len(target)) if reduction == "mean" else total
    check_targets(target, self.shape[axis], ignore_index)
    factor = class_weights(target, weight, ignore_index, self.dtype)
    where = np.where(target == ignore_index, 0, target).astype(np.int64, copy=False)
    chosen = np.take_along_axis(self, np.expand_dims(where, axis), axis).squeeze(axis)
    # An ignored entry counts nothing even where its score is infinite.
    values = np.where(factor == 0, self.dtype.type(0), -chosen * factor)
    if reduction != "mean":
        return reduced(np.asarray(values), reduction)[()]
    return add_up(values) / add_up(factor)


def picked_backward(grad, target, weight, shape, reduction, ignore_index):
    """Return the cotangent of the log-probabilities."""
    axis = 1 if len(shape) > 1 else 0
    if is_simple(target, weight, shape, ignore_index):
        result = pool.zeros(tuple(shape), grad.dtype)
        share = grad / grad.dtype.type(len(target)) if reduction == "mean" else grad
        result[np.arange(len(target)), target] = -share
        return result
    factor = -class_weights(target, weight, ignore_index, grad.dtype)
    if reduction == "mean":
        # Not a number where all targets are ignored: these get zero all the same.
        factor = np.where(target == ignore_index, 0, factor / -np.add.reduce(factor, None))
    values = np.where(factor == 0, grad.dtype.type(0), factor * grad)
    where = np.where(target == ignore_index, 0, target).astype(np.int64, copy=False)
    result = np.zeros(shape, grad.dtype)
    np.put_along_axis(result, np.expand_dims(where, axis), np.expand_dims(values, axis), axis)
    return result


class _Pick:
    r"""Minus the log-probability of each row's class, reduced.

    Parameters
    ----------
    self : Tensor of shape (n, classes), (classes,) or (n, classes, h, w)
    target : Tensor of int64
    weight : Tensor of shape (classes,) or None
    reduction : {"none", "mean", "sum"}
    ignore_index : int

    Notes
    -----
    .. math:: grad_{self,n,c} = -g \, w_c [c = target_n] / \sum w
    """

    def forward(self, target, weight=None, reduction="mean", ignore_index=-100):
        check_dtypes(self, target, weight)
        return picked_forward(self, target, weight, reduction, ignore_index)

    def vjp_self(F, grad_output, self, target, weight, reduction, ignore_index):
        return F.nll_loss_backward(grad_output, self, target, weight, reduction, ignore_index)

    samples = [Sample(T(4, 3), T(4, **CLASSES), None, r, -100) for r in ("none", "mean", "sum")]


_OPTIONS = {"kind": "linear", "tensors": "target weight", "public": False}
nll_loss_rows = op(name="nll_loss_rows", node="NllLossBackward0", **_OPTIONS)(_Pick)
nll_loss_maps = op(name="nll_loss_maps", node="NllLoss2DBackward0", **_OPTIONS)(
    type(
        "_PickMaps",
        (),
        {
            **{k: v for k, v in vars(_Pick).items() if k in ("__doc__", "forward")},
            "vjp_self": lambda F, grad_output, self, target, weight, reduction, ignore_index: (
                F.nll_loss2d_backward(grad_output, self, target, weight, reduction, ignore_index)
            ),
            "samples": [Sample(T(2, 3, 2, 2), T(2, 2, 2, **CLASSES), None, "mean", -100)],
        },
    )
)


class _PickBackward:
    """Put a cotangent at each row's class, among zeros.

    Parameters
    ----------
    grad : Tensor
    self : Tensor, the log-probabilities; nothing depends on their values
    target : Tensor of int64
    weight : Tensor of shape (classes,) or None
    reduction : {"none", "mean", "sum"}
    ignore_index : int

    Notes
    -----
    .. math:: grad_{grad} = nll(g)
    """

    def forward(grad, self, target, weight=None, reduction="mean", ignore_index=-100):
        return picked_backward(grad, target, weight, self.shape, reduction, ignore_index)

    def vjp_grad(F, grad_output, target, weight, reduction, ignore_index):
        record = F.nll_loss_maps if grad_output.ndim == 4 else F.nll_loss_rows
        return record(grad_output, target, weight, reduction, ignore_index)

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    torch_name = None
    samples = [Sample(T(4), T(4, 3), T(4, **CLASSES), None, "none", -100)]


for _name, _node in (("nll_loss", "NllLoss"), ("nll_loss2d", "NllLoss2D")):
    op(
        name=f"{_name}_backward",
        node=f"{_node}BackwardBackward0",
        tensors="target weight",
        public=False,
    )(_PickBackward)


@composite(functions="nll_loss", namespaces="nn.functional")
def nll_loss(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"
):
    """Return minus the log-probability of each row's class, averaged by default.

    Parameters
    ----------
    input : Tensor of log-probabilities, of shape (classes,), (n, classes) or (n, classes, ...)
    target : Tensor of int64, of shape (), (n,) or (n, ...)
    weight : Tensor of shape (classes,), optional
    size_average, reduce
        Deprecated spellings of `reduction`.
    ignore_index : int, default -100
        Targets that count for nothing.
    reduction : {"mean", "sum", "none"}
        The mean divides by the sum of the weights that count.

    Returns
    -------
    Tensor
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    return nll_loss_nd(input, target, weight, reduction, ignore_index)


def nll_loss_nd(input, target, weight, reduction, ignore_index):
    """Choose the record by the number of dimensions, as PyTorch does."""
    shape, places = tuple(input.shape), tuple(target.shape)
    if len(shape) < 1:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if len(shape) != 1 and shape[0] != (places[0] if places else 1):
        raise ValueError(
            f"Expected input batch_size ({shape[0]}) to match target batch_size "
            f"({places[0] if places else 1})."
        )
    if weight is not None and tuple(weight.shape) != (shape[min(len(shape) - 1, 1)],):
        raise RuntimeError(
            "weight tensor should be defined either for all "
            f"{shape[min(len(shape) - 1, 1)]} classes or no classes but got weight tensor of "
            f"shape: {size_text(weight.shape)}"
        )
    if len(shape) <= 2:
        if len(places) > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if len(shape) == 1 and places:
            if places == (1,):
                target = traced.reshape(target, ())
            elif target.dtype in (dtypes.int64, dtypes.uint8):  # others are refused below
                raise ValueError(
                    f"For 1D input, 1D target must have size 1, but got target size: {places[0]}"
                )
        return traced.nll_loss_rows(input, target, weight, reduction, ignore_index)
    if len(shape) == 4 and len(places) == 3:
        check_maps(shape, places)
        return traced.nll_loss_maps(input, target, weight, reduction, ignore_index)
    if places[1:] != shape[2:]:
        raise RuntimeError(
            f"Expected target size {size_text((shape[0], *shape[2:]))}, got {size_text(places)}"
        )
    flat = traced.reshape(input, (shape[0], shape[1], 1, prod(shape[2:])))
    where = traced.reshape(target, (shape[0], 1, prod(shape[2:])))
    result = traced.nll_loss_maps(flat, where, weight, reduction, ignore_index)
    if reduction != "none":
        return result
    return traced.view(result, (shape[0], *shape[2:]))


def check_maps(shape, places):
    """Raise PyTorch's error unless the sizes of scores and targets agree."""
    if (shape[0], *shape[2:]) != places:
        raise RuntimeError(
            f"input and target batch or spatial sizes don't match: target {size_text(places)}, "
            f"input {size_text(shape)}"
        )


@composite(functions="cross_entropy", namespaces="nn.functional")
def cross_entropy(
    input,
    target,
    weight=None,
    size_average=None,
    ignore_index=-100,
    reduce=None,
    reduction="mean",
    label_smoothing=0.0,
):
    """Return the cross entropy of scores against classes or class probabilities.

    Parameters
    ----------
    input : Tensor of scores, of shape (classes,), (n, classes) or (n, classes, ...)
    target : Tensor
        Classes (int64), or probabilities in the shape of `input`.
    weight : Tensor of shape (classes,), optional
    size_average, reduce
        Deprecated spellings of `reduction`.
    ignore_index : int, default -100
        Targets that count for nothing.
    reduction : {"mean", "sum", "none"}
    label_smoothing : float from 0 to 1, default 0
        Share of each target that is spread over all classes.

    Returns
    -------
    Tensor

    Notes
    -----
    Composed as PyTorch does: `log_softmax`, then `nll_loss`.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    dim = 0 if input.ndim == 1 else 1
    logs = traced.log_softmax(input, dim)
    if tuple(input.shape) == tuple(target.shape):
        return probability_loss(logs, target, weight, reduction, ignore_index, label_smoothing)
    if label_smoothing > 0.0:
        return smoothed_loss(logs, target, weight, reduction, ignore_index, label_smoothing, dim)
    return nll_loss_nd(logs, target, weight, reduction, ignore_index)


def class_shape(weight, ndim, dim):
    """Return class weights as a tensor that broadcasts along the class dimension."""
    return traced.view(weight, (1,) * dim + (-1,) + (1,) * (ndim - dim - 1)) if ndim > 1 else weight


def probability_loss(logs, target, weight, reduction, ignore_index, label_smoothing):
    """Return the cross entropy against class probabilities."""
    dim = 0 if logs.ndim == 1 else 1
    if target._array.dtype.kind != "f":
        raise RuntimeError(
            "Expected floating point type for target with class probabilities, got "
            + scalar_type(target._array)
        )
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    if weight is not None and tuple(weight.shape) != (logs.shape[dim],):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {logs.shape[dim]} "
            f"classes or no classes but got weight tensor of shape: {size_text(weight.shape)}"
        )
    if label_smoothing > 0.0:
        target = target * (1 - label_smoothing) + label_smoothing / logs.shape[dim]
    product = logs * target
    if weight is not None:
        product = product * class_shape(weight, logs.ndim, dim)
    if reduction == "none":
        return -traced.sum_dim(product, (dim,), False)
    total = -traced.sum_all(product)
    if reduction == "sum":
        return total
    return traced.div_scalar(total, logs._array.size // max(1, logs.shape[dim]))


def smoothed_loss(logs, target, weight, reduction, ignore_index, label_smoothing, dim):
    """Return the cross entropy against classes mixed with the uniform distribution."""
    n_classes = logs.shape[dim]
    nll = nll_loss_nd(logs, target, weight, reduction, ignore_index)
    weighted = logs if weight is None else logs * class_shape(weight, logs.ndim, dim)
    smooth = -traced.sum_dim(weighted, (dim,), False)
    ignored = target == ignore_index
    smooth = traced.masked_fill(smooth, ignored, 0.0)
    if reduction == "mean":
        kept = ~ignored._array
        if weight is None:
            smooth = traced.sum_all(smooth) / traced.constant(np.asarray(kept.sum(), np.int64))
        else:
            counted = class_weights(target._array, weight._array, ignore_index, logs._array.dtype)
            smooth = traced.sum_all(smooth) / traced.constant(np.asarray(counted.sum()))
    elif reduction == "sum":
        smooth = traced.sum_all(smooth)
    first = traced.mul_scalar(nll, 1 - label_smoothing)
    return first + traced.mul_scalar(smooth, label_smoothing / n_classes)
