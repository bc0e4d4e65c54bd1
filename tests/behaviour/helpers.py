"""What the programs share: showing errors, warnings and the order of events."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

ERROR_MARK = "!! "
WARNING_MARK = "~~ "


def attempt(action: Callable[[], Any]) -> Any:
    """Call `action`; print the class and message of what it raises, or that nothing was raised."""
    try:
        result = action()
    except Exception as error:
        print(f"{ERROR_MARK}{type(error).__name__}: {' '.join(str(error).split())}")
        return None
    print("no error")
    return result


def warned(action: Callable[[], Any]) -> Any:
    """Call `action`; print the category and text of each warning, or that there was none."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = action()
    for item in caught:
        text = " ".join(str(item.message).split()).split(" (Triggered internally")[0]
        print(f"{WARNING_MARK}{item.category.__name__}: {text}")
    if not caught:
        print("no warning")
    return result


def say(label: str) -> Callable[..., None]:
    """Return a hook that prints `label` and the values of the gradient it receives."""

    def hook(grad: Any, *_: Any) -> None:
        print(label, grad.tolist() if hasattr(grad, "tolist") else grad)

    return hook


def chain(node: Any) -> list[Any]:
    """Return the names met by following the first edge of each node, from `node` to the end."""
    names = []
    while node is not None:
        names.append(node.name())
        node = node.next_functions[0][0] if node.next_functions else None
    return names


def edges(node: Any) -> list[Any]:
    """Return (name, input_nr) of each next function; None where an input needs no gradient."""
    return [(n.name(), nr) if n is not None else None for n, nr in node.next_functions]
