"""Calls with numbers in front, as PyTorch took them first: ``x.add_(2, y)``.

Now that is ``x.add_(y, alpha=2)``. They are no part of the operations: a call that fails is looked
at, and made anew if it is one of these. See Note [Complaints about arguments].
"""

from __future__ import annotations

from typing import Any

from ..core.tensor import Tensor
from ..core.warn import warn_once
from .arguments import Parameter, Signature, is_number, signatures
from .registry import FUNCTIONS

# For each operation, what the numbers are called and how many tensors follow.
_FORMS: dict[str, tuple[tuple[str, ...], int]] = {
    **dict.fromkeys(("add", "sub"), (("alpha",), 1)),
    **dict.fromkeys(("addcdiv", "addcmul"), (("value",), 2)),
    **dict.fromkeys(("addbmm", "addmm", "addmv", "addr", "baddbmm"), (("beta", "alpha"), 2)),
}


def older_call(space: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what a call in an older spelling gives, in a tuple; None if it is no such call.

    Parameters
    ----------
    space : str
        Where the function was found: "torch" or "Tensor".
    name : str
        Its name there.
    args, kwargs
        As they were given; of a method with the tensor in front.
    """
    form = _FORMS.get(name.removesuffix("_"))
    if form is None or space not in ("torch", "Tensor"):
        return None
    names, tensors = form
    # Numbers that were left out may have become 1 on the way.
    kwargs = {key: v for key, v in kwargs.items() if key not in names or v != 1}
    if kwargs.keys() - {"out"}:
        return None
    if space == "torch" and len(names) == 2:  # torch.addmm(beta, input, alpha, mat1, mat2)
        args = (args[1], args[0], *args[2:]) if len(args) > 1 else args
    numbers, rest = args[1:-tensors], args[-tensors:]
    if not 0 < len(numbers) <= len(names) or not all(map(is_number, numbers)):
        return None
    if not all(isinstance(value, Tensor) for value in (args[0], *rest)):
        return None
    _say(space, name, names[: len(numbers)])
    function = getattr(Tensor, name) if space == "Tensor" else FUNCTIONS[space][name]
    given = dict(zip(names, numbers, strict=False))
    return (function(args[0], *rest, **given, **kwargs),)


def _say(space: str, name: str, numbers: tuple[str, ...]) -> None:
    """Warn as PyTorch does, of the first of all calls of this kind."""
    new = signatures(space, name)[0]
    tensors = [p for p in new[0].parameters if not p.keyword]
    out = [p for p in new[0].parameters if p.name == "out"]
    spelled = [Parameter("N", 0, False, number, "", False) for number in numbers]
    at = 1 if space == "torch" else 0
    if space == "torch" and numbers[0] == "beta":
        order = [spelled[0], tensors[0], *spelled[1:], *tensors[1:], *out]
    else:
        order = [*tensors[:at], *spelled, *tensors[at:], *out]
    listed = "".join(f"\n\t{name}{signature}" for signature in new)
    warn_once(
        "older call",
        f"This overload of {name} is deprecated:\n\t{name}{Signature(name, tuple(order))}\n"
        f"Consider using one of the following signatures instead:{listed}",
    )
