import { Arg, ID, Resolver, Root, Subscription } from "type-graphql";
import type { OperationContext } from "../context.js";
import { findBeginning } from "../domain/scan-log.js";
import type { Scan as ScanRow } from "../entities/scan.js";
import { forbidden } from "../errors.js";
import { decodeId, decodeOptionalId, encodeId } from "../schema/ids.js";
import { Scan } from "../schema/scan.js";
import { watchRecords } from "./records.js";

interface ScansArgs {
  readonly venueId: string;
  readonly gateId?: string | null;
  readonly after?: string | null;
}

@Resolver()
export class ScanRecordedResolver {
  @Subscription(() => Scan, {
    description:
      "Every scan, as it is committed. With `after`, first those committed since that scan, then live, without a gap or a\n" +
      "repeat; an id of no scan of the venue is BAD_USER_INPUT. For the owner and staff.",
    subscribe: ({ args, context }) => watchScans(context, args as ScansArgs),
  })
  scanRecorded(
    @Arg("venueId", () => ID) _venueId: string,
    @Arg("gateId", () => ID, { nullable: true }) _gateId: string | null,
    @Arg("after", () => ID, { nullable: true }) _after: string | null,
    @Root() scan: ScanRow,
  ) {
    return scan;
  }
}

async function watchScans(context: OperationContext, args: ScansArgs) {
  const venueId = decodeId("ven", args.venueId);
  const gateId = decodeOptionalId("gat", args.gateId);
  const after = decodeOptionalId("scn", args.after);
  const watching = await watchRecords(context, venueId);
  if (gateId !== null) await requireGate(context, gateId, venueId);
  const version = await findBeginning(context.em, venueId, after);
  return context.services.live.scanRecorded(watching, { gateId, version, nameOf: ({ id }) => encodeId("scn", id) });
}

async function requireGate({ loaders }: OperationContext, gateId: string, venueId: string): Promise<void> {
  const gate = await loaders.gate.load(gateId);
  if (gate?.venueId !== venueId) throw forbidden("The venue has no such gate.");
}
