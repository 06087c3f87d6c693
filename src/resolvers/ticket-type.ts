import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import { addTicketType } from "../domain/ticket-type.js";
import { updateTicketType } from "../domain/ticket-type-change.js";
import { type Event as EventRow, EventStatus } from "../entities/event.js";
import type { TicketType as TicketTypeRow } from "../entities/ticket-type.js";
import { Event } from "../schema/event.js";
import { decodeId, encodeId } from "../schema/ids.js";
import { AddTicketTypeInput, TicketType, TicketTypePayload, UpdateTicketTypeInput } from "../schema/ticket-type.js";
import { required } from "./required.js";
import { payload } from "./user-errors.js";

@Resolver(() => TicketType)
export class TicketTypeResolver {
  @Mutation(() => TicketTypePayload)
  addTicketType(@Arg("input", () => AddTicketTypeInput) input: AddTicketTypeInput, @Ctx() context: OperationContext) {
    const given = { ...input, eventId: decodeId("evt", input.eventId) };
    return payload(async () => ({ ticketType: await addTicketType(context, given) }), { ticketType: null });
  }

  @Mutation(() => TicketTypePayload, {
    description: "A quantity below what is sold and reserved is INVALID.",
  })
  updateTicketType(
    @Arg("input", () => UpdateTicketTypeInput) input: UpdateTicketTypeInput,
    @Ctx() context: OperationContext,
  ) {
    const given = { ...input, ticketTypeId: decodeId("tty", input.ticketTypeId) };
    return payload(async () => ({ ticketType: await updateTicketType(context, given) }), { ticketType: null });
  }

  @FieldResolver(() => ID)
  id(@Root() type: TicketTypeRow): string {
    return encodeId("tty", type.id);
  }

  @FieldResolver(() => Event)
  event(@Root() { eventId }: TicketTypeRow, @Ctx() { loaders }: OperationContext): Promise<EventRow> {
    return required(loaders.event.load(eventId));
  }

  @FieldResolver()
  price(@Root() { priceMinor, currency }: TicketTypeRow) {
    return { amountMinor: priceMinor, currency };
  }

  @FieldResolver()
  async available(@Root() type: TicketTypeRow, @Ctx() context: OperationContext): Promise<number> {
    return availableOf(type, await this.event(type, context));
  }
}

export const availableOf = ({ quantity, sold, reserved }: TicketTypeRow, { status }: EventRow): number =>
  status === EventStatus.CANCELLED ? 0 : quantity - sold - reserved;
