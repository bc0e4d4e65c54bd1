import ast
import linecache
import sys

from autograd_nb.observe.cells import (
    caller_frame,
    cell_label,
    describe_callable,
    position_key,
    site_of_node,
    site_of_origin,
    site_of_traceback,
)
from tests.observe.engines import both


def test_an_instruction_becomes_line_and_columns():
    name = "<cells test>"
    text = "def f():\n    return sys._getframe(0)\n\n\nä = f(); b = 1\n"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space = {"sys": sys}
    exec(compile(text, name, "exec"), space)
    frame = space["ä"]
    site = site_of_origin((frame.f_code, frame.f_lasti))
    assert (site.line, site.source) == (2, "return sys._getframe(0)")
    # The frame has left its last instruction: the whole statement.
    assert (site.col, site.end_col) == (4, 27)
    del linecache.cache[name]


def test_columns_count_characters_and_not_bytes():
    name = "<cells test 2>"
    text = "ä = 'öü'; here()\n"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    found = []

    def here():
        frame = sys._getframe(1)
        found.append((frame.f_code, frame.f_lasti))

    exec(compile(text, name, "exec"), {"here": here})
    site = site_of_origin(found[0])
    assert text[site.col : site.end_col] == "here()"
    del linecache.cache[name]


def test_the_innermost_user_line_of_a_traceback_wins():
    inside = linecache.__file__
    site = site_of_traceback(
        [f'  File "{__file__}", line 1, in f\n', f'  File "{inside}", line 9, in g\n', "garbage"]
    )
    assert (site.cell, site.line) == ("test_cells.py", 1)
    assert site_of_traceback(["garbage"]) is None
    assert site_of_traceback([]) is None


def test_the_callers_frame_is_the_users():
    assert caller_frame().f_code is test_the_callers_frame_is_the_users.__code__


def test_equal_text_has_equal_positions():
    def code(name):
        text = "x = 1\n"
        linecache.cache[name] = (len(text), None, [text], name)
        return compile(text, name, "exec")

    first, second = code("<one>"), code("<two>")
    assert position_key((first, 4)) == position_key((second, 4))
    assert position_key(None) is None


def test_statements_of_one_cell_that_look_alike_are_two_places():
    lines = "look(a)\nlook(b)\n"
    first, second = (
        compile(ast.Module([part], []), "cell", "exec") for part in ast.parse(lines).body
    )
    assert position_key((first, 10)) != position_key((second, 10))


def test_unknown_code_is_a_file(tmp_path):
    assert cell_label(str(tmp_path / "train.py")) is None
    assert site_of_origin(None) is None


def test_callables_are_named_without_their_repr():
    import functools

    class Nameless:
        def __call__(self):
            """Be called."""

        def __repr__(self):
            raise RuntimeError("no repr")

    assert describe_callable(len) == "len"
    assert describe_callable(functools.partial(len)) == "len"
    assert describe_callable(Nameless()) == "Nameless"


@both
def test_a_node_that_a_pass_makes_is_of_the_line_that_called_it(torch, recorder_for):
    space = {}
    with recorder_for(space) as recorder:
        x = space["x"] = torch.tensor(3.0, requires_grad=True)
        for _ in range(5):  # the lines of a loop are known after a few passes
            (slope,) = torch.autograd.grad((x * x).sin(), x, create_graph=True)
            slope.backward()
            x.grad = None
        later = slope * 2  # this one is nobody's, once the lines are known
        space["slope"], space["later"] = slope, later
    calls = {node.name: node.site.source for node in recorder.graph.nodes if node.site is not None}
    assert calls["CosBackward0"].startswith("(slope,) = torch.autograd.grad(")
    assert calls["AddBackward0"].startswith("(slope,) = torch.autograd.grad(")
    assert site_of_node(slope.grad_fn).source == calls["CosBackward0"]
    assert site_of_node(later.grad_fn) is None or "later" in site_of_node(later.grad_fn).source
