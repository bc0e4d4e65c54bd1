"""Whether entries are true: any, all, and how many are not zero."""

from __future__ import annotations

import numpy as np

from autograd_nb.ops.reduced_dims import axes
from autograd_nb.ops.registry import Sample, T, op


def _truth(self, axis, keepdim, reduce):
    found = reduce(self, axis=axis, keepdims=keepdim)
    return found.astype(np.uint8) if self.dtype == np.uint8 else found


def _truth_test(name, reduce, summary):
    def forward(self, dim=None, keepdim=False):
        return _truth(self, axes(self, dim), keepdim, reduce)

    body = {
        "__doc__": f"""{summary}

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    dim : int or tuple of int, optional
        What to test over, everything by default.
    keepdim : bool, default False
        Keep those dimensions, with size 1.

    Notes
    -----
    Bool result (uint8 for uint8), without a derivative.
    """,
        "forward": forward,
        "samples": [
            Sample(T(3, 4, dtype="bool")),
            Sample(T(3, 4, dtype="bool"), 0),
            Sample(T(3, 4), (0, 1), True),
            Sample(T(0, 3), 0),
            Sample(T(3, dtype="uint8", low=0, high=2)),
            Sample(T()),
        ],
        "error_samples": [Sample(T(3), 5)],
    }
    return op(node=None, kind="nondifferentiable", methods=name, functions=name, name=name)(
        type(name, (), body)
    )


all = _truth_test("all", np.all, "Say whether all elements are nonzero.")
any = _truth_test("any", np.any, "Say whether any element is nonzero.")


@op(
    node=None,
    kind="nondifferentiable",
    methods="count_nonzero",
    functions="count_nonzero",
)
class count_nonzero:
    """Count the elements that are not zero.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    dim : int or tuple of int, optional
        What to count over, everything by default.

    Notes
    -----
    int64 result, without a derivative.
    """

    def forward(self, dim=None):
        return np.asarray(np.count_nonzero(self, axis=axes(self, dim)), np.int64)[()]

    samples = [Sample(T(3, 4)), Sample(T(3, 4, dtype="bool"), 0), Sample(T(2, 3, 4), (0, 2))]
    error_samples = [Sample(T(3), 5)]
