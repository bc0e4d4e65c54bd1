"""The panel's browser part in Chromium, fed by a model that the test holds in its hands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd_nb.views.widgets.panel import STATIC, Panel
from tests.views.panel_states import large_state, small_state

CHROMIUM = "/usr/bin/chromium"
EVIL = "<img src=x onerror=window.hurt=1>"
HARNESS = """async ({esm, state}) => {
    const url = URL.createObjectURL(new Blob([esm], {type: 'text/javascript'}));
    const widget = (await import(url)).default();
    const listeners = new Map();
    window.asked = [];
    const of = (name) => listeners.get(name) ?? listeners.set(name, new Set()).get(name);
    window.listening = () => [...listeners.values()].reduce((n, set) => n + set.size, 0);
    const model = {
        get: (key) => state[key],
        set: (key, value) => { state[key] = value; },
        on: (name, fn) => of(name).add(fn),
        off: (name, fn) => of(name).delete(fn),
        send: (message) => window.asked.push(message),
    };
    window.send = (changes) => {
        Object.assign(state, changes);
        for (const key of Object.keys(changes)) for (const fn of of('change:' + key)) fn();
    };
    // The test plays the kernel.
    window.reply = (can, error = null) => {
        for (const fn of of('msg:custom')) fn({type: 'reply', can, error});
    };
    window.gone = () => { for (const fn of of('comm_live_update')) fn(); };
    window.show = () => {
        const el = document.body.appendChild(document.createElement('div'));
        const end = widget.render({model, el});
        return (window.close_view = () => { end(); el.remove(); }, undefined);
    };
    window.show();
}"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no browser at {CHROMIUM}")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield running
        running.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page; whatever its console says, or asks of a network, fails the test."""
    said: list[str] = []
    opened = browser.new_page(viewport={"width": 960, "height": 800})
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: said.append(request.url) if "blob:" not in request.url
              and "about:" not in request.url and "file:" not in request.url else None)  # fmt: skip
    yield opened
    opened.close()
    assert said == []


def mount(page: Any, state: dict[str, Any]) -> None:
    page.goto("about:blank")
    page.add_style_tag(content=(STATIC / "panel.css").read_text("utf-8"))
    page.evaluate(HARNESS, {"esm": (STATIC / "panel.js").read_text("utf-8"), "state": state})
    page.wait_for_selector(".agnb[data-theme]")


def place(page: Any) -> str:
    # One frame later the panel has drawn what was asked for.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    text: str = page.text_content(".agnb .count")
    return text


def test_a_finished_recording_is_shown_as_a_whole(page: Any) -> None:
    mount(page, small_state())
    assert place(page) == "11 / 11"
    assert "ran 11 steps and reached 2 leaves" in page.text_content(".agnb .now")
    assert page.locator(".agnb .node[data-now]").count() == 0
    assert page.locator(".agnb .node[data-ran]").count() == 12
    assert page.locator(".agnb .edge[data-state=sent]").count() == 11
    labels = page.locator(".agnb .node .label").all_text_contents()
    assert sorted(labels)[:3] == ["add", "add", "b"] and labels.count("w") == 2


def test_scrubbing_by_keys_and_buttons(page: Any) -> None:
    mount(page, small_state())
    page.focus(".agnb input[type=range]")
    page.keyboard.press("Home")
    assert place(page) == "0 / 11"
    assert page.locator(".agnb .node[data-ran]").count() == 0
    page.keyboard.press("ArrowRight")
    assert place(page) == "1 / 11"
    assert page.text_content(".agnb .now b") == "AddBackward0"
    assert page.locator(".agnb .node[data-now] .label").all_text_contents() == ["add"]
    for _ in range(6):
        page.get_by_role("button", name="one step on").click()
    assert place(page) == "7 / 11"
    assert page.text_content(".agnb .now .hook code") == "<lambda>"
    page.get_by_role("button", name="one step back").click()
    assert place(page) == "6 / 11"
    fill = page.locator(".agnb .node.leaf:has-text('w') .fill").first
    assert 0 < float(fill.get_attribute("width")) < 34
    page.keyboard.press("End")
    assert place(page) == "11 / 11"


def test_playing_runs_to_the_end_and_stops(page: Any) -> None:
    mount(page, small_state())
    page.select_option(".agnb select[aria-label='playing speed']", "100")
    # The page notes what the button says: a tenth of a second of playing is soon missed from here.
    page.evaluate("""() => {
        const button = document.querySelector('.agnb .play');
        window.labels = [];
        new MutationObserver(() => window.labels.push(button.getAttribute('aria-label'))).observe(
            button, {attributes: true, attributeFilter: ['aria-label']});
    }""")
    page.get_by_role("button", name="play (space)").click()
    page.wait_for_function("() => window.labels.includes('play (space)')")
    assert page.evaluate("() => [...new Set(window.labels)]") == ["pause (space)", "play (space)"]
    assert place(page) == "11 / 11"


def test_closing_and_opening_all_shows_the_graph_as_if_new(page: Any) -> None:
    mount(page, small_state())
    opening = page.locator(".agnb .node:has-text('mean')").bounding_box()
    page.get_by_role("button", name="Collapse all").click()
    place(page)
    boxes = [node.bounding_box() for node in page.locator(".agnb .node").all()]
    stage = page.locator(".agnb .stage").bounding_box()
    left = min(box["x"] for box in boxes)
    right = max(box["x"] + box["width"] for box in boxes)
    assert abs((left + right) / 2 - (stage["x"] + stage["width"] / 2)) < 12
    page.get_by_role("button", name="Expand all").click()
    place(page)
    assert page.locator(".agnb .node:has-text('mean')").bounding_box() == opening


def test_line_and_node_light_up_together(page: Any) -> None:
    mount(page, small_state())
    page.hover(".agnb .code li:nth-child(5)")
    place(page)
    hot = page.locator(".agnb .node[data-hot] .label").all_text_contents()
    assert sorted(hot) == ["add", "mm", "tanh"]
    page.hover(".agnb .node:has-text('tanh')")
    place(page)
    assert page.locator(".agnb li[data-hot]").all_text_contents() == ["5h = torch.tanh(x @ w + b)"]
    page.hover(".agnb .node.leaf:has-text('w') >> nth=0")
    place(page)
    assert page.locator(".agnb .node[data-hot]").count() == 2


def test_detail_of_a_chosen_node_stays_until_closed(page: Any) -> None:
    mount(page, small_state())
    page.click(".agnb .node:has-text('tanh')")
    place(page)
    assert page.text_content(".agnb .detail h3") == "TanhBackward0"
    assert "1 - conj(result * result)" in page.text_content(".agnb .formula")
    assert "freed by backward, In[3] line 9" in page.text_content(".agnb .saved")
    titles = page.locator(".agnb .detail h4").all_text_contents()
    assert titles == [
        "Derivative", "Saved for backward", "grad_output, received at step 7",
        "grad_input 0 \u2192 add", "Hooks that fired",
    ]  # fmt: skip
    page.focus(".agnb .stage")
    page.keyboard.press("ArrowRight")
    place(page)
    assert page.text_content(".agnb .detail h3") == "PowBackward0"
    page.keyboard.press("Escape")
    place(page)
    assert page.locator(".agnb .detail h3").count() == 0


def drawn(page: Any) -> list[str]:
    place(page)
    return sorted(page.locator(".agnb .node .label").all_text_contents())


def test_search_goes_through_what_it_finds(page: Any) -> None:
    mount(page, small_state())
    page.focus(".agnb .stage")
    page.keyboard.press("/")
    page.keyboard.type("pow")
    place(page)
    found = page.locator(".agnb .found")
    assert found.text_content() == "2 nodes" and found.get_attribute("role") == "status"
    assert page.locator(".agnb .node[data-hit] .label").all_text_contents() == ["pow", "pow"]
    page.keyboard.press("Enter")
    place(page)
    assert found.text_content() == "1 of 2"
    first = page.locator(".agnb .node[data-sel]").get_attribute("data-node")
    page.keyboard.press("Enter")
    place(page)
    assert found.text_content() == "2 of 2"
    page.keyboard.press("Shift+Enter")
    place(page)
    assert page.locator(".agnb .node[data-sel]").get_attribute("data-node") == first
    for words, hits in (("line 5", "3 nodes"), ("net.linear", "4 nodes"), ("zzz", "no node")):
        page.fill(".agnb input[type=search]", words)
        place(page)
        assert found.text_content() == hits
    page.keyboard.press("Escape")
    place(page)
    assert found.text_content() == "" and page.locator(".agnb .node[data-hit]").count() == 0


def test_scopes_close_and_open_without_a_kernel(page: Any) -> None:
    mount(page, small_state())
    all_open = drawn(page)
    page.dblclick(".agnb .node:has-text('tanh')")
    assert drawn(page) == sorted(["net", "w", "pow", "pow", "sum", "mul", "mean", "add"])
    assert page.text_content(".agnb .node.scope .pill") == "5 nodes"
    assert page.text_content(".agnb .detail h3") == "net"
    # What went over the edges of the closed part still tells its size.
    assert page.locator(".agnb .edge[data-state=sent]").count() == 7
    page.hover(".agnb .node.scope")
    place(page)
    lines = page.locator(".agnb li[data-hot]").all_text_contents()
    assert lines == ["5h = torch.tanh(x @ w + b)"]
    page.hover(".agnb .code li:nth-child(5)")
    place(page)
    assert page.locator(".agnb .node[data-hot] .label").all_text_contents() == ["net"]
    page.focus(".agnb .stage")
    page.keyboard.press("Enter")
    assert drawn(page) == all_open
    page.get_by_role("button", name="Collapse all").click()
    assert drawn(page) == ["line 8", "net"]
    page.fill(".agnb input[type=search]", "tanh")
    place(page)
    assert page.locator(".agnb .node[data-hit] .label").all_text_contents() == ["net"]
    page.dblclick(".agnb .node:has-text('net')")
    assert drawn(page) == ["line 8", "net.linear", "tanh"]
    page.get_by_role("button", name="Expand all").click()
    assert drawn(page) == all_open
    # The step that runs is told of where its box is closed, too.
    page.get_by_role("button", name="Collapse all").click()
    page.get_by_role("button", name="unpin").click()
    page.focus(".agnb input[type=range]")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    place(page)
    assert page.text_content(".agnb .now b") == "AddBackward0"
    assert page.locator(".agnb .node[data-now] .label").all_text_contents() == ["line 8"]
    assert page.text_content(".agnb .detail h3") == "AddBackward0"


def test_scopes_are_laid_out_by_the_kernel_where_there_is_one(page: Any) -> None:
    state = small_state()
    mount(page, state)
    assert page.evaluate("() => window.asked") == [{"type": "hello"}]
    page.evaluate("() => window.reply(['scopes'])")
    page.click(".agnb .node:has-text('tanh')")
    page.get_by_role("button", name="net", exact=True).click()
    place(page)
    assert page.evaluate("() => window.asked.at(-1)") == {"type": "scopes", "collapsed": ["net"]}
    box = {**state["graph"]["nodes"][1], "id": -1, "kind": "scope", "scope": "net", "count": 5}
    box.update(name="net", label="net", vars=[], x=10, y=10, w=70, h=44)
    graph = {**state["graph"], "key": 8, "collapsed": ["net"], "nodes": [box], "edges": []}
    page.evaluate("(graph) => window.send({graph})", graph)
    assert drawn(page) == ["net"]
    # Without the kernel, what it closed stays closed, and says why.
    page.evaluate("() => window.gone()")
    page.click(".agnb .node:has-text('net')")
    place(page)
    if page.locator(".agnb .scopes button").count() == 0:
        page.click(".agnb .node:has-text('net')")
        place(page)
    button = page.locator(".agnb .scopes button")
    assert button.is_disabled() and "running kernel" in button.get_attribute("title")


def test_a_saved_page_opens_what_the_kernel_closed(page: Any) -> None:
    state = small_state()
    whole = state["graph"]
    names = [one["id"] for one in whole["scopes"]]
    box = {**whole["nodes"][1], "id": 1000, "kind": "scope", "scope": "net", "count": 5}
    box.update(name="net", label="net", vars=[], x=10, y=10, w=70, h=44)
    less = {**whole, "collapsed": names, "nodes": [box], "edges": [], "opened": whole}
    mount(page, {**state, "graph": less})
    assert drawn(page) == ["net"]
    page.get_by_role("button", name="Expand all").click()
    place(page)
    assert drawn(page) == sorted(node["label"] for node in whole["nodes"])
    page.get_by_role("button", name="Collapse all").click()
    place(page)
    assert drawn(page) == ["net"]
    page.click(".agnb .node:has-text('net')")
    page.locator(".agnb .scopes button").last.click()
    place(page)
    assert "tanh" in drawn(page)
    assert page.locator(".agnb .notice:visible").count() == 0


def test_a_paused_backward_is_stepped(page: Any) -> None:
    state = small_state()
    state["stepper"] = {"state": "paused", "node": 8, "done": [9], "message": "waiting"}
    mount(page, state)
    buttons = page.locator(".agnb .stepper button")
    assert buttons.all_text_contents() == ["Nextn", "Run to selected node", "Run to ende", "Aborta"]
    asked = "() => window.asked.filter((message) => message.type === 'step')"
    buttons.nth(0).dispatch_event("click")
    assert page.evaluate(asked) == []
    assert "running kernel" in buttons.nth(0).get_attribute("title")
    page.evaluate("() => window.reply(['step'])")
    place(page)
    assert page.locator(".agnb .stepper [aria-disabled]").all_text_contents() == [
        "Run to selected node"
    ]
    assert page.locator(".agnb .node[data-next] .label").all_text_contents() == ["mul"]
    assert page.text_content(".agnb .stepper p") == "waiting"
    page.click(".agnb .node:has-text('tanh')")
    place(page)
    buttons.nth(1).click()
    page.keyboard.press("n")
    page.keyboard.press("e")
    page.focus(".agnb .stage")
    page.keyboard.press("a")
    assert page.evaluate(asked) == [
        {"type": "step", "do": "to", "node": 3},
        {"type": "step", "do": "next"},
        {"type": "step", "do": "end"},
        {"type": "step", "do": "abort"},
    ]
    # What is typed into the search is no command.
    page.focus(".agnb input[type=search]")
    page.keyboard.type("a")
    assert len(page.evaluate(asked)) == 4
    page.evaluate("(stepper) => window.send({stepper})", {**state["stepper"], "state": "aborted"})
    place(page)
    assert page.locator(".agnb .stepper [aria-disabled]").count() == 4
    page.evaluate("() => window.send({stepper: null})")
    place(page)
    assert page.locator(".agnb .stepper").is_hidden()


def test_a_hook_is_removed_by_the_kernel_only(page: Any) -> None:
    mount(page, small_state())
    page.get_by_role("tab", name="Hooks").click()
    place(page)
    remove = page.get_by_role("button", name="remove <lambda> from h")
    assert remove.is_disabled() and "running kernel" in remove.get_attribute("title")
    page.evaluate("() => window.reply(['remove_hook'])")
    place(page)
    remove.click()
    assert page.evaluate("() => window.asked.at(-1)") == {"type": "remove_hook", "id": 1}
    page.evaluate("() => window.reply(['remove_hook'], 'KeyError: 1')")
    place(page)
    assert page.text_content(".agnb .notice") == "KeyError: 1"
    # One that is removed has no button.
    assert page.get_by_role("button", name="remove probe").count() == 0


def test_a_kernel_that_goes_is_told_of(page: Any) -> None:
    state = small_state("running")
    state["stepper"] = {"state": "paused", "node": 8, "done": [], "message": ""}
    mount(page, state)
    page.evaluate("() => window.reply(['step'])")
    place(page)
    assert page.locator(".agnb .notice").is_hidden()
    page.evaluate("() => window.gone()")
    place(page)
    assert "is gone" in page.text_content(".agnb .notice")
    assert page.text_content(".agnb .word") == "interrupted"
    assert "lost with the kernel" in page.text_content(".agnb .stepper p")
    assert page.locator(".agnb .stepper [aria-disabled]").count() == 4
    page.get_by_role("button", name="one step back").click()
    assert place(page) == "10 / 11"


def test_ratio_flags_and_loss(page: Any) -> None:
    mount(page, small_state())
    page.get_by_role("tab", name="Gradients").click()
    place(page)
    first = page.text_content(".agnb .leaves > li >> nth=0")
    assert "update : size0.0012" in first and "exploding" in first
    assert page.locator(".agnb .leaves .badge").all_text_contents() == ["exploding", "dead"]
    figure = page.locator(".agnb figure")
    assert figure.text_content() == "loss0.075steps 0 \u2026 15210.075 \u2026 3"
    assert figure.locator(".spark").get_attribute("aria-label") == "40 values, the last 0.075"


def test_the_first_number_that_is_not_finite_leads_to_its_pass(page: Any) -> None:
    mount(page, small_state(passes=3))
    assert page.input_value(".agnb .passes") == "3"
    badge = page.get_by_role("button", name="first not finite")
    assert badge.text_content() == "first not finite: loss of pass 1, line 9"
    badge.click()
    place(page)
    assert page.input_value(".agnb .passes") == "1"


@pytest.mark.parametrize("width", [340, 560, 800, 1000, 1280])
def test_gradients_fit_into_any_width(page: Any, width: int) -> None:
    state = small_state()
    state["leaves"][0]["name"] = "net.layer"
    state["leaves"][0]["grad"] |= {"nan": 64, "min": -2.285e-12, "max": 2.825e-12}
    state["leaves"][0]["note"] = "no pass reached it"
    state["leaves"][1] |= {"grad": None, "note": "no pass reached it"}
    mount(page, state)
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_role("tab", name="Gradients").click()
    place(page)
    # Nothing is wider than its column, and nothing lies on what stands beside it.
    clashes = page.evaluate(
        """() => {
            const view = document.querySelector('.agnb .gradients').getBoundingClientRect();
            const shown = (head) => [...head.children].filter((one) => one.getClientRects().length);
            const range = document.createRange();
            const rect = (one) => one.getBoundingClientRect();
            const inside = (one) => (range.selectNodeContents(one), rect(range));
            const boxOf = (one) => one.localName === 'svg' ? rect(one) : inside(one);
            const found = [];
            for (const head of document.querySelectorAll('.agnb .leafhead, .agnb .curve')) {
                const boxes = shown(head).map((one) => [one.textContent || 'picture', boxOf(one)]);
                boxes.forEach(([name, a], i) => {
                    if (a.right > view.right + 1) found.push(`${name} leaves the panel`);
                    for (const [other, b] of boxes.slice(i + 1)) {
                        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
                        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
                        if (across > 1 && down > 1) found.push(`${name} lies on ${other}`);
                    }
                });
            }
            return found;
        }"""
    )
    assert clashes == []
    assert page.locator(".agnb .leafhead .note").all_text_contents() == ["no pass reached it"] * 2
    name = page.locator(".agnb .leaves .name >> nth=0")
    assert name.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_live_it_follows_until_the_reader_scrubs(page: Any) -> None:
    state = small_state("running", passes=1)
    mount(page, state)
    assert place(page) == "11 / 11"
    page.evaluate("(tape) => window.send({tape})", small_state(passes=2)["tape"])
    place(page)
    assert page.input_value(".agnb .passes") == "2"
    page.get_by_role("button", name="one step back").click()
    page.evaluate("(tape) => window.send({tape})", small_state(passes=3)["tape"])
    assert place(page) == "10 / 11"
    assert page.input_value(".agnb .passes") == "2"
    page.get_by_role("button", name="Latest").click()
    place(page)
    assert page.input_value(".agnb .passes") == "3"


def test_gradients_and_hooks(page: Any) -> None:
    mount(page, small_state(nan=True))
    page.get_by_role("tab", name="Gradients").click()
    place(page)
    assert page.locator(".agnb .leaves > li").count() == 3
    assert page.text_content(".agnb .leaves > li .badge").endswith("NaN")
    rows = page.locator(".agnb .leaves > li >> nth=0 >> tbody tr")
    kinds = [rows.nth(n).get_attribute("data-kind") for n in range(rows.count())]
    assert kinds == ["backward", "zeroed", "backward", "zeroed", "backward"]
    page.get_by_role("button", name="w (3, 4)").click()
    place(page)
    assert rows.count() == 0


def test_passes_that_were_not_measured_are_one_row(page: Any) -> None:
    state = small_state()
    leaf = state["leaves"][0]
    several = {"kind": "passes", "pass": 9, "last": 340, "passes": 332, "clearings": 332}
    quiet = {"incoming": None, "norm_after": None}
    leaf["ledger"] = [{**leaf["ledger"][0], **several, **quiet}]
    leaf["contributions"] = 340
    mount(page, state)
    page.get_by_role("tab", name="Gradients").click()
    place(page)
    table = page.locator(".agnb .leaves table >> nth=0")
    assert table.locator("tbody td").all_text_contents() == [
        "passes 9 … 340", "In[3]:9", "not measured, cleared 332×", "–",
    ]  # fmt: skip
    assert table.locator("caption").text_content() == "8 earlier contributions not listed"
    page.keyboard.press("Tab")
    page.focus(".agnb [role=tab][aria-selected=true]")
    page.keyboard.press("ArrowRight")
    place(page)
    assert page.locator(".agnb .hooktable tbody tr").count() == 4
    assert page.locator(".agnb .hooktable .badge").all_text_contents() == [
        "\u26a0 duplicate",
        "removed",
        "block left",
    ]
    pair = page.locator(".agnb .hooktable tbody tr >> nth=3")
    assert "3\u00d7 packed, 2\u00d7 unpacked" in pair.inner_text()
    assert "saved tensors" in pair.inner_text() and pair.get_by_role("button").count() == 0


def test_names_are_text_and_never_markup(page: Any) -> None:
    state = small_state()
    for node in state["graph"]["nodes"]:
        node.update(label=EVIL, vars=[EVIL], name=EVIL, formula=EVIL, dtype=EVIL, w=400)
    state["leaves"][0].update(name=EVIL, dtype=EVIL)
    state["hooks"][0].update(fn=EVIL, target=EVIL, source=EVIL, kind=EVIL, effect=EVIL)
    state["source"]["lines"] = [EVIL]
    state["status"].update(message=EVIL, cell=EVIL, state=EVIL)
    state["tape"]["passes"][-1].update(source=EVIL, error=EVIL)
    for one in state["graph"]["scopes"]:
        one.update(label=EVIL, kind=EVIL)
    state["leaves"][0]["flags"] = [EVIL]
    state["loss"]["name"] = EVIL
    state["stepper"] = {"state": EVIL, "node": 9, "done": [], "message": EVIL}
    mount(page, state)
    page.evaluate("(text) => window.reply(['step', 'scopes'], text)", EVIL)
    for tab in ("Gradients", "Hooks", "Graph"):
        page.get_by_role("tab", name=tab).click()
        place(page)
    page.get_by_role("button", name="one step back").click()
    place(page)
    assert EVIL in page.text_content(".agnb .notice")
    page.locator(".agnb .node").nth(2).dispatch_event("click")
    place(page)
    page.get_by_role("button", name="Collapse all").click()
    place(page)
    assert EVIL in page.text_content(".agnb .stepper")
    assert EVIL in page.text_content(".agnb .code")
    assert page.locator("img").count() == 0
    assert page.evaluate("() => window.hurt") is None


def test_views_come_and_go(page: Any) -> None:
    mount(page, small_state())
    before = page.evaluate("() => window.listening()")
    page.get_by_role("button", name="one step back").click()
    page.get_by_role("tab", name="Hooks").click()
    place(page)
    page.evaluate("() => window.show()")
    page.wait_for_selector(".agnb[data-theme] >> nth=1")
    # A view that is opened again begins where the reader was.
    second = page.locator(".agnb >> nth=1")
    assert second.locator("[role=tab][aria-selected=true]").text_content().startswith("Hooks")
    assert second.locator(".count").text_content() == "10 / 11"
    page.evaluate("() => window.close_view()")
    assert page.locator(".agnb").count() == 1
    assert page.evaluate("() => window.listening()") == before


def test_a_state_that_cannot_be_drawn_is_one_line_in_the_panel(page: Any) -> None:
    state = small_state()
    state["graph"]["nodes"][0]["vars"] = None
    mount(page, state)
    page.wait_for_selector(".agnb .fault:not([hidden])")
    assert page.text_content(".agnb .fault").startswith("The panel could not be drawn: ")
    page.evaluate("(graph) => window.send({graph})", small_state()["graph"])
    page.wait_for_selector(".agnb .node")
    assert page.locator(".agnb .fault:not([hidden])").count() == 0


def test_nothing_yet(page: Any) -> None:
    mount(page, {})
    assert page.text_content(".agnb .empty") == "Waiting for the first operation"
    page.evaluate("() => window.send({status: {state: 'done', cell: 'In[1]'}})")
    place(page)
    assert page.text_content(".agnb .empty") == "No graph was recorded"
    page.get_by_role("tab", name="Gradients").click()
    page.get_by_role("tab", name="Hooks").click()
    place(page)
    assert page.locator(".agnb .fault:not([hidden])").count() == 0


def test_large_graphs_keep_the_document_small(page: Any) -> None:
    mount(page, large_state(3_000))
    page.wait_for_selector(".agnb .node")
    assert page.locator(".agnb *").count() < 1_500
    page.get_by_role("button", name="fit all").click()
    page.wait_for_selector(".agnb .stage.isfar")
    assert page.locator(".agnb .node").count() == 0
    page.focus(".agnb .stage")
    for _ in range(16):
        page.keyboard.press("+")
    page.wait_for_selector(".agnb .stage:not(.isfar) .node")


def test_wheel_zooms_only_a_graph_in_use(page: Any) -> None:
    mount(page, small_state())
    zoom = "() => document.querySelector('.agnb .near > g').getAttribute('transform')"
    page.hover(".agnb .stage", position={"x": 60, "y": 40})
    before = page.evaluate(zoom)
    page.mouse.wheel(0, -300)
    place(page)
    assert page.evaluate(zoom) == before
    page.click(".agnb .stage", position={"x": 60, "y": 40})
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"(old) => ({zoom})() !== old", arg=before)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_exported_page_works_from_a_file(
    browser: Any, page: Any, tmp_path: Path, scheme: str
) -> None:
    panel = Panel()
    panel.update(small_state())
    panel.to_html(tmp_path / "page.html")
    page.emulate_media(color_scheme=scheme)
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_selector(f".agnb[data-theme={scheme}] .node")
    page.get_by_role("button", name="one step back").click()
    assert place(page) == "10 / 11"


def test_what_is_not_finite_is_seen_from_afar(page: Any) -> None:
    """As a colour of its own; it is not the smallest of gradients."""
    state = large_state(3000)
    for step in state["tape"]["passes"][0]["steps"]:
        for sent in step["sent"]:
            sent["stat"] = {**sent["stat"], "norm": "nan", "nan": 1}
    mount(page, state)
    place(page)
    found = page.evaluate(
        """() => {
            const canvas = document.querySelector('.agnb .mapbox canvas');
            const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let red = 0;
            for (let i = 0; i < data.length; i += 4)
                red += data[i + 3] > 40 && data[i] > 120 && data[i + 1] < 90 && data[i + 2] < 90;
            return red;
        }"""
    )
    assert found > 20


def test_two_fingers_zoom_and_one_finger_pans(page: Any) -> None:
    mount(page, small_state())
    place(page)
    scale, moved = page.evaluate(
        """async () => {
            const stage = document.querySelector('.agnb .stage');
            const at = stage.getBoundingClientRect();
            stage.setPointerCapture = () => {};
            const touch = (type, id, x) => stage.dispatchEvent(new PointerEvent(type, {
                pointerId: id, pointerType: 'touch', button: 0, buttons: 1, bubbles: true,
                clientX: at.x + x, clientY: at.y + 150}));
            const frame = () => new Promise((done) =>
                requestAnimationFrame(() => setTimeout(done)));
            const now = () => document.querySelector('.agnb .near > g').getAttribute('transform')
                .match(/-?[\\d.]+/g).map(Number);
            const first = now();
            touch('pointerdown', 1, 200); touch('pointerdown', 2, 300);
            touch('pointermove', 2, 400);
            touch('pointerup', 1, 200); touch('pointerup', 2, 400);
            await frame();
            const second = now();
            touch('pointerdown', 3, 200); touch('pointermove', 3, 240); touch('pointerup', 3, 240);
            await frame();
            return [second[0] / first[0], now()[4] - second[4]];
        }"""
    )
    assert scale == pytest.approx(2, rel=0.01)
    assert moved == pytest.approx(40, abs=0.5)


def test_on_a_narrow_page_nothing_lies_over_anything(page: Any) -> None:
    page.set_viewport_size({"width": 400, "height": 900})
    mount(page, small_state())
    place(page)
    over = page.evaluate(
        """() => {
            const bounds = selector => [...document.querySelectorAll('.agnb ' + selector)]
                .map(one => one.getBoundingClientRect()).filter(box => box.width && box.height);
            const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
                && a.top < b.bottom - 1 && b.top < a.bottom - 1;
            const tools = bounds('.tools button, .tools input');
            const found = tools.flatMap((a, i) => tools.slice(i + 1).filter(b => meet(a, b)));
            const [legend] = bounds('.legend');
            return [found.length, bounds('.mapbox').filter(b => meet(b, legend)).length];
        }"""
    )
    assert over == [0, 0]
