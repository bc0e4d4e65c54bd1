"""The live panel under a cell: an anywidget whose traits are the panel protocol.

The panel draws plain data that others made.  Its browser part is the committed bundle in
``static/``; the same bundle with the same data makes the one-file page of :meth:`Panel.to_html`.
Beside the live view the output always holds a text and an SVG form, which is what a terminal, a
saved notebook or a web viewer without widgets shows.

Note [Packed traits]
A trait travels as one string of JSON.  Sent as a structure, ipywidgets 8.1 looks through every
element for binary buffers in Python before the session encodes what is left.  Of a tape, only
the passes that are not yet packed are encoded: a pass that is over does not change.

Note [What the reader asks]
The panel asks by custom message and is answered by one: ``{"type": "reply", "can": [...],
"error": ...}``.  Its first message only says hello.  The browser offers what an answer has listed,
so that a saved page, a dead kernel and a kernel that cannot do it look as what they are.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

try:
    import anywidget
    import traitlets
except ImportError:  # The static forms need neither.
    anywidget = traitlets = None

__all__ = ["Panel", "StaticPanel"]

STATIC = Path(__file__).parent / "static"
TRAITS: dict[str, Callable[[], Any]] = {
    "status": dict,
    "source": dict,
    "graph": dict,
    "tape": dict,
    "leaves": list,
    "hooks": list,
    "loss": type(None),
    "stepper": type(None),
}
"""What the browser is sent, by name; each is sent whole. See Note [Packed traits]."""

STEPS = ("next", "to", "end", "abort")

FORMS = ("text", "svg")
"""Static forms: they stay in the kernel and are part of the output."""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>autograd_nb</title>
<style>
html {{ background: light-dark(#ffffff, #0e1013); }}
body {{ margin: 16px auto; padding: 0 12px; max-width: 1280px; }}
{css}
</style>
</head>
<body>
<div id="panel"></div>
<noscript><pre>{text}</pre></noscript>
<script type="application/json" id="state">{state}</script>
<script type="text/plain" id="module">{esm}</script>
<script type="module">
const read = (id) => document.getElementById(id).textContent;
const state = JSON.parse(read("state"));
const model = {{
  get: (key) => state[key],
  set: (key, value) => {{ state[key] = value; }},
  on() {{}},
  off() {{}},
  save_changes() {{}},
  send() {{}},
}};
const url = URL.createObjectURL(new Blob([read("module")], {{ type: "text/javascript" }}));
const widget = await (await import(url)).default();
URL.revokeObjectURL(url);
widget.render({{ model, el: document.getElementById("panel") }});
</script>
</body>
</html>
"""


class _Forms:
    """What the panel is without a browser: its data, its static forms, its page."""

    def __init__(self, **state: Any) -> None:
        _check(state)
        super().__init__(**state)

    def __repr__(self) -> str:
        # Nothing here may differ between two runs of one cell: nbval compares it.
        return "<autograd panel>"

    def update(self, state: dict[str, Any]) -> None:
        """Show another state.

        Parameters
        ----------
        state : dict
            Any of ``status, source, graph, tape, leaves, hooks, loss, stepper`` (sent to the
            browser, in one message and only where they differ) and of ``text, svg`` (static
            forms).  The values are kept, not copied: give others next time, do not change these.

        Raises
        ------
        TypeError
            If a key is not one of these.
        """
        _check(state)
        self._assign(state)

    def _assign(self, state: dict[str, Any]) -> None:
        raise NotImplementedError

    def on_scopes(self, answer: Callable[[list[str]], object]) -> None:
        """Say who lays out the graph anew when the reader closes or opens parts of it.

        Parameters
        ----------
        answer : callable
            Given the ids of all closed scopes.  Like every answer to the reader it may be called
            in any thread; what it raises is shown in the panel.
        """
        self._answer("scopes", lambda asked: answer([str(one) for one in asked["collapsed"]]))

    def on_remove_hook(self, answer: Callable[[int], object]) -> None:
        """Say who removes a hook when the reader presses its button.

        Parameters
        ----------
        answer : callable
            Given the id of the hook.
        """
        self._answer("remove_hook", lambda asked: answer(int(asked["id"])))

    def on_step(self, answer: Callable[[str, int | None], object]) -> None:
        """Say who moves a paused backward when the reader asks for it.

        Parameters
        ----------
        answer : callable
            Given what to do, ``"next"``, ``"to"``, ``"end"`` or ``"abort"``, and the id of the
            node to run to, None but for ``"to"``.
        """

        def step(asked: dict[str, Any]) -> object:
            what = asked["do"]
            if what not in STEPS:
                raise ValueError(f"a step is one of {', '.join(STEPS)}, not {what!r}")
            return answer(what, int(asked["node"]) if what == "to" else None)

        self._answer("step", step)

    def _answer(self, what: str, answer: Callable[[dict[str, Any]], object]) -> None:
        """Answer one kind of message from now on; without a browser nobody asks."""

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Give the panel as one page that works without a kernel and without a network.

        Parameters
        ----------
        path : str or path-like, optional
            File to write, UTF-8.

        Returns
        -------
        str
            The page.
        """
        state = {name: getattr(self, name) for name in TRAITS}
        page = PAGE.format(
            css=(STATIC / "panel.css").read_text("utf-8"),
            esm=(STATIC / "panel.js").read_text("utf-8").replace("</script", "<\\/script"),
            # Without "<" no text of the user's can end the script element.
            state=pack(state).replace("<", "\\u003c"),
            text=_escape(self._text()),
        )
        if path is not None:
            Path(path).write_text(page, "utf-8")
        return page

    def _text(self) -> str:
        text: str = self.text  # type: ignore[attr-defined]
        return text or repr(self)

    def _static_bundle(self) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": self._text()}
        svg: str = self.svg  # type: ignore[attr-defined]
        if svg:
            bundle["image/svg+xml"] = svg
        return bundle


def pack(value: Any) -> str:
    """Write data as JSON that a browser can read.

    Parameters
    ----------
    value : dict, list, str, number, bool or None

    Returns
    -------
    str
        With ``"nan"``, ``"inf"`` and ``"-inf"`` for the numbers that JSON does not have.
    """
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError:
        # The protocol has text there already; this is for what slipped through.
        return json.dumps(_finite(value), allow_nan=False, separators=(",", ":"))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _packed(value: Any, widget: Any) -> str:
    return pack(value)


def _packed_tape(value: dict[str, Any], widget: Any) -> str:
    kept: dict[int, tuple[Any, str]] = widget._packed_passes or {}
    fresh: dict[int, tuple[Any, str]] = {}
    for item in value.get("passes", ()):
        entry = kept.get(id(item))
        # The entry holds its pass, so that no other can have taken its id.
        fresh[id(item)] = entry if entry is not None else (item, pack(item))
    widget._packed_passes = fresh
    rest = pack({key: item for key, item in value.items() if key != "passes"})
    passes = ",".join(text for _, text in fresh.values())
    return f'{{"passes":[{passes}]{"," if len(rest) > 2 else ""}{rest[1:]}'


def _check(state: dict[str, Any]) -> None:
    known = [*TRAITS, *FORMS]
    for key in state:
        if key not in known:
            raise TypeError(f"Panel has no {key!r}; it takes {', '.join(known)}")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class StaticPanel(_Forms):
    """The panel without a browser, or where anywidget is missing: the same data, static forms."""

    def __init__(self, **state: Any) -> None:
        for name, kind in TRAITS.items():
            setattr(self, name, kind())
        self.text = self.svg = ""
        _check(state)
        self._assign(state)

    def _assign(self, state: dict[str, Any]) -> None:
        for key, value in state.items():
            setattr(self, key, value)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return self._static_bundle()


if anywidget is None:
    Panel = StaticPanel
else:

    class Panel(_Forms, anywidget.AnyWidget):  # type: ignore[no-redef]
        """The live view of a cell.

        Parameters
        ----------
        **state
            The traits of the panel protocol (``status, source, graph, tape, leaves, hooks,
            loss, stepper``) and the static forms ``text`` and ``svg``.

        Raises
        ------
        TypeError
            If a keyword is not one of these.
        """

        _esm = STATIC / "panel.js"
        _css = STATIC / "panel.css"

        status = traitlets.Dict().tag(sync=True, to_json=_packed)
        source = traitlets.Dict().tag(sync=True, to_json=_packed)
        graph = traitlets.Dict().tag(sync=True, to_json=_packed)
        tape = traitlets.Dict().tag(sync=True, to_json=_packed_tape)
        leaves = traitlets.List().tag(sync=True, to_json=_packed)
        hooks = traitlets.List().tag(sync=True, to_json=_packed)
        loss = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True, to_json=_packed)
        stepper = traitlets.Dict(default_value=None, allow_none=True).tag(
            sync=True, to_json=_packed
        )
        _packed_passes: dict[int, tuple[Any, str]] | None = None
        text = traitlets.Unicode()
        svg = traitlets.Unicode()

        def __init__(self, **state: Any) -> None:
            self._answers: dict[str, Callable[[dict[str, Any]], object]] = {}
            super().__init__(**state)
            self.on_msg(self._heard)

        def _answer(self, what: str, answer: Callable[[dict[str, Any]], object]) -> None:
            self._answers[what] = answer
            self._reply(None)

        def _heard(self, widget: Any, asked: Any, buffers: Any) -> None:
            """Answer a message; see Note [What the reader asks]."""
            what = asked.get("type") if isinstance(asked, dict) else None
            error = None
            if what in self._answers:
                try:
                    self._answers[what](asked)
                except Exception as failure:  # The reader is told; the cell is not theirs to end.
                    error = f"{type(failure).__name__}: {failure}"
            elif what != "hello":
                error = f"nothing here answers {what!r}"
            self._reply(error)

        def _reply(self, error: str | None) -> None:
            self.send({"type": "reply", "can": list(self._answers), "error": error})

        def _assign(self, state: dict[str, Any]) -> None:
            with self.hold_sync():
                for key, value in state.items():
                    setattr(self, key, value)

        def _repr_mimebundle_(
            self, **kwargs: Any
        ) -> tuple[dict[str, Any], dict[str, Any]] | dict[str, Any]:
            live = super()._repr_mimebundle_(**kwargs)
            if live is None:
                return self._static_bundle()
            data, metadata = live
            return {**data, **self._static_bundle()}, metadata
