"""Results written into tensors that were given: `out=` of another shape, or in shared memory."""

from functools import partial

from tests.behaviour.helpers import attempt, warned


def outputs_of_another_shape_are_resized_with_a_warning(torch):
    x = torch.arange(6.0).reshape(2, 3)
    for out in (torch.empty(2), torch.empty(0), torch.empty(2, 3)):
        print(warned(lambda out=out: torch.add(x, x, out=out)))
    print(warned(lambda: torch.sum(x, 1, out=torch.empty(5))))
    print(warned(lambda: torch.cat([x, x], out=torch.empty(5))))
    print(warned(lambda: torch.nonzero(x, out=torch.empty(5, dtype=torch.int64))))
    print(warned(lambda: torch.arange(3, out=torch.empty(5))))
    print(warned(lambda: torch.full((3,), 1.0, out=torch.empty(5))))


def a_resized_output_keeps_its_memory(torch):
    z = torch.arange(6.0)
    out = z[:4]
    warned(lambda: torch.add(torch.ones(2), 10.0, out=out))
    print(out, z)
    out.resize_(0)
    print(torch.neg(torch.ones(3), out=out) is out, z)


def several_outputs_are_named(torch):
    x = torch.tensor([[1.0, 3.0], [2.0, 0.0]])
    pair = torch.empty(2), torch.empty(2, dtype=torch.int64)
    found = torch.max(x, 1, out=pair)
    print(found, isinstance(found, torch.return_types.max_out), found.values is pair[0])
    print(torch.max(x, 1, out=None))
    print(torch.kthvalue(x, 1, 1, out=None))
    found = torch.linalg.slogdet(torch.eye(2), out=(torch.empty(()), torch.empty(())))
    print(type(found).__name__, found.logabsdet)


def outputs_that_share_memory_with_operands(torch):
    for name in ("neg", "exp", "cumsum", "sort"):
        z = torch.arange(6.0)
        more = (0,) if name == "cumsum" else ()
        full = (lambda o: (o, torch.empty(3, dtype=torch.int64))) if name == "sort" else lambda o: o
        run = getattr(torch, name)
        for given, place in ((z[:3], z[1:4]), (z[:3], z[:3]), (z[::2], z[:3])):
            attempt(partial(run, given, *more, out=full(place)))
    z = torch.arange(6.0)
    attempt(lambda: torch.mul(z[:3], z[1:4], out=z[1:4]))
    attempt(lambda: torch.maximum(z[:3], z[1:4], out=z[3:6]))
    attempt(lambda: torch.softmax(z[:3], 0, out=z[1:4]))


def positions_as_a_tuple_take_no_output(torch):
    out = torch.empty(0, dtype=torch.int64)
    attempt(lambda: torch.nonzero(torch.eye(2), as_tuple=True, out=out))
    print(torch.nonzero(torch.eye(2), as_tuple=False, out=out))
