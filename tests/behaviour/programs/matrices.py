"""Norms, ranks, pseudo-inverses and least squares: argument forms, singular and empty matrices."""

import math
from typing import Any

from tests.behaviour.helpers import attempt, warned


def _matrix(torch: Any, **kwargs: Any) -> Any:
    rows = [[4.0, 1.0, 2.0], [1.0, 3.0, 0.0], [2.0, 0.0, 5.0]]
    return torch.tensor(rows, dtype=torch.float64, **kwargs)


def _rounded(torch: Any, values: Any) -> Any:
    """Return values without the last bits and without negative zeros."""
    return (torch.round(values.detach().double(), decimals=6) + 0.0).tolist()


def lstsq_checks_its_arguments(torch: Any) -> None:
    a = _matrix(torch)
    lstsq = torch.linalg.lstsq
    attempt(lambda: lstsq(a[0], a[0]))
    attempt(lambda: lstsq(a, torch.tensor(1.0).double()))
    attempt(lambda: lstsq(a[:2], a[0]))
    attempt(lambda: lstsq(a[:2], a[0, :, None]))
    attempt(lambda: lstsq(torch.stack([a, a]), a[:1]))
    attempt(lambda: lstsq(a, torch.stack([a, a])))
    attempt(lambda: lstsq(a, a.long()))
    attempt(lambda: lstsq(a.long(), a.long()))
    attempt(lambda: lstsq(a, a, driver="other"))
    print(_rounded(torch, lstsq(input=a, b=a[0]).solution))


def lstsq_of_empty_matrices(torch: Any) -> None:
    for m, n, k in ((0, 0, 0), (3, 0, 2), (0, 3, 2)):
        found = torch.linalg.lstsq(torch.ones(2, m, n), torch.ones(2, m, k), driver="gelsd")
        print([tuple(part.shape) for part in found])


def lstsq_drivers(torch: Any) -> None:
    a = _matrix(torch)
    for driver in ("gels", "gelsy", "gelsd", "gelss"):
        for rcond in (None, -1):
            found = torch.linalg.lstsq(a[:, :2], a[0], rcond=rcond, driver=driver)
            print(driver, rcond, [_rounded(torch, part) for part in found])
    for driver in ("gelsd", "gelss"):
        found = torch.linalg.lstsq(a, a[0], rcond=0.6, driver=driver)
        print(driver, _rounded(torch, found.solution), found.rank.item())
    flat = torch.eye(3)
    flat[2, 2] = 0
    attempt(lambda: torch.linalg.lstsq(flat, flat, driver="gels"))


def lstsq_of_a_vector_is_one_node(torch: Any) -> None:
    a, b = _matrix(torch, requires_grad=True), torch.ones(3, requires_grad=True).double()
    found = torch.linalg.lstsq(a[:, :2], b).solution
    print(type(found.grad_fn).__name__, found.shape)
    found.sum().backward()
    print(_rounded(torch, a.grad))


def condition_numbers(torch: Any) -> None:
    flat = torch.eye(3)
    flat[2, 2] = 0
    for p in (None, 2, -2, 1, -1, math.inf, -math.inf, "fro", "nuc"):
        print(p, round(torch.linalg.cond(_matrix(torch), p).item(), 6))
        print(torch.linalg.cond(flat, p).item(), torch.linalg.cond(torch.ones(2, 0, 0), p))
        attempt(lambda p=p: torch.linalg.cond(torch.ones(2), p))
    for p in (1, "fro", "nuc"):
        attempt(lambda p=p: torch.linalg.cond(torch.ones(2, 3), p))
        attempt(lambda p=p: torch.linalg.cond(torch.ones(2, 2).long(), p))
    for p in (3, "other", 1 + 2j):
        attempt(lambda p=p: torch.linalg.cond(flat, p))


def orders_of_norms(torch: Any) -> None:
    a = _matrix(torch)
    attempt(lambda: torch.linalg.vector_norm(a, 1 + 2j))
    attempt(lambda: torch.linalg.matrix_norm(a, 1 + 2j))
    attempt(lambda: torch.norm(a, 1 + 2j))
    attempt(lambda: torch.linalg.norm(a[0], "fro"))
    attempt(lambda: torch.linalg.norm(a[0], "other"))
    attempt(lambda: torch.linalg.norm(a, "fro", 0))
    attempt(lambda: torch.linalg.norm(a, "nuc", (-1, 1)))
    attempt(lambda: torch.linalg.matrix_norm(a[0], 0, (4,)))
    attempt(lambda: torch.linalg.matrix_norm(a, 1, (0, 1, 2)))
    x = torch.arange(24.0).reshape(2, 3, 4)
    print([torch.norm(x, "nuc", dim=d).is_contiguous() for d in ((0, 1), (2, 0), (1, 0))])


def ranks(torch: Any) -> None:
    a = _matrix(torch)
    rank = torch.linalg.matrix_rank
    print(rank(a), rank(a, 3.0), rank(a, 3.0, True), rank(a, tol=6.0), rank(a, rtol=0.5))
    print(rank(torch.stack([a, a]), torch.tensor([0.1, 3.0])))
    print(rank(a, atol=torch.tensor(0.0)), rank(torch.ones(2, 0, 3)))
    attempt(lambda: rank(a, torch.tensor(1j)))
    attempt(lambda: rank(a, 0.1, rtol=0.2))
    attempt(lambda: rank(torch.stack([a, a]), torch.ones(3)))
    attempt(lambda: rank(a.long()))
    attempt(lambda: rank(a[:2], hermitian=True))


def pseudo_inverses(torch: Any) -> None:
    a = _matrix(torch)
    pinv = torch.linalg.pinv
    print(_rounded(torch, pinv(a, 0.5)))
    print(_rounded(torch, pinv(a, 0.5, True)))
    print(_rounded(torch, pinv(torch.stack([a, a]), torch.tensor([0.1, 0.7]))))
    print(_rounded(torch, pinv(a, rcond=torch.tensor(1), hermitian=True)))
    print(_rounded(torch, pinv(a, atol=torch.tensor(3.0))))
    print(_rounded(torch, torch.pinverse(a, torch.tensor(0.5))))
    attempt(lambda: pinv(a, torch.tensor(1j)))
    attempt(lambda: pinv(a, 0.1, atol=0.2))
    attempt(lambda: pinv(torch.stack([a, a]), torch.ones(3)))
    attempt(lambda: pinv(a[:2], hermitian=True))
    attempt(lambda: pinv(a[0]))
    attempt(lambda: pinv(a.long()))


def decompositions_of_what_is_not_finite(torch: Any) -> None:
    a = _matrix(torch)
    a[2, 2] = math.nan
    attempt(lambda: torch.linalg.eig(a))
    try:
        torch.linalg.svd(a)
    except torch.linalg.LinAlgError as error:
        print("failed to converge" in str(error))


def losses_that_depend_on_phases(torch: Any) -> None:
    a = _matrix(torch) + 1j * torch.tensor([[0.0, 1.0, 2.0], [-1.0, 0.0, 1.0], [0.0, 1.0, 2.0]])
    a.requires_grad_()
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    for loss in (u, vh, u + vh):
        attempt(lambda loss=loss: loss.sum().abs().backward(retain_graph=True))
    attempt(lambda: (u @ (s[:, None] * vh)).abs().sum().backward())


def functions_that_were_removed(torch: Any) -> None:
    a = torch.eye(2)
    attempt(lambda: torch.eig(a))
    attempt(lambda: torch.symeig(a))
    attempt(lambda: torch.solve(a, a))
    attempt(lambda: a.lstsq(a))
    attempt(lambda: torch.matrix_rank(a))


def outputs_of_another_dtype(torch: Any) -> None:
    a = torch.eye(2)
    lu, pivots = torch.linalg.lu_factor(a)
    calls = {
        "linalg.cholesky cholesky linalg.inv inverse linalg.det linalg.eigvalsh": (a,),
        "linalg.svdvals linalg.eigvals linalg.cond linalg.pinv linalg.matrix_rank": (a,),
        "linalg.matrix_norm linalg.norm histc": (a,),
        "cholesky_solve linalg.solve linalg.matmul inner tensordot chain_matmul": (a, a),
        "mv linalg.householder_product": (a, a[0]),
        "linalg.matrix_power": (a, 2),
        "linalg.multi_dot": ([a, a],),
        "linalg.lu_solve": (lu, pivots, a),
        "logsumexp": (a, 0),
        "quantile": (a, torch.tensor(0.5)),
    }
    for names, args in calls.items():
        for name in names.split():
            function = getattr(torch.linalg if "." in name else torch, name.rpartition(".")[2])
            for kind in (torch.bool, torch.float64):
                print(name, kind)
                shape = function(*args).shape
                attempt(lambda f=function, x=args, k=kind, s=shape: f(*x, out=torch.empty(s).to(k)))


def several_outputs_of_another_dtype(torch: Any) -> None:
    a = torch.eye(2)
    for name in "cholesky_ex eig eigh inv_ex lu lu_factor lu_factor_ex qr slogdet svd".split():
        function = getattr(torch.linalg, name)
        outs = [torch.empty_like(x) for x in function(a)]
        for i in range(len(outs)):
            wrong = [x.long() if j == i else x for j, x in enumerate(outs)]
            attempt(lambda f=function, x=wrong: f(a, out=tuple(x)))


def products_of_several_matrices(torch: Any) -> None:
    v, a = torch.tensor([1.0, 2.0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    one, product = torch.tensor(1.0), torch.linalg.multi_dot
    print(product([v, a, v]), product([a, v]), product((a, a, a)))
    for factors in ([v], [one, v], [v, one], [v, v, v], [v, torch.ones(2, 2, 2), v]):
        attempt(lambda factors=factors: product(factors))
    attempt(lambda: product([v, a.double()]))
    attempt(lambda: product([v, torch.ones(3, 2), v]))
    attempt(lambda: product([torch.ones(2, 2, 2), a]))


def equations_of_einsum(torch: Any) -> None:
    x, y, einsum = torch.ones(2), torch.ones(2, 3), torch.einsum
    print(einsum("a->...a", x), einsum("ab->...ba", y), einsum("a->...", x))
    print(einsum(x, [0], [..., 0]), einsum(x, [0], y, [0, 1], [1]))
    for equation in (". ..", "... ...", "1", "a1", "a->... .", "a->..", "a->1", "a->aa", "a->i"):
        attempt(lambda equation=equation: einsum(equation, [x]))
    attempt(lambda: einsum("a->b->c", x))
    attempt(lambda: einsum("...,...", [x, y]))
    attempt(lambda: einsum("", []))
    attempt(lambda: einsum("i"))
    attempt(lambda: einsum("i->i", 3))
    attempt(lambda: einsum(x, [-1]))
    attempt(lambda: einsum(x, [52]))


def products_added_to_another_dtype(torch: Any) -> None:
    b, d = torch.ones(1, 2, 2), torch.ones(1, 2, 2).double()
    attempt(lambda: torch.baddbmm(d, b, b, beta=0.0))
    attempt(lambda: torch.baddbmm(b, d, d))
    attempt(lambda: d.baddbmm_(b, b))
    attempt(lambda: torch.addbmm(d[0], b, b))
    attempt(lambda: torch.addmv(d[0, 0], b[0], b[0, 0]))


def pivots_out_of_range(torch: Any) -> None:
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    lu, pivots = torch.linalg.lu_factor(torch.stack([a, a]))
    for wrong in (0, 3):
        pivots[0] = wrong
        attempt(lambda: torch.linalg.lu_solve(lu, pivots, lu))
        attempt(lambda: torch.lu_unpack(lu, pivots))
    attempt(lambda: torch.linalg.lu_solve(lu[0], pivots[0, :1], lu))
    attempt(lambda: torch.linalg.lu_solve(lu[0], pivots[:1], lu))
    attempt(lambda: torch.linalg.lu_solve(lu, pivots, lu[0, 0]))
    attempt(lambda: torch.lu_unpack(lu[0, 0], pivots))


def older_names_warn(torch: Any) -> None:
    a = torch.eye(3)
    warned(lambda: torch.cholesky(a))
    warned(lambda: torch.qr(a))
    warned(lambda: torch.lu(a))
    warned(lambda: torch.lu_solve(a, *torch.linalg.lu_factor(a)))
    warned(lambda: torch.triangular_solve(a, a))
    warned(lambda: torch.chain_matmul(a, a))
    warned(lambda: torch.cross(a, a))


def factors_of_symmetric_matrices(torch: Any) -> None:
    rows = [[0.0, 1.0, 2.0, 4.0], [7.0, 0.0, 3.0, 1.0], [2.0, 3.0, 0.0, 5.0], [1.0, 6.0, 2.0, -1.0]]
    a = torch.tensor(rows, dtype=torch.float64)
    for matrix in (_matrix(torch), a, torch.stack([a, a.mT]), torch.zeros(2, 2), a[:0, :0]):
        factors, pivots, info = torch.linalg.ldl_factor_ex(matrix)
        print(_rounded(torch, factors), pivots, info)
    c = torch.complex(a, a.mT - a)
    for hermitian in (False, True):
        found = torch.linalg.ldl_factor(c, hermitian=hermitian)
        print(_rounded(torch, torch.view_as_real(found.LD)), found.pivots)
        x = torch.linalg.ldl_solve(found.LD, found.pivots, c[:, :2], hermitian=hermitian)
        print(_rounded(torch, torch.view_as_real(x)))
    ldl, pivots = torch.linalg.ldl_factor(a)
    print(_rounded(torch, torch.linalg.ldl_solve(ldl, pivots, torch.stack([a, a])[..., :2])))
    attempt(lambda: torch.linalg.ldl_factor(a[:2]))
    attempt(lambda: torch.linalg.ldl_factor(a.long()))
    attempt(lambda: torch.linalg.ldl_solve(ldl, pivots, a[:2]))
    attempt(lambda: torch.linalg.ldl_solve(ldl, pivots[:2], a))
    attempt(lambda: torch.linalg.ldl_solve(ldl, pivots.double(), a))
    attempt(lambda: torch.linalg.ldl_solve(ldl, pivots, a.float()))
    attempt(lambda: torch.linalg.ldl_factor(a.requires_grad_())[0].sum().backward())
