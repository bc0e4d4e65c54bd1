"""Put something under the cell, and never let a picture stop it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Report a failure of our own in one line, and go on with the user's cell.

    Parameters
    ----------
    what : str
        What was being done, as the line will name it.

    Yields
    ------
    None
        An interrupt is the user's wish and passes through.
    """
    try:
        yield
    except Exception as error:
        reason = str(error).partition("\n")[0]
        print(f"autograd_nb: {what} failed: {type(error).__name__}: {reason}", file=sys.stderr)


def has_front_end(shell: InteractiveShell) -> bool:
    """Tell whether a front end can show widgets; a terminal cannot.

    Parameters
    ----------
    shell : InteractiveShell

    Returns
    -------
    bool
    """
    return getattr(shell, "kernel", None) is not None


def show_live(panel: Any) -> None:
    """Put a live panel under the cell, for front ends that can show it.

    The others find what is published after it: a widget that is stored in a notebook, and not
    the pictures beside it, is an error in JupyterLab and nothing at all in a viewer.  Here they
    read nothing.

    Parameters
    ----------
    panel : Panel
    """
    bundle = panel._repr_mimebundle_()
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    display({**data, "text/plain": ""}, metadata=metadata, raw=True)


def publish(text: str, svg: str = "") -> None:
    """Show something still, as text and, for those who can see it, as a picture.

    Parameters
    ----------
    text : str
        For terminals and plain readers.
    svg : str
        Picture of the same, or nothing.
    """
    data = {"text/plain": text}
    if svg:
        data["image/svg+xml"] = svg
    display(data, raw=True)
