import type { Reply } from "./both-doors.js";
import { held } from "./sales.js";
import type { TestGatehouse } from "./server.js";
import { type Person, recordScan, type Venue, World } from "./world.js";

/** Everybody who may come to the doors. The other owner and the other device belong to another venue. */
export const ROLES = [
  "anonymous",
  "stranger",
  "member",
  "otherOwner",
  "otherDevice",
  "device",
  "staff",
  "owner",
  "admin",
] as const;
export type Role = (typeof ROLES)[number];

/**
 * A venue whose counts are not public, with a published event, a draft and a cancelled one, and a plaza of the same owner
 * and staff whose counts are. The member holds a ticket and is inside.
 */
export interface Cast {
  readonly tokens: Readonly<Record<Role, string | undefined>>;
  readonly ids: Readonly<Record<string, string>>;
  /** Texts that stand in an answer only where what they are named after was told. */
  readonly secrets: Readonly<Record<(typeof SECRETS)[number], string>>;
  /** Who signs in, by what they are. */
  readonly people: Readonly<Record<Exclude<Role, "anonymous" | "device" | "otherDevice">, Person>>;
  readonly venue: Venue;
}

const SECRETS = [
  "memberEmail",
  "ownerEmail",
  "staffEmail",
  "memberLatitude",
  "member",
  "staff",
  "ticket",
  "deviceName",
  "enrolled",
  "optedOut",
  "hold",
  "heldTicket",
  "price",
  "reported",
  "unmailed",
  "attended",
  "number",
  "inside",
  "noneInside",
  "one",
  "two",
  "paid",
  "scanKey",
  "plazaScanKey",
  "code",
  "holderName",
  "draftTitle",
  "draftType",
  "plazaDraftTitle",
  "plazaDraftType",
  "cancelledTitle",
  "eventTitle",
  "venueName",
  "gateName",
] as const;

export async function makeCast(gatehouse: TestGatehouse): Promise<Cast> {
  const world = new World(gatehouse.url);
  const [stranger, member, admin] = [await world.person(), await world.person("Member"), await world.person()];
  await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [admin.email]);
  await gatehouse.sql(
    "update users set latitude = 12.3456, longitude = 1, mail_opt_out = '{EVENT_CHANGED}' where email = $1",
    [member.email],
  );
  const other = await world.venue({ name: "Other" });
  const venue = await world.venue({ name: "Secretive Hall", gates: ["Secretive Gate"] });
  const plaza = await world.venue({ name: "Plaza", publicOccupancy: true }, venue.owner);
  const lobby = await world.venue({ name: "Lobby", publicOccupancy: true, capacity: 1 }, venue.owner);
  const staff = await venue.staff();
  await plaza.staff(staff);
  await lobby.staff(staff);
  const device = await venue.device("Secretive Gate");
  const plazaDevice = await plaza.device();
  const event = await venue.event({ title: "Open Night" });
  const [ticket = ""] = await event.tickets(["SECRET-CODE"], "Standard", {
    holderEmail: member.email,
    holderName: "Secret Holder",
  });
  const draft = await venue.event({ title: "Secret Draft", publish: false }, [{ name: "Draft Type" }]);
  const cancelled = await venue.event({ title: "Secret Cancelled" });
  await gatehouse.sql("update events set status = 'CANCELLED' where title = 'Secret Cancelled'");
  const plazaEvent = await plaza.event({ title: "Market" });
  const hold = await held(member.client, plazaEvent);
  await plaza.event({ title: "Plaza Draft", publish: false }, [{ name: "Plaza Draft Type" }]);
  await (await lobby.event({ title: "Reception" })).tickets(["lobby-code"]);
  const { scan } = await recordScan(device.client, { code: "SECRET-CODE", key: "secret-scan-key" });
  await recordScan(plazaDevice.client, { code: "unknown", key: "plaza-scan-key" });
  return {
    tokens: {
      anonymous: undefined,
      stranger: stranger.client.token,
      member: member.client.token,
      otherOwner: other.owner.client.token,
      otherDevice: (await other.device()).token,
      device: device.token,
      staff: staff.client.token,
      owner: venue.owner.client.token,
      admin: admin.client.token,
    },
    ids: {
      member: member.id,
      venue: venue.id,
      gate: venue.gate("Secretive Gate"),
      device: device.id,
      event: event.id,
      type: event.types.get("Standard") ?? "",
      ticket,
      scan: scan?.id ?? "",
      draft: draft.id,
      draftType: draft.types.get("Draft Type") ?? "",
      cancelled: cancelled.id,
      plaza: plaza.id,
      plazaGate: plaza.gate(),
      plazaEvent: plazaEvent.id,
      hold: hold.id,
      heldTicket: hold.tickets[0]?.id ?? "",
      lobby: lobby.id,
      lobbyGate: lobby.gate(),
      noVenue: "ven_01h455vb4pex5vsknk084sn02q",
      noGate: "gat_01h455vb4pex5vsknk084sn02q",
      noEvent: "evt_01h455vb4pex5vsknk084sn02q",
      noDevice: "dev_01h455vb4pex5vsknk084sn02q",
    },
    secrets: {
      memberEmail: member.email,
      ownerEmail: venue.owner.email,
      staffEmail: staff.email,
      memberLatitude: "12.3456",
      member: member.id,
      staff: staff.id,
      ticket,
      deviceName: "Scanner Secretive Gate",
      enrolled: "enrollDevice",
      optedOut: "EVENT_CHANGED",
      hold: hold.id,
      heldTicket: hold.tickets[0]?.id ?? "",
      price: '"amountMinor":1000',
      reported: "2026-01-01",
      unmailed: '"dailyReportMail":false',
      attended: '"attended":1',
      number: '"totalCount"',
      inside: '"inside":1',
      noneInside: '"inside":0',
      one: '"totalCount":1',
      two: '"totalCount":2',
      paid: "PAID",
      scanKey: "secret-scan-key",
      plazaScanKey: "plaza-scan-key",
      code: "SECRET-CODE",
      holderName: "Secret Holder",
      draftTitle: "Secret Draft",
      draftType: "Draft Type",
      plazaDraftTitle: "Plaza Draft",
      plazaDraftType: "Plaza Draft Type",
      cancelledTitle: "Secret Cancelled",
      eventTitle: "Open Night",
      venueName: "Secretive Hall",
      gateName: "Secretive Gate",
    },
    people: { stranger, member, otherOwner: other.owner, staff, owner: venue.owner, admin },
    venue,
  };
}

/** What an operation with one field came to: the code of its error, else of its payload's first `userErrors`, else OK. */
export function outcomeOf({ data, errors }: Reply): string {
  if (errors?.[0] !== undefined) return String(errors[0].extensions?.["code"]);
  const [payload] = Object.values(data ?? {}) as { readonly userErrors?: readonly { readonly code: string }[] }[];
  return payload?.userErrors?.[0]?.code ?? "OK";
}
