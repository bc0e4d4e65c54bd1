"""IPython: ``%load_ext autograd_nb``, ``%%autograd`` for a cell, ``%autograd`` for a question."""
