import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Charge, PaymentNotice, PaymentProvider, RawNotice } from "../../src/domain/payment-provider.js";

export type Call = "authorise" | "capture" | "release" | "refund";

/** What the company knows of a charge. */
export interface Account {
  readonly amountMinor: number;
  state: "authorised" | "captured" | "released";
  refundedMinor: number;
}

/** How the company answers a call: after a while, with a failure, before or after it has acted, or not at all. */
export interface Mood {
  readonly milliseconds?: number;
  readonly until?: Promise<void>;
  /** `unheard`: fails and has done nothing. `unsaid`: has acted, and nobody is told. */
  readonly fault?: "unheard" | "unsaid";
}

interface Sent {
  readonly amountMinor: number;
  readonly token?: string;
  readonly part?: string;
}

type Answer = Readonly<Record<string, unknown>>;

const SECRET = randomUUID();
const TOLERANCE_SECONDS = 300;

/**
 * Plays a payment company on a port of this machine: it keeps accounts, acts once per idempotency key however often it is
 * asked, and counts both. `provider` is what an integration with it looks like.
 */
export class PaymentCompany implements AsyncDisposable {
  readonly accounts = new Map<string, Account>();
  /** What it was asked, in order: `capture <charge>`. */
  readonly asked: string[] = [];
  /** What it did, at most once per key: `capture <charge>`, `refund <charge> <part>`. */
  readonly done: string[] = [];
  private readonly answers = new Map<string, Answer>();
  private readonly moods = new Map<Call, Mood[]>();
  private readonly usual = new Map<Call, Mood>();

  private constructor(private readonly server: Server) {}

  static async open(): Promise<PaymentCompany> {
    const server = createServer();
    const company = new PaymentCompany(server);
    server.on("request", (request, response) => {
      company.serve(request).then(
        ({ status, body }) => response.writeHead(status).end(JSON.stringify(body)),
        () => response.destroy(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return company;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** For the next calls of this kind, one mood each. */
  next(call: Call, ...moods: Mood[]): void {
    this.moods.set(call, [...(this.moods.get(call) ?? []), ...moods]);
  }

  /** Until told otherwise. */
  always(call: Call, mood: Mood): void {
    this.usual.set(call, mood);
  }

  /** Answers everything at once again. */
  calm(): void {
    this.moods.clear();
    this.usual.clear();
  }

  countDone(call: Call, chargeId: string): number {
    return this.done.filter((what) => what.startsWith(`${call} ${chargeId}`)).length;
  }

  /** A notice as it goes over the wire: the text, and the header that signs it. */
  sign(notice: object, at = Math.floor(Date.now() / 1000)): { body: string; headers: Record<string, string> } {
    const body = JSON.stringify(notice);
    return { body, headers: { "content-type": "application/json", "x-signature": `t=${at},v=${digest(at, body)}` } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage): Promise<{ status: number; body: Answer }> {
    const [, call, chargeId = ""] = (request.url ?? "").split("/") as [string, Call, string?];
    const sent = JSON.parse(await textOf(request)) as Sent;
    this.asked.push(`${call} ${chargeId}`);
    const { milliseconds = 0, until, fault } = this.moods.get(call)?.shift() ?? this.usual.get(call) ?? {};
    if (fault === "unheard") return { status: 503, body: {} };
    await Promise.all([sleep(milliseconds, undefined, { ref: false }), until]);
    const key = [call, chargeId, ...(sent.part === undefined ? [] : [sent.part])].join(" ");
    const body = this.answers.get(key) ?? this.act(call, chargeId, sent, key);
    if (fault === "unsaid") throw new Error("the line went dead");
    return { status: body["conflict"] === true ? 409 : 200, body };
  }

  private act(call: Call, chargeId: string, sent: Sent, key: string): Answer {
    const answer = this.move(call, chargeId, sent);
    // A no is given anew each time.
    if (answer["conflict"] === true || answer["declined"] !== undefined) return answer;
    this.answers.set(key, answer);
    this.done.push(key);
    return answer;
  }

  private move(call: Call, chargeId: string, { amountMinor, token }: Sent): Answer {
    const account = this.accounts.get(chargeId);
    if (call === "authorise") {
      if (token === "decline") return { declined: "The card has no money on it." };
      this.accounts.set(chargeId, { amountMinor, state: "authorised", refundedMinor: 0 });
      return { reference: `company_${chargeId}` };
    }
    if (call === "release") {
      if (account?.state === "captured") return { released: false, conflict: false };
      if (account !== undefined) account.state = "released";
      return { released: true };
    }
    if (account === undefined) return { conflict: true };
    if (call === "capture") {
      if (account.state === "released") return { conflict: true };
      account.state = "captured";
      return {};
    }
    if (account.state !== "captured" || account.refundedMinor + amountMinor > account.amountMinor) {
      return { conflict: true };
    }
    account.refundedMinor += amountMinor;
    return {};
  }

  /** The integration: one request per call, the charge's or the part's id as the key, whatever is no answer thrown. */
  provider(milliseconds = 5_000): PaymentProvider {
    const ask = async (call: Call, { id }: Charge, sent: Sent): Promise<Answer> => {
      const response = await fetch(`${this.url}/${call}/${id}`, {
        method: "POST",
        body: JSON.stringify(sent),
        signal: AbortSignal.timeout(milliseconds),
      });
      const answer = (await response.json()) as Answer;
      if (response.ok) return answer;
      throw new Error(`the company answered ${response.status} to ${call}`);
    };
    return {
      authorise: async (charge, token) => {
        const { amountMinor } = charge;
        const { declined, reference } = await ask("authorise", charge, { amountMinor, token });
        if (typeof declined === "string") return { kind: "declined", reason: declined };
        return { kind: "authorised", reference: String(reference) };
      },
      capture: async (charge) => void (await ask("capture", charge, { amountMinor: charge.amountMinor })),
      release: async (charge) => {
        const { released } = await ask("release", charge, { amountMinor: charge.amountMinor });
        return released === true;
      },
      refund: async (charge, { id, amountMinor }) => void (await ask("refund", charge, { amountMinor, part: id })),
      readNotice: async (notice) => readNotice(notice),
    };
  }
}

const digest = (at: number, body: string | Buffer): string =>
  createHmac("sha256", SECRET).update(`${at}.`).update(body).digest("hex");

/** Genuine are those that the company signed lately, over these very bytes. */
function readNotice({ headers, body }: RawNotice): PaymentNotice | null {
  const [, at = "", given = ""] = /^t=(\d+),v=([0-9a-f]{64})$/.exec(headers["x-signature"] ?? "") ?? [];
  const isSigned = given !== "" && timingSafeEqual(Buffer.from(given), Buffer.from(digest(Number(at), body)));
  if (!isSigned || Math.abs(Date.now() / 1000 - Number(at)) > TOLERANCE_SECONDS) return null;
  const { type, charge, refunded } = JSON.parse(body.toString("utf8")) as Readonly<Record<string, unknown>>;
  if (type === "charge.captured") return { kind: "captured", chargeId: String(charge) };
  if (type === "charge.refunded") {
    return { kind: "refunded", chargeId: String(charge), refundedMinor: Number(refunded) };
  }
  return { kind: "other" };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
