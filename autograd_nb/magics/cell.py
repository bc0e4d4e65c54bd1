"""``%%autograd``: which cell is being watched, and what is shown of it while it runs."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError
from IPython.core.inputtransformer2 import cell_magic, leading_empty_lines
from IPython.core.interactiveshell import InteractiveShell

from autograd_nb.magics.buttons import remove_hook
from autograd_nb.magics.options import Choice
from autograd_nb.magics.show import guarded, has_front_end, publish, show_live

FIRST_LINE = re.compile(r"%%autograd(?=\s|$)")


def rewrite(lines: list[str]) -> list[str]:
    """Turn ``%%autograd`` on top of a cell into a line; see Note [The cell stays a cell].

    Parameters
    ----------
    lines : list of str
        The cell. IPython also asks only to learn whether it is complete: nothing happens here.

    Returns
    -------
    list of str
        As many lines, so that line numbers stay, unless another cell magic follows.
    """
    if not lines or not FIRST_LINE.match(lines[0]):
        return lines
    options = FIRST_LINE.sub("", lines[0], count=1).strip()
    # Below our line another cell magic is no longer on top, where IPython looks for it.
    return [f"%autograd cell {options}".rstrip() + "\n", *cell_magic(lines[1:])]


@dataclass(frozen=True)
class Cell:
    """The text of a cell as the user sees it.

    Parameters
    ----------
    label : str
        ``In[3]``.
    lines : tuple of str
        Line 1 is the first that is not empty, as in tracebacks.
    """

    label: str
    lines: tuple[str, ...]

    @classmethod
    def of(cls, shell: InteractiveShell, text: str) -> Cell:
        """Take the text of the running cell.

        Parameters
        ----------
        shell : InteractiveShell
        text : str
            As it was typed.

        Returns
        -------
        Cell
        """
        from autograd_nb.observe.cells import caller_frame, cell_label

        frame = caller_frame()
        # Before its first line runs, a cell has no code yet: it will get the next number. While
        # it runs, the counter may be ahead of it already (IPython 9).
        label = None if frame is None else cell_label(frame.f_code.co_filename)
        kept = leading_empty_lines(text.splitlines())
        return cls(label or f"In[{shell.execution_count}]", tuple(kept))


class Watched:
    """One cell that is being watched, from its first line to its end.

    Parameters
    ----------
    shell : InteractiveShell
    choice : Choice
        What was asked for.
    cell : Cell
    late : bool
        Show the panel only when something happens, for cells that nobody asked to watch by name.
    """

    def __init__(self, shell: InteractiveShell, choice: Choice, cell: Cell, late: bool) -> None:
        from autograd_nb.magics.arranged import Arrangement
        from autograd_nb.observe.recorder import Recorder

        self.choice = choice
        self.cell = cell
        self.late = late
        self.panel: Any = None
        self.live = has_front_end(shell) and not (choice.static or choice.quiet)
        self.thread = threading.get_ident()
        self.next_picture = 0.0
        self.ending: tuple[str, str] | None = None
        self.arrangement = Arrangement()
        self.recorder = Recorder(
            lambda: shell.user_ns,
            cell=cell.label,
            text="\n".join(cell.lines),
            keep=choice.limit,
            track=choice.track,
            arrange=self.arrangement,
        )

    def begin(self) -> None:
        """Start to record, and show the panel at once, before the first line of the cell runs."""
        if self.live and not self.late:
            self.open_panel()
        self.recorder.subscribe(self.changed)
        self.recorder.start()

    def open_panel(self) -> None:
        """Put the panel under the cell; without it the cell still gets its text and picture."""
        with guarded("the panel"):
            from autograd_nb.views.widgets.panel import Panel

            panel = Panel()
            panel.update(self.state())
            panel.on_remove_hook(partial(remove_hook, panel))
            panel.on_scopes(partial(self.close_parts, panel))
            show_live(panel)
            self.panel = panel
            return
        self.live = False

    def close_parts(self, panel: Any, collapsed: list[str]) -> None:
        """Draw the graph with these parts closed and all others open, as the reader asked.

        Parameters
        ----------
        panel : Panel
        collapsed : list of str
        """
        self.arrangement.choose(collapsed)
        panel.update({"graph": self.recorder.rearranged()})

    def changed(self) -> None:
        """Draw what the recorder saw, if it is time to; called from the code that runs."""
        now = time.perf_counter()
        # A widget speaks for the thread that made it; others go on unseen until that one does.
        if not self.live or now < self.next_picture or threading.get_ident() != self.thread:
            return
        if self.panel is None:
            if not self.recorder.seen:
                return
            self.open_panel()
        self.draw()
        self.next_picture = now + 1 / self.choice.rate

    def draw(self) -> None:
        """Send the present state to the panel; a panel that failed is not tried again."""
        if not self.live:
            return
        with guarded("the panel"):
            self.panel.update(self.state())
            return
        self.live = False

    def state(self) -> dict[str, Any]:
        """Say all that the panel shows, as plain data."""
        state: dict[str, Any] = self.recorder.panel_state()
        state["source"] = {"cell": self.cell.label, "lines": list(self.cell.lines)}
        if self.ending is not None:
            name, message = self.ending
            own = state["status"]["message"]
            state["status"].update(state=name, message=message or own)
        return state

    def finish(self, error: BaseException | None) -> None:
        """Stop recording; show the last state, and the text and picture that stay.

        Parameters
        ----------
        error : BaseException or None
            What ended the cell, if it did not end by itself.
        """
        self.ending = outcome(error)
        self.next_picture = 0.0
        self.recorder.stop(self.ending[0])
        if self.recorder.failed:
            print(f"autograd_nb: {self.recorder.message}", file=sys.stderr)
        nothing = not self.recorder.seen and (self.live or self.late)
        if self.choice.quiet or nothing:
            return
        with guarded("the picture"):
            text, drawn = self.still(self.state())
            if self.panel is not None:
                # Shown or saved as a page again, the panel says the same.
                self.panel.update({"text": text, "svg": drawn})
            publish(text, drawn)

    def still(self, state: dict[str, Any]) -> tuple[str, str]:
        """Tell of the cell in text, and draw its graph.

        Parameters
        ----------
        state : dict
            What the panel shows.

        Returns
        -------
        tuple of (str, str)
            The text, and the picture as SVG.
        """
        from autograd_nb.magics.still import still

        return still(self.recorder, state, self.choice.parts)

    def save(self, path: Path) -> None:
        """Write the panel as one page.

        Parameters
        ----------
        path : Path
        """
        from autograd_nb.views.widgets.panel import StaticPanel

        state = self.state()
        text, _ = self.still(state)
        state["graph"] = self.arrangement.whole(self.recorder.graph)
        StaticPanel(**state, text=text).to_html(path)

    def abandon(self) -> None:
        """Stop recording without a text: the cell goes on, or the extension is taken away."""
        self.ending = outcome(None)
        self.recorder.stop()


def _error_of(result: Any) -> BaseException | None:
    error: BaseException | None = result.error_before_exec or result.error_in_exec
    return error


def outcome(error: BaseException | None) -> tuple[str, str]:
    """Name how a cell ended, as the panel's status does.

    Parameters
    ----------
    error : BaseException or None

    Returns
    -------
    state : str
        ``"done"``, ``"error"`` or ``"interrupted"``.
    message : str
        First line of the error.
    """
    if error is None:
        return "done", ""
    # A cell that awaits is cancelled by the interrupt button, where others are interrupted.
    if isinstance(error, KeyboardInterrupt | asyncio.CancelledError):
        return "interrupted", ""
    return "error", f"{type(error).__name__}: {error}".partition("\n")[0]


class Session:
    """What is being watched in one shell, and the last recording.

    Parameters
    ----------
    shell : InteractiveShell
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.running: list[Any] = []
        """What IPython says of the cells that run now, the innermost last."""
        self.watched: Watched | None = None
        self.owner: Any = None
        """Which of the running cells the watched one is; None while that is not known."""
        self.every: Choice | None = None
        """What to show of every cell, while ``%autograd watch`` holds."""
        self.stepping: Any = None
        """The last pass that was stepped."""
        self.last: Watched | None = None

    # ---- events of IPython --------------------------------------------------------------------
    def pre_run_cell(self, info: Any) -> None:
        """Note that a cell begins."""
        if not self.running:
            # A silent cell has no end that we hear of; the next beginning is as good.
            self.end(None)
        self.running.append(info)
        if self.every is not None and self.watched is None:
            with guarded("watching"):
                self.begin(self.every, late=True)

    def post_run_cell(self, result: Any) -> None:
        """End the watch with its cell, however that ended."""
        # A cell that awaited and was interrupted ends without a result (ipykernel), or with one
        # that tells of no cell we know (IPython).
        info = getattr(result, "info", None)
        strange = all(info is not other for other in self.running)
        if strange or self.owner is None or self.owner is info:
            self.end(KeyboardInterrupt() if result is None else _error_of(result))
        self.running = [other for other in self.running if not (strange or other is info)]

    @property
    def recorder(self) -> Any:
        """The recorder of the cell that is watched now, or else of the last that was."""
        watched = self.watched or self.last
        return None if watched is None else watched.recorder

    # ---- watching -----------------------------------------------------------------------------
    def begin(self, choice: Choice, *, late: bool = False) -> None:
        """Watch the cell that runs now.

        Parameters
        ----------
        choice : Choice
            What to show.
        late : bool, default False
            Show nothing before something happens.

        Raises
        ------
        UsageError
            The cell is watched already.
        """
        if self.watched is not None:
            if not self.watched.late:
                raise UsageError("%%autograd: this cell is watched already")
            # What is asked for by name goes before what is asked for every cell.
            self.watched.abandon()
        self.owner = self.running[-1] if self.running else None
        text = self.owner.raw_cell if self.owner is not None else ""
        self.watched = Watched(self.shell, choice, Cell.of(self.shell, text), late)
        self.watched.begin()

    def end(self, error: BaseException | None) -> None:
        """Stop watching the cell that runs now, if one is watched.

        Parameters
        ----------
        error : BaseException or None
            What ended the cell, if it did not end by itself.
        """
        if self.watched is None:
            return
        watched, self.watched, self.owner = self.watched, None, None
        watched.finish(error)
        # With every cell watched, one without gradients does not take the last recording away.
        if self.last is None or watched.recorder.seen:
            self.last = watched

    def close(self) -> None:
        """Stop everything; a paused pass is aborted, and the recording is forgotten."""
        self.every = None
        if self.stepping is not None:
            self.stepping.paused.close()
            self.stepping = None
        if self.watched is not None:
            self.watched.abandon()
        self.watched = self.last = None
