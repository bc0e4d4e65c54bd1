"""Colours of figures: those of Okabe and Ito, which colour-blind readers can tell apart."""

from __future__ import annotations

BLUE = "#0072b2"
VERMILLION = "#d55e00"
GREEN = "#009e73"
ORANGE = "#e69f00"
SKY = "#56b4e9"
PURPLE = "#cc79a7"

SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY)
"""For lines side by side; vermillion is kept for what is wrong."""

MARKERS = ("o", "s", "^", "D", "v")
"""A line is told by its marker too: colour alone says nothing on a grey print."""

BAD = VERMILLION
INK, SOFT, EDGE = "#1f2937", "#6b7787", "#aeb8c6"
BOX, BOX_RIM = "#f6f8fb", "#9aa7b8"
LEAF, LEAF_RIM = "#e3f4ef", GREEN
ROOT, ROOT_RIM = "#fdf0dc", "#d08b1d"
NAME = "#7a3fb5"
