import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";
import { NIL } from "uuid";
import type { Row } from "../entities/row.js";
import { badInput } from "../errors.js";
import { columnsOf, type Schema, toEntities } from "./columns.js";
import { decodeCursor, encodeCursor, type OrderColumn, orderText, orderValue } from "./cursor.js";

/** What a client may give; null and undefined are the same. */
export interface PageInput {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

export interface PageArgs {
  readonly size: number;
  readonly direction: "forward" | "backward";
  /** The page begins beyond it, in its direction. */
  readonly cursor: string | null;
}

/**
 * Rows in an order: the children of a parent, or without `parentColumn` those of the whole table. Column names are constants
 * of the program; `where` says more of the row `t`.
 */
export interface PageSpec<Entity extends Schema> {
  readonly entity: Entity;
  readonly parentColumn?: string | undefined;
  /** Columns without nulls; the last is unique. */
  readonly order: readonly PageOrder[];
  readonly where?: RawBuilder<unknown> | undefined;
  /**
   * Where the rows come from, for what no table has: relations with the entity's columns that make up the list together. They may
   * name the parent, as `p`. Each is read by itself, no further than the page.
   */
  readonly sources?: readonly RawBuilder<unknown>[] | undefined;
}

export interface PageOrder {
  readonly column: string;
  readonly direction: "asc" | "desc";
}

export interface Page<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** The one parent of a list of the whole table. */
export const WHOLE_TABLE: string = NIL;

const MOST_ROWS = 100;

/** Throws BAD_USER_INPUT for a size outside 1 to 100, and for any mixture but first with after, or last with before. */
export function pageArgs({ first, after, last, before }: PageInput, fallbackFirst = 20): PageArgs {
  checkSize("first", first);
  checkSize("last", last);
  if (last == null) {
    if (before != null) throw badInput("`before` goes with `last`: give `last`, or `after` instead.");
    return { size: first ?? fallbackFirst, direction: "forward", cursor: after ?? null };
  }
  if (first != null) throw badInput("Give either `first` or `last`, not both.");
  if (after != null) throw badInput("`after` goes with `first`: give `first`, or `before` instead.");
  return { size: last, direction: "backward", cursor: before ?? null };
}

function checkSize(name: string, size: number | null | undefined): void {
  if (size != null && !(size >= 1 && size <= MOST_ROWS)) {
    throw badInput(`\`${name}\` must be from 1 to ${MOST_ROWS}; it is ${size}.`);
  }
}

interface PageRow {
  readonly page_parent: string;
  readonly page_behind: boolean;
  /** Null: the parent has no row on this page. */
  readonly page_cursor: string | null;
}

/** The same page of every parent, all by one statement. Each parent has its page, be it empty. */
export async function readPages<Entity extends Schema>(
  em: EntityManager,
  spec: PageSpec<Entity>,
  args: PageArgs,
  parentIds: readonly string[],
): Promise<Map<string, Page<Row<Entity>>>> {
  const { rows } = await pageQuery(spec, args, orderColumns(em, spec), parentIds).execute(em.getKysely());
  const byParent = Map.groupBy(rows, (row) => row.page_parent);
  return new Map(parentIds.map((id) => [id, toPage(em, spec.entity, args, byParent.get(id) ?? [])]));
}

/** The number of children of each parent, on all pages together. One statement. */
export async function readCounts<Entity extends Schema>(
  em: EntityManager,
  spec: Pick<PageSpec<Entity>, "entity" | "parentColumn" | "where" | "sources">,
  parentIds: readonly string[],
): Promise<Map<string, number>> {
  const totals = sourcesOf(spec).map((source) => sql`(select count(*) from ${source} t where ${children(spec)})`);
  const { rows } = await sql<{ id: string; total: number }>`/* page.count */
    select p.id, (${sql.join(totals, sql` + `)})::int as total
    from unnest(${[...parentIds]}::uuid[]) as p (id)`.execute(em.getKysely());
  return new Map(rows.map(({ id, total }) => [id, total]));
}

const sourcesOf = ({ entity, sources }: Pick<PageSpec<Schema>, "entity" | "sources">): readonly RawBuilder<unknown>[] =>
  sources ?? [sql.table(entity.meta.tableName)];

/** Whether `t` is one of the rows of the parent `p`. */
function children({ parentColumn, where = sql`true` }: Pick<PageSpec<Schema>, "parentColumn" | "where">) {
  return parentColumn === undefined ? where : sql`t.${sql.ref(parentColumn)} = p.id and ${where}`;
}

/**
 * A row more than the page has tells whether there is more ahead; whether there is any behind is asked of the cursor, for the
 * nearest row: were it for any, the planner would rather read the table until it meets one. Only the page is numbered, for
 * the numbering of all rows is a sort of all rows.
 */
function pageQuery<Entity extends Schema>(
  spec: PageSpec<Entity>,
  { size, direction, cursor }: PageArgs,
  order: readonly OrderColumn[],
  parentIds: readonly string[],
): RawBuilder<PageRow> {
  const ahead = direction === "forward" ? order : order.map(reverse);
  const mark = markOf(spec);
  const values = cursor === null ? null : decodeMarked(cursor, mark, order);
  const sorting = sortedBy(ahead);
  const back = ahead.map(reverse);
  const behind =
    values === null
      ? sql`false`
      : sql`(select true from ${nearest(spec, beyond(back, values, "inclusive"), sortedBy(back), 1)} t) is not null`;
  const isAhead = values === null ? sql`true` : beyond(ahead, values, "exclusive");
  return sql<PageRow>`/* page.read */
    select p.id as page_parent, b.page_behind, r.*
    from unnest(${[...parentIds]}::uuid[]) as p (id)
    cross join lateral (select ${behind} as page_behind) b
    left join lateral (
      select t.*, json_build_array(${mark}::text, ${sql.join(order.map(orderText))})::text as page_cursor,
        row_number() over (order by ${sorting}) as page_position
      from ${nearest(spec, isAhead, sorting, size + 1)} t
    ) r on true
    order by r.page_position`;
}

/** The first rows, in the order, of those that meet the condition: the first of the first of every source. */
function nearest(
  spec: PageSpec<Schema>,
  condition: RawBuilder<unknown>,
  sorting: RawBuilder<unknown>,
  most: number,
): RawBuilder<unknown> {
  const [only, ...others] = sourcesOf(spec).map(
    (source) =>
      sql`(select * from ${source} t where ${children(spec)} and ${condition} order by ${sorting} limit ${most})`,
  );
  if (only !== undefined && others.length === 0) return only;
  const union = sql.join([only, ...others], sql` union all `);
  return sql`(select * from (${union}) t order by ${sorting} limit ${most})`;
}

const MARK: OrderColumn = { column: "mark", direction: "asc", type: "text" };

/** Stands in every cursor: where another list begins, or the same one in another order, tells nothing here. */
const markOf = ({ entity, order }: PageSpec<Schema>): string =>
  [entity.meta.tableName, ...order.map(({ column, direction }) => `${column} ${direction}`)].join(", ");

function decodeMarked(cursor: string, mark: string, order: readonly OrderColumn[]): string[] {
  const [given, ...values] = decodeCursor(cursor, [MARK, ...order]);
  if (given !== mark) throw badInput("The cursor is another list's: use one that this list has given out.");
  return values;
}

const sortedBy = (order: readonly OrderColumn[]): RawBuilder<unknown> =>
  sql.join(order.map(({ column, direction }) => sql`t.${sql.ref(column)} ${sql.raw(direction)}`));

/** Whether `t` comes after the values. The first column stands alone, so that an index can begin there. */
function beyond(
  [first, ...rest]: readonly OrderColumn[],
  [value = "", ...values]: readonly string[],
  end: "inclusive" | "exclusive",
): RawBuilder<boolean> {
  if (first === undefined) throw new Error("a page needs an order");
  const column = sql`t.${sql.ref(first.column)}`;
  const given = orderValue(first, value);
  const past = sql.raw(first.direction === "asc" ? ">" : "<");
  if (rest.length === 0) return sql`${column} ${past}${sql.raw(end === "inclusive" ? "=" : "")} ${given}`;
  return sql`(${column} ${past}= ${given} and (${column} ${past} ${given} or ${beyond(rest, values, end)}))`;
}

const reverse = (order: OrderColumn): OrderColumn => ({
  ...order,
  direction: order.direction === "asc" ? "desc" : "asc",
});

function toPage<Entity extends Schema>(
  em: EntityManager,
  entity: Entity,
  { size, direction }: PageArgs,
  rows: readonly PageRow[],
): Page<Row<Entity>> {
  const found = rows.filter((row) => row.page_cursor !== null);
  const shown = found.slice(0, size);
  if (direction === "backward") shown.reverse();
  const nodes = toEntities(em, entity, shown);
  const isMoreAhead = found.length > size;
  const isMoreBehind = rows[0]?.page_behind ?? false;
  return {
    edges: nodes.map((node, index) => ({ cursor: encodeCursor(shown[index]?.page_cursor ?? ""), node })),
    hasNextPage: direction === "forward" ? isMoreAhead : isMoreBehind,
    hasPreviousPage: direction === "forward" ? isMoreBehind : isMoreAhead,
  };
}

function orderColumns<Entity extends Schema>(em: EntityManager, spec: PageSpec<Entity>): OrderColumn[] {
  const types = new Map(columnsOf(em, spec.entity).map(({ name, type }) => [name, type]));
  return spec.order.map(({ column, direction }) => {
    const type = types.get(column);
    if (type === undefined) throw new Error(`${spec.entity.meta.tableName} has no column ${column}`);
    return { column, direction, type };
  });
}
