/** What a provider is asked to take. `id` is ours, and the provider's idempotency key: asked twice, it acts once. */
export interface Charge {
  readonly id: string;
  /** 0 for free tickets: to be accepted without asking anybody. */
  readonly amountMinor: number;
  readonly currency: string;
  /** The provider's own name of it; null where the process died before it was written down. */
  readonly reference: string | null;
}

/** A charge goes back in one or several parts. `id` is the part's idempotency key. */
export interface Part {
  readonly id: string;
  readonly amountMinor: number;
}

export type Authorisation =
  | { readonly kind: "authorised"; readonly reference: string }
  | { readonly kind: "declined"; readonly reason: string };

/** What a provider tells on its own account. */
export type PaymentNotice =
  | { readonly kind: "captured"; readonly chargeId: string }
  /** Of money that went back on our asking, too. `refundedMinor` is how much of the charge has gone back in all. */
  | { readonly kind: "refunded"; readonly chargeId: string; readonly refundedMinor: number }
  /** Genuine, of something that is nobody's concern here. */
  | { readonly kind: "other" };

/** A notice as it came: names of headers in lower case, the body byte by byte, for signatures are made over bytes. */
export interface RawNotice {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Whoever moves the money. No lock and no connection is held while it is asked. Every call may come again, after a crash, a
 * throw or from another node at the same time, and must then do nothing more and answer the same. A throw, and no answer
 * within `PROVIDER_MILLISECONDS`, mean that nothing is known: the call may have worked, and all but `authorise` are made again
 * until they are answered, minutes to days apart.
 *
 * The order is `authorise`, then `capture` or `release`, then `refund`. The provider keeps `capture` and `release` apart: of
 * the two, whichever it takes first is final.
 */
export interface PaymentProvider {
  /**
   * Sets the amount aside on the payer's account; nothing is charged yet. `token` comes from the payer. Once a charge; the
   * `reason` of a no is told to the payer. What was authorised without an answer is released two minutes later.
   */
  authorise(charge: Charge, token: string): Promise<Authorisation>;
  /** Takes what was set aside. Throws for good where it was released before. */
  capture(charge: Charge): Promise<void>;
  /**
   * Gives back what was set aside, if anything was: a charge that the provider never heard of is none. False where the money
   * has been taken already, so that nothing was given back.
   */
  release(charge: Charge): Promise<boolean>;
  /** Gives a part back of what was taken. Parts never exceed the charge; of one charge they come one after the other. */
  refund(charge: Charge, part: Part): Promise<void>;
  /**
   * Reads a call to `POST /payments/webhook`, which is there only where this is. Checks the signature, and that the notice is
   * recent if the provider dates them; null when it is not genuine. Notices may come late, in any order and often. A throw is
   * answered with 500, so that the provider sends it again.
   */
  readonly readNotice?: ((notice: RawNotice) => Promise<PaymentNotice | null>) | undefined;
}

/** How long an answer is waited for. */
export const PROVIDER_MILLISECONDS = 20_000;

const nothing = async (): Promise<void> => {};

/** Accepts every token but `decline`, and moves no money. */
export const testProvider: PaymentProvider = {
  authorise: async ({ id }, token) =>
    token === "decline"
      ? { kind: "declined", reason: "The payment was declined." }
      : { kind: "authorised", reference: `test_${id}` },
  capture: nothing,
  release: async () => true,
  refund: nothing,
};

const noProviderError = async (): Promise<never> => {
  throw new Error("no payment provider is set up; what is due waits for one");
};

/** Where nobody has said who takes the money, nobody gets a ticket for none, and no money is said to have gone back. */
export const noProvider: PaymentProvider = {
  authorise: async () => ({ kind: "declined", reason: "Payments are not set up on this server." }),
  capture: noProviderError,
  release: noProviderError,
  refund: noProviderError,
};

/** The provider, whose silence is a throw. A late answer is nobody's: the call is made again. */
export function withDeadline(provider: PaymentProvider, milliseconds = PROVIDER_MILLISECONDS): PaymentProvider {
  const within = <Answer>(call: string, answer: Promise<Answer>): Promise<Answer> => {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const message = `the payment provider has not answered \`${call}\` within ${milliseconds} ms`;
    const timer = setTimeout(() => reject(new Error(message)), milliseconds).unref();
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  };
  return {
    authorise: (charge, token) => within("authorise", provider.authorise(charge, token)),
    capture: (charge) => within("capture", provider.capture(charge)),
    release: (charge) => within("release", provider.release(charge)),
    refund: (charge, part) => within("refund", provider.refund(charge, part)),
    readNotice: provider.readNotice?.bind(provider),
  };
}
