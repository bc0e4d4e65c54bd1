"""Run a random program line by line, in any torch-like namespace; and what its lines may call."""

from __future__ import annotations

import copy
import warnings
from typing import Any


class Run:
    """Run statements in one namespace and keep what they say.

    Parameters
    ----------
    torch : module
        PyTorch, or something that stands for it.
    """

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.log: list[Any] = []
        # What create_graph records is told apart from the program's own graph, and not compared.
        self.recorded: list[Any] = []
        self.results: list[Any] = []
        self.inference = False
        self.env: dict[str, Any] = {
            "torch": torch,
            "show": self.show,
            "glance": self.glance,
            "graph": self.graph,
            "hook": self.hook,
            "pre": self.pre,
            "post": self.post,
            "after": self.after,
            "multi": self.multi,
            "saved_hooks": self.saved_hooks,
            "fail": self.fail,
            "copy": copy,
            "keep": self.keep,
            **functions(torch, self.log),
        }

    def execute(self, line: str) -> None:
        """Run one statement; log what it raises."""
        self.log.append(("line", line))
        self.inference = self.inference or "inference" in line
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                exec(compile(line, "<program>", "exec"), self.env)
            except Exception as error:
                self.log.append(("error", type(error).__name__, " ".join(str(error).split())))

    def finish(self) -> None:
        """Show every tensor that is left."""
        for name in sorted(
            (n for n in self.env if n[0] == "t" and n[1:].isdigit()), key=lambda n: int(n[1:])
        ):
            self.execute(f"show({name})")
        self.torch.set_grad_enabled(True)

    # -- what statements call ------------------------------------------------------------------
    def value(self, tensor: Any) -> Any:
        """Return dtype, shape and numbers of a tensor."""
        if not isinstance(tensor, self.torch.Tensor):
            return tensor if tensor is None else type(tensor).__name__
        plain = tensor.detach()
        return str(tensor.dtype), tuple(tensor.shape), plain.tolist()

    def glance(self, tensor: Any) -> None:
        """Log what can be asked without bringing a view's history up to date."""
        version, is_view = tensor._version, tensor._is_view()
        # How a recorded backward pass, or one on inference tensors, made its result is its own
        # affair: how often it wrote into it, and whether it is a view.
        if any(tensor is t for t in self.results) or (self.inference and not tensor.requires_grad):
            version = is_view = None
        self.log.append(("glance", self.value(tensor), tensor.requires_grad, version, is_view))

    def show(self, tensor: Any) -> None:
        """Log all that a tensor says of itself."""
        if isinstance(tensor, (tuple, list)):
            for item in tensor:
                self.show(item)
            return
        if not isinstance(tensor, self.torch.Tensor):
            self.log.append(("value", self.value(tensor)))
            return
        self.glance(tensor)
        self.log.append(("place", tensor.is_leaf, tensor.output_nr, tensor.retains_grad))
        self.graph(tensor)
        if tensor.is_leaf or tensor.retains_grad:
            grad = tensor.grad
            self.log.append(("grad", self.value(grad)))
            if grad is not None:
                self.log.append(("grad of grad", grad.requires_grad))

    def graph(self, tensor: Any, depth: int = 4) -> None:
        """Log names and edges of the nearest nodes."""

        def describe(node: Any, depth: int) -> Any:
            if node is None:
                return None
            if any(node is other for other in self.recorded):
                return "recorded"
            if not depth:
                return node.name()
            return node.name(), [(describe(n, depth - 1), nr) for n, nr in node.next_functions]

        self.log.append(("graph", describe(tensor.grad_fn, depth)))

    def hook(self, label: str, factor: Any = None) -> Any:
        """Return a tensor hook that logs, and replaces the gradient if there is a factor."""

        def fire(grad: Any) -> Any:
            self.log.append(("hook", label, self.value(grad), grad.requires_grad))
            return None if factor is None else grad * factor

        return fire

    def fail(self, grad: Any) -> None:
        """Be a hook that raises."""
        self.log.append(("fails", self.value(grad)))
        raise ValueError("refused by a hook")

    def pre(self, label: str, factor: Any = None) -> Any:
        """Return a node prehook."""

        def fire(grads: Any) -> Any:
            self.log.append(("pre", label, [self.value(g) for g in grads]))
            if factor is None:
                return None
            return tuple(g if g is None else g * factor for g in grads)

        return fire

    def post(self, label: str, factor: Any = None) -> Any:
        """Return a node hook."""

        def fire(inputs: Any, outputs: Any) -> Any:
            self.log.append(
                ("post", label, [self.value(g) for g in inputs], [self.value(g) for g in outputs])
            )
            if factor is None:
                return None
            return tuple(g if g is None else g * factor for g in inputs)

        return fire

    def after(self, label: str) -> Any:
        """Return a hook to run after accumulation."""

        def fire(tensor: Any) -> None:
            self.log.append(("after", label, self.value(tensor.grad)))

        return fire

    def multi(self, label: str) -> Any:
        """Return a hook on several tensors' gradients."""

        def fire(grads: Any) -> None:
            found = grads if isinstance(grads, (tuple, list)) else (grads,)
            self.log.append(("multi", label, [self.value(g) for g in found]))

        return fire

    def saved_hooks(self, kind: int) -> Any:
        """Return a context in which saved tensors are packed."""

        told: list[Any] = []

        def pack(tensor: Any) -> Any:
            packed = tensor if kind == 1 else tensor.detach().clone()
            # How indices are kept is not compared, nor what is kept for an edge to nowhere.
            if tensor.is_floating_point() and not (tensor._is_view() and tensor.is_leaf):
                self.log.append(("pack", self.value(tensor)))
                told.append(packed)
            return packed

        def unpack(packed: Any) -> Any:
            if any(packed.data_ptr() == item.data_ptr() for item in told):
                self.log.append(("unpack", self.value(packed)))
            return packed

        return self.torch.autograd.graph.saved_tensors_hooks(pack, unpack)

    def keep(self, values: Any) -> Any:
        """Log gradients and return them."""
        found = []
        for value in values:
            self.log.append(("keep", self.value(value)))
            if value is not None:
                self.log.append(("kept", value.requires_grad))
                self.recorded.append(value.grad_fn)
                self.results.append(value)
            # Whether a gradient without history is a view of another says nothing to users.
            found.append(value if value is None or value.requires_grad else value.clone())
        return found


def functions(torch: Any, log: list[Any]) -> dict[str, Any]:
    """Return custom Functions of every kind, in one namespace."""
    Base = torch.autograd.Function

    class Square(Base):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            log.append(("forward", ctx.needs_input_grad, torch.is_grad_enabled()))
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            log.append(("backward", ctx.needs_input_grad, torch.is_grad_enabled()))
            return 2 * x * g

    class Exp(Base):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (y,) = ctx.saved_tensors
            return y * g

    class Double(Base):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 2 * g

    class Same(Base):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 3

    class Row(Base):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.shape = x.shape
            return x[0]

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            found = torch.zeros(ctx.shape, dtype=g.dtype)
            found[0] = g
            return found

    class Flat(Base):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            sign = x > 0
            other = x + 1
            ctx.mark_non_differentiable(sign, other)
            ctx.save_for_backward(sign)
            return x * sign, sign, other

        @staticmethod
        def backward(ctx: Any, g: Any, s: Any, o: Any) -> Any:
            log.append(("flat", g is None, s is None, o is None))
            return g * ctx.saved_tensors[0]

    class Both(Base):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            ctx.y = y
            return x * y, x + y

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            log.append(
                ("both", None if g is None else g.tolist(), None if h is None else h.tolist())
            )
            return g + h, None

    class Lazy(Base):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            ctx.set_materialize_grads(False)
            return x * 2, y * 3

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            log.append(("lazy", g is None, h is None))
            return None if g is None else 2 * g, None if h is None else 3 * h

    class Once(Base):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[0].cos()

    class Wrong(Base):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g, g

    class Shape(Base):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return torch.ones(7, dtype=torch.float64)

    class Number(Base):
        @staticmethod
        def forward(ctx: Any, x: Any, n: Any) -> Any:
            ctx.n = n
            return x * n

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.n, None

    class Setup(Base):
        @staticmethod
        def forward(x: Any) -> Any:
            return x * x

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(inputs[0], output)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, y = ctx.saved_tensors
            return 2 * x * g + 0 * y

    class Reenter(Base):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            with torch.enable_grad():
                inner = x.detach().requires_grad_()
                (inner * inner).sum().backward()
            return inner.grad * g

    members = locals()
    return {n: v for n, v in members.items() if isinstance(v, type) and n != "Base"}
