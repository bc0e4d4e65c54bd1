import { describe, expect, it } from "vitest";
import { tokens } from "./source";

const kinds = (line: string) =>
  tokens(line).filter(({ kind }) => kind).map(({ kind, text }) => [kind, text]);

describe("source", () => {
  it("colours words, strings, numbers and comments", () => {
    expect(kinds('for x1 in rb"a#b": y = .5e3 + 2  # None')).toEqual([
      ["kw", "for"],
      ["kw", "in"],
      ["str", 'rb"a#b"'],
      ["num", "5e3"],
      ["num", "2"],
      ["com", "# None"],
    ]);
  });
  it("loses nothing of a line", () => {
    for (const line of ["information = 'open", "a \u{1f600}\t<b>&", "", "iffy(None)"]) {
      expect(tokens(line).map(({ text }) => text).join("")).toBe(line);
    }
    expect(kinds("iffy = import_ + 'open")).toEqual([["str", "'open"]]);
    expect(tokens("%%autograd --track loss")).toHaveLength(1);
  });
});
