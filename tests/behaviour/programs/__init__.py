"""The corpus: one module per subject, one function per behaviour.

Every public function takes the torch-like namespace as its only argument and prints what it sees.
"""
