import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { RefusalReason, ScanDirection, ScanOutcome } from "../entities/scan.js";
import { DateTime } from "./date-time.js";
import { Node } from "./node.js";
import { PageInfo } from "./page-info.js";

@ObjectType("Scan", {
  implements: Node,
  description:
    "One attempt to pass a gate. Accepted and refused attempts are both kept, for ever, and a refusal is never an exception.\n" +
    "\n" +
    "Exits are never refused, whatever the code: nobody is held inside. An exit of somebody who is not inside, or of a code\n" +
    "that no ticket has, is ACCEPTED, changes nobody's place and raises EXIT_WITHOUT_ENTRY. An exit under a revoked code is its\n" +
    "ticket's.\n" +
    "\n" +
    "An offline scan is a fact that has happened: it is recorded ACCEPTED when the device let the person through, and\n" +
    "`conflict` says what the server would have refused it for. When the device did not, it is REFUSED, with the server's\n" +
    "reason if it has one, and moves nobody.\n" +
    "\n" +
    "Who is inside, and where, is told by each ticket's latest ACCEPTED scan by (scannedAt, key), keys compared byte by byte.\n" +
    "Scans without a ticket count among entries and exits, not among those inside.\n" +
    "\n" +
    "A code that two events of the venue have, with no `eventId`: the event whose doors are open at that time; else the one\n" +
    "that starts nearest to it. Codes are trimmed; an empty or over-long one is INVALID and recorded nowhere.",
})
export class Scan extends Node {
  @Field(() => String, {
    description:
      "The scanner's own id of this attempt; it belongs to the device, or to the user and gate, across `recordScan` and\n" +
      "`uploadScans`. The same key again returns the stored scan as it is now and counts once; with another code or direction\n" +
      "it is KEY_REUSED. Before anything else is looked at.",
  })
  key!: string;

  @Field(() => ScanDirection)
  direction!: ScanDirection;

  @Field(() => ScanOutcome)
  outcome!: ScanOutcome;

  @Field(() => RefusalReason, {
    nullable: true,
    description: "Set when REFUSED.",
  })
  reason!: RefusalReason | null;

  @Field(() => RefusalReason, {
    nullable: true,
    description:
      "Set when an offline scan was ACCEPTED that the server would have refused, judged when it arrived (times: at `scannedAt`).",
  })
  conflict!: RefusalReason | null;

  @Field(() => Boolean, {
    description: "Admitted beyond the capacity by a ticket type that admits when full.",
  })
  capacityOverride!: boolean;

  @Field(() => Boolean)
  offline!: boolean;

  @Field(() => Boolean, {
    description: "An exit that the system recorded at the event's `autoExitAt`, at the gate of the entry.",
  })
  automatic!: boolean;

  @Field(() => String, {
    description: "The code as it was read.",
  })
  code!: string;

  @Field(() => DateTime, {
    description: "When it happened, by the scanner's clock, corrected for a clock that `sentAt` showed to be wrong.",
  })
  scannedAt!: Date;

  @Field(() => DateTime)
  receivedAt!: Date;
}

@ObjectType("ScanEdge")
export class ScanEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => Scan)
  node!: Scan;
}

@ObjectType("ScanConnection")
export class ScanConnection {
  @Field(() => [ScanEdge])
  edges!: ScanEdge[];

  @Field(() => [Scan])
  nodes!: Scan[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  @Field(() => Int)
  totalCount!: number;
}

@InputType("ScanFilter")
export class ScanFilter {
  @Field(() => ScanDirection, {
    nullable: true,
  })
  readonly direction!: ScanDirection | null | undefined;

  @Field(() => ScanOutcome, {
    nullable: true,
  })
  readonly outcome!: ScanOutcome | null | undefined;

  @Field(() => RefusalReason, {
    nullable: true,
  })
  readonly reason!: RefusalReason | null | undefined;

  @Field(() => ID, {
    nullable: true,
  })
  readonly gateId!: string | null | undefined;

  @Field(() => DateTime, {
    nullable: true,
  })
  readonly from!: Date | null | undefined;

  @Field(() => DateTime, {
    nullable: true,
  })
  readonly to!: Date | null | undefined;
}
