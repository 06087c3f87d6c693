/** What a provider is asked to take. `id` is ours, and the provider's idempotency key: asked twice, it acts once. */
export interface Charge {
  readonly id: string;
  readonly amountMinor: number;
  readonly currency: string;
}

export type Authorisation =
  | { readonly kind: "authorised"; readonly reference: string }
  | { readonly kind: "declined"; readonly reason: string };

/** What a provider tells on its own account, such as a refund made in its dashboard. */
export interface PaymentNotice {
  readonly chargeId: string;
  readonly status: "captured" | "refunded";
}

/**
 * Whoever moves the money. Every call may come again after a crash and must then do nothing more. `reference` is the
 * provider's own name of the charge, null where the process died before it was written down. A throw means that nothing is
 * known, and that the call will be made again.
 */
export interface PaymentProvider {
  /** Sets the amount aside on the payer's account; nothing is charged yet. `token` comes from the payer. */
  authorise(charge: Charge, token: string): Promise<Authorisation>;
  /** Takes what was set aside. */
  capture(charge: Charge, reference: string | null): Promise<void>;
  /** Gives back what was set aside, if anything was. */
  release(charge: Charge, reference: string | null): Promise<void>;
  refund(charge: Charge, reference: string | null): Promise<void>;
  /** The notice in a call of the provider's, whose signature it checks; null when it is not genuine. */
  readNotice(headers: Readonly<Record<string, string>>, body: string): Promise<PaymentNotice | null>;
}

const nothing = async (): Promise<void> => {};

/** Accepts every token but `decline`, and moves no money. */
export const testProvider: PaymentProvider = {
  authorise: async ({ id }, token) =>
    token === "decline"
      ? { kind: "declined", reason: "The payment was declined." }
      : { kind: "authorised", reference: `test_${id}` },
  capture: nothing,
  release: nothing,
  refund: nothing,
  readNotice: async () => null,
};

/** Where nobody has said who takes the money, nobody gets a ticket for none. */
export const noProvider: PaymentProvider = {
  ...testProvider,
  authorise: async () => ({ kind: "declined", reason: "Payments are not set up on this server." }),
};
