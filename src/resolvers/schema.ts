import "reflect-metadata";
import "../schema/enums.js";
import type { GraphQLSchema } from "graphql";
import { buildSchemaSync } from "type-graphql";
import { DateTime } from "../schema/date-time.js";
import { AccountResolver } from "./account.js";
import { AnomalyResolver, VenueAnomaliesResolver } from "./anomaly.js";
import { AttendanceResolver, TicketTypeAttendanceResolver } from "./attendance.js";
import { AuditEntryResolver, VenueAuditLogResolver } from "./audit-log.js";
import { AvailabilityResolver } from "./availability.js";
import { CapacityAlertResolver } from "./capacity-alert.js";
import { DailyReportResolver, EventDailyReportResolver } from "./daily-report.js";
import { DeviceResolver } from "./device.js";
import { DiscoveryResolver } from "./discovery.js";
import { EventResolver } from "./event.js";
import { EventsResolver } from "./events.js";
import { GateResolver } from "./gate.js";
import { guardSchema } from "./guard.js";
import { NodeResolver } from "./node.js";
import {
  EventOccupancyResolver,
  GateOccupancyResolver,
  TicketTypeOccupancyResolver,
  VenueOccupancyResolver,
} from "./occupancy.js";
import { GateCountResolver, OccupancyHistoryResolver, OccupancySnapshotResolver } from "./occupancy-history.js";
import { policies } from "./policies.js";
import { ReservationResolver } from "./reservation.js";
import { ScanPreviewResolver, ScanResolver } from "./scan.js";
import { ScanRecordedResolver } from "./scan-recorded.js";
import { TicketResolver } from "./ticket.js";
import { TicketTypeResolver } from "./ticket-type.js";
import { UserResolver } from "./user.js";
import { VenueResolver } from "./venue.js";

function neverAsked(): never {
  throw new Error("a subscription has no source of its own");
}

let made: GraphQLSchema | undefined;

/** The executable schema, every field of it under its policy: the same object at every call. */
export function apiSchema(): GraphQLSchema {
  made ??= makeSchema();
  return made;
}

const makeSchema = (): GraphQLSchema =>
  guardSchema(
    buildSchemaSync({
      resolvers: [
        AccountResolver,
        AttendanceResolver,
        AnomalyResolver,
        AuditEntryResolver,
        CapacityAlertResolver,
        DailyReportResolver,
        EventDailyReportResolver,
        AvailabilityResolver,
        DeviceResolver,
        DiscoveryResolver,
        EventOccupancyResolver,
        EventResolver,
        EventsResolver,
        GateCountResolver,
        GateOccupancyResolver,
        GateResolver,
        NodeResolver,
        OccupancyHistoryResolver,
        OccupancySnapshotResolver,
        ReservationResolver,
        ScanPreviewResolver,
        ScanResolver,
        ScanRecordedResolver,
        TicketResolver,
        TicketTypeAttendanceResolver,
        TicketTypeOccupancyResolver,
        TicketTypeResolver,
        UserResolver,
        VenueAnomaliesResolver,
        VenueAuditLogResolver,
        VenueOccupancyResolver,
        VenueResolver,
      ],
      scalarsMap: [{ type: Date, scalar: DateTime }],
      // Shapes are GraphQL's to check, values the domain's: neither needs decorated classes.
      validate: false,
      // That every part can be asked about itself takes most of the time, and is tested.
      skipCheck: true,
      // Every subscription brings its own source; the library insists on having one for those that do not.
      pubSub: { publish: () => {}, subscribe: () => neverAsked() },
    }),
    policies,
  );
