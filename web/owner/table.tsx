import type { ComponentChildren } from "preact";

interface TableProps<Row> {
  readonly caption: string;
  readonly heads: readonly string[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** As many as there are heads; the first names the row. */
  readonly cells: (row: Row) => readonly ComponentChildren[];
  /** Said in place of an empty table. */
  readonly empty: string;
}

/** On a narrow screen each row becomes a block, whose cells say their heads. */
export function Table<Row>({ caption, heads, rows, keyOf, cells, empty }: TableProps<Row>) {
  if (rows.length === 0) return <p>{empty}</p>;
  return (
    <table>
      <caption class="spoken">{caption}</caption>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const [first, ...others] = cells(row);
          return (
            <tr key={keyOf(row)}>
              <th scope="row">{first}</th>
              {others.map((cell, at) => (
                <td key={heads[at + 1]} data-head={heads[at + 1]}>
                  {cell}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
