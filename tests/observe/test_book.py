"""One place for each point of the program, however often it is come to."""

import pytest

from autograd_nb.observe.alike import Search
from tests.observe.engines import both
from tests.steps import steps

PASSES = 12
"""More than are recorded node by node from the beginning."""


def names_of(recorder):
    """The operations that are drawn, by their variable or label."""
    assert not recorder.failed, recorder.message
    return sorted(
        node.vars[0] if node.vars else node.label
        for node in recorder.graph.nodes
        if node.leaf is None
    )


def run(recorder_for, torch, text, times=PASSES):
    """Run some lines several times, as a cell with a loop in it does, and give the recorder."""
    space = {"torch": torch}
    w = space["w"] = torch.tensor([1.0, 2.0], requires_grad=True)
    space["v"] = torch.tensor([0.5], requires_grad=True)
    with recorder_for(space) as recorder:
        code = compile(text, "<the loop>", "exec")
        for _ in range(times):
            exec(code, space)
    assert w is space["w"]
    return recorder


@both
def test_what_the_variables_hold_after_a_loop_is_drawn_once(torch, recorder_for):
    recorder = run(
        recorder_for,
        torch,
        "h = w * 2\npred = h.tanh()\nloss = (pred ** 2).sum()\nloss.backward()\n",
    )
    assert names_of(recorder) == ["h", "loss", "pow", "pred"]
    assert len(recorder.graph.roots) == 1


@both
def test_a_loop_without_a_pass_is_drawn_once(torch, recorder_for):
    space = {}
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with recorder_for(space) as recorder:
        for _ in range(3):
            space["y"] = (w * 2).sum()
            recorder.next_growth = 0
            w * 1  # the next operation looks at what has grown
            recorder._place_variables()
    if recorder._first_sequence is not None:
        assert names_of(recorder) == ["mul", "y"]


@both
def test_the_same_line_met_twice_in_one_graph_has_two_places(torch, recorder_for):
    text = "total = sum((w * k).sum() for k in (2, 3))\ntotal.backward()\n"
    recorder = run(recorder_for, torch, text)
    assert names_of(recorder) == ["add", "mul", "mul", "sum", "sum", "total"]


@both
def test_results_that_are_kept_in_a_list_are_one_point_of_the_program(torch, recorder_for):
    space = {"torch": torch, "kept": []}
    space["w"] = torch.tensor([1.0, 2.0], requires_grad=True)
    code = compile("loss = (w * 2).sum()\nloss.backward()\nkept.append(loss)\n", "<loop>", "exec")
    with recorder_for(space) as recorder:
        for _ in range(PASSES):
            exec(code, space)
    assert names_of(recorder) == ["loss", "mul"]


@both
def test_two_results_of_one_line_that_live_at_once_are_two(torch, recorder_for):
    space = {}
    x = space["x"] = torch.tensor([1.0, 2.0], requires_grad=True)
    with recorder_for(space) as recorder:
        space["a"], space["b"] = x * 2, x * 2
        space["a"].sum().backward()
    assert names_of(recorder) == ["a", "b", "sum"]


@both
def test_equal_lines_of_different_text_are_told_apart(torch, recorder_for):
    space = {}
    x = space["x"] = torch.tensor([1.0, 2.0], requires_grad=True)
    with recorder_for(space) as recorder:
        y = x * 2
        y.sum().backward()
        space["z"] = x * 2
    assert names_of(recorder) == ["sum", "y", "z"]


@both
def test_a_sum_over_kept_results_keeps_its_branches_apart(torch, recorder_for):
    space = {"torch": torch, "kept": []}
    space["w"] = torch.tensor([1.0, 2.0], requires_grad=True)
    code = compile(
        "y = (w * 2).sum()\ny.backward(retain_graph=True)\nkept.append(y)\n", "<loop>", "exec"
    )
    with recorder_for(space) as recorder:
        for _ in range(3):
            exec(code, space)
        total = space["total"] = sum(space["kept"])
        total.backward()
    assert names_of(recorder).count("mul") == 3
    step = recorder.tape.passes[-1].steps
    assert len(step) == len({one.node for one in step}) == 10


@both
def test_a_leaf_made_anew_in_every_pass_has_one_place(torch, recorder_for):
    text = """
mix = torch.ones(3).requires_grad_()
score = (mix * w[0]).pow(3).sum()
(g,) = torch.autograd.grad(score, mix, create_graph=True)
loss = (g ** 2).sum()
loss.backward()
"""
    recorder = run(recorder_for, torch, text)
    found = names_of(recorder)
    assert found.count("score") == found.count("loss") == found.count("g") == 1
    assert sorted({node.label for node in recorder.graph.nodes if node.leaf is not None}) == [
        "mix",
        "w",
    ]
    state = recorder.panel_state()
    assert [leaf["name"] for leaf in state["leaves"]].count("mix") == 1


@both
def test_a_leaf_that_still_has_a_name_does_not_give_its_record_away(torch, recorder_for):
    space = {}
    with recorder_for(space) as recorder:
        space["w"] = torch.ones(2, requires_grad=True)
        (space["w"] * 2).sum().backward()
        space["old"] = space["w"]
        space["w"] = torch.ones(2, requires_grad=True)
        (space["w"] * 2).sum().backward()
    names = sorted(leaf["name"] for leaf in recorder.panel_state()["leaves"])
    assert names == ["old", "w"]


@both
@pytest.mark.parametrize("lengths", [(3, 2, 4, 3)])
def test_a_loop_whose_graph_changes_its_length_shares_what_is_equal(torch, recorder_for, lengths):
    space = {"torch": torch}
    w = space["w"] = torch.tensor([1.0, 2.0], requires_grad=True)
    with recorder_for(space) as recorder:
        for length in lengths:
            h = torch.ones(2)
            for _ in range(length):
                h = (h * w).tanh()
            h.sum().backward()
    assert w is space["w"]
    assert [node.label for node in recorder.graph.nodes].count("tanh") == max(lengths)


@both
def test_a_name_goes_on_to_the_result_that_has_it_now(torch, recorder_for):
    space = {}
    x = space["x"] = torch.ones(2, requires_grad=True)
    with recorder_for(space) as recorder:
        y = x * 2
        for _ in range(3):
            y = space["y"] = y * 2
            if torch.__name__ == "autograd_nb":
                recorder.grown(y.grad_fn)  # as after some time
        y.sum().backward()
    assert names_of(recorder) == ["mul", "mul", "mul", "sum", "y"]


@both
def test_leaves_are_told_in_the_order_of_the_variables(torch, recorder_for):
    space = {"a": torch.ones(2, requires_grad=True), "b": torch.ones(2, requires_grad=True)}
    with recorder_for(space) as recorder:
        (space["b"].sin() * space["a"]).sum().backward()
    assert [leaf["name"] for leaf in recorder.panel_state()["leaves"]] == ["a", "b"]


@both
def test_the_results_of_a_list_keep_their_places_when_it_grows(torch, recorder_for):
    space = {"torch": torch}
    space["w"] = torch.tensor([1.0, 2.0], requires_grad=True)
    text = """
kept = []
for turn in range(length):
    scaled = w * turn
    kept.append(scaled.sum())
loss = sum(kept)
loss.backward()
"""
    code = compile(text, "<loop>", "exec")
    with recorder_for(space) as recorder:
        for space["length"] in (3, 5, 4):
            exec(code, space)
    assert [name for name in names_of(recorder) if name.startswith("kept")] == [
        f"kept[{turn}]" for turn in range(5)
    ]
    graph = recorder.graph
    first = next(node for node in graph.nodes if node.vars == ("kept[0]",))
    assert sum(edge.src == first.id for edge in graph.edges) == 1  # the additions are shared


@both
def test_long_chains_that_differ_at_their_ends_are_told_apart_soon(
    torch, recorder_for, monkeypatch
):
    space, spent = {}, []
    x = space["x"] = torch.ones(2, requires_grad=True)
    run_search = Search.run

    def counted(search, known):
        found = []
        spent.append(steps(lambda: found.append(run_search(search, known))))
        return found[0]

    def chain(h, times=1_500):
        for _ in range(times):
            h = h.sin()
        return h

    monkeypatch.setattr(Search, "run", counted)
    with recorder_for(space) as recorder:
        chain(x * 2).sum().backward()
        chain(x * 2).sum().backward()
        many = [x * 3 for _ in range(1_500)]
        sum(many).sum().backward(retain_graph=True)
        sum(many[:-1]).sum().backward()
    assert not recorder.failed, recorder.message
    # 320,000 when this was written; where each node goes down the chain, seventy times as many.
    assert sum(spent) < 1_000_000


@both
def test_a_leaf_made_anew_is_counted_in_every_pass(torch, recorder_for):
    recorder = run(
        recorder_for, torch, "p = torch.ones(2, requires_grad=True)\n(p * w).sum().backward()\n", 20
    )
    counts = {leaf["name"]: leaf["contributions"] for leaf in recorder.panel_state()["leaves"]}
    assert counts == {"w": 20, "p": 20}
