"""Load and unload: everything that IPython is given is taken back.

Note [The cell stays a cell]: a cell magic that runs its body itself loses something each time: a
raising cell is reported as fine, ``await`` does not work, cell events fire twice, line numbers are
the body's. So ``%%autograd`` is rewritten, as text, to the line ``%autograd cell``, which begins to
watch; IPython runs the rest as it runs every cell; and its event ``post_run_cell`` ends the watch.
"""

from __future__ import annotations

from typing import Any

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from autograd_nb.core import errors
from autograd_nb.magics.cell import Session, rewrite
from autograd_nb.magics.line import answer, variables
from autograd_nb.magics.options import complete, help_text
from autograd_nb.observe.cells import cell_label

NAME = "autograd"


@magics_class
class AutogradMagics(Magics):
    """The two magics of one shell, and what watches its cells.

    Parameters
    ----------
    shell : InteractiveShell
    """

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self.session = Session(shell)
        # Bound methods and functions made here are kept, to be found again when unloading.
        self.events = {
            "pre_run_cell": self.session.pre_run_cell,
            "post_run_cell": self.session.post_run_cell,
        }
        self.matcher = make_matcher(shell)

    # A `$` or a `{` in the line is the user's own text, not ours to replace.
    @no_var_expand
    @line_cell_magic
    def autograd(self, line: str, cell: str | None = None) -> None:
        """Take a line; what can be said in it follows from the table of options."""
        __tracebackhide__ = True
        if cell is None:
            answer(self.session, line)
            return
        # Here only when called as a function: a typed %%autograd was rewritten before.
        self.shell.run_cell(f"%%{NAME} {line}\n{cell}").raise_error()


AutogradMagics.autograd.__doc__ = help_text()


def make_matcher(shell: InteractiveShell) -> Any:
    """Make the function that IPython asks for completions.

    Parameters
    ----------
    shell : InteractiveShell
        Its variables are offered where a variable can stand.

    Returns
    -------
    callable
        Silent unless the line is one of ours.
    """

    @context_matcher()
    def autograd_matcher(context: CompletionContext) -> SimpleMatcherResult:
        line = context.line_with_cursor[: context.cursor_position]
        magic, *rest = line.lstrip().split(" ", 1)
        if not rest or magic not in (f"%{NAME}", f"%%{NAME}"):
            return SimpleMatcherResult(completions=[], suppress=False)
        words = rest[0].split() if rest[0].strip() else []
        if not words or rest[0][-1].isspace():
            words.append("")
        found = complete(words, magic.startswith("%%"), lambda: variables(shell))
        return SimpleMatcherResult(
            completions=[SimpleCompletion(text, type="magic") for text in found],
            # Without this, Python's names would join in.
            suppress=True,
            ordered=True,
            matched_fragment=words[-1],
        )

    return autograd_matcher


def load(shell: InteractiveShell) -> None:
    """Add the magics to a shell; a second time changes nothing.

    Parameters
    ----------
    shell : InteractiveShell
    """
    if loaded(shell) is not None:
        return
    magics = AutogradMagics(shell)
    shell.register_magics(magics)
    # Cleaning up comes first in IPython: what follows sees an ordinary cell.
    shell.input_transformers_cleanup.append(rewrite)
    for event, callback in magics.events.items():
        shell.events.register(event, callback)
    shell.Completer.custom_matchers.append(magics.matcher)
    errors.cell_namer = cell_label  # the notes of the engine's errors name the cell


def unload(shell: InteractiveShell) -> None:
    """Take everything away again; nothing happens where nothing was loaded.

    Parameters
    ----------
    shell : InteractiveShell
    """
    magics = loaded(shell)
    if magics is None:
        return
    magics.session.close()
    errors.cell_namer = None
    shell.Completer.custom_matchers.remove(magics.matcher)
    for event, callback in magics.events.items():
        shell.events.unregister(event, callback)
    shell.input_transformers_cleanup.remove(rewrite)
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop(NAME, None)
    del shell.magics_manager.registry[AutogradMagics.__name__]


def loaded(shell: InteractiveShell) -> Any:
    """Find the magics of a shell.

    Parameters
    ----------
    shell : InteractiveShell

    Returns
    -------
    AutogradMagics or None
        None where the extension is not loaded.
    """
    # By name: after a reload of this module, its class is another than the one that was loaded.
    return shell.magics_manager.registry.get(AutogradMagics.__name__)
