"""The colours of figures stay apart for readers with each kind of colour blindness."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from autograd_nb.views import palette

# Machado, Oliveira and Fernandes (2009), severity 1.0, for linear RGB.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip
WHITE = XYZ @ np.ones(3)


def linear(color: str) -> np.ndarray:
    srgb = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def lab(color: str, sight: str) -> np.ndarray:
    """CIE L*a*b* of what is seen of a colour."""
    ratio = XYZ @ np.clip(SIGHT[sight] @ linear(color), 0, 1) / WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2."""
    light, dark = sorted((float(XYZ[1] @ linear(c)) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sight", SIGHT)
def test_lines_side_by_side_are_told_apart(sight: str) -> None:
    seen = {color: lab(color, sight) for color in (*palette.SERIES, palette.BAD)}
    for one, other in itertools.combinations(seen, 2):
        # Just noticeable is 2.3; lines differ by their markers as well.
        assert np.linalg.norm(seen[one] - seen[other]) > 10, (one, other)


@pytest.mark.parametrize("sight", SIGHT)
def test_a_wrong_number_is_not_taken_for_a_gradient(sight: str) -> None:
    assert np.linalg.norm(lab(palette.BAD, sight) - lab(palette.BLUE, sight)) > 40


def test_text_can_be_read_on_its_box() -> None:
    for box in (palette.BOX, palette.LEAF, palette.ROOT):
        assert contrast(palette.INK, box) > 7
    assert contrast(palette.NAME, palette.ROOT) > 4.5
    assert contrast(palette.NAME, palette.BOX) > 4.5
    assert contrast(palette.SOFT, "#ffffff") > 4.5
