import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import type { AttendanceState, TicketTypeAttendanceState } from "../domain/attendance.js";
import type { Event as EventRow } from "../entities/event.js";
import type { TicketType as TicketTypeRow } from "../entities/ticket-type.js";
import { Attendance, TicketTypeAttendance } from "../schema/attendance.js";
import { Event } from "../schema/event.js";
import { TicketType } from "../schema/ticket-type.js";
import { required } from "./required.js";

@Resolver(() => Event)
export class AttendanceResolver {
  @FieldResolver(() => Attendance, {
    nullable: true,
    description: "For the organizer and staff.",
  })
  attendance(@Root() { id }: EventRow, @Ctx() { loaders }: OperationContext): Promise<AttendanceState> {
    return required(loaders.attendance.load(id));
  }
}

@Resolver(() => TicketTypeAttendance)
export class TicketTypeAttendanceResolver {
  @FieldResolver(() => TicketType)
  ticketType(
    @Root() { ticketTypeId }: TicketTypeAttendanceState,
    @Ctx() { loaders }: OperationContext,
  ): Promise<TicketTypeRow> {
    return required(loaders.ticketType.load(ticketTypeId));
  }
}
