import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, FieldResolver, ID, Info, Resolver, Root, Subscription } from "type-graphql";
import type { OperationContext } from "../context.js";
import { anomaliesOfVenue, anomalyId, anomalyMessage } from "../domain/anomalies.js";
import type { Anomaly as AnomalyRow } from "../entities/anomaly.js";
import type { Gate as GateRow } from "../entities/gate.js";
import type { Scan as ScanRow } from "../entities/scan.js";
import type { Ticket as TicketRow } from "../entities/ticket.js";
import type { Venue as VenueRow } from "../entities/venue.js";
import { Anomaly, AnomalyConnection, AnomalyFilter } from "../schema/anomaly.js";
import { ConnectionArgs } from "../schema/connection.js";
import { Gate } from "../schema/gate.js";
import { decodeId, decodeOptionalId, encodeId } from "../schema/ids.js";
import { Scan } from "../schema/scan.js";
import { Ticket } from "../schema/ticket.js";
import { Venue } from "../schema/venue.js";
import { connect } from "./connection.js";
import { watchRecords } from "./records.js";

@Resolver(() => Anomaly)
export class AnomalyResolver {
  @Subscription(() => Anomaly, {
    description: "For the owner and staff.",
    subscribe: ({ args, context }) => watchAnomalies(context, decodeId("ven", args.venueId)),
  })
  anomalyDetected(@Arg("venueId", () => ID) _venueId: string, @Root() anomaly: AnomalyRow) {
    return anomaly;
  }

  @FieldResolver(() => ID)
  id(@Root() anomaly: AnomalyRow): string {
    return encodeId("ano", anomalyId(anomaly));
  }

  @FieldResolver(() => Date)
  at(@Root() { scannedAt }: AnomalyRow): Date {
    return scannedAt;
  }

  @FieldResolver(() => Ticket, { nullable: true })
  ticket(@Root() { ticketId }: AnomalyRow, @Ctx() { loaders }: OperationContext): Promise<TicketRow | null> | null {
    return ticketId === null ? null : loaders.ticket.load(ticketId);
  }

  @FieldResolver(() => Gate, { nullable: true })
  gate(@Root() { gateId }: AnomalyRow, @Ctx() { loaders }: OperationContext): Promise<GateRow | null> {
    return loaders.gate.load(gateId);
  }

  @FieldResolver(() => Scan, { nullable: true })
  scan(@Root() { scanId }: AnomalyRow, @Ctx() { loaders }: OperationContext): Promise<ScanRow | null> {
    return loaders.scan.load(scanId);
  }

  @FieldResolver(() => String)
  message(@Root() anomaly: AnomalyRow): string {
    return anomalyMessage(anomaly);
  }
}

@Resolver(() => Venue)
export class VenueAnomaliesResolver {
  @FieldResolver(() => AnomalyConnection, {
    nullable: true,
    description: "For the owner and staff. Newest first.",
  })
  anomalies(
    @Root() { id }: VenueRow,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg("filter", () => AnomalyFilter, { nullable: true }) filter: AnomalyFilter | null | undefined,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const list = anomaliesOfVenue(context.services.anomalyRules, {
      kinds: filter?.kinds ?? null,
      eventId: decodeOptionalId("evt", filter?.eventId),
      gateId: decodeOptionalId("gat", filter?.gateId),
      from: filter?.from ?? null,
      to: filter?.to ?? null,
    });
    return connect(context, list, id, args, info);
  }
}

async function watchAnomalies(context: OperationContext, venueId: string) {
  return context.services.live.anomalyDetected(await watchRecords(context, venueId));
}
