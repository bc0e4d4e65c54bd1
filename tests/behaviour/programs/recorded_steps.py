"""Optimizers with ``differentiable=True``: gradients flow through the steps."""

from tests.behaviour.helpers import attempt, chain

OPTIONS = {
    "SGD": [{}, {"momentum": 0.9, "weight_decay": 0.1}, {"momentum": 0.9, "nesterov": True}],
    "Adam": [{}, {"amsgrad": True, "weight_decay": 0.1, "maximize": True}],
    "AdamW": [{}, {"amsgrad": True}],
    "Adagrad": [{}, {"lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5}],
    "RMSprop": [{}, {"momentum": 0.9, "centered": True, "weight_decay": 0.1}],
    "Adadelta": [{}, {"weight_decay": 0.1, "maximize": True}],
    "Adamax": [{}, {"weight_decay": 0.1}],
    "NAdam": [{}, {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True}],
    "RAdam": [{}, {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True}],
    "ASGD": [{}, {"weight_decay": 0.1, "lambd": 0.1}],
    "Rprop": [{}],
}


def through_steps(torch):
    for name, choices in OPTIONS.items():
        for options in choices:
            start = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
            slope = torch.tensor([0.5, 1.0, -1.5], requires_grad=True)
            p = start.clone()
            rule = getattr(torch.optim, name)([p], lr=0.1, differentiable=True, **options)
            p.grad = slope * 1
            rule.step()
            if name in ("SGD", "Rprop"):
                p.grad = slope * 2
                rule.step()
            elif name == "RAdam":
                rule.state[p]["step"].fill_(7)
                rule.step()
            print(name, options, p, chain(p.grad_fn))
            attempt(lambda p=p, ends=(start, slope): print(torch.autograd.grad(p.sum(), ends)))
            print([(k, v.requires_grad, v) for k, v in rule.state[p].items()])


def learning_the_options(torch):
    for name in ("SGD", "Adam", "AdamW"):
        start = torch.tensor([1.0, -2.0], requires_grad=True)
        lr = torch.tensor(0.1, requires_grad=True)
        decay = torch.tensor(0.01, requires_grad=True)
        p = start.clone()
        options = {"lr": lr, "weight_decay": decay, "differentiable": True}
        betas = tuple(torch.tensor(b, requires_grad=True) for b in (0.9, 0.99))
        if name != "SGD":
            options["betas"] = betas
        rule = getattr(torch.optim, name)([p], **options)
        for factor in (0.5, 0.7):
            p.grad = torch.tensor([factor, 1.0])
            rule.step()
        print(name, p, chain(p.grad_fn))
        wanted = (start, lr, decay, *(betas if name != "SGD" else ()))
        print(torch.autograd.grad(p.sum(), wanted))


def complex_parameters(torch):
    for name in OPTIONS:
        start = torch.tensor([1.0 + 2j, -2.0 + 0.5j], requires_grad=True)
        p = start.clone()
        rule = getattr(torch.optim, name)([p], lr=0.1, differentiable=True)
        p.grad = start.cos()
        attempt(rule.step)
        print(name, p, torch.autograd.grad(p.abs().sum(), start))


def refusals(torch):
    leaf = torch.ones(2, requires_grad=True)
    leaf.grad = torch.ones(2)
    for name in OPTIONS:
        p = leaf.clone()
        p.grad = torch.ones(2)
        make = getattr(torch.optim, name)
        attempt(make([leaf], differentiable=True).step)
        attempt(lambda make=make, p=p: make([p], foreach=True, differentiable=True).step())
    for name in ("SGD", "Adam", "Adagrad"):
        make = getattr(torch.optim, name)
        attempt(lambda make=make: make([leaf], fused=True, differentiable=True))
        attempt(lambda make=make: make([leaf], fused=True, foreach=True))


def a_rate_that_is_learned(torch):
    rate = torch.tensor(0.05, requires_grad=True)
    outer = torch.optim.SGD([rate], lr=1e-5)
    for _ in range(3):
        weight = torch.tensor([2.0, -1.0], requires_grad=True)
        p = weight.clone()
        inner = torch.optim.SGD([p], lr=rate, differentiable=True)
        for _ in range(2):
            p.grad = torch.autograd.grad((weight**4).sum(), weight, create_graph=True)[0]
            inner.step()
        outer.zero_grad()
        loss = (p**2).sum()
        loss.backward()
        outer.step()
        print(loss, rate, rate.grad)


def a_step_is_checked(torch):
    def step(p, slope, square, mean):
        p, square, mean = p.clone(), square.clone(), mean.clone()
        square.mul_(0.9).addcmul_(slope, slope, value=0.1)
        root = square.addcmul(mean.lerp_(slope, 0.1), mean, value=-1).sqrt_()
        return p.addcdiv_(slope, root), square, mean

    p, slope, square, mean = torch.rand(4, 3, dtype=torch.float64).add(1.0).requires_grad_()
    small = mean * 0.01  # gradcheck lets inputs that are no leaves retain their gradients
    options = {"check_batched_grad": True, "check_undefined_grad": False}
    print(torch.autograd.gradcheck(step, (p, slope, square, small), **options))
