"""PyTorch's own samples of every operation, run there and here: ``python -m tests.opinfo``.

    python -m tests.opinfo                          all operations, float32
    python -m tests.opinfo --op softmax cumsum      those whose name holds one of the words
    python -m tests.opinfo --dtype float64 int64    other dtypes; `all` for all of them
    python -m tests.opinfo --samples 40             how many samples of each operation (20)
    python -m tests.opinfo --show 3                 differences shown per operation (1)
    python -m tests.opinfo --json FILE              the counts, for the coverage page

Compared are values, dtypes, shapes, strides, what is a view, whether it requires grad, the nodes'
names and those they lead to, first and second gradients; the method, the in-place form and `out=`;
and PyTorch's error inputs. PyTorch keeps its samples beside its tests; they need `expecttest`.
"""

from __future__ import annotations

import argparse
import collections
import functools
import json
import types
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch as theirs
from torch.testing._internal.common_methods_invocations import op_db

import autograd_nb as ours
from autograd_nb.core.tensor import Tensor, wrap
from tests.ops.compositions import array_of, chain, flat, is_zero

DTYPES = "float32 float64 complex64 complex128 int64 int32 uint8 bool float16".split()
TOLERANCE = {"f2": 4e-3, "f4": 5e-5, "c8": 5e-5, "f8": 1e-8, "c16": 1e-8}
# No operation on dense tensors of a CPU, or no public name.
ELSEWHERE = ("sparse", "jiterator", "aten.", "bfloat16", "chalf", "_backward", "nested", "._")
LIBRARIES = (theirs, ours)


def twin(value: Any, side: int, leaves: list[Any]) -> Any:
    """Return a sample's argument, made anew for one of the libraries; collect its leaves."""
    if isinstance(value, theirs.Tensor):
        plain = value.detach().resolve_conj().resolve_neg()
        odd = plain.dtype in (theirs.bfloat16, theirs.complex32) or plain.ndim > 64
        if odd or plain.layout != theirs.strided:
            raise NotImplementedError
        length = plain.untyped_storage().nbytes() // plain.element_size()
        memory = plain.as_strided((length,), (1,), 0).numpy().copy()
        steps = [step * memory.itemsize for step in plain.stride()]
        if side:
            start = plain.storage_offset() * memory.itemsize
            made = wrap(np.ndarray(tuple(plain.shape), memory.dtype, memory, start, steps))
        else:
            flat_copy = theirs.from_numpy(memory)
            made = flat_copy.as_strided(plain.shape, plain.stride(), plain.storage_offset()).data
        if value.requires_grad:
            made.requires_grad_()
            leaves.append(made)
        return made
    if isinstance(value, (list, tuple)):
        parts = [twin(part, side, leaves) for part in value]
        return type(value)(parts) if type(value) in (list, tuple) else tuple(parts)
    if isinstance(value, dict):
        return {key: twin(part, side, leaves) for key, part in value.items()}
    if isinstance(value, slice):
        return slice(*(twin(x, side, leaves) for x in (value.start, value.stop, value.step)))
    kinds = (theirs.dtype, theirs.layout, theirs.memory_format)
    if side and isinstance(value, kinds):
        return getattr(ours, str(value).removeprefix("torch."))
    return ours.device(str(value)) if side and isinstance(value, theirs.device) else value


def places() -> dict[int, str]:
    """Return where PyTorch's functions are found, by identity."""
    found: dict[int, str] = {}
    for path in ("", "nn.functional.", "linalg.", "fft.", "special.", "Tensor."):
        space = resolve(theirs, path.rstrip("."))
        for name in dir(space):
            found.setdefault(id(getattr(space, name, None)), path + name)
    return found


def resolve(library: Any, path: str) -> Any:
    """Return what stands at a dotted path."""
    for part in path.split(".") if path else ():
        library = getattr(library, part)
    return library


def counterpart(function: Any, name: str, known: dict[int, str]) -> Any:
    """Return our function for one of PyTorch's; AttributeError if there is none."""
    if id(function) in known:
        return resolve(ours, known[id(function)])
    if isinstance(function, functools.partial):
        inner = counterpart(function.func, name, known)
        return functools.partial(inner, *function.args, **function.keywords)
    if not hasattr(function, "__code__") or not function.__module__.startswith("torch.testing"):
        return resolve(ours, name)

    def seeded(inner: Any, *args: Any, **kwargs: Any) -> Any:
        ours.manual_seed(42)
        return retarget(inner)(*args, **kwargs)

    def retarget(inner: Any) -> Any:
        if id(inner) in known:
            return resolve(ours, known[id(inner)])
        if not isinstance(inner, types.FunctionType):
            return inner
        names = {**inner.__globals__, "torch": ours, "wrapper_set_seed": seeded}
        made = types.FunctionType(
            inner.__code__, names, inner.__name__, inner.__defaults__, inner.__closure__
        )
        made.__kwdefaults__ = inner.__kwdefaults__
        return made

    return retarget(function)


def outcome(function: Any, given: Any, side: int, form: str = "function") -> dict[str, Any]:
    """Call one library's function on fresh arguments; return everything that is compared."""
    library, leaves = LIBRARIES[side], []
    args = [twin(part, side, leaves) for part in (given.input, *given.args)]
    options = {key: twin(part, side, leaves) for key, part in given.kwargs.items()}
    library.manual_seed(0)
    target = None
    try:
        if form == "in place":
            args[0] = target = args[0].clone()
        if form == "out":
            with library.no_grad():
                made = function(*args, **options)
                if not all(isinstance(x, (theirs.Tensor, Tensor)) for x in flat(made)):
                    return {}
                blank = [library.empty_like(x) for x in flat(made)]
                options["out"] = blank[0] if isinstance(made, (theirs.Tensor, Tensor)) else blank
                library.manual_seed(0)
                function(*args, **options)
                return {"values": [array_of(x) for x in blank]}
        result = function(*args, **options)
    except Exception as error:
        return {"error": (type(error).__name__, str(error).split("\n")[0])}
    tensors = [x for x in flat(result) if isinstance(x, (theirs.Tensor, Tensor))]
    found: dict[str, Any] = {
        "type": type(result).__name__,
        "dtypes": [str(x.dtype) for x in tensors],
        "shapes": [tuple(x.shape) for x in tensors],
        "strides": [tuple(x.stride()) for x in tensors if x.numel() > 1],
        "views": [x._base is not None for x in tensors],
        "requires_grad": [x.requires_grad for x in tensors],
        "names": [chain(x, 2) for x in tensors],
        "values": [array_of(x) for x in tensors]
        + [x for x in flat(result) if not isinstance(x, (theirs.Tensor, Tensor))],
    }
    if target is not None:
        found["same object"] = result is target
    outputs = [x for x in tensors if x.requires_grad and not x.is_leaf]
    if form == "function" and outputs and leaves:
        found |= derivatives(library, outputs, leaves, side)
    return found


def derivatives(library: Any, outputs: Any, leaves: Any, side: int) -> dict[str, Any]:
    """Return first and second gradients for the same random cotangents."""
    rng = np.random.default_rng(1)

    def cotangents(tensors: Any) -> Any:
        made = []
        for x in tensors:
            drawn = rng.uniform(0.5, 1.5, (2, *x.shape))
            drawn = drawn[0] + 1j * drawn[1] if x.is_complex() else drawn[0]
            drawn = np.asarray(drawn, str(x.dtype).removeprefix("torch."))
            made.append(wrap(drawn) if side else theirs.from_numpy(drawn))
        return made

    found: dict[str, Any] = {}
    run = library.autograd.grad
    try:
        weights = cotangents(outputs)
        first = run(outputs, leaves, weights, retain_graph=True, allow_unused=True)
        found["first"] = [None if g is None else array_of(g) for g in first]
    except Exception as error:
        return {"first error": (type(error).__name__, str(error).split("\n")[0])}
    try:
        first = run(outputs, leaves, weights, create_graph=True, allow_unused=True)
        again = [g for g in first if g is not None and g.requires_grad]
        if again:
            second = run(again, leaves, cotangents(again), allow_unused=True)
            found["second"] = [None if g is None else array_of(g) for g in second]
    except Exception as error:
        found["second error"] = (type(error).__name__, str(error).split("\n")[0])
    return found


def close(a: Any, b: Any) -> bool:
    """Say whether two values are the same up to rounding; a missing gradient equals zeros."""
    if a is None or b is None:
        return is_zero([a]) and is_zero([b])
    if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray):
        return str(a).replace("torch.", "") == str(b).replace("torch.", "") or bool(a == b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    tolerance = TOLERANCE.get(a.dtype.str[1:], 0)
    size = np.abs(a[np.isfinite(a)]).max(initial=1) if tolerance else 0
    return np.allclose(a, b, rtol=tolerance, atol=tolerance * size, equal_nan=True)


def differences(wanted: dict[str, Any], got: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what differs, by kind."""
    if "error" in wanted or "error" in got:
        a, b = wanted.get("error"), got.get("error")
        if b is not None and b[0] == "AttributeError" and "module" in b[1]:
            return {"missing": (a, b)}
        if a is None or b is None:
            return {"refused" if a is None else "accepted": (a, b)}
        return {} if a[0] == b[0] and a[1][:40] == b[1][:40] else {"error": (a, b)}
    found = {}
    for key in sorted(wanted.keys() | got.keys()):
        a, b = wanted.get(key), got.get(key)
        if key == "second" or key.endswith("error"):
            # Where PyTorch has no derivative, ours may have one.
            if "first error" in wanted or "second error" in wanted or (a is None and is_zero(b)):
                continue
        if key in ("values", "first", "second"):
            same = a is not None and b is not None and len(a) == len(b)
            same = is_zero(a) if b is None else same and all(map(close, a, b))
        else:
            same = a == b
        if not same and key in ("values", "first", "second") and a and b:
            pairs = [(x, y) for x, y in zip(a, b, strict=False) if not close(x, y)]
            a, b = zip(*pairs, strict=True) if pairs else (a, b)
        if not same:
            found[key] = (a, b)
    if "dtypes" in found or "shapes" in found:
        found = {key: found[key] for key in ("dtypes", "shapes") if key in found}
    return found


def compare(info: Any, dtype: str, limit: int, known: dict[int, str]) -> tuple[Any, int]:
    """Return the differences of one operation at one dtype, by kind, and how often it was run."""
    found: dict[str, list[Any]] = collections.defaultdict(list)
    runs = 0
    kind = getattr(theirs, dtype)
    try:
        function = counterpart(info.op, info.name, known)
    except AttributeError:
        return {"missing": [(info.name, "")]}, 1
    forms = {"function": (info.op, function)}
    for form, variant in (("method", info.method_variant), ("in place", info.inplace_variant)):
        if variant is not None:
            try:
                forms[form] = (variant, counterpart(variant, "", known))
            except AttributeError as error:
                found[f"{form}: missing"].append((str(error),))
    if info.supports_out:
        forms["out"] = (info.op, function)

    def tally(given: Any, form: str, prefix: str = "") -> None:
        nonlocal runs
        try:
            wanted, got = (outcome(forms[form][i], given, i, form) for i in (0, 1))
            if "empty" in info.name:
                wanted["values"] = got["values"] = []
        except (NotImplementedError, TypeError):
            return
        runs += 1
        for key, pair in differences(wanted, got).items():
            found[f"{prefix}{key}" if form == "function" else f"{form}: {key}"].append(
                (given.summary(), *pair)
            )

    gradient = info.supports_autograd and kind in info.supported_backward_dtypes("cpu")
    theirs.manual_seed(0)
    if kind in info.supported_dtypes("cpu"):
        samples = list(info.sample_inputs("cpu", kind, requires_grad=gradient))
        for given in samples[:: max(1, -(-len(samples) // limit))]:
            for form in forms:
                tally(given, form)
    if info.error_inputs_func and dtype == "float32":
        for wrong in info.error_inputs("cpu"):
            tally(wrong.sample_input, "function", "error inputs: ")
    return found, runs


def brief(value: Any) -> str:
    """Return one line."""
    return " ".join(str(value).split())[:200]


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description="PyTorch's samples, run there and here.")
    parser.add_argument("--op", nargs="*", default=[""])
    parser.add_argument("--dtype", nargs="*", default=["float32"])
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--show", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    theirs.set_num_threads(1)
    known, counts, ops = places(), collections.Counter(), {}
    for info in op_db:
        title = f"{info.name}.{info.variant_test_name}".rstrip(".")
        if any(x in title for x in ELSEWHERE) or info.name.startswith("_"):
            continue
        if not any(word in title for word in options.op):
            continue
        for dtype in DTYPES if options.dtype == ["all"] else options.dtype:
            found, runs = compare(info, dtype, options.samples, known)
            if not runs:
                continue
            counts["runs"] += runs
            ops.setdefault(title, set()).update(found)
            for kind, cases in found.items():
                counts[kind] += len(cases)
                for what, *pair in cases[: options.show]:
                    print(f"{title} {dtype} {kind} x{len(cases)}: {what}")
                    print(*(f"    {brief(x)}" for x in pair), sep="\n")
    counts["operations"] = len(ops)
    counts["operations without a difference"] = sum(not kinds for kinds in ops.values())
    print(*(f"{number:7} {kind}" for kind, number in counts.most_common()), sep="\n")
    if options.json:
        options.json.write_text(json.dumps({k: sorted(v) for k, v in ops.items()}, indent=1))


if __name__ == "__main__":
    main()
