import { AnnulmentEntity } from "./annulment.js";
import { AnomalyEntity } from "./anomaly.js";
import { AuditEntryEntity } from "./audit-entry.js";
import { CapacityAlertEntity } from "./capacity-alert.js";
import { CarriedPresenceEntity } from "./carried-presence.js";
import { DeviceEntity } from "./device.js";
import { EventEntity } from "./event.js";
import { EventMonthEntity } from "./event-month.js";
import { GateEntity } from "./gate.js";
import { IdempotencyKeyEntity } from "./idempotency-key.js";
import { ImportEntity } from "./import.js";
import { OccupancyEntity } from "./occupancy.js";
import { PaymentEntity } from "./payment.js";
import { PresenceEntity } from "./presence.js";
import { RefundEntity } from "./refund.js";
import { ReservationEntity } from "./reservation.js";
import { RevokedCodeEntity } from "./revoked-code.js";
import { ScanEntity } from "./scan.js";
import { ScanKeyEntity } from "./scan-key.js";
import { ScanMonthEntity } from "./scan-month.js";
import { ScanQuarterEntity } from "./scan-quarter.js";
import { RefreshTokenEntity, SessionEntity } from "./session.js";
import { TicketEntity } from "./ticket.js";
import { TicketTypeEntity } from "./ticket-type.js";
import { TitleWordEntity } from "./title-word.js";
import { UserEntity } from "./user.js";
import { VenueEntity, VenueStaffEntity } from "./venue.js";
import { VenueCapacityEntity } from "./venue-capacity.js";

/** Every table, named one by one: a file that nobody lists here is not part of the database. */
export const entities = [
  AnnulmentEntity,
  AnomalyEntity,
  AuditEntryEntity,
  CapacityAlertEntity,
  CarriedPresenceEntity,
  DeviceEntity,
  EventEntity,
  EventMonthEntity,
  GateEntity,
  IdempotencyKeyEntity,
  ImportEntity,
  OccupancyEntity,
  PaymentEntity,
  PresenceEntity,
  RefreshTokenEntity,
  RefundEntity,
  RevokedCodeEntity,
  ReservationEntity,
  ScanEntity,
  ScanKeyEntity,
  ScanMonthEntity,
  ScanQuarterEntity,
  SessionEntity,
  TicketEntity,
  TicketTypeEntity,
  TitleWordEntity,
  UserEntity,
  VenueCapacityEntity,
  VenueEntity,
  VenueStaffEntity,
];
