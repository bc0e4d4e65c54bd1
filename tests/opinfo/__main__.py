"""PyTorch's own samples of every operation, run there and here: ``python -m tests.opinfo``.

    python -m tests.opinfo                          all operations, float32
    python -m tests.opinfo --op softmax cumsum      those whose name holds one of the words
    python -m tests.opinfo --dtype float64 int64    other dtypes; `all` for all of them
    python -m tests.opinfo --samples 40             how many samples of each operation (8)
    python -m tests.opinfo --record                 keep the counts for the coverage page

Compared are values, dtypes, shapes, strides, what is a view, whether it requires grad, the nodes'
names and those they lead to, first and second gradients; the method, the in-place form and `out=`;
and PyTorch's error inputs. PyTorch keeps its samples beside its tests; they need `expecttest`.
"""

from __future__ import annotations

import argparse
import collections
import json
import warnings
from typing import Any

import torch as theirs
from torch.testing._internal.common_methods_invocations import op_db

from tests.answers import RECORDED
from tests.opinfo.outcomes import differences, outcome
from tests.opinfo.twins import counterpart, places

DTYPES = "float32 float64 complex64 complex128 int64 int32 uint8 bool float16".split()
# No operation on dense tensors of a CPU, or no public name.
ELSEWHERE = ("sparse", "jiterator", "aten.", "bfloat16", "chalf", "_backward", "nested", "._")


class Comparison:
    """One operation of PyTorch's list at one dtype: how often it was run, and what differs."""

    def __init__(self, info: Any, known: dict[int, str]) -> None:
        self.info, self.runs = info, 0
        self.found: dict[str, list[Any]] = collections.defaultdict(list)
        self.forms: dict[str, Any] = {}
        variants = {"function": info.op, "method": info.method_variant}
        variants |= {"in place": info.inplace_variant, "out": info.supports_out and info.op}
        for form, variant in variants.items():
            if variant:
                name = info.name if variant is info.op else ""
                try:
                    self.forms[form] = (variant, counterpart(variant, name, known))
                except AttributeError as error:
                    self.runs += 1
                    self.found[kind(form, "missing")].append((str(error),))

    def tally(self, given: Any, form: str, prefix: str = "") -> None:
        """Run one form on one sample in both libraries."""
        try:
            outcomes = [outcome(self.forms[form][i], given, i, form) for i in (0, 1)]
        except (NotImplementedError, TypeError):
            return  # an argument, or a result, that NumPy cannot hold
        if "empty" in self.info.name:
            for each in outcomes:
                each["values"] = []  # whatever stood in memory
        self.runs += 1
        for what, pair in differences(*outcomes).items():
            self.found[prefix + kind(form, what)].append((given.summary(), *pair))

    def run(self, dtype: str, limit: int) -> None:
        """Run all forms on samples, and the function on the error inputs."""
        info, wanted = self.info, getattr(theirs, dtype)
        theirs.manual_seed(0)
        if wanted in info.supported_dtypes("cpu"):
            gradient = info.supports_autograd and wanted in info.supported_backward_dtypes("cpu")
            samples = list(info.sample_inputs("cpu", wanted, requires_grad=gradient))
            for given in samples[:: max(1, -(-len(samples) // limit))]:
                for form in self.forms:
                    self.tally(given, form)
        if info.error_inputs_func and dtype == "float32" and "function" in self.forms:
            for wrong in info.error_inputs("cpu"):
                self.tally(wrong.sample_input, "function", "error inputs: ")


def kind(form: str, what: str) -> str:
    """Return the name of a kind of difference."""
    return what if form == "function" else f"{form}: {what}"


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description="PyTorch's samples, run there and here.")
    parser.add_argument("--op", nargs="*", default=[""])
    parser.add_argument("--dtype", nargs="*", default=["float32"])
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    theirs.set_num_threads(1)
    dtypes = DTYPES if options.dtype == ["all"] else options.dtype
    known, counts, ops = places(), collections.Counter(), {}
    for info in op_db:
        title = f"{info.name}.{info.variant_test_name}".rstrip(".")
        elsewhere = info.name.startswith("_") or any(x in title for x in ELSEWHERE)
        if elsewhere or not any(word in title for word in options.op):
            continue
        for dtype in dtypes:
            comparison = Comparison(info, known)
            if "function" in comparison.forms:
                comparison.run(dtype, options.samples)
            if not comparison.runs:
                continue
            counts["runs"] += comparison.runs
            ops.setdefault(title, set()).update(comparison.found)
            for what, cases in comparison.found.items():
                counts[what] += len(cases)
                print(f"{title} {dtype} {what} x{len(cases)}:")
                print(*("    " + " ".join(str(part).split())[:200] for part in cases[0]), sep="\n")
    counts["operations"] = len(ops)
    counts["operations without a difference"] = sum(not kinds for kinds in ops.values())
    print(*(f"{number:7} {what}" for what, number in counts.most_common()), sep="\n")
    if options.record:
        record = {"torch": theirs.__version__.split("+")[0], "dtypes": dtypes, "counts": counts}
        record["operations"] = {title: sorted(kinds) for title, kinds in sorted(ops.items())}
        (RECORDED / "opinfo.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
