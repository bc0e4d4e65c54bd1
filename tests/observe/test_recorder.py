import gc
import importlib
import json
import threading
import weakref

import pytest

from autograd_nb.core import events
from autograd_nb.observe.explain import explain_grad
from tests.observe.engines import both, engine


def state_of(recorder):
    state = recorder.panel_state()
    json.dumps(state, allow_nan=False)
    assert not recorder.failed, recorder.message
    return state


def steps_of(done):
    return [
        (
            step["name"],
            [None if stat is None else round(stat["norm"], 3) for stat in step["received"]],
            [(sent["edge"], round(sent["stat"]["norm"], 3)) for sent in step["sent"]],
        )
        for step in done["steps"]
    ]


@both
def test_a_pass_is_recorded_step_by_step(torch, recorder_for):
    space = {}
    with recorder_for(space, cell="In[1]") as recorder:
        x = space["x"] = torch.tensor([3.0, 4.0], requires_grad=True)
        y = space["y"] = (x * 2).sum()
        y.backward()
    state = state_of(recorder)
    (done,) = state["tape"]["passes"]
    assert steps_of(done) == [
        ("SumBackward0", [1.0], [(1, 1.414)]),
        ("MulBackward0", [1.414], [(0, 2.828)]),
        ("AccumulateGrad", [2.828], []),
    ]
    assert done["steps"][2]["accumulate"]["grad"]["values"] == [2.0, 2.0]
    assert (done["error"], done["source"]) == (None, "y.backward()")
    assert state["status"]["passes"] == 1
    assert state["status"]["state"] == "done"
    nodes = {node["id"]: node["label"] for node in state["graph"]["nodes"]}
    assert [nodes[step["node"]] for step in done["steps"]] == ["sum", "mul", "x"]
    assert [n["source"] for n in state["graph"]["nodes"]] == [
        None,
        'y = space["y"] = (x * 2).sum()',
        'y = space["y"] = (x * 2).sum()',
    ]


def test_both_engines_leave_the_same_recording(recorder_for):
    found = []
    for name in ("autograd_nb", "torch"):
        torch = engine(name)
        space = {}
        with recorder_for(space) as recorder:
            x = space["x"] = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
            w = space["w"] = torch.tensor([[1.0], [-1.0]], requires_grad=True)
            h = x @ w
            h.register_hook(lambda g: g * 2)
            loss = space["loss"] = (h.tanh() + x.sum(1, keepdim=True)).pow(2).mean()
            loss.backward(retain_graph=True)
            loss.backward()
        state = state_of(recorder)
        passes = [steps_of(done) for done in state["tape"]["passes"]]
        hooks = [
            (h["kind"], h["target"], h["fn"], h["fired"], h["effect"], h["line"])
            for h in state["hooks"]
        ]
        leaves = [
            (leaf["name"], leaf["contributions"], [row["kind"] for row in leaf["ledger"]])
            for leaf in state["leaves"]
        ]
        graph = [
            (n["id"], n["name"], n["vars"], n["shape"], n["leaf"], n["hooks"], n["line"])
            for n in state["graph"]["nodes"]
        ]
        found.append((passes, hooks, leaves, graph))
    for ours, theirs in zip(*found, strict=True):
        assert ours == theirs


@both
def test_the_same_graph_is_drawn_once(torch, recorder_for):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x**2).sum()
    with recorder_for({"x": x, "y": y}) as recorder:
        y.backward(retain_graph=True)
        y.backward()
    state = state_of(recorder)
    assert len(state["graph"]["nodes"]) == 3
    first, second = state["tape"]["passes"]
    assert [s["node"] for s in first["steps"]] == [s["node"] for s in second["steps"]]
    assert state["leaves"][0]["norms"] == pytest.approx([4.47214, 8.94427])


@both
def test_a_loop_keeps_one_graph_and_counts_everything(torch, recorder_for):
    space = {}
    with recorder_for(space, keep=5) as recorder:
        w = space["w"] = torch.ones(3, requires_grad=True)
        for _ in range(60):
            w.grad = None
            loss = space["loss"] = (w * 2).pow(2).sum()
            loss.backward()
    state = state_of(recorder)
    assert len(state["graph"]["nodes"]) == 4
    assert len(state["tape"]["passes"]) <= 5
    assert state["tape"]["dropped"] == 60 - len(state["tape"]["passes"])
    (leaf,) = state["leaves"]
    assert leaf["contributions"] == 60
    assert len(leaf["ledger"]) <= 30
    assert leaf["grad"]["norm"] == pytest.approx(8 * 3**0.5)


@both
def test_a_leaf_made_anew_in_a_loop_is_one_leaf(torch, recorder_for):
    space = {}
    with recorder_for(space) as recorder:
        for _ in range(4):
            x = space["x"] = torch.ones(2, requires_grad=True)
            (x * 3).sum().backward()
            del x
    (leaf,) = state_of(recorder)["leaves"]
    assert leaf["contributions"] == 4
    assert [row["kind"] for row in leaf["ledger"]].count("renewed") == 3


@both
def test_growth_keeps_numbers(torch, recorder_for):
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    z = (y * x).sum()
    with recorder_for({"x": x, "y": y, "z": z}) as recorder:
        torch.autograd.grad(y.sum(), x, retain_graph=True)
        small = {n["id"]: n["name"] for n in recorder.panel_state()["graph"]["nodes"]}
        z.backward()
        large = {n["id"]: n["name"] for n in recorder.panel_state()["graph"]["nodes"]}
    assert small.items() <= large.items()
    assert len([name for name in large.values() if name == "ExpBackward0"]) == 1


@both
def test_clearing_is_noticed(torch, recorder_for):
    x = torch.ones(2, requires_grad=True)
    with recorder_for({"x": x}) as recorder:
        (x * 2).sum().backward()
        x.grad.zero_()
        (x * 2).sum().backward()
        x.grad = None
        (x * 2).sum().backward()
    kinds = [row["kind"] for row in state_of(recorder)["leaves"][0]["ledger"]]
    assert kinds == ["backward", "zeroed", "backward", "cleared", "backward"]


@both
def test_hooks_tell_where_when_and_what(torch, recorder_for):
    x = torch.ones(2, requires_grad=True)
    seen = []
    with recorder_for({"x": x}) as recorder:
        y = x * 2
        handle = y.register_hook(lambda g: g * 10)
        x.register_hook(seen.append)
        y.grad_fn.register_prehook(lambda outs: None)
        y.grad_fn.register_hook(lambda ins, outs: None)
        x.register_post_accumulate_grad_hook(seen.append)
        y.sum().backward()
        handle.remove()
    rows = {row["kind"] + row["target"]: row for row in state_of(recorder)["hooks"]}
    assert set(rows) == {
        "tensory",
        "tensorx",
        "node_prey",
        "node_posty",
        "post_accumulatex",
    }
    first = rows["tensory"]
    assert (first["effect"], first["fired"], first["order"]) == ("replaced", 1, 1)
    assert (first["before"]["values"], first["after"]["values"]) == ([1, 1], [10, 10])
    assert first["source"] == "handle = y.register_hook(lambda g: g * 10)"
    assert first["removed"] is True
    assert rows["tensorx"]["effect"] == "kept"
    assert rows["tensorx"]["fn"] == "append"
    assert [rows[k]["order"] for k in rows] == [1, 4, 2, 3, 5]
    assert len(seen) == 2


@both
def test_a_hook_registered_again_by_the_same_line_is_a_duplicate(torch, recorder_for):
    x = torch.ones(2, requires_grad=True)
    others = [torch.ones(2, requires_grad=True) for _ in range(2)]
    with recorder_for({"x": x}) as recorder:
        for _ in range(2):
            x.register_hook(lambda g: None)
        for other in others:
            other.register_hook(lambda g: None)
    assert [row["duplicate"] for row in state_of(recorder)["hooks"]] == [False, True, False, False]


@both
def test_hooks_from_before_are_found_when_they_fire(torch, recorder_for):
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: g + 1)
    with recorder_for({"x": x}) as recorder:
        (x * 2).sum().backward()
    (row,) = state_of(recorder)["hooks"]
    assert (row["target"], row["effect"], row["fired"]) == ("x", "replaced", 1)
    assert row["source"] == "x.register_hook(lambda g: g + 1)"


@both
def test_errors_of_the_users_stay_the_users(torch, recorder_for):
    x = torch.ones(2, requires_grad=True)

    def wrong(g):
        raise ValueError("from the hook")

    y = x * 2
    y.register_hook(wrong)
    with recorder_for({"x": x, "y": y}) as recorder, pytest.raises(ValueError, match="from the"):
        y.sum().backward()
    (done,) = state_of(recorder)["tape"]["passes"]
    assert done["error"] == "ValueError: from the hook"
    assert [step["name"] for step in done["steps"]] == ["SumBackward0"]


@both
def test_a_failure_of_ours_stops_the_recorder_and_nothing_else(torch, recorder_for):
    x = torch.ones(2, requires_grad=True)

    def variables():
        raise LookupError("broken namespace")

    told = []
    recorder = recorder_for(variables).start()
    recorder.subscribe(lambda: told.append(recorder.panel_state()["status"]["state"]))
    (x * 2).sum().backward()
    recorder.stop()
    recorder.stop()
    assert told == ["done"]
    assert x.grad.tolist() == [2.0, 2.0]
    status = recorder.panel_state()["status"]
    assert status["message"] == "watching stopped: LookupError: broken namespace"


@both
def test_watching_changes_nothing(torch, recorder_for):
    def program():
        torch.manual_seed(0)
        x = torch.ones(3, requires_grad=True)
        y = (x * 2).exp()
        y.retain_grad()
        handle = y.register_hook(lambda g: g * 0.5)
        y.sum().backward(retain_graph=True)
        (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        g.sum().backward()
        handle.remove()
        return x.grad.tolist(), y.grad.tolist(), str(y), len(x._backward_hooks or ())

    expected = program()
    with recorder_for({}):
        assert program() == expected
    assert program() == expected


@both
def test_nothing_of_the_users_is_kept_alive(torch, recorder_for):
    class Callback:
        def __call__(self, g):
            return None

    recorder = recorder_for({}).start()
    x = torch.ones(2, requires_grad=True)
    callback = Callback()
    x.register_hook(callback)
    y = (x * 2).exp()
    y.sum().backward()
    alive = [weakref.ref(x), weakref.ref(callback), weakref.ref(y)]
    del x, y, callback
    gc.collect()
    assert [ref() for ref in alive] == [None, None, None]
    recorder.stop()


def test_pytorch_is_put_back_as_it_was(recorder_for):
    torch = engine("torch")
    before = (
        torch.autograd._engine_run_backward,
        torch.Tensor.register_hook,
        torch.Tensor.register_post_accumulate_grad_hook,
        torch.autograd.function._HookMixin._register_hook,
        torch.is_anomaly_enabled(),
    )
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError), recorder_for({"x": x}):
        assert torch.is_anomaly_enabled()
        (x * 2).sum().backward()
        raise RuntimeError
    after = (
        torch.autograd._engine_run_backward,
        torch.Tensor.register_hook,
        torch.Tensor.register_post_accumulate_grad_hook,
        torch.autograd.function._HookMixin._register_hook,
        torch.is_anomaly_enabled(),
    )
    assert before == after
    assert not x._post_accumulate_grad_hooks


def test_the_users_anomaly_mode_is_left_alone(recorder_for):
    torch = engine("torch")
    torch.set_anomaly_enabled(True, True)
    try:
        with recorder_for({}):
            x = torch.ones(2, requires_grad=True)
            (x * 2).sum().backward()
            assert torch.is_anomaly_enabled()
            assert torch.is_anomaly_check_nan_enabled()
        assert torch.is_anomaly_enabled()
    finally:
        torch.set_anomaly_enabled(False, True)


def test_recorders_coexist(recorder_for):
    import autograd_nb as torch

    x = torch.ones(2, requires_grad=True)
    with recorder_for({"x": x}) as outer:
        (x * 2).sum().backward()
        with recorder_for({"x": x}) as inner:
            (x * 2).sum().backward()
        (x * 2).sum().backward()
    assert (outer.tape.total, inner.tape.total) == (3, 1)
    assert events.observer is None


@both
def test_subscribers_hear_of_changes_while_the_code_runs(torch, recorder_for):
    recorder = recorder_for({})
    heard = []
    recorder.subscribe(lambda: heard.append(recorder.panel_state()["status"]["passes"]))
    with recorder:
        x = torch.ones(2, requires_grad=True)
        for _ in range(50):
            (x * 2).sum().backward()
            recorder._next_push = 0.0
        during = len(heard)
    assert during > 20
    assert heard == sorted(heard)
    assert heard[-1] == 50


@both
def test_threads_have_passes_of_their_own(torch, recorder_for):
    errors = []

    def work():
        try:
            x = torch.ones(2, requires_grad=True)
            for _ in range(20):
                (x * 2).sum().backward()
            assert x.grad.tolist() == [40.0, 40.0]
        except BaseException as error:
            errors.append(error)

    with recorder_for({}) as recorder:
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not errors
    assert state_of(recorder)["status"]["passes"] == 60


@both
def test_gradients_of_odd_forms(torch, recorder_for):
    with recorder_for({}) as recorder:
        for value in (float("nan"), float("inf")):
            x = torch.tensor(value, requires_grad=True)
            (x * x).backward()
        empty = torch.zeros(0, 3, requires_grad=True)
        empty.sum().backward()
        z = torch.tensor([1 + 2j], requires_grad=True)
        (z * z.conj()).real.sum().backward()
    state_of(recorder)


@both
def test_nested_passes_are_told_apart(torch, recorder_for):
    class Inner(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, g):
            with torch.enable_grad():
                b = torch.ones(1, requires_grad=True)
                (b * 3).sum().backward()
            return g * 2

    x = torch.ones(2, requires_grad=True)
    with recorder_for({"x": x}) as recorder:
        Inner.apply(x).sum().backward()
    inner, outer = state_of(recorder)["tape"]["passes"]
    assert [s["name"] for s in outer["steps"]] == ["SumBackward0", "InnerBackward",
                                                   "AccumulateGrad"]  # fmt: skip
    assert [s["name"] for s in inner["steps"]] == ["SumBackward0", "MulBackward0",
                                                   "AccumulateGrad"]  # fmt: skip


@both
def test_a_tracked_scalar_makes_a_curve(torch, recorder_for):
    space = {}
    with recorder_for(space, track="loss") as recorder:
        x = torch.ones(2, requires_grad=True)
        for n in range(5):
            loss = space["loss"] = (x * n).sum()
            loss.backward()
    assert state_of(recorder)["loss"] == {
        "name": "loss",
        "points": [[1, 0], [2, 2], [3, 4], [4, 6], [5, 8]],
    }


@both
def test_why_there_is_no_gradient(torch, recorder_for):
    from autograd_nb.observe.ledger import Ledger

    ledger = Ledger()
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    plain, unused = torch.ones(2), torch.ones(2, requires_grad=True)
    space = {"x": x, "y": y, "plain": plain, "unused": unused}

    def verdict(tensor):
        answer = explain_grad(tensor, space, ledger=ledger)
        assert answer.sentences
        return answer.verdict

    assert verdict(plain) == "not_required"
    assert verdict(torch.tensor([1, 2])) == "not_required"
    assert verdict(y) == "not_leaf"
    assert verdict(x) == "no_backward"
    assert verdict(unused) == "not_reached"
    with recorder_for(space) as recorder:
        recorder.ledger = ledger
        y.sum().backward(retain_graph=True)
        y.sum().backward()
    answer = explain_grad(x, space, ledger=ledger)
    assert answer.verdict == "has_grad"
    assert "2 backward passes" in str(answer)
    with recorder_for(space) as recorder:
        recorder.ledger = ledger
        x.grad = None
        if torch.__name__ == "torch":
            (x * 1).sum().backward()
            x.grad = None
            recorder.ledger.note(0, type(ledger.records[0].rows[0])("cleared"))
    assert verdict(x) == "cleared"


@both
def test_a_result_under_the_name_of_its_leaf_is_explained(torch):
    x = torch.ones(2, requires_grad=True)
    x = x * 2
    answer = explain_grad(x, {"x": x})
    assert answer.verdict == "not_leaf"
    assert "assigned anew" in str(answer)


@both
@pytest.mark.parametrize("mode", ["all", "any"])
def test_a_hook_over_several_tensors_is_shown_as_the_user_s_function(torch, recorder_for, mode):
    graph = importlib.import_module(f"{torch.__name__}.autograd.graph")
    seen = []

    def together(grads):
        seen.append(grads)

    space = {}
    with recorder_for(space) as recorder:
        x = space["x"] = torch.ones(2, requires_grad=True)
        w = space["w"] = torch.ones(2, requires_grad=True)
        handle = graph.register_multi_grad_hook((x, w), together, mode=mode)
        x.register_hook(lambda grad: None)
        (x * w).sum().backward()
        handle.remove()
    state = state_of(recorder)
    assert len(seen) == 1
    assert [(row["kind"], row["target"], row["fn"], row["fired"]) for row in state["hooks"]] == [
        ("multi_grad", "x", "together", 1),
        ("multi_grad", "w", "together", 1),
        ("tensor", "x", "<lambda>", 1),
    ]
    assert all("register_multi_grad_hook" in row["source"] for row in state["hooks"][:2])
    assert [row["removed"] for row in state["hooks"]] == [True, True, False]
    told = [hook["fn"] for step in state["tape"]["passes"][0]["steps"] for hook in step["hooks"]]
    assert sorted(told) == ["<lambda>", "together", "together"]


@both
def test_one_function_registered_twice_is_two_hooks_that_fire_once_each(torch, recorder_for):
    def look(grad):
        return None

    x = torch.ones(2, requires_grad=True)
    with recorder_for({"x": x}) as recorder:
        x.register_hook(look)
        x.register_hook(look)
        for _ in range(2):
            (x * 2).sum().backward()
    rows = state_of(recorder)["hooks"]
    assert [(row["fired"], row["order"]) for row in rows] == [(2, 1), (2, 2)]


@both
def test_hooks_of_a_loop_over_parameters_are_told_apart(torch, recorder_for):
    space = {"torch": torch}
    with recorder_for(space) as recorder:
        exec(
            "net = torch.nn.Linear(2, 2)\n"
            "for p in net.parameters():\n"
            "    p.register_hook(lambda g: None)\n"
            "p = None\n"
            "net(torch.ones(2)).sum().backward()",
            space,
        )
        told = [row["target"] for row in state_of(recorder)["hooks"]]
        assert told == ["net.weight", "net.bias"]
        said = [
            hook["target"]
            for step in state_of(recorder)["tape"]["passes"][0]["steps"]
            for hook in step["hooks"]
        ]
        assert sorted(said) == ["net.bias", "net.weight"]


@both
def test_a_hook_that_a_loop_registers_on_every_graph_is_one_row(torch, recorder_for):
    x = torch.ones(2, requires_grad=True)
    with recorder_for({"x": x}) as recorder:
        for _ in range(5):
            y = x * 2
            y.register_hook(lambda grad: grad * 3)
            y.sum().backward()
            del y
            gc.collect()
    (row,) = state_of(recorder)["hooks"]
    assert (row["fired"], row["effect"], row["duplicate"]) == (5, "replaced", False)


@both
@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
def test_hooks_of_modules_are_shown_as_the_user_s_functions(torch, recorder_for):
    def before(module, grads):
        return None

    def after(module, grad_input, grad_output):
        return None

    layer = torch.nn.Linear(2, 2)
    layer.register_full_backward_hook(after)
    space = {"net": torch.nn.Sequential(layer, torch.nn.ReLU())}
    with recorder_for(space) as recorder:
        space["net"](torch.ones(1, 2, requires_grad=True)).sum().backward()
        space["net"](torch.ones(1, 2)).sum().backward()
        layer.register_full_backward_pre_hook(before)
        space["net"](torch.ones(1, 2, requires_grad=True)).sum().backward()
    state = state_of(recorder)
    shown = [(row["kind"], row["target"], row["fn"], row["fired"]) for row in state["hooks"]]
    assert shown == [
        ("module_backward", "net.0", "after", 1),
        ("module_backward_pre", "net.0", "after", 1),
        ("module_backward", "net.0", "after", 1),
        ("module_backward_pre", "net.0", "before", 1),
    ]


@both
def test_a_hook_of_a_module_is_there_until_it_is_removed_from_the_module(torch, recorder_for):
    seen = []
    net = torch.nn.Linear(2, 2)
    handle = net.register_full_backward_hook(lambda *args: seen.append("one"))
    net.register_full_backward_hook(lambda *args: seen.append("two"))
    with recorder_for({"net": net}) as recorder:
        for _ in range(3):
            net(torch.ones(1, 2, requires_grad=True)).sum().backward()
        (row,) = state_of(recorder)["hooks"]
        assert (row["fired"], row["removed"], row["duplicate"]) == (3, False, False)
        recorder.hooks.remove(row["id"])
        del seen[:]
        net(torch.ones(1, 2, requires_grad=True)).sum().backward()
        assert seen == [] and not net._backward_hooks
    assert state_of(recorder)["hooks"][0]["removed"] is True
    handle.remove()


@both
def test_removing_one_row_removes_all_of_a_hook_over_several_tensors(torch, recorder_for):
    graph = importlib.import_module(f"{torch.__name__}.autograd.graph")
    seen = []
    space = {name: torch.ones(2, requires_grad=True) for name in "xyz"}
    with recorder_for(space) as recorder:
        graph.register_multi_grad_hook((space["x"], space["y"]), seen.append)
        graph.register_multi_grad_hook((space["x"], space["z"]), seen.append)
        recorder.hooks.remove(1)
        sum(leaf.sum() for leaf in space.values()).backward()
    assert [row["removed"] for row in state_of(recorder)["hooks"]] == [True, True, False, False]
    assert len(seen) == 1


def test_what_was_overwritten_tells_by_which_line(recorder_for):
    import autograd_nb as torch

    space = {"x": torch.ones(2, requires_grad=True)}
    with recorder_for(space) as recorder:
        y = space["y"] = space["x"].exp()
        z = space["z"] = y * 2
        y += 1
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            z.sum().backward()
    nodes = state_of(recorder)["graph"]["nodes"]
    (kept,) = next(node for node in nodes if node["label"] == "exp")["saved"]
    assert kept["state"] == "overwritten"
    assert kept["note"].startswith("changed in place by `y += 1` in ")
    assert kept["note"].endswith(", after it was saved")


@both
def test_a_retained_gradient_and_a_hook_on_a_grad_tell_what_they_saw(torch, recorder_for):
    space = {"x": torch.ones(2, requires_grad=True)}
    with recorder_for(space) as recorder:
        y = space["y"] = space["x"] * 2
        y.retain_grad()
        space["x"].register_post_accumulate_grad_hook(lambda leaf: None)
        (y * 3).sum().backward()
    rows = {row["kind"]: row for row in state_of(recorder)["hooks"]}
    assert [rows["retain_grad"][key] for key in ("target", "fired", "effect")] == ["y", 1, "kept"]
    assert rows["retain_grad"]["after"]["values"] == [3, 3]
    with pytest.raises(LookupError, match=r"is retain_grad\(\), which cannot be taken back"):
        recorder.hooks.remove(rows["retain_grad"]["id"])
    assert rows["post_accumulate"]["after"]["values"] == [6, 6]
