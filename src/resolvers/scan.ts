import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import { annulScan } from "../domain/annulment.js";
import type { VenueCounts } from "../domain/gate-queue.js";
import { previewScan, recordScan, uploadScans } from "../domain/scan.js";
import type { Device as DeviceRow } from "../entities/device.js";
import type { Event as EventRow } from "../entities/event.js";
import type { Gate as GateRow } from "../entities/gate.js";
import type { Scan as ScanRow } from "../entities/scan.js";
import type { Ticket as TicketRow } from "../entities/ticket.js";
import { Device } from "../schema/device.js";
import { Event } from "../schema/event.js";
import { Gate } from "../schema/gate.js";
import { decodeId, decodeOptionalId, encodeId } from "../schema/ids.js";
import { Scan } from "../schema/scan.js";
import {
  AnnulScanInput,
  PreviewScanInput,
  RecordScanInput,
  RecordScanPayload,
  ScanPayload,
  ScanPreview,
  UploadScansInput,
  UploadScansPayload,
} from "../schema/scan-calls.js";
import { Ticket } from "../schema/ticket.js";
import { OCCUPANCY_LISTS } from "./occupancy.js";
import { required } from "./required.js";
import { asksFor } from "./selection.js";
import { payload, toUserError } from "./user-errors.js";

@Resolver(() => Scan)
export class ScanResolver {
  @Mutation(() => RecordScanPayload, { description: "One online scan: the server decides." })
  async recordScan(
    @Arg("input", () => RecordScanInput) input: RecordScanInput,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const { scan, replayed, counts, userErrors } = await payload(
      () => recordScan(context, context.services.gates, { ...input, ...decodePlace(input) }),
      { scan: null, replayed: false, counts: null },
    );
    return { scan, replayed, occupancy: await occupancyOf(counts, context, info), userErrors };
  }

  @Mutation(() => UploadScansPayload, {
    description:
      "Scans made while offline, at most 1,000 a call: one result per item, in order. A bad item spoils no other.",
  })
  async uploadScans(
    @Arg("input", () => UploadScansInput) input: UploadScansInput,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const { results, counts } = await uploadScans(context, context.services.gates, {
      sentAt: input.sentAt,
      gateId: decodeOptionalId("gat", input.gateId),
      scans: input.scans.map((scan) => ({ ...scan, eventId: decodeOptionalId("evt", scan.eventId) })),
    });
    return {
      results: results.map(({ scan, replayed, problem }) => ({
        scan,
        replayed,
        userErrors: problem === null ? [] : [toUserError(problem)],
      })),
      occupancy: await occupancyOf(counts, context, info),
    };
  }

  @Mutation(() => ScanPayload, {
    description:
      "Takes an accepted scan back: by its own device within 15 minutes of `receivedAt`, by the owner or staff at any time. Again:\n" +
      "the same answer. A refused or automatic scan: CONFLICT.",
  })
  async annulScan(@Arg("input", () => AnnulScanInput) input: AnnulScanInput, @Ctx() context: OperationContext) {
    const { scanId, reason } = input;
    const make = () => annulScan(context, context.services.gates, { scanId: decodeId("scn", scanId), reason });
    return payload(async () => ({ scan: await make() }), { scan: null });
  }

  @FieldResolver(() => ID)
  id(@Root() scan: ScanRow): string {
    return encodeId("scn", scan.id);
  }

  @FieldResolver(() => Ticket, {
    nullable: true,
  })
  ticket(@Root() { ticketId }: ScanRow, @Ctx() { loaders }: OperationContext): Promise<TicketRow | null> | null {
    return ticketId === null ? null : loaders.ticket.load(ticketId);
  }

  @FieldResolver(() => Event, {
    nullable: true,
  })
  event(@Root() { eventId }: ScanRow, @Ctx() { loaders }: OperationContext): Promise<EventRow | null> | null {
    return eventId === null ? null : loaders.event.load(eventId);
  }

  @FieldResolver(() => Gate)
  gate(@Root() { gateId }: ScanRow, @Ctx() { loaders }: OperationContext): Promise<GateRow> {
    return required(loaders.gate.load(gateId));
  }

  @FieldResolver(() => Device, {
    nullable: true,
  })
  device(@Root() { deviceId }: ScanRow, @Ctx() { loaders }: OperationContext): Promise<DeviceRow | null> | null {
    return deviceId === null ? null : loaders.device.load(deviceId);
  }
}

@Resolver(() => ScanPreview)
export class ScanPreviewResolver {
  @Query(() => ScanPreview, { description: "The verdict that `recordScan` would give now; records nothing." })
  async previewScan(@Arg("input", () => PreviewScanInput) input: PreviewScanInput, @Ctx() context: OperationContext) {
    return previewScan(context, context.services.gates, { ...input, ...decodePlace(input) });
  }

  @FieldResolver(() => Ticket, { nullable: true })
  ticket(@Root() { ticketId }: ScanRow, @Ctx() { loaders }: OperationContext): Promise<TicketRow | null> | null {
    return ticketId === null ? null : loaders.ticket.load(ticketId);
  }
}

const decodePlace = (input: Pick<RecordScanInput, "gateId" | "eventId">) => ({
  gateId: decodeOptionalId("gat", input.gateId),
  eventId: decodeOptionalId("evt", input.eventId),
});

/** The counts that the batch left behind; where their lists are asked for, one snapshot, in which all adds up. */
async function occupancyOf(
  counts: VenueCounts | null,
  context: OperationContext,
  info: GraphQLResolveInfo,
): Promise<VenueCounts | null> {
  if (counts === null || !asksFor(info, "occupancy", OCCUPANCY_LISTS)) return counts;
  // Only here: asking for the loaders makes them, and an entity manager.
  return required(context.loaders.occupancy.load(counts.venueId));
}
