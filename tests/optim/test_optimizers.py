"""Optimizers step to PyTorch's numbers, and keep PyTorch's books."""

import numpy as np
import pytest

import autograd_nb

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")
LIBRARIES = [autograd_nb, torch]

RULES = [
    "SGD(ps, lr=0.1)",
    "SGD(ps, lr=0.01, momentum=0.9)",
    "SGD(ps, lr=0.01, momentum=0.9, nesterov=True, weight_decay=0.01)",
    "SGD(ps, lr=0.0001, momentum=0.5, dampening=0.1, maximize=True)",
    "SGD(ps, weight_decay=0.1)",
    "SGD([{'params': ps[:1], 'lr': 0.2}, {'params': ps[1:]}], lr=0.01)",
    "Adam(ps)",
    "Adam(ps, amsgrad=True, weight_decay=0.1)",
    "Adam(ps, lr=0.1, betas=(0.5, 0.6), maximize=True)",
    "AdamW(ps, lr=0.01)",
    "AdamW(ps, amsgrad=True)",
    "Adagrad(ps)",
    "Adagrad(ps, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.3)",
    "RMSprop(ps)",
    "RMSprop(ps, momentum=0.9, centered=True, weight_decay=0.1)",
    "Adadelta(ps)",
    "Adadelta(ps, weight_decay=0.1)",
    "NAdam(ps)",
    "NAdam(ps, weight_decay=0.1, decoupled_weight_decay=True)",
    "RAdam(ps)",
    "RAdam(ps, weight_decay=0.1, decoupled_weight_decay=True)",
    "Adamax(ps)",
    "Adamax(ps, weight_decay=0.1)",
    "ASGD(ps, t0=10)",
    "Rprop(ps)",
    "LBFGS(ps, max_iter=4)",
    "LBFGS(ps, line_search_fn='strong_wolfe', max_iter=6)",
    "LBFGS(ps, line_search_fn='strong_wolfe', history_size=3)",
]


def parameters(t):
    stream = np.random.default_rng(0)
    shapes = [(3, 4), (5,), ()]
    return [
        t.tensor(stream.standard_normal(shape).tolist(), dtype=t.float64, requires_grad=True)
        for shape in shapes
    ]


def descend(t, rule, steps):
    ps = parameters(t)
    optimizer = eval("optim." + rule, {"optim": t.optim, "ps": ps})

    def closure():
        optimizer.zero_grad()
        a, b, c = ps
        loss = (a**2).sum() * 0.5 + ((b - 1) ** 2).sum() + (c - 2) ** 2 + (a.sum() * c) ** 2 * 0.1
        loss = loss + (a.exp() * 0.1).sum() + (b[:3] * b[2:]).cosh().sum() * 0.1
        loss.backward()
        return loss

    losses = [optimizer.step(closure).item() for _ in range(steps)]
    return ps, optimizer, losses


@pytest.mark.parametrize("rule", RULES)
def test_fifty_steps_give_pytorch_numbers(rule):
    lbfgs = rule.startswith("LBFGS")
    (ours, mine, my_losses), (theirs, other, their_losses) = (
        descend(t, rule, 6 if lbfgs else 50) for t in LIBRARIES
    )
    # The search steps of LBFGS multiply what the order of sums leaves different.
    rtol = 1e-8 if lbfgs else 1e-12
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=rtol, atol=1e-13)
    np.testing.assert_allclose(my_losses, their_losses, rtol=rtol)
    assert repr(mine) == repr(other)
    if not lbfgs:
        assert [p._version for p in ours] == [p._version for p in theirs]
        mine, other = mine.state_dict(), other.state_dict()
        assert {k: list(v) for k, v in mine["state"].items()} == {
            k: list(v) for k, v in other["state"].items()
        }
        assert mine["param_groups"] == other["param_groups"]


@pytest.mark.parametrize("rule", ["SGD(ps, lr=0.1, momentum=0.9)", "Adam(ps)", "Adagrad(ps)"])
def test_saved_state_continues_the_same_way(rule):
    ps, optimizer, _ = descend(autograd_nb, rule, 3)
    saved = optimizer.state_dict()
    copies = [p.detach().clone().requires_grad_() for p in ps]
    again = eval("optim." + rule, {"optim": autograd_nb.optim, "ps": copies})
    again.load_state_dict(saved)
    for p, q in zip(ps, copies, strict=True):
        p.grad = autograd_nb.ones_like(p)
        q.grad = autograd_nb.ones_like(q)
    optimizer.step()
    again.step()
    for p, q in zip(ps, copies, strict=True):
        assert p.tolist() == q.tolist()


@pytest.mark.parametrize("rule", ["SGD([p], 0.1)", "SGD([p], 0.1, 0.9)", "Adam([p])"])
def test_blocks_and_whole_arrays_agree(rule):
    stream = np.random.default_rng(0)
    values, grads = stream.standard_normal((2, 300, 301)).astype("float32")
    results = []
    for transposed in (False, True):
        start = autograd_nb.from_numpy(values.copy())
        if transposed:
            # Not contiguous, so it is walked through at once.
            start = autograd_nb.from_numpy(np.asfortranarray(values))
        p = start.requires_grad_()
        optimizer = eval("optim." + rule, {"optim": autograd_nb.optim, "p": p})
        for _ in range(3):
            p.grad = autograd_nb.from_numpy(grads)
            optimizer.step()
        results.append(p.detach().numpy())
    np.testing.assert_array_equal(*results)


MISTAKES = [
    "SGD([], lr=0.1)",
    "SGD(p, lr=0.1)",
    "SGD([3], lr=0.1)",
    "SGD([p * 2], lr=0.1)",
    "SGD([p], lr=-0.1)",
    "SGD([p], momentum=-1)",
    "SGD([p], nesterov=True)",
    "SGD([p], weight_decay=-1)",
    "SGD([{'params': [p]}, {'params': [p]}])",
    "SGD([{'params': {p}}])",
    "SGD({'a': p})",
    "SGD([('a', p)])",
    "SGD([('a', p)]).state_dict()",
    "SGD([('a', p), p])",
    "Optimizer([p], {}).step()",
    "SGD([p]).add_param_group(3)",
    "SGD([p]).add_param_group({'params': [p]})",
    "SGD([p]).load_state_dict({'param_groups': [], 'state': {}})",
    "SGD([p]).load_state_dict({'param_groups': [{'params': [0, 1]}], 'state': {}})",
    "Adam([p], lr=-1)",
    "Adam([p], betas=(1.0, 0.9))",
    "Adam([p], betas=(0.9, 1.0))",
    "Adam([p], eps=-1)",
    "Adam([p], weight_decay=-1)",
    "RMSprop([p], alpha=-1)",
    "RMSprop([p], momentum=-1)",
    "Adagrad([p], lr_decay=-1)",
    "Adagrad([p], initial_accumulator_value=-1)",
    "Adadelta([p], rho=2)",
    "NAdam([p], momentum_decay=-1)",
    "LBFGS([p]).step()",
    "LBFGS([{'params': [p]}, {'params': [p.detach().clone()]}])",
]


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_are_told_as_by_pytorch(text):
    told = []
    for t in LIBRARIES:
        p = t.ones(2, requires_grad=True)
        try:
            told.append(repr(eval("optim." + text, {"optim": t.optim, "p": p})))
        except Exception as error:
            told.append(f"{type(error).__name__}: {error}")
    assert told[0] == told[1]


def test_step_hooks_surround_the_step():
    for t in LIBRARIES:
        p = t.ones(1, requires_grad=True)
        optimizer = t.optim.SGD([p], lr=1.0)
        seen = []
        optimizer.register_step_pre_hook(lambda o, args, kwargs, p=p, s=seen: s.append(p.item()))
        handle = optimizer.register_step_post_hook(
            lambda o, args, kwargs, p=p, s=seen: s.append(p.item())
        )
        p.grad = t.ones(1)
        optimizer.step()
        handle.remove()
        optimizer.step()
        assert seen == [1.0, 0.0, 0.0]


def test_own_optimizer_works_with_groups_and_schedules():
    for t in LIBRARIES:

        class Plain(t.optim.Optimizer):
            def __init__(self, params, lr):
                super().__init__(params, {"lr": lr})

            def step(self, closure=None):
                for group in self.param_groups:
                    for p in group["params"]:
                        p.data.add_(p.grad, alpha=-group["lr"])

        p = t.ones(2, requires_grad=True)
        optimizer = Plain([p], 0.5)
        schedule = t.optim.lr_scheduler.StepLR(optimizer, 1)
        for _ in range(2):
            p.grad = t.ones(2)
            optimizer.step()
            schedule.step()
        np.testing.assert_allclose(p.detach().numpy(), [0.45, 0.45], rtol=1e-6)
