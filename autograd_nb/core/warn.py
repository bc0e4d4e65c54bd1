"""Warnings that point at the user's line, however many functions of this package lie between."""

from __future__ import annotations

import sys
import warnings

from .frames import user_frame

__all__ = ["warn"]


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
