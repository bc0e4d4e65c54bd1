"""Random programs: statements drawn from a grammar, run line by line in any torch-like namespace.

Note [Programs are text]
A program is a list of Python statements over ``torch``, ``t0, t1, ...`` and the helpers of `Run`
(:mod:`running`).
Every statement runs by itself and an exception is part of the result, so any sublist of a program
is a program too: that makes a failing one easy to shrink, and to paste into a session.
"""

from __future__ import annotations

import random
from typing import Any

from tests.laws.running import Run

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
