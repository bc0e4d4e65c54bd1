"""Hooks that are registered while the node runs, or while its other hooks do."""

from tests.behaviour.helpers import attempt


def in_the_unpacking_of_a_saved_tensor(torch):
    def unpack(value):
        node = nodes[0]
        node.register_hook(lambda inputs, outputs: print("post", inputs[0].tolist()))
        node.register_prehook(lambda outputs: print("pre"))
        return value

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda value: value, unpack):
        y = x.exp()
    nodes = [y.grad_fn]
    y.sum().backward(retain_graph=True)
    print("again")
    y.sum().backward()
    print(x.grad)


def in_the_backward_of_a_custom_function(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            ctx.register_hook(lambda inputs, outputs: (inputs[0] + 1,))
            ctx.register_prehook(lambda outputs: print("pre"))
            return grad * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Double.apply(x)
    for create_graph in (False, True):
        print(torch.autograd.grad(y.sum(), x, create_graph=create_graph))


def in_a_tensor_hook(torch):
    def hook(grad):
        print("tensor")
        y.register_hook(lambda grad: print("tensor, later"))
        y.grad_fn.register_prehook(lambda outputs: print("pre"))
        y.grad_fn.register_hook(lambda inputs, outputs: print("post"))
        y.retain_grad()

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(hook)
    y.sum().backward()
    print(y.grad, x.grad)


def in_hooks_of_the_node(torch):
    def pre(outputs):
        print("pre")
        node.register_hook(lambda inputs, outputs: print("post of pre"))
        node.register_prehook(lambda outputs: print("pre of pre"))
        y.register_hook(lambda grad: print("tensor of pre"))

    def post(inputs, outputs):
        print("post")
        node.register_hook(lambda inputs, outputs: print("post of post"))

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    node = y.grad_fn
    node.register_prehook(pre)
    node.register_hook(post)
    attempt(y.sum().backward)


def in_hooks_of_a_leaf(torch):
    def hook(grad):
        print("tensor")
        leaf.register_prehook(lambda outputs: print("pre"))
        x.register_hook(lambda grad: print("tensor of tensor"))
        x.register_post_accumulate_grad_hook(accumulated)

    def accumulated(tensor):
        print("accumulated")
        leaf.register_hook(lambda inputs, outputs: print("post"))
        x.register_post_accumulate_grad_hook(lambda tensor: print("accumulated of accumulated"))

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 2
    leaf = y.grad_fn.next_functions[0][0]
    x.register_hook(hook)
    for _ in range(2):
        y.sum().backward()
        print(x.grad)
