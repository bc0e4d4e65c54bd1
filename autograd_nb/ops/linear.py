"""Linear layers as functions, and the smaller products of tensors."""

from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import c_type, prod


@composite(functions="linear", namespaces="nn.functional")
def linear(input, weight, bias=None):
    """Multiply by the transposed weight and add the bias.

    Parameters
    ----------
    input : Tensor of shape (..., in)
    weight : Tensor of shape (out, in) or (in,)
    bias : Tensor of shape (out,) or (), optional

    Returns
    -------
    Tensor of shape (..., out) or (...)

    Notes
    -----
    With a bias, contiguous input is folded into one `addmm`; other input goes through `matmul`.
    """
    turned = traced.t(weight)
    if bias is None:
        return traced.matmul(input, turned)
    if input.ndim == 2:
        return traced.addmm(bias, input, turned)
    if weight.ndim == 2 and input.ndim and input.is_contiguous():
        *lead, inner = input.shape
        rows = traced.reshape(input, (prod(lead), inner))
        return traced.view(traced.addmm(bias, rows, turned), (*lead, weight.shape[0]))
    return traced.matmul(input, turned) + bias


@op(node="TrilinearBackward0", kind="other", public=False)
class trilinear:
    r"""Contract two rows with a stack of matrices: ``out[b, o] = x1[b] @ weight[o] @ x2[b]``.

    Parameters
    ----------
    self : Tensor of shape (b, i)
    weight : Tensor of shape (o, i, j)
    other : Tensor of shape (b, j)

    Notes
    -----
    .. math:: grad_{self,bi} = \sum_{oj} g_{bo} W_{oij} x2_{bj}, \quad
              grad_{W,oij} = \sum_b g_{bo} x1_{bi} x2_{bj}
    """

    def forward(self, weight, other):
        out, first, second = weight.shape
        half = (self @ weight.transpose(1, 0, 2).reshape(first, -1)).reshape(-1, out, second)
        return (half @ other[:, :, None])[:, :, 0]

    def vjp_self(F, grad_output, weight, other):
        return F.trilinear(grad_output, F.permute(weight, (1, 0, 2)), other)

    def vjp_weight(F, grad_output, self, other):
        pairs = F.unsqueeze(self, 2) * F.unsqueeze(other, 1)
        flat = F.reshape(pairs, (self.shape[0], self.shape[1] * other.shape[1]))
        whole = F.mm(F.t(grad_output), flat)
        return F.reshape(whole, (grad_output.shape[1], self.shape[1], other.shape[1]))

    def vjp_other(F, grad_output, self, weight):
        return F.trilinear(grad_output, F.permute(weight, (2, 0, 1)), self)

    samples = [Sample(T(2, 3), T(5, 3, 4), T(2, 4))]


@composite(functions="bilinear", namespaces="torch nn.functional")
def bilinear(input1, input2, weight, bias=None):
    """Return ``x1 @ weight[o] @ x2 + bias[o]`` for every row and output.

    Parameters
    ----------
    input1 : Tensor of shape (..., i)
    input2 : Tensor of shape (..., j)
    weight : Tensor of shape (o, i, j)
    bias : Tensor of shape (o,), optional

    Returns
    -------
    Tensor of shape (..., o)
    """
    if tuple(input1.shape[:-1]) != tuple(input2.shape[:-1]):
        raise RuntimeError(
            "bilinear(): input batch dimensions do not match at dim 0: got "
            f"{input1.shape[0]} and {input2.shape[0]}"
        )
    for i, (x, n) in enumerate(((input1, weight.shape[1]), (input2, weight.shape[2])), 1):
        if x.shape[-1] != n:
            raise RuntimeError(
                f"bilinear(): input{i} size does not match weight size: got {x.shape[-1]} but "
                f"expected {n}"
            )
    operands = {"input1": input1, "input2": input2, "weight": weight, "bias": bias}
    types = {name: x.dtype for name, x in operands.items() if x is not None}
    if len(set(types.values())) > 1:
        listed = ", ".join(f"{name}: {c_type(operands[name]._array)}" for name in types)
        raise RuntimeError(f"All tensors must have the same dtype, got {listed}")
    lead = tuple(input1.shape[:-1])
    first = traced.reshape(input1, (prod(lead), input1.shape[-1]))
    second = traced.reshape(input2, (prod(lead), input2.shape[-1]))
    result = traced.reshape(traced.trilinear(first, weight, second), (*lead, weight.shape[0]))
    return result if bias is None else result + bias
