import { describe, expect, it } from "vitest";
import * as format from "./format";
import { tokens } from "./source";

describe("format", () => {
  it("writes numbers short", () => {
    expect([0, 1, 0.5, 1234.5678, -0.25].map((n) => format.num(n))).toEqual(["0", "1", "0.5", "1235", "\u22120.25"]);
    expect(format.num(1.5e-7)).toBe("1.5e\u22127");
    expect(format.num(123456789)).toBe("1.23e8");
    expect(format.num("-inf")).toBe("\u2212\u221e");
    expect(format.num(null)).toBe("\u2013");
  });
  it("writes shapes as Python does, and short on edges", () => {
    expect(format.shape([])).toBe("()");
    expect(format.shape([4])).toBe("(4,)");
    expect(format.shape([2, 3])).toBe("(2, 3)");
    expect(format.shape(null)).toBe("");
    expect(format.dims([2, 3])).toBe("2\u00d73");
  });
  it("counts in words", () => {
    expect(format.count(1, "op")).toBe("1 op");
    expect(format.count(2, "pass")).toBe("2 passes");
    expect(format.count(2, "leaf")).toBe("2 leaves");
    expect(format.count(12345, "op")).toBe("12,345 ops");
  });
  it("writes times", () => {
    expect(format.seconds(0)).toBe("0 s");
    expect(format.seconds(0.0301)).toBe("30 ms");
    expect(format.seconds(3.21)).toBe("3.2 s");
    expect(format.seconds(125)).toBe("2 min 5 s");
  });
  it("cuts long texts", () => {
    expect(format.clip("abcdef", 4)).toBe("abc\u2026");
    expect(format.clip("abc", 4)).toBe("abc");
  });
});

describe("tokens", () => {
  const kinds = (line: string) => tokens(line).filter((t) => t.kind).map((t) => [t.kind, t.text]);
  it("knows the words of Python", () => {
    expect(kinds('for i in range(3):  # "three"')).toEqual([
      ["kw", "for"],
      ["kw", "in"],
      ["num", "3"],
      ["com", '# "three"'],
    ]);
    expect(kinds("x = f\"a # b\" + 'it'")).toEqual([
      ["str", 'f"a # b"'],
      ["str", "'it'"],
    ]);
    expect(kinds("%%autograd --quiet")).toEqual([["mag", "%%autograd --quiet"]]);
  });
  it("loses nothing", () => {
    for (const line of ["", "  x\t= y @ w", "s = 'open", "\u03b1 = 1e-3", "<script>alert(1)</script>"]) {
      expect(tokens(line).map((t) => t.text).join("")).toBe(line);
    }
  });
});
