export type Cell = string | number | boolean | Date | null;

/** What is told of a row, by the names of the columns and in their order. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

export type ExportedRecord = Readonly<Record<string, Cell>>;

export const toRecord = <Row>(columns: Columns<Row>, row: Row): ExportedRecord =>
  Object.fromEntries(Object.entries(columns).map(([name, cellOf]) => [name, cellOf(row)]));
