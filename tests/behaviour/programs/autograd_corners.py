"""Corners of autograd: hooks that answer wrongly, edges, batches of vectors, switches, calls."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from tests.behaviour.helpers import attempt


def node_hooks_keep_shapes_and_dtypes(torch: Any) -> None:
    for other in (torch.ones(3), torch.ones(1), torch.ones(2).double(), torch.ones(2) + 0j):
        for register in ("register_hook", "register_prehook"):
            y = (torch.ones(2, requires_grad=True) * 2).exp()
            getattr(y.grad_fn, register)(lambda *_, other=other: (other,))
            attempt(y.sum().backward)
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: g + 0j)
    attempt((x * 2).sum().backward)


def edges_are_named_tuples(torch: Any) -> None:
    x = torch.ones(2, requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(x * 2)
    print(edge._fields, edge.output_nr, edge.ownership_token, edge[0] is edge.node)
    leaf = torch.autograd.graph.get_gradient_edge
    print(leaf(x) == leaf(x), edge == leaf(x), edge)


def what_cannot_be_differentiated(torch: Any) -> None:
    x = torch.ones(2, requires_grad=True)
    attempt(lambda: torch.autograd.backward([3]))
    for inputs in ([x, None], [3], x.sum().grad_fn, ["x"]):
        attempt(lambda inputs=inputs: torch.autograd.grad(x.sum(), inputs))


def batches_of_vectors_that_do_not_fit(torch: Any) -> None:
    x = torch.ones(2, requires_grad=True)

    def grad(*outputs: Any, vectors: Any = None) -> None:
        attempt(lambda: torch.autograd.grad(outputs, x, vectors, is_grads_batched=True))

    grad(x * 2)
    grad(x.sum())
    grad(x * 2, x.sum(), vectors=[torch.ones(3, 2), torch.ones(4)])


def anomaly_mode_is_everywhere(torch: Any) -> None:
    seen = []

    def look() -> None:
        seen.append(torch.is_anomaly_enabled())
        x = torch.zeros(1, requires_grad=True)
        y = x.sqrt() * 0
        attempt(lambda: y.sum().backward())

    for on in (True, False):
        with torch.autograd.set_detect_anomaly(on):
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
    print(seen, torch.is_anomaly_enabled())
    attempt(lambda: torch.autograd.set_detect_anomaly(1))
    attempt(lambda: torch.autograd.set_detect_anomaly(True, check_nan=None))


def a_coroutine_runs_outside_the_mode(torch: Any) -> None:
    @torch.no_grad()
    async def recorded() -> list[bool]:
        found = [torch.is_grad_enabled()]
        await asyncio.sleep(0)
        return [*found, torch.is_grad_enabled()]

    print(asyncio.run(recorded()), torch.set_grad_enabled(True))


def saved_tensor_hooks_are_functions(torch: Any) -> None:
    hooks = torch.autograd.graph.saved_tensors_hooks
    attempt(lambda: hooks(1, 2).__enter__())
    attempt(lambda: hooks(lambda t: t, None).__enter__())


def calls_of_custom_functions(torch: Any) -> None:
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(x: Any, factor: float = 2) -> Any:
            return x * factor

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            print(len(inputs))
            ctx.factor = inputs[1]

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * ctx.factor, None

    x = torch.ones(2, requires_grad=True)
    for call in (lambda: Scale.apply(x, factor=3), lambda: Scale.apply(x), lambda: Scale.apply()):
        y = attempt(call)
        if y is not None:
            print(torch.autograd.grad(y.sum(), x))


def marks_that_are_refused(torch: Any) -> None:
    def call(mark: str, *values: Any) -> None:
        class Doubled(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                getattr(ctx, mark)(*values)
                return x * 2

            @staticmethod
            def backward(ctx: Any, grad: Any) -> Any:
                return grad * 2, 3

        attempt(lambda: Doubled.apply(torch.ones(2, requires_grad=True)))

    call("mark_dirty", 3)
    call("mark_dirty", [torch.ones(2)])
    call("mark_non_differentiable", 3)
    call("set_materialize_grads", 3)


def the_node_of_what_has_no_history(torch: Any) -> None:
    y = torch.ones(2, requires_grad=True) * 1
    y.set_(torch.zeros(2))
    print(y, y.grad_fn, y.grad_fn.name())


def tangents_of_rows_that_are_chosen(torch: Any) -> None:
    forward = torch.autograd.forward_ad
    with forward.dual_level():
        x = forward.make_dual(torch.arange(4.0).view(2, 2), torch.arange(4.0, 8).view(2, 2))
        rows = torch.tensor([0, 0, 1])
        for chosen in (x[rows], x[rows, rows], x[:, rows - 1], x[x > 1], x[0, [1, 0]]):
            print(chosen)
        y = torch.zeros(2, 2)
        print(y.index_put((rows, rows), x[rows, rows]), torch.stack([x, y])[0])


def nothing_is_recorded_in_inference_mode(torch: Any) -> None:
    w, x = torch.ones(2, requires_grad=True), torch.ones(2)
    with torch.inference_mode():
        torch.set_grad_enabled(True)
        y, view = w * 2, w[:1]
        print(torch.is_grad_enabled(), y.requires_grad, view.requires_grad, view.grad_fn)
        with torch.no_grad():
            print(torch.is_grad_enabled())
            with torch.enable_grad(), torch.inference_mode(False):
                print(torch.is_grad_enabled(), (w * 2).grad_fn.name())
        print(torch.is_grad_enabled(), torch.set_grad_enabled(False))
        attempt(lambda: torch.autograd.grad(y.sum(), w))
        print(torch.func.grad(lambda x: (x * x).sum())(x), torch.func.jacfwd(torch.sin)(x))
    print(torch.is_grad_enabled(), (w * 2).requires_grad)


def bytes_are_no_masks_of_one_element(torch: Any) -> None:
    mask = torch.tensor([1, 0], dtype=torch.uint8)
    for key in (mask, (mask, 0), (0, mask[:1].expand(3)), (mask, torch.tensor(0))):
        for value in (4.0, torch.ones(1), torch.ones(3)):
            x = torch.zeros(2, 3)
            attempt(lambda x=x, key=key, value=value: x.__setitem__(key, value))
            print(x.tolist())


def a_cleared_block_is_over(torch: Any) -> None:
    with torch.autograd.graph.allow_mutation_on_saved_tensors() as context:
        x = torch.ones(2, requires_grad=True)
        y = x.sin() * x.exp()
        context.clear()
        attempt(lambda: torch.autograd.grad(y.sum(), x))


def small_refusals(torch: Any) -> None:
    graph, forward = torch.autograd.graph, torch.autograd.forward_ad
    attempt(lambda: graph.set_warn_on_accumulate_grad_stream_mismatch(True))
    attempt(lambda: graph.set_warn_on_accumulate_grad_stream_mismatch(1))
    attempt(lambda: graph.increment_version([torch.ones(2), 3]))
    attempt(lambda: graph.increment_version(3))
    x = torch.ones(2)
    attempt(lambda: forward.exit_dual_level())
    attempt(lambda: torch.func.vjp(torch.sin, x)[1](3))
    with forward.dual_level():
        attempt(lambda: forward.unpack_dual(3))
        attempt(lambda: forward.unpack_dual(x, level=1))
        attempt(lambda: forward.make_dual(x, x, level=1))
        attempt(lambda: forward.make_dual(x, x, level=-1))


def transforms_in_inference_mode(torch: Any) -> None:
    F = torch.func
    with torch.inference_mode():
        x, w = torch.tensor([1.0, 2.0]), torch.ones(2)
        print(F.grad(lambda x: (x.sin().exp() * x * w).sum())(x), F.grad(F.grad(torch.sin))(x[0]))
        print(F.jvp(lambda x: x.exp() * x, (x,), (w,)), F.vjp(torch.exp, x)[1](w))
        print(F.jacrev(lambda x: x * w)(x), F.vmap(F.grad(lambda x: x.sin() * x))(x))
        print(F.grad(lambda x: (x.clone().mul_(2) * x).sum())(x))
        attempt(lambda: torch.ones(2, requires_grad=True) * x)
    attempt(lambda: torch.ones(2, requires_grad=True) * x)
