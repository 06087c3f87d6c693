import pg from "pg";
import { digestOf } from "../../src/domain/token.js";
import { type ScanOneRow, scanOne } from "../sql/scan-one.js";
import { type Crowd, outcomeOf } from "./crowd.js";
import type { Lane } from "./lane.js";

/** The database alone: the stored function, without HTTP and GraphQL. */
export async function openFunctionLane(url: string, token: string, crowd: Crowd): Promise<Lane> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const digest = digestOf(token);
  return {
    async send() {
      const draw = crowd.draw();
      const { rows } = await client.query<ScanOneRow>(scanOne(digest, draw.key, draw.code, draw.direction));
      const [row] = rows;
      if (row?.outcome !== outcomeOf(draw) || row.reason !== draw.reason || row.replayed) {
        throw new Error(`unexpected answer to ${JSON.stringify(draw)}: ${JSON.stringify(row)}`);
      }
      crowd.settle(draw);
      return 1;
    },
    close: () => client.end(),
  };
}
