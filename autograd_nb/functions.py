"""Functions of `torch.nn.functional` that PyTorch has under `torch` too.

There they take the reduction as a number, none by default, and the kernels' arguments.
"""

from __future__ import annotations

from typing import Any

from .core.tensor import Tensor
from .nn import functional as F

REDUCTIONS = ("none", "mean", "sum")


def _with_number(name: str, default: int) -> Any:
    """Return a loss that takes its reduction as a number."""
    function = getattr(F, name)

    def loss(*args: Any, reduction: int = default, **options: Any) -> Tensor:
        if args and _takes_reduction(name, len(args)):
            *args, reduction = args  # type: ignore[assignment]
        return function(*args, reduction=REDUCTIONS[reduction], **options)  # type: ignore[no-any-return]

    loss.__name__ = loss.__qualname__ = name
    loss.__doc__ = f"""`torch.nn.functional.{name}`, with the reduction as a number.

    Parameters
    ----------
    *args, **options
        As there.
    reduction : {{0, 1, 2}}
        None, mean or sum.

    Returns
    -------
    Tensor
        The loss.
    """
    return loss


# How many arguments stand before the reduction.
_BEFORE = {
    "cosine_embedding_loss": 4,
    "hinge_embedding_loss": 3,
    "margin_ranking_loss": 4,
    "kl_div": 2,
}


def _takes_reduction(name: str, count: int) -> bool:
    return count > _BEFORE[name]


cosine_embedding_loss = _with_number("cosine_embedding_loss", 0)
hinge_embedding_loss = _with_number("hinge_embedding_loss", 0)
margin_ranking_loss = _with_number("margin_ranking_loss", 0)
kl_div = _with_number("kl_div", 0)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Any = None, pos_weight: Any = None, reduction: int = 0
) -> Tensor:
    """Return the cross entropy of logits with binary targets.

    Parameters
    ----------
    input, target : Tensor of one shape
        Logits, and probabilities.
    weight, pos_weight : Tensor, optional
        Weights of elements, and of positive ones.
    reduction : {0, 1, 2}
        None, mean or sum.
    """
    return F.binary_cross_entropy_with_logits(  # type: ignore[no-any-return]
        input, target, weight, pos_weight=pos_weight, reduction=REDUCTIONS[reduction]
    )


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool, full: bool, eps: float, reduction: int
) -> Tensor:
    """Return the negative log likelihood of counts.

    Parameters
    ----------
    input, target : Tensor
        Means (or their logarithms), and counts.
    log_input, full : bool
        Whether logarithms are given; whether to add Stirling's term.
    eps : float
        Kept away from the logarithm of zero.
    reduction : {0, 1, 2}
        None, mean or sum.
    """
    return F.poisson_nll_loss(  # type: ignore[no-any-return]
        input, target, log_input=log_input, full=full, eps=eps, reduction=REDUCTIONS[reduction]
    )


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: int = 0,
) -> Tensor:
    """Return how much nearer the positive is than the negative, short of the margin.

    Parameters
    ----------
    anchor, positive, negative : Tensor of shape (N, D)
        The triplets.
    margin, p, eps : float
        How much nearer it has to be, by which norm, and what is added to distances.
    swap : bool, default False
        Use the nearer one of anchor and positive for the negative.
    reduction : {0, 1, 2}
        None, mean or sum.
    """
    return F.triplet_margin_loss(  # type: ignore[no-any-return]
        anchor, positive, negative, margin=margin, p=p, eps=eps, swap=swap,
        reduction=REDUCTIONS[reduction],
    )  # fmt: skip


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: int = 0,
    zero_infinity: bool = False,
) -> Tensor:
    """Return the connectionist temporal classification loss.

    Parameters
    ----------
    log_probs : Tensor of shape (T, N, C)
        Logarithms of probabilities.
    targets, input_lengths, target_lengths : Tensor
        The targets, and the lengths of both.
    blank : int, default 0
        Which class is the blank.
    reduction : {0, 1, 2}
        None, mean or sum.
    zero_infinity : bool, default False
        Put zero for infinite losses.
    """
    return F.ctc_loss(  # type: ignore[no-any-return]
        log_probs, targets, input_lengths, target_lengths, blank=blank,
        reduction=REDUCTIONS[reduction], zero_infinity=zero_infinity,
    )  # fmt: skip


def adaptive_max_pool1d(input: Tensor, output_size: Any) -> Any:
    """Return maxima of windows that cover the input, and their places.

    Parameters
    ----------
    input : Tensor of shape (N, C, L) or (C, L)
        Where to look.
    output_size : int
        How many windows.
    """
    return F.adaptive_max_pool1d(input, output_size, return_indices=True)


celu_, selu_, threshold_ = F.celu_, F.selu_, F.threshold_


def alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Drop elements so that mean and variance stay, for networks of `selu`.

    Parameters
    ----------
    input : Tensor
        Where.
    p : float
        Probability of dropping.
    train : bool
        Whether to do anything.
    """
    return F.alpha_dropout(input, p, train)  # type: ignore[no-any-return]


def feature_alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Drop whole channels so that mean and variance stay.

    Parameters
    ----------
    input : Tensor of shape (N, C, ...)
        Where.
    p : float
        Probability of dropping.
    train : bool
        Whether to do anything.
    """
    return F.feature_alpha_dropout(input, p, train)  # type: ignore[no-any-return]


def instance_norm(
    input: Tensor,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """Normalize each channel of each sample.

    Parameters
    ----------
    input : Tensor of shape (N, C, ...)
        What to normalize.
    weight, bias, running_mean, running_var : Tensor of shape (C,) or None
        Scale and shift, and the statistics kept.
    use_input_stats : bool
        Use the sample's own statistics.
    momentum, eps : float
        How fast the kept statistics follow, and what is added to variances.
    cudnn_enabled : bool
        Without effect.
    """
    return F.instance_norm(  # type: ignore[no-any-return]
        input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps
    )


def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """Read an image at given places.

    Parameters
    ----------
    input : Tensor of shape (N, C, H, W) or (N, C, D, H, W)
        The image.
    grid : Tensor of shape (N, H, W, 2) or (N, D, H, W, 3)
        The places, from -1 to 1.
    interpolation_mode : {0, 1, 2}
        Bilinear, nearest or bicubic.
    padding_mode : {0, 1, 2}
        Zeros, border or reflection.
    align_corners : bool
        Whether -1 and 1 are the middles of the outer pixels.
    """
    modes, pads = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")
    return F.grid_sample(  # type: ignore[no-any-return]
        input, grid, modes[interpolation_mode], pads[padding_mode], align_corners
    )


grid_sampler_2d = grid_sampler_3d = grid_sampler


def affine_grid_generator(theta: Tensor, size: Any, align_corners: bool) -> Tensor:
    """Return the places that an affine map sends a grid's points to.

    Parameters
    ----------
    theta : Tensor of shape (N, 2, 3) or (N, 3, 4)
        The maps.
    size : tuple of int
        Shape of the image, (N, C, H, W) or (N, C, D, H, W).
    align_corners : bool
        Whether -1 and 1 are the middles of the outer pixels.
    """
    return F.affine_grid(theta, size, align_corners)  # type: ignore[no-any-return]
