"""The panel in JupyterLab: live while the cell runs, and a recording afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import expect
from tests.browser.lab import Lab

BEGIN = "%load_ext autograd_nb\nimport time\nimport autograd_nb as torch"
TRAIN = """%%autograd
torch.manual_seed(0)
x, target = torch.randn(64, 3), torch.randn(64, 1)
w = torch.randn(3, 8, requires_grad=True)
v = torch.randn(8, 1, requires_grad=True)
begin = time.monotonic()
steps = 0
while time.monotonic() - begin < 3:
    loss = ((x @ w).tanh() @ v - target).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
        v -= 0.01 * v.grad
    w.grad = v.grad = None
    steps += 1
    time.sleep(0.002)
steps
"""
WATCH_COUNTS = """() => {
    window.seen = [];
    const look = () => {
        const panel = document.querySelector('.agnb');
        if (panel?.querySelector('.word')?.textContent !== 'running') return;
        const text = panel.querySelector('.counts').textContent;
        if (window.seen.at(-1) !== text) window.seen.push(text);
    };
    new MutationObserver(look).observe(document.body,
        {childList: true, subtree: true, characterData: true});
}"""
SLIDER = ".agnb input[type=range]"


def trained(lab: Lab, page: Any, name: str) -> None:
    lab.open(page, name, [BEGIN, TRAIN])
    lab.run(page, 0)
    page.evaluate(WATCH_COUNTS)
    lab.run(page, 1)
    page.wait_for_selector(".agnb .word:text('done')")


def count(page: Any) -> tuple[int, int]:
    at, total = page.text_content(".agnb .scrubber .count").split("/")
    return int(at), int(total)


def test_the_panel_moves_while_the_cell_runs(
    lab: Lab, page: Any, shoot: Callable[[str], None]
) -> None:
    lab.open(page, "live.ipynb", [BEGIN, TRAIN])
    lab.run(page, 0)
    page.evaluate(WATCH_COUNTS)
    lab.run(page, 1, wait=False)
    page.wait_for_selector(".agnb .scrubber .count", timeout=15_000)
    expect(page.locator(".agnb .word")).to_have_text("running")
    page.wait_for_timeout(1200)
    shoot("running")
    lab.wait_idle(page)
    page.wait_for_selector(".agnb .word:text('done')")
    seen = page.evaluate("() => window.seen")
    assert len(set(seen)) >= 20, seen
    shoot("done")


def test_scrubbing_back_and_forth(lab: Lab, page: Any, shoot: Callable[[str], None]) -> None:
    trained(lab, page, "scrub.ipynb")
    at, total = count(page)
    assert at == total > 5
    page.focus(SLIDER)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "(at) => document.querySelector('.agnb .count').textContent.startsWith(at + ' ')",
        arg=at - 2,
    )
    page.keyboard.press("Home")
    page.wait_for_selector(".agnb .now:has-text('Before the first node')")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".agnb .now:has-text('MeanBackward0')")
    shoot("first-step")
    box = page.locator(SLIDER).bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    page.wait_for_function(
        "(total) => { const at = Number(document.querySelector('.agnb input[type=range]').value);"
        " return at > 1 && at < total; }",
        arg=total,
    )
    shoot("in-the-middle")
    # The picture for readers without a live panel is in the output, and not said twice here.
    still = page.locator(".jp-OutputArea img[src*='data-autograd']")
    expect(still).to_have_count(1)
    expect(still).to_be_hidden()
    # The notebook itself must not have taken the keys.
    expect(page.locator(".agnb :focus")).to_have_count(1)


def test_dark_theme(lab: Lab, page: Any, shoot: Callable[[str], None]) -> None:
    trained(lab, page, "dark.ipynb")
    page.evaluate(
        "() => window.jupyterapp.commands.execute('apputils:change-theme',"
        " {theme: 'JupyterLab Dark'})"
    )
    page.wait_for_selector(".agnb[data-theme=dark]")
    page.wait_for_timeout(500)
    shoot("graph")
    for tab in ("Gradients", "Hooks"):
        page.click(f".agnb [role=tab]:has-text('{tab}')")
        page.wait_for_timeout(200)
        shoot(tab.lower())
    page.evaluate(
        "() => window.jupyterapp.commands.execute('apputils:change-theme',"
        " {theme: 'JupyterLab Light'})"
    )
    page.wait_for_selector(".agnb[data-theme=light]")


def test_an_error_and_an_interrupt_leave_what_happened(
    lab: Lab, page: Any, shoot: Callable[[str], None]
) -> None:
    fails = TRAIN.replace("time.sleep(0.002)", "1 / 0")
    endless = TRAIN.replace("< 3", "< 60")
    lab.open(page, "broken.ipynb", [BEGIN, fails, endless])
    lab.run(page, 0)
    lab.run(page, 1, fails=True)
    page.wait_for_selector(".agnb .word:text('error')")
    expect(page.locator(".agnb .message:not([hidden])")).to_contain_text("ZeroDivisionError")
    lab.run(page, 2, wait=False)
    page.wait_for_selector(".agnb .word:text('running')")
    page.wait_for_timeout(1000)
    lab.interrupt(page)
    lab.wait_idle(page)
    page.wait_for_selector(".agnb .word:text('interrupted')")
    shoot("interrupted")


@pytest.mark.parametrize("line", ["graph loss", "grads", "hooks", "why w"])
def test_answers(lab: Lab, page: Any, shoot: Callable[[str], None], line: str) -> None:
    short = TRAIN.replace("< 3", "< 0.2").replace("%%autograd", "%%autograd --quiet")
    lab.open(page, "answers.ipynb", [BEGIN, short, f"%autograd {line}"])
    for index in range(3):
        lab.run(page, index)
    assert [output["output_type"] for output in lab.outputs(page, 2)] == ["display_data"]
    shoot("said")
