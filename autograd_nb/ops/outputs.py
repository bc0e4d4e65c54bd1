"""Writing a result into the tensor given as `out`, and which dtypes it may have there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import Any

from ..core import dtypes, errors
from ..core.batch import levels_of
from ..core.modes import no_grad, state
from ..core.overlap import meets, overlaps
from ..core.tensor import Tensor
from ..core.warn import warn
from .registry import return_types
from .shape_inplace import resize_
from .sizes import size_text

# Note [What `out` may be]
# Most kernels cast their result to the tensor that was given. These do not, and each family says
# so in words of its own, where `wanted` is the result's dtype and `out` the one that was found.
_SAME = "Found dtype {out} but expected {wanted}"
_EXACT = "Expected out tensor to have dtype {c_wanted}, but got {c_out} instead"
_LIKE_INPUT = (
    "Expected the dtype for input and out to match, but got {wanted} for input's dtype and {out} "
    "for out's dtype."
)
_REFUSALS = {
    _SAME: "absolute abs bitwise_not ceil clamp clamp_max clamp_min clip conj_physical fix floor "
    "frac hardshrink neg negative round sgn sign trunc",
    _EXACT: "addbmm addmm addmv alias_copy aminmax argmax argmin baddbmm bmm cholesky_ex cross det "
    "detach_copy diag eigh eigvalsh frobenius_norm gather inv inv_ex inverse isin ldl_factor "
    "ldl_factor_ex ldl_solve linalg.cholesky "
    "log_softmax lu lu_factor lu_factor_ex lu_solve lu_unpack matmul matrix_power max min mm msort "
    "norm qr slice_copy slice_scatter slogdet softmax solve solve_ex sort squeeze_copy svd svdvals "
    "t_copy take_along_dim topk triangular_solve tril triu unsqueeze_copy vector_norm",
    _LIKE_INPUT: "amax amin",
    "multi_dot(): expected out tensor to have dtype {c_wanted} but got {c_out}": "chain_matmul "
    "multi_dot",
    "addmv input tensors must have the same dtype, but got {out}, {wanted}, and {wanted}": "mv",
    "torch.histogram: input tensor and hist tensor should have the same dtype, but got input "
    "{c_wanted} and hist {c_out}": "histc",
    "linalg.vecdot: Expected out of dtype{wanted} but found {out}": "vecdot",
    "tensordot: Expected the output tensor to have dtype {wanted}, but got an output tensor with "
    "dtype {out}": "inner tensordot",
    "torch.ormqr: Expected input and result to have the same dtype, but input has dtype{wanted} "
    "and result has dtype {out}": "ormqr",
    "{name}() out tensor must be same dtype as the input tensor": "nanquantile quantile",
    "{name} only supports bool tensor for result, got: {out}": "all any",
    "{name} does not support non-boolean outputs.": "isneginf isposinf signbit",
    "{name}: dtype of out: {out} should be same as input: {wanted}": "nan_to_num",
    "result dtype {out} does not match input dtype {wanted}": "dot vdot",
    "the output given to {name} has dtype {out} but the operation's result requires dtype "
    "{wanted}": "float_power",
    "Expected object of scalar type {wanted} but got scalar type {out} for argument "
    "'out'": "complex polar",
    "expected scalar_type {wanted} but found {out}": "cummax cummin logcumsumexp",
    "expected scalar type {wanted} but found {out}": "solve_triangular",
    "multinomial expects Long tensor out, got: {out}": "multinomial",
    "{name}(): self and result must have the same scalar type": "index_select masked_select",
    "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or "
    "Long(int64) depending on whether out_int32 flag is True, but we got output tensor's dtype "
    "{out} and out_int32 flag is {int32}": "bucketize searchsorted",
    "linalg.norm expected out tensor dtype {wanted} but got: {out}": "linalg.norm",
    "linalg.matrix_norm expected out tensor dtype {wanted} but got: {out}": "matrix_norm "
    "nuclear_norm",
}
_REFUSAL = {name: text for text, names in _REFUSALS.items() for name in names.split()}
# Of several results each is checked, and has words of its own.
_MEDIAN = (
    "Expected tensor for 'values' to have the same type as tensor for argument #2 'self'; but type "
    "torch.{out}Tensor does not equal torch.{wanted}Tensor (while checking arguments for median)",
    "Expected tensor for argument #1 'indices' to have scalar type Long; but got torch.{out}Tensor "
    "instead (while checking arguments for median)",
)
_SEVERAL = {
    "mode": (
        "expected scalar type '{wanted}' but got '{out}' for values output",
        "expected scalar type '{wanted}' but got '{out}' for indices output",
    ),
    "median": _MEDIAN,
    "nanmedian": _MEDIAN,
    "kthvalue": (
        "output values must be of same type as input",
        "output indices must be of scalar type Long",
    ),
    "frexp": (
        "torch.frexp() expects mantissa to have dtype {c_wanted} but got {c_out}",
        "torch.frexp() expects exponent to have int dtype but got {c_out}",
    ),
    "histogram": (
        "torch.histogram: input tensor and hist tensor should have the same dtype, but got input "
        "{c_wanted} and hist {c_out}",
        "torch.histogram: input tensor and bin_edges tensor should have the same dtype, but got "
        "input {c_wanted} and bin_edges {c_out} for dimension 0",
    ),
}
# Some cast, but have words of their own where that would lose something: how they call themselves,
# and their results.
_CALLED = {
    "cholesky_inverse": "cholesky_inverse: result",
    "cholesky_solve": "cholesky_solve: result",
    "cond": "linalg.cond: result",
    "eig": "torch.linalg.eig: eigenvalues eigenvectors",
    "eigvals": "torch.linalg.eigvals: eigenvalues",
    "geqrf": "torch.geqrf: a tau",
    "householder_product": "torch.linalg.householder_product: result",
    "lstsq": "torch.linalg.lstsq: solution solution rank singular_values",
    "matrix_power": "matrix_power: result",
    "matrix_rank": "torch.linalg.matrix_rank: result",
    "orgqr": "torch.linalg.householder_product: result",
    "pinv": "linalg.pinv: result",
    "tensorinv": "tensorinv: result",
    "tensorsolve": "tensorsolve: result",
    "torch.cholesky": "cholesky: result",
}
_LOSSES = {
    "logsumexp": [
        "{name}(): Expected floating point type for result tensor, but got: {out}",
    ],
    **{
        name: [
            f"{called.split(':')[0]}: Expected {result} to be safely castable from {{wanted}} "
            f"dtype, but got {result} with dtype {{out}}"
            for result in called.split()[1:]
        ]
        for name, called in _CALLED.items()
    },
}
_LOSS = "result type {wanted} can't be cast to the desired output type {out}"
# Others refuse an `out` that shares a part of an operand's memory.
_READS_FIRST = set(
    "alias_copy all amax amin any argmax argmin bucketize detach_copy diag dot frobenius_norm "
    "histc inner log_softmax logsumexp matmul max mean min mvlgamma multigammaln nanmean "
    "nanquantile nansum ndtr norm prod quantile searchsorted slice_copy slice_scatter softmax "
    "squeeze_copy std sum t_copy unsqueeze_copy var vdot vecdot vector_norm fft fftn hfft hfftn "
    "ifft ifftn irfft irfftn".split()
)
_PARTS = {"split_copy", "split_with_sizes_copy", "unbind_copy"}  # as many as there are; give None
_MADE = set("arange empty eye full linspace logspace ones range zeros".split())
_LINES = {"arange", "linspace", "logspace", "range"}
_COUNTED = ("arange", "fftfreq", "rfftfreq")  # how many numbers there are is computed
_IN_OUT = {"sum", "nansum", "prod", "mean", "cumsum", "cumprod"}  # these compute in its dtype
_C_NAMES = {
    "Half": "c10::Half",
    "Long": "long int",
    "Short": "short int",
    "Char": "signed char",
    "Byte": "unsigned char",
    "ComplexFloat": "c10::complex<float>",
    "ComplexDouble": "c10::complex<double>",
}


def write_out(
    name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], space: str = "torch"
) -> Any:
    """Write the result into the tensor(s) given as `out`.

    Parameters
    ----------
    name : str
        The operation's, for complaints.
    function : callable
        Computes the result.
    args, kwargs
        As the user gave them, `out` among them.
    space : str
        Where the operation was found: another one of that name may have other words.

    Returns
    -------
    Tensor, or a tuple of them
        `out` itself.

    Raises
    ------
    RuntimeError
        If something requires grad, or the result's dtype does not fit.
    """
    kwargs = dict(kwargs)
    out = kwargs.pop("out")
    if out is None:
        return function(*args, **kwargs)
    targets = (out,) if isinstance(out, Tensor) else tuple(out)
    operands = list(_tensors((*args, *kwargs.values())))
    if state.grad_enabled and any(a.requires_grad for a in (*operands, *targets)):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic "
            "differentiation, but one of the arguments requires grad."
        )
    if state.levels and levels_of((*operands, *targets)):
        raise RuntimeError(
            f"Batching rule not implemented for aten::{name}.out; the fallback path doesn't work "
            "on out= or view ops."
        )
    if any(a._tangent is not None for a in (*operands, *targets)):
        raise NotImplementedError(
            f"Trying to use forward AD with {name}_out that does not support it because it is an "
            "out= function"
        )
    if any(overlaps(target._array) for target in targets):
        raise RuntimeError(errors.OVERLAP)
    if name not in _READS_FIRST:
        for target in targets:
            if any(a._array.shape == target._array.shape and meets(target, a) for a in operands):
                raise RuntimeError(errors.OPERAND_OVERLAP)
    first = operands[0].dtype if operands else targets[0].dtype
    if name in _IN_OUT and (name != "mean" or first.category >= dtypes.FLOAT):
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = targets[0].dtype
    if name in _MADE:
        wanted = kwargs.get("dtype")
        if wanted is not None and wanted is not targets[0].dtype:
            ours, theirs = (
                k.tensor_name.removesuffix("Tensor") for k in (wanted, targets[0].dtype)
            )
            raise RuntimeError(f"dtype {ours} does not match dtype of out parameter ({theirs})")
        kwargs["dtype"] = targets[0].dtype
    try:
        with no_grad():
            found = function(*args, **kwargs)
    except NotImplementedError as error:
        if operands and "not implemented for" in str(error):  # PyTorch asks for a kernel last
            wanted = dtypes.result_type(operands)
            _check(name, _REFUSAL.get(name), _LOSS, wanted, targets[0].dtype, first)
        raise
    results = (found,) if isinstance(found, Tensor) else tuple(found)
    if name in _PARTS and len(targets) != len(results):
        raise RuntimeError(
            f"{name}_out expected an out= argument of size {len(results)}, got size {len(targets)}"
        )
    refusals = _SEVERAL.get(name) or [_of(_REFUSAL, space, name)] * len(results)
    losses = _of(_LOSSES, space, name) or [_LOSS] * len(results)
    for target, result, refusal, loss in zip(targets, results, refusals, losses, strict=True):
        _check(name, refusal, loss, result.dtype, target.dtype, first)
        array = result._array
        if name in _LINES and target._array.size == array.size:
            array = array.reshape(target._array.shape)  # its numbers are counted, not its sizes
        if target._array.shape != array.shape:
            if target._nd().size and (operands or name in _COUNTED):
                warn_of_resize(name, target._array.shape, array.shape)
            resize_(target, array.shape)  # which counts as a change
        else:
            target._bump_version(name)
        target._nd()[...] = array
    if name in _PARTS:
        return None
    return out if isinstance(found, Tensor) else _named(found, targets)


def _tensors(values: Iterable[Any]) -> Iterator[Tensor]:
    """Yield the tensors among arguments, those in sequences too."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from _tensors(value)


def _named(found: Any, targets: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return the tensors that were written, under the names that the results have."""
    kind = type(found)
    if kind is tuple or kind is list:
        return targets
    named: tuple[Tensor, ...] = getattr(return_types, f"{kind.__name__}_out")(targets)
    return named


def warn_of_resize(name: str, old: tuple[int, ...], new: tuple[int, ...]) -> None:
    """Warn that an output is given another shape."""
    text = (
        "An output with one or more elements was resized since it had shape "
        f"{size_text(old)}, which does not match the required output shape {size_text(new)}. This "
        "behavior is deprecated, and in a future PyTorch release outputs will not be resized "
        "unless they have zero elements. You can explicitly reuse an out tensor t by resizing it, "
        "inplace, to zero elements with t.resize_(0)."
    )
    if name in _COUNTED:
        text = (
            f"The number of elements in the out tensor of shape {size_text(old)} is {prod(old)} "
            f"which does not match the computed number of elements {new[0]}. Note that this may "
            "occur as a result of rounding error. The out tensor will be resized to a tensor of "
            f"shape ({new[0]},)."
        )
    warn(text)


def _of(table: dict[str, Any], space: str, name: str) -> Any:
    """Return what a table holds for a function, by its whole name or else by its own."""
    return table.get(f"{space}.{name}", table.get(name))


def _check(
    name: str,
    refusal: str | None,
    loss: str,
    result: dtypes.dtype,
    out: dtypes.dtype,
    given: dtypes.dtype,
) -> None:
    """Raise unless a result may be written as `out`; see Note [What `out` may be]."""
    if result is out or (name in ("all", "any") and out in (dtypes.uint8, dtypes.bool)):
        return
    if name == "bernoulli":  # ones and zeros are in every dtype
        return
    if name in ("abs", "absolute") and given.is_complex and (out is given or not out.is_complex):
        refusal = None  # another kernel, which casts
    elif name in _IN_OUT:
        refusal = _EXACT
    elif name == "heaviside":
        kinds = "complex tensors" if out.is_complex else "tensors with different dtypes"
        refusal = f"heaviside is not yet implemented for {kinds}."
    ours, theirs = (kind.tensor_name.removesuffix("Tensor") for kind in (result, out))
    lost = not dtypes.can_cast(result, out) and result is not dtypes.bool
    if lost and loss is not _LOSS:
        refusal = loss
    elif lost and refusal is None:
        refusal = _LOSS
    if refusal is not None:
        spelled = (_C_NAMES.get(kind, kind.lower()) for kind in (ours, theirs))
        words = dict(zip(("c_wanted", "c_out"), spelled, strict=True))
        said = {"name": name, "wanted": ours, "out": theirs, "int32": ours == "Int"}
        raise RuntimeError(refusal.format(**said, **words))
