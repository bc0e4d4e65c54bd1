"""`torch.testing.assert_close`: what is compared, and what it says."""

import numpy as np

from tests.behaviour.helpers import attempt


def _compare(torch, actual, expected, **options):
    attempt(lambda: torch.testing.assert_close(actual, expected, **options))


def tensors_that_are_far_apart(torch):
    t, cases = torch.tensor, []
    cases += [([1.0, 2.0], [1.0, 2.1]), ([1.0, 2.0, 3.0], [1.0, 2.1, 3.5]), (1.0, 2.0)]
    cases += [([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 5.0]]), ([1], [2]), (3, 4)]
    cases += [([True, False], [True, True]), ([1.0, 2.0], [[1.0, 2.0]]), ([1 + 1j], [1 + 2j])]
    cases += [([1.0, float("nan"), 3.0], [1.0, 2.0, 4.0]), ([1, 5], [3, 6]), ([1, 2], [0, 0])]
    cases += [([float("inf")], [-float("inf")]), ([1e10], [1.1e10]), ([0.0, 1e-6], [0.0, 0.0])]
    for actual, expected in cases:
        _compare(torch, t(actual), t(expected))
    half = torch.float16
    _compare(torch, t([0.1], dtype=half), t([0.2], dtype=half))
    small = torch.uint8
    _compare(torch, t([100, 200], dtype=small), t([200, 100], dtype=small))
    _compare(torch, torch.ones(1000), torch.zeros(1000))
    _compare(torch, t([1.0, 2.0]), t([1, 3]), check_dtype=False)
    _compare(torch, torch.empty(0), torch.empty(0, 2))


def tolerances(torch):
    a, b = torch.tensor([1.0]), torch.tensor([1.1])
    _compare(torch, a, b, rtol=0.2, atol=0.0)
    _compare(torch, a, b, rtol=0.2)
    _compare(torch, a, b, atol=0.2)
    _compare(torch, a, b, rtol=0, atol=0)
    _compare(torch, a, b, rtol=1e-3, atol=0)
    nan = torch.tensor([float("nan")])
    _compare(torch, nan, nan)
    _compare(torch, nan, nan, equal_nan=True)


def what_else_is_compared(torch):
    turned, wide = torch.ones(2, 3).t(), torch.ones(3, 2, dtype=torch.float64)
    _compare(torch, turned, wide)
    _compare(torch, turned, wide, check_stride=True)
    _compare(torch, turned, wide, check_dtype=False)
    _compare(torch, torch.tensor([1, 2], dtype=torch.int32), torch.tensor([1, 2]))
    _compare(torch, torch.nn.Parameter(turned), turned)
    try:
        torch.testing.assert_close(torch.nn.Parameter(turned), turned, allow_subclasses=False)
    except TypeError as error:
        print("No comparison pair" in str(error), "Parameter" in str(error))


def numbers_and_truth(torch):
    cases = [(1.0, 2.0), (1, 2), (1, 1.0), (1.0, 1.0), (True, False), (1 + 1j, 1 + 2j), (3, 5)]
    cases += [(0.0, 1.0), (1.0, 0.0), (-0.0, 0.0), (1j, 2j), (float("nan"), float("nan"))]
    cases += [(float("inf"), float("inf")), (np.float32(1.0), 1.0), (np.float64(1), np.float64(2))]
    for actual, expected in cases:
        _compare(torch, actual, expected)
    _compare(torch, 2, 2.5, check_dtype=False)
    _compare(torch, 1.0, 1.5, rtol=0.0, atol=0.0)
    _compare(torch, None, None)
    _compare(torch, None, 1)


def containers(torch):
    t = torch.tensor
    _compare(torch, [1.0, 2.0], [1.0, 3.0])
    _compare(torch, (1.0, 2.0), [1.0, 2.0])
    _compare(torch, [1.0], [1.0, 2.0])
    _compare(torch, [1.0], [1.0, 2.0], msg="not used")
    _compare(torch, {"a": 1.0}, {"a": 2.0})
    _compare(torch, {"a": 1.0}, {"b": 1.0})
    _compare(torch, {"a": [t([1.0]), t([2.0])]}, {"a": [t([1.0]), t([3.0])]})
    _compare(torch, {2: 1.0, 1: 2.0}, {1: 2.5, 2: 1.5})
    _compare(torch, {"a": 1.0, 2: 3.0}, {"a": 1.0, 2: 4.0})
    _compare(torch, [1.0, [2.0, "a"]], [3.0, [2.0, "b"]])
    _compare(torch, range(2), [0, 2])
    _compare(torch, b"ab", b"ab")
    _compare(torch, {}, {})


def what_cannot_be_compared(torch):
    _compare(torch, "a", "a")
    _compare(torch, set(), set())
    _compare(torch, object, object)
    for other in ([1.0], 1.0, np.ones(1)):
        try:
            torch.testing.assert_close(torch.tensor([1.0]), other)
        except TypeError as error:
            print(str(error).endswith(f"Tensor'> and {type(other)}."))


def words_of_the_user(torch):
    _compare(torch, 1.0, 2.0, msg="mine")
    _compare(torch, [1.0], [2.0], msg=lambda text: f"Header {text} Footer")


def the_older_function(torch):
    attempt(lambda: torch.testing.assert_allclose(torch.tensor([1.0]), torch.tensor([2.0])))
    attempt(lambda: torch.testing.assert_allclose(torch.tensor([1.0]), [1.00001]))
