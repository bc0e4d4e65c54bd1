import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reach } from "./kernel";

/** A model whose kernel the test plays. */
function connect(send: (message: unknown) => void = () => {}) {
  const heard = new Map<string, (content?: unknown) => void>();
  const asked: unknown[] = [];
  const model = {
    send: (message: unknown) => {
      asked.push(message);
      send(message);
    },
    on: (name: string, listener: (content?: unknown) => void) => void heard.set(name, listener),
    off: (name?: string | null) => void heard.delete(name ?? ""),
  };
  const end = new AbortController();
  const changed = vi.fn();
  const kernel = reach(model as Parameters<typeof reach>[0], changed, end.signal);
  const reply = (can: string[], error: string | null = null) =>
    heard.get("msg:custom")?.({ type: "reply", can, error });
  return { kernel, asked, changed, end, heard, reply };
}

describe("kernel", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is not there until it has answered", () => {
    const { kernel, asked, reply } = connect();
    expect(asked).toEqual([{ type: "hello" }]);
    expect(kernel.state).toBe("none");
    expect(kernel.refusal("step")).toContain("running kernel");
    reply(["step"]);
    expect(kernel.state).toBe("live");
    expect(kernel.refusal("step")).toBe("");
    expect(kernel.refusal("scopes")).toContain("does not offer");
  });
  it("is told of what went wrong, until the next question", () => {
    const { kernel, reply } = connect();
    reply(["step"], "RuntimeError: no");
    expect(kernel.notice).toBe("RuntimeError: no");
    kernel.ask({ type: "step", do: "next" });
    expect(kernel.notice).toBe("");
  });
  it("is spoken of when it is silent, and not any more when it answers", () => {
    const { kernel, reply, changed } = connect();
    reply(["step"]);
    kernel.ask({ type: "step", do: "next" });
    vi.advanceTimersByTime(60_000);
    expect(kernel.notice).toContain("busy");
    expect(changed).toHaveBeenCalled();
    reply(["step"]);
    expect(kernel.notice).toBe("");
  });
  it("is gone when its comm is, or when sending fails; it may come back", () => {
    const { kernel, reply, heard } = connect();
    heard.get("comm_live_update")?.();
    expect(kernel.state).toBe("none");
    reply(["step"]);
    heard.get("comm_live_update")?.();
    expect(kernel.state).toBe("gone");
    expect(kernel.refusal("step")).not.toBe("");
    reply([]);
    expect(kernel.state).toBe("live");
    const dead = connect(() => {
      throw new Error("Kernel is dead");
    });
    expect(dead.kernel.state).toBe("none");
  });
  it("hears nothing else and ends with its view", () => {
    const { kernel, heard, end, asked } = connect();
    heard.get("msg:custom")?.({ type: "other" });
    heard.get("msg:custom")?.(null);
    expect(kernel.state).toBe("none");
    kernel.ask({ type: "remove_hook", id: 1 });
    end.abort();
    expect(heard.size).toBe(0);
    vi.advanceTimersByTime(60_000);
    expect(kernel.notice).toBe("");
    expect(asked).toHaveLength(2);
  });
});
