"""Warnings that point at the user's line, however many functions of this package lie between."""

from __future__ import annotations

import sys
import warnings

from .frames import user_frame

__all__ = ["say_each_time", "warn", "warn_of_older", "warn_once"]


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn as `warnings.warn` does, at the line outside this package that led here.

    Parameters
    ----------
    message : str
    category : type, default UserWarning
    """
    frame = user_frame(sys._getframe(1))
    space = frame.f_globals
    warnings.warn_explicit(
        message,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        space.get("__name__", "<string>"),
        space.setdefault("__warningregistry__", {}),
    )


_said: set[str] = set()
_each_time = False


def warn_once(subject: str, message: str, category: type[Warning] = UserWarning) -> None:
    """Warn of the first of many, unless `set_warn_always` says each time.

    Parameters
    ----------
    subject : str
        What is said once, whatever the message.
    message : str
    category : type, default UserWarning
    """
    if subject not in _said or _each_time:
        _said.add(subject)
        warn(message, category)


def warn_of_older(name: str, successor: str, *instead: str, space: str = " ") -> None:
    """Warn once of a function that another one replaces.

    Parameters
    ----------
    name, successor : str
        As they are called in PyTorch.
    *instead : str
        Further lines: what is written instead.
    space : str
        Behind `successor`: two of PyTorch's messages lack it.
    """
    first = (
        f"{name} is deprecated in favor of {successor}{space}and will be removed in a future "
        "PyTorch release."
    )
    warn_once(name, "\n".join((first, *instead)))


def say_each_time(each: bool) -> None:
    """Set whether `warn_once` warns each time.

    Parameters
    ----------
    each : bool
    """
    global _each_time
    _each_time = each
