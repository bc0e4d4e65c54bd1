"""Weights that are computed from others: parametrizations, norms, pruning, averages of models."""

from __future__ import annotations

import copy
import pickle
from importlib import import_module
from typing import Any

from tests.behaviour.helpers import attempt, warned


def _part(torch: Any, name: str) -> Any:
    return import_module(f"{torch.__name__}.{name}")


def _symmetric(torch: Any) -> Any:
    class Symmetric(torch.nn.Module):  # type: ignore[name-defined, misc]
        def forward(self, x: Any) -> Any:
            return x.triu() + x.triu(1).transpose(-1, -2)

    return Symmetric()


def a_symmetric_weight(torch: Any) -> None:
    parametrize = _part(torch, "nn.utils.parametrize")
    layer = torch.nn.Linear(3, 3)
    parametrize.register_parametrization(layer, "weight", _symmetric(torch))
    print(layer, layer.weight)
    print([name for name, _ in layer.named_parameters()], list(layer.state_dict()))
    print(parametrize.is_parametrized(layer), parametrize.is_parametrized(layer, "bias"))
    print(parametrize.type_before_parametrizations(layer).__name__, type(layer).__name__)
    with parametrize.cached():
        print(layer.weight is layer.weight)
    print(layer.weight is layer.weight)
    layer(torch.ones(1, 3)).sum().backward()
    print(layer.parametrizations.weight.original.grad)
    twin = copy.deepcopy(layer)
    print(type(twin).__name__, bool((twin.weight == layer.weight).all()))
    attempt(lambda: setattr(layer, "weight", torch.ones(3, 3)))
    parametrize.remove_parametrizations(layer, "weight")
    print(type(layer).__name__, layer.weight)


def parametrizations_that_are_refused(torch: Any) -> None:
    parametrize = _part(torch, "nn.utils.parametrize")

    class Row(torch.nn.Module):  # type: ignore[name-defined, misc]
        def forward(self, x: Any) -> Any:
            return x[0]

    class Whole(torch.nn.Module):  # type: ignore[name-defined, misc]
        def forward(self, x: Any) -> Any:
            return x.long()

    layer = torch.nn.Linear(3, 3)
    attempt(lambda: parametrize.register_parametrization(layer, "weight", Row()))
    attempt(lambda: parametrize.register_parametrization(layer, "weight", Whole()))
    print(type(layer).__name__)
    parametrize.register_parametrization(layer, "weight", _symmetric(torch))
    attempt(lambda: parametrize.register_parametrization(layer, "weight", Row()))
    attempt(lambda: parametrize.register_parametrization(layer, "other", Row()))
    attempt(lambda: parametrize.remove_parametrizations(layer, "bias"))
    attempt(lambda: pickle.dumps(layer))


def orthogonal_weights(torch: Any) -> None:
    parametrizations = _part(torch, "nn.utils.parametrizations")
    for how in ("matrix_exp", "cayley", "householder"):
        for shape in ((3, 3), (4, 2), (2, 4)):
            layer = torch.nn.Linear(*shape, dtype=torch.float64)
            parametrizations.orthogonal(layer, orthogonal_map=how)
            wide = layer.weight.shape[0] <= layer.weight.shape[1]
            product = layer.weight @ layer.weight.T if wide else layer.weight.T @ layer.weight
            print(
                how,
                shape,
                layer.weight,
                bool(torch.allclose(product, torch.eye(len(product)).double())),
            )
    layer = parametrizations.orthogonal(torch.nn.Linear(3, 2), use_trivialization=False)
    print(layer.weight, list(layer.state_dict()))
    attempt(lambda: parametrizations.orthogonal(torch.nn.Linear(3, 2), orthogonal_map="other"))
    attempt(lambda: parametrizations.orthogonal(torch.nn.LayerNorm(3)))


def norms_of_weights(torch: Any) -> None:
    parametrizations = _part(torch, "nn.utils.parametrizations")
    x = torch.randn(4, 3)
    layer = parametrizations.weight_norm(torch.nn.Linear(3, 2))
    print(layer, layer.weight, list(layer.state_dict()))
    layer(x).sum().backward()
    print(layer.parametrizations.weight.original0.grad.flatten())
    layer = warned(lambda: torch.nn.utils.weight_norm(torch.nn.Linear(3, 2)))
    print([name for name, _ in layer.named_parameters()], layer.weight)
    attempt(lambda: torch.nn.utils.weight_norm(layer))
    print([name for name, _ in torch.nn.utils.remove_weight_norm(layer).named_parameters()])
    attempt(lambda: torch.nn.utils.remove_weight_norm(layer))
    layer = parametrizations.spectral_norm(torch.nn.Linear(3, 2))
    print(layer(x), layer.eval()(x), list(layer.state_dict()))
    layer = torch.nn.utils.spectral_norm(torch.nn.ConvTranspose1d(2, 3, 2))
    print(layer(torch.ones(1, 2, 3)), list(layer.state_dict()))
    print(torch.nn.utils.remove_spectral_norm(layer).weight)


def pruned_weights(torch: Any) -> None:
    prune = _part(torch, "nn.utils.prune")
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2))
    first, second = model
    prune.l1_unstructured(first, "weight", amount=0.3)
    print(first.weight, [name for name, _ in first.named_parameters()], prune.is_pruned(model))
    prune.random_unstructured(first, "weight", 2)
    print(first.weight_mask)
    prune.ln_structured(first, "weight", amount=1, n=2, dim=1)
    print(first.weight_mask)
    prune.random_structured(second, "weight", amount=1, dim=0)
    print(second.weight)
    pairs = [(first, "weight"), (second, "weight"), (second, "bias")]
    prune.global_unstructured(pairs, prune.L1Unstructured, amount=0.4)
    print(first.weight_mask, second.bias)
    model(torch.ones(1, 4)).sum().backward()
    print(first.weight_orig.grad)
    prune.remove(first, "weight")
    print(first.weight, list(first.state_dict()))
    attempt(lambda: prune.remove(first, "weight"))
    attempt(lambda: prune.l1_unstructured(first, "weight", 1.5))
    attempt(lambda: prune.l1_unstructured(first, "weight", 99))
    attempt(lambda: prune.ln_structured(first, "bias", 1, 2, 0))
    attempt(lambda: prune.l1_unstructured(first, "weight", "some"))
    print(sorted(first.state_dict()))


def averages_of_models(torch: Any) -> None:
    averages = _part(torch, "optim.swa_utils")
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)).double()
    kept = {
        "mean": averages.AveragedModel(model),
        "lists": averages.AveragedModel(
            model, multi_avg_fn=averages.get_ema_multi_avg_fn(0.9), use_buffers=True
        ),
        "moving": averages.AveragedModel(model, avg_fn=averages.get_ema_avg_fn(0.9)),
    }
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = averages.SWALR(optimizer, swa_lr=0.05, anneal_epochs=3)
    for _ in range(5):
        optimizer.zero_grad()
        (model(torch.randn(5, 2).double()) - 1).pow(2).sum().backward()
        optimizer.step()
        schedule.step()
        print([round(group["lr"], 9) for group in optimizer.param_groups])
        for each in kept.values():
            each.update_parameters(model)
    for name, each in kept.items():
        print(name, {key: value.numel() for key, value in each.state_dict().items()})
        print(each.module[0].weight, each.module[1].running_var, each.n_averaged)
    averages.update_bn([torch.randn(5, 2).double()] * 2, kept["mean"])
    print(kept["mean"].module[1].running_mean, kept["mean"].module[1].momentum)
    print(schedule.state_dict())
    attempt(lambda: averages.SWALR(optimizer, 0.1, anneal_strategy="other"))
    attempt(lambda: averages.get_ema_avg_fn(2.0))


def an_adaptive_softmax(torch: Any) -> None:
    layer = torch.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [3, 6], dtype=torch.float64)
    x = torch.randn(5, 8).double()
    print(layer, layer(x, torch.tensor([0, 4, 9, 2, 7])))
    print(layer.log_prob(x).exp().sum(1), layer.predict(x), layer(x[0], torch.tensor(4)))
    layer(x, torch.tensor([0, 4, 9, 2, 7])).loss.backward()
    print([round(float(p.grad.abs().sum()), 6) for p in layer.parameters()])
    attempt(lambda: layer(x, torch.tensor([0, 4, 10, 2, 7])))
    attempt(lambda: layer(x, torch.tensor([0])))
    attempt(lambda: torch.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [3, 3]))


def lazy_layers(torch: Any) -> None:
    for text in (
        "LazyLinear(3)",
        "LazyConv2d(3, 2)",
        "LazyConvTranspose2d(3, 2)",
        "LazyBatchNorm2d()",
        "LazyInstanceNorm2d()",
    ):
        layer = eval(f"nn.{text}", {"nn": torch.nn})
        print(layer)
        out = layer(torch.randn(2, 2, 4, 4))
        print(layer, out.shape, [tuple(p.shape) for p in layer.parameters()])


def fused_batch_norms(torch: Any) -> None:
    fusion = _part(torch, "nn.utils.fusion")
    norm = torch.nn.BatchNorm2d(3)
    norm(torch.randn(4, 3, 5, 5))
    conv, x = torch.nn.Conv2d(2, 3, 3).eval(), torch.randn(1, 2, 5, 5)
    fused = fusion.fuse_conv_bn_eval(conv, norm.eval())
    print(fused, bool(torch.allclose(fused(x), norm(conv(x)), atol=1e-5)))
    attempt(lambda: fusion.fuse_conv_bn_eval(conv, norm.train()))
