/** A month of UTC, by its first instant. Scans are kept by months. */
export type Month = Date;

export const monthOf = (at: Date): Month => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth()));

export const monthAfter = (month: Month, count = 1): Month =>
  new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + count));

/** Such as 2026-11. */
export const monthName = (month: Month): string => month.toISOString().slice(0, 7);

/** The table that has the month's scans, within its schema. */
export const tableOf = (month: Month): string => `scans_${monthName(month).replace("-", "_")}`;

const TABLE = /^scans_(\d{4})_(\d{2})$/;

/** The month of a table's name; null for another table. */
export function monthOfTable(name: string): Month | null {
  const [, year, month] = TABLE.exec(name) ?? [];
  return year === undefined ? null : new Date(Date.UTC(Number(year), Number(month) - 1));
}
