// Search, and closing and opening of scopes: the left part of the graph's tools.
import type { Context, Part } from "./context";
import { assign, div, h, push, setText, span } from "./dom";
import { count } from "./format";
import { find, turn } from "./search";
import { drawn, type Graph } from "./state";

/** `show` brings a node into the window and chooses it, `whole` shows what comes as if new. */
export function finder(
  ctx: Context,
  show: (id: number) => void,
  whole: () => void,
): Part & { focus(): void } {
  const input = h("input", {
    type: "search",
    placeholder: "Find",
    "aria-label": "find nodes by name, variable, module or line. Enter: next, Shift+Enter: previous",
    title: "name, variable, module, or a line such as In[3]:4",
    spellcheck: "false",
  });
  const said = span({ class: "found", role: "status" });
  const close = push({}, "Collapse all");
  const open = push({}, "Expand all");
  const el = div({ class: "finder", role: "search" }, input, said, close, open);
  let searched: [Graph, string] | null = null;

  ctx.on(input, "input", ctx.redraw);
  ctx.keys(input, ({ key, shiftKey }) => {
    if (key === "Enter") {
      search();
      const next = turn([...ctx.hits], ctx.choice.selected, shiftKey ? -1 : 1);
      if (next != null) show(next);
    } else if (key === "Escape" && input.value) {
      input.value = "";
      ctx.redraw();
    } else return false;
    return true;
  });
  const fold = (wanted: string[]) => (whole(), ctx.fold(wanted));
  ctx.on(close, "click", () => fold(ctx.state.graph.scopes.map(({ id }) => id)));
  ctx.on(open, "click", () => fold([]));

  /** What a closed scope hides is found in its box. */
  function search(): void {
    const query = input.value;
    if (searched?.[0] === ctx.state.graph && searched[1] === query) return;
    searched = [ctx.state.graph, query];
    const boxes = find(ctx.sent, query).map((id) => drawn(ctx.graph, id)?.id);
    ctx.hits = new Set(boxes.filter((id) => id !== undefined));
  }

  function draw(): void {
    const { scopes } = ctx.state.graph;
    search();
    const hits = [...ctx.hits];
    const at = hits.indexOf(ctx.choice.selected ?? -1) + 1;
    const place = at ? `${at} of ${hits.length}` : count(hits.length, "node");
    setText(said, !input.value.trim() ? "" : hits.length ? place : "no node");
    close.hidden = open.hidden = !scopes.length;
    const closed = ctx.closed().size;
    // Not `disabled`: the focus stays on a button that has done its work.
    assign(close, { "aria-disabled": closed === scopes.length ? "true" : null });
    assign(open, { "aria-disabled": closed ? null : "true" });
  }
  return { el, draw, focus: () => input.focus() };
}
