"""What tensors are called, where a user has several names for one."""

import pytest

from autograd_nb.observe.names import loop_variables
from tests.observe.engines import both

LOOP = "for name, (q, *_) in zip('ab', [[p] for p in net.parameters()]):\n    pass\n"
MAGIC = f"get_ipython().run_cell_magic('autograd', '', {LOOP!r})"


@both
@pytest.mark.parametrize("cell", [LOOP, MAGIC], ids=["plain", "watched"])
def test_a_loops_variable_is_no_name_even_if_it_is_older(torch, recorder_for, cell):
    net = torch.nn.Linear(2, 1)
    space = {"q": net.bias, "net": net, "In": ["", "%time", cell]}
    with recorder_for(space) as recorder:
        net(torch.ones(3, 2)).sum().backward()
    told = [leaf["name"] for leaf in recorder.panel_state()["leaves"]]
    assert sorted(told) == ["net.bias", "net.weight"]


@both
def test_a_loops_variable_names_what_has_no_other_name(torch, recorder_for):
    text = "for w in [torch.ones(2, requires_grad=True)]:\n    w.sum().backward()\n"
    space = {"torch": torch}
    with recorder_for(space, text=text) as recorder:
        exec(text, space)
    assert [leaf["name"] for leaf in recorder.panel_state()["leaves"]] == ["w"]


def test_variables_of_loops_are_those_of_for_statements():
    assert loop_variables("for a, (b, *c) in d: e = [f for f in a]") == {"a", "b", "c"}
    assert loop_variables("%time x") == frozenset()
    assert loop_variables("\0") == frozenset()
