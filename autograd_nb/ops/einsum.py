"""Products of tensors by named or counted dimensions: einsum, tensordot."""

import string

from ..core.tensor import Tensor
from .namespaces import T as traced
from .registry import composite
from .sizes import prod, wrap_dim

LETTERS = string.ascii_uppercase + string.ascii_lowercase
ELLIPSIS = "..."


def labels_of(term, what, start, again):
    """Yield the labels of one term of an equation; an ellipsis is one label."""
    found, i = False, 0
    while i < len(term):
        if term[i] == ".":
            if found:
                raise RuntimeError(f"einsum(): found '.' for {what} {again} was already found")
            if not term.startswith(ELLIPSIS, i):
                whole = " (...)" if what == "output" else ""
                raise RuntimeError(
                    f"einsum(): found '.' for {what} that is not part of any ellipsis{whole}"
                )
            found = True
            yield ELLIPSIS
            i += 2
        elif term[i] in LETTERS:
            yield term[i]
        elif term[i] != " ":
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {start + i} in the equation string, "
                "subscripts must be in [a-zA-Z]"
            )
        i += 1


def parsed(equation, operands):
    """Return the labels of every operand, those of the result, and the ellipsis' dimensions."""
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if len(terms) > len(operands):
        raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
    if len(terms) < len(operands):
        raise RuntimeError("einsum(): more operands were provided than specified in the equation")
    inputs, start = [], 0
    for i, term in enumerate(terms):
        again = "for which an ellipsis"
        inputs.append(list(labels_of(term, f"operand {i}", start, again)))
        start += len(term) + 1
    covered = 0
    for i, (labels, x) in enumerate(zip(inputs, operands, strict=True)):
        named = len(labels) - (ELLIPSIS in labels)
        if ELLIPSIS in labels:
            covered = max(covered, x.ndim - named)
        if named > x.ndim or (ELLIPSIS not in labels and named != x.ndim):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({named}) "
                + ("does not match" if ELLIPSIS not in labels else "is more than")
                + f" the number of dimensions ({x.ndim}) for operand {i}"
                + (" and no ellipsis was given" if ELLIPSIS not in labels else "")
            )
    every = [label for labels in inputs for label in labels]
    if not arrow:
        once = sorted(c for c in set(every) if c != ELLIPSIS and every.count(c) == 1)
        output = ([ELLIPSIS] if ELLIPSIS in every else []) + sorted(once, key=LETTERS.index)
        return inputs, output, covered
    output = []
    for label in labels_of(right, "output", len(left) + 2, "but an ellipsis (...)"):
        if label in output:
            raise RuntimeError(
                f"einsum(): output subscript {label} appears more than once in the output"
            )
        if label not in every and label != ELLIPSIS:
            raise RuntimeError(
                f"einsum(): output subscript {label} does not appear in the equation for any "
                "input operand"
            )
        output.append(label)
    return inputs, output, covered


def places(inputs, output, covered):
    """Return the position of each label in the common order, and how many belong to the result."""
    where, position = {}, 0
    for label in output:
        where[label] = position
        position += covered if label == ELLIPSIS else 1
    n_out = position
    every = {label for labels in inputs for label in labels}
    if ELLIPSIS in every and ELLIPSIS not in where:
        where[ELLIPSIS] = position
        position += covered
    for label in LETTERS:
        if label in every and label not in where:
            where[label] = position
            position += 1
    return where, n_out, position


def aligned(operand, labels, where, covered, total):
    """Return an operand with its dimensions in the common order, size one where it has none."""
    order, seen, at = [-1] * total, {}, 0
    x = operand
    missing = covered - (operand.ndim - (len(labels) - 1)) if ELLIPSIS in labels else 0
    for label in labels:
        if label == ELLIPSIS:
            for _ in range(missing):
                x = traced.unsqueeze(x, at)
            for k in range(covered):
                order[where[ELLIPSIS] + k] = at
                at += 1
        elif label in seen:
            dim = seen[label]
            x = traced.movedim(traced.diagonal(x, 0, dim, at), -1, dim)
        else:
            seen[label] = at
            order[where[label]] = at
            at += 1
    for i, dim in enumerate(order):
        if dim == -1:
            x = traced.unsqueeze(x, -1)
            order[i] = at
            at += 1
    return traced.permute(x, tuple(order))


def pair_product(left, right, sum_dims):
    """Multiply two aligned operands and sum over some dimensions, as one batch of products."""
    if not sum_dims:
        return left * right
    both, lefts, rights, summed = [], [], [], 1
    for i in range(left.ndim):
        in_left, in_right = left.shape[i] != 1, right.shape[i] != 1
        if i in sum_dims:
            if in_left and in_right:
                summed *= left.shape[i]
            elif in_left:
                left = traced.sum_dim(left, (i,), True)
            elif in_right:
                right = traced.sum_dim(right, (i,), True)
        elif in_left and in_right:
            both.append(i)
        elif in_left:
            lefts.append(i)
        else:
            rights.append(i)
    shape = (
        [left.shape[i] for i in (*both, *lefts)]
        + [1] * len(sum_dims)
        + [right.shape[i] for i in rights]
    )
    size_both = prod(left.shape[i] for i in both)
    size_left = prod(left.shape[i] for i in lefts)
    size_right = prod(right.shape[i] for i in rights)
    first = traced.permute(left, (*both, *lefts, *sum_dims, *rights))
    second = traced.permute(right, (*both, *sum_dims, *rights, *lefts))
    product = traced.bmm(
        traced.reshape(first, (size_both, size_left, summed)),
        traced.reshape(second, (size_both, summed, size_right)),
    )
    order = [*both, *lefts, *sum_dims, *rights]
    inverse = [0] * len(order)
    for i, dim in enumerate(order):
        inverse[dim] = i
    return traced.permute(traced.view(product, tuple(shape)), tuple(inverse))


def check_sizes(operands, inputs):
    """Raise PyTorch's error for a label whose sizes do not broadcast."""
    seen = {}
    for number, (x, labels) in enumerate(zip(operands, inputs, strict=True)):
        own = {}
        for i, label in enumerate(labels):
            if label == ELLIPSIS:
                continue
            n = x.shape[i - len(labels)] if ELLIPSIS in labels[:i] else x.shape[i]
            if own.setdefault(label, n) != n:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated for operand {number} but the sizes "
                    f"don't match, {n} != {own[label]}"
                )
        for label, n in own.items():
            if n != 1 and seen.get(label, 1) not in (1, n):
                raise RuntimeError(
                    f"einsum(): subscript {label} has size {n} for operand {number} which does not "
                    f"broadcast with previously seen size {seen[label]}"
                )
            seen[label] = max(n, seen.get(label, 1))
        if ELLIPSIS in labels:
            first = labels.index(ELLIPSIS)
            last = first + x.ndim - len(labels)
            for i in range(last, first - 1, -1):
                n, key = x.shape[i], (ELLIPSIS, last - i)
                if n != 1 and seen.get(key, 1) not in (1, n):
                    raise RuntimeError(
                        f"einsum(): dimension {i} covered by ellipsis in operand {number}has size "
                        f"{n} which does not broadcast with previously seen ellipsis with size "
                        f"{seen[key]} for the respective dimension"
                    )
                seen[key] = max(n, seen.get(key, 1))


@composite(functions="einsum")
def einsum(*args):
    """Multiply tensors and sum over what the result does not name.

    Parameters
    ----------
    equation : str
        For example ``"bij,bjk->bik"``.
    *operands : Tensor

    Returns
    -------
    Tensor

    Notes
    -----
    Operands are multiplied from left to right; dimensions are summed as soon as no later operand
    has them. Each step is one `bmm`.
    """
    if len(args) == 2 and isinstance(args[1], (tuple, list)) and isinstance(args[0], str):
        args = (args[0], *args[1])
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one "
            "operand and its subscripts list"
        )
    equation, operands = args[0], args[1:]
    if not isinstance(equation, str):
        equation, operands = from_sublists(args)
    for i, x in enumerate(operands):
        if not isinstance(x, Tensor):
            raise TypeError(
                f"expected Tensor as element {i} in argument 1, but got {type(x).__name__}"
            )
    inputs, output, covered = parsed(equation, operands)
    check_sizes(operands, inputs)
    where, n_out, total = places(inputs, output, covered)
    ops = [
        aligned(x, labels, where, covered, total)
        for x, labels in zip(operands, inputs, strict=True)
    ]
    counts = [sum(x.shape[d] != 1 for x in ops) for d in range(total)]
    count = len(ops)
    while len(ops) > 1:
        a, b = ops.pop(0), ops.pop(0)
        ops.insert(0, contracted(a, b, counts, n_out, total))
    result = ops[0]
    if total == n_out:
        return result
    if count > 1:
        return traced.view(result, tuple(result.shape)[:n_out])
    return traced.sum_dim(result, tuple(range(n_out, total)), False)


def contracted(a, b, counts, n_out, total):
    """Multiply two operands and sum over the dimensions that no other operand has."""
    sum_dims, only_a, only_b = [], [], []
    for dim in range(n_out, total):
        if a.shape[dim] != 1 and b.shape[dim] != 1:
            counts[dim] -= 1
            if counts[dim] == 1:
                sum_dims.append(dim)
                counts[dim] = 0
        elif counts[dim] == 1:
            if a.shape[dim] != 1:
                only_a.append(dim)
                counts[dim] = 0
            elif b.shape[dim] != 1:
                only_b.append(dim)
                counts[dim] = 0
    if only_a:
        a = traced.sum_dim(a, tuple(only_a), True)
    if only_b:
        b = traced.sum_dim(b, tuple(only_b), True)
    return pair_product(a, b, sum_dims)


def from_sublists(args):
    """Return equation and operands of the form ``einsum(x, [0, 1], y, [1, 2], [0, 2])``."""

    def letter(number):
        if not 0 <= number < len(LETTERS):
            raise ValueError(
                "einsum(): subscript in subscript list is not within the valid range [0, 52)"
            )
        return LETTERS[number]

    def text(labels):
        return "".join(ELLIPSIS if c is Ellipsis else letter(c) for c in labels)

    pairs = list(zip(args[::2], args[1::2], strict=False))
    equation = ",".join(text(labels) for _, labels in pairs)
    if len(args) % 2:
        equation += "->" + text(args[-1])
    return equation, tuple(x for x, _ in pairs)


@composite(functions="tensordot")
def tensordot(a, b, dims=2):
    """Multiply two tensors and sum over pairs of dimensions.

    Parameters
    ----------
    a, b : Tensor
    dims : int or pair of sequences of int
        How many last dimensions of `a` meet the first of `b`, or which ones meet.

    Returns
    -------
    Tensor
    """
    if hasattr(dims, "_array"):
        dims = dims._array.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        first, second = list(range(-dims, 0)), list(range(dims))
    else:
        first, second = (list(d) if isinstance(d, (tuple, list)) else [d] for d in dims)
    return contract(a, b, first, second)


def contract(a, b, first, second):
    """Sum the product of two tensors over pairs of dimensions by one matrix product."""
    if a.dtype is not b.dtype:
        raise RuntimeError("both inputs should have same dtype")
    if len(first) != len(second):
        raise RuntimeError("both dimension lists should have same length")
    named = list(zip(first, second, strict=True))
    first = [wrap_dim(d, a.ndim) for d in first]
    second = [wrap_dim(d, b.ndim) for d in second]
    for i, j, (p, q) in zip(first, second, named, strict=True):
        n, m = a.shape[i], b.shape[j]
        if m == 1 and n != 1:
            a = a.sum(i, keepdim=True, dtype=a.dtype)
        elif n == 1 and m != 1:
            b = b.sum(j, keepdim=True, dtype=b.dtype)
        elif n != m:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {n} in dim {p} and "
                f"second has size {m} in dim {q}"
            )
    rest_a = [d for d in range(a.ndim) if d not in first]
    rest_b = [d for d in range(b.ndim) if d not in second]
    shape = tuple(a.shape[d] for d in rest_a) + tuple(b.shape[d] for d in rest_b)
    inner_size = prod(a.shape[d] for d in first)
    rows, columns = prod(a.shape[d] for d in rest_a), prod(b.shape[d] for d in rest_b)
    left, right = traced.permute(a, (*rest_a, *first)), traced.permute(b, (*second, *rest_b))
    if rows == columns == 1 and a.dtype is b.dtype:
        if left.is_contiguous() and right.is_contiguous():
            left, right = (x if x.ndim == 1 else traced.reshape(x, (-1,)) for x in (left, right))
            return traced.reshape(traced.dot(left, right), shape)
        product = traced.mul(traced.squeeze_all(left), traced.squeeze_all(right))
        return traced.reshape(traced.sum_all(product), shape)
    product = traced.mm(
        traced.reshape(left, (rows, inner_size)), traced.reshape(right, (inner_size, columns))
    )
    return traced.reshape(product, shape)
