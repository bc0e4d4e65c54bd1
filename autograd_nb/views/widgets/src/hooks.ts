// Every hook: what it is on, where it came from, when it fired and what it did.
import type { Context, Part } from "./context";
import { h, keyed, push } from "./dom";
import { site } from "./format";
import { statChip } from "./pictures";
import type { HookRow } from "./state";

const COLUMNS = ["#", "hook", "on", "fired", "gradient before \u2192 after", "effect", ""];

export function hooksView(ctx: Context): Part {
  const none = h("p", "none", "No hook is registered.");
  const head = h("tr", "");
  for (const title of COLUMNS) head.append(h("th", { scope: "col" }, title));
  const body = h("tbody", "");
  const table = h("table", "hooktable", h("thead", "", head), body);
  const el = h("div", "hooks", none, h("div", "scroll", table));

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
    const name = h(
      "td",
      "",
      h("code", { class: "fn", title: hook.source }, hook.fn),
      h("div", "origin", where ? h("span", { title: hook.source }, where) : null),
    );
    if (hook.duplicate) {
      const title = "the same function is registered more than once here";
      name.append(h("span", { class: "badge", title }, "\u26a0 duplicate"));
    }
    if (hook.removed) name.append(h("span", "badge quiet", "removed"));
    return h(
      "tr",
      { "data-removed": hook.removed, "data-line": where || null },
      h("td", "number", hook.order == null ? "\u2013" : hook.order),
      name,
      h("td", "", h("code", "", hook.target), h("div", "origin", hook.kind.replaceAll("_", " "))),
      h("td", "number", hook.fired ? `${hook.fired}\u00d7` : "not yet"),
      h("td", "", h("span", "flow", statChip(hook.before, ctx.dark), "\u2192", statChip(hook.after, ctx.dark))),
      h("td", { "data-effect": hook.effect }, hook.effect),
      h("td", "", hook.removed ? null : remove(hook)),
    );
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
