"""Result types: wrapped numbers, 0-d tensors, casts of gradients."""

from tests.behaviour.helpers import attempt


def table_of_sums(torch):
    kinds = (
        torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
        torch.float16, torch.float32, torch.float64, torch.complex64, torch.complex128,
    )  # fmt: skip
    for a in kinds:
        print(a, [str((torch.ones(1, dtype=a) + torch.ones(1, dtype=b)).dtype)[6:] for b in kinds])


def table_of_products_with_zero_dim(torch):
    kinds = (torch.bool, torch.uint8, torch.int32, torch.int64, torch.float16, torch.float32,
             torch.float64, torch.complex64)  # fmt: skip
    for a in kinds:
        others = [b for b in kinds if not (a == torch.float16 and b.is_complex)]
        results = [torch.ones(1, dtype=a) * torch.ones((), dtype=b) for b in others]
        print(a, [str(result.dtype)[6:] for result in results])


def half_with_complex(torch):
    half = torch.ones(1, dtype=torch.float16)
    print((half * torch.ones((), dtype=torch.complex64)).dtype, (half * 1j).dtype)


def table_with_numbers(torch):
    for kind in (torch.bool, torch.uint8, torch.int32, torch.int64, torch.float16, torch.float32,
                 torch.float64, torch.complex64):  # fmt: skip
        t = torch.ones(2, dtype=kind)
        numbers = (True, 2, 2.5) if kind == torch.float16 else (True, 2, 2.5, 1j)
        print(kind, [str((t * n).dtype)[6:] for n in numbers])


def number_on_the_left(torch):
    i = torch.tensor([1, 2])
    f = torch.tensor([1.0, 2.0])
    print(2 + i, 2.0 + i, 2 - f, 2 / i, 2**f, 5 // i, 7 % i)


def division_of_integers(torch):
    a = torch.tensor([7, -7])
    print(a / 2, a // 2, a % 3, torch.div(a, 2, rounding_mode="trunc"))
    print(torch.div(a, 2, rounding_mode="floor"))


def power_of_integers(torch):
    print(torch.tensor([2, 3]) ** 2, torch.tensor([2, 3]) ** 2.0, 2 ** torch.tensor([2, 3]))
    attempt(lambda: torch.tensor([2]) ** -1)


def functions_of_integers_are_float(torch):
    i = torch.tensor([1, 4])
    print(i.sqrt(), i.exp().dtype, torch.sin(i).dtype, i.sum().dtype, i.sigmoid().dtype)


def sum_of_small_types(torch):
    print(torch.tensor([True, True]).sum(), torch.tensor([200, 100], dtype=torch.uint8).sum())
    print(torch.ones(3, dtype=torch.int8).prod().dtype, torch.ones(2, dtype=torch.float16).sum())


def default_dtype_changes_literals(torch):
    torch.set_default_dtype(torch.float64)
    print(torch.tensor(1.0), torch.ones(2), torch.tensor([1]) / 2)
    torch.set_default_dtype(torch.float32)
    print(torch.tensor(1.0).dtype, torch.get_default_dtype())


def result_type_and_can_cast(torch):
    print(torch.result_type(torch.tensor([1]), 2.0), torch.promote_types(torch.int8, torch.uint8))
    print(torch.can_cast(torch.float64, torch.int32), torch.can_cast(torch.int32, torch.float32))


def gradients_come_back_in_the_leaf_dtype(torch):
    h = torch.ones(2, dtype=torch.float16, requires_grad=True)
    d = torch.ones(2, dtype=torch.float64, requires_grad=True)
    y = (h * d).sum()
    print(y.dtype)
    y.backward()
    print(h.grad, d.grad)


def casts_are_differentiated(torch):
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    y = (x.double() ** 2).sum()
    y.backward()
    print(y, x.grad)


def cast_to_integer_cuts(torch):
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    print(x.int(), x.long(), x.bool())


def comparison_across_types(torch):
    print(torch.tensor([1, 2]) == torch.tensor([1.0, 2.5]), torch.tensor([1, 2]) > 1.5)
    print(torch.tensor(True) + 1, torch.tensor(True) * 2.0)


def where_promotes(torch):
    c = torch.tensor([True, False])
    print(torch.where(c, torch.tensor([1, 2]), torch.tensor([0.5, 0.5])), torch.where(c, 1.0, 0.0))


def cat_promotes(torch):
    print(torch.cat([torch.tensor([1]), torch.tensor([2.5])]))


def float16_arithmetic(torch):
    h = torch.tensor([1.0, 0.1], dtype=torch.float16)
    print(h + 1, h * h, h.sum())


def complex_gradient(torch):
    z = torch.tensor(1 + 2j, requires_grad=True)
    y = (z * z.conj()).real
    y.backward()
    print(y, z.grad)


def complex_times_real_leaf(torch):
    x = torch.tensor(2.0, requires_grad=True)
    z = torch.tensor(1 + 2j)
    (x * z).abs().backward()
    print(x.grad)


def in_place_keeps_the_left_type(torch):
    f = torch.ones(2)
    f += torch.ones(2, dtype=torch.float64)
    print(f.dtype)
    i = torch.ones(2, dtype=torch.int32)
    i += 1
    print(i)


def what_a_dtype_has_not(torch):
    z, x, b = torch.tensor([1j]), torch.tensor([1.0]), torch.tensor([True])
    for name in ("atan2", "copysign", "hypot", "xlogy", "fmax", "fmin", "heaviside", "nextafter"):
        attempt(lambda name=name: getattr(torch, name)(z, z))
        attempt(lambda name=name: getattr(torch, name)(x, z))
    attempt(lambda: torch.linalg.cross(b.expand(3), b.expand(3)))
    attempt(lambda: torch.lerp(b, torch.tensor([1]), 0.5))
    attempt(lambda: torch.lerp(x, x.double(), 0.5))


def what_does_not_fit_is_said_before_what_is_not_there(torch):
    x, i, b = torch.tensor(1.0), torch.tensor(1), torch.tensor(True)
    z = torch.tensor(1j)
    for name in ("floor_divide_", "remainder_", "bitwise_and_", "pow_"):
        attempt(lambda name=name: getattr(b.clone(), name)(b.expand(3)))
        attempt(lambda name=name: getattr(b.clone(), name)(z))
        attempt(lambda name=name: getattr(i.clone(), name)(z))
        attempt(lambda name=name: getattr(i.clone(), name)(x.expand(3)))


def complex_numbers_for_real_elements(torch):
    names = ("uint8", "int8", "int16", "int32", "int64", "float32", "float64", "bool")
    for name in names:
        x = torch.ones(2, dtype=getattr(torch, name))
        attempt(lambda x=x: x.fill_(2j))
        attempt(lambda x=x: x.masked_fill(torch.tensor(True), 2j))
        attempt(lambda x=x: x.__setitem__(0, 2j))
        attempt(lambda x=x: print(x.fill_(2 + 0j)))


def what_out_may_be(torch):
    f, i = torch.tensor([1.5, -2.25, 0.5]), torch.tensor([3, 2, 5])
    double, long = torch.zeros(3, dtype=torch.double), torch.zeros(3, dtype=torch.long)
    print(torch.exp(f, out=double).dtype, torch.add(f, i, out=double).dtype)
    attempt(lambda: torch.add(f, i, out=long))
    for name in ("abs", "neg", "floor", "sign", "nan_to_num", "isposinf"):
        attempt(lambda name=name: getattr(torch, name)(f, out=double))
        attempt(lambda name=name: getattr(torch, name)(i, out=double))
    for name in ("amax", "argmax", "all", "softmax", "msort"):
        row = (0,) if name != "msort" else ()
        attempt(lambda name=name, row=row: getattr(torch, name)(f, *row, out=double))
    attempt(lambda: torch.bitwise_not(f, out=long))
    attempt(lambda: torch.bitwise_and(f, i, out=long))
    attempt(lambda: torch.mm(f[None], f[:, None], out=double))


def sums_are_of_the_dtype_of_out(torch):
    f = torch.tensor([1.5, -2.25, 3.5])
    for name in ("sum", "prod", "cumsum"):
        out = torch.zeros(3 if name == "cumsum" else (), dtype=torch.long)
        print(name, getattr(torch, name)(f, 0, out=out))
        kind = torch.float64
        attempt(lambda n=name, o=out, k=kind: getattr(torch, n)(f, 0, dtype=k, out=o))


def numbers_where_tensors_belong(torch):
    f = torch.tensor([1.5, -2.25])
    attempt(lambda: torch.addcmul(f, 2, f))
    attempt(lambda: torch.addcdiv(2.0, f, f))
    attempt(lambda: torch.nn.functional.threshold(f, 1, f))


def kernels_that_a_dtype_has_not(torch):
    f, i = torch.tensor([1.5, -2.25]), torch.tensor([3, 2])
    c, b = torch.tensor([1.5 + 1j, 2.0]), torch.tensor([True, False])
    attempt(lambda: torch.addcdiv(f, i, i))
    print(torch.addcdiv(i, i, f), torch.addcmul(i, i, f))
    attempt(lambda: torch.addcmul(b, b, b))
    attempt(lambda: f.clamp_min(c))
    attempt(lambda: c.clamp_max(1))
    attempt(lambda: b.clamp_min(True))
    attempt(lambda: i.clamp_(f))
    attempt(lambda: torch.isin(b, b))
    attempt(lambda: torch.searchsorted(f, c))
    attempt(lambda: torch.cdist(i[None], f[None]))
    attempt(lambda: torch.dist(i, i))
    attempt(lambda: torch.erfc(c))
    attempt(lambda: torch.sort(c))
    attempt(lambda: torch.signbit(c))
    attempt(lambda: torch.full((2,), 1j, dtype=torch.int64))
    attempt(lambda: torch.tensordot(f, i, 1))
    attempt(lambda: torch.tensor([1, 2]).bitwise_and_(2.5))


def losses_of_mixed_types(torch):
    F = torch.nn.functional
    half, single = torch.tensor([1.5, -2.0], dtype=torch.half), torch.tensor([0.5, 1.0])
    i = torch.tensor([3, 2])
    print(F.mse_loss(half, single), F.huber_loss(half, single), F.smooth_l1_loss(half, single))
    print(F.huber_loss(single, half), F.mse_loss(single, i))
    attempt(lambda: F.mse_loss(i, i))
    attempt(lambda: F.huber_loss(i, single))
    attempt(lambda: F.huber_loss(i, i))
    attempt(lambda: F.smooth_l1_loss(i, i))


def logaddexp_of_complex_numbers(torch):
    a = torch.tensor([1.5 + 1j, -2.0 + 0.5j], requires_grad=True)
    b = torch.tensor([0.5 - 1j, 3.0 + 1j], requires_grad=True)
    found = torch.logaddexp(a, b)
    found.abs().sum().backward()
    print(found, a.grad, b.grad)


def more_kernels_that_a_dtype_has_not(torch):
    f, i = torch.tensor([1.5, 2.25]), torch.tensor([3, 2])
    c, b = torch.tensor([1.5 + 1j, 2.0]), torch.tensor([True, False])
    attempt(lambda: torch.lgamma(c))
    attempt(lambda: torch.i0(c))
    attempt(lambda: torch.histc(i))
    attempt(lambda: torch.histc(c))
    attempt(lambda: torch.bincount(b))
    attempt(lambda: 2 << f)
    attempt(lambda: torch.var_mean(i))
    attempt(lambda: torch.std_mean(b))
    attempt(lambda: torch.nn.functional.mse_loss(f, 2.0))
    attempt(lambda: torch.tensor(1.0).index_put((i,), f))
    attempt(lambda: torch.special.zeta(f.half(), 2))
    attempt(lambda: torch.cumsum(f, 0, dtype=torch.bool))
    attempt(lambda: torch.inner(torch.tensor(2.0), 3.0))


def numbers_that_no_tensor_holds(torch):
    vector, number = torch.ones(2, requires_grad=True), torch.tensor(2.0, requires_grad=True)
    for x in (vector, number):
        for big in (10**40, 10**25, 2**24 + 1, -(2**62), 1e300):
            for function in (
                lambda x, n: n - x,
                lambda x, n: x - n,
                lambda x, n: n * x,
                lambda x, n: x / n,
            ):
                attempt(lambda f=function, x=x, n=big: f(x, n))
