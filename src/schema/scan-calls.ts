import { Field, ID, InputType, ObjectType } from "type-graphql";
import { RefusalReason, ScanDirection, ScanOutcome } from "../entities/scan.js";
import { DateTime } from "./date-time.js";
import { VenueOccupancy } from "./occupancy.js";
import { Scan } from "./scan.js";
import { Ticket } from "./ticket.js";
import { UserError } from "./user-error.js";

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
