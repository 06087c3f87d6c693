import type { OfferFragment } from "../../generated/operations.js";

type Money = OfferFragment["price"];

/** Such as `€12.50`. */
export function shownMoney({ amountMinor, currency }: Money): string {
  const format = new Intl.NumberFormat("en-GB", { style: "currency", currency });
  return format.format(amountMinor / 10 ** digitsOf(currency));
}

/** As it is typed, without the currency, such as `12.50`. */
export function typedAmount({ amountMinor, currency }: Money): string {
  const digits = digitsOf(currency);
  return (amountMinor / 10 ** digits).toFixed(digits);
}

/** What a field for an amount of the currency takes: no part of a minor unit. */
export function amountPattern(currency: string): string {
  const digits = digitsOf(currency);
  return digits === 0 ? "\\d+" : `\\d+([.,]\\d{1,${digits}})?`;
}

/** In minor units, of what fits the pattern; else NaN, which no mutation takes. By its digits, never by fractions. */
export function minorOf(typed: string, currency: string): number {
  const [, whole = "", fraction = ""] = /^(\d+)(?:[.,](\d+))?$/.exec(typed) ?? [];
  const digits = digitsOf(currency);
  return whole === "" || fraction.length > digits ? Number.NaN : Number(whole + fraction.padEnd(digits, "0"));
}

/** How many digits the minor unit has; of what is no currency two, for the API to refuse it. */
function digitsOf(currency: string): number {
  if (!/^[A-Za-z]{3}$/.test(currency)) return 2;
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
