import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { TicketStatus } from "../entities/ticket.js";
import { DateTime } from "./date-time.js";
import { Node } from "./node.js";
import { PageInfo } from "./page-info.js";
import { UserError } from "./user-error.js";

@ObjectType("Ticket", {
  implements: Node,
})
export class Ticket extends Node {
  @Field(() => String, {
    nullable: true,
    description:
      "What the barcode carries; unique within the event, case-sensitive; unguessable unless the organizer supplied it. For the\n" +
      "holder and the organizer.",
  })
  code!: string | null;

  @Field(() => TicketStatus)
  status!: TicketStatus;

  @Field(() => String, {
    nullable: true,
    description: "For the holder, the organizer and staff.",
  })
  holderName!: string | null;

  @Field(() => Boolean, {
    description: "Whether the latest accepted scan, by scan time, is an entry.",
  })
  inside!: boolean;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
  })
  paidAt!: Date | null;
}

@ObjectType("TicketEdge")
export class TicketEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => Ticket)
  node!: Ticket;
}

@ObjectType("TicketConnection")
export class TicketConnection {
  @Field(() => [TicketEdge])
  edges!: TicketEdge[];

  @Field(() => [Ticket])
  nodes!: Ticket[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  @Field(() => Int)
  totalCount!: number;
}

@InputType("TicketFilter")
export class TicketFilter {
  @Field(() => TicketStatus, {
    nullable: true,
  })
  readonly status!: TicketStatus | null | undefined;

  @Field(() => ID, {
    nullable: true,
  })
  readonly ticketTypeId!: string | null | undefined;

  @Field(() => Boolean, {
    nullable: true,
  })
  readonly inside!: boolean | null | undefined;
}

@InputType("IssueTicketInput")
export class IssueTicketInput {
  @Field(() => String, {
    nullable: true,
    description: "Made up unless given.",
  })
  readonly code!: string | null | undefined;

  @Field(() => String, {
    nullable: true,
  })
  readonly holderName!: string | null | undefined;

  @Field(() => String, {
    nullable: true,
    description: "A registered user's.",
  })
  readonly holderEmail!: string | null | undefined;
}

@InputType("IssueTicketsInput")
export class IssueTicketsInput {
  @Field(() => ID)
  readonly eventId!: string;

  @Field(() => ID)
  readonly ticketTypeId!: string;

  @Field(() => [IssueTicketInput])
  readonly tickets!: IssueTicketInput[];
}

@ObjectType("IssueTicketsPayload")
export class IssueTicketsPayload {
  @Field(() => [Ticket])
  tickets!: Ticket[];

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@InputType("TicketIdInput")
export class TicketIdInput {
  @Field(() => ID)
  readonly ticketId!: string;
}

@InputType("TransferTicketInput")
export class TransferTicketInput {
  @Field(() => ID)
  readonly ticketId!: string;

  @Field(() => String)
  readonly toEmail!: string;
}

@ObjectType("TicketPayload")
export class TicketPayload {
  @Field(() => Ticket, {
    nullable: true,
  })
  ticket!: Ticket | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
