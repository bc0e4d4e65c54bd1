// Every hook: what it is on, where it came from, when it fired and what it did.
import type { Context, Part } from "./context";
import { div, h, keyed, para, push, span, td } from "./dom";
import { site } from "./format";
import { statChip } from "./pictures";
import type { HookRow } from "./state";

const COLUMNS = ["#", "hook", "on", "fired", "gradient before \u2192 after", "effect", ""];

export function hooksView(ctx: Context): Part {
  const none = para("none", "No hook is registered.");
  const head = h("tr", "");
  for (const title of COLUMNS) head.append(h("th", { scope: "col" }, title));
  const body = h("tbody", "");
  const table = h("table", { class: "hooktable", "aria-label": "hooks" }, h("thead", "", head), body);
  const el = div("hooks", none, div("scroll", table));

  function draw(): void {
    none.hidden = ctx.state.hooks.length > 0;
    table.hidden = !none.hidden;
    keyed(
      body,
      ctx.state.hooks,
      (hook) => String(hook.id),
      (hook) => JSON.stringify([hook, ctx.dark, ctx.kernel.refusal("remove_hook")]),
      row,
    );
  }

  function row(hook: HookRow): HTMLElement {
    const where = site(hook.cell, hook.line);
    const name = td("",
      h("code", { class: "fn", title: `${hook.fn}\n${hook.source}` }, hook.fn || "\u2013"),
      div("origin", where ? span({ title: hook.source }, where) : null),
    );
    if (hook.duplicate) {
      const title = "the same function is registered more than once here";
      name.append(span({ class: "badge", title }, "\u26a0 duplicate"));
    }
    const pair = hook.kind === "saved_tensors";
    if (hook.removed) name.append(span("badge quiet", pair ? "block left" : "removed"));
    return h(
      "tr",
      { "data-removed": hook.removed, "data-line": where || null },
      td("number", hook.order == null ? "\u2013" : hook.order),
      name,
      td("", h("code", { title: hook.target }, hook.target), div("origin", hook.kind.replaceAll("_", " "))),
      td("number", pair ? packed(hook) : hook.fired ? `${hook.fired}\u00d7` : "not yet"),
      td("", span("flow", statChip(hook.before, ctx.dark), "\u2192", statChip(hook.after, ctx.dark))),
      td({ "data-effect": hook.effect }, hook.effect),
      // A gradient that is to be retained is no function, and cannot be given back; a block ends.
      td("", hook.removed || pair || !hook.fn ? null : remove(hook)),
    );
  }
  function packed({ packs, unpacks }: HookRow): string {
    return `${packs}\u00d7 packed, ${unpacks}\u00d7 unpacked`;
  }
  function remove({ id, fn, target }: HookRow): HTMLElement {
    const why = ctx.kernel.refusal("remove_hook");
    const name = `remove ${fn} from ${target}`;
    const more = { title: why || name, "aria-label": name, disabled: !!why };
    const button = push(more, "Remove");
    button.addEventListener("click", () => ctx.kernel.ask({ type: "remove_hook", id }));
    return button;
  }
  return { el, draw };
}
