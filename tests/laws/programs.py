"""Random programs: statements drawn from a grammar, run line by line in any torch-like namespace.

Note [Programs are text]
A program is a list of Python statements over ``torch``, ``t0, t1, ...`` and the helpers of `Run`.
Every statement runs by itself and an exception is part of the result, so any sublist of a program
is a program too: that makes a failing one easy to shrink, and to paste into a session.
"""

from __future__ import annotations

import copy
import random
import warnings
from typing import Any

SHAPES = [(), (1,), (3,), (2, 3), (2, 1), (1, 3), (2, 2), (3, 3), (2, 3, 2), (0,), (2, 0), (4,)]
DTYPES = ["float64"] * 8 + ["float32"] * 4 + ["complex128", "int64", "bool", "float16"]

UNARY = (
    """
-{x}|{x}.abs()|{x}.exp()|{x}.sin()|{x}.cos()|{x}.tanh()|{x}.sigmoid()|{x}.relu()|{x}.square()
{x} ** 2|{x} ** 3|{x} ** 0.5|{x} ** -1|2 ** {x}|{x}.sqrt()|{x}.log()|{x}.reciprocal()|{x}.rsqrt()
{x}.clamp(-0.5, 0.5)|{x}.clamp(min=0)|{x}.sign()|{x}.floor()|{x}.round()|{x}.expm1()|{x}.log1p()
{x}.erf()|{x}.atan()|{x}.sinh()|{x}.clone()|{x}.contiguous()|{x}.sum()|{x}.mean()|{x}.prod()
{x}.sum({d})|{x}.sum({d}, keepdim=True)|{x}.mean({d})|{x}.max()|{x}.min()|{x}.max({d}).values
{x}.min({d})[0]|{x}.amax({d})|{x}.norm()|{x}.var()|{x}.std({d})|{x}.cumsum({d})|{x}.cumprod({d})
{x}.softmax({d})|{x}.log_softmax({d})|{x}.flip({d})|{x}.roll(1, {d})|{x}.sort({d})[0]|{x}.median()
{x}.triu()|{x}.tril()|{x}.repeat(2)|{x}.double()|{x}.float()|{x}.to(torch.complex128)|{x} + 1
{x} - 0.5|1 - {x}|{x} * 2|3 * {x}|{x} / 2|1 / {x}|{x} * True
{x}.index_select({d}, torch.tensor([0, 0]))|{x}.masked_fill({x} > 0, 0.25)|{x}[{x} > 0]
{x}[torch.tensor([0, 0])]|{x}[[0]]|{x}[..., torch.tensor([0])]|{x}.argmax()|{x} > 0
{x}.nan_to_num()|torch.zeros_like({x})|torch.where({x} > 0, {x}, 0.5)
torch.nn.functional.leaky_relu({x})|torch.nn.functional.gelu({x})
torch.nn.functional.softplus({x})|{x}.conj()|{x}.angle()|{x}.diff(dim={d})|{x}.detach()|{x}.data
{x}.new_ones({s})|torch.full_like({x}, 2.0)|{x}.logical_not()|{x}.isnan()|{x}.trace()
{x}.outer({x})|torch.diag({x})|{x}.reshape(-1)
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

BINARY = (
    """
{x} + {y}|{x} - {y}|{x} * {y}|{x} / {y}|{x} * {y}|{x} + {y}|torch.maximum({x}, {y})
torch.minimum({x}, {y})|torch.where({x} > {y}, {x}, {y})|{x} ** {y}|torch.add({x}, {y}, alpha=2)
torch.sub({x}, {y}, alpha=0.5)|torch.cat([{x}, {y}])|torch.stack([{x}, {y}])|{x} @ {y}|{x}.mm({y})
torch.matmul({x}, {y})|torch.lerp({x}, {y}, 0.3)|torch.addcmul({x}, {y}, {z}, value=0.5)
torch.addcdiv({x}, {y}, {z})|torch.atan2({x}, {y})|torch.dot({x}, {y})|torch.outer({x}, {y})
torch.bmm({x}, {y})|torch.addmm({z}, {x}, {y})|{x}.masked_fill({m}, {y})
torch.cat([{x}, {y}], {d})|torch.hypot({x}, {y})|torch.fmod({x}, {y})|{x}.expand_as({y})
{x}.view_as({y})|torch.nn.functional.mse_loss({x}, {y})|{x} == {y}|{x} < {y}|torch.hypot({x}, {y})
torch.kron({x}, {y})|torch.einsum("i,i->", {x}, {y})|{x}.type_as({y})
torch.broadcast_tensors({x}, {y})[0]|torch.index_add({x}, 0, torch.tensor([0]), {y})
torch.nn.functional.linear({x}, {y})|torch.clamp({x}, {y}, {z})|torch.logaddexp({x}, {y})
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

VIEWS = (
    """
{x}[{i}]|{x}[{i}:]|{x}[:1]|{x}[::2]|{x}[..., {i}]|{x}[None]|{x}[...]|{x}[:, {i}]|{x}[{i}, 1:]
{x}.select({d}, {i})|{x}.narrow({d}, 0, 1)|{x}.transpose(0, {d})|{x}.t()|{x}.T|{x}.mT|{x}.view(-1)
{x}.view({v})|{x}.reshape({v})|{x}.expand(2, *{x}.shape)|{x}.expand({s})|{x}.unsqueeze({d})
{x}.squeeze()|{x}.squeeze({d})|{x}.diagonal()|{x}.flatten()|{x}.permute({p})|{x}.movedim(0, {d})
{x}.view_as({x})|{x}.detach()|{x}.unfold({d}, 1, 1)|{x}.real|{x}.imag|torch.view_as_real({x})
{x}.swapaxes(0, {d})|{x}.unflatten({d}, (-1, 1))|{x}[:]|{x}[{i}:{i}]|{x}.as_strided((1,), (1,))
{x}.ravel()|torch.atleast_2d({x})|{x}.split(1, {d})[0]|{x}.detach()[0]
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

MULTI_VIEWS = (
    """
{x}.unbind({d})|{x}.split(1, {d})|{x}.chunk(2, {d})|{x}.split(2)|torch.tensor_split({x}, 2)|{x}
{x}.hsplit(1)|torch.unbind({x})
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

INPLACE = (
    """
{x}.add_(1)|{x}.add_({y})|{x}.mul_(2)|{x}.mul_({y})|{x}.sub_({y})|{x}.div_(2)|{x}.div_({y})
{x}.exp_()|{x}.tanh_()|{x}.sin_()|{x}.zero_()|{x}.fill_(0.5)|{x}.fill_({y})|{x}.copy_({y})
{x}.clamp_(-1, 1)|{x}.relu_()|{x}.masked_fill_({x} > 0, 0.5)|{x}.masked_fill_({m}, {y})|{x}.neg_()
{x}.sigmoid_()|{x}.pow_(2)|{x}.sqrt_()|{x}.abs_()|{x}.addcmul_({y}, {z})
{x}.index_fill_({d}, torch.tensor([0]), 0.5)|{x}.index_add_({d}, torch.tensor([0]), {y})
{x}.index_copy_({d}, torch.tensor([0]), {y})
{x}.scatter_({d}, torch.zeros_like({x}, dtype=torch.int64), 0.5)
{x}.scatter_add_({d}, torch.zeros_like({x}, dtype=torch.int64), {y})
{x}.index_put_((torch.tensor([0]),), {y})|{x}.lerp_({y}, 0.5)|{x}.square_()|{x}.reciprocal_()
{x}.t_()|{x}.unsqueeze_(0)|{x}.squeeze_()|{x}.transpose_(0, {d})|{x}.round_()|{x}.floor_()
{x}.log_()|{x} += 1|{x} *= 2|{x} += {y}|{x} *= {y}|{x} -= {y}|{x} /= 2|{x} **= 2|{x}.cumsum_({d})
torch.relu_({x})|torch.nn.functional.relu({x}, inplace=True)|{x}.data.mul_(2)|{x}.detach().add_(1)
{x}[{i}] = {y}|{x}[{i}] = 1.5|{x}[{i}:] = {y}|{x}[...] = {y}|{x}[:] = 0|{x}[None] = {y}
{x}[{x} > 0] = 0.5|{x}[torch.tensor([0])] = {y}|{x}[[0]] = 2|{x}[..., {i}] = {y}|{x}[:, {i}] = {y}
{x}[{x} > 0] = {y}|{x}[{i}] += 1|{x}[{i}] *= {y}|{x}[:, torch.tensor([0])] = 3|{x}[True] = {y}
{x}[{i}][0] = 1|{x}[::2] *= 2|{x}[{i}, 1:] = {y}|{x}[torch.tensor({i})] = 1|{x}[..., None] = 1
{x}.masked_scatter_({x} > 0, {y})|{x}.diagonal().mul_(2)|{x}.view(-1)[0].mul_(3)
{x}.fill_diagonal_(1)|{x}.detach_()|{x}.addmm_({y}, {z})|{x}.requires_grad_()
{x}.requires_grad_(False)|{x}.requires_grad = True|{x}.data = {x}.data * 2|{x}.data = {y}
{x}.copy_({x})|{x}.uniform_(1, 1)|{x}.clamp_(min=0)
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

FUNCTIONS = (
    """
Square.apply({x})|Exp.apply({x})|Double.apply({x})|Same.apply({x})|Row.apply({x})|Flat.apply({x})
Both.apply({x}, {y})|Lazy.apply({x}, {y})|Once.apply({x})|Wrong.apply({x})|Shape.apply({x})
Number.apply({x}, 3)|Setup.apply({x})|Reenter.apply({x})|Both.apply({x}, 2.0)
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

# What `Wider` adds: out=, complex views, comparisons in place, hooks that raise, copies, modes.
CORNERS = (
    """
torch.add({x}, {y}, out={z})|torch.mul({x}, 2, out={x})|{x}.eq_({y})|{x}.gt_(0)
{x}.unbind(0)[0].mul_(2)|{x}.chunk(2)[0].add_(1)|{x}[{i}:][:1].mul_(2)|{x}.t().t().add_(1)
{x}.index_put_(({x} > 0,), {y})|{x}.real.mul_(2)|torch.view_as_real({x}).add_(1)|{x}.imag[{i}] = 1
{x}.grad_fn; {x}.register_hook(fail)|{x}.retain_grad(); {x}.retain_grad()
{x} = copy.deepcopy({x})|{x}.copy_({y}.detach())|{x}.data = {x}.data.clone()|{x}.detach_()
{x} = {x}.view_as({x}).view(-1)|torch.autograd.graph.increment_version({x})
{x}.lt_({y})|torch.exp({x}, out={y})|{x}.diagonal()[:1].mul_(3)|{x}.narrow(0, 0, 1).t().mul_(2)
show(torch.autograd.graph.get_gradient_edge({x}).output_nr)|{x}.masked_scatter_({x} > 0, {y} * 1)
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

WRAPPERS = [
    "with torch.no_grad():",
    "with torch.no_grad():",
    "with torch.enable_grad():",
    "with torch.set_grad_enabled(False):",
    "with torch.inference_mode():",
    "with saved_hooks(1):",
    "with saved_hooks(2):",
]


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


class Writer:
    """Draw a program, running it as it grows so that later statements fit the shapes.

    Parameters
    ----------
    torch : module
        Where it is run while it is drawn.
    seed : int
    """

    def __init__(self, torch: Any, seed: int, length: int | None = None) -> None:
        self.torch = torch
        self.random = random.Random(seed)
        self.run = Run(torch)
        self.lines: list[str] = []
        self.count = 0
        self.silent = False
        self.hooks = 0
        self.length = length or self.random.choice([6, 10, 16, 24])

    def write(self) -> list[str]:
        """Return the program."""
        for _ in range(self.random.randint(1, 3)):
            self.leaf()
        # Each program has a taste, so that rare combinations meet often.
        kinds = [
            self.unary,
            self.binary,
            self.view,
            self.several,
            self.inplace,
            self.function,
            self.any_hook,
            self.backward,
            self.gradient,
            self.look,
            self.leaf,
            self.inside,
            self.reset,
        ]
        weights = [self.random.choice([0, 1, 2, 4]) + 0.5 for _ in kinds]
        weights[10] = 0.3
        weights[12] = 0.3
        while len(self.lines) < self.length:
            self.random.choices(kinds, weights)[0]()
        self.backward()
        return self.lines

    def say(self, line: str) -> None:
        """Add a statement and run it."""
        self.lines.append(line)
        if not self.silent:
            self.run.execute(line)

    # -- drawing parts -------------------------------------------------------------------------
    def names(self) -> list[str]:
        """Return the variables that hold tensors."""
        tensor = self.torch.Tensor
        return [
            n
            for n, v in self.run.env.items()
            if n[0] == "t" and n[1:].isdigit() and isinstance(v, tensor)
        ]

    def pick(self, like: str | None = None, differentiable: bool = False) -> str:
        """Return a variable; a late one more often, and one of `like`'s shape more often."""
        names = self.names()
        if not names:
            return "t0"  # all are deleted: an error is part of the program
        if differentiable:
            names = [n for n in names if self.run.env[n].requires_grad] or names
        if like is not None and self.random.random() < 0.7:
            shape = self.run.env[like].shape
            names = [n for n in names if self.run.env[n].shape == shape] or names
        if self.random.random() < 0.5:
            names = names[-3:]
        return self.random.choice(names)

    def fill(self, template: str, differentiable: bool = False) -> str:
        """Fill a template with variables and sizes that mostly fit."""
        x = self.pick(differentiable=differentiable)
        tensor = self.run.env.get(x, self.torch.zeros(()))
        rank = tensor.dim()
        dims = list(range(rank))
        self.random.shuffle(dims)
        size = tensor.numel()
        split = next((k for k in (2, 3) if size % k == 0 and size), 1)
        return template.format(
            x=x,
            y=self.pick(x),
            z=self.pick(x),
            m=f"{self.pick(x)} > 0",
            d=self.random.choice([0, -1, max(rank - 1, 0)]),
            i=self.random.choice([0, 0, -1, 1]),
            v=f"{split}, -1",
            s=tuple(tensor.shape),
            p=tuple(dims),
        )

    def name(self) -> str:
        """Return a fresh variable."""
        self.count += 1
        return f"t{self.count - 1}"

    # -- statements ----------------------------------------------------------------------------
    def leaf(self) -> None:
        """Make a leaf."""
        shape, dtype = self.random.choice(SHAPES), self.random.choice(DTYPES)
        total = 1
        for n in shape:
            total *= n
        numbers = [self.random.randint(-8, 8) / 4 for _ in range(total)]
        if dtype in ("int64", "bool"):
            numbers = [int(n) for n in numbers]
        needs = dtype not in ("int64", "bool") and self.random.random() < 0.75
        flag = ", requires_grad=True" if needs else ""
        base = f"torch.tensor({numbers}, dtype=torch.{dtype}).reshape({shape})"
        self.say(f"{self.name()} = {base}.clone()" + (".requires_grad_()" if flag else ""))

    def unary(self) -> None:
        self.say(f"{self.name()} = {self.fill(self.random.choice(UNARY))}")

    def binary(self) -> None:
        self.say(f"{self.name()} = {self.fill(self.random.choice(BINARY))}")

    def view(self) -> None:
        self.say(f"{self.name()} = {self.fill(self.random.choice(VIEWS))}")

    def several(self) -> None:
        """Bind one or two outputs of an operation with several views."""
        first, second = self.name(), self.name()
        source = self.fill(self.random.choice(MULTI_VIEWS))
        self.say(
            self.random.choice(
                [
                    f"{first}, *{second} = {source}; {second} = ({second} or [{first}])[0]",
                    f"{first} = {source}[0]",
                ]
            )
        )

    def inplace(self) -> None:
        self.say(self.fill(self.random.choice(INPLACE)))

    def function(self) -> None:
        """Apply a custom Function."""
        call = self.fill(self.random.choice(FUNCTIONS))
        if call.startswith(("Flat", "Both", "Lazy")):
            first, second = self.name(), self.name()
            self.say(f"{first}, {second}, *_ = {call}")
        else:
            self.say(f"{self.name()} = {call}")

    def any_hook(self) -> None:
        """Register or remove a hook of some kind."""
        label = f"h{self.hooks}"
        factor = self.random.choice(["", "", ", 2", ", 0.5"])
        kind = self.random.choice(
            ["hook", "hook", "hook", "node", "pre", "retain", "after", "remove", "multi"]
        )
        if kind == "remove":
            if self.hooks:
                self.say(f"h{self.random.randrange(self.hooks)}.remove()")
            return
        x = self.pick(differentiable=True)
        if kind == "retain":
            # PyTorch 2.13 crashes on hooks for a view whose grad_fn is out of date: asking for it
            # brings it up to date. To be removed when a later version passes without.
            self.say(f"{x}.grad_fn; {x}.retain_grad()")
            return
        self.hooks += 1
        if kind == "hook":
            self.say(f"{x}.grad_fn; {label} = {x}.register_hook(hook('{label}'{factor}))")
        elif kind == "node":
            self.say(f"{label} = {x}.grad_fn.register_hook(post('{label}'{factor}))")
        elif kind == "pre":
            self.say(f"{label} = {x}.grad_fn.register_prehook(pre('{label}'{factor}))")
        elif kind == "after":
            self.say(f"{label} = {x}.register_post_accumulate_grad_hook(after('{label}'))")
        else:
            y = self.pick(differentiable=True)
            mode = self.random.choice(["all", "any"])
            self.say(
                f"{x}.grad_fn; {y}.grad_fn; "
                f"{label} = torch.autograd.graph.register_multi_grad_hook("
                f"[{x}, {y}], multi('{label}'), mode='{mode}')"
            )

    def root(self) -> str:
        """Return something to differentiate, mostly with one element."""
        x = self.pick(differentiable=True)
        draw = self.random.random()
        if draw < 0.1:
            return x
        if draw < 0.2:
            return f"({x} * {x}).sum()"
        if draw < 0.3:
            return f"{x}.mean()"
        if draw < 0.4:
            return f"{x}.abs().sum()"
        return f"{x}.sum()"

    def options(self) -> str:
        """Return options for a pass."""
        found = ""
        if self.random.random() < 0.4:
            found += f", retain_graph={self.random.random() < 0.8}"
        if self.random.random() < 0.25:
            found += ", create_graph=True"
        return found

    def backward(self) -> None:
        """Run a backward pass."""
        options = self.options()
        if self.random.random() < 0.2:
            options += f", inputs=[{self.pick(differentiable=True)}]"
        if self.random.random() < 0.2:
            x = self.pick(differentiable=True)
            self.say(f"{x}.backward(torch.ones_like({x}){options})")
        elif self.random.random() < 0.2:
            self.say(f"torch.autograd.backward([{self.root()}, {self.root()}]{options})")
        else:
            self.say(f"{self.root()}.backward({options[2:]})")

    def gradient(self) -> None:
        """Ask for gradients by `grad`."""
        options = self.options()
        if self.random.random() < 0.5:
            options += ", allow_unused=True"
        elif self.random.random() < 0.3:
            options += ", materialize_grads=True"
        wanted = [self.pick(differentiable=True) for _ in range(self.random.randint(1, 2))]
        name = self.name()
        self.say(
            f"{name}, *_ = keep(torch.autograd.grad({self.root()}, [{', '.join(wanted)}]{options}))"
        )

    def look(self) -> None:
        """Show a tensor."""
        self.say(f"{self.random.choice(['show', 'glance', 'graph'])}({self.pick()})")

    def inside(self) -> None:
        """Make a statement of some kind run inside a mode."""
        mark = len(self.lines)
        wrapper = self.random.choice(WRAPPERS)
        passes = [] if "saved_hooks" in wrapper else [self.backward, self.gradient]
        kind = self.random.choice(
            [
                *passes,
                self.unary,
                self.binary,
                self.view,
                self.several,
                self.inplace,
                self.inplace,
                self.function,
            ]
        )
        self.silent = True  # written down, and run as one statement below
        kind()
        self.silent = False
        inner = self.lines[mark:]
        del self.lines[mark:]
        self.say(wrapper + "".join(f"\n    {line}" for line in inner))

    def reset(self) -> None:
        """Clear or change a gradient, delete a variable, or switch recording."""
        x = self.pick(differentiable=True)
        self.say(
            self.random.choice(
                [
                    f"{x}.grad = None",
                    f"{x}.grad.zero_()",
                    f"{x}.grad = torch.ones_like({x})",
                    f"del {x}",
                    "torch.set_grad_enabled(False)",
                    "torch.set_grad_enabled(True)",
                    f"{x}.grad.mul_(2)",
                ]
            )
        )


class Wider(Writer):
    """Draw programs of the larger grammar: one statement in six is from `CORNERS`."""

    def say(self, line: str) -> None:
        """Add a statement, and sometimes another one."""
        super().say(line)
        if not self.silent and self.random.random() < 0.2:
            super().say(self.fill(self.random.choice(CORNERS)))
