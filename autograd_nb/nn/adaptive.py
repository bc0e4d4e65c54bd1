"""The adaptive softmax: frequent classes in a head, rare ones in clusters with smaller layers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.containers import ModuleList, Sequential
from autograd_nb.nn.linear import Linear
from autograd_nb.nn.module import Module
from autograd_nb.ops.namespaces import T

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class _ASMoutput(NamedTuple):
    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Logarithms of the probabilities of targets, with less work for rare classes.

    Parameters
    ----------
    in_features : int
        Size of the input.
    n_classes : int
        How many classes, sorted from the most frequent to the rarest.
    cutoffs : sequence of int
        Where a new cluster begins.
    div_value : float, default: 4.0
        How much smaller each cluster's layer is than the one before.
    head_bias : bool, default: False
        Whether the head has a bias.
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        ends = list(cutoffs)
        if not ends:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (
            ends != sorted(set(ends))
            or ends[0] <= 0
            or ends[-1] > n_classes - 1
            or any(int(end) != end for end in ends)
        ):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an "
                "increasing order, where each value is between 1 and n_classes-1"
            )
        self.in_features, self.n_classes = in_features, n_classes
        self.cutoffs = [*ends, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size, self.n_clusters = ends[0], len(ends)
        self.head_size = self.shortlist_size + self.n_clusters
        kind = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **kind)
        self.tail = ModuleList()
        for i, (low, high) in enumerate(pairwise(self.cutoffs)):
            hidden = int(in_features // div_value ** (i + 1))
            first = Linear(in_features, hidden, bias=False, **kind)
            self.tail.append(Sequential(first, Linear(hidden, high - low, bias=False, **kind)))

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        self.head.reset_parameters()
        for cluster in self.tail:
            for layer in cluster.children():
                layer.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        """Return the logarithms of the targets' probabilities, and their mean, negated."""
        if target_.ndim == 1:
            if input_.shape[0] != target_.shape[0]:
                raise RuntimeError(
                    "Input and target should have the same size in the batch dimension."
                )
            if input_.ndim != 2:
                raise RuntimeError(
                    "1D target tensor expects 2D input tensors, but found inputs with size "
                    f"{input_.size()}"
                )
        elif target_.ndim == 0:
            if input_.ndim != 1:
                raise RuntimeError(
                    "0D target tensor expects 1D input tensors, but found inputs with size "
                    f"{input_.size()}"
                )
        else:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        single = target_.ndim == 0
        inputs = input_.unsqueeze(0) if single else input_
        targets = target_.unsqueeze(0) if single else target_
        found, columns, used = inputs.new_zeros(targets.shape[0]), targets.clone(), 0
        for i, (low, high) in enumerate(pairwise([0, *self.cutoffs])):
            inside = (targets >= low) & (targets < high)
            rows = inside.nonzero().reshape(-1)
            used += rows.numel()
            if not i or not rows.numel():
                continue
            each = T.log_softmax(self.tail[i - 1](inputs.index_select(0, rows)), 1)
            own = each.gather(1, (targets[inside] - low).unsqueeze(1)).squeeze(1)
            columns.index_fill_(0, rows, self.shortlist_size + i - 1)
            found.index_copy_(0, rows, own)
        if used != targets.shape[0]:
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{targets.min().item()}, {targets.max().item()}] were found. "
            )
        head = T.log_softmax(self.head(inputs), 1)
        found = found + head.gather(1, columns.unsqueeze(1)).squeeze()
        loss = (-found).mean()
        return _ASMoutput(found.squeeze(0) if single else found, loss)

    def _all_log_probs(self, inputs: Tensor, head: Tensor) -> Tensor:
        logs = T.log_softmax(head, 1)
        parts = [logs[:, : self.shortlist_size]]
        for i, cluster in enumerate(self.tail):
            own = logs[:, self.shortlist_size + i].unsqueeze(1)
            parts.append(T.log_softmax(cluster(inputs), 1) + own)
        return T.cat(parts, 1)

    def log_prob(self, input: Tensor) -> Tensor:
        """Return the logarithms of all classes' probabilities.

        Parameters
        ----------
        input : Tensor of shape (batch, in_features)
            The inputs.
        """
        return self._all_log_probs(input, self.head(input))

    def predict(self, input: Tensor) -> Tensor:
        """Return the most probable classes.

        Parameters
        ----------
        input : Tensor of shape (batch, in_features)
            The inputs.
        """
        head = self.head(input)
        chosen = T.argmax(head, 1)
        rare = chosen >= self.shortlist_size
        if bool(rare.any()):
            chosen[rare] = T.argmax(self._all_log_probs(input[rare], head[rare]), 1)
        return chosen
