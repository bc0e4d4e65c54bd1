"""The live panel under a cell."""
