import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { RefusalReason, ScanDirection, ScanOutcome } from "../entities/scan.js";
import { DateTime } from "./date-time.js";
import { Node } from "./node.js";
import { VenueOccupancy } from "./occupancy.js";
import { PageInfo } from "./page-info.js";
import { Ticket } from "./ticket.js";
import { UserError } from "./user-error.js";

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

@InputType("PreviewScanInput")
export class PreviewScanInput {
  @Field(() => String)
  readonly code!: string;

  @Field(() => ScanDirection, {
    defaultValue: ScanDirection.ENTRY,
  })
  readonly direction!: ScanDirection;

  @Field(() => ID, {
    nullable: true,
  })
  readonly gateId!: string | null | undefined;

  @Field(() => ID, {
    nullable: true,
  })
  readonly eventId!: string | null | undefined;
}

@ObjectType("ScanPreview")
export class ScanPreview {
  @Field(() => ScanOutcome)
  outcome!: ScanOutcome;

  @Field(() => RefusalReason, {
    nullable: true,
  })
  reason!: RefusalReason | null;

  @Field(() => Boolean)
  capacityOverride!: boolean;

  @Field(() => Ticket, {
    nullable: true,
  })
  ticket!: Ticket | null;
}

@InputType("RecordScanInput")
export class RecordScanInput {
  @Field(() => String, {
    description: "Made by the scanner, once per attempt: a UUID will do. 1 to 100 characters.",
  })
  readonly key!: string;

  @Field(() => String)
  readonly code!: string;

  @Field(() => ScanDirection)
  readonly direction!: ScanDirection;

  @Field(() => ID, {
    nullable: true,
    description: "A device scans at its own gate, and any other is INVALID; staff and owners name one.",
  })
  readonly gateId!: string | null | undefined;

  @Field(() => ID, {
    nullable: true,
    description: "Narrows the look-up where codes of two events could clash.",
  })
  readonly eventId!: string | null | undefined;
}

@ObjectType("RecordScanPayload")
export class RecordScanPayload {
  @Field(() => Scan, {
    nullable: true,
  })
  scan!: Scan | null;

  @Field(() => Boolean, {
    description: "The stored verdict of an earlier call with this key.",
  })
  replayed!: boolean;

  @Field(() => VenueOccupancy, {
    nullable: true,
  })
  occupancy!: VenueOccupancy | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@InputType("OfflineScanInput")
export class OfflineScanInput {
  @Field(() => String)
  readonly key!: string;

  @Field(() => String)
  readonly code!: string;

  @Field(() => ScanDirection)
  readonly direction!: ScanDirection;

  @Field(() => DateTime)
  readonly scannedAt!: Date;

  @Field(() => Boolean, {
    defaultValue: true,
    description: "Whether the scanner let the person through.",
  })
  readonly admitted!: boolean;

  @Field(() => ID, {
    nullable: true,
  })
  readonly eventId!: string | null | undefined;
}

@InputType("UploadScansInput")
export class UploadScansInput {
  @Field(() => [OfflineScanInput])
  readonly scans!: OfflineScanInput[];

  @Field(() => DateTime, {
    description:
      "The scanner's clock as it sends. More than two minutes off the server's, and every `scannedAt` is corrected by the\n" +
      "difference. A scan that is then more than two minutes in the future, or older than what is kept, is INVALID.",
  })
  readonly sentAt!: Date;

  @Field(() => ID, {
    nullable: true,
  })
  readonly gateId!: string | null | undefined;
}

@InputType("AnnulScanInput")
export class AnnulScanInput {
  @Field(() => ID)
  readonly scanId!: string;

  @Field(() => String)
  readonly reason!: string;
}

@ObjectType("ScanPayload")
export class ScanPayload {
  @Field(() => Scan, {
    nullable: true,
  })
  scan!: Scan | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType("UploadScanResult")
export class UploadScanResult {
  @Field(() => Scan, {
    nullable: true,
  })
  scan!: Scan | null;

  @Field(() => Boolean)
  replayed!: boolean;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType("UploadScansPayload")
export class UploadScansPayload {
  @Field(() => [UploadScanResult], {
    description: "One per item, in order.",
  })
  results!: UploadScanResult[];

  @Field(() => VenueOccupancy, {
    nullable: true,
  })
  occupancy!: VenueOccupancy | null;
}
