"""Pairs of saved-tensor hooks in the table of hooks, in both engines."""

import gc
import importlib
import json
import weakref
from math import cos, sin

import pytest

from autograd_nb.observe.stepper import Stepper
from tests.observe.engines import both

KIND = "saved_tensors"


def hooks_of(recorder):
    state = recorder.panel_state()
    json.dumps(state, allow_nan=False)
    assert not recorder.failed, recorder.message
    return [row for row in state["hooks"] if row["kind"] == KIND]


def library(torch, name):
    return importlib.import_module(f"{torch.__name__}.{name}")


def double(tensor):
    return tensor.detach() * 2


def halve(packed):
    return packed / 2


@both
def test_a_pair_is_a_row_with_its_block_and_its_counts(torch, recorder_for):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    hooks = torch.autograd.graph.saved_tensors_hooks
    with recorder_for({"x": x}) as recorder:
        with hooks(double, halve):
            y = (x * x).sin()
            (inside,) = hooks_of(recorder)
        z = (y * y).sum()
        z.backward()
    assert (inside["packs"], inside["unpacks"], inside["removed"]) == (3, 0, False)
    (row,) = hooks_of(recorder)
    assert (row["packs"], row["unpacks"], row["fired"], row["effect"]) == (3, 3, 6, "replaced")
    assert (row["fn"], row["source"]) == ("double, halve", "with hooks(double, halve):")
    assert row["target"] == f"lines {row['line']}–{row['line'] + 2}"
    assert row["removed"]  # the block is over
    assert not row["duplicate"]
    assert x.grad.tolist() == pytest.approx([2 * sin(v * v) * cos(v * v) * 2 * v for v in (1, 2)])


@both
def test_of_nested_blocks_the_inner_pair_serves(torch, recorder_for):
    x = torch.tensor(2.0, requires_grad=True)
    hooks = torch.autograd.graph.saved_tensors_hooks
    with recorder_for({"x": x}) as recorder, hooks(double, halve):
        with hooks(lambda t: t.detach(), lambda t: t):
            y = x.sin()
        y = y.cos()
        y.backward()
    assert [(row["fn"], row["packs"], row["unpacks"]) for row in hooks_of(recorder)] == [
        ("double, halve", 1, 1),
        ("<lambda>, <lambda>", 1, 1),
    ]


@both
def test_a_loop_that_enters_a_block_again_is_one_row(torch, recorder_for):
    x = torch.tensor(2.0, requires_grad=True)
    with recorder_for({"x": x}) as recorder:
        for _ in range(3):
            with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach(), lambda t: t):
                y = x * x
            y.backward()
    (row,) = hooks_of(recorder)
    assert (row["packs"], row["unpacks"], row["duplicate"]) == (6, 6, False)


@both
def test_a_pair_of_one_saved_tensor(torch, recorder_for):
    x = torch.tensor(2.0, requires_grad=True)
    with recorder_for({"x": x}) as recorder:
        y = x.sin()
        y.grad_fn._raw_saved_self.register_hooks(double, halve)
        y.backward()
    (row,) = hooks_of(recorder)
    assert (row["target"], row["packs"], row["unpacks"]) == ("one saved tensor", 1, 1)
    assert row["source"] == "y.grad_fn._raw_saved_self.register_hooks(double, halve)"


@both
def test_what_the_library_packs_is_told_by_the_library_s_name(torch, recorder_for):
    x = torch.tensor([2.0], requires_grad=True)
    checkpoint = library(torch, "utils.checkpoint").checkpoint
    with recorder_for({"x": x}) as recorder:
        with torch.autograd.graph.save_on_cpu():
            y = x.sin()
        z = checkpoint(lambda t: t.sin().exp(), y, use_reentrant=False)
        z.backward()
    first, second, *again = hooks_of(recorder)
    assert (first["fn"], first["packs"], first["unpacks"]) == ("save_on_cpu", 1, 1)
    assert (second["fn"], second["packs"], second["unpacks"]) == ("checkpoint", 2, 2)
    assert second["target"] == f"line {second['line']}"
    assert not again  # the tensors that checkpoint computes again are the same promise kept


@both
def test_a_pair_that_raises_is_blamed_and_the_error_is_the_user_s(torch, recorder_for):
    x = torch.tensor(2.0, requires_grad=True)

    def wrong(packed):
        raise KeyError("mine")

    with recorder_for({"x": x}) as recorder:
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach(), wrong):
            y = x.sin()
        with pytest.raises(KeyError, match="mine"):
            y.backward()
        with (
            pytest.raises(KeyError, match="mine"),
            torch.autograd.graph.saved_tensors_hooks(wrong, double),
        ):
            x.cos()
    assert [(row["packs"], row["unpacks"], row["effect"]) for row in hooks_of(recorder)] == [
        (1, 1, "raised"),
        (1, 0, "raised"),
    ]


@both
def test_a_pair_packs_in_one_cell_and_unpacks_in_the_next(torch, recorder_for):
    x = torch.tensor(2.0, requires_grad=True)
    first = recorder_for({"x": x})
    with first, torch.autograd.graph.saved_tensors_hooks(double, halve):
        y = x.sin()
    y.backward(retain_graph=True)  # nobody watches
    second = recorder_for({"x": x, "y": y})
    second.hooks = first.hooks
    with second:
        y.backward()
    (row,) = hooks_of(second)
    assert (row["packs"], row["unpacks"], row["removed"]) == (1, 1, True)


@both
def test_a_pair_is_not_kept_alive_and_nothing_stays_changed(torch, recorder_for):
    class Pack:
        def __call__(self, tensor):
            return tensor.detach()

    x = torch.tensor(2.0, requires_grad=True)
    pack = Pack()
    with recorder_for({"x": x}) as recorder:
        with torch.autograd.graph.saved_tensors_hooks(pack, pack):
            y = x.sin()
        y.backward()
    reference = weakref.ref(pack)
    del pack, y
    gc.collect()
    assert reference() is None
    (row,) = hooks_of(recorder)
    assert row["fn"] == "Pack, Pack"
    if torch.__name__ == "torch":
        inner = torch._C._autograd
        for name in ("_push_saved_tensors_default_hooks", "_pop_saved_tensors_default_hooks"):
            assert not hasattr(getattr(inner, name), "__code__")
        assert not hasattr(inner.SavedTensor.register_hooks, "__code__")


@both
def test_stepping_counts_what_is_unpacked(torch, recorder_for):
    x = torch.tensor(2.0, requires_grad=True)
    with recorder_for({"x": x}) as recorder:
        with torch.autograd.graph.saved_tensors_hooks(double, halve):
            y = x.sin().cos()
    stepper = Stepper(y, namespace={"x": x, "y": y})
    stepper.recorder.hooks = recorder.hooks
    stepper.start().end()
    (row,) = [row for row in recorder.hooks.rows.values() if row.kind == KIND]
    assert (row.packs, row.unpacks) == (2, 2)
