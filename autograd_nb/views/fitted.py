"""Text that keeps its size relative to the drawing around it, however large the axes are shown."""

from __future__ import annotations

from typing import Any

from matplotlib.text import Text


class FittedText(Text):
    """Text whose height is given in the units of the axes.

    Parameters
    ----------
    x, y : float
    text : str
    height : float
        Font size in units of the y axis.
    **options
        As for :class:`matplotlib.text.Text`.
    """

    def __init__(self, x: float, y: float, text: str, *, height: float, **options: Any) -> None:
        super().__init__(x, y, text, **options)
        self.height = height

    def _fit(self) -> None:
        if self.axes is None:
            return
        (_, low), (_, high) = self.axes.transData.transform([(0.0, 0.0), (0.0, 1.0)])
        points = abs(high - low) * self.height * 72 / self.axes.figure.dpi
        self.set_fontsize(max(points, 0.1))

    def draw(self, renderer: Any) -> None:
        """Draw the text in the size that the axes have now.

        Parameters
        ----------
        renderer : RendererBase
        """
        self._fit()
        super().draw(renderer)

    def get_window_extent(self, renderer: Any = None, dpi: float | None = None) -> Any:
        """Return the box that the text takes, in pixels.

        Parameters
        ----------
        renderer : RendererBase, optional
        dpi : float, optional

        Returns
        -------
        Bbox
        """
        self._fit()
        return super().get_window_extent(renderer, dpi)
