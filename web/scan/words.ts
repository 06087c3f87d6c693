import type { ScanDirection } from "../generated/operations.js";
import { REASONS } from "../kit/words.js";
import type { Answer } from "./sender.js";

/** What the steward sees, hears and feels. */
export interface Verdict {
  readonly kind: "accepted" | "refused" | "kept";
  readonly word: string;
  readonly detail: string;
}

export function verdictOf(answer: Exclude<Answer, { kind: "revoked" }>, direction: ScanDirection): Verdict {
  const passed = direction === "ENTRY" ? "Come in" : "Goodbye";
  if (answer.kind === "problem") return { kind: "refused", word: "Stop", detail: answer.message };
  if (answer.kind === "kept") {
    return answer.admitted
      ? { kind: "kept", word: passed, detail: "Pending: no network, kept to be sent later" }
      : { kind: "refused", word: "Stop", detail: "Scanned here before. Pending: no network, kept to be sent later" };
  }
  const { outcome, reason, ticket, capacityOverride } = answer.verdict;
  const type = [ticket?.ticketType.name, capacityOverride && "beyond the capacity"].filter(Boolean).join(", ");
  if (outcome === "ACCEPTED") return { kind: "accepted", word: passed, detail: type };
  return { kind: "refused", word: "Stop", detail: [reason && REASONS[reason], type].filter(Boolean).join(", ") };
}
