// Building elements. Text only ever arrives as text nodes, so data cannot become markup.

export type Child = Node | string | number | null | undefined | false;
export type Attrs = Record<string, string | number | boolean | null | undefined>;

const SVG = "http://www.w3.org/2000/svg";

export function assign(el: Element, attrs: Attrs): void {
  for (const [key, value] of Object.entries(attrs)) {
    if (value == null || value === false) el.removeAttribute(key);
    else {
      const text = value === true ? "" : String(value);
      if (el.getAttribute(key) !== text) el.setAttribute(key, text);
    }
  }
}

function fill<E extends Element>(el: E, attrs: Attrs, children: Child[]): E {
  assign(el, attrs);
  for (const child of children) {
    if (child != null && child !== false) {
      el.append(typeof child === "object" ? child : String(child));
    }
  }
  return el;
}

/** An HTML element; `class` may be the only thing said of it. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attrs: Attrs | string,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const all = typeof attrs === "string" ? { class: attrs || null } : attrs;
  return fill(document.createElement(tag), all, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attrs: Attrs,
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(SVG, tag), attrs, children);
}

type Make<E> = (attrs: Attrs | string, ...children: Child[]) => E;
export const div: Make<HTMLDivElement> = (...all) => h("div", ...all);
export const span: Make<HTMLSpanElement> = (...all) => h("span", ...all);
export const para: Make<HTMLParagraphElement> = (...all) => h("p", ...all);
export const td: Make<HTMLTableCellElement> = (...all) => h("td", ...all);
export const code = (...children: Child[]): HTMLElement => h("code", "", ...children);

export function push(attrs: Attrs, ...children: Child[]): HTMLButtonElement {
  return h("button", { type: "button", class: "push", ...attrs }, ...children);
}

/** A button that shows a small drawing and has a name. */
export function iconButton(name: string, path: string, className = "icon"): HTMLButtonElement {
  const button = push({ class: className, title: name, "aria-label": name });
  setIcon(button, path);
  return button;
}

export function setIcon(button: HTMLElement, path: string): void {
  if (button.dataset.icon === path) return;
  button.dataset.icon = path;
  button.replaceChildren(
    svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: path })),
  );
}

export function setText(el: Element, text: string): void {
  if (el.textContent !== text) el.textContent = text;
}

interface Kept {
  stamp: string;
  el: Element;
}
const kept = new WeakMap<Element, Map<string, Kept>>();

/** Show a list; an element is made anew only when its stamp changes, so focus and scroll stay. */
export function keyed<T>(
  parent: Element,
  items: readonly T[],
  keyOf: (item: T) => string,
  stampOf: (item: T) => string,
  make: (item: T) => Element,
): void {
  const before = kept.get(parent) ?? new Map<string, Kept>();
  const after = new Map<string, Kept>();
  for (const item of items) {
    const key = keyOf(item);
    const stamp = stampOf(item);
    const old = before.get(key);
    after.set(key, old && old.stamp === stamp ? old : { stamp, el: make(item) });
  }
  kept.set(parent, after);
  const wanted = [...after.values()].map((entry) => entry.el);
  const same =
    parent.children.length === wanted.length &&
    wanted.every((el, i) => parent.children[i] === el);
  if (!same) parent.replaceChildren(...wanted);
}

/** Show one thing, or nothing; it is made anew only when it changes. */
export function single<T>(parent: Element, item: T | null, make: (item: T) => Element): void {
  keyed(parent, item == null ? [] : [item], () => "", (it) => JSON.stringify(it), make);
}
