"""Which cell and which line: from code positions to places that a reader can find.

A node remembers where it was made as a code object and an instruction offset, which is cheap; the
line is looked up only when somebody asks.  Notebook cells are known by the names that IPython
gave them, and nothing here imports IPython: without it, places are file names.
"""

from __future__ import annotations

import functools
import itertools
import linecache
import os
import re
import sys
import sysconfig
import zlib
from collections.abc import Iterable, Sequence
from types import CodeType, FrameType
from typing import Any

from autograd_nb.core.frames import locals_of
from autograd_nb.observe.graph import Site
from autograd_nb.observe.protocol import is_foreign, sequence_nr
from autograd_nb.observe.within import called_at

_FRAME_LINE = re.compile(r'\s*File "(?P<file>.*)", line (?P<line>\d+)')
_LIBRARIES = ("autograd_nb", "torch", "numpy", "IPython", "ipykernel", "traitlets")
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_INSTALLED = (_HERE, *{sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


def cell_label(filename: str) -> str | None:
    """Return the label of a notebook cell.

    Parameters
    ----------
    filename : str
        File name of a code object.

    Returns
    -------
    str or None
        ``"In[3]"``, or None where the code is not a cell's.
    """
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    namer = getattr(getattr(shell, "compile", None), "format_code_name", None)
    named = namer(filename) if namer is not None else None
    if not named:
        return None
    kind, label = named
    return str(label) if kind == "Cell" else None


def label_of_file(filename: str) -> str:
    """Return what to call the place of some code.

    Parameters
    ----------
    filename : str

    Returns
    -------
    str
        The cell's label, or the file's name without its folder.
    """
    return cell_label(filename) or os.path.basename(filename) or filename


def site_of_line(filename: str, line: int) -> Site:
    """Return the place of a line of a file or cell.

    Parameters
    ----------
    filename : str
    line : int

    Returns
    -------
    Site
    """
    return Site(label_of_file(filename), line, source=linecache.getline(filename, line).strip())


def site_of_origin(origin: tuple[CodeType, int] | None) -> Site | None:
    """Return the place of an instruction.

    Parameters
    ----------
    origin : tuple of (code, int) or None
        A code object and the byte offset of an instruction in it.

    Returns
    -------
    Site or None
    """
    if origin is None:
        return None
    code, offset = origin
    positions = list(code.co_positions())
    index = offset // 2
    line, end_line, col, end_col = (
        positions[index] if 0 <= index < len(positions) else (None, None, None, None)
    )
    if line is None:
        line = code.co_firstlineno
    text = linecache.getline(code.co_filename, line)
    return Site(
        label_of_file(code.co_filename),
        line,
        end_line=line if end_line is None else end_line,
        col=_characters(text, col),
        end_col=_characters(text if end_line in (None, line) else "", end_col),
        source=text.strip(),
    )


def site_of_traceback(entries: Sequence[str]) -> Site | None:
    """Return the user's place in a formatted traceback.

    Parameters
    ----------
    entries : sequence of str
        As :func:`traceback.format_stack` gives them; PyTorch keeps such a list in a node's
        metadata while anomaly mode is on.

    Returns
    -------
    Site or None
        The innermost notebook cell, or else the innermost line outside installed packages.
    """
    found = [match for entry in entries if (match := _FRAME_LINE.match(entry))]
    places = [(match["file"], int(match["line"])) for match in reversed(found)]
    for filename, line in places:
        if cell_label(filename) is not None:
            return site_of_line(filename, line)
    for filename, line in places:
        if not _is_installed(filename):
            return site_of_line(filename, line)
    return None


def variables_at(frame: FrameType | None) -> dict[str, Any]:
    """Return what the code of a frame can name: its globals, and a function's own variables.

    Parameters
    ----------
    frame : frame or None

    Returns
    -------
    dict
    """
    return {} if frame is None else {**frame.f_globals, **locals_of(frame)}


def caller_frame(depth: int = 1) -> FrameType | None:
    """Return the frame in which the user's code stands now; not to be kept.

    Parameters
    ----------
    depth : int, default 1
        Frames of the caller's own to skip.

    Returns
    -------
    frame or None
        The innermost notebook cell on the stack, or else the innermost frame outside the
        libraries.
    """
    nearest = sys._getframe(depth)
    frame: FrameType | None = nearest
    while frame is not None:
        if is_cell(frame.f_code.co_filename):
            return frame
        frame = frame.f_back
    frame = nearest  # no notebook
    while frame is not None and is_library(frame):
        frame = frame.f_back
    return frame


@functools.lru_cache(maxsize=2048)
def is_cell(filename: str) -> bool:
    """Tell whether code is a notebook cell's; asked for every event, so that answers are kept.

    Parameters
    ----------
    filename : str
        File name of a code object.

    Returns
    -------
    bool
        To be forgotten (``is_cell.cache_clear()``) when another shell may answer.
    """
    return cell_label(filename) is not None


def site_of_node(node: Any) -> Site | None:
    """Return where a node was made.

    Parameters
    ----------
    node : NodeLike

    Returns
    -------
    Site or None
        From the node's own origin, from the traceback that PyTorch keeps in anomaly mode, or
        from the pass that made it.
    """
    origin = getattr(node, "origin", None)
    if origin is not None:
        return site_of_origin(origin)
    entries = node.metadata.get("traceback_")
    if entries:
        return site_of_traceback(entries)
    return site_of_origin(called_at(sequence_nr(node))) if is_foreign(node) else None


def position_key(origin: tuple[CodeType, int] | None) -> tuple[int, int | None, int] | None:
    """Return what stays equal when the same text of a cell runs again.

    Parameters
    ----------
    origin : tuple of (code, int) or None

    Returns
    -------
    tuple of (int, int or None, int) or None
        A digest of the source, the line, and the offset in the code: each statement of a cell is
        a code of its own.
    """
    if origin is None:
        return None
    code, offset = origin
    text = "".join(linecache.getlines(code.co_filename)) or code.co_filename
    line = next(itertools.islice(code.co_positions(), offset // 2, None), (None,))[0]
    return zlib.crc32(text.encode()), line, offset


def describe_callable(fn: Any) -> str:
    """Return a name for a function without asking for its repr.

    Parameters
    ----------
    fn : callable

    Returns
    -------
    str
        Its name, the name of what a partial wraps, or the name of its type.
    """
    inner = getattr(fn, "func", fn)
    name = getattr(inner, "__name__", None)
    return name if isinstance(name, str) else type(fn).__name__


def lines_of(sites: Iterable[Site | None]) -> dict[str, list[int]]:
    """Collect the lines that appear in each cell.

    Parameters
    ----------
    sites : iterable of Site or None

    Returns
    -------
    dict
        Sorted line numbers by cell.
    """
    found: dict[str, set[int]] = {}
    for site in sites:
        if site is not None:
            found.setdefault(site.cell, set()).add(site.line)
    return {cell: sorted(lines) for cell, lines in sorted(found.items())}


def _characters(text: str, column: int | None) -> int:
    """Turn a column counted in bytes into one counted in characters."""
    if column is None or not text:
        return -1
    return len(text.encode()[:column].decode(errors="replace"))


def is_library(frame: FrameType) -> bool:
    """Tell whether a frame runs installed code, not the user's.

    Parameters
    ----------
    frame : frame

    Returns
    -------
    bool
    """
    if _is_installed(frame.f_code.co_filename):
        return True
    name = frame.f_globals.get("__name__")
    return isinstance(name, str) and name.partition(".")[0] in _LIBRARIES


@functools.lru_cache(maxsize=2048)
def _is_installed(filename: str) -> bool:
    return filename.startswith(_INSTALLED) or filename.startswith("<frozen")
