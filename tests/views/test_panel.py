"""The panel without a browser: what is sent, what is shown elsewhere, and the page of to_html."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import autograd_nb as torch
from autograd_nb.observe.recorder import Recorder
from autograd_nb.views.widgets import panel as module
from autograd_nb.views.widgets.panel import STATIC, TRAITS, Panel
from tests.views.panel_states import small_state

EVIL = "</script><img src=x onerror=alert(1)>&\u2028"
WIDGET = "application/vnd.jupyter.widget-view+json"


class Wire:
    """Stands for the comm: remembers the messages of one panel."""

    def __init__(self, panel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[dict[str, Any]] = []
        monkeypatch.setattr(panel, "_send", lambda msg, buffers=None: self.sent.append(msg))


def test_no_word_of_the_protocol_is_one_that_the_bundle_renames() -> None:
    build = (Path(module.__file__).parent / "build.mjs").read_text("utf-8")
    begin = build.index("const INNER")
    renamed = set(re.findall(r"\w+", build[begin : build.index("];", begin)]))
    words: set[str] = set()

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            words.update(value)
            value = value.values()
        for item in value:
            if isinstance(item, (dict, list, tuple)):
                collect(item)

    weight = torch.ones(2, requires_grad=True)
    with Recorder({"weight": weight}, track="loss") as recorder:
        (weight * torch.inf).sum().backward()
    collect(recorder.panel_state())
    collect(small_state())
    assert len(renamed) > 40 and {"not_finite", "steps"} <= words
    assert not renamed & words


def test_bundle_is_small_enough_to_travel_with_every_panel() -> None:
    size = sum((STATIC / name).stat().st_size for name in ("panel.js", "panel.css"))
    assert 10_000 < size <= 64 * 1024


def test_bundle_asks_for_nothing_from_outside() -> None:
    esm = (STATIC / "panel.js").read_text("utf-8")
    css = (STATIC / "panel.css").read_text("utf-8")
    # The name of the SVG language looks like an address and is none.
    assert set(re.findall(r"https?://[^\"'`\s)]+", esm + css)) <= {"http://www.w3.org/2000/svg"}
    assert "@import" not in css and "url(" not in css
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "fetch(", "import("):
        assert word not in esm, word


def test_update_sends_what_changed_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = Panel()
    wire = Wire(panel, monkeypatch)
    state = small_state()
    panel.update({**state, "text": "seen in a terminal", "svg": "<svg/>"})
    assert [msg["method"] for msg in wire.sent] == ["update"]
    changed = [name for name in TRAITS if state.get(name) is not None]
    assert sorted(wire.sent[0]["state"]) == sorted(changed)
    # See Note [Packed traits].
    assert json.loads(wire.sent[0]["state"]["graph"]) == state["graph"]
    status = {**state["status"], "ops": 10}
    panel.update({**small_state(), "status": status, "text": "seen", "svg": ""})
    assert [sorted(msg["state"]) for msg in wire.sent[1:]] == [["status"]]


def test_a_tape_is_packed_pass_by_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = Panel()
    assert panel.get_state()["tape"] == '{"passes":[]}'
    one, two = small_state(passes=2)["tape"]["passes"]
    panel.update({"tape": {"passes": [one], "dropped": 0}})
    packed: list[Any] = []
    monkeypatch.setattr(module, "pack", lambda value: packed.append(value) or json.dumps(value))
    panel.update({"tape": {"passes": [one, two], "dropped": 3}})
    assert packed == [two, {"dropped": 3}]
    tape = json.loads(panel.get_state()["tape"])
    assert tape == {"passes": [one, two], "dropped": 3}


def ask(panel: Any, **message: Any) -> None:
    custom = {"method": "custom", "content": message}
    panel._handle_msg({"content": {"data": custom}, "buffers": []})


def test_every_message_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, heard = Panel(), []
    wire = Wire(panel, monkeypatch)
    ask(panel, type="hello")
    ask(panel, type="remove_hook", id=3)
    panel.on_remove_hook(heard.append)
    panel.on_scopes(heard.append)
    panel.on_step(lambda do, node: heard.append((do, node)))
    answers = [msg["content"] for msg in wire.sent]
    assert [(a["type"], a["can"]) for a in answers] == [
        ("reply", []),
        ("reply", []),
        ("reply", ["remove_hook"]),
        ("reply", ["remove_hook", "scopes"]),
        ("reply", ["remove_hook", "scopes", "step"]),
    ]
    assert [a["error"] for a in answers[:3]] == [None, "nothing here answers 'remove_hook'", None]
    ask(panel, type="remove_hook", id=3)
    ask(panel, type="scopes", collapsed=["net", "net.layer1"])
    ask(panel, type="step", do="next")
    ask(panel, type="step", do="to", node=7)
    assert heard == [3, ["net", "net.layer1"], ("next", None), ("to", 7)]
    assert {msg["content"]["error"] for msg in wire.sent[5:]} == {None}


def test_what_goes_wrong_is_said_in_the_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = Panel()
    wire = Wire(panel, monkeypatch)
    panel.on_step(lambda do, node: 1 / 0)
    ask(panel, type="step", do="next")
    ask(panel, type="step", do="jump")
    ask(panel, type="step")
    panel._heard(panel, "no dict", [])
    assert [msg["content"]["error"] for msg in wire.sent[1:]] == [
        "ZeroDivisionError: division by zero",
        "ValueError: a step is one of next, to, end, abort, not 'jump'",
        "KeyError: 'do'",
        "nothing here answers None",
    ]


def test_what_may_be_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = Panel()
    wire = Wire(panel, monkeypatch)
    assert [json.loads(panel.get_state()[name]) for name in ("loss", "stepper")] == [None, None]
    paused = {"state": "paused", "node": 3, "done": [4], "message": ""}
    panel.update({"stepper": paused})
    assert [json.loads(msg["state"]["stepper"]) for msg in wire.sent] == [paused]


def test_static_forms_stay_in_the_kernel() -> None:
    panel = Panel()
    assert {"text", "svg"}.isdisjoint(panel.get_state())


@pytest.mark.parametrize("make", [lambda: Panel(colour="red"), lambda: Panel().update({"x": 1})])
def test_unknown_keyword_is_an_error(make: Any) -> None:
    with pytest.raises(TypeError, match=r"^Panel has no '(colour|x)'; it takes status, source, "):
        make()


def test_unknown_keyword_changes_nothing() -> None:
    panel = Panel()
    with pytest.raises(TypeError):
        panel.update({"text": "half", "x": 1})
    assert panel.text == ""


def test_repr_is_stable() -> None:
    assert repr(Panel()) == repr(Panel(text="more")) == "<autograd panel>"


def test_bundle_of_forms() -> None:
    panel = Panel(text="x -> mul -> y", svg="<svg/>")
    data, metadata = panel._repr_mimebundle_()
    assert data["text/plain"] == "x -> mul -> y"
    assert data["image/svg+xml"] == "<svg/>"
    assert data[WIDGET]["model_id"] == panel.model_id
    assert metadata == {}
    empty, _ = Panel()._repr_mimebundle_()
    assert empty["text/plain"] == "<autograd panel>" and "image/svg+xml" not in empty


def test_page_holds_everything_and_reaches_for_nothing(tmp_path: Path) -> None:
    panel = Panel()
    panel.update({**small_state(), "text": "x -> y"})
    page = panel.to_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8") == page
    addresses = set(re.findall(r"(?:https?:)?//[a-z][\w.-]*\.[a-z]{2,}[^\"'`\s]*", page))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(?:src|href)=", page)
    assert "x -&gt; y" in page
    state = re.search(r'<script type="application/json" id="state">(.*?)</script>', page, re.S)
    assert state and json.loads(state[1])["graph"] == small_state()["graph"]


def test_names_with_markup_cannot_leave_their_place() -> None:
    state = small_state()
    state["graph"]["nodes"][0].update(label=EVIL, vars=[EVIL], source=EVIL)
    state["leaves"][0]["name"] = EVIL
    state["hooks"][0]["fn"] = EVIL
    state["source"]["lines"] = [EVIL]
    panel = Panel(text=EVIL)
    panel.update(state)
    page = panel.to_html()
    assert "<img" not in page and "onerror=alert(1)>" in page
    assert page.count("</script>") == 3 and page.count("<script") == 3


def test_numbers_that_json_lacks_become_words() -> None:
    panel = Panel()
    panel.update({"leaves": [{"norms": (float("nan"), -float("inf"), 1.5)}]})
    assert panel.get_state()["leaves"] == '[{"norms":["nan","-inf",1.5]}]'
    assert '"norms":["nan","-inf",1.5]' in panel.to_html()


def test_without_anywidget_the_static_forms_are_shown() -> None:
    panel = module.StaticPanel(text="x -> y")
    panel.update({"svg": "<svg/>", "status": {"state": "done"}})
    assert panel._repr_mimebundle_() == {"text/plain": "x -> y", "image/svg+xml": "<svg/>"}
    assert repr(panel) == "<autograd panel>"
    assert '"state":"done"' in panel.to_html()
    with pytest.raises(TypeError, match="Panel has no 'x'"):
        panel.update({"x": 1})
    code = (
        "import sys; sys.modules['anywidget'] = None\n"
        "from autograd_nb.views.widgets.panel import Panel\n"
        "print(Panel(text='hi')._repr_mimebundle_())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "{'text/plain': 'hi'}\n"
