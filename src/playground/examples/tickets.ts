import type { Example, TimeAfter } from "./example.js";
import { CODE, ID } from "./stand-ins.js";

const HOUR = 3_600_000;

export function ticketExamples(after: TimeAfter): readonly Example[] {
  return [createEvent(after), moveEvent(after), ...TICKETS];
}

function createEvent(after: TimeAfter): Example {
  return {
    group: "Events and tickets",
    title: "Create an event with ticket types",
    query: `# Doors open two hours before the start unless doorsOpenAt says otherwise, so these are open now.
mutation CreateEvent($input: CreateEventInput!) {
  createEvent(input: $input) {
    event { id title status startsAt endsAt doorsOpenAt autoExitAt ticketTypes { id name quantity available } }
    userErrors { code message path }
  }
}`,
    variables: {
      input: {
        venueId: ID.venue,
        title: "Opening night",
        category: "concert",
        startsAt: after(HOUR),
        endsAt: after(5 * HOUR),
        reentryAllowed: true,
        ticketTypes: [
          { name: "Standing", price: { amountMinor: 3500, currency: "GBP" }, quantity: 480 },
          { name: "VIP", price: { amountMinor: 12000, currency: "GBP" }, quantity: 20, admitsWhenFull: true },
        ],
      },
    },
  };
}

function moveEvent(after: TimeAfter): Example {
  return {
    group: "Events and tickets",
    title: "Change an event",
    query: `# What is not given stays as it is; doors and automatic exits at their defaults go with the start and the end.
mutation UpdateEvent($input: UpdateEventInput!) {
  updateEvent(input: $input) {
    event { id title startsAt endsAt doorsOpenAt autoExitAt capacity }
    userErrors { code message path }
  }
}`,
    variables: { input: { eventId: ID.event, startsAt: after(2 * HOUR), endsAt: after(6 * HOUR), capacity: 400 } },
  };
}

const TICKETS: readonly Example[] = [
  {
    group: "Events and tickets",
    title: "Issue tickets",
    query: `# Paid tickets without a sale. A code that is not given is made up.
mutation IssueTickets($input: IssueTicketsInput!) {
  issueTickets(input: $input) {
    tickets { id code status holderName ticketType { name } }
    userErrors { code message path }
  }
}`,
    variables: {
      input: {
        eventId: ID.event,
        ticketTypeId: ID.ticketType,
        tickets: [{ holderName: "Grace Turner" }, { holderName: "Alan Booth" }],
      },
    },
  },
  {
    group: "Events and tickets",
    title: "Give a ticket away",
    query: `# Its holder's alone to do, before it has been used to enter. It gets a new code, and the old one is refused as REVOKED.
mutation TransferTicket($input: TransferTicketInput!) {
  transferTicket(input: $input) {
    ticket { id status }
    userErrors { code message path }
  }
}`,
    variables: { input: { ticketId: ID.ticket, toEmail: "grace@example.com" } },
  },
  {
    group: "Events and tickets",
    title: "Cancel a ticket",
    query: `# For the organizer. Its place is free again.
mutation CancelTicket($input: TicketIdInput!) {
  cancelTicket(input: $input) {
    ticket { id status ticketType { name sold available } }
    userErrors { code message path }
  }
}`,
    variables: { input: { ticketId: ID.ticket } },
  },
  {
    group: "Events and tickets",
    title: "Look a ticket up by its code",
    query: `# For those who may scan it; null to everybody else.
query TicketByCode($eventId: ID!, $code: String!) {
  ticketByCode(eventId: $eventId, code: $code) {
    id
    status
    inside
    holderName
    ticketType { name }
    scans(first: 5) { nodes { direction outcome reason scannedAt } }
  }
}`,
    variables: { eventId: ID.event, code: CODE },
  },
];
