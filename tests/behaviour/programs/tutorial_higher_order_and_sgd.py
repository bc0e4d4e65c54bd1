"""Whole programs: the quadratic, grad() twice, several outputs, the minimum by SGD."""


def scalar_quadratic(torch):
    x = torch.tensor(0.0, requires_grad=True)
    a = torch.tensor(1.0)
    b = torch.tensor(-2.0)
    c = torch.tensor(1.0)
    y = a * torch.pow(x, 2) + b * x + c
    y.backward()
    print(x.grad)


def nonscalar_quadratic(torch):
    x = torch.tensor([[0.0, 0.0], [1.0, 2.0]], requires_grad=True)
    a = torch.tensor(1.0)
    b = torch.tensor(-2.0)
    c = torch.tensor(1.0)
    y = a * torch.pow(x, 2) + b * x + c
    gradient = torch.tensor([[1.0, 1.0], [1.0, 1.0]])
    print("x:\n", x)
    print("y:\n", y)
    y.backward(gradient=gradient)
    print("x_grad:\n", x.grad)


def nonscalar_as_scalar(torch):
    x = torch.tensor([[0.0, 0.0], [1.0, 2.0]], requires_grad=True)
    a = torch.tensor(1.0)
    b = torch.tensor(-2.0)
    c = torch.tensor(1.0)
    y = a * torch.pow(x, 2) + b * x + c
    gradient = torch.tensor([[1.0, 1.0], [1.0, 1.0]])
    z = torch.sum(y * gradient)
    z.backward()
    print("x_grad:\n", x.grad)


def second_derivative_by_grad(torch):
    x = torch.tensor(0.0, requires_grad=True)
    a = torch.tensor(1.0)
    b = torch.tensor(-2.0)
    c = torch.tensor(1.0)
    y = a * torch.pow(x, 2) + b * x + c
    dy_dx = torch.autograd.grad(y, x, create_graph=True)[0]
    print(dy_dx.data)
    print(dy_dx)
    dy2_dx2 = torch.autograd.grad(dy_dx, x)[0]
    print(dy2_dx2.data)


def several_outputs_and_inputs(torch):
    x1 = torch.tensor(1.0, requires_grad=True)
    x2 = torch.tensor(2.0, requires_grad=True)
    y1 = x1 * x2
    y2 = x1 + x2
    dy1_dx1, dy1_dx2 = torch.autograd.grad(outputs=y1, inputs=[x1, x2], retain_graph=True)
    print(dy1_dx1, dy1_dx2)
    dy12_dx1, dy12_dx2 = torch.autograd.grad(outputs=[y1, y2], inputs=[x1, x2])
    print(dy12_dx1, dy12_dx2)


def minimum_by_sgd(torch):
    x = torch.tensor(0.0, requires_grad=True)
    a = torch.tensor(1.0)
    b = torch.tensor(-2.0)
    c = torch.tensor(1.0)
    optimizer = torch.optim.SGD(params=[x], lr=0.01)

    def f(x):
        return a * torch.pow(x, 2) + b * x + c

    for _ in range(500):
        optimizer.zero_grad()
        y = f(x)
        y.backward()
        optimizer.step()
    print("y=", f(x).data, ";", "x=", x.data)


def minimum_by_hand(torch):
    x = torch.tensor(0.0, requires_grad=True)
    for _ in range(100):
        y = x**2 - 2 * x + 1
        y.backward()
        with torch.no_grad():
            x -= 0.1 * x.grad
        x.grad.zero_()
    print(x)


def linear_regression(torch):
    torch.manual_seed(0)
    x = torch.linspace(0, 1, 20).unsqueeze(1)
    y = 3 * x + 1 + 0.01 * torch.randn(20, 1)
    w = torch.zeros(1, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    for epoch in range(200):
        loss = ((x @ w + b - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for p in (w, b):
                p -= 0.5 * p.grad
                p.grad = None
        if epoch % 50 == 0:
            print(f"{epoch} {loss.item():.4f}")
    print(w, b)


def two_layer_network(torch):
    torch.manual_seed(0)
    x, y = torch.randn(8, 4), torch.randn(8, 2)
    w1 = torch.randn(4, 6, requires_grad=True)
    w2 = torch.randn(6, 2, requires_grad=True)
    for step in range(20):
        loss = (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).sum()
        if step % 5 == 0:
            print(f"{step} {loss.item():.3f}")
        loss.backward()
        with torch.no_grad():
            w1 -= 1e-3 * w1.grad
            w2 -= 1e-3 * w2.grad
            w1.grad.zero_()
            w2.grad.zero_()


def sine_by_polynomial(torch):
    import math

    x = torch.linspace(-math.pi, math.pi, 50)
    y = torch.sin(x)
    torch.manual_seed(0)
    a, b, c, d = (torch.randn((), requires_grad=True) for _ in range(4))
    for step in range(200):
        loss = (a + b * x + c * x**2 + d * x**3 - y).pow(2).sum()
        if step % 50 == 49:
            print(step, f"{loss.item():.3f}")
        loss.backward()
        with torch.no_grad():
            for p in (a, b, c, d):
                p -= 1e-5 * p.grad
                p.grad = None
    print(f"y = {a.item():.3f} + {b.item():.3f} x + {c.item():.3f} x^2 + {d.item():.3f} x^3")
