// Is the page dark? Notebook front ends say so; elsewhere the reader's system does.

export function isDark(): boolean {
  const { body } = document;
  const said = body.dataset.jpThemeLight;
  if (said === "true" || said === "false") return said === "false";
  if (body.classList.contains("vscode-light")) return false;
  if (body.classList.contains("vscode-dark")) return true;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Call back when the theme may have changed, until the signal. */
export function watchTheme(changed: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"],
  });
  signal.addEventListener("abort", () => observer.disconnect());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, { signal });
}
