"""PyTorch's own samples of layers and optimizers, run there and here.

    python -m tests.opinfo.modules                     all layers and optimizers
    python -m tests.opinfo.modules --name Conv LSTM    those whose name holds one of the words

Compared are of layers the printed form, the first state, outputs, gradients of inputs and
parameters, and refusals; of optimizers the steps, the state and its printed form, and refusals.
"""

from __future__ import annotations

import argparse
import collections
import functools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch as theirs
from torch.testing._internal.common_modules import module_db
from torch.testing._internal.common_optimizers import optim_db

import autograd_nb as ours
from tests.opinfo.outcomes import LIBRARIES, close, failure
from tests.opinfo.twins import resolve, twin
from tests.ops.compositions import TENSORS, array_of, flat

# Importing PyTorch's samples freezes its switches, for every test that runs in this process later.
theirs.backends.flags_frozen.__globals__["__allow_nonbracketed_mutation_flag"] = True

Outcome = dict[str, Any]
STEPS = 5
# What is left out, see docs/limitations.md.
ELSEWHERE = ("Muon", "SparseAdam")


def _counterpart(kind: type, side: int) -> Any:
    place = kind.__module__.removeprefix("torch.").partition(".")[0]
    return resolve(ours, f"{place}.{kind.__name__}") if side else kind


def _arguments(given: Any, side: int, leaves: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    if given is None:
        return [], {}
    if any(callable(part) for part in (*given.args, *given.kwargs.values())):
        raise NotImplementedError  # a function of PyTorch
    args = [twin(part, side, leaves) for part in given.args]
    return args, {key: twin(part, side, leaves) for key, part in given.kwargs.items()}


def layer(kind: type, given: Any, training: bool, side: int) -> Outcome:
    """Make one library's layer, call it and go back; return everything that is compared."""
    library, leaves = LIBRARIES[side], []
    library.manual_seed(0)
    try:
        args, options = _arguments(given.constructor_input, side, [])
        made = _counterpart(kind, side)(*args, **options)
        made = made.to(library.float64).train(training)
        found: Outcome = {"repr": repr(made).replace("autograd_nb.", "torch.")}
        if "Lazy" not in kind.__name__:
            found["state"] = {key: array_of(value) for key, value in made.state_dict().items()}
        if given.forward_input is None:
            return found
        args, options = _arguments(given.forward_input, side, leaves)
        library.manual_seed(1)
        result = made(*args, **options)
    except NotImplementedError:
        raise
    except Exception as error:
        return {"error": failure(error)}
    tensors = [x for x in flat(result) if isinstance(x, TENSORS)]
    found["values"] = [array_of(x) for x in tensors]
    found["type"] = type(result).__name__
    if kind.__name__ != "LinearCrossEntropyLoss":  # PyTorch's is a generated one of a custom op
        found["nodes"] = [x.grad_fn.name() if x.grad_fn else None for x in tensors]
    outputs = [x for x in tensors if x.requires_grad]
    if outputs:
        rng = np.random.default_rng(1)
        total = sum(
            (x * library.from_numpy(rng.uniform(0.5, 1.5, x.shape)).to(x.dtype)).abs().sum()
            for x in outputs
        )
        try:
            total.backward()
        except Exception as error:
            found["backward error"] = failure(error)
        named = made.named_parameters()
        found["gradients"] = [None if x.grad is None else array_of(x.grad) for x in leaves]
        found["parameters"] = {k: None if p.grad is None else array_of(p.grad) for k, p in named}
        found["buffers"] = {k: array_of(b) for k, b in made.named_buffers()}
    return found


def optimizer(kind: type, given: Any, side: int) -> Outcome:
    """Make one library's optimizer and take steps; return everything that is compared."""
    library, rng = LIBRARIES[side], np.random.default_rng(0)
    try:
        options = {key: twin(value, side, []) for key, value in given.kwargs.items()}
        params = given.params
        fresh = [library.from_numpy(rng.normal(size=s)).requires_grad_() for s in ((3, 2), (4,))]
        params = fresh if params is None else _twin_of_group(params, side)
        made = _counterpart(kind, side)(params, **options)
    except NotImplementedError:
        raise
    except Exception as error:
        return {"error": failure(error)}
    found: Outcome = {"repr": repr(made).replace("autograd_nb.", "torch.")}
    held = [p for group in made.param_groups for p in group["params"]]

    def closure() -> Any:
        made.zero_grad()
        total = sum(((p - 1) ** 4).sum() + p.sin().sum() for p in held)
        if total.requires_grad:
            total.backward()
        return total

    try:
        losses = [made.step(closure) for _ in range(STEPS)]
    except Exception as error:
        return {**found, "step error": failure(error)}
    found["losses"] = [array_of(loss) if loss is not None else None for loss in losses]
    found["values"] = [array_of(p) for p in held]
    saved = made.state_dict()
    found["groups"] = [_plain(group) for group in saved["param_groups"]]
    found["state"] = {
        key: {k: _plain(v) for k, v in state.items()} for key, state in saved["state"].items()
    }
    return found


def _twin_of_group(group: Any, side: int) -> Any:
    if isinstance(group, dict):
        return {key: _twin_of_group(value, side) for key, value in group.items()}
    if isinstance(group, (list, tuple)):
        return [_twin_of_group(part, side) for part in group]
    return twin(group, side, [])


def _plain(value: Any) -> Any:
    if isinstance(value, TENSORS):
        return array_of(value)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value


def same(a: Any, b: Any) -> bool:
    """Say whether two compared things are the same up to rounding."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return (a is None) == (b is None) and close(a, b)


def differences(wanted: Outcome, got: Outcome) -> dict[str, tuple[Any, Any]]:
    """Return what differs, by kind; of refusals the class and the beginning of the words."""
    found = {}
    for key in sorted(wanted.keys() | got.keys()):
        a, b = wanted.get(key), got.get(key)
        if "error" in key and a and b:
            if a[0] != b[0] or a[1][:40] != b[1][:40]:
                found[key] = (a, b)
        elif not same(a, b):
            found[key] = (a, b)
    return {k: v for k, v in found.items() if "error" in k} or found


def runs() -> Iterator[tuple[str, str, Any]]:
    """Give all runs: a name, what is run, and a function of the library's number."""
    for info in module_db:
        kind, name = info.module_cls, info.module_cls.__name__
        if kind.__module__.startswith("torch.nn.modules") and name not in ELSEWHERE:
            for training in (True, False):
                theirs.manual_seed(0)
                for given in info.module_inputs_func(info, "cpu", theirs.float64, True, training):
                    yield name, "sample", functools.partial(layer, kind, given, training)
            if info.module_error_inputs_func:
                options = (info, "cpu", theirs.float64, False, True)
                for wrong in info.module_error_inputs_func(*options):
                    given = wrong.module_error_input
                    yield name, "wrong", functools.partial(layer, kind, given, True)
    for info in optim_db:
        kind, name = info.optim_cls, info.optim_cls.__name__
        if name in ELSEWHERE:
            continue
        for given in info.optim_inputs_func(device="cpu"):
            yield name, "sample", functools.partial(optimizer, kind, given)
        for wrong in info.optim_error_inputs_func("cpu", theirs.float64):
            given = wrong.optimizer_error_input
            yield name, "wrong", functools.partial(optimizer, kind, given)


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description="PyTorch's samples of layers and optimizers.")
    parser.add_argument("--name", nargs="*", default=[""])
    parser.add_argument("--all", action="store_true", help="print every difference of a kind")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    theirs.set_num_threads(1)
    counts: collections.Counter[str] = collections.Counter()
    kinds: dict[str, collections.Counter[str]] = {}
    for name, what, run in runs():
        if not any(word in name for word in options.name):
            continue
        seen = kinds.setdefault(name, collections.Counter())
        try:
            outcomes = [run(side) for side in (0, 1)]
        except NotImplementedError:
            counts["not for NumPy"] += 1
            continue
        counts["runs"] += 1
        for key, pair in differences(*outcomes).items():
            seen[f"{what}: {key}"] += 1
            counts[f"{what}: {key}"] += 1
            if seen[f"{what}: {key}"] == 1 or options.all:
                print(f"{name} {what} {key}: {getattr(run, 'args', ())[1:2]}"[:300])
                print(*("    " + " ".join(str(part).split())[:300] for part in pair), sep="\n")
    counts["layers and optimizers"] = len(kinds)
    counts["without a difference"] = sum(not found for found in kinds.values())
    print(*(f"{number:7} {what}" for what, number in counts.most_common()), sep="\n")


if __name__ == "__main__":
    main()
