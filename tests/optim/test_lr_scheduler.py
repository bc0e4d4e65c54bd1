"""Schedules set PyTorch's learning rates, bit for bit."""

import warnings

import pytest

import autograd_nb

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")
LIBRARIES = [autograd_nb, torch]

SCHEDULES = [
    "StepLR(o, 3)",
    "MultiStepLR(o, [2, 5, 5, 9], gamma=0.5)",
    "ConstantLR(o)",
    "LinearLR(o)",
    "LinearLR(o, 0.1, 0.7, 9)",
    "ExponentialLR(o, 0.9)",
    "CosineAnnealingLR(o, 7, eta_min=0.01)",
    "LambdaLR(o, lambda e: 0.9**e)",
    "MultiplicativeLR(o, lambda e: 0.95)",
    "PolynomialLR(o, 10, 2.0)",
    "CosineAnnealingWarmRestarts(o, 3, 2, 0.01)",
    "CosineAnnealingWarmRestarts(o, 4)",
    "OneCycleLR(o, 0.5, total_steps=40)",
    "OneCycleLR(o, 0.5, epochs=4, steps_per_epoch=10, three_phase=True, anneal_strategy='linear')",
    "CyclicLR(o, 0.01, 0.1, 4)",
    "CyclicLR(o, 0.01, 0.1, 4, 7, mode='triangular2')",
    "CyclicLR(o, 0.01, 0.1, 4, mode='exp_range', gamma=0.9)",
    "CyclicLR(o, 0.01, 0.1, 4, scale_fn=lambda x: 0.5 ** x, cycle_momentum=False)",
    "SequentialLR(o, [L.ConstantLR(o, 0.1, 2), L.ExponentialLR(o, 0.9), "
    "L.CosineAnnealingLR(o, 5)], [4, 9])",
    "ChainedScheduler([L.ConstantLR(o, 0.1, 2), L.ExponentialLR(o, 0.9)])",
]


def rates(t, text):
    p = t.ones(2, requires_grad=True)
    o = t.optim.SGD([{"params": [p]}], lr=0.3, momentum=0.9)
    scheduler = eval("L." + text, {"L": t.optim.lr_scheduler, "o": o})
    found = [(o.param_groups[0]["lr"], o.param_groups[0]["momentum"])]
    for _ in range(30):
        o.step()
        scheduler.step()
        found.append((scheduler.get_last_lr(), o.param_groups[0]["momentum"]))
    return found, sorted(scheduler.state_dict())


@pytest.mark.parametrize("text", SCHEDULES)
def test_rates_equal_pytorch(text):
    assert rates(autograd_nb, text) == rates(torch, text)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mode": "max"},
        {"threshold_mode": "abs"},
        {"cooldown": 3, "patience": 1},
        {"min_lr": 0.001},
    ],
)
def test_plateau_equals_pytorch(options):
    found = []
    for t in LIBRARIES:
        o = t.optim.SGD([t.ones(2, requires_grad=True)], lr=0.3)
        scheduler = t.optim.lr_scheduler.ReduceLROnPlateau(o, **{"patience": 2, **options})
        steps = []
        for i in range(40):
            scheduler.step(t.tensor(float(abs(10 - i))))
            steps.append((o.param_groups[0]["lr"], scheduler.num_bad_epochs))
        found.append(steps)
    assert found[0] == found[1]


@pytest.mark.parametrize("text", SCHEDULES[:14])
def test_saved_schedule_continues(text):
    t = autograd_nb
    o = t.optim.SGD([t.ones(2, requires_grad=True)], lr=0.3, momentum=0.9)
    scheduler = eval("L." + text, {"L": t.optim.lr_scheduler, "o": o})
    for _ in range(3):
        o.step()
        scheduler.step()
    again = t.optim.SGD([t.ones(2, requires_grad=True)], lr=0.3, momentum=0.9)
    other = eval("L." + text, {"L": t.optim.lr_scheduler, "o": again})
    again.load_state_dict(o.state_dict())
    other.load_state_dict(scheduler.state_dict())
    for _ in range(6):
        o.step()
        again.step()
        scheduler.step()
        other.step()
        assert scheduler.get_last_lr() == other.get_last_lr()


MISTAKES = [
    "StepLR(3, 2)",
    "LambdaLR(o, [1, 2])",
    "MultiplicativeLR(o, 3)",
    "OneCycleLR(o, 0.1)",
    "OneCycleLR(o, 0.1, total_steps=-3)",
    "OneCycleLR(o, 0.1, total_steps=3, pct_start=2.0)",
    "OneCycleLR(o, 0.1, total_steps=3, anneal_strategy='x')",
    "StepLR(o, 2, last_epoch=3)",
    "ReduceLROnPlateau(o, factor=2.0)",
    "ReduceLROnPlateau(o, mode='x')",
    "ReduceLROnPlateau(o, threshold_mode='x')",
    "ReduceLROnPlateau(o, min_lr=[1, 2])",
    "CosineAnnealingWarmRestarts(o, 0)",
    "LinearLR(o, start_factor=2.0)",
    "ConstantLR(o, factor=2.0)",
    "SequentialLR(o, [], [])",
    "SequentialLR(o, [L.StepLR(o, 2)], [3])",
    "CyclicLR(o, 0.1, 0.2, mode='x')",
]


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_are_told_as_by_pytorch(text):
    told = []
    for t in LIBRARIES:
        o = t.optim.SGD([t.ones(2, requires_grad=True)], lr=0.3, momentum=0.9)
        try:
            eval("L." + text, {"L": t.optim.lr_scheduler, "o": o})
            told.append("nothing")
        except Exception as error:
            told.append(f"{type(error).__name__}: {error}")
    assert told[0] == told[1]


def test_wrong_order_of_calls_warns():
    for t in LIBRARIES:
        o = t.optim.SGD([t.ones(2, requires_grad=True)], lr=0.3)
        scheduler = t.optim.lr_scheduler.StepLR(o, 2)
        with pytest.warns(UserWarning, match="before `optimizer.step\\(\\)`"):
            scheduler.step()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            o.step()
            scheduler.step()
