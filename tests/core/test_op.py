"""What nodes of the table show of what they saved, and what running an operation costs."""

from __future__ import annotations

import pytest

import autograd_nb as torch
from autograd_nb.core.op import Op, OpNode
from autograd_nb.ops.loading import load_all
from tests.steps import steps


def test_every_name_that_a_record_shows_is_an_attribute_of_nodes() -> None:
    load_all()
    shown = {name for op in Op.table.values() for name in op.shown}
    assert {"self", "result", "dim", "mat1_sym_sizes"} <= shown
    assert [name for name in sorted(shown) if not hasattr(OpNode, "_saved_" + name)] == []


def test_a_node_shows_the_names_of_its_own_record_alone() -> None:
    node = torch.ones(2, requires_grad=True).exp().grad_fn
    assert [name for name in dir(node) if "_saved_" in name] == [
        "_raw_saved_result",
        "_saved_result",
    ]
    assert hasattr(node, "_raw_saved_result") and not hasattr(node, "_saved_dim")
    with pytest.raises(AttributeError, match="'ExpBackward0' object has no attribute '_saved_dim'"):
        _ = node._saved_dim  # an attribute of other nodes
    with pytest.raises(AttributeError, match="'ExpBackward0' object has no attribute '_saved_no'"):
        _ = node._saved_no


def test_pieces_are_tied_to_their_base_one_by_one() -> None:
    short, long = torch.rand(100), torch.rand(1000)
    list(short)  # what is imported on first use
    # Matplotlib looks at every element of what it plots.
    assert steps(lambda: list(long)) < 15 * steps(lambda: list(short))
