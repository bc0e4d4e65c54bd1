"""What nodes of the table show of what they saved."""

from __future__ import annotations

import pytest

import autograd_nb as torch
from autograd_nb.core.op import Op, OpNode
from autograd_nb.ops.loading import load_all


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
