"""``%autograd step``: a backward that waits between two nodes, as text and in a panel."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.inputtransformer2 import leading_empty_lines
from IPython.core.interactiveshell import InteractiveShell

from autograd_nb.magics.buttons import remove_hook
from autograd_nb.magics.cell import Cell
from autograd_nb.magics.line import find
from autograd_nb.magics.options import STEP_OPTIONS, STEPS, parse_command
from autograd_nb.magics.show import guarded, has_front_end, publish, show_live

if TYPE_CHECKING:
    from autograd_nb.magics.cell import Session
    from autograd_nb.observe.graph import Graph
    from autograd_nb.observe.stepper import Stepper

PROG = "%autograd step"


class Stepping:
    """A pass that is stepped in one shell, and the panel that shows it.

    Parameters
    ----------
    shell : InteractiveShell
    paused : Stepper
        Begun, and waiting.
    """

    def __init__(self, shell: InteractiveShell, paused: Stepper) -> None:
        self.paused = paused
        self.recorder = paused.recorder
        self.source = source_of(shell, paused.graph)
        self.panel: Any = None
        self._drawing = threading.Lock()
        paused.subscribe(self.draw)
        if has_front_end(shell):
            self.open_panel()

    def open_panel(self) -> None:
        """Put the panel under the cell."""
        with guarded("the panel"):
            from autograd_nb.views.widgets.panel import Panel

            panel = Panel()
            panel.update(self.state())
            panel.on_step(self.press)
            panel.on_remove_hook(partial(remove_hook, panel))
            show_live(panel)
            self.panel = panel

    def state(self) -> dict[str, Any]:
        """Say all that the panel shows, as plain data."""
        state: dict[str, Any] = self.paused.panel_state()
        state["source"] = self.source
        return state

    def draw(self) -> None:
        """Send the present state to the panel; a panel that failed is not tried again."""
        if self.panel is None:
            return
        # Where a front end uses subshells, a button is heard in another thread than the cell's.
        with self._drawing, guarded("the panel"):
            self.panel.update(self.state())
            return
        self.panel = None

    def text(self) -> str:
        """Say where the pass stands."""
        from autograd_nb.views.text import step_text

        state = self.state()
        passes = state["tape"]["passes"]
        last = passes[-1]["steps"][-1] if passes and passes[-1]["steps"] else None
        return step_text(self.paused.name, state["stepper"], last, state["leaves"])

    def carry_out(self, action: Callable[[], object]) -> None:
        """Step in a cell: wait until the pass stops again, and tell where.

        Parameters
        ----------
        action : callable
            One of the stepper's; what it raises, the cell raises.
        """
        __tracebackhide__ = True
        from autograd_nb.observe.stepper import StepError

        try:
            action()
        except StepError as error:
            raise UsageError(f"{PROG}: {error}") from None
        finally:
            # After an interrupt the pass runs on, and stops soon.
            self.follow()
        publish(self.text())

    # -- buttons --------------------------------------------------------------------------------

    def press(self, what: str, node: int | None) -> None:
        """Do what a button asks for, without waiting for it to be done.

        Parameters
        ----------
        what : str
            ``"next"``, ``"to"``, ``"end"`` or ``"abort"``.
        node : int or None
            Id of the node to run to.

        Raises
        ------
        StepError
            It cannot be done; the panel shows why.
        """
        paused = self.paused
        try:
            if what == "next":
                paused.release_next()
            elif what == "to":
                paused.release_to(node)
            elif what == "end":
                paused.release_end()
            else:
                paused.release_abort()
        finally:
            self.follow()

    def follow(self) -> None:
        """Draw the pass, and again on the kernel's loop for as long as it runs."""
        from autograd_nb.observe.pausing import TICK

        rests = self.paused.wait(TICK)
        if rests:
            # Nobody waits in a cell: the message tells of the error, and its frames are let go.
            self.paused.take_error()
        self.draw()
        if rests or self.panel is None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # no kernel's loop runs in this thread: the next question shows the state
        loop.call_later(TICK, self.follow)


def source_of(shell: InteractiveShell, graph: Graph) -> dict[str, Any]:
    """Find the cell that made most of a graph.

    Parameters
    ----------
    shell : InteractiveShell
    graph : Graph

    Returns
    -------
    dict
        The ``source`` of the panel protocol; without lines where the graph knows no cell.
    """
    cells = [node.site.cell for node in graph.nodes if node.site is not None]
    label = max(cells, key=cells.count, default="")
    typed = shell.history_manager.input_hist_raw if shell.history_manager is not None else []
    number = label.removeprefix("In[").removesuffix("]")
    if label.startswith("In[") and number.isdecimal() and int(number) < len(typed):
        return {"cell": label, "lines": leading_empty_lines(typed[int(number)].splitlines())}
    return {"cell": label, "lines": []}


def answer_step(session: Session, rest: list[str]) -> None:
    """Carry out one ``%autograd step`` line.

    Parameters
    ----------
    session : Session
    rest : list of str
        What follows ``step``.

    Raises
    ------
    UsageError
        The line asks for something that cannot be done.
    """
    __tracebackhide__ = True
    word, *others = rest or [""]
    if word and word not in [step.name for step in STEPS]:
        begin(session, rest)
        return
    stepping = session.stepping
    if stepping is None:
        raise UsageError(f"{PROG}: no backward is paused: name the variable to begin with")
    if not word:
        publish(stepping.text())
        return
    paused = stepping.paused
    if word == "next":
        count = _only(word, others, required=False) or "1"
        if not count.isdecimal():
            raise UsageError(f"{PROG} next: {count!r} is not a number of nodes")
        stepping.carry_out(partial(paused.next, int(count)))
    elif word == "to":
        node = _only(word, others, required=True)
        stepping.carry_out(partial(paused.to, node))
    else:
        if others:
            raise UsageError(f"{PROG} {word}: {others[-1]!r} is one word too many")
        stepping.carry_out(paused.end if word == "end" else paused.abort)


def _only(word: str, others: list[str], *, required: bool) -> str:
    if len(others) > 1:
        raise UsageError(f"{PROG} {word}: {others[-1]!r} is one word too many")
    if required and not others:
        raise UsageError(f"{PROG} {word}: name a node or a variable")
    return others[0] if others else ""


def begin(session: Session, rest: list[str]) -> None:
    """Begin a pass that waits before its first node.

    Parameters
    ----------
    session : Session
    rest : list of str
        A variable, and options.

    Raises
    ------
    UsageError
        There is no such variable, or its backward cannot be stepped.
    """
    __tracebackhide__ = True
    from autograd_nb.magics.arranged import Arrangement
    from autograd_nb.observe.stepper import StepError, Stepper

    known, names = parse_command("step", STEP_OPTIONS, rest)
    if len(names) != 1:
        raise UsageError(
            f"{PROG}: {names[-1]!r} is one word too many" if names else f"{PROG}: name a variable"
        )
    shell, name = session.shell, names[0]
    gradient = None if known.gradient is None else find(shell, known.gradient)
    try:
        paused = Stepper(
            find(shell, name),
            gradient,
            retain_graph=known.retain_graph or None,
            create_graph=known.create_graph,
            name=name,
            namespace=lambda: shell.user_ns,
            cell=Cell.of(shell, "").label,
            arrange=Arrangement(),
        ).start()
    except StepError as error:
        raise UsageError(f"{PROG}: {error}") from None
    session.stepping = Stepping(shell, paused)
    publish(session.stepping.text())
