"""Losses and the nn.functional functions of the first lessons."""

from tests.behaviour.helpers import attempt


def mse_loss(torch):
    f = torch.nn.functional
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    t = torch.tensor([1.5, 2.0, 0.0])
    for reduction in ("mean", "sum", "none"):
        print(f.mse_loss(x, t, reduction=reduction))
    f.mse_loss(x, t).backward()
    print(x.grad)


def l1_and_smooth_l1(torch):
    f = torch.nn.functional
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    t = torch.tensor([1.5, 2.0, 0.0])
    f.l1_loss(x, t).backward()
    print(f.l1_loss(x, t), x.grad)
    print(f.smooth_l1_loss(x, t))


def cross_entropy(torch):
    f = torch.nn.functional
    x = torch.tensor([[1.0, 2.0, 3.0], [1.0, 0.0, 0.0]], requires_grad=True)
    loss = f.cross_entropy(x, torch.tensor([2, 1]))
    print(loss)
    loss.backward()
    print(x.grad)


def nll_loss_of_log_softmax(torch):
    f = torch.nn.functional
    x = torch.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    loss = f.nll_loss(f.log_softmax(x, dim=1), torch.tensor([0]))
    print(loss)
    loss.backward()
    print(x.grad)


def binary_cross_entropy(torch):
    f = torch.nn.functional
    x = torch.tensor([0.2, -1.0], requires_grad=True)
    t = torch.tensor([1.0, 0.0])
    a = f.binary_cross_entropy(x.sigmoid(), t)
    b = f.binary_cross_entropy_with_logits(x, t)
    print(a, b)
    a.backward()
    print(x.grad)


def activations(torch):
    f = torch.nn.functional
    x = torch.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    for function in (f.relu, f.leaky_relu, f.elu, f.softplus, f.gelu, f.silu, torch.tanh):
        x.grad = None
        y = function(x)
        y.sum().backward()
        print(y.detach(), x.grad)


def softmax_rows(torch):
    f = torch.nn.functional
    x = torch.tensor([[1.0, 2.0], [0.0, 0.0]], requires_grad=True)
    y = f.softmax(x, dim=1)
    print(y)
    y[:, 0].sum().backward()
    print(x.grad)


def linear(torch):
    f = torch.nn.functional
    x = torch.ones(2, 3)
    w = torch.ones(2, 3, requires_grad=True)
    b = torch.zeros(2, requires_grad=True)
    y = f.linear(x, w, b)
    print(y)
    y.sum().backward()
    print(w.grad, b.grad)


def loss_modules(torch):
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    print(torch.nn.MSELoss()(x, torch.zeros(1, 2)), torch.nn.L1Loss()(x, torch.zeros(1, 2)))
    print(torch.nn.CrossEntropyLoss()(x, torch.tensor([0])))


def wrong_target_size(torch):
    f = torch.nn.functional
    attempt(lambda: f.cross_entropy(torch.ones(2, 3), torch.tensor([0])))
    attempt(lambda: f.cross_entropy(torch.ones(1, 3), torch.tensor([5])))


def relu_at_zero(torch):
    x = torch.tensor([0.0, -0.0], requires_grad=True)
    x.relu().sum().backward()
    print(x.grad)
