"""Corners of layers, losses and optimizers that PyTorch's own samples have found."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tests.behaviour.helpers import attempt


def norms_of_an_empty_batch(torch: Any) -> None:
    for layer, shape in (
        (torch.nn.BatchNorm1d(3), (0, 3)),
        (torch.nn.BatchNorm2d(3, affine=False), (0, 3, 2, 2)),
        (torch.nn.LayerNorm(3), (0, 3)),
    ):
        x = torch.ones(shape, requires_grad=True)
        out = layer(x)
        out.sum().backward()
        print(out, x.grad, [p.grad for p in layer.parameters()], dict(layer.named_buffers()))
    attempt(lambda: torch.nn.BatchNorm1d(3, eps=-1.0)(torch.ones(2, 3)))


def losses_without_targets(torch: Any) -> None:
    x = torch.randn(2, 3, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(x, torch.tensor([-100, -100]))
    loss.backward()
    print(loss, x.grad)
    wide, var = torch.ones(2, 3, 2), torch.ones(2, 1, 2)
    print(torch.nn.GaussianNLLLoss()(wide, wide * 2, var))
    attempt(lambda: torch.nn.GaussianNLLLoss()(wide, wide, torch.ones(2, 1, 1)))
    attempt(lambda: torch.nn.HuberLoss(delta=1j))


def cells_of_single_examples(torch: Any) -> None:
    for kind in (torch.nn.RNNCell, torch.nn.GRUCell, torch.nn.LSTMCell):
        cell = kind(3, 2)
        out = cell(torch.ones(3))
        out = out if isinstance(out, tuple) else (out,)
        print([(tuple(x.shape), x.grad_fn.name()) for x in out])
        attempt(lambda: cell(torch.ones(2, 4)))  # noqa: B023
        state = torch.ones(1, 1, 2, 2)
        hidden = (state, state) if len(out) == 2 else state
        attempt(lambda: cell(torch.ones(2, 3), hidden))  # noqa: B023
    attempt(lambda: torch.nn.RNN(3, 2)(torch.ones(2, 1, 3, dtype=torch.float64)))
    attempt(lambda: torch.nn.RNN(3, 2, bias=2))
    attempt(lambda: torch.nn.GRU(3.0, 2))
    attempt(lambda: torch.nn.LSTM(0, 2))
    attempt(lambda: torch.nn.CircularPad1d(1)(torch.ones(1, 1, 4, 4)))


def adafactor(torch: Any) -> None:
    parameters = [torch.randn(3, 2).double().requires_grad_(), torch.ones(4).requires_grad_()]
    optimizer = torch.optim.Adafactor(parameters, lr=0.1, weight_decay=0.01)
    print(optimizer)
    for _ in range(4):
        optimizer.zero_grad()
        sum((p**4).sum() + p.sin().sum() for p in parameters).backward()
        optimizer.step()
        print(*parameters)
    print(optimizer.state_dict()["state"])
    attempt(lambda: torch.optim.Adafactor(parameters, d=0.5))
    attempt(lambda: torch.optim.Adafactor(parameters, eps=(-1.0, 1.0)))


def arguments_of_adam(torch: Any) -> None:
    parameters = [torch.ones(2, requires_grad=True)]
    attempt(lambda: torch.optim.Adam(parameters, betas=(0, 0.9)))
    attempt(lambda: torch.optim.Adam(parameters, lr=torch.tensor(0.1), foreach=True))
    attempt(lambda: torch.optim.Adam(parameters, lr=torch.tensor([0.1, 0.2])))
    attempt(lambda: torch.optim.SGD(parameters, lr=torch.tensor([0.1, 0.2])))


def types_of_python_as_dtypes(torch: Any) -> None:
    x = torch.ones(2)
    for kind in (bool, int, float, complex):
        print(x.to(kind), x.to(dtype=kind).dtype, torch.as_tensor(x, dtype=kind).dtype)
    print(torch.arange(3, dtype=float), torch.nn.Linear(1, 1).to(float).weight.dtype)
    attempt(lambda: torch.nn.Linear(1, 1).to(int))


def distributions_of_ones_own(torch: Any) -> None:
    base = torch.distributions

    class Shifted(base.Normal):  # type: ignore[name-defined, misc]
        def __init__(self, loc: Any, shift: Any) -> None:
            self.shift = shift
            super().__init__(loc + shift, torch.ones(()))

        def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
            new = self._get_checked_instance(Shifted, _instance)
            new.shift = self.shift
            return super().expand(batch_shape, new)

    class Plain(base.Normal):  # type: ignore[name-defined, misc]
        pass

    class Careless(base.Normal):  # type: ignore[name-defined, misc]
        def __init__(self, loc: Any) -> None:
            super().__init__(loc, torch.ones(()))

    wide = Shifted(torch.zeros(()), 2.0).expand((3,))
    print(type(wide).__name__, wide.batch_shape, wide.mean, wide.shift)
    print(type(Plain(torch.zeros(2), torch.ones(2)).expand((4, 2))).__name__)
    print(Careless(torch.zeros(2)).loc)


def modules_of_autograd(torch: Any) -> None:
    place = f"{torch.__name__}.autograd"
    print(import_module(f"{place}.function").Function is torch.autograd.Function)
    print(import_module(f"{place}.grad_mode").no_grad is torch.no_grad)
    print(import_module(f"{place}.anomaly_mode").detect_anomaly.__name__)
