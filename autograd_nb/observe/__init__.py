"""Watch any graph that speaks the grad_fn protocol; PyTorch's own included."""
