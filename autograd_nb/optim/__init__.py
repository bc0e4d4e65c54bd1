"""Optimizers and learning rate schedules."""

from autograd_nb.absent import guard as _guard
from autograd_nb.optim import lr_scheduler, swa_utils
from autograd_nb.optim.adafactor import Adafactor
from autograd_nb.optim.adam import Adam, AdamW
from autograd_nb.optim.adam_variants import Adamax, NAdam, RAdam
from autograd_nb.optim.adaptive import Adadelta, Adagrad, RMSprop
from autograd_nb.optim.lbfgs import LBFGS
from autograd_nb.optim.optimizer import Optimizer
from autograd_nb.optim.other_rules import ASGD, Rprop
from autograd_nb.optim.sgd import SGD

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "lr_scheduler",
    "swa_utils",
]

__getattr__ = _guard(__name__)
