"""Lazy modules: what they hold before the first call, loading and saving, lazies of one's own."""

from __future__ import annotations

import copy
from typing import Any

from tests.behaviour.helpers import attempt


def before_and_after(torch: Any) -> None:
    nn = torch.nn
    for layer, shape in (
        (nn.LazyLinear(3), (2, 4)),
        (nn.LazyLinear(3, bias=False), (4,)),
        (nn.LazyConv1d(2, 2), (1, 3, 5)),
        (nn.LazyConv2d(4, 2, groups=2), (4, 5, 5)),
        (nn.LazyConvTranspose1d(2, 2, bias=False), (1, 3, 5)),
        (nn.LazyBatchNorm1d(), (4, 3)),
        (nn.LazyBatchNorm2d(affine=False, momentum=None), (2, 3, 2, 2)),
        (nn.LazyInstanceNorm1d(track_running_stats=True), (2, 3, 4)),
    ):
        print(layer, layer.has_uninitialized_params(), list(layer.state_dict()))
        print(len(layer._forward_pre_hooks), len(layer._load_state_dict_pre_hooks))
        print([type(p).__name__ for p in (*layer.parameters(), *layer.buffers())])
        print(layer.double()(torch.ones(shape).double()).shape, type(layer).__name__, layer)
        print({name: (tuple(p.shape), p.dtype) for name, p in layer.named_parameters()})
        print({name: tuple(b.shape) for name, b in layer.named_buffers()})
        print(len(layer._forward_pre_hooks), hasattr(layer, "_load_hook"))


def first_calls_refused(torch: Any) -> None:
    nn = torch.nn
    attempt(lambda: nn.LazyConv2d(4, 2)(torch.ones(3, 3)))
    attempt(lambda: nn.LazyConv1d(4, 2, groups=2)(torch.ones(1, 3, 5)))
    attempt(lambda: nn.LazyLinear(3).weight.shape)
    attempt(lambda: nn.LazyLinear(3).share_memory())
    attempt(lambda: nn.utils.spectral_norm(nn.LazyLinear(3)))
    attempt(lambda: nn.utils.weight_norm(nn.LazyLinear(3)))
    print(nn.LazyBatchNorm1d()(input=torch.ones(2, 3)).shape)


def states(torch: Any) -> None:
    nn = torch.nn
    known, lazy = nn.Linear(4, 3), nn.LazyLinear(3)
    print(lazy.load_state_dict(known.state_dict()), lazy.has_uninitialized_params(), lazy)
    print(torch.equal(lazy.weight, known.weight), type(lazy).__name__)
    attempt(lambda: copy.deepcopy(lazy)(torch.ones(2, 5)))
    print(torch.equal(lazy(torch.ones(2, 4)), known(torch.ones(2, 4))), lazy)
    attempt(lambda: known.load_state_dict(nn.LazyLinear(3).state_dict()))
    first, second = nn.LazyBatchNorm1d(), nn.LazyBatchNorm1d()
    print(first.load_state_dict(second.state_dict()), first.has_uninitialized_params())
    print(first.load_state_dict(nn.BatchNorm1d(3).state_dict()), first.running_mean)
    twin = copy.deepcopy(nn.LazyConv1d(2, 2))
    print(twin.weight, twin(torch.ones(1, 3, 4)).shape)


def ones_own(torch: Any) -> None:
    class Lazy(torch.nn.modules.lazy.LazyModuleMixin, torch.nn.Module):
        def __init__(self, forgets: bool = False) -> None:
            super().__init__()
            self.scale = torch.nn.UninitializedParameter()
            self.shift = torch.nn.UninitializedBuffer()
            self.forgets = forgets

        def initialize_parameters(self, x: Any, times: int = 1) -> None:
            print("initialize", tuple(x.shape), times)
            self.scale.materialize(x.shape)
            if not self.forgets:
                self.shift.materialize(x.shape, dtype=torch.float64)
            with torch.no_grad():
                self.scale.fill_(2.0)

        def forward(self, x: Any, times: int = 1) -> Any:
            return x * self.scale * times

    model = Lazy()
    print(model.scale, model.shift, list(model.state_dict()))
    model.register_forward_pre_hook(lambda m, a: print("hook", m.has_uninitialized_params()))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    model(torch.ones(2), times=3).sum().backward()
    optimizer.step()
    print(model.scale, type(model.shift).__name__, model.shift.dtype)
    model(torch.ones(2))
    attempt(lambda: Lazy(forgets=True)(torch.ones(2)))

    class Bare(torch.nn.modules.lazy.LazyModuleMixin, torch.nn.Module):
        pass

    attempt(lambda: Bare()(1))
