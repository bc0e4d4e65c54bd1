"""What is measured of a long loop, and that nothing that is counted is lost by it."""

import math

import pytest

from autograd_nb.observe import sampling
from autograd_nb.observe.health import Health
from autograd_nb.observe.sampling import Sampler, Series
from tests.observe.engines import both


def test_a_series_of_a_million_stays_short_and_even():
    series = Series(100)
    for number in range(1, 1_000_001):
        if series.wants(number):
            series.add(number)
    assert 50 <= len(series.values) <= 100
    assert series.values == [series.every * (n + 1) for n in range(len(series.values))]


def test_a_costly_pass_makes_the_next_ones_rare_and_says_so():
    sampler, now = Sampler(share=0.05), 0.0
    for number in range(1, 2_000):
        begun, now = now, now + 0.001
        if sampler.wants(number):
            now += 0.004
            sampler.took(number, begun, now, 0.004)
    assert sampler.every == 128
    told = sampler.to_json(1_999)
    assert told["recorded"] == 8 + 1_999 // 128
    assert told["decisions"] == [[8, 128]]
    assert all(sampler.wants(number) for number in (1, 8, 128, 256))
    assert not sampler.wants(129)


def test_slow_passes_are_all_recorded():
    sampler, now = Sampler(), 0.0
    for number in range(1, 30):
        begun, now = now, now + 1.0
        assert sampler.wants(number)
        sampler.took(number, begun, now, 0.004)
    assert sampler.every == 1


@both
def test_a_long_loop_counts_what_it_does_not_measure(torch, recorder_for, monkeypatch):
    monkeypatch.setattr(sampling, "FIRST_WHOLE", 2)
    w = torch.ones(3, requires_grad=True)
    with recorder_for({"w": w}) as recorder:
        recorder.sampler.every = 1 << 20
        for step in range(100):
            if step % 10 == 0:
                w.grad = None
            elif step % 5 == 0:
                w.grad.zero_()
            (w * 2).sum().backward()
    assert not recorder.failed, recorder.message
    state = recorder.panel_state()
    (leaf,) = state["leaves"]
    assert state["status"]["passes"] == 100
    assert leaf["contributions"] == 100
    row = leaf["ledger"][-1]
    assert (row["kind"], row["last"], row["how"]) == ("passes", 100, "zeroed")
    assert (row["passes"], row["clearings"]) == (98, 19)
    assert row["source"] == "(w * 2).sum().backward()"
    norms = [2 * 3**0.5 * (step % 5 + 1) for step in range(100)]
    assert leaf["norms"] == pytest.approx(norms)


@both
def test_a_gradient_zeroed_by_an_optimizer_is_zeroed_once(torch, recorder_for):
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    with recorder_for({"w": w}) as recorder:
        for step in range(12):
            (w * 2).sum().backward()
            optimizer.zero_grad(set_to_none=step % 2 == 0)
    rows = recorder.panel_state()["leaves"][0]["ledger"]
    kinds = [row["kind"] for row in rows]
    assert kinds == [*(["backward", "cleared", "backward", "zeroed"] * 4)[:-1], "passes", "zeroed"]
    assert (rows[-2]["passes"], rows[-2]["clearings"]) == (4, 4)


@both
def test_the_size_of_the_last_update(torch, recorder_for):
    w = torch.full((4,), 2.0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    with recorder_for({"w": w}) as recorder:
        for _ in range(3):
            optimizer.zero_grad()
            w.sum().backward()
            optimizer.step()
    (leaf,) = recorder.panel_state()["leaves"]
    assert leaf["ratio"] == pytest.approx(0.1 / 1.9, rel=1e-5)
    assert leaf["flags"] == []


@pytest.mark.parametrize(
    ("grads", "flags"),
    [
        ([0.0] * 4, ["dead"]),
        ([0.0] * 2, []),
        ([0.0, 0.0, 1.0, 0.0], []),
        ([1.0, 1.0, 1.0, 500.0], ["exploding"]),
        ([1.0, math.inf], ["exploding"]),
        ([1.0, math.nan], ["nan"]),
    ],
)
@both
def test_flags(torch, recorder_for, grads, flags):
    w = torch.ones(5, requires_grad=True)
    with recorder_for({"w": w}) as recorder:
        for grad in grads:
            w.grad = None
            (w * grad).sum().backward()
    assert recorder.panel_state()["leaves"][0]["flags"] == flags


@both
def test_odd_gradients_are_measured_or_passed_over(torch, recorder_for):
    empty = torch.ones(0, requires_grad=True)
    scalar = torch.tensor(2.0, requires_grad=True)
    wave = torch.ones(2, dtype=torch.complex64, requires_grad=True)
    with recorder_for({"empty": empty, "scalar": scalar, "wave": wave}) as recorder:
        for _ in range(3):
            (empty.sum() + scalar * 3 + (wave * wave.conj()).real.sum()).backward()
    assert not recorder.failed, recorder.message
    leaves = {leaf["name"]: leaf for leaf in recorder.panel_state()["leaves"]}
    assert leaves["empty"]["norms"] == [0.0] * 3
    assert leaves["scalar"]["norms"] == [3.0, 6.0, 9.0]
    assert leaves["wave"]["norms"][0] == pytest.approx(8**0.5)


def test_what_cannot_be_read_is_a_gap():
    health = Health()
    health.look(1, None, object())
    assert health.norms.values == [None]
    assert health.flags == []


@both
def test_a_loss_inside_a_function_is_tracked(torch, recorder_for):
    w = torch.ones(2, requires_grad=True)

    def train():
        for n in range(1, 4):
            loss = (w * n).sum()
            loss.backward()

    with recorder_for({"w": w}, track="loss") as recorder:
        train()
    assert recorder.panel_state()["loss"]["points"] == [[1, 2.0], [2, 4.0], [3, 6.0]]


@both
def test_watching_a_long_loop_changes_no_value(torch, recorder_for):
    def train():
        torch.manual_seed(0)
        net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
        optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
        x = torch.randn(6, 3)
        for _ in range(40):
            optimizer.zero_grad()
            net(x).pow(2).mean().backward()
            optimizer.step()
        return [value for p in net.parameters() for value in p.detach().reshape(-1).tolist()]

    unwatched = train()
    with recorder_for({}) as recorder:
        recorder.sampler.every = 16
        watched = train()
    assert not recorder.failed, recorder.message
    assert watched == unwatched


@both
@pytest.mark.parametrize("kept", [40, 3])
def test_the_first_pass_that_is_not_finite_is_on_the_tape(torch, recorder_for, kept):
    w = torch.ones(3, requires_grad=True)
    with recorder_for({"w": w}, keep=kept) as recorder:
        for number in range(1, 401):
            if number == 9:
                recorder.sampler.every = 1 << 20
            if number > 300:
                recorder.sampler.every = 2
            w.grad = None
            (w * (math.inf if number >= 150 else 1.0)).sum().backward()
    assert not recorder.failed, recorder.message
    passes = {one["id"]: one for one in recorder.panel_state()["tape"]["passes"]}
    assert {150, 400} <= set(passes) and len(passes) <= kept + 2
    names = [step["name"] for step in passes[150]["steps"]]
    assert names == ["SumBackward0", "MulBackward0", "AccumulateGrad"]
    assert passes[150]["steps"][-1]["accumulate"]["grad"]["inf"] == 3
    assert recorder.sampler.recorded < 8 + 50 + 20


@both
@pytest.mark.parametrize("what", ["loss", "gradient"])
def test_where_numbers_stop_being_finite_is_said(torch, recorder_for, what):
    w = torch.ones(3, requires_grad=True)
    with recorder_for({"w": w}) as recorder:
        for number in range(1, 41):
            recorder.sampler.every = 1 << 20
            w.grad = None
            loss = (w * 2).sum()
            if number >= 30:
                # Dividing by the root of zero: the loss is finite, its derivative is not.
                loss = loss * math.nan if what == "loss" else ((w - 1).abs() ** 0.5).sum()
            loss.backward()
    broken = recorder.panel_state()["status"]["not_finite"]
    assert (broken["what"], broken["pass"], broken["source"]) == (what, 30, "loss.backward()")


@both
@pytest.mark.parametrize("clears", [False, True])
def test_numbers_that_are_finite_are_not_spoken_of(torch, recorder_for, clears):
    w = torch.ones(3, requires_grad=True)

    def clear(leaf):
        leaf.grad = None

    if clears:
        w.register_post_accumulate_grad_hook(clear)
    with recorder_for({"w": w}) as recorder:
        (w * 2).sum().backward()
    assert recorder.panel_state()["status"]["not_finite"] is None


@both
def test_gradients_that_stay_large_are_recorded_as_often_as_they_grow(torch, recorder_for):
    w = torch.ones(3, requires_grad=True)
    with recorder_for({"w": w}, keep=100) as recorder:
        for number in range(1, 301):
            if number == 9:
                recorder.sampler.every = 1 << 20
            w.grad = None
            (w * (1e5 if number >= 200 else 1e3 if number >= 100 else 1.0)).sum().backward()
    assert not recorder.failed, recorder.message
    passes = [one["id"] for one in recorder.panel_state()["tape"]["passes"]]
    # A pass tells at its end that its gradients are large: the next one is seen.
    assert [number for number in passes if 8 < number < 300] == [101, 201]


@both
def test_a_gradient_that_breaks_under_a_finite_loss_is_told_of_at_its_leaves(torch, recorder_for):
    w = torch.ones(3, requires_grad=True)
    with recorder_for({"w": w}) as recorder:
        for number in range(1, 201):
            recorder.sampler.every = 1 << 20
            w.grad = None
            (w * (0.0 if number == 150 else 1.0)).sqrt().sum().backward()
    passes = {one["id"]: one for one in recorder.panel_state()["tape"]["passes"]}
    (step,) = passes[150]["steps"]
    assert step["name"] == "AccumulateGrad"
    assert step["accumulate"]["grad"]["nan"] == 3
    assert passes[150]["left_out"] == 3
    assert passes[150]["source"].endswith("backward()")


@both
def test_what_leads_to_an_explosion_is_recorded(torch, recorder_for):
    w = torch.ones(3, requires_grad=True)
    with recorder_for({"w": w}) as recorder:
        for number in range(1, 131):
            recorder.sampler.every = 1 << 20
            w.grad = None
            factor = 20.0 ** max(0, number - 99)
            (w * (factor if factor < 3e38 else math.inf)).sum().backward()
    ids = [one["id"] for one in recorder.panel_state()["tape"]["passes"]]
    broken = next(n for n in range(100, 200) if 20.0 ** (n - 99) > 3e38)
    assert {broken - 1, broken} <= set(ids)


@both
def test_the_tape_of_a_long_loop_ends_with_a_pass_that_can_be_stepped_through(torch, recorder_for):
    w = torch.ones(3, requires_grad=True)
    with recorder_for({"w": w}) as recorder:
        for number in range(1, 101):
            recorder.sampler.every = 64
            w.grad = None
            (w * number).sum().backward()
    last = recorder.panel_state()["tape"]["passes"][-1]
    assert last["id"] == 64
    names = [step["name"] for step in last["steps"]]
    assert names == ["SumBackward0", "MulBackward0", "AccumulateGrad"]


def test_a_live_tape_gives_the_last_pass_and_those_before_that_were_given(recorder_for):
    import autograd_nb as torch

    def ids(recorder):
        return [one["id"] for one in recorder.panel_state()["tape"]["passes"]]

    w = torch.ones(3, requires_grad=True)
    with recorder_for({"w": w}) as recorder:
        for _ in range(3):
            w.sum().backward()
        assert ids(recorder) == [3]
        w.sum().backward()
        assert ids(recorder) == [3, 4]
    assert ids(recorder) == [1, 2, 3, 4]
