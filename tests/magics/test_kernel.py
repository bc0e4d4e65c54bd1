"""``%%autograd`` in a real kernel: what a notebook sees of the cell is what it always saw."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.kernel

WIDGET = "application/vnd.jupyter.widget-view+json"
STEP = """
x = torch.tensor([1., 2.], requires_grad=True)
loss = (x * x).sum()
loss.backward()
"""


def test_the_last_expression_is_the_result(kernel: Any) -> None:
    ran = kernel.run("%%autograd" + STEP + "x.grad.tolist()")
    assert ran.status == "ok" and ran.result == "[2.0, 4.0]"


def test_the_panel_comes_first_and_the_text_last(kernel: Any) -> None:
    ran = kernel.run("%%autograd\nprint('begin')" + STEP)
    assert ran.order.index("display_data") < ran.order.index("stream")
    assert WIDGET in ran.displays[0]
    # A viewer without widgets shows the text, which is then nothing: the picture comes below.
    assert ran.displays[0]["text/plain"] == "" and "image/svg+xml" not in ran.displays[0]
    assert "MulBackward0" in ran.displays[-1]["text/plain"]
    assert ran.displays[-1]["image/svg+xml"].startswith("<svg")
    assert ran.stderr == ""


def test_a_panel_that_is_shown_again_says_what_was_seen(kernel: Any) -> None:
    kernel.run("%%autograd" + STEP)
    ran = kernel.run(
        "from autograd_nb.magics.extension import loaded\nloaded(get_ipython()).session.last.panel"
    )
    (shown,) = ran.displays or [{"text/plain": ran.result}]
    assert "MulBackward0" in shown["text/plain"]


def test_the_static_form_has_no_widget(kernel: Any) -> None:
    ran = kernel.run("%%autograd --static" + STEP)
    assert [WIDGET in data for data in ran.displays] == [False]


def test_the_same_cell_says_the_same_text(kernel: Any) -> None:
    texts = [
        [data["text/plain"].replace(f"In[{ran.count}]", "In[n]") for data in ran.displays]
        for ran in (kernel.run("%%autograd --graph" + STEP) for _ in range(2))
    ]
    assert texts[0] == texts[1]


def test_a_semicolon_silences(kernel: Any) -> None:
    ran = kernel.run("%%autograd --quiet\n7;")
    assert (ran.status, ran.result) == ("ok", None)


def test_await_works(kernel: Any) -> None:
    ran = kernel.run("%%autograd\nimport asyncio\nawait asyncio.sleep(.01)" + STEP + "5")
    assert (ran.status, ran.result) == ("ok", "5")
    assert "MulBackward0" in ran.displays[-1]["text/plain"]


def test_an_error_names_its_own_line_and_no_frame_of_ours(kernel: Any) -> None:
    ran = kernel.run("%%autograd\na = 1\n\n1/0")
    assert ran.status == "error"
    assert f"Cell In[{ran.count}], line 4" in ran.traceback
    assert "autograd_nb/magics" not in ran.traceback


def test_empty_lines_above_do_not_shift_the_lines(kernel: Any) -> None:
    ran = kernel.run("\n\n%%autograd\na = 1\n1/0")
    assert f"Cell In[{ran.count}], line 3" in ran.traceback


def test_a_syntax_error_names_its_line(kernel: Any) -> None:
    ran = kernel.run("%%autograd\nfor")
    assert ran.status == "error" and f"Cell In[{ran.count}], line 2" in ran.traceback


def test_magics_and_shell_lines_work_inside(kernel: Any) -> None:
    ran = kernel.run("%%autograd --quiet\n!echo hello\n%time 3")
    assert "hello" in ran.stdout and ran.result == "3"


def test_an_unknown_option_fails_the_cell(kernel: Any) -> None:
    ran = kernel.run("%%autograd --nope\nprint('ran')")
    assert ran.status == "error" and "--nope" in ran.stderr and ran.stdout == ""


def test_a_dollar_and_braces_in_options_are_left_alone(kernel: Any) -> None:
    ran = kernel.run("%%autograd --track {loss}\n1")
    assert ran.status == "error" and "{loss}" in ran.stderr


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("%%autograd\nfor i in x:", "incomplete"),
        ("%%autograd\nx = 1\n", "complete"),
    ],
)
def test_an_open_block_is_seen_as_open(kernel: Any, code: str, status: str) -> None:
    assert kernel.ask(kernel.client.is_complete(code))["status"] == status


def test_completion(kernel: Any) -> None:
    kernel.run(STEP)
    for text, expected in (
        ("%%autograd --g", ["--graph", "--grads"]),
        ("%autograd graph l", ["loss"]),
    ):
        assert kernel.ask(kernel.client.complete(text, len(text)))["matches"] == expected


def test_the_help_is_the_magic_s_own(kernel: Any) -> None:
    answer = kernel.ask(kernel.client.inspect("%%autograd", 10))
    assert answer["found"] and "--track NAME" in answer["data"]["text/plain"]


# The kernel sees an interrupt when its loop turns, so the waiting is cut into pieces.
@pytest.mark.parametrize(
    "wait", ["time.sleep(20)", "for _ in range(200):\n    await asyncio.sleep(0.1)"]
)
def test_an_interrupt_shows_what_happened(kernel: Any, wait: str) -> None:
    begin = time.monotonic()
    code = "%%autograd\nimport asyncio, time" + STEP + "print('ready')\n" + wait
    ran = kernel.run(code, interrupt_at="ready")
    assert time.monotonic() - begin < 15
    assert ran.status == "error"
    assert "interrupted" in ran.displays[-1]["text/plain"]
    assert kernel.run("%%autograd --quiet\n1 + 1").result == "2"


def test_a_silent_cell_watches_nothing_after_it(kernel: Any) -> None:
    kernel.run("%%autograd --quiet\n1", silent=True, store_history=False)
    kernel.run("1")
    assert kernel.run("from autograd_nb.core import events; events.observer").result is None


def test_the_autograd_kernel_has_the_magic_from_the_start(tmp_path: Any, monkeypatch: Any) -> None:
    from jupyter_client.manager import start_new_kernel

    from autograd_nb.kernel import NAME, install, remove

    where = install(prefix=str(tmp_path))
    monkeypatch.setenv("JUPYTER_PATH", str(where.parents[1]))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    manager, client = start_new_kernel(kernel_name=NAME)
    try:
        reply = client.execute_interactive("%%autograd --quiet\n1", timeout=60)
        assert reply["content"]["status"] == "ok"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert remove(prefix=str(tmp_path)) == where and not where.exists()
