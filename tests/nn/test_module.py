"""Modules register, save, load, hook, convert and complain as PyTorch's do."""

import copy
import pickle
import warnings

import pytest

import autograd_nb

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")
LIBRARIES = [autograd_nb, torch]


def describe(action, library):
    """Return what `action` gives, printed, or how it fails."""
    try:
        result = action(library, library.nn)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return repr(result)


class Recorder(list):
    """Collects printed values."""

    def note(self, *values):
        self.append(" ".join(map(str, values)))


def small(t, nn):
    t.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))


ACTIONS = {
    "call without init": lambda t, nn: type("N", (nn.Module,), {"__init__": lambda s: None})()(1),
    "parameter without init": lambda t, nn: setattr(
        type("N", (nn.Module,), {"__init__": lambda s: None})(), "w", nn.Parameter(t.ones(1))
    ),
    "module without init": lambda t, nn: setattr(
        type("N", (nn.Module,), {"__init__": lambda s: None})(), "w", nn.ReLU()
    ),
    "no forward": lambda t, nn: type("N", (nn.Module,), {})()(1),
    "unknown attribute": lambda t, nn: nn.Linear(2, 2).foo,
    "tensor as parameter": lambda t, nn: setattr(nn.Linear(2, 2), "weight", t.ones(2)),
    "number as parameter": lambda t, nn: setattr(nn.Linear(2, 2), "weight", 3),
    "number as module": lambda t, nn: setattr(small(t, nn), "0", 3),
    "dotted buffer": lambda t, nn: nn.Linear(2, 2).register_buffer("a.b", None),
    "empty buffer": lambda t, nn: nn.Linear(2, 2).register_buffer("", None),
    "taken buffer": lambda t, nn: nn.Linear(2, 2).register_buffer("weight", None),
    "number buffer": lambda t, nn: nn.Linear(2, 2).register_buffer("b", 3),
    "odd buffer name": lambda t, nn: nn.Linear(2, 2).register_buffer(3, None),
    "dotted parameter": lambda t, nn: nn.Linear(2, 2).register_parameter("a.b", None),
    "non-leaf parameter": lambda t, nn: nn.Linear(2, 2).register_parameter("p", t.ones(1)),
    "dotted module": lambda t, nn: nn.Linear(2, 2).add_module("a.b", nn.ReLU()),
    "number module": lambda t, nn: nn.Linear(2, 2).add_module("a", 3),
    "unexpected keyword": lambda t, nn: type("N", (nn.Module,), {})(a=3),
    "unexpected argument": lambda t, nn: type("N", (nn.Module,), {})(3),
    "missing submodule": lambda t, nn: small(t, nn).get_submodule("0.x"),
    "parameter as submodule": lambda t, nn: small(t, nn).get_submodule("0.weight"),
    "get parameter": lambda t, nn: small(t, nn).get_parameter("2.bias"),
    "get buffer": lambda t, nn: small(t, nn).get_buffer("2.bias"),
    "to int": lambda t, nn: small(t, nn).to(t.int64),
    "train with a number": lambda t, nn: small(t, nn).train(3),
    "load nothing": lambda t, nn: small(t, nn).load_state_dict({}),
    "load loosely": lambda t, nn: small(t, nn).load_state_dict({}, strict=False),
    "load wrong": lambda t, nn: small(t, nn).load_state_dict(
        {"0.weight": t.ones(2), "x": 1, "0.bias": 3, "2.y": t.ones(1)}
    ),
    "load itself": lambda t, nn: small(t, nn).load_state_dict(small(t, nn).state_dict()),
    "load a number": lambda t, nn: small(t, nn).load_state_dict(3),
    "state": lambda t, nn: small(t, nn).state_dict(),
    "names": lambda t, nn: [name for name, _ in small(t, nn).named_modules()],
    "parameters": lambda t, nn: list(small(t, nn).parameters()),
    "double": lambda t, nn: small(t, nn).double()[0].bias,
    "index": lambda t, nn: small(t, nn)[7],
    "slice": lambda t, nn: small(t, nn)[1:],
    "sum": lambda t, nn: small(t, nn) + small(t, nn),
    "sum with number": lambda t, nn: small(t, nn) + 3,
    "class as module": lambda t, nn: nn.Sequential(3),
    "list of numbers": lambda t, nn: nn.ModuleList([3]),
    "dict of numbers": lambda t, nn: nn.ModuleDict({"a": 3}),
    "dict of triples": lambda t, nn: nn.ModuleDict([(1, 2, 3)]),
    "parameter list": lambda t, nn: nn.ParameterList([nn.Parameter(t.ones(2, 3)), 3, t.ones(2)]),
    "parameter dict": lambda t, nn: nn.ParameterDict({"a": t.ones(2, 3), "c": 4}),
    "parameter": lambda t, nn: nn.Parameter(t.tensor([1.0, 2.0])),
    "int parameter": lambda t, nn: nn.Parameter(t.tensor([1, 2])),
    "frozen parameter": lambda t, nn: nn.Parameter(t.tensor([1, 2]), requires_grad=False),
    "buffer": lambda t, nn: nn.Buffer(t.ones(2)),
    "deep copy": lambda t, nn: list(copy.deepcopy(small(t, nn)).parameters()),
    "pickle": lambda t, nn: list(pickle.loads(pickle.dumps(small(t, nn))).parameters()),
    "apply": lambda t, nn: (
        small(t, nn)
        .apply(lambda m: m.weight.data.fill_(1.0) if isinstance(m, nn.Linear) else None)[0]
        .weight
    ),
    "clip": lambda t, nn: clipped(t, nn),
    "vector": lambda t, nn: nn.utils.parameters_to_vector(small(t, nn).parameters()),
}


def clipped(t, nn):
    model = small(t, nn)
    model(t.ones(4, 2)).sum().backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    return norm, [p.grad for p in model.parameters()]


@pytest.mark.parametrize("name", ACTIONS)
def test_module_does_what_pytorch_does(name):
    ours, theirs = (describe(ACTIONS[name], library) for library in LIBRARIES)
    assert ours == theirs


def hooked(t):
    nn, seen = t.nn, Recorder()
    model = small(t, nn)
    model[0].register_forward_pre_hook(lambda m, args: seen.note("pre", args))
    model[0].register_forward_hook(lambda m, args, out: seen.note("post", out.sum()))
    model[1].register_forward_hook(lambda m, args, out: out * 2)
    model[2].register_forward_hook(
        lambda m, args, kwargs, out: seen.note("kwargs", kwargs), with_kwargs=True
    )
    model.register_full_backward_pre_hook(lambda m, go: seen.note("backward pre", go))
    model[1].register_full_backward_hook(lambda m, gi, go: seen.note("backward", gi, go))
    model[0].register_full_backward_hook(lambda m, gi, go: seen.note("first", gi, go))
    handle = model[2].register_full_backward_hook(lambda m, gi, go: tuple(g * 3 for g in gi))
    removed = model[2].register_forward_hook(lambda m, args, out: seen.note("never"))
    removed.remove()
    x = t.tensor([[1.0, 2.0], [3.0, 4.0]])
    out = model(x)
    seen.note(out)
    out.sum().backward()
    seen.note([p.grad for p in model.parameters()])
    handle.remove()
    model.zero_grad()
    seen.note([p.grad for p in model.parameters()])
    x.requires_grad_()
    model(x).sum().backward()
    seen.note(x.grad)
    return seen


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
def test_hooks_fire_as_in_pytorch():
    ours, theirs = (hooked(library) for library in LIBRARIES)
    assert ours == theirs


def test_both_kinds_of_backward_hook_exclude_each_other():
    def action(t, nn):
        layer = nn.Linear(2, 2)
        layer.register_full_backward_hook(lambda *a: None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer.register_backward_hook(lambda *a: None)

    assert describe(action, autograd_nb) == describe(action, torch)


def test_zero_grad_keeps_zeros_when_asked():
    for t in LIBRARIES:
        layer = t.nn.Linear(1, 1)
        layer(t.ones(1, 1)).backward()
        layer.zero_grad(set_to_none=False)
        assert layer.weight.grad.tolist() == [[0.0]]


def test_shared_parameter_is_listed_once():
    for t in LIBRARIES:
        layer = t.nn.Linear(2, 2)
        pair = t.nn.ModuleList([layer, layer])
        assert [name for name, _ in pair.named_parameters()] == ["0.weight", "0.bias"]
        assert len(list(pair.named_parameters(remove_duplicate=False))) == 4


def test_reassigned_parameter_keeps_its_place():
    for t in LIBRARIES:
        layer = t.nn.Linear(2, 2)
        layer.weight = t.nn.Parameter(t.zeros(2, 2))
        assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]
