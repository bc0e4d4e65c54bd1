"""Expressions of shapes, indices, products, factorizations and layers, compared with PyTorch.

`expressions/` holds one expression a line; see `compositions.differences` for what is compared.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch, the reference, is not installed")

from tests.ops.compositions import differences

FOLDER = Path(__file__).parent / "expressions"
EXPRESSIONS = [
    (path.stem, line)
    for path in sorted(FOLDER.glob("*.txt"))
    for line in path.read_text().splitlines()
    if line.strip()
]

# What is known to differ, and why it is left so.
KNOWN = {
    "R(3,4).view(torch.int32)": {"derivative error", "layout"},  # a view here, none in PyTorch
    "R(4,5).scatter(0,I([[0,1],[1,0]]),2.,reduce='multiply')": {"chains"},
    "F.max_pool1d(N(1,2,6),2)": {"layout"},  # PyTorch has a kernel without indices
    "F.conv2d(R(1,2,5,5),R(2,3,3))": {"error"},
    # PyTorch splits complex convolutions into three real ones.
    "F.conv2d(R(1,2,5,5,dtype='complex128'),R(3,2,3,3,dtype='complex128'))": {"chains"},
    # LAPACK's leading dimension shows in PyTorch's strides.
    "L.lstsq(R(4,3),R(4,2))": {"layout"},
    "L.lstsq(R(4,3),R(4,2)).solution": {"layout"},
    "L.lstsq(R(4,3),R(4,2),driver='gelsd')": {"layout"},
    "L.solve(R(2,3,3),R(2,3))": {"layout"},
    "L.solve(R(3,3),R(2,3,1))": {"layout"},
    # PyTorch masks in place and then fails in backward.
    "L.cond(R(2,3,3),'fro')": {"chains", "derivative error", "first", "traced", "second"},
    "L.inv_ex(A([[1.,1],[1,1]]))": {"values"},  # nan here where PyTorch leaves infinities
}


@pytest.mark.parametrize(("subject", "expression"), EXPRESSIONS)
def test_expression_is_composed_as_in_pytorch(subject: str, expression: str) -> None:
    found = differences(expression)
    unexpected = {k: v for k, v in found.items() if k not in KNOWN.get(expression, set())}
    assert not unexpected


def test_known_differences_are_listed_once_and_exist() -> None:
    expressions = [line for _, line in EXPRESSIONS]
    assert len(set(expressions)) == len(expressions)
    assert set(KNOWN) <= set(expressions)


def test_random_masks_of_dropout_are_pytorchs() -> None:
    import torch as theirs

    import autograd_nb as ours
    from autograd_nb.core.tensor import wrap
    from autograd_nb.nn import functional

    shapes = {
        "dropout": (3, 4), "dropout1d": (3, 4, 5), "dropout2d": (2, 3, 4, 4),
        "dropout3d": (2, 3, 2, 2, 2), "alpha_dropout": (3, 4), "feature_alpha_dropout": (2, 3, 4),
    }  # fmt: skip
    for name, shape in shapes.items():
        data = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
        theirs.manual_seed(5)
        ours.manual_seed(5)
        wanted = getattr(theirs.nn.functional, name)(theirs.from_numpy(data), 0.3, True)
        found = getattr(functional, name)(wrap(data.copy()), 0.3, True)
        np.testing.assert_allclose(found._array, wanted.numpy(), rtol=1e-6, err_msg=name)
