/** Few enough that what waits for a client is small (half a megabyte at most), many enough that statements are few. */
export const EXPORT_PAGE_ROWS = 1_000;

/**
 * All rows, page by page; `read` answers at most `EXPORT_PAGE_ROWS` of those after a row, in a fixed order. The next page is
 * read when it is asked for: who takes their time holds no connection meanwhile.
 */
export async function* everyPage<Row>(
  read: (after: Row | null) => Promise<readonly Row[]>,
): AsyncGenerator<readonly Row[]> {
  let last: Row | null = null;
  for (;;) {
    const rows = await read(last);
    if (rows.length > 0) yield rows;
    if (rows.length < EXPORT_PAGE_ROWS) return;
    last = rows.at(-1) ?? null;
  }
}
