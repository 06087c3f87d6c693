import type { Example } from "./example.js";
import { ID, KEY } from "./stand-ins.js";

const group = "Holding and paying";

export const SALES: readonly Example[] = [
  {
    group,
    title: "Hold places",
    query: `# For two minutes. The same key again answers the same reservation.
mutation ReserveTickets($input: ReserveTicketsInput!) {
  reserveTickets(input: $input) {
    reservation { id status expiresAt total { amountMinor currency } tickets { id status } }
    replayed
    userErrors { code message path }
  }
}`,
    variables: {
      input: { eventId: ID.event, items: [{ ticketTypeId: ID.ticketType, quantity: 2 }], idempotencyKey: KEY },
    },
  },
  {
    group,
    title: "Pay a reservation",
    query: `# The built-in provider accepts every paymentToken but "decline".
mutation PayReservation($input: PayReservationInput!) {
  payReservation(input: $input) {
    reservation { id status paidAt tickets { id status code } }
    replayed
    userErrors { code message path }
  }
}`,
    variables: { input: { reservationId: ID.reservation, idempotencyKey: KEY, paymentToken: "test" } },
  },
  {
    group,
    title: "Cancel a reservation",
    query: `# Its places are free at once.
mutation CancelReservation($input: CancelReservationInput!) {
  cancelReservation(input: $input) {
    reservation { id status }
    userErrors { code message path }
  }
}`,
    variables: { input: { reservationId: ID.reservation } },
  },
  {
    group,
    title: "Watch what is left",
    query: `# At once, then on every hold, payment, expiry and cancellation.
subscription AvailabilityChanged($eventId: ID!) {
  availabilityChanged(eventId: $eventId) {
    id
    ticketsAvailable
    ticketTypes { name quantity sold reserved available }
  }
}`,
    variables: { eventId: ID.event },
  },
];
