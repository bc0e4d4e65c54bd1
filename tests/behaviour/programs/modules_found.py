"""Modules: attention that does not fit, states of older versions, parametrizations, schedules."""

from __future__ import annotations

from collections import OrderedDict
from importlib import import_module
from io import BytesIO
from typing import Any

from tests.behaviour.helpers import attempt, chain, warned


def attention_refused(torch: Any) -> None:
    attend = torch.nn.MultiheadAttention(4, 2)
    three, two = torch.ones(3, 2, 4), torch.ones(3, 4)
    attempt(lambda: attend(torch.ones(4), two, two))
    attempt(lambda: attend(three, two, three))
    attempt(lambda: attend(three, three, two))
    attempt(lambda: attend(two, three, three))
    attempt(lambda: attend(three, three, three[:2]))
    for mask in (torch.ones(3), torch.ones(2, 3, 1), torch.ones(3, 3), torch.ones(2, 2)):
        attempt(lambda: attend(three, three, three, key_padding_mask=mask))  # noqa: B023
    for mask in (torch.ones(3), torch.ones(2, 3), torch.ones(2, 3, 3), torch.ones(4, 3, 3)):
        attempt(lambda: attend(three, three, three, attn_mask=mask))  # noqa: B023
        attempt(lambda: attend(two, two, two, attn_mask=mask))  # noqa: B023
    attempt(lambda: attend(two, two, two, key_padding_mask=torch.ones(1, 3)))
    attempt(lambda: attend(three, three, three, is_causal=True))
    attempt(lambda: attend(three, three, three, attn_mask=torch.ones(3, 3).long()))
    padding, mask = torch.zeros(2, 3).bool(), torch.zeros(3, 3)
    warned(lambda: attend(three, three, three, key_padding_mask=padding, attn_mask=mask))
    parts = torch.nn.MultiheadAttention(4, 2, kdim=3, vdim=5)
    attempt(lambda: parts(three, torch.ones(3, 2, 3), torch.ones(2, 2, 5)))


def attention_with_given_keys(torch: Any) -> None:
    attend = torch.nn.MultiheadAttention(4, 2, add_bias_kv=True)
    plain = torch.nn.MultiheadAttention(4, 2)
    x = torch.ones(3, 2, 4)

    def call(module: Any, *biases: Any, **static: Any) -> Any:
        out = torch.nn.functional.multi_head_attention_forward(
            x,
            x,
            x,
            4,
            2,
            module.in_proj_weight,
            module.in_proj_bias,
            *biases,
            False,
            0.0,
            module.out_proj.weight,
            module.out_proj.bias,
            **static,
        )
        print(out[0].shape, chain(out[0].grad_fn))

    given = torch.ones(4, 3, 2)
    attempt(lambda: call(attend, attend.bias_k, attend.bias_v, static_k=given))
    attempt(lambda: call(attend, attend.bias_k, attend.bias_v, static_v=given))
    attempt(lambda: call(attend, attend.bias_k, None))
    attempt(lambda: call(attend, None, attend.bias_v))
    attempt(lambda: call(plain, None, None, static_k=given[:2]))
    attempt(lambda: call(plain, None, None, static_v=given[..., :1]))
    call(plain, None, None, static_k=given, static_v=given)
    call(plain, None, None, attn_mask=torch.zeros(3, 3))
    call(attend, attend.bias_k, attend.bias_v)


def batch_norm_of_version_one(torch: Any) -> None:
    for version in (None, 1, 2):
        layer = torch.nn.BatchNorm1d(2)
        state = layer.state_dict()
        del state["num_batches_tracked"]
        state._metadata[""] = {} if version is None else {"version": version}
        attempt(lambda: layer.load_state_dict(state))  # noqa: B023


def prefixes_of_wrapped_models(torch: Any) -> None:
    wrapped = torch.nn.ModuleDict({"module": torch.nn.Sequential(torch.nn.Linear(1, 1))})
    state = wrapped.state_dict()
    torch.nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    print(list(state), dict(state._metadata))
    print(wrapped["module"].load_state_dict(state))
    plain = OrderedDict(a=1)
    torch.nn.modules.utils.consume_prefix_in_state_dict_if_present(plain, "a.")
    print(list(plain.items()))


def inverses_that_do_not_fit(torch: Any) -> None:
    parametrize = torch.nn.utils.parametrize

    def made(answer: Any) -> Any:
        class Wrong(torch.nn.Module):
            def forward(self, x: Any) -> Any:
                return x

            def right_inverse(self, x: Any) -> Any:
                return answer(x)

        return Wrong()

    def refuse(x: Any) -> Any:
        raise NotImplementedError

    layer = torch.nn.Linear(2, 3)
    parametrize.register_parametrization(layer, "weight", made(lambda x: x))
    for answer in (lambda x: (x, x), lambda x: x.double(), lambda x: x[0], refuse):
        attempt(lambda: parametrize.register_parametrization(layer, "weight", made(answer)))  # noqa: B023
    print(len(layer.parametrizations.weight))


def bounds_that_their_owner_changes(torch: Any) -> None:
    schedulers = torch.optim.lr_scheduler
    low, high = torch.tensor(0.1), torch.tensor(0.4)
    first, last = torch.tensor(0.8), torch.tensor(0.9)
    makers = (
        lambda o: schedulers.CyclicLR(o, low, high, 4, base_momentum=first, max_momentum=last),
        lambda o: schedulers.OneCycleLR(o, high, 9, base_momentum=first, max_momentum=last),
        lambda o: torch.optim.swa_utils.SWALR(o, swa_lr=low),
    )
    for make in makers:
        optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1, momentum=0.9)
        scheduler = make(optimizer)
        for _ in range(2):
            low.mul_(0.5), high.mul_(0.5), first.mul_(0.5), last.mul_(0.5)
            optimizer.step()
            scheduler.step()
            print({k: v for k, v in optimizer.param_groups[0].items() if "m" in k or "lr" in k})


def weights_of_a_recurrent_layer(torch: Any) -> None:
    layer = torch.nn.LSTM(2, 3, num_layers=2, bidirectional=True, proj_size=1)
    print([tuple(w.shape) for w in layer._flat_weights])
    prune = import_module(f"{torch.__name__}.nn.utils.prune")
    prune.l1_unstructured(layer, "weight_ih_l0", 0.5)
    print(sum(isinstance(w, torch.nn.Parameter) for w in layer._flat_weights))
    prune.remove(layer, "weight_ih_l0")
    print(sum(isinstance(w, torch.nn.Parameter) for w in layer._flat_weights))


def arguments_of_layers(torch: Any) -> None:
    nn = torch.nn
    attempt(lambda: nn.RNN(2, 3, proj_size=1))
    attempt(lambda: nn.GRU(2, 3, proj_size=1))
    attempt(lambda: nn.Unflatten(0, 3))
    attempt(lambda: nn.Unflatten(0, (1, 2.0)))
    print(nn.Unflatten("features", [1, 2]))
    values = {"b": torch.ones(1), "a": torch.ones(1)}
    print(list(nn.ParameterDict(values)), list(nn.ParameterDict(OrderedDict(values))))
    print(list(nn.ParameterDict(list(values.items()))), list(nn.ModuleDict({"b": nn.ReLU()})))
    print(list(nn.ParameterDict(nn.ParameterDict(list(values.items())))))


def milestones_saved(torch: Any) -> None:
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 4, 4])
    file = BytesIO()
    torch.save(scheduler.state_dict(), file)
    file.seek(0)
    state = torch.load(file)
    print(type(state["milestones"]).__name__, state["milestones"])
    scheduler.load_state_dict(state)
