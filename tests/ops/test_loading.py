"""Importing the package imports little; the names of the table are there all the same."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(code: str) -> str:
    """Return what a program prints that starts by importing the package."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys, numpy\nbefore = set(sys.modules)\n"
         f"import autograd_nb as torch\n{code}"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_index_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "autograd_nb.ops._generate_index", "--check"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"run python -m autograd_nb.ops._generate_index\n{done.stderr}"


def test_importing_the_package_imports_little_more_than_numpy() -> None:
    code = "print(*sorted(name for name in set(sys.modules) - before))"
    names = set(run(code).split())
    heavy = {
        "ast", "asyncio", "ctypes", "difflib", "email", "hashlib", "importlib.metadata",
        "importlib.util", "numpy.random", "numpy.typing", "pkgutil", "scipy", "secrets", "string",
        "textwrap", "tokenize", "traceback",
    }  # fmt: skip
    assert not names & heavy
    table = {name for name in names if name.startswith("autograd_nb.ops.")}
    wanted = "_hot", "_index", "choice", "loading", "loops", "namespaces", "registry", "samples"
    assert table == {f"autograd_nb.ops.{name}" for name in wanted}
    users = {name.split(".")[1] for name in names if name.startswith("autograd_nb.")}
    assert not users & {"nn", "optim", "distributions", "func", "fft", "linalg", "utils", "observe"}


@pytest.mark.parametrize(
    "code",
    [
        "print(torch.exp(torch.zeros(1)).tolist())",
        "from autograd_nb import exp, zeros\nprint(exp(zeros(1)).tolist())",
        "print(torch.Tensor.exp(torch.zeros(1)).tolist())",
        "print((torch.zeros(1) + 1).tolist())",
        "x = torch.zeros(1)\nx += 1\nprint(x.tolist())",
        "print([1.0] if hasattr(torch.Tensor, 'exp') and hasattr(torch, 'exp') else [])",
        "print(torch.Tensor([1]).tolist())",
        "x = torch.zeros(1, dtype=torch.complex64)\nx.real = torch.ones(1)\nprint(x.real.tolist())",
        "class Sub(torch.Tensor):\n    def exp(self): return super().exp()\n"
        "print(torch.zeros(1).as_subclass(Sub).exp().tolist())",
        "from autograd_nb.nn.functional import relu\nprint(relu(torch.ones(1)).tolist())",
        "from autograd_nb.special import *\nprint(exp2(torch.zeros(1)).tolist())",
        "sys.modules['torch'] = torch\nfrom torch.linalg import norm\n"
        "print(norm(torch.ones(1), dim=(0,), keepdim=True).tolist())",
        "x = torch.ones(1, requires_grad=True)\n(x * x / 2).sum().backward()\n"
        "print(x.grad.tolist())",
    ],
)
def test_a_name_is_there_at_its_first_use(code: str) -> None:
    assert run(code) == "[1.0]"


def test_a_method_that_was_replaced_before_it_was_loaded_stays_replaced() -> None:
    code = (
        "torch.Tensor.exp = lambda self: 'mine'\n"
        "torch.Tensor.__mul__ = lambda self, other: 'mine too'\n"
        "x = torch.ones(1).log()\n"
        "print(x.exp(), x * x)"
    )
    assert run(code) == "mine mine too"


def test_attributes_that_are_no_methods_can_still_be_set_on_a_tensor() -> None:
    assert run("x = torch.ones(1)\nx.exp = 5\nprint(x.exp)") == "5"
    code = "try: torch.ones(1).T = 5\nexcept AttributeError: print('refused')"
    assert run(code) == "refused"


def test_threads_may_be_first_together() -> None:
    code = (
        "import threading\n"
        "x, found = torch.ones(3), []\n"
        "work = lambda: found.append((x.exp() @ x.sin()).item())\n"
        "threads = [threading.Thread(target=work) for _ in range(8)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "print(len(found), len(set(found)))"
    )
    assert run(code) == "8 1"


def test_lists_of_names_know_what_is_not_loaded() -> None:
    assert run("print({'exp', 'nn', 'svd'} <= set(dir(torch)))") == "True"
    assert run("print({'exp', 'exp_', 'svd'} <= set(dir(torch.Tensor)))") == "True"
    assert run("print({'norm', 'det'} <= set(dir(torch.linalg)))") == "True"
    assert run("print({'relu', 'linear'} <= set(dir(torch.nn.functional)))") == "True"
    assert run("print('topk' in dir(torch.return_types))") == "True"


def test_a_wrong_name_is_no_name() -> None:
    code = "print(hasattr(torch, 'exq'), hasattr(torch.Tensor, 'exq'), hasattr(torch.fft, 'exq'))"
    assert run(code) == "False False False"
    assert run("print(hasattr(torch.return_types, 'exq'))") == "False"


def test_signatures_and_docstrings_are_those_of_the_real_thing() -> None:
    import autograd_nb as torch

    assert (torch.Tensor.exp.__doc__ or "").startswith("Exp")
    assert inspect.isfunction(torch.Tensor.exp)
    assert pickle.loads(pickle.dumps(torch.ones(2))).tolist() == [1, 1]
    assert run("print(torch.Tensor.exp is torch.Tensor.exp)") == "True"
    assert run("import inspect; print(inspect.signature(torch.Tensor.svd))").startswith("(self")
