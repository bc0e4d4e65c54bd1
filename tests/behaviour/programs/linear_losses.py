"""The cross entropy of a linear layer's scores."""

from tests.behaviour.helpers import attempt, chain


def as_one_function(torch):
    F = torch.nn.functional
    torch.manual_seed(0)
    x, w = torch.randn(3, 4, requires_grad=True), torch.randn(5, 4, requires_grad=True)
    b, target = torch.randn(5, requires_grad=True), torch.tensor([0, 4, -100])
    for options in (
        {},
        {"linear_bias": b},
        {"reduction": "none"},
        {"reduction": "sum", "weight": torch.arange(1.0, 6.0)},
        {"ignore_index": 4, "label_smoothing": 0.1},
    ):
        ids = target.clamp(min=0) if "ignore_index" in options else target
        loss = F.linear_cross_entropy(x, w, ids, **options)
        print(loss, chain(loss.grad_fn))
        print([f"{g.norm():.4f}" for g in torch.autograd.grad(loss.sum(), (x, w))])
    print(F.linear_cross_entropy(x[0], w, torch.tensor(2)))
    print(F.linear_cross_entropy(x, w, torch.softmax(torch.ones(3, 5), 1)))


def with_further_dimensions(torch):
    F = torch.nn.functional
    torch.manual_seed(0)
    x, w = torch.randn(2, 4), torch.randn(5, 3, 2, 4, requires_grad=True)
    loss = F.linear_cross_entropy(x, w, torch.randint(0, 5, (2, 3, 2)), linear_bias=w[..., 0])
    print(loss, chain(loss.grad_fn))


def what_does_not_fit(torch):
    f, ones = torch.nn.functional.linear_cross_entropy, torch.ones
    ids = torch.tensor([0, 1])
    attempt(lambda: f(ones(()), ones(5, 4), ids))
    attempt(lambda: f(ones(2, 4), ones(4), ids))
    attempt(lambda: f(ones(2, 3), ones(5, 4), ids))
    attempt(lambda: f(ones(2, 4), ones(5, 4), ids, linear_bias=ones(4)))
    attempt(lambda: f(ones(4), ones(5, 3, 4), ids))
    attempt(lambda: f(ones(2, 4), ones(5, 4), ones(2, 5), ignore_index=1))
    attempt(lambda: torch.nn.LinearCrossEntropyLoss(4, 5, weight=ones(4)))
    attempt(lambda: torch.nn.LinearCrossEntropyLoss(4, 5, label_smoothing=2.0))


def as_a_layer(torch):
    torch.manual_seed(0)
    layer = torch.nn.LinearCrossEntropyLoss(5, 10, out_features=(4, 3), bias=True)
    print(layer, list(layer.state_dict()))
    loss = layer(torch.randn(2, 5), torch.randint(0, 10, (2, 4, 3)))
    loss.backward()
    print(loss, [tuple(p.grad.shape) for p in layer.parameters()])
