"""How many examples: 100 by default, AUTOGRAD_NB_EXAMPLES for more."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "fixed",
    max_examples=int(os.environ.get("AUTOGRAD_NB_EXAMPLES", "100")),
    deadline=None,
    derandomize="AUTOGRAD_NB_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fixed")
