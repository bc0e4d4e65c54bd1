"""Small programs whose printed text PyTorch has recorded and autograd_nb must repeat."""
