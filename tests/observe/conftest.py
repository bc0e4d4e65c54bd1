import pytest

from autograd_nb.observe.hooktable import HookTable
from autograd_nb.observe.ledger import Ledger
from autograd_nb.observe.recorder import Recorder
from tests.observe.engines import engine


@pytest.fixture
def torch(request):
    return engine(request.param)


@pytest.fixture
def recorder_for():
    """Return a maker of recorders that share nothing with other tests."""

    def make(namespace=None, **options):
        return Recorder(namespace, ledger=Ledger(), hooks=HookTable(), **options)

    return make
