"""Functions of old tutorials that PyTorch has kept only to say what took their place."""

from __future__ import annotations

from .registry import composite

_ADVICE = {
    "eig": "Call `torch.linalg.eig(A)` or `torch.linalg.eigvals(A)`; their results are complex.",
    "lstsq": "Call `torch.linalg.lstsq(A, B)`: the matrix is its first argument.",
    "matrix_rank": "Call `torch.linalg.matrix_rank(A)`; its `hermitian` was `symmetric`.",
    "solve": "Call `torch.linalg.solve(A, B)`: the matrix is its first argument.",
    "symeig": "Call `torch.linalg.eigh(A, UPLO)` or `torch.linalg.eigvalsh(A, UPLO)`; the lower "
    "triangle is their default.",
}


def _removed(name, advice):
    def gone(self, *args, **kwargs):
        raise RuntimeError(
            f"This function was deprecated since version 1.9 and is now removed. {advice}"
        )

    gone.__name__ = f"removed_{name}"
    gone.__doc__ = f"""Say what serves instead of the removed function.

    Parameters
    ----------
    self : Tensor
        Any.
    *args, **kwargs
        What `torch.{name}` once took.

    Raises
    ------
    RuntimeError
        Always. {advice}
    """
    return composite(functions=name, methods="" if name == "matrix_rank" else name)(gone)


for _name, _advice in _ADVICE.items():
    _removed(_name, _advice)
