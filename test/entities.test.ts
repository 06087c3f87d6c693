import { MikroORM } from "@mikro-orm/postgresql";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ormOptions } from "../mikro-orm.config.js";
import { OccupancyEntity } from "../src/entities/occupancy.js";
import { PresenceEntity } from "../src/entities/presence.js";
import { ScanEntity } from "../src/entities/scan.js";
import { ScanQuarterEntity } from "../src/entities/scan-quarter.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly isNullable: boolean;
}

let gatehouse: TestGatehouse;
let orm: MikroORM;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  orm = await MikroORM.init({ ...ormOptions, clientUrl: gatehouse.databaseUrl });
});
afterAll(async () => {
  await orm.close();
  await gatehouse.close();
});

const byName = (a: Column, b: Column): number => (`${a.table}.${a.column}` < `${b.table}.${b.column}` ? -1 : 1);

it("describes every column of every table that the migrations make, and no other", async () => {
  const inDatabase = await gatehouse.sql<Column & Record<string, unknown>>(`
    select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
      not a.attnotnull as "isNullable"
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
      and c.relname <> 'migrations'`);
  const platform = orm.em.getPlatform();
  const tables = [...orm.getMetadata().getAll().values()].filter(({ virtual }) => virtual !== true);
  const described: Column[] = tables.flatMap((entity) =>
    entity.props.map((property) => ({
      table: entity.tableName,
      column: property.fieldNames[0] ?? property.name,
      type: canonical(property.columnTypes?.[0] ?? platform.getTextTypeDeclarationSQL({})),
      isNullable: property.nullable === true,
    })),
  );
  expect(described.toSorted(byName)).toEqual(inDatabase.toSorted(byName));
});

it("has the columns of what the gates write as whole records in the order of the tables", async () => {
  for (const entity of [ScanEntity, PresenceEntity, OccupancyEntity, ScanQuarterEntity]) {
    const { tableName, props } = orm.getMetadata().getByClassName(entity.name);
    const columns = await gatehouse.sql<{ name: string }>(`
      select attname as name from pg_attribute
      where attrelid = '${tableName}'::regclass and attnum > 0 and not attisdropped order by attnum`);
    expect(props.map((property) => property.fieldNames[0])).toEqual(columns.map(({ name }) => name));
  }
});

/** The ORM's names of types as PostgreSQL spells them. */
function canonical(type: string): string {
  const spelled: Readonly<Record<string, string>> = {
    int: "integer",
    "int[]": "integer[]",
    "timestamptz(3)": "timestamp(3) with time zone",
  };
  return spelled[type] ?? type;
}
