// Numbers, shapes and places as short text.
import type { Num, Stat } from "./state";

const MINUS = "\u2212";

/** Four significant digits at most; powers of ten outside 1e-3..1e5. */
export function num(value: Num | undefined, digits = 4): string {
  if (value == null) return "\u2013";
  if (typeof value === "string") return value.replace("-", MINUS).replace("inf", "\u221e");
  if (value === 0) return "0";
  const size = Math.abs(value);
  let text: string;
  if (size >= 1e5 || size < 1e-3) {
    text = value.toExponential(digits - 2).replace(/\.?0+e/, "e").replace("e+", "e");
  } else text = String(Number(value.toPrecision(digits)));
  return text.replaceAll("-", MINUS);
}

/** A shape as Python writes a tuple; "" where it is not known. */
export function shape(dims: number[] | null | undefined): string {
  if (!dims) return "";
  return dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(", ")})`;
}

/** A shape as short as it can be said, for edges: "3\u00d74", and nothing for one number. */
export function dims(sizes: number[] | null | undefined): string {
  return (sizes ?? []).join("\u00d7");
}

export function site(cell: string | null | undefined, line: number | null | undefined): string {
  if (!cell) return "";
  return line ? `${cell}:${line}` : cell;
}

export function seconds(value: number): string {
  if (!(value > 0)) return "0 s";
  if (value < 1) return `${Math.max(1, Math.round(value * 1000))} ms`;
  if (value < 60) return `${value.toFixed(1)} s`;
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export function count(n: number, word: string): string {
  const many = word === "leaf" ? "leaves" : word.endsWith("s") ? `${word}es` : `${word}s`;
  return `${n.toLocaleString("en-US")} ${n === 1 ? word : many}`;
}

export function norm(stat: Stat | null | undefined): string {
  return stat ? num(stat.norm, 3) : "nothing";
}

/** What is not finite in a gradient, or "". */
export function flaws(stat: Stat | null | undefined): string {
  if (!stat) return "";
  const parts: string[] = [];
  if (stat.nan) parts.push(`${stat.nan} NaN`);
  if (stat.inf) parts.push(`${stat.inf} Inf`);
  return parts.join(", ");
}

/** Cut a text to a number of characters. */
export function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1))}\u2026`;
}
