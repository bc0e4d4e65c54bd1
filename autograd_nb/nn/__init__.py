"""Modules: layers, losses, containers, and the functions behind them."""

from autograd_nb.nn import functional, init, utils
from autograd_nb.nn.activation import *  # noqa: F403
from autograd_nb.nn.attention import MultiheadAttention  # noqa: F401
from autograd_nb.nn.containers import *  # noqa: F403
from autograd_nb.nn.conv import *  # noqa: F403
from autograd_nb.nn.dropout import *  # noqa: F403
from autograd_nb.nn.geometry import *  # noqa: F403
from autograd_nb.nn.linear import *  # noqa: F403
from autograd_nb.nn.loss import *  # noqa: F403
from autograd_nb.nn.module import Module
from autograd_nb.nn.norm import *  # noqa: F403
from autograd_nb.nn.padding import *  # noqa: F403
from autograd_nb.nn.parameter import Buffer, Parameter, UninitializedParameter
from autograd_nb.nn.pooling import *  # noqa: F403
from autograd_nb.nn.rnn import *  # noqa: F403
from autograd_nb.nn.rnn_cells import *  # noqa: F403
from autograd_nb.nn.sparse import *  # noqa: F403
from autograd_nb.nn.transformer import *  # noqa: F403
