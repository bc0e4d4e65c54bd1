"""Layers and whole training steps: convolution, normalization, attention, losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from .workloads import Setup, Workload

Arrays = list[np.ndarray[Any, Any]]


def _normal(*shapes: tuple[int, ...]) -> Arrays:
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def of_tensors(inputs: Arrays, constants: Arrays, run: Any) -> dict[str, Setup]:
    """Time ``run(module, tensors, constants)``, a scalar, for engines that speak PyTorch."""

    def torch_like(t: Any) -> Any:
        leaves = [t.from_numpy(a.copy()).requires_grad_() for a in inputs]
        others = [t.from_numpy(a.copy()) for a in constants]

        def step() -> None:
            for leaf in leaves:
                leaf.grad = None
            run(t, leaves, others).backward()

        return step, lambda: [leaf.grad.numpy() for leaf in leaves]

    return {"torch": torch_like}


def by_mygrad(inputs: Arrays, run: Any) -> dict[str, Setup]:
    """Time ``run(mygrad, tensors)``."""

    def mygrad(mg: Any) -> Any:
        leaves = [mg.tensor(a.copy()) for a in inputs]

        def step() -> None:
            run(mg, leaves).backward()

        return step, lambda: [leaf.grad for leaf in leaves]

    return {"mygrad": mygrad}


def by_hips(inputs: Arrays, run: Any) -> dict[str, Setup]:
    """Time ``run(autograd.numpy, arrays)``."""

    def hips(_: Any) -> Any:
        import autograd.numpy as anp
        from autograd import grad

        function = grad(lambda leaves: run(anp, leaves))
        found: list[Any] = []

        def step() -> None:
            found[:] = function(inputs)

        return step, lambda: found

    return {"autograd": hips}


# -- one layer -----------------------------------------------------------------------------------
def layer_norm(rows: int, width: int) -> dict[str, Setup]:
    """Layer normalization of rows, with weight and bias."""
    x, weight, bias, factor = _normal((rows, width), (width,), (width,), (rows, width))

    def run(t: Any, leaves: Any, constants: Any) -> Any:
        x, weight, bias = leaves
        return (t.nn.functional.layer_norm(x, (width,), weight, bias) * constants[0]).sum()

    def run_by_hand(m: Any, leaves: Any) -> Any:
        x, weight, bias = leaves
        centred = x - m.mean(x, axis=-1, keepdims=True)
        variance = m.mean(centred * centred, axis=-1, keepdims=True)
        return m.sum((centred / m.sqrt(variance + 1e-5) * weight + bias) * factor)

    inputs = [x, weight, bias]
    return (
        of_tensors(inputs, [factor], run)
        | by_hips(inputs, run_by_hand)
        | by_mygrad(inputs, run_by_hand)
    )


def batch_norm(batch: int, channels: int, side: int) -> dict[str, Setup]:
    """Batch normalization of images while training."""
    shape = (batch, channels, side, side)
    x, weight, bias, factor = _normal(shape, (channels,), (channels,), shape)

    def run(t: Any, leaves: Any, constants: Any) -> Any:
        x, weight, bias = leaves
        y = t.nn.functional.batch_norm(x, None, None, weight, bias, True)
        return (y * constants[0]).sum()

    def run_mygrad(mg: Any, leaves: Any) -> Any:
        from mygrad.nnet.layers import batchnorm

        x, weight, bias = leaves
        return (batchnorm(x, gamma=weight, beta=bias, eps=1e-5) * factor).sum()

    inputs = [x, weight, bias]
    return of_tensors(inputs, [factor], run) | by_mygrad(inputs, run_mygrad)


def group_norm(batch: int, channels: int, side: int, groups: int) -> dict[str, Setup]:
    """Group normalization of images."""
    shape = (batch, channels, side, side)
    x, weight, bias, factor = _normal(shape, (channels,), (channels,), shape)

    def run(t: Any, leaves: Any, constants: Any) -> Any:
        x, weight, bias = leaves
        return (t.nn.functional.group_norm(x, groups, weight, bias) * constants[0]).sum()

    return of_tensors([x, weight, bias], [factor], run)


def features_norm(rows: int, features: int) -> dict[str, Setup]:
    """Batch normalization of rows of features while training."""
    shape = (rows, features)
    x, weight, bias, factor = _normal(shape, (features,), (features,), shape)

    def run(t: Any, leaves: Any, constants: Any) -> Any:
        x, weight, bias = leaves
        y = t.nn.functional.batch_norm(x, None, None, weight, bias, True)
        return (y * constants[0]).sum()

    return of_tensors([x, weight, bias], [factor], run)


def activation(name: str, rows: int, width: int) -> dict[str, Setup]:
    """An activation, and a choice by its sign."""
    x, factor = _normal((rows, width), (rows, width))

    def run(t: Any, leaves: Any, constants: Any) -> Any:
        y = getattr(t.nn.functional, name)(leaves[0])
        return (t.where(constants[0] > 0, y, leaves[0]) * constants[0]).sum()

    return of_tensors([x], [factor], run)


def conv2d(batch: int, channels: int, side: int, filters: int) -> dict[str, Setup]:
    """A 3 x 3 convolution that keeps the size."""
    x, weight, bias, factor = _normal(
        (batch, channels, side, side),
        (filters, channels, 3, 3),
        (filters,),
        (batch, filters, side, side),
    )
    weight *= np.float32(0.05)

    def run(t: Any, leaves: Any, constants: Any) -> Any:
        return (t.nn.functional.conv2d(*leaves, padding=1) * constants[0]).sum()

    def run_mygrad(mg: Any, leaves: Any) -> Any:
        from mygrad.nnet.layers import conv_nd

        x, weight, bias = leaves
        y = conv_nd(x, weight, stride=1, padding=1) + bias.reshape(-1, 1, 1)
        return (y * factor).sum()

    inputs = [x, weight, bias]
    return of_tensors(inputs, [factor], run) | by_mygrad(inputs, run_mygrad)


def cross_entropy(rows: int, classes: int) -> dict[str, Setup]:
    """Mean cross entropy of scores against classes."""
    (x,) = _normal((rows, classes))
    target = np.random.default_rng(1).integers(0, classes, rows)

    def run(t: Any, leaves: Any, constants: Any) -> Any:
        return t.nn.functional.cross_entropy(leaves[0], constants[0])

    def run_by_hand(m: Any, leaves: Any) -> Any:
        (x,) = leaves
        shifted = x - m.max(x, axis=1, keepdims=True)
        logs = shifted - m.log(m.sum(m.exp(shifted), axis=1, keepdims=True))
        return -m.mean(logs[np.arange(rows), target])

    def run_mygrad(mg: Any, leaves: Any) -> Any:
        from mygrad.nnet.losses import softmax_crossentropy

        return softmax_crossentropy(leaves[0], target)

    return of_tensors([x], [target], run) | by_hips([x], run_by_hand) | by_mygrad([x], run_mygrad)


# -- several layers ------------------------------------------------------------------------------
def lenet(batch: int) -> dict[str, Setup]:
    """One training step of LeNet: two convolutions, three linear layers, cross entropy, SGD."""
    (images,) = _normal((batch, 1, 28, 28))
    target = np.random.default_rng(1).integers(0, 10, batch)
    shapes = [(6, 1, 5, 5), (16, 6, 5, 5), (120, 400), (84, 120), (10, 84)]
    weights = [w / np.float32(np.sqrt(w[0].size)) for w in _normal(*shapes)]
    inputs = [a for w in weights for a in (w, np.zeros(len(w), np.float32))]
    rate = 1e-4

    def torch_like(t: Any) -> Any:
        f = t.nn.functional
        leaves = [t.from_numpy(a.copy()).requires_grad_() for a in inputs]
        x, y = t.from_numpy(images), t.from_numpy(target)
        optimizer = t.optim.SGD(leaves, lr=rate)

        def step() -> None:
            w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = leaves
            optimizer.zero_grad()
            h = f.max_pool2d(f.relu(f.conv2d(x, w1, b1, padding=2)), 2)
            h = f.max_pool2d(f.relu(f.conv2d(h, w2, b2)), 2).flatten(1)
            h = f.relu(f.linear(h, w3, b3))
            h = f.relu(f.linear(h, w4, b4))
            f.cross_entropy(f.linear(h, w5, b5), y).backward()
            optimizer.step()

        return step, lambda: [leaf.grad.numpy() for leaf in leaves]

    def mygrad(mg: Any) -> Any:
        from mygrad.nnet.activations import relu
        from mygrad.nnet.layers import conv_nd, max_pool
        from mygrad.nnet.losses import softmax_crossentropy

        leaves = [mg.tensor(a.copy()) for a in inputs]

        def step() -> None:
            w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = leaves
            h = relu(conv_nd(images, w1, stride=1, padding=2) + b1.reshape(-1, 1, 1))
            h = max_pool(h, (2, 2), 2)
            h = relu(conv_nd(h, w2, stride=1) + b2.reshape(-1, 1, 1))
            h = max_pool(h, (2, 2), 2).reshape(batch, -1)
            h = relu(h @ w3.T + b3)
            h = relu(h @ w4.T + b4)
            softmax_crossentropy(h @ w5.T + b5, target).backward()
            for leaf in leaves:
                leaf.data -= np.float32(rate) * leaf.grad

        return step, lambda: [leaf.grad for leaf in leaves]

    return {"torch": torch_like, "mygrad": mygrad}


def attention_block(batch: int, length: int, width: int, heads: int) -> dict[str, Setup]:
    """A transformer's layer: two normalizations, attention of several heads, a wide GELU layer."""
    x, *vectors = _normal((batch, length, width), *[(width,)] * 4)
    shapes = [(3 * width, width), (width, width), (4 * width, width), (width, 4 * width)]
    weights = [w / np.float32(np.sqrt(w.shape[1])) for w in _normal(*shapes)]
    biases = [np.zeros(len(w), np.float32) for w in weights]
    inputs = [x, *vectors, *weights, *biases]

    def run(t: Any, leaves: Any, _: Any) -> Any:
        f = t.nn.functional
        x, g1, b1, g2, b2, w_in, w_out, w_up, w_down, c_in, c_out, c_up, c_down = leaves

        def split(y: Any) -> Any:
            return y.view(batch, length, heads, width // heads).transpose(1, 2)

        q, k, v = f.linear(f.layer_norm(x, (width,), g1, b1), w_in, c_in).chunk(3, -1)
        mixed = f.scaled_dot_product_attention(split(q), split(k), split(v))
        mixed = mixed.transpose(1, 2).reshape(batch, length, width)
        x = x + f.linear(mixed, w_out, c_out)
        wide = f.gelu(f.linear(f.layer_norm(x, (width,), g2, b2), w_up, c_up))
        return (x + f.linear(wide, w_down, c_down)).square().mean()

    return of_tensors(inputs, [], run)


def multihead_attention(batch: int, length: int, width: int, heads: int) -> dict[str, Setup]:
    """``nn.MultiheadAttention`` with its weights returned, as by default."""
    x, weight = _normal((length, batch, width), (batch, length, length))
    weights = _normal((3 * width, width), (width, width))
    weights = [w / np.float32(np.sqrt(width)) for w in weights]
    biases = [np.zeros(len(w), np.float32) for w in weights]

    def run(t: Any, leaves: Any, constants: Any) -> Any:
        x, w_in, w_out, b_in, b_out = leaves
        y, mean = t.nn.functional.multi_head_attention_forward(
            x, x, x, width, heads, w_in, b_in, None, None, False, 0.0, w_out, b_out
        )
        return y.square().sum() + (mean * constants[0]).sum()

    return of_tensors([x, *weights, *biases], [weight], run)


WORKLOADS = [
    Workload("LeNet training step, batch 64", 1.0, lenet(64)),
    Workload("attention block, 8 x 128 x 256", 1.0, attention_block(8, 128, 256, 8)),
    Workload("multi-head attention, 8 x 128 x 256", 1.0, multihead_attention(8, 128, 256, 8)),
    Workload("layer_norm, 4096 x 256", 1.0, layer_norm(4096, 256)),
    Workload("batch_norm, 32 x 32 x 32 x 32", 1.0, batch_norm(32, 32, 32)),
    Workload("batch_norm, 4096 x 256", 1.2, features_norm(4096, 256)),
    Workload("group_norm, 16 x 64 x 28 x 28, 4 groups", 1.2, group_norm(16, 64, 28, 4)),
    Workload("leaky_relu and where, 2048 x 256", 1.2, activation("leaky_relu", 2048, 256)),
    Workload("gelu and where, 2048 x 256", 1.2, activation("gelu", 2048, 256)),
    Workload("conv2d, 32 channels of 32 x 32", 1.2, conv2d(32, 32, 32, 64)),
    Workload("cross_entropy, 4096 x 1000", 1.0, cross_entropy(4096, 1000)),
]
