"""Laws that hold for every graph, tried on graphs drawn by hypothesis."""
