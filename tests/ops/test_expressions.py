"""Expressions as users write them, evaluated by PyTorch and by us: value, dtype, node, error."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd_nb as ours
from autograd_nb.core.tensor import Tensor

theirs: Any = pytest.importorskip("torch", reason="PyTorch, the reference, is not installed")

EXPRESSIONS = """
x+y
x+3
3+x
x-y
x-3
3-x
torch.rsub(x,y)
torch.rsub(x,3)
x*y
x*3
x/y
x/3
3/x
torch.div(x,y,rounding_mode='floor')
torch.div(x,y,rounding_mode='trunc')
torch.div(x,3,rounding_mode='trunc')
torch.true_divide(x,y)
x//y
x//2
2//x
torch.floor_divide(x,y)
x%y
x%2
2%x
torch.remainder(2,x)
torch.fmod(x,y)
torch.fmod(x,2)
-x
torch.positive(x)
+x
abs(x)
x.sign()
x.sgn()
c.sgn()
c.abs()
x**y
x**2
2**x
x**2.0
x**j
j**x
torch.pow(2,x)
torch.float_power(x,2)
torch.float_power(x,y)
x.square()
x.sqrt()
x.rsqrt()
x.reciprocal()
x.exp()
x.exp2()
x.expm1()
x.log()
x.log2()
x.log10()
x.log1p()
x.sin()
x.cos()
x.tan()
x.asin()
x.acos()
x.atan()
torch.atan2(x,y)
torch.arctan2(x,y)
x.sinh()
x.cosh()
x.tanh()
x.asinh()
(x+1).acosh()
x.atanh()
x.sinc()
x.sigmoid()
x.logit()
x.logit(0.1)
x.erf()
x.erfc()
x.erfinv()
x.lgamma()
x.polygamma(1)
torch.polygamma(2,x)
x.i0()
torch.special.i1(x)
torch.special.i0e(x)
torch.special.i1e(x)
torch.special.ndtr(x)
torch.special.ndtri(x)
torch.special.entr(x)
torch.special.erfcx(x)
torch.special.log_ndtr(x)
torch.special.expit(x)
torch.special.xlog1py(x,y)
torch.xlogy(x,y)
torch.xlogy(x,2)
torch.xlogy(2,x)
torch.mvlgamma(x+3,2)
x.floor()
x.ceil()
x.round()
x.round(decimals=1)
x.trunc()
x.fix()
x.frac()
x.clamp(0,1)
x.clamp(min=0)
x.clamp(max=0.5)
x.clamp(x,y)
x.clamp(min=y)
x.clamp(max=y)
x.clip(0,1)
torch.clamp_min(x,0)
torch.clamp_max(x,1)
torch.clamp_min(x,y)
torch.maximum(x,y)
torch.minimum(x,y)
torch.max(x,y)
torch.min(x,y)
torch.fmax(x,y)
torch.fmin(x,y)
torch.where(m,x,y)
torch.where(m,x,0.)
x.where(m,y)
torch.lerp(x,y,0.3)
torch.lerp(x,y,y)
torch.addcmul(x,y,y,value=2)
torch.addcdiv(x,y,y,value=2)
torch.hypot(x,y)
torch.nan_to_num(x)
torch.heaviside(x,y)
torch.logaddexp(x,y)
torch.logaddexp2(x,y)
torch.copysign(x,y)
torch.copysign(x,-1.0)
torch.nextafter(x,y)
torch.ldexp(x,j)
torch.frexp(x.detach())
torch.frexp(x)
torch.gcd(i,i)
torch.signbit(x)
torch.deg2rad(x)
torch.rad2deg(x)
c.conj()
c.conj_physical()
torch.resolve_conj(c)
x.conj()
c.real
c.imag
x.real
c.angle()
x.angle()
torch.view_as_real(c)
torch.polar(x,y)
torch.complex(x,y)
x.relu()
F.relu(x)
F.relu(x.clone(),inplace=True)
F.relu6(x)
F.hardtanh(x)
F.leaky_relu(x)
F.elu(x)
F.selu(x)
F.celu(x)
F.gelu(x)
F.gelu(x,approximate='tanh')
F.silu(x)
F.mish(x)
F.softplus(x)
F.softsign(x)
F.hardsigmoid(x)
F.hardswish(x)
F.logsigmoid(x)
F.threshold(x,0.1,2)
F.tanhshrink(x)
F.hardshrink(x)
F.softshrink(x)
F.softmin(x,1)
F.tanh(x)
F.sigmoid(x)
x.sum()
x.sum(0)
x.sum((0,1))
x.sum(dtype=torch.float64)
x.sum(0,dtype=torch.float64)
x.mean()
x.mean(0)
x.mean((0,1))
x.mean(dtype=torch.float64)
x.prod()
x.prod(0)
x.var()
x.var(0)
x.var(unbiased=False)
x.std()
x.std(0)
torch.var_mean(x)
torch.var_mean(x,0)
torch.std_mean(x)
x.max()
x.max(0)
x.min()
x.min(1)
x.amax()
x.amax(0)
x.amin(0)
torch.aminmax(x)
torch.aminmax(x,dim=0)
x.argmax()
x.argmin(0)
x.median()
x.median(0)
x.nanmedian()
x.nanmedian(0)
x.mode()
x.nansum()
x.nansum(0)
x.nanmean()
x.nanmean(0)
x.logsumexp(0)
x.logsumexp((0,1))
x.norm()
x.norm(2)
x.norm(1)
x.norm(2,0)
x.norm(dim=0)
x.norm(p='fro')
x.norm(p='fro',dim=(0,1))
torch.norm(x)
torch.norm(x,p=2,dim=0)
torch.norm(x,float('inf'))
torch.linalg.vector_norm(x)
torch.linalg.norm(x)
torch.linalg.matrix_norm(x)
torch.linalg.matrix_norm(x,2)
x.dist(y)
x.all()
b.any(0)
x.count_nonzero()
x.softmax(0)
F.softmax(x,1)
F.softmax(x,1,dtype=torch.float64)
x.log_softmax(1)
F.log_softmax(x,1)
x.cumsum(0)
x.cumprod(0)
x.cummax(0)
x.cummin(0)
x.logcumsumexp(0)
x.diff()
torch.trapezoid(x)
torch.trapezoid(x,y)
torch.trapz(x,dx=2)
torch.cumulative_trapezoid(x)
x.to(torch.float64)
x.double()
x.float()
x.long()
x.to(torch.long)
x.type(torch.float64)
x.clone()
x.contiguous()
x.t().contiguous()
x.t().clone()
x.to(torch.complex64)
c.to(torch.float32)
x.type_as(j.double())
x.to(y.double())
x.half()
x.bool()
x==y
x>y
x.eq(2)
torch.isclose(x,y)
torch.logical_and(x,y)
torch.logit(x)
torch.nn.functional.softmax(x,0)
torch.softmax(x,0)
torch.special.softmax(x,0)
torch.special.log_softmax(x,0)
torch.special.logsumexp(x,0)
torch.square(x)
x.positive()
x.neg()
torch.float_power(2,x)
torch.linalg.vector_norm(x,ord=1,dim=0)
x.logical_not()
x.addcmul(y,y)
b-b
1-b
-b
b+b
b*b
torch.add(i,i,alpha=1.5)
torch.add(b,b,alpha=2)
torch.add(x,1,alpha=2)
i/2
i//2
i.float()//0
i//0
i%0
torch.fmod(i,0)
b//b
b%b
i.pow(-1)
i**-1
i**i
i**0.5
2**i
2.0**i
i**(-i)
b**b
b**2
x**2j
i.sqrt()
b.exp()
i.abs()
b.abs()
b.sign()
c.sign()
i.sgn()
i.reciprocal()
i.floor()
b.floor()
i.round()
i.frac()
c.floor()
i.clamp(1.5)
i.clamp(1,2)
i.clamp()
b.clamp(0,1)
c.clamp(0,1)
i.clamp(t(1.5))
x.clamp(3,1)
torch.clamp(t([nan,1.]),0,1)
torch.maximum(i,x[0,0])
torch.maximum(c,c)
torch.maximum(b,b)
torch.max(i,1.5)
torch.where(b,1,2)
torch.where(b,1.,2)
torch.where(b,i,2.5)
torch.where(b,x[0,0],i)
torch.where(i,x[0,0],i)
torch.where(b)
torch.lerp(i,i,0.5)
torch.lerp(x,i.float()[0],x)
torch.lerp(x,x.double(),.5)
torch.addcmul(i,i,i,value=0.5)
torch.addcmul(x,x,x.double())
torch.addcdiv(i,i,i)
torch.addcdiv(x,x,x.double())
torch.hypot(i,i)
torch.hypot(x,x.double())
torch.nan_to_num(i)
torch.nan_to_num(t([nan,inf,-inf]))
torch.heaviside(x,x.double())
torch.heaviside(t([-1.,0,2,nan]),t(.5))
torch.logaddexp(i,i)
torch.logaddexp(x,x.double())
torch.xlogy(i,i)
torch.atan2(i,i)
i==1.5
i>b
c>c
c==c
torch.isclose(x,x.double())
torch.isclose(i,i)
torch.allclose(x,x.double())
torch.equal(x,x.double())
torch.equal(i,i[:2])
torch.isnan(i)
torch.isfinite(c)
torch.isposinf(i)
torch.isreal(c)
torch.logical_and(x,i[:3])
torch.logical_not(i)
torch.logical_not(x)
~b
~i
~x
i&b
i&x[0,0]
i^3
i<<2
i>>1
x<<2
i<<1.5
b&True
x[0]&1
torch.bitwise_and(1,i)
1<<i
i.imag
x.imag
i.real
t([-1.,0.,nan]).angle()
i.angle()
torch.polar(x,x.double())
torch.polar(i,i)
torch.complex(x,x.double())
torch.complex(i,i)
torch.view_as_real(x)
torch.view_as_complex(x)
i.relu()
b.relu()
c.relu()
torch.nn.functional.relu6(i)
torch.nn.functional.leaky_relu(i)
torch.nn.functional.elu(i)
torch.nn.functional.gelu(i)
torch.nn.functional.gelu(x,approximate='foo')
torch.nn.functional.silu(i)
torch.nn.functional.softplus(i)
torch.nn.functional.hardsigmoid(i)
torch.nn.functional.hardtanh(x,2,1)
torch.nn.functional.logsigmoid(i)
torch.nn.functional.threshold(i,1,2)
torch.nn.functional.prelu(x,x)
torch.nn.functional.hardshrink(i)
torch.nn.functional.softshrink(i)
torch.nn.functional.softshrink(x,-1)
torch.nn.functional.tanhshrink(i)
i.sum()
b.sum()
i.sum(dtype=torch.float32)
torch.zeros(3,dtype=torch.uint8).sum(0)
i.mean()
b.mean()
i.mean(dtype=torch.float64)
torch.zeros(0).mean()
e0.sum(0)
e0.mean(0)
x.sum(2)
x.sum((0,0))
x.sum(())
x.sum([])
x.mean(())
t(1.).sum(0)
t(1.).sum(1)
t(1.).max(0)
i.prod()
x.prod((0,1))
x.prod(0,True)
i.var()
t([1.]).var()
t(1.).var()
x.var(0,False)
x.var(0,correction=2)
x.var((0,1),keepdim=True)
x.var(0,unbiased=False,keepdim=True)
x.var(unbiased=True)
e0.var()
i.max()
torch.zeros(0).max()
e0.max(0)
e0.max(1)
e0.amax(0)
e0.amax()
x.amax((0,1))
x.amax(())
x.max((0,1))
c.max()
b.max()
b.max(0)
t([1.,nan,3.]).max()
t([1.,nan,3.]).max(0)
t([1.,nan,3.]).amax()
t([1.,nan,3.]).argmax()
x.argmax(0,True)
x.argmax(keepdim=True)
x.argmax(dim=None,keepdim=True)
b.argmax()
torch.zeros(0).argmax()
e0.argmax(0)
t([1.,1.,0]).argmax()
t([1.,1.,0]).max(0)
t([1.,1.,0]).argmin()
t([3.,1.,2.,4.]).median()
t([3.,1.,2.,4.]).median(0)
t([3.,nan,2.,4.]).median()
t([3.,nan,2.,4.]).median(0)
torch.zeros(0).median()
t([1,2,2,3,3]).mode()
x.mode(0,True)
t([1.,nan]).nansum()
i.nansum()
t([1.,nan]).nanmean()
i.logsumexp(0)
t([-inf,-inf]).logsumexp(0)
t([inf,1.]).logsumexp(0)
t(2.).logsumexp(0)
i.norm()
i.float().norm(0)
torch.norm(i.float(),p=-inf)
torch.norm(x,p='foo')
torch.norm(x,p=2,dim=(0,1))
torch.norm(x,p='fro',dim=0)
torch.norm(x,dtype=torch.float64)
torch.linalg.vector_norm(i)
torch.linalg.vector_norm(e0)
torch.linalg.vector_norm(e0,inf)
i.all()
e0.all()
torch.all(x,dim=(0,1))
torch.zeros(2,dtype=torch.uint8).all()
i.any(0)
x.any(5)
i.count_nonzero()
x.count_nonzero((0,1))
i.softmax(0)
i.softmax(0,dtype=torch.float32)
torch.nn.functional.softmax(x)
torch.softmax(t(1.),0)
torch.softmax(x,2)
torch.softmax(e0,0)
torch.softmax(t([-inf,-inf]),0)
i.cumsum(0)
b.cumsum(0)
t(2.).cumsum(0)
i.cumsum(0,dtype=torch.float32)
x.cumsum(4)
i.cumprod(0)
i.cummax(0)
t([1.,3,3,2]).cummax(0)
t([1.,nan,3,2]).cummax(0)
t([1.,3,1,1]).cummin(0)
b.cummax(0)
e0.cummax(0)
i.float().logcumsumexp(0)
i.logcumsumexp(0)
torch.diff(i,n=2)
torch.diff(b)
torch.diff(x,n=1,dim=0,prepend=x[:1])
torch.diff(t(1.))
torch.diff(x,n=5)
torch.trapezoid(x,dim=0)
torch.trapezoid(x,x[0])
torch.aminmax(e0)
torch.std_mean(x,0)
torch.var_mean(x,dim=(0,1),correction=0,keepdim=True)
x.max(0,keepdim=True)
torch.sum(x,dim=0,keepdims=True)
torch.sum(x,axis=0)
torch.sum(input=x,dim=0)
torch.mean(x,axis=(0,1),keepdims=True)
torch.float_power(i,2)
torch.logit(t([2.,.5]))
torch.logit(i)
torch.erf(i)
torch.polygamma(1,i)
torch.mvlgamma(x,2)
x.to('foo')
x.type()
x.type('torch.DoubleTensor')
x.type(torch.IntTensor)
x.to(torch.int64,copy=True)
x.to(device='cpu',dtype=torch.half)
t([300.,-1.,nan]).to(torch.uint8)
t([3e10]).to(torch.int32)
t([1+2j]).to(torch.float32)
t([1+2j]).bool()
x.to(3)
x.to()
x.contiguous(memory_format=torch.contiguous_format)
x.clone(memory_format=torch.preserve_format).stride()
torch.mean(torch.zeros(2,dtype=torch.int64))
torch.zeros(2,3).sum(dim=(0,-2))
t([1.,2]).softmax()
t([1.,2]).log_softmax(3)
torch.zeros(2,0).max(1)
torch.zeros(2,0).max()
torch.zeros(2,0).argmax(1)
torch.zeros(2,0).argmin()
torch.zeros(2,0).median(1)
torch.zeros(2,0).mode(1)
torch.zeros(0).mode()
torch.zeros(2,0).amax(1)
torch.zeros(2,0).amin()
torch.zeros(2,0).amax()
torch.zeros(2,0).logsumexp(1)
torch.zeros(2,0).aminmax(dim=1)
t([1,2]).prod(dtype=torch.float64)
torch.zeros(2,3,dtype=torch.complex64).max(0)
torch.zeros(2,dtype=torch.complex64).median()
torch.zeros(2,dtype=torch.bool).median()
torch.zeros(2,dtype=torch.bool).cumprod(0)
torch.zeros(2,dtype=torch.int32).sum().dtype
torch.zeros(2,dtype=torch.int32).cumsum(0).dtype
torch.zeros(2,dtype=torch.float16).sum().dtype
torch.zeros(2).std(0,correction=0,unbiased=True)
torch.zeros(2).nansum(dtype=torch.float64)
torch.zeros(2,dtype=torch.complex64).nansum()
torch.zeros(2,dtype=torch.complex64).nanmean()
t([1,2]).nanmean()
torch.zeros(2).any(dim=None)
torch.zeros(2,3).all(dim=(0,1),keepdim=True)
torch.zeros(2,3).sum(dim=None,keepdim=True)
torch.zeros(2,3).mean(dim=None,keepdim=True)
torch.zeros(2,3).prod(keepdim=True)
torch.zeros(2,3).std(keepdim=True)
torch.zeros(2,3).var(dim=None,keepdim=True)
torch.zeros(2,3).logsumexp()
torch.zeros(2,3).amax(keepdim=True)
torch.zeros(2,3).count_nonzero(dim=1)
torch.zeros(2,3).norm(2,keepdim=True)
torch.zeros(2,3).norm(p="fro",keepdim=True)
torch.zeros(2,3).cumsum()
torch.zeros(2,3).cumsum(dim=(0,1))
torch.zeros(2,3).cumsum((0,1))
torch.zeros(2).add(other='a')
torch.zeros(2,3).logsumexp(dim='a')
torch.zeros(2).reshape(shape='a')
torch.zeros(2,3).transpose(0, dim1='a')
torch.mul(torch.zeros(2), other='a')
torch.matmul(torch.zeros(2), other=3)
torch.trapezoid(t(1.))
torch.trapezoid(t([1.,2,3]),t([1.,2]))
torch.trapezoid(t([1.,2,3]),t([1.,2,4]),dim=0)
torch.trapezoid(torch.zeros(2,3),torch.zeros(2,3),dim=0)
torch.cumulative_trapezoid(t([1.,2,3]),dx=2.)
torch.diff(t([1.,2,4]),prepend=t([0.]),append=t([5.]))
torch.diff(t([1.,2,4]),n=-1)
torch.diff(t([1.,2,4]),n=0)
t([1.,2]).max(t([0.,5]))
t([1.,2]).max(other=t([0.,5]))
t([1.,2]).max(dim=0,keepdim=True)
t([1.,2]).max(0,True)
torch.max(input=t([1.,2]),dim=0)
t([1,2,3,4]).std_mean(0)
torch.var_mean(t([1.,2]),unbiased=False)
torch.var_mean(t([1.,2]),0,False)
torch.softmax(t([1.,2]),0,torch.float64)
t([1.,2]).softmax(dim=0,dtype=torch.float64)
torch.softmax(t([1.,2]).half(),0)
torch.dist(t([1.,2]),t([1.,3]),1)
t([1.,2,3]).cummax(dim=0).indices
t([True,False]).sum(dtype=torch.int32)
t([1.,2]).mean(dtype=torch.int64)
torch.sum(t([1.,2]),[0],True)
t([1.,2]).var(0,True,True)
t([1.,2]).var(True)
t([1.,2]).std(False)
t([1,2]).amax(dtype=torch.float)
t([1+1j,2]).mean()
t([1+1j,2]).var()
t([1+1j,2]).std()
t([1+1j,2]).prod()
t([1+1j,2]).norm()
t([3+4j]).norm(1)
t([1+1j,2]).cumsum(0)
t([1+1j]).all()
t([1.,2,3,4]).nanmedian()
t([nan,nan]).nanmedian()
t([nan,1.,2]).nanmedian(0)
t([1.,2.]).unsqueeze(0).all(1,keepdim=True)
torch.norm(t([[1.,2],[3,4]]),p=1,dim=(0,1))
torch.norm(t([[1.,2],[3,4]]),p=1)
torch.norm(t([[1.,2],[3,4]]),p=float("inf"),dim=(0,1))
torch.norm(t([[1.,2],[3,4]]),"fro",1)
torch.linalg.vector_norm(t([[1.,2],[3,4]]),2,(0,1),True,dtype=torch.float64)
torch.linalg.norm(t([[1.,2],[3,4]]),1)
torch.logsumexp(t([1,2]),0)
t([1.,2,3]).argmax(dim=0,keepdim=True)
t([2,1]).argmin()
t([1.,nan]).argmin()
t([[1.,2],[3,4]]).argmax(1).dtype
""".split("\n")[1:-1]

_RNG = np.random.default_rng(0)
_NAMES = {
    "x": _RNG.uniform(0.1, 0.9, (3, 3)).astype(np.float32),
    "y": _RNG.uniform(0.1, 0.9, (3, 3)).astype(np.float32),
    "c": _RNG.uniform(-1, 1, (2, 6)).astype(np.float32).view(np.complex64),
    "i": np.arange(4),
    "j": _RNG.integers(1, 5, (3, 3)),
    "b": np.arange(4) > 1,
    "m": _RNG.uniform(-1, 1, (3, 3)) > 0,
    "e0": np.zeros((0, 3), np.float32),
    "pairs": _RNG.uniform(-1, 1, (3, 2)).astype(np.float32),
}


def names(library: Any) -> dict[str, Any]:
    """The variables of the expressions, as leaves of one library."""
    found: dict[str, Any] = {
        name: library.tensor(value.tolist(), dtype=getattr(library, value.dtype.name))
        if value.size
        else library.zeros(0, 3)
        for name, value in _NAMES.items()
    }
    for name in ("x", "y", "c", "pairs"):
        found[name].requires_grad_()
    return found | {
        "torch": library,
        "F": library.nn.functional,
        "t": library.tensor,
        "inf": float("inf"),
        "nan": float("nan"),
    }


def chain(node: Any) -> list[str]:
    """Names from a node along the first edges."""
    found = []
    while node is not None:
        found.append(node.name())
        node = node.next_functions[0][0] if node.next_functions else None
    return found


def outcome(library: Any, expression: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return eval(expression, names(library))
        except Exception as error:
            return error


def compare(mine: Any, other: Any) -> None:
    if isinstance(other, tuple) and not isinstance(other, theirs.Size):
        assert len(mine) == len(other)
        if hasattr(other, "values"):
            assert type(mine).__name__ == type(other).__name__
        for a, b in zip(mine, other, strict=True):
            compare(a, b)
    elif isinstance(other, theirs.Tensor):
        assert isinstance(mine, Tensor)
        assert str(mine.dtype) == str(other.dtype)
        assert tuple(mine.shape) == tuple(other.shape)
        np.testing.assert_allclose(
            mine.detach().numpy(), other.detach().numpy(force=True), rtol=2e-5, atol=2e-6
        )
        assert chain(mine.grad_fn) == chain(other.grad_fn)
    else:
        assert str(mine) == str(other)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression_means_what_it_means_in_pytorch(expression: str) -> None:
    mine, other = outcome(ours, expression), outcome(theirs, expression)
    if isinstance(other, Exception):
        assert isinstance(mine, type(other)), f"PyTorch raises {other!r}, we have {mine!r}"
        assert str(mine)[:36] == str(other)[:36]
    elif isinstance(mine, Exception):
        raise mine
    else:
        compare(mine, other)
