"""The explorer as a reader uses it: search, links, parts, stepping, and kernels that go away."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import expect, picture
from tests.browser.lab import PANEL, Lab

BEGIN = "%load_ext autograd_nb\nimport autograd_nb as torch"
SMALL = """%%autograd
torch.manual_seed(0)
x = torch.randn(8, 3)
w = torch.randn(3, 4, requires_grad=True)
h = (x @ w).tanh()
h.register_hook(lambda g: g * 0.5)
loss = h.pow(2).mean()
loss.backward()"""
PAUSED = """torch.manual_seed(0)
w = torch.randn(3, 4, requires_grad=True)
v = torch.randn(4, requires_grad=True)
loss = (w.tanh() @ v).pow(2).sum()
%autograd step loss"""
PARTS = """from autograd_nb.views.widgets.panel import Panel
from tests.views.panel_states import small_state
state = small_state()
whole = state["graph"]
net = next(one for one in whole["scopes"] if one["id"] == "net")
box = {**whole["nodes"][1], "id": 1000, "kind": "scope", "scope": "net", "count": 5}
box.update(name="net", label="net", vars=[], w=74, h=44)
inside = set(net["nodes"])
less = {**whole, "key": 8, "collapsed": ["net"],
        "nodes": [box, *(n for n in whole["nodes"] if n["id"] not in inside)],
        "edges": [{**e, "src": 1000, "merged": [e["id"]]} if e["src"] in inside else e
                  for e in whole["edges"] if e["dst"] not in inside]}
panel = Panel(**state)
said = []
def lay_out(collapsed):
    said.append(collapsed)
    panel.update({"graph": less if "net" in collapsed else whole})
panel.on_scopes(lay_out)
panel"""
SEARCH = ".agnb input[type=search]"


def labels(page: Any, which: str = "") -> list[str]:
    return sorted(page.locator(f".agnb .node{which} .label").all_text_contents())


def wait_for_labels(page: Any, expected: Collection[str], which: str = "") -> None:
    """Wait until just these boxes are drawn, in whatever order."""
    page.wait_for_function(
        """([which, expected]) => {
            const drawn = [...document.querySelectorAll(`.agnb .node${which} .label`)];
            return drawn.map(one => one.textContent).sort().join() === expected.sort().join();
        }""",
        arg=[which, list(expected)],
    )


def watched(lab: Lab, page: Any, name: str, *more: str, front: str = "lab/tree") -> None:
    lab.open(page, name, [BEGIN, SMALL, *more], front=front)
    lab.run(page, 0)
    lab.run(page, 1)
    page.wait_for_selector(".agnb .word:text('done')")
    page.wait_for_selector(".agnb .node")


def explore(page: Any, shoot: Callable[[str], None]) -> None:
    """Search, and follow the link between lines and nodes."""
    page.fill(SEARCH, "tanh")
    page.wait_for_selector(".agnb .found:text('1 node')")
    page.press(SEARCH, "Enter")
    page.wait_for_selector(".agnb .detail h3:has-text('TanhBackward0')")
    page.wait_for_selector(".agnb .found:text('1 of 1')")
    shoot("found")
    # The notebook has not taken the keys: the cell is not run again, no cell is made.
    expect(page.locator(SEARCH)).to_be_focused()
    page.fill(SEARCH, "")
    page.hover(".agnb .code li:nth-child(5)")
    wait_for_labels(page, ["mm", "tanh"], "[data-hot]")
    page.hover(".agnb .node:has-text('mean')")
    page.wait_for_selector(".agnb li[data-hot]:has-text('loss = h.pow(2).mean()')")
    shoot("linked")


def scrub(page: Any) -> None:
    page.focus(".agnb input[type=range]")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".agnb .now b:has-text('MeanBackward0')")


def test_search_links_and_a_removed_hook(lab: Lab, page: Any, shoot: Callable[[str], None]) -> None:
    watched(lab, page, "explore.ipynb")
    explore(page, shoot)
    page.click(".agnb [role=tab]:has-text('Hooks')")
    page.click(".agnb .hooktable button:not([disabled])")
    page.wait_for_selector(".agnb .hooktable .badge:text('removed')")
    expect(page.locator(".agnb .notice")).to_be_hidden()
    shoot("hook-removed")


def test_notebook_7(lab: Lab, page: Any, shoot: Callable[[str], None]) -> None:
    watched(lab, page, "classic.ipynb", front="notebooks")
    explore(page, shoot)
    scrub(page)
    shoot("scrubbed")


def test_parts_are_laid_out_by_the_kernel(
    lab: Lab, page: Any, shoot: Callable[[str], None]
) -> None:
    lab.open(page, "parts.ipynb", [PARTS, "print(said)"])
    lab.run(page, 0)
    page.wait_for_selector(".agnb .node")
    whole = labels(page)
    # The panel itself shows the part closed; then the kernel's own drawing comes.
    page.click(".agnb .node:has-text('tanh')")
    page.click(".agnb .scopes button:text('net') >> nth=0")
    page.wait_for_selector(".agnb .node[data-node='1000']")
    expect(page.locator(".agnb .node .label:text-is('net')")).to_have_count(1)
    expect(page.locator(".agnb .node .label:text-is('tanh')")).to_have_count(0)
    shoot("closed")
    page.focus(".agnb .stage")
    page.keyboard.press("Enter")
    wait_for_labels(page, whole)
    lab.run(page, 1)
    assert lab.outputs(page, 1)[0]["text"] == "[['net'], []]\n"


def test_a_paused_backward_is_stepped_by_keys_and_buttons(
    lab: Lab, page: Any, shoot: Callable[[str], None]
) -> None:
    lab.open(page, "step.ipynb", [BEGIN, PAUSED, "v.grad is None, w.grad is None"])
    lab.run(page, 0)
    lab.run(page, 1)
    page.wait_for_selector(".agnb .stepper button:not([aria-disabled])")
    shoot("paused")
    page.click(".agnb .stepper button:has-text('Next')")
    page.wait_for_selector(".agnb .stepper p:has-text('1 of 6 nodes')")
    page.keyboard.press("n")
    page.wait_for_selector(".agnb .stepper p:has-text('2 of 6 nodes')")
    page.click(".agnb .node:has-text('tanh')")
    page.click(".agnb .stepper button:has-text('Run to selected node')")
    page.wait_for_selector(".agnb .node[data-next]:has-text('tanh')")
    shoot("at-tanh")
    # The kernel is free meanwhile, and sees what has arrived.
    lab.run(page, 2)
    before = lab.outputs(page, 2)[0]["data"]["text/plain"]
    page.focus(".agnb .stage")
    page.keyboard.press("e")
    page.wait_for_selector(".agnb .stepper[data-state=done]")
    lab.run(page, 2)
    assert lab.outputs(page, 2)[0]["data"]["text/plain"] == "(False, False)"
    assert before.endswith("True)")
    shoot("ended")


def test_two_panels_are_two(lab: Lab, page: Any, shoot: Callable[[str], None]) -> None:
    watched(lab, page, "two.ipynb", SMALL.replace("tanh", "sigmoid"))
    lab.run(page, 2)
    page.wait_for_selector(".agnb >> nth=1 >> .node")
    first, second = page.locator(".agnb").nth(0), page.locator(".agnb").nth(1)
    whole = first.locator(".count").text_content()
    second.get_by_role("button", name="one step back").click()
    second.locator("input[type=search]").fill("sigmoid")
    second.locator(".found:text('1 node')").wait_for()
    expect(first.locator(".count")).to_have_text(whole)
    expect(first.locator(".found")).to_have_text("")
    expect(first.locator(".node[data-hit]")).to_have_count(0)
    shoot("both")


def test_a_page_that_comes_late_and_a_second_view(
    lab: Lab, page: Any, shoot: Callable[[str], None]
) -> None:
    # ipywidgets looks for a widget for 2 s, every 0.1 s, but not once more when they are over: what
    # it is told of in the last 0.1 s it does not find. This cell ends well after that.
    slow = SMALL.replace(
        "loss.backward()", "import time\nfor _ in range(150):\n    time.sleep(0.1)\nloss.backward()"
    )
    lab.open(page, "late.ipynb", [BEGIN, slow])
    lab.run(page, 0)
    lab.run(page, 1, wait=False)
    page.wait_for_selector(".agnb .word:text('running')")
    page.evaluate(f"async () => {{ await {PANEL}.context.save(); }}")
    page.goto(f"{lab.address}/lab/tree/late.ipynb?token={lab.token}&reset")
    # The kernel tells a new page of its widgets when the cell has ended.
    page.wait_for_selector(".agnb .word:text('done')", timeout=60_000)
    shoot("late")
    page.evaluate(
        f"""() => {{ {PANEL}.content.activeCellIndex = 1;
            window.jupyterapp.commands.execute('notebook:create-output-view'); }}"""
    )
    second = page.locator(".agnb >> nth=1")
    second.locator(".node").first.wait_for()
    second.get_by_role("button", name="one step back").click()
    # Two views of one panel are moved each by its own reader, or together: neither fails.
    expect(page.locator(".agnb .fault:visible")).to_have_count(0)
    shoot("twice")


def test_running_a_cell_again_replaces_its_panel(
    lab: Lab, page: Any, shoot: Callable[[str], None]
) -> None:
    watched(lab, page, "again.ipynb")
    page.get_by_role("button", name="one step back").click()
    lab.run(page, 1)
    page.wait_for_selector(".agnb .cell:text('In[3]')")
    page.wait_for_selector(".agnb .word:text('done')")
    expect(page.locator(".agnb")).to_have_count(1)
    expect(page.locator(".agnb .count")).to_have_text(re.compile(r"^(\d+) / \1$"))
    page.click(".agnb [role=tab]:has-text('Hooks')")
    # One hook a run, on another tensor each.
    page.wait_for_selector(".agnb .hooktable tbody tr")
    shoot("hooks")


def test_a_restarted_kernel_leaves_a_recording(
    lab: Lab, page: Any, shoot: Callable[[str], None]
) -> None:
    watched(lab, page, "restart.ipynb")
    page.wait_for_selector(".agnb .notice", state="hidden")
    lab.restart(page)
    page.wait_for_selector(".agnb .notice:has-text('is gone')")
    scrub(page)
    page.click(".agnb [role=tab]:has-text('Hooks')")
    page.wait_for_selector(".agnb .hooktable button[disabled][title*='running kernel']")
    shoot("gone")
    lab.run(page, 0)
    lab.run(page, 1)
    page.wait_for_selector(".agnb .word:text('done')")
    page.click(".agnb [role=tab]:has-text('Hooks')")
    page.wait_for_selector(".agnb .hooktable button:not([disabled])")
    expect(page.locator(".agnb .notice")).to_be_hidden()


def test_a_dead_kernel_is_noticed(lab: Lab, page: Any, shoot: Callable[[str], None]) -> None:
    watched(lab, page, "dead.ipynb")
    page.click(".agnb [role=tab]:has-text('Hooks')")
    page.wait_for_selector(".agnb .hooktable button:not([disabled])")
    page.evaluate(f"async () => {{ await {PANEL}.sessionContext.shutdown(); }}")
    page.click(".agnb .hooktable button")
    page.wait_for_selector(".agnb .notice:not([hidden])")
    expect(page.locator(".agnb .notice")).to_contain_text("gone")
    page.click(".agnb [role=tab]:has-text('Graph')")
    scrub(page)
    shoot("dead")


@pytest.fixture
def offline(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page that can reach no server at all."""
    lab.errors.clear()
    with lab.page() as opened:
        opened.set_default_timeout(60_000)
        opened.context.set_offline(True)
        opened.context.unroute_all()
        opened.on("console", lambda note: None)
        yield opened
        picture(opened, request, "end")


def test_a_saved_page_works_offline(lab: Lab, offline: Any, tmp_path: Path) -> None:
    from autograd_nb.views.widgets.panel import Panel
    from tests.views.panel_states import small_state

    Panel(**small_state()).to_html(tmp_path / "page.html")
    offline.goto((tmp_path / "page.html").as_uri())
    offline.wait_for_selector(".agnb .node")
    offline.fill(SEARCH, "tanh")
    offline.press(SEARCH, "Enter")
    offline.wait_for_selector(".agnb .found:text('1 of 1')")
    offline.focus(".agnb .stage")
    offline.keyboard.press("Enter")
    offline.wait_for_selector(".agnb .node.scope:has-text('net')")
    offline.get_by_role("button", name="Expand all").click()
    offline.wait_for_selector(".agnb .node:has-text('tanh')")
    offline.get_by_role("button", name="one step back").click()
    offline.wait_for_selector(".agnb .count:text('10 / 11')")
    offline.click(".agnb [role=tab]:has-text('Hooks')")
    expect(offline.locator(".agnb .hooktable button[disabled]")).to_have_count(2)
    assert lab.errors == []


def test_nbconvert_keeps_the_picture_offline(offline: Any, tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    nbconvert = pytest.importorskip("nbconvert")

    from tests.browser.lab import notebook

    saved = nbformat.from_dict(notebook(BEGIN, SMALL))
    nbclient.NotebookClient(saved, timeout=120).execute()
    html, _ = nbconvert.HTMLExporter(require_js_url="", mathjax_url="").from_notebook_node(saved)
    (tmp_path / "saved.html").write_text(html, "utf-8")
    offline.goto((tmp_path / "saved.html").as_uri(), wait_until="domcontentloaded")
    still = offline.locator(".jp-RenderedSVG img").first
    still.wait_for(state="visible")
    assert still.bounding_box()["height"] > 40
