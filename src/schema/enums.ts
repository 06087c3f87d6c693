import { registerEnumType } from "type-graphql";
import { AnomalyKind } from "../entities/anomaly.js";
import { EventStatus } from "../entities/event.js";
import { RefusalReason, ScanDirection, ScanOutcome } from "../entities/scan.js";
import { TicketStatus } from "../entities/ticket.js";
import { OptionalMail, Role } from "../entities/user.js";

registerEnumType(Role, {
  name: "Role",
});

registerEnumType(OptionalMail, {
  name: "OptionalMail",
  description:
    "Mail that a user can turn off. What concerns their own tickets is always sent: tickets that were bought, issued or received,\n" +
    "and cancellations.",
  valuesConfig: {
    WELCOME: { description: "After registration." },
    EVENT_CHANGED: { description: "A new time or place of an event that one holds a ticket for." },
    TICKET_GIVEN: { description: "To who has transferred a ticket, that it is done." },
  },
});

registerEnumType(EventStatus, {
  name: "EventStatus",
  description:
    "A draft is not for sale, yet its issued tickets are good at the gate. Events may lie in the past; sales end at `endsAt`.",
});

registerEnumType(TicketStatus, {
  name: "TicketStatus",
  description: "RESERVED until paid or expired. Gate history is separate from this status.",
});

registerEnumType(ScanDirection, {
  name: "ScanDirection",
});

registerEnumType(ScanOutcome, {
  name: "ScanOutcome",
  valuesConfig: {
    ANNULLED: { description: "Taken back afterwards; counts as if it had not been." },
  },
});

registerEnumType(RefusalReason, {
  name: "RefusalReason",
  description: "Why an entry is refused. Where several hold, the first in this order is given.",
  valuesConfig: {
    UNKNOWN_TICKET: { description: "No such code, or none of the event that the scanner named." },
    REVOKED: { description: "An old code of a ticket that was transferred." },
    WRONG_VENUE: {
      description:
        "The ticket is for an event at another venue of the same owner; of another owner's it is UNKNOWN_TICKET.",
    },
  },
});

registerEnumType(AnomalyKind, {
  name: "AnomalyKind",
  description: '"Before" is the same ticket\'s preceding ACCEPTED scan in the order of (scannedAt, key).',
  valuesConfig: {
    DUPLICATE_ENTRY: { description: "An entry, accepted or refused online as ALREADY_INSIDE, with an entry before." },
    EXIT_WITHOUT_ENTRY: { description: "An accepted exit with no entry before." },
    RAPID_REENTRY: { description: "An accepted entry with an exit less than five minutes before." },
    INVALID_TICKET_ADMITTED: {
      description: "An offline entry accepted with a conflict up to NOT_PAID in the order of the reasons.",
    },
    OVER_CAPACITY: {
      description:
        "An offline entry, not of a type that admits when full, that took the venue from its capacity or less to above it, in the\n" +
        "order of (scannedAt, key): one for each crossing.",
    },
    CLOCK_SKEW: {
      description:
        "A scanner's clock was off by more than two minutes: one for each device and UTC day, at its first such scan.",
    },
  },
});
