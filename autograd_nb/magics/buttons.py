"""What the buttons of a panel ask for.

A message is heard where the kernel hears of widgets: on its main thread when no cell runs.  While
one does, messages wait for its end; nothing here may depend on being heard at once.
"""

from __future__ import annotations

from typing import Any


def remove_hook(panel: Any, identity: int) -> None:
    """Remove a hook, and show that in the panel.

    Parameters
    ----------
    panel : Panel
    identity : int
        The ``id`` of its row.

    Raises
    ------
    LookupError
        It cannot be removed; the panel shows why.
    """
    from autograd_nb.observe.recorder import Recorder

    table = Recorder.shared_hooks
    try:
        table.remove(identity)
    finally:
        known = table.rows
        rows = [
            known[row["id"]].to_json() if row["id"] in known else {**row, "removed": True}
            for row in panel.hooks
        ]
        panel.update({"hooks": rows})
