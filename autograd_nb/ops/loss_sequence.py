"""Connectionist temporal classification: the loss of a label sequence over all alignments.

Note [CTC recursion]
Labels are written with a blank before, between and behind. ``alpha[t, s]`` is the logarithm of
the probability of all ways through the first ``t`` frames that end in symbol ``s``, ``beta`` the
same from the end (Graves et al., 2006). Both run over all sequences of the batch at once.
"""

import numpy as np

from .loss_reduction import check_reduction
from .namespaces import T as traced
from .registry import composite, op


def with_blanks(targets, lengths, blank):
    """Return every label sequence with blanks around its labels, padded to one length."""
    n, most = len(lengths), int(max(lengths, default=0))
    wide = np.full((n, 2 * most + 1), blank, np.int64)
    if targets.ndim == 2:
        wide[:, 1::2] = targets[:, :most]
    else:
        start = 0
        for i, length in enumerate(lengths):
            wide[i, 1 : 2 * length : 2] = targets[start : start + length]
            start += length
    for i, length in enumerate(lengths):
        wide[i, 2 * length + 1 :] = blank
    return wide


def log_sum(*parts):
    """Return the logarithm of a sum of exponentials; -inf for a sum of nothing."""
    top = np.maximum.reduce(parts)
    safe = np.where(np.isneginf(top), 0, top)
    return np.where(np.isneginf(top), top, safe + np.log(sum(np.exp(p - safe) for p in parts)))


def moved(table, by):
    """Return a table with its symbols moved, -inf where none come from."""
    result = np.full_like(table, -np.inf)
    if by > 0:
        result[:, by:] = table[:, :-by]
    else:
        result[:, :by] = table[:, -by:]
    return result


def alphas(scores, symbols, frames):
    """Return the forward table (t, n, s); a sequence's rows stay as they are after its end."""
    jumps = np.zeros(symbols.shape, bool)
    jumps[:, 2:] = (symbols[:, 2:] != symbols[:, :-2]) & (np.arange(2, symbols.shape[1]) % 2 == 1)
    table = np.full((len(scores), *symbols.shape), -np.inf, scores.dtype)
    rows = np.arange(len(symbols))[:, None]
    table[0, :, 0] = scores[0, rows[:, 0], symbols[:, 0]]
    if symbols.shape[1] > 1:
        table[0, :, 1] = scores[0, rows[:, 0], symbols[:, 1]]
    for t in range(1, len(scores)):
        before = table[t - 1]
        skipped = np.where(jumps, moved(before, 2), -np.inf)
        step = log_sum(before, moved(before, 1), skipped) + scores[t, rows, symbols]
        table[t] = np.where((t < frames)[:, None], step, before)
    return table


def betas(scores, symbols, frames, lengths):
    """Return the backward table (t, n, s), each including its own frame's score."""
    jumps = np.zeros(symbols.shape, bool)
    jumps[:, :-2] = (symbols[:, 2:] != symbols[:, :-2]) & (np.arange(symbols.shape[1] - 2) % 2 == 1)
    table = np.full((len(scores), *symbols.shape), -np.inf, scores.dtype)
    rows = np.arange(len(symbols))[:, None]
    after = np.full(symbols.shape, -np.inf, scores.dtype)
    for t in range(len(scores) - 1, -1, -1):
        skipped = np.where(jumps, moved(after, -2), -np.inf)
        step = log_sum(after, moved(after, -1), skipped) + scores[t, rows, symbols]
        first = np.full(symbols.shape, -np.inf, scores.dtype)
        for i in np.flatnonzero(frames - 1 == t):
            for s in {2 * lengths[i], max(2 * lengths[i] - 1, 0)}:
                first[i, s] = scores[t, i, symbols[i, s]]
        step = np.where((frames - 1 == t)[:, None], first, step)
        after = np.where((t < frames)[:, None], step, -np.inf)
        table[t] = after
    return table


def sequence_losses(table, frames, lengths):
    """Return minus the log-probability of every label sequence."""
    rows = np.arange(len(lengths))
    last = table[np.maximum(frames - 1, 0), rows]
    end, before = last[rows, 2 * lengths], last[rows, np.maximum(2 * lengths - 1, 0)]
    before = np.where(lengths > 0, before, -np.inf)
    found = -log_sum(end, before)
    return np.where(frames == 0, np.where(lengths == 0, 0, np.inf), found)


@op(node="CtcLossBackward0", kind="other", tensors="targets", public=False)
class ctc_record:
    r"""Minus the log-probability of label sequences over all alignments.

    Parameters
    ----------
    self : Tensor of shape (t, n, c), log-probabilities
    targets : Tensor of int, of shape (n, s) or all labels one after the other
    input_lengths, target_lengths : tuple of int
    blank : int
    zero_infinity : bool

    Notes
    -----
    .. math:: grad_{t,n,c} = g_n \left(e^{y_{tnc}} - e^{loss_n}
              \sum_{s:\, l_s = c} e^{\alpha_{ts} + \beta_{ts} - y_{tnc}}\right)

    within each sequence's frames. As in PyTorch it contains the softmax's part already, and there
    is no second derivative.
    """

    def forward(self, targets, input_lengths, target_lengths, blank, zero_infinity):
        frames, lengths = np.array(input_lengths), np.array(target_lengths)
        symbols = with_blanks(targets, lengths, blank)
        losses = sequence_losses(alphas(self, symbols, frames), frames, lengths)
        if zero_infinity:
            losses = np.where(np.isinf(losses), 0, losses)
        return losses.astype(self.dtype)

    def vjp_self(
        F, grad_output, self, targets, input_lengths, target_lengths, blank, zero_infinity
    ):
        scores, labels = F.value(self), F.value(targets)
        slope = sequence_slopes(
            scores, labels, np.array(input_lengths), np.array(target_lengths), blank, zero_infinity
        )
        return F.constant(slope) * F.reshape(grad_output, (1, -1, 1))

    # No sample: the formula is PyTorch's, which is not the derivative by log_probs alone.
    samples = ()


def sequence_slopes(scores, targets, frames, lengths, blank, zero_infinity):
    """Return the derivative of every loss by the log-probabilities."""
    symbols = with_blanks(targets, lengths, blank)
    forward = alphas(scores, symbols, frames)
    backward = betas(scores, symbols, frames, lengths)
    losses = sequence_losses(forward, frames, lengths)
    both = forward + backward
    sums = np.full(scores.shape, -np.inf, scores.dtype)
    rows = np.arange(len(symbols))
    for s in range(symbols.shape[1]):
        at = symbols[:, s]
        sums[:, rows, at] = log_sum(sums[:, rows, at], both[:, :, s])
    with np.errstate(invalid="ignore"):
        shares = np.exp(sums + losses[None, :, None] - scores)
        slope = np.exp(scores) - shares
    if zero_infinity:
        slope[:, np.isinf(losses)] = 0
    outside = np.arange(len(scores))[:, None] >= frames
    slope[outside] = 0
    return slope.astype(scores.dtype)


def lengths_of(value, name):
    """Return lengths as a tuple of ints."""
    if hasattr(value, "_array"):
        if value._array.dtype.kind not in "iu":
            raise RuntimeError(f"{name} must be integral")
        return tuple(int(n) for n in np.atleast_1d(value._array))
    return tuple(int(n) for n in value)


@composite(functions="ctc_loss", namespaces="nn.functional")
def ctc_loss(
    log_probs,
    targets,
    input_lengths,
    target_lengths,
    blank=0,
    reduction="mean",
    zero_infinity=False,
):
    """Return minus the log-probability of label sequences over all alignments.

    Parameters
    ----------
    log_probs : Tensor of shape (t, n, c) or (t, c)
    targets : Tensor of int, of shape (n, s), or all labels one after the other
    input_lengths, target_lengths : Tensor or tuple of int, of shape (n,)
    blank : int, default 0
    reduction : {"mean", "sum", "none"}
        The mean divides each loss by its target's length first.
    zero_infinity : bool, default False
        Losses of targets that do not fit count nothing instead of infinity.

    Returns
    -------
    Tensor
    """
    check_reduction(reduction)
    batched = log_probs.ndim == 3
    x = log_probs if batched else traced.unsqueeze(log_probs, 1)
    if not batched and targets.ndim == 1:
        targets = traced.unsqueeze(targets, 0)
    frames = lengths_of(input_lengths, "input_lengths")
    lengths = lengths_of(target_lengths, "target_lengths")
    checking = "(while checking arguments for ctc_loss_allocate_outputs)"
    steps, n, classes = x.shape
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    if len(frames) != n:
        raise RuntimeError("input_lengths must be of size batch_size")
    if len(lengths) != n:
        raise RuntimeError("target_lengths must be of size batch_size")
    for name, values in (("input_lengths", frames), ("target_lengths", lengths)):
        for value in values:
            if value < 0:
                raise RuntimeError(
                    f"Expected {name} to have value at least 0, but got value {value} {checking}"
                )
            if value > steps and name == "input_lengths":
                raise RuntimeError(
                    f"Expected {name} to have value at most {steps}, but got value {value} "
                    f"{checking}"
                )
    if targets.ndim == 2 and max(lengths, default=0) > targets.shape[1]:
        raise RuntimeError(
            f"Expected tensor to have size at least {max(lengths)} at dimension 1, but got size "
            f"{targets.shape[1]} for argument #2 'targets' {checking}"
        )
    losses = traced.ctc_record(x, targets, frames, lengths, blank, zero_infinity)
    if zero_infinity:
        infinite = traced.constant(np.isinf(losses._array))
        losses = traced.where(infinite, traced.constant(np.zeros((), x._array.dtype)), losses)
    if reduction == "mean":
        divisor = np.maximum(np.array(lengths), 1).astype(x._array.dtype)
        return traced.mean_all(losses / traced.constant(divisor))
    if reduction == "sum":
        return traced.sum_all(losses)
    return losses if batched else traced.squeeze_dim(losses, 0)
