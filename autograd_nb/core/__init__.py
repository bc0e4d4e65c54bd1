"""Floor 0: the engine. It needs NumPy alone and knows no operation by name."""
