import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import type { OperationContext } from "../context.js";
import { badInput } from "../errors.js";
import { decodeId, kindOf } from "../schema/ids.js";
import { Node } from "../schema/node.js";
import * as visible from "./visible.js";

const MOST_NODES = 100;

type Found = { readonly id: string; readonly __typename: string };

/** The type behind each prefix, and how the viewer finds one. */
const KINDS = {
  evt: { typename: "Event", find: visible.findEvent },
  tkt: { typename: "Ticket", find: visible.findTicket },
  tty: { typename: "TicketType", find: visible.findTicketType },
  ven: { typename: "Venue", find: visible.findVenue },
  gat: { typename: "Gate", find: visible.findGate },
  usr: { typename: "User", find: visible.findUser },
  rsv: { typename: "Reservation", find: visible.findReservation },
  scn: { typename: "Scan", find: visible.findScan },
  dev: { typename: "Device", find: visible.findDevice },
} as const;

@Resolver()
export class NodeResolver {
  @Query(() => Node, { nullable: true })
  node(@Arg("id", () => ID) id: string, @Ctx() context: OperationContext): Promise<Found | null> {
    return findNode(context, id);
  }

  @Query(() => [Node], { nullable: "items", description: "At most 100 ids; answers in their order." })
  nodes(@Arg("ids", () => [ID]) ids: string[], @Ctx() context: OperationContext): Promise<(Found | null)[]> {
    if (ids.length > MOST_NODES)
      throw badInput(`\`ids\` has ${ids.length} items; ask for at most ${MOST_NODES} a call.`);
    return Promise.all(ids.map((id) => findNode(context, id)));
  }
}

/** The object tagged with its type, by which the interface is resolved; null for a kind that nothing has yet. */
async function findNode(context: OperationContext, id: string): Promise<Found | null> {
  const prefix = kindOf(id);
  const uuid = decodeId(prefix, id);
  if (!(prefix in KINDS)) return null;
  const { typename, find } = KINDS[prefix as keyof typeof KINDS];
  const found = await find(context, uuid);
  return found === null ? null : { ...found, __typename: typename };
}
