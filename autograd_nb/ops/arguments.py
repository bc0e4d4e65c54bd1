"""What is wrong with the arguments of a call, in the words of PyTorch's argument parser.

Note [Complaints about arguments]
PyTorch reads the arguments of every call before anything else, against the list of signatures of
that function. Here that list is consulted once for each combination of types that a function is
given, and whenever a call fails: if PyTorch's parser would have refused it, its complaint takes the
place of whatever error came up. Fast twins take only what is right in any case.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core import dtypes
from ..core.binding import KEYWORDS
from ..core.device import device, layout, memory_format
from ..core.generator import Generator
from ..core.tensor import Tensor
from ._signatures import FIRST_USES, HANDED_ON, SIGNATURES

NAMES = {
    "T": "Tensor", "N": "Number", "i": "int", "f": "float", "b": "bool", "s": "str",
    "d": "torch.dtype", "l": "torch.layout", "v": "torch.device", "g": "torch.Generator",
    "m": "torch.memory_format", "c": "complex", "I": "tuple of ints", "F": "tuple of floats",
    "L": "tuple of Tensors", "B": "tuple of bools", "O": "tuple of Tensors",
    "S": "tuple of Scalars",
}  # fmt: skip
CLASSES = {
    "b": (bool, np.bool_), "s": str, "l": layout, "v": (device, str, int), "g": Generator,
    "m": memory_format, "d": (dtypes.dtype, type),
}  # fmt: skip
# The types that the explanation of a mismatch knows.
EXACT = {
    "T": ("Tensor",), "i": ("int",), "f": ("float", "int"), "b": ("bool",), "s": ("str",),
    "d": ("torch.dtype",), "l": ("torch.layout",), "v": ("torch.device",),
    "g": ("torch.Generator",), "m": ("torch.memory_format",),
}  # fmt: skip
# Where a number stands for a tensor.
_ARITHMETIC = "add sub mul div divide multiply subtract true_divide floor_divide".split()
NUMBERS_ARE_TENSORS = {f"{name}{end}" for name in _ARITHMETIC for end in ("", "_")} | {"copy_"}
# PyTorch writes these in Python: they take tensors, or one list of them.
OF_SEVERAL = set(
    "atleast_1d atleast_2d atleast_3d block_diag broadcast_tensors cartesian_prod meshgrid".split()
)
SPELLINGS = {"self": "input x a x1", "other": "x2", "dim": "axis", "keepdim": "keepdims"}
assert all(KEYWORDS[key] == name for name, keys in SPELLINGS.items() for key in keys.split())


@dataclass(frozen=True)
class Parameter:
    """One parameter: its type's letter, the length a single number is repeated to, and more."""

    kind: str
    length: int
    none: bool
    name: str
    default: str  # as messages show it; empty for a parameter that must be given
    keyword: bool

    @property
    def optional(self) -> bool:
        """Whether it may be left out."""
        return bool(self.default)

    @property
    def takes_none(self) -> bool:
        """Whether None may stand for what is left out."""
        unknown = self.default == "None" and self.kind in "TdlvgmLIF"
        return self.none or unknown or self.name == "requires_grad"

    @property
    def shown(self) -> str:
        """Its name in messages."""
        return "input" if self.name == "self" and self.kind == "T" else self.name

    def __str__(self) -> str:
        return f"{NAMES[self.kind]} {self.shown}{self.default and f' = {self.default}'}"

    def takes(self, value: Any, numbers: bool) -> bool:
        """Say whether a value is of the parameter's type.

        Raises
        ------
        TypeError
            For an element of a sequence of tensors that is none.
        """
        kind = self.kind
        if kind == "T":
            return isinstance(value, Tensor) or (numbers and is_number(value))
        if kind in "Nf":
            return is_number(value, complex_=kind == "N")
        if kind == "i":
            return is_int(value)
        if kind == "c":
            return is_number(value)
        if kind in CLASSES:
            return isinstance(value, CLASSES[kind])
        if not isinstance(value, (tuple, list)):
            return kind == "I" and self.length > 0 and is_int(value)
        if kind in "LO":
            return True
        if kind == "I":
            return not value or is_int(value[0]) or _is_index(value[0])
        return not value or is_number(value[0], complex_=kind == "S")


def is_int(value: Any) -> bool:
    """Say whether the parser takes it as an integer; it does not take bools."""
    if isinstance(value, Tensor):
        return value.ndim == 0 and value.dtype.category == dtypes.INT
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _is_index(value: Any) -> bool:
    """Say whether it is an array that may stand among sizes."""
    return isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iu"


def is_number(value: Any, complex_: bool = True) -> bool:
    """Say whether the parser takes it as a number; it takes 0-d tensors without history."""
    if isinstance(value, Tensor):
        return value.ndim == 0 and not value.requires_grad
    accepted = (int, float, complex, np.number, np.bool_) if complex_ else (int, float, np.number)
    return isinstance(value, accepted)


def type_name(value: Any) -> str:
    """Return the name that PyTorch gives the type of a value."""
    kind = type(value)
    if isinstance(value, (dtypes.dtype, device, layout, memory_format, Generator)):
        return f"torch.{kind.__name__}"
    if isinstance(value, (np.ndarray, np.generic)):
        return f"numpy.{kind.__name__}"
    return kind.__name__


def described(value: Any) -> str:
    """Return the type of a value, and those of the elements of a sequence."""
    if not isinstance(value, (tuple, list)):
        return type_name(value)
    inside = ", ".join(type_name(item) for item in value)
    if isinstance(value, list):
        return f"list of [{inside}]"
    return f"tuple of ({inside}{',' * (len(value) == 1)})"


@dataclass(frozen=True)
class Signature:
    """One signature of a function."""

    name: str
    parameters: tuple[Parameter, ...]

    @property
    def positional(self) -> int:
        """How many arguments may stand without a name."""
        return sum(not p.keyword for p in self.parameters)

    @property
    def required(self) -> int:
        """How many arguments have no default."""
        return sum(not p.optional for p in self.parameters)

    def refusal(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
        """Return the complaint about arguments that do not fit, or None."""
        left = dict(kwargs)
        params, most = self.parameters, self.positional
        spread = most == 1 and params[0].kind == "I" and bool(args)
        spread = spread and (is_int(args[0]) or _is_index(args[0]))
        if len(args) > most and not spread:
            return self.too_many(len(args))
        at = 0
        for i, p in enumerate(params):
            named, value = at >= len(args), None
            if not named:
                if p.keyword:
                    return self.too_many(len(args))
                value = args[at]
            else:
                for key in (p.name, *SPELLINGS.get(p.name, "").split()):
                    if key in left:
                        value = left.pop(key)
                        break
                else:
                    if not p.optional:
                        return self.missing(i, left)
                    continue
            if value is None and p.takes_none:
                pass
            elif p.takes(value, self.name in NUMBERS_ARE_TENSORS):
                if p.kind == "L" and (wrong := not_tensors(value, i)):
                    return wrong
                if p.kind == "I" and (wrong := not_ints(value)):
                    return f"{self.name}(): argument '{p.shown}' {wrong}"
            elif spread and at == 0 and not named:
                if wrong := not_ints(args):
                    return f"{self.name}(): argument '{p.shown}' {wrong}"
                at = len(args)
                continue
            else:
                return self.wrong(p, value, None if named else at + 1)
            at += not named
        for key in left:
            if key in {p.shown for p in params} | {p.name for p in params}:
                return f"{self.name}() got multiple values for argument '{key}'"
            return f"{self.name}() got an unexpected keyword argument '{key}'"
        return None

    def too_many(self, given: int) -> str:
        """Return the complaint about the number of arguments, PyTorch's slips included."""
        most, least = self.positional, self.required
        if most != least:
            return (
                f"{self.name}() takes from {least} to {most} positional arguments but {given} "
                "were given"
            )
        plural, were = "" if most == 1 else "s", "was" if given == 1 else "were"
        return f"{self.name}() takes {most} positional argument{plural} but {given} {were} given"

    def missing(self, first: int, left: dict[str, Any]) -> str:
        """Return the complaint about arguments that are not given, PyTorch's slip included."""
        names = [
            f'"{p.shown}"'
            for p in self.parameters[first:]
            if not p.optional and p.name not in left and p.shown not in left
        ]
        plural = "s" if len(names) == 1 else ""
        return (
            f"{self.name}() missing {len(names)} required positional argument{plural}: "
            + ", ".join(names)
        )

    def wrong(self, p: Parameter, value: Any, position: int | None) -> str:
        """Return the complaint about a value of another type."""
        where = "" if position is None else f" (position {position})"
        begin = f"{self.name}(): argument '{p.shown}'{where} must be {NAMES[p.kind]}, "
        if position is not None and p.kind in "IF" and isinstance(value, (tuple, list)):
            return f"{begin}but found element of type {type_name(value[0])} at pos 0"
        return f"{begin}not {type_name(value)}"

    @property
    def slots(self) -> list[Parameter | None]:
        """What is listed between the parentheses; None for the star, or for nothing at all."""
        found: list[Parameter | None] = []
        for p in self.parameters:
            if p.keyword and None not in found:
                found.append(None)
            found.append(p)
        return found or [None]

    def __str__(self) -> str:
        if not self.parameters:
            return "()"
        return f"({', '.join('*' if p is None else str(p) for p in self.slots)})"

    def mismatch(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Return the line that says why it does not fit, where PyTorch has one.

        As in PyTorch, the star counts as a parameter, and one with a default has no name and fits
        nothing.
        """
        slots = self.slots
        if len(slots) != len(args) + len(kwargs):
            return ""
        begin = "\n      didn't match because some of the "
        if wrong := self.strange(args, kwargs):
            return f"{begin}keywords were incorrect: {wrong}"
        return f"{begin}arguments have invalid types: {self.marked(args, kwargs)}"

    def strange(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Return the keywords that are no parameters without a default."""
        named = [p.shown for p in self.slots[len(args) :] if p is not None and not p.default]
        return ", ".join(key for key in sorted(kwargs) if key not in named)

    def marked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Return the types that were given, those that do not fit between exclamation marks."""
        parts = []
        for i, p in enumerate(self.slots):
            name = "" if p is None or i < len(args) else p.shown
            value = kwargs[name] if name else args[i]
            text = f"{name}={described(value)}" if name else described(value)
            fits = p is not None and not p.default and type_name(value) in EXACT.get(p.kind, ())
            parts.append(text if fits else f"!{text}!")
        return f"({', '.join(parts)})"


def not_tensors(value: Any, position: int) -> str | None:
    """Return the complaint about a sequence that holds something else."""
    for i, item in enumerate(value):
        if not isinstance(item, Tensor):
            return (
                f"expected Tensor as element {i} in argument {position}, but got {type_name(item)}"
            )
    return None


def _of_several(args: tuple[Any, ...]) -> str | None:
    """Return the complaint about something among tensors that is none."""
    alone = len(args) == 1 and isinstance(args[0], (list, tuple))
    return not_tensors(args[0] if alone else args, 0)


def not_ints(value: Any) -> str | None:
    """Return what follows the name in the complaint about sizes whose later ones are none."""
    for i, item in enumerate(value if isinstance(value, (tuple, list)) else ()):
        if not (is_int(item) or isinstance(item, bool) or _is_index(item)):
            return (
                f'failed to unpack the object at pos {i + 1} with error "type must be tuple of '
                f'ints,but got {type_name(item)}"'
            )
    return None


# -- the list of signatures -----------------------------------------------------------------------
_LINE = re.compile(r"^(\w+)(?::(\w+))?(~?) \((.*)\)$")
_PARAMETER = re.compile(r"^(\w)(\d*)(\??) (\w+)(?:=(\S*))?$")


@functools.cache
def _lines(space: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in SIGNATURES[space].strip().splitlines():
        found.setdefault(line.partition(" ")[0].partition(":")[0].rstrip("~"), []).append(line)
    return found


def names(space: str) -> list[str]:
    """Return the functions of a namespace whose signatures are known."""
    return list(_lines(space))


@functools.cache
def signatures(space: str, name: str) -> tuple[list[Signature], bool]:
    """Return what is known of a function's signatures; and whether some are not talked about."""
    found: list[Signature] = []
    old = False
    for line in _lines(space).get(name, ()):
        match = _LINE.match(line)
        assert match is not None, line
        _, own, mark, text = match.groups()
        old = old or (not found and bool(mark))
        found.append(Signature(own or name, tuple(_parameters(text))))
    return found, old


def _parameters(text: str) -> Iterator[Parameter]:
    keyword = False
    for part in text.split(", ") if text else ():
        if part == "*":
            keyword = True
            continue
        match = _PARAMETER.match(part)
        assert match is not None, part
        kind, length, none, name, default = match.groups()
        shown = "" if default is None else default or "None"
        yield Parameter(kind, int(length or 0), bool(none), name, shown, keyword)


def refusal(
    space: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> TypeError | None:
    """Return the error with which PyTorch's parser refuses a call, or None if it does not.

    Parameters
    ----------
    space : str
        Where the function was found: "torch", "linalg", ..., or "Tensor".
    name : str
        Its name there.
    args, kwargs
        As they were given; of a method with the tensor in front.
    """
    known, old = signatures(space, name)
    if not known:
        wrong = _of_several(args) if space == "torch" and name in OF_SEVERAL else None
        return TypeError(wrong) if wrong else None
    if space == "Tensor":
        if not args or not isinstance(args[0], Tensor):
            return _not_of_tensors(name, args)
        args = args[1:]
        if not known[0].parameters and len(known) == 1 and (args or kwargs):
            what = "keyword arguments" if kwargs else f"arguments ({len(args)} given)"
            return TypeError(f"TensorBase.{name}() takes no {what}")
    complaints = [signature.refusal(args, kwargs) for signature in known]
    if None in complaints:
        return None
    if len(known) == 1 and not old:
        return TypeError(complaints[0])
    for complaint in complaints:
        # The types fit, but for an element.
        if complaint and ("as element" in complaint or "failed to unpack" in complaint):
            return TypeError(complaint)
    given = len(args) + len(kwargs)
    fits = [s.required <= given <= len(s.parameters) for s in known]
    if sum(fits) == 1:
        return TypeError(complaints[fits.index(True)])
    types = [type_name(value) for value in args]
    types += [f"{key}={type_name(kwargs[key])}" for key in sorted(kwargs)]
    # PyTorch writes a comma after keywords that stand alone, and a line's end after the last.
    shown = ", ".join(types) + (", " if kwargs and not args else "")
    if len(known) == 1:
        listed = str(known[0])
        if given == len(known[0].slots):
            if strange := known[0].strange(args, kwargs):
                return TypeError(
                    f"{known[0].name}() received an invalid combination of arguments - got "
                    f"unrecognized keyword arguments: {strange}"
                )
            shown = known[0].marked(args, kwargs)[1:-1]
    else:
        options = [f"\n * {option}{option.mismatch(args, kwargs)}" for option in known]
        listed = f"one of:{''.join(options)}\n"
    return TypeError(
        f"{known[0].name}() received an invalid combination of arguments - got ({shown}), but "
        f"expected {listed}"
    )


def fits(
    space: str,
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    kinds: Any,
    known: set[Any],
) -> bool:
    """Say whether PyTorch's parser takes a call; remember the types if it always does.

    Parameters
    ----------
    space, name, args, kwargs
        As for `refusal`.
    kinds : object
        The types of the arguments.
    known : set
        Where types are added with which every call is taken.
    """
    if refusal(space, name, args, kwargs) is not None:
        return False
    # A tensor may stand for a number if it has no dimensions: another one would not.
    others = [_with_worse_tensors(value) for value in args]
    named = {key: _with_worse_tensors(value) for key, value in kwargs.items()}
    if refusal(space, name, tuple(others), named) is None:
        known.add(kinds)
    return True


def _with_worse_tensors(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_worse_tensor() if isinstance(item, Tensor) else item for item in value]
    return _worse_tensor() if isinstance(value, Tensor) else value


def _worse_tensor() -> Tensor:
    tensor = Tensor._wrap(np.zeros(2))
    tensor.requires_grad = True
    return tensor


@functools.cache
def _first_uses() -> dict[str, list[str]]:
    return {name: use for name, *use in map(str.split, FIRST_USES.strip().splitlines())}


def no_tensor(name: str, args: tuple[Any, ...]) -> TypeError | AttributeError | None:
    """Return the error of a function that PyTorch writes in Python, if its first tensor is none.

    Parameters
    ----------
    name : str
        Of a function of `nn.functional`.
    args : tuple
        As they were given.
    """
    use = _first_uses().get(name)
    if use is None or not args or isinstance(args[0], Tensor):
        return None
    kind = type_name(args[0])
    if len(use) == 2:
        return TypeError(f"{use[0]}(): argument '{use[1]}' (position 1) must be Tensor, not {kind}")
    try:
        getattr(args[0], use[0][1:])
    except AttributeError as missing:
        return missing
    return None


@functools.cache
def _handed_on() -> dict[str, list[tuple[str, str, int, Parameter]]]:
    """Return, for each function, where its arguments go: name, function, position, parameter."""
    found: dict[str, list[tuple[str, str, int, Parameter]]] = {}
    for line in HANDED_ON.strip().splitlines():
        source, target = line.split(": ")
        name, given = source.split()
        function, kind, shown, position = target.split()
        parameter = Parameter(kind[0], 0, kind.endswith("?"), shown, "", False)
        found.setdefault(name, []).append((given, function, int(position), parameter))
    for rows in found.values():
        rows.sort(key=lambda row: row[2])
    return found


def not_taken(
    name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> TypeError | None:
    """Return the error of a function written in Python whose arguments the next one refuses.

    Parameters
    ----------
    name : str
        Of a function of `nn.functional`.
    function : callable
        Our own form of it.
    args, kwargs
        As they were given.
    """
    names = inspect.signature(function).parameters
    arguments = dict(zip(names, args, strict=False)) | kwargs
    for given, next_one, position, parameter in _handed_on().get(name, ()):
        if given not in arguments:
            continue
        value = arguments[given]
        if value is None and parameter.none:
            continue
        if not parameter.takes(value, False):
            return TypeError(Signature(next_one, ()).wrong(parameter, value, position))
    return None


def _not_of_tensors(name: str, args: tuple[Any, ...]) -> TypeError:
    """Return Python's complaint about a method of PyTorch's that is called without a tensor."""
    if not args:
        return TypeError(f"unbound method TensorBase.{name}() needs an argument")
    return TypeError(
        f"descriptor '{name}' for 'torch._C.TensorBase' objects doesn't apply to a "
        f"'{type(args[0]).__name__}' object"
    )
