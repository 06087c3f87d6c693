import { describe, expect, it } from "vitest";
import { purchaseOf, withQuantity } from "../web/owner/buy/purchase.js";
import { amountPattern, minorOf, shownMoney, typedAmount } from "../web/owner/events/money.js";
import { fromWallTime, shownMoment, toWallTime } from "../web/owner/events/times.js";

describe("an amount that is typed", () => {
  it.each([
    ["12.50", "EUR", 1_250],
    ["12,5", "EUR", 1_250],
    ["12", "EUR", 1_200],
    ["0", "EUR", 0],
    ["0.07", "EUR", 7],
    ["1.15", "EUR", 115],
    ["8.29", "USD", 829],
    ["1500", "JPY", 1_500],
    ["1.234", "KWD", 1_234],
  ])("%s %s is %i of the minor unit", (typed, currency, amountMinor) => {
    expect(typed).toMatch(new RegExp(`^(?:${amountPattern(currency)})$`));
    expect(minorOf(typed, currency)).toBe(amountMinor);
    expect(minorOf(typedAmount({ amountMinor, currency }), currency)).toBe(amountMinor);
  });

  it.each([
    ["12.505", "EUR"],
    ["12.5", "JPY"],
    ["-1", "EUR"],
    ["1e3", "EUR"],
    ["1 000", "EUR"],
    [".", "EUR"],
    ["", "EUR"],
  ])("%s %s is none", (typed, currency) => {
    expect(typed).not.toMatch(new RegExp(`^(?:${amountPattern(currency)})$`));
    expect(minorOf(typed, currency)).toBeNaN();
  });

  it("is shown with its currency", () => {
    expect(shownMoney({ amountMinor: 123_450, currency: "EUR" })).toBe("€1,234.50");
    expect(shownMoney({ amountMinor: 1_500, currency: "JPY" })).toBe("JP¥1,500");
  });
});

describe("a time by the clock of a venue", () => {
  it.each([
    ["2026-07-01T20:00", "Europe/Paris", "2026-07-01T18:00:00.000Z"],
    ["2026-01-01T00:30", "America/New_York", "2026-01-01T05:30:00.000Z"],
    ["2026-07-01T20:00", "Asia/Kathmandu", "2026-07-01T14:15:00.000Z"],
    ["2026-07-01T20:00", "Pacific/Kiritimati", "2026-07-01T06:00:00.000Z"],
    ["2026-10-25T00:30", "Europe/Paris", "2026-10-24T22:30:00.000Z"],
  ])("%s in %s is %s, and back", (wall, timeZone, at) => {
    expect(fromWallTime(wall, timeZone)).toBe(at);
    expect(toWallTime(at, timeZone)).toBe(wall);
  });

  it("is the first of the two where the clock is set back, and goes on as before where it is set forward", () => {
    expect(fromWallTime("2026-10-25T02:30", "Europe/Paris")).toBe("2026-10-25T00:30:00.000Z");
    expect(fromWallTime("2026-03-29T02:30", "Europe/Paris")).toBe("2026-03-29T01:30:00.000Z");
    expect(toWallTime("2026-03-29T01:30:00Z", "Europe/Paris")).toBe("2026-03-29T03:30");
  });

  it("is shown with its date", () => {
    expect(shownMoment("2026-07-01T18:00:00Z", "Europe/Paris")).toBe("1 Jul 2026, 20:00");
  });
});

describe("an order", () => {
  const items = withQuantity(withQuantity(withQuantity([], "b", 2), "a", 1), "c", 3);

  it("is the same in whatever order its places were chosen", () => {
    const chosenAgain = withQuantity(withQuantity(items, "b", 0), "b", 2);
    expect(chosenAgain).toEqual(items);
    expect(items.map(({ ticketTypeId }) => ticketTypeId)).toEqual(["a", "b", "c"]);
    const first = purchaseOf({ eventId: "e", items }, null);
    expect(purchaseOf({ eventId: "e", items: chosenAgain }, first)).toBe(first);
  });

  it.each([
    { eventId: "other", items },
    { eventId: "e", items: withQuantity(items, "a", 2) },
    { eventId: "e", items: withQuantity(items, "a", 0) },
  ])("that is another has another key", (order) => {
    const first = purchaseOf({ eventId: "e", items }, null);
    expect(purchaseOf(order, first).idempotencyKey).not.toBe(first.idempotencyKey);
  });
});
