"""Tables of profiles have PyTorch's text, and a profile leaves the program as it was."""

import sys
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_nb
from autograd_nb.autograd import profiler_util as ours

try:
    from torch.autograd import profiler_util as theirs
except ModuleNotFoundError:
    theirs = None

needs_torch = pytest.mark.skipif(theirs is None, reason="compares with PyTorch")

EVENTS = st.lists(
    st.tuples(
        st.text("abcdefgh:_", min_size=1, max_size=70),
        st.integers(0, 10**9),  # begin, in ns
        st.integers(1, 10**10),  # length, in ns
        st.lists(st.lists(st.integers(0, 9999), max_size=4), max_size=5),
        st.lists(st.text("abc/.", min_size=1, max_size=90), max_size=3),
        st.integers(-(2**40), 2**40),
        st.integers(0, 10**14),
    ),
    min_size=1,
    max_size=5,
)


def pair(rows, **shown):
    """Return the same events as PyTorch's and as ours."""
    a, b = [], []
    for i, (name, begin, length, shapes, stack, memory, flops) in enumerate(rows):
        begin, end = begin / 1e3, (begin + length) / 1e3
        more = {"input_shapes": shapes, "stack": stack, "cpu_memory_usage": memory, "flops": flops}
        a.append(theirs.FunctionEvent(i, name, 0, begin, end, **more))
        b.append(ours.FunctionEvent(i, name, 0, ours.Interval(begin, end), **more))
    expected = theirs.EventList(a, **shown)
    expected._tree_built = True  # none is inside another
    return expected, ours.EventList(b, **shown)


@needs_torch
@given(EVENTS, st.booleans(), st.booleans(), st.sampled_from([None, "s", "ms", "us"]))
def test_a_table_has_pytorchs_text(rows, memory, flops, unit):
    if flops:  # PyTorch writes deeper lines of a stack below its last column, whatever that is
        rows = [(*row[:4], [], *row[5:]) for row in rows]
    expected, found = pair(rows, profile_memory=memory, with_flops=flops)
    for sort, limit, header in product([None, "self_cpu_time_total"], [100, 2], [None, "a title"]):
        options = {"sort_by": sort, "row_limit": limit, "header": header, "time_unit": unit}
        assert found.table(**options) == expected.table(**options)
    for shapes, depth in product([True, False], [0, 2]):
        assert str(found.key_averages(shapes, depth)) == str(expected.key_averages(shapes, depth))
    assert found[0].cpu_time_str == expected[0].cpu_time_str
    assert str(found.total_average()) == str(expected.total_average())


def test_events_within_are_taken_off():
    outer = ours.FunctionEvent(1, "outer", 0, ours.Interval(0.0, 10.0), cpu_memory_usage=8)
    inner = ours.FunctionEvent(2, "inner", 0, ours.Interval(2.0, 5.0), cpu_memory_usage=6)
    outer.cpu_children.append(inner)
    assert outer.self_cpu_time_total == 7 and outer.self_cpu_memory_usage == 2
    assert ours.EventList([outer, inner]).self_cpu_time_total == 10


def test_stacks_name_the_users_lines(tmp_path):
    with autograd_nb.profiler.profile(with_stack=True) as prof:
        autograd_nb.ones(3).exp()
    (event,) = [event for event in prof.events() if event.name == "aten::exp"]
    assert "test_profiler.py" in event.stack[0] and event.stack[0].endswith(
        ": test_stacks_name_the_users_lines"
    )
    prof.export_stacks(str(tmp_path / "stacks.txt"))
    lines = (tmp_path / "stacks.txt").read_text().splitlines()
    assert all(
        line.rsplit(" ", 1)[1].isdigit() and " " not in line.rsplit(" ", 1)[0] for line in lines
    )


def test_python_s_hook_is_put_back_and_still_hears():
    heard = []

    def hook(frame, what, value):
        heard.append(what)

    before = sys.getprofile()
    sys.setprofile(hook)
    try:
        with autograd_nb.autograd.profiler.profile():
            autograd_nb.ones(1)
        assert sys.getprofile() is hook
    finally:
        sys.setprofile(before)
    assert "call" in heard and "return" in heard


def test_a_profile_within_a_profile():
    with autograd_nb.autograd.profiler.profile() as outer:
        with autograd_nb.autograd.profiler.profile() as inner:
            autograd_nb.ones(1)
        autograd_nb.zeros(1)
    assert [event.name for event in inner.function_events] == ["aten::ones"]
    assert [event.name for event in outer.function_events] == ["aten::ones", "aten::zeros"]


def test_numbers_are_the_same_while_profiled():
    def run():
        autograd_nb.manual_seed(0)
        model = autograd_nb.nn.Sequential(autograd_nb.nn.Linear(4, 8), autograd_nb.nn.GELU())
        model(autograd_nb.randn(5, 4)).pow(2).sum().backward()
        return [p.grad.tolist() for p in model.parameters()]

    plain = run()
    with autograd_nb.profiler.profile(
        record_shapes=True, profile_memory=True, with_stack=True, with_flops=True
    ):
        assert run() == plain
