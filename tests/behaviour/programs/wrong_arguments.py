"""Arguments of a wrong type or number: PyTorch's parser speaks before anything is computed."""

from tests.behaviour.helpers import attempt


def first(action):
    """Print the first line of the complaint: the list of signatures follows."""

    def run():
        try:
            return action()
        except Exception as error:
            raise type(error)(str(error).split("\n")[0]) from None

    attempt(run)


def one_signature(torch):
    x = torch.ones(2, 3)
    first(lambda: torch.unsqueeze(x))
    first(lambda: torch.unsqueeze(x, "a"))
    first(lambda: x.unsqueeze("a"))
    first(lambda: x.unsqueeze(0, 1))
    first(lambda: torch.transpose(x))
    first(lambda: torch.softmax(x, dim="a"))
    first(lambda: torch.gather(x, 0, 1))
    first(lambda: torch.topk(x, 2.5))
    first(lambda: torch.matmul(x, 5))
    first(lambda: torch.exp(x, foo=1))
    first(lambda: torch.mm(x, mat2=x, foo=1))
    first(lambda: torch.index_select(x, 0, index=[1]))
    first(lambda: torch.unsqueeze(x, 0, dim=0))
    first(lambda: torch.linalg.inv(3))
    first(lambda: torch.exp("a"))


def several_signatures(torch):
    x = torch.ones(2, 3)
    first(lambda: torch.sum(x, "a"))
    first(lambda: x.sum("a"))
    first(lambda: torch.max(x, "a"))
    first(lambda: torch.clamp(x, "a"))
    first(lambda: x.view("a"))
    first(lambda: torch.std(x, "a"))
    first(lambda: torch.where(x, x))
    first(lambda: x.masked_fill(x > 0))
    first(lambda: torch.bitwise_xor("a", x))
    first(lambda: torch.sum(x, dtype=3))
    first(lambda: torch.eq(2, x))
    first(lambda: torch.add(x, "a"))
    first(lambda: torch.add("a"))


def sequences(torch):
    x = torch.ones(2, 3)
    first(lambda: torch.cat(x))
    first(lambda: torch.cat([x, 1]))
    first(lambda: torch.stack(5))
    first(lambda: torch.zeros("a"))
    first(lambda: torch.zeros(2, 3, "a"))
    first(lambda: torch.zeros([2.5]))
    first(lambda: x.permute("a"))
    first(lambda: x.repeat(x))
    first(lambda: torch.flip(x, x))


def methods(torch):
    x = torch.ones(2, 3)
    first(lambda: x.exp(1))
    first(lambda: x.tanh(a=1))
    first(lambda: x.float(1))
    first(lambda: x.add_("a"))
    first(lambda: x.add())
    first(lambda: torch.Tensor.exp([1.0]))
    first(lambda: torch.Tensor.exp())
    print(x.copy_(2.5), torch.ones(2, dtype=torch.int64).copy_(True))
