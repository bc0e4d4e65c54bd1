// The way back: what the reader asks of the kernel, and whether one is there to answer.
import type { AnyModel } from "@anywidget/types";

/** Milliseconds after which a silent kernel is spoken of. */
const PATIENCE = 4000;

export type Ask =
  | { type: "hello" }
  | { type: "scopes"; collapsed: string[] }
  | { type: "remove_hook"; id: number }
  | { type: "step"; do: "next" | "end" | "abort" }
  | { type: "step"; do: "to"; node: number };

export type What = Exclude<Ask["type"], "hello">;

interface Reply {
  type: "reply";
  can: What[];
  error: string | null;
}

export interface Kernel {
  /** No kernel has ever answered, one does, or the one that did is gone. */
  readonly state: "none" | "live" | "gone";
  /** What went wrong with what was asked, or "". */
  readonly notice: string;
  say(notice: string): void;
  ask(message: Ask): void;
  /** Why something cannot be asked, "" where it can. */
  refusal(what: What): string;
}

type Model = Pick<AnyModel, "send" | "on" | "off">;

/**
 * Say hello and listen. Only an answer shows that a kernel is there: a saved page has a model too.
 * Custom messages, because a trait set while a cell runs may not be sent.
 */
export function reach(model: Model, changed: () => void, ended: AbortSignal): Kernel {
  let state: Kernel["state"] = "none";
  let notice = "";
  let can: What[] = [];
  let patience: ReturnType<typeof setTimeout> | undefined;

  const say = (text: string) => {
    notice = text;
    changed();
  };
  const lost = () => {
    clearTimeout(patience);
    if (state === "live") state = "gone";
    say("");
  };
  const heard = (content: Partial<Reply> | null) => {
    if (content?.type !== "reply") return;
    clearTimeout(patience);
    state = "live";
    can = content.can ?? [];
    say(content.error ?? "");
  };
  const ask = (message: Ask) => {
    notice = "";
    clearTimeout(patience);
    try {
      model.send(message);
    } catch {
      // Front ends throw where the kernel is known to be dead.
      return lost();
    }
    if (message.type !== "hello") {
      patience = setTimeout(say, PATIENCE, "No answer yet: the kernel is busy, or gone.");
    }
  };
  model.on("msg:custom", heard);
  model.on("comm_live_update", lost);
  ended.addEventListener("abort", () => {
    clearTimeout(patience);
    model.off("msg:custom", heard);
    model.off("comm_live_update", lost);
  });
  ask({ type: "hello" });
  return {
    get state() {
      return state;
    },
    get notice() {
      return notice;
    },
    say,
    ask,
    refusal: (what) =>
      state !== "live"
        ? "This needs the running kernel that made the panel"
        : can.includes(what)
          ? ""
          : "The kernel does not offer this here",
  };
}
