"""Take the pictures of the README: the panel in JupyterLab, one for each of some views.

python -m tests.browser.pictures        writes docs/images/*.png
"""

import tempfile
from pathlib import Path

from tests.browser.lab import Lab

WHERE = Path(__file__).resolve().parents[2] / "docs" / "images"
CELLS = [
    "%load_ext autograd_nb\nimport autograd_nb as torch\nnn = torch.nn",
    """%%autograd --track loss
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
x, y = torch.randn(64, 4), torch.randn(64, 1)
for step in range(200):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()""",
]


def main() -> None:
    WHERE.mkdir(parents=True, exist_ok=True)
    with Lab(Path(tempfile.mkdtemp())) as lab, lab.page(1240, 900) as page:
        lab.open(page, "panel.ipynb", CELLS)
        for i in range(len(CELLS)):
            lab.run(page, i)
        page.wait_for_selector(".agnb .word:text('done')")
        for view in ("Graph", "Gradients"):
            page.locator(f".agnb [role=tab]:has-text('{view}')").first.click()
            page.wait_for_timeout(800)  # it moves into place
            panel = page.locator(".agnb").first
            panel.scroll_into_view_if_needed()
            panel.screenshot(path=WHERE / f"{view.lower()}.png")


if __name__ == "__main__":
    main()
