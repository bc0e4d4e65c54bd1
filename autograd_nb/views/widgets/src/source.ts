// The cell's lines, linked with the nodes that they made.
import type { Context, Part } from "./context";
import { assign, div, h, keyed, span } from "./dom";
import { siteKey, together } from "./state";
import { stepNow } from "./context";

export interface Token {
  /** "kw", "str", "num", "com", "mag" or "". */
  kind: string;
  text: string;
}

const TOKEN = new RegExp(
  [
    "(?<com>#.*)",
    /(?<str>[rbfuRBFU]{0,2}(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?))/.source,
    "(?<kw>\\b(?:and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|" +
      "for|from|global|if|import|in|is|lambda|not|or|pass|raise|return|try|while|with|yield|" +
      "False|None|True)\\b)",
    "(?<num>\\b\\d[\\w.]*)",
    "\\w+|\\s+|.",
  ].join("|"),
  "gu",
);

/** Split a line of Python for colouring. Strings over several lines are not followed. */
export function tokens(line: string): Token[] {
  if (/^\s*[%!]/.test(line)) return [{ kind: "mag", text: line }];
  return Array.from(line.matchAll(TOKEN), ({ 0: text, groups = {} }) => ({
    kind: Object.keys(groups).find((kind) => groups[kind]) ?? "",
    text,
  }));
}

export function sourceView(ctx: Context): Part {
  const list = h("ol", { class: "code", "aria-label": "lines of the cell" });
  const el = div("source", list);
  let wasNow = "";

  const lineOf = (event: Event) =>
    (event.target as Element).closest<HTMLElement>("li[data-line]")?.dataset.line ?? "";
  ctx.on(list, "pointerover", (event) => ctx.point({ line: lineOf(event), node: null }));
  ctx.on(list, "pointerleave", () => ctx.point({ line: "" }));
  ctx.on(list, "click", (event) => {
    const made = ctx.whole.byLine.get(lineOf(event));
    // The last operation made on a line is its outermost one.
    if (made) ctx.choose({ selected: made[made.length - 1] });
  });

  function draw(): void {
    const { cell, lines } = ctx.state.source;
    keyed(
      list,
      lines.map((text, i) => ({ text, line: i + 1 })),
      ({ line }) => String(line),
      ({ text }) => cell + text,
      ({ text, line }) => {
        const code = h("code", "");
        for (const { kind, text: part } of tokens(text)) {
          code.append(kind ? span(kind, part) : part);
        }
        const number = span({ class: "no", "aria-hidden": "true" }, line);
        return h("li", { "data-line": siteKey(cell, line) }, number, code);
      },
    );
    const hot = new Set<string>();
    if (ctx.hover.line) hot.add(ctx.hover.line);
    for (const id of together(ctx.graph, ctx.hover.node)) {
      const node = ctx.whole.nodes.get(id);
      if (node) hot.add(siteKey(node.cell, node.line));
    }
    const step = stepNow(ctx);
    const running = ctx.whole.nodes.get(step?.node ?? -1);
    const chosen = ctx.graph.nodes.get(ctx.choice.selected ?? -1);
    const now = running ? siteKey(running.cell, running.line) : "";
    const call = ctx.pass ? siteKey(ctx.pass.cell, ctx.pass.line) : "";
    for (const li of list.children) {
      const key = (li as HTMLElement).dataset.line ?? "";
      const made = ctx.whole.byLine.get(key);
      assign(li, {
        "data-hot": hot.has(key),
        "data-now": key !== "" && key === now,
        "data-call": key !== "" && key === call,
        "data-sel": !!chosen && key !== "" && key === siteKey(chosen.cell, chosen.line),
        "data-made": !!made,
        title: made ? `${made.length} node${made.length === 1 ? "" : "s"} of the graph` : null,
      });
      if (key && key === now && now !== wasNow) scrollInside(el, li as HTMLElement);
    }
    wasNow = now;
  }
  return { el, draw };
}

/** Scroll the list only: scrollIntoView would move the notebook too. */
function scrollInside(box: HTMLElement, row: HTMLElement): void {
  const top = row.offsetTop;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + row.offsetHeight > box.scrollTop + box.clientHeight) {
    box.scrollTop = top + row.offsetHeight - box.clientHeight;
  }
}
