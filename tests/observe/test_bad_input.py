"""Whatever happens under the recorder: the user's code ends as it would, the state is told."""

import gc
import json
import threading

import pytest

from autograd_nb.core import events
from autograd_nb.magics.arranged import Arrangement
from autograd_nb.observe.finder import one_line
from tests.observe.engines import both, engine


class Unfriendly:
    """Hooks are any callables; nobody may ask this one for its repr."""

    def __repr__(self):
        raise RuntimeError("no repr")

    def __call__(self, grad):
        return None


@both
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_errors_threads_and_deleted_graphs(torch, recorder_for):
    space = {"unfriendly": Unfriendly(), "<b>": 1}

    def fail(grad):
        raise ValueError("the user's")

    def interrupt(grad):
        raise KeyboardInterrupt

    def work():
        for _ in range(20):
            w = torch.ones(3, requires_grad=True)
            (w * 2).sum().backward()

    with recorder_for(space, arrange=Arrangement()) as recorder:
        x = space["x"] = torch.ones(2, requires_grad=True)
        y = x * 2
        y.register_hook(Unfriendly())
        y.sum().backward()
        for hook, error in ((fail, ValueError), (interrupt, KeyboardInterrupt)):
            z = x * 3
            z.register_hook(hook)
            with pytest.raises(error):
                z.sum().backward()
        (slope,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
        (slope**2).sum().backward()
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        del y, z, slope
        gc.collect()
        for factor in (float("nan"), float("inf"), 0.0):
            (x * factor).sum().backward()
    assert not recorder.failed, recorder.message
    state = recorder.panel_state()
    json.dumps(state, allow_nan=False)
    assert state["status"]["passes"] == 5 + 40 + 3
    errors = [one["error"] for one in state["tape"]["passes"] if one["error"]]
    assert errors == ["ValueError: the user's", "KeyboardInterrupt"]


def test_what_cannot_be_watched_stops_nobody(recorder_for, monkeypatch):
    torch = engine("autograd_nb")
    recorder = recorder_for()

    def broken(own):
        raise ImportError("half of a library")

    monkeypatch.setattr(recorder.modules, "attach", broken)
    with recorder:
        x = torch.ones(2, requires_grad=True)
        (x * 2).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0] and events.observer is None
    assert recorder.message == "watching stopped: ImportError: half of a library"


@both
def test_a_hook_that_raises_is_named(torch, recorder_for):
    def fails(grad):
        raise ValueError("no")

    x = torch.ones(2, requires_grad=True)
    space = {"x": x}
    recorder = recorder_for(space)
    with pytest.raises(ValueError), recorder:
        y = space["y"] = x * 2
        y.register_hook(fails)
        x.register_hook(lambda grad: None)
        y.sum().backward()
    rows = {row["fn"]: row for row in recorder.panel_state()["hooks"]}
    assert (rows["fails"]["fired"], rows["fails"]["effect"]) == (1, "raised")
    assert (rows["<lambda>"]["fired"], rows["<lambda>"]["effect"]) == (0, "none yet")
    assert recorder.tape.passes[0].error == "ValueError: no"


@both
def test_graphs_of_two_threads_are_two(torch, recorder_for):
    space = {name: torch.ones(2, requires_grad=True) for name in ("v", "w")}

    def work(leaf):
        for _ in range(3):
            (leaf * 2).sum().backward()

    with recorder_for(space) as recorder:
        threads = [threading.Thread(target=work, args=(leaf,)) for leaf in space.values()]
        for thread in threads:
            thread.start()
            thread.join()
    assert not recorder.failed, recorder.message
    nodes = recorder.graph.nodes
    assert sorted(node.label for node in nodes if node.leaf is None) == ["mul", "mul", "sum", "sum"]
    assert len({node.leaf for node in nodes if node.leaf is not None}) == 2
    assert len(recorder.graph.roots) == 2


def test_a_long_error_is_cut_at_a_word_and_says_so():
    said = one_line(ValueError("so many words " * 40))
    assert said.startswith("ValueError: so many words so") and said.endswith(" words so…")
    assert one_line(ValueError("")) == "ValueError"
