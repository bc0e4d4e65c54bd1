"""``%autograd``: questions about what was recorded, and about any variable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from autograd_nb.magics.options import (
    COMMANDS,
    HOOKS_OPTIONS,
    help_text,
    near,
    parse,
    parse_command,
    split,
)
from autograd_nb.magics.show import publish
from autograd_nb.observe.protocol import is_tensor

if TYPE_CHECKING:
    from autograd_nb.magics.cell import Session
    from autograd_nb.observe.graph import Graph


def variables(shell: InteractiveShell) -> list[str]:
    """List the user's tensors by name, for completion.

    Parameters
    ----------
    shell : InteractiveShell

    Returns
    -------
    list of str
        In alphabetical order.
    """
    names = list(shell.user_ns.items())
    return sorted(name for name, value in names if not name.startswith("_") and is_tensor(value))


def find(shell: InteractiveShell, name: str) -> Any:
    """Look up a tensor of the user's.

    Parameters
    ----------
    shell : InteractiveShell
    name : str
        A variable, or something reached from one: ``net.weight``, ``losses[0]``.

    Returns
    -------
    TensorLike

    Raises
    ------
    UsageError
        There is no such variable, or it is not a tensor.
    """
    try:
        value = shell.ev(name)
    except NameError as error:
        missing = getattr(error, "name", None) or name
        hint = near(missing, variables(shell))
        raise UsageError(f"%autograd: no variable named {missing!r}{hint}") from None
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise UsageError(f"%autograd: {name!r} gives {reason}") from None
    if not is_tensor(value):
        raise UsageError(f"%autograd: {name!r} is a {type(value).__name__}, not a tensor")
    return value


def answer(session: Session, line: str) -> None:
    """Carry out one ``%autograd`` line.

    Parameters
    ----------
    session : Session
        Of the shell that the line was typed into.
    line : str
        What follows the name of the magic.

    Raises
    ------
    UsageError
        The line asks for something that there is not.
    """
    __tracebackhide__ = True
    words = split(line)
    name, rest = (words[0], words[1:]) if words else ("help", [])
    command = next((command for command in COMMANDS if command.name == name), None)
    if command is None:
        hint = near(name, (command.name for command in COMMANDS))
        raise UsageError(f"%autograd: unknown command {name!r}{hint or '; see %autograd help'}")
    if command.argument != "OPTIONS" and not command.options:
        if len(rest) > (command.argument != ""):
            raise UsageError(f"%autograd {name}: {rest[-1]!r} is one word too many")
        if command.required and not rest:
            what = "file" if command.argument == "FILE" else "variable"
            raise UsageError(f"%autograd {name}: name a {what}")
    ANSWERS[name](session, rest)


def _graph(session: Session, rest: list[str]) -> None:
    from autograd_nb.magics.still import norms, picture
    from autograd_nb.observe.snapshot import snapshot
    from autograd_nb.views.text import graph_text

    graph: Graph | None
    if rest:
        graph = snapshot(find(session.shell, rest[0]), session.shell.user_ns)
        missing = f"{rest[0]} has no graph: it was not computed from anything that requires grad"
        gradients: dict[int, float | None] = {}
    else:
        last = session.recorder
        graph = None if last is None else last.graph
        missing = "nothing was watched yet: put %%autograd on top of a cell, or name a variable"
        gradients = {} if last is None else norms(last)
    if graph is None or not graph.nodes:
        publish(missing)
    else:
        publish(graph_text(graph), picture(graph, gradients))


def _grads(session: Session, rest: list[str]) -> None:
    from autograd_nb.views.text import grads_text, ledger_text

    found = leaves(session)
    told = [grads_text(found)]
    if any(leaf["ledger"] for leaf in found):
        told.append(ledger_text(found))
    publish("\n\n".join(told))


def _hooks(session: Session, rest: list[str]) -> None:
    from autograd_nb.observe.recorder import Recorder
    from autograd_nb.views.text import hooks_text

    known, words = parse_command("hooks", HOOKS_OPTIONS, rest)
    if words:
        raise UsageError(f"%autograd hooks: {words[-1]!r} is one word too many")
    # Of every watched cell: a hook stays registered when the next cell is watched.
    table = Recorder.shared_hooks
    if known.remove is not None:
        try:
            table.remove(known.remove)
        except LookupError as error:
            raise UsageError(f"%autograd hooks: {error.args[0]}") from None
    publish(hooks_text([row.to_json() for row in table.rows.values()], ids=True))


def _memory(session: Session, rest: list[str]) -> None:
    from autograd_nb.observe.memory import memory
    from autograd_nb.views.text import memory_text

    publish(memory_text([graph.to_json() for graph in memory(session.shell.user_ns)]))


def _step(session: Session, rest: list[str]) -> None:
    __tracebackhide__ = True
    from autograd_nb.magics.step import answer_step

    answer_step(session, rest)


def _why(session: Session, rest: list[str]) -> None:
    from autograd_nb.observe.explain import explain_grad

    publish(str(explain_grad(find(session.shell, rest[0]), session.shell.user_ns)))


def _save(session: Session, rest: list[str]) -> None:
    watched = session.watched or session.last
    if watched is None:
        publish("nothing was watched yet: put %%autograd on top of a cell")
        return
    try:
        watched.save(Path(rest[0]).expanduser())
    except OSError as error:
        raise UsageError(f"%autograd save: {error.strerror}: {rest[0]!r}") from None
    publish(f"{rest[0]} shows {watched.cell.label}")


def leaves(session: Session) -> list[dict[str, Any]]:
    """List the leaves among the user's variables, with what is known of their gradients.

    Parameters
    ----------
    session : Session

    Returns
    -------
    list of dict
        The ``leaves`` of the panel protocol, in the order of the variables' names.
    """
    from autograd_nb.observe.names import Names
    from autograd_nb.observe.recorder import Recorder, measure

    ledger = Recorder.shared_ledger
    names = Names(session.shell.user_ns)
    found: dict[int, dict[str, Any]] = {}
    for tensor in names.tensors.values():
        if not (tensor.requires_grad and tensor.is_leaf):
            continue
        identity = ledger.id_of(tensor)
        ledger.rename(identity, names.of_tensor(tensor)[0])
        # The record says what was watched; the tensor says what it holds now.
        stat = measure(tensor.grad)
        found[identity] = {
            **ledger.records[identity].to_json(),
            "grad": None if stat is None else stat.to_json(),
        }
    return sorted(found.values(), key=lambda leaf: str(leaf["name"]))


def _help(session: Session, rest: list[str]) -> None:
    print(help_text())


def _cell(session: Session, rest: list[str]) -> None:
    session.begin(parse(rest))


def _watch(session: Session, rest: list[str]) -> None:
    session.every = parse(rest)


def _off(session: Session, rest: list[str]) -> None:
    session.every = None
    session.end(None)


ANSWERS: dict[str, Callable[[Session, list[str]], None]] = {
    "graph": _graph,
    "grads": _grads,
    "hooks": _hooks,
    "why": _why,
    "save": _save,
    "memory": _memory,
    "step": _step,
    "watch": _watch,
    "cell": _cell,
    "off": _off,
    "help": _help,
}
