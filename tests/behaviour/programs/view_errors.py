"""Views: what cannot be viewed, and what may be written where one element stands for several."""

from tests.behaviour.helpers import attempt, warned


def bytes_read_as_another_dtype(torch):
    x = torch.arange(12.0).reshape(3, 4)
    odd = torch.arange(9.0).reshape(3, 3)
    for view in (x.t(), x[:, ::2], x[:, 1:3], odd[:, :2], odd, x[0, 0], x[:2, 2:]):
        attempt(lambda view=view: print(view.view(torch.float64).shape))
        attempt(lambda view=view: print(view.view(torch.int16).shape))
    leaf = torch.ones(2, requires_grad=True)
    print(leaf.view(torch.int32).requires_grad, leaf.view(torch.float32).requires_grad)


def dimensions_that_are_not_there(torch):
    x = torch.arange(12.0).reshape(3, 4)
    attempt(lambda: x.narrow(0, 4, 0))
    attempt(lambda: x.narrow(0, torch.tensor([1]), 1))
    attempt(lambda: x.narrow(0, torch.tensor(1.0), 1))
    attempt(lambda: x.unfold(0, -1, 1))
    attempt(lambda: x.expand(-1, 3, 4))
    attempt(lambda: x.as_strided((-2,), (1,)))
    attempt(lambda: x.as_strided((2,), (1,), -1))
    attempt(lambda: x.as_strided((2, 2), (1, 20)))
    attempt(lambda: x.tensor_split(torch.tensor([1.0, 2.0])))
    attempt(lambda: x.tensor_split(torch.tensor([[1, 2]])))
    attempt(lambda: x[0].vsplit(2))
    attempt(lambda: x.dsplit(2))
    attempt(lambda: x[None].squeeze((0, 0)))
    attempt(lambda: x[None].squeeze((0, -3)))
    attempt(lambda: torch.broadcast_shapes((-1,)))


def transposes_of_other_ranks(torch):
    print(warned(lambda: torch.ones(2, 3, 4).T).shape)
    print(warned(lambda: torch.tensor(1.0).T), warned(lambda: torch.tensor(1.0).mT))
    warned(lambda: torch.ones(2, 3).T)
    attempt(lambda: torch.ones(2, 3, 4).H)
    attempt(lambda: torch.ones(3).H)


def written_where_one_element_stands_for_several(torch):
    x = torch.ones(1).expand(3)
    print(x.fill_(2), x.zero_(), torch.ones(3, 1).expand(3, 3).tril_())
    attempt(lambda: x.fill_(torch.tensor(2.0)))
    attempt(lambda: x.add_(1))
    attempt(lambda: x.__setitem__(slice(None), 3.0))
    warned(lambda: x.masked_fill_(x < 0, 1))
    warned(lambda: x.index_fill_(0, torch.tensor([0]), 0.0))


def views_as_wider_and_narrower_types(torch):
    x = torch.ones(4, 6)
    for of in (x.t(), x[:, ::2], x[:, :5], x[:, 1:5], torch.ones(4, 5).t(), torch.ones(())):
        attempt(lambda of=of: print(of.view(torch.float64).shape))
        attempt(lambda of=of: print(of.view(torch.int16).shape))
