"""Hooks of modules: always called, global, at registration, in backward, around state dicts."""

from __future__ import annotations

import gc
import pickle
import weakref
from collections import OrderedDict, namedtuple
from typing import Any

from tests.behaviour.helpers import attempt, warned

Pair = namedtuple("Pair", "first second")


def _keep_keys(module: Any, state: Any, *_: Any) -> None:
    """Serve as a hook that pickle can find again."""
    print(type(module).__name__, "loads", list(state))


def always_called(torch: Any) -> None:
    class Fails(torch.nn.Module):
        def forward(self, x: Any, fail: bool = True) -> Any:
            if fail:
                raise RuntimeError("in forward")
            return x + 1

    def raising(module: Any, args: Any, output: Any) -> None:
        raise ValueError("in hook")

    model = Fails()
    model.register_forward_hook(lambda m, a, o: print("not when it fails", a, o))
    model.register_forward_hook(
        lambda m, a, k, o: print("always", a, k, o), always_call=True, with_kwargs=True
    )
    attempt(lambda: model(1, fail=True))
    print(model(1, fail=False))
    handle = model.register_forward_hook(raising, always_call=True)
    warned(lambda: attempt(lambda: model(1)))
    attempt(lambda: model(1, fail=False))
    handle.remove()
    model.register_forward_pre_hook(lambda m, a: (_ for _ in ()).throw(KeyError("before")))
    attempt(lambda: model(1, fail=False))
    module = torch.nn.modules.module
    shared = module.register_module_forward_hook(
        lambda m, a, o: print("global always", a, o), always_call=True
    )
    attempt(lambda: model(2))
    shared.remove()
    attempt(lambda: model(2))


def global_hooks(torch: Any) -> None:
    module = torch.nn.modules.module
    layer = torch.nn.Sigmoid()
    layer.register_forward_pre_hook(lambda m, a: print("own pre"))
    layer.register_forward_hook(lambda m, a, o: print("own forward"))
    layer.register_full_backward_pre_hook(lambda m, g: print("own backward pre"))
    layer.register_full_backward_hook(lambda m, i, o: print("own backward"))
    handles = [
        module.register_module_forward_pre_hook(lambda m, a: print("pre", type(m).__name__)),
        module.register_module_forward_hook(
            lambda m, a, k, o: print("forward", k, type(o).__name__), with_kwargs=True
        ),
        module.register_module_full_backward_pre_hook(lambda m, g: print("backward pre", len(g))),
        module.register_module_full_backward_hook(lambda m, i, o: print("backward", len(i))),
    ]
    attempt(lambda: module.register_module_backward_hook(print))
    x = torch.ones(2, requires_grad=True)
    layer(x).sum().backward()
    for handle in handles:
        handle.remove()
    layer(x).sum().backward()
    module._global_is_full_backward_hook = None


def global_old_backward_hook(torch: Any) -> None:
    module = torch.nn.modules.module
    x, layer = torch.ones(2, requires_grad=True), torch.nn.Sigmoid()
    with module.register_module_backward_hook(lambda m, i, o: tuple(g * 2 for g in i)):
        layer(x).sum().backward()
        print(x.grad)
        attempt(lambda: module.register_module_full_backward_hook(print))
    with module.register_module_backward_hook(lambda m, i, o: i[:-1]):
        attempt(lambda: layer(x).sum().backward())
        attempt(lambda: torch.nn.Sigmoid()(x).sum().backward())
    module._global_is_full_backward_hook = None


def registration(torch: Any) -> None:
    module = torch.nn.modules.module
    handles = [
        module.register_module_buffer_registration_hook(
            lambda m, name, b: print("buffer", type(m).__name__, name)
        ),
        module.register_module_parameter_registration_hook(
            lambda m, name, p: print("parameter", type(m).__name__, name, p is None)
        ),
        module.register_module_module_registration_hook(
            lambda m, name, c: print("module", type(m).__name__, name, type(c).__name__)
        ),
    ]
    model = torch.nn.Sequential(torch.nn.Linear(1, 1, bias=False), torch.nn.BatchNorm1d(1))
    model.extra = torch.nn.ReLU()
    model.extra = None
    model[1].running_mean = torch.ones(1)
    for handle in handles:
        handle.remove()
    with module.register_module_buffer_registration_hook(lambda m, name, b: b * 3):
        model.register_buffer("factor", torch.ones(2))
        model.factor = torch.ones(1)
    print(model.factor)
    model.silent = torch.nn.ReLU()


def full_backward_without_input_gradients(torch: Any) -> None:
    layer = torch.nn.Linear(2, 3)
    answers = {"none": None, "same": "same", "wrong": torch.ones(1, 2)}
    for name, answer in answers.items():

        def hook(m: Any, grad_input: Any, grad_output: Any, answer: Any = answer) -> Any:
            print(grad_input, [tuple(g.shape) for g in grad_output])
            return grad_input if isinstance(answer, str) else answer

        with layer.register_full_backward_hook(hook):
            print(name)
            warned(lambda: attempt(lambda: layer(torch.ones(1, 2)).sum().backward()))
    with layer.register_full_backward_pre_hook(lambda m, g: (g[0] * 0,)):
        warned(lambda: layer(torch.ones(1, 2)).sum().backward())


def full_backward_answers(torch: Any) -> None:
    layer = torch.nn.Sigmoid()
    x = torch.ones(5, 5, requires_grad=True)
    for answer in (lambda g: g[0] * 2, lambda g: (), lambda g: (*g, g[0])):
        with layer.register_full_backward_hook(lambda m, i, o, answer=answer: answer(i)):
            attempt(lambda: layer(x).sum().backward())
        with layer.register_full_backward_pre_hook(lambda m, o, answer=answer: answer(o)):
            attempt(lambda: layer(x).sum().backward())


def outputs_that_are_named(torch: Any) -> None:
    class Two(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return Pair(x * 2, "text")

    model = Two()
    model.register_full_backward_hook(lambda m, i, o: print(i, o))
    out = model(torch.ones(2, requires_grad=True))
    print(type(out).__name__, out.second)
    out.first.sum().backward()


def old_backward_hook_warnings(torch: Any) -> None:
    a, b = (torch.ones(2, requires_grad=True) for _ in range(2))
    bodies = {
        "list in": (lambda x: (x[0].clone(), x[1].clone()), ([a, b],)),
        "list out": (lambda x, y: [x.clone(), y.clone()], (a, b)),
        "dict out": (lambda x: {"out": x.clone()}, (a,)),
        "two nodes out": (lambda x, y: (x.clone(), y.clone()), (a, b)),
        "two nodes deep": (lambda x: x.clone().clone(), (a,)),
        "one node": (lambda x: x.sigmoid(), (a * 1,)),
        "no gradient": (lambda x: x.detach(), (a,)),
    }
    for name, (body, args) in bodies.items():

        class Body(torch.nn.Module):
            def forward(self, *args: Any, body: Any = body) -> Any:
                return body(*args)

        model = Body()
        model.register_backward_hook(lambda *_: print("called"))
        print(name)
        out = warned(lambda: model(*args))  # noqa: B023
        if isinstance(out, torch.Tensor) and out.requires_grad:
            out.sum().backward()


def state_dict_post_hooks(torch: Any) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(1, 1))

    def empty(module: Any, state: Any, prefix: str, metadata: Any) -> Any:
        print(type(module).__name__, repr(prefix), metadata)
        return OrderedDict()

    model[0]._register_state_dict_hook(empty)
    print(list(model.state_dict()))
    model._register_state_dict_hook(empty)
    print(list(model.state_dict()))
    public = torch.nn.Linear(1, 1)
    public.register_state_dict_post_hook(empty)
    attempt(lambda: public.state_dict())
    attempt(lambda: torch.nn.Linear(1, 1)._register_state_dict_hook(empty))
    warned(lambda: print(list(torch.nn.ReLU().state_dict(OrderedDict(), "x."))))
    warned(lambda: print(list(torch.nn.Linear(1, 1).state_dict(OrderedDict(), "x."))))


def load_hooks_and_lifetimes(torch: Any) -> None:
    model = torch.nn.Linear(1, 1)
    model.register_load_state_dict_pre_hook(_keep_keys)
    copied = pickle.loads(pickle.dumps(model._load_state_dict_pre_hooks))
    print(list(copied) == list(model._load_state_dict_pre_hooks))
    state = model.state_dict()
    model.load_state_dict(state)
    hook = next(iter(model._load_state_dict_pre_hooks.values()))
    print(hook.__name__)
    gc.collect()
    gc.disable()
    try:
        seen = weakref.ref(model)
        del model
        print(seen() is None)
    finally:
        gc.enable()
    attempt(lambda: hook(state, "", {}, True, [], [], []))
    attempt(lambda: pickle.loads(pickle.dumps(hook)))


def modules_saved_by_older_versions(torch: Any) -> None:
    for name in ("_state_dict_pre_hooks", "_load_state_dict_post_hooks", "_backward_pre_hooks"):
        model = torch.nn.Softmax(1)
        delattr(model, name)
        model = pickle.loads(pickle.dumps(model))
        print(name, getattr(model, name), model(torch.zeros(1, 2)), model.state_dict())


def handles(torch: Any) -> None:
    hooks: Any = OrderedDict()
    marks: Any = OrderedDict()
    more: Any = OrderedDict()
    make = torch.utils.hooks.RemovableHandle
    first = make(hooks, extra_dict=marks)
    second = make(hooks, extra_dict=[marks, more])
    print(second.id - first.id)
    for handle in (first, second):
        hooks[handle.id] = marks[handle.id] = more[handle.id] = True
    attempt(lambda: make(hooks, marks))
    with second:
        print(len(hooks), len(marks), len(more))
    print(len(hooks), len(marks), len(more))
    both = pickle.loads(pickle.dumps((hooks, marks, first)))
    both[2].remove()
    print(len(both[0]), len(both[1]), len(hooks))
    pickle.loads(pickle.dumps(first)).remove()


def hooks_left_behind(torch: Any) -> None:
    x = torch.ones(1, requires_grad=True)
    warned(lambda: torch.utils.hooks.warn_if_has_hooks(x))
    x.register_hook(torch.utils.hooks.unserializable_hook(lambda grad: grad))
    warned(lambda: torch.utils.hooks.warn_if_has_hooks(x))
    x.register_hook(_keep_keys)
    warned(lambda: torch.utils.hooks.warn_if_has_hooks(x))


def init_of_the_next_class(torch: Any) -> None:
    class Plain:
        def __init__(self, size: int) -> None:
            self.size = size

    class Both(torch.nn.Module, Plain):
        call_super_init = True

        def __init__(self, size: int) -> None:
            super().__init__(size)

    print(Both(3).size)
    attempt(lambda: torch.nn.Module(3))
    attempt(lambda: torch.nn.Module(size=3))


def buffers_of_old_subclasses(torch: Any) -> None:
    class Old(torch.nn.Module):
        def register_buffer(self, name: str, tensor: Any) -> None:
            print("old way", name)
            super().register_buffer(name, tensor)

    model = Old()
    model.x = torch.nn.Buffer(torch.ones(1))
    model.x = torch.zeros(1)

    def assign() -> None:
        model.y = torch.nn.Buffer(torch.ones(1), persistent=False)

    attempt(assign)
    taken = torch.nn.Module()
    taken.x = torch.ones(1)

    def take() -> None:
        taken.x = torch.nn.Buffer(torch.ones(1))

    attempt(take)
    kept = torch.nn.Module()
    kept.x = torch.nn.Buffer(torch.ones(1), persistent=False)
    kept.x = torch.zeros(1)
    print(kept.state_dict(), dict(kept.named_buffers()))


def gradients_follow_conversion(torch: Any) -> None:
    layer = torch.nn.Linear(1, 1)
    layer(torch.ones(1)).sum().backward()
    weight, grad = layer.weight, layer.weight.grad
    layer.double()
    print(weight is layer.weight, grad is layer.weight.grad, grad, weight.dtype)
    warned(lambda: layer.to(torch.complex128))
