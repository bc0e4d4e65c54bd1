"""What PyTorch's own tests of tensors ask for, and the other programs do not."""

from __future__ import annotations

from typing import Any

from tests.behaviour.helpers import attempt, warned


def copies_of_structures_keep_sharing(torch: Any) -> None:
    from copy import deepcopy

    a = torch.arange(5.0)
    q = [a, [a.storage(), torch.arange(3.0).storage()], a.untyped_storage()]
    w = deepcopy(q)
    w[0].add_(1)
    print(w[1][0].tolist(), w[0].tolist(), a.tolist())
    w[1][0][0] = 7.0
    print(w[0].tolist(), w[2].data_ptr() == w[0].data_ptr(), w[1][1].tolist())


def tensors_of_a_storage(torch: Any) -> None:
    a = torch.arange(6.0).view(2, 3)
    for storage in (a.storage(), a.untyped_storage(), a[1].storage()):
        made = torch.tensor(storage, dtype=torch.float32)
        print(made, made.data_ptr() == a.data_ptr())
    attempt(lambda: torch.tensor(a.storage(), dtype=torch.float64))
    attempt(lambda: torch.tensor(a.storage(), dtype=torch.int32))
    print(attempt(lambda: torch.tensor(a.storage())))
    attempt(lambda: torch.tensor(a.double().storage()))


def bernoulli_into_integers(torch: Any) -> None:
    for dtype in (torch.uint8, torch.int64, torch.bool, torch.float64):
        torch.manual_seed(0)
        t = torch.empty(5, dtype=dtype)
        p = torch.full((5,), 0.5)
        print(attempt(lambda t=t, p=p: torch.bernoulli(p, out=t)))
        print(attempt(lambda t=t, p=p: t.bernoulli_(p)))
        print(attempt(lambda t=t: t.bernoulli_(0.5)))


def cauchy_at_the_ends(torch: Any) -> None:
    for dtype in (torch.float32, torch.float64):
        print(torch.empty((1,), dtype=dtype).cauchy_(float("inf"), 0.5))
        attempt(lambda dtype=dtype: torch.empty((1,), dtype=dtype).cauchy_(0.0, 0.0))
        attempt(lambda dtype=dtype: torch.empty((1,), dtype=dtype).cauchy_(0.0, -0.5))
        attempt(lambda dtype=dtype: torch.empty((1,), dtype=dtype).cauchy_(float("nan"), 0.5))


def differences_with_ends_that_do_not_fit(torch: Any) -> None:
    t = torch.ones(2, 3)
    attempt(lambda: t.diff(dim=0, prepend=torch.tensor([1, 2, 3])))
    attempt(lambda: t.diff(dim=0, prepend=torch.tensor([[0, 1]])))
    attempt(lambda: t.diff(dim=0, append=torch.tensor([[0, 1]])))
    attempt(lambda: t.diff(dim=0, n=-1))
    attempt(lambda: t.diff(dim=2))
    attempt(lambda: torch.tensor(2.0).diff())
    print(t.diff(dim=1, prepend=torch.zeros(2, 1, dtype=torch.int64), append=torch.ones(2, 2)))
    print(t.diff(dim=1, n=5), t.diff(n=0))


def gradients_with_wrong_spacing(torch: Any) -> None:
    t = torch.arange(6.0).view(2, 3)
    for spacing in ((2,), (2, 2), (2, 2, 2), (torch.tensor([0.0, 1.0]),), ()):
        attempt(lambda spacing=spacing: torch.gradient(t, spacing=spacing))
    attempt(lambda: torch.gradient(t, dim=3))
    attempt(lambda: torch.gradient(t, dim=(0, 0)))
    attempt(lambda: torch.gradient(t, edge_order=3))
    attempt(lambda: torch.gradient(torch.ones(2, 1)))
    attempt(lambda: torch.gradient(t, spacing=(2, 2), dim=0))


def tensors_of_lists_of_tensors(torch: Any) -> None:
    for dtype in (torch.float64, torch.float16, torch.int8, torch.complex128, torch.bool):
        parts = [torch.ones((), dtype=dtype), torch.zeros((), dtype=dtype)]
        print(torch.tensor(parts), torch.tensor([parts, parts]).dtype)
    print(torch.tensor([torch.tensor(1.5), torch.tensor(2, dtype=torch.float64), 3]))
    print(torch.tensor([torch.tensor([1.5]), torch.tensor([2])]))


def filling_with_numbers_out_of_range(torch: Any) -> None:
    index = torch.tensor([0, 2])
    for dtype in (torch.uint8, torch.int8):
        x = torch.zeros(4, dtype=dtype)
        for value in (-1, 300, 1.7, -1.7):
            print(attempt(lambda x=x, value=value: x.index_fill(0, index, value)))
            print(attempt(lambda x=x, value=value: x.clone().index_fill_(0, index, value)))
            print(attempt(lambda x=x, value=value: x.masked_fill(x == 0, value)))
            print(attempt(lambda x=x, value=value: x.clone().fill_(value)))
            print(attempt(lambda x=x, value=value: x.scatter(0, index, value)))
        attempt(lambda x=x: x.index_fill(0, index, 1 + 1j))
    for dtype in (torch.float16, torch.float32):
        for value in (1e39, float("inf"), float("nan"), -1e5):
            attempt(lambda dtype=dtype, value=value: torch.zeros(2, dtype=dtype).fill_(value))
            attempt(lambda dtype=dtype, value=value: torch.full((2,), value, dtype=dtype))


def copies_of_parts_into_others(torch: Any) -> None:
    x = torch.arange(6.0)
    out = [torch.zeros(2), torch.zeros(4)]
    print(torch.split_with_sizes_copy(x, [2, 4], out=out), out)
    out = [torch.zeros(2), torch.zeros(2), torch.zeros(2)]
    print(torch.split_copy(x, 2, out=tuple(out)), out)
    out = [torch.zeros(3), torch.zeros(3)]
    print(torch.unbind_copy(x.view(2, 3), out=out), out)
    attempt(lambda: torch.split_with_sizes_copy(x, [2, 4], out=[torch.zeros(2)]))


def deterministic_flags(torch: Any) -> None:
    for mode in (True, False):
        for warn_only in (True, False):
            torch.use_deterministic_algorithms(mode, warn_only=warn_only)
            print(
                torch.are_deterministic_algorithms_enabled(),
                torch.is_deterministic_algorithms_warn_only_enabled(),
                torch.get_deterministic_debug_mode(),
            )
    torch.use_deterministic_algorithms(False)
    attempt(lambda: torch.use_deterministic_algorithms(1))
    attempt(lambda: torch.use_deterministic_algorithms(False, warn_only=1))


def orders_of_dimensions(torch: Any) -> None:
    for shape in ([2, 2, 1, 2], [1, 2, 1, 2], [2, 3, 4, 5]):
        for memory_format in (torch.contiguous_format, torch.channels_last):
            t = torch.empty(shape).to(memory_format=memory_format)
            print(shape, t.dim_order())
            print(attempt(lambda t=t: t.dim_order(ambiguity_check=True)))
            print(attempt(lambda t=t: t.dim_order(ambiguity_check=[torch.contiguous_format])))
    attempt(lambda: torch.empty(1, 2).dim_order(ambiguity_check="no"))


def resizing_as_another_with_a_format(torch: Any) -> None:
    nhwc = torch.empty(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    for memory_format in (torch.preserve_format, torch.contiguous_format, torch.channels_last):
        x = torch.empty(1).resize_as_(nhwc, memory_format=memory_format)
        print(x.shape, x.stride())


def draws_into_a_tensor_of_another_size(torch: Any) -> None:
    x, out = torch.zeros(2, 3), torch.zeros(4)
    warned(lambda: torch.normal(x, x, out=out))
    print(out.shape)


def factors_of_sums(torch: Any) -> None:
    for dtype in (torch.bool, torch.int64, torch.float32, torch.complex64):
        x = torch.ones(2, dtype=dtype)
        for alpha in (1.0, 2.0, 1j, 2 + 0j, True, False, 1, 2):
            print(dtype, alpha)
            print(attempt(lambda x=x, alpha=alpha: torch.add(x, x, alpha=alpha)))
            print(attempt(lambda x=x, alpha=alpha: torch.add(x, 1, alpha=alpha)))
            print(attempt(lambda x=x, alpha=alpha: x.clone().add_(x, alpha=alpha)))
            if dtype is not torch.bool:
                print(attempt(lambda x=x, alpha=alpha: torch.sub(x, x, alpha=alpha)))
                print(attempt(lambda x=x, alpha=alpha: torch.rsub(x, 1, alpha=alpha)))


def changes_of_views_that_need_a_layout(torch: Any) -> None:
    x = torch.arange(8.0, dtype=torch.float64).view(2, 2, 2).requires_grad_()
    base = x.clone()
    pairs = torch.view_as_real(torch.view_as_complex(base))
    pairs.mul_(2)
    pairs.sum().backward()
    print(x.grad, type(base.grad_fn).__name__)
    y = torch.arange(6.0).view(2, 3).requires_grad_()
    base = y.clone().t()
    row = base.t().view(-1)
    row[1:3].mul_(3)
    (base * torch.arange(6.0).view(3, 2)).sum().backward()
    print(y.grad)


def views_of_all_memory_of_a_dual_tensor(torch: Any) -> None:
    fwd = torch.autograd.forward_ad
    primal = torch.arange(5.0)[:4].detach()
    with fwd.dual_level():
        dual = fwd.make_dual(primal, torch.ones(4))
        print(
            dual.as_strided((5,), (1,), 0), fwd.unpack_dual(dual).tangent.untyped_storage().size()
        )
        print(fwd.unpack_dual(dual.as_strided((5,), (1,), 0)).tangent)
