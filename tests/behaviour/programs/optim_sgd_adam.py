"""SGD and Adam: steps, momentum, weight decay, zero_grad, refusals."""

from tests.behaviour.helpers import attempt


def _minimise(torch, make, steps=5):
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = make([w])
    for _ in range(steps):
        optimizer.zero_grad()
        (w**2 + w).sum().backward()
        optimizer.step()
    print(w)
    return w, optimizer


def sgd_plain(torch):
    _minimise(torch, lambda p: torch.optim.SGD(p, lr=0.1))


def sgd_momentum(torch):
    _minimise(torch, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9))


def sgd_nesterov(torch):
    _minimise(torch, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True))


def sgd_weight_decay(torch):
    _minimise(torch, lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.5))


def sgd_dampening(torch):
    _minimise(torch, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.5, dampening=0.3))


def sgd_maximize(torch):
    _minimise(torch, lambda p: torch.optim.SGD(p, lr=0.01, maximize=True))


def adam_plain(torch):
    _minimise(torch, lambda p: torch.optim.Adam(p, lr=0.1))


def adam_options(torch):
    _minimise(
        torch, lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.9), eps=1e-4, weight_decay=0.1)
    )


def adam_amsgrad(torch):
    _minimise(torch, lambda p: torch.optim.Adam(p, lr=0.1, amsgrad=True))


def zero_grad_sets_none(torch):
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    (w * 2).sum().backward()
    optimizer.zero_grad()
    print(w.grad)
    (w * 2).sum().backward()
    optimizer.zero_grad(set_to_none=False)
    print(w.grad)


def forgetting_zero_grad(torch):
    w = torch.tensor(1.0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    for _ in range(3):
        (w * 2).backward()
        optimizer.step()
        print(w.item().__round__(4), w.grad)


def parameter_without_grad_is_skipped(torch):
    a = torch.ones(1, requires_grad=True)
    b = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([a, b], lr=0.1)
    (a * 2).sum().backward()
    optimizer.step()
    print(a, b)


def parameter_groups(torch):
    a = torch.ones(1, requires_grad=True)
    b = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([{"params": [a]}, {"params": [b], "lr": 1.0}], lr=0.1)
    (a + b).sum().backward()
    optimizer.step()
    print(a, b, [group["lr"] for group in optimizer.param_groups])


def learning_rate_changed_by_hand(torch):
    w = torch.tensor(1.0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        (w * 1.0).backward()
        optimizer.step()
        optimizer.param_groups[0]["lr"] *= 10
    print(w)


def step_with_closure(torch):
    w = torch.tensor(1.0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = w**2
        loss.backward()
        return loss

    print(optimizer.step(closure), w)


def empty_parameters(torch):
    attempt(lambda: torch.optim.SGD([], lr=0.1))


def nonleaf_parameter(torch):
    w = torch.ones(1, requires_grad=True)
    attempt(lambda: torch.optim.SGD([w * 2], lr=0.1))


def single_tensor_as_parameters(torch):
    w = torch.ones(1, requires_grad=True)
    attempt(lambda: torch.optim.SGD(w, lr=0.1))


def number_as_parameter(torch):
    attempt(lambda: torch.optim.SGD([1.0], lr=0.1))


def bad_learning_rate(torch):
    w = torch.ones(1, requires_grad=True)
    attempt(lambda: torch.optim.SGD([w], lr=-1))
    attempt(lambda: torch.optim.Adam([w], lr=-1))
    attempt(lambda: torch.optim.SGD([w], lr=0.1, momentum=-1))
    attempt(lambda: torch.optim.SGD([w], lr=0.1, nesterov=True))


def repr_of_optimizers(torch):
    w = torch.ones(1, requires_grad=True)
    print(torch.optim.SGD([w], lr=0.1, momentum=0.9))
    print(torch.optim.Adam([w]))


def state_dictionary(torch):
    _, optimizer = _minimise(torch, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), 2)
    print(optimizer.state_dict())


def adam_state(torch):
    w, optimizer = _minimise(torch, lambda p: torch.optim.Adam(p, lr=0.1), 2)
    print(sorted(optimizer.state[w]), optimizer.state[w]["step"])
    print(optimizer.state[w]["exp_avg"])


def add_parameter_group(torch):
    a = torch.ones(1, requires_grad=True)
    b = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([a], lr=0.1)
    optimizer.add_param_group({"params": [b], "lr": 0.5})
    (a + b).sum().backward()
    optimizer.step()
    print(a, b)


def step_bumps_the_version(torch):
    w = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    loss = (w**2).sum()
    loss.backward(retain_graph=True)
    optimizer.step()
    print(w._version)
    attempt(lambda: loss.backward())


def rosenbrock_by_adam(torch):
    p = torch.tensor([-1.0, 1.5], requires_grad=True)
    optimizer = torch.optim.Adam([p], lr=0.05)
    for _ in range(100):
        optimizer.zero_grad()
        loss = (1 - p[0]) ** 2 + 10 * (p[1] - p[0] ** 2) ** 2
        loss.backward()
        optimizer.step()
    print(f"{loss.item():.3f}", [round(v, 3) for v in p.tolist()])


def linear_module_training(torch):
    torch.manual_seed(0)
    x = torch.linspace(-1, 1, 16).unsqueeze(1)
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    for _ in range(50):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x), 2 * x + 1)
        loss.backward()
        optimizer.step()
    print(model.weight, model.bias)
