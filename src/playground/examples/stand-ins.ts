/**
 * The playground replaces these, where it can, by what earlier answers brought: ids by their prefix, the code of a
 * ticket, and a new key for each attempt. The ids are valid ones of nothing, so that an example also runs as it stands.
 */
export const ID = {
  venue: idOfNothing("ven"),
  gate: idOfNothing("gat"),
  event: idOfNothing("evt"),
  ticketType: idOfNothing("tty"),
  ticket: idOfNothing("tkt"),
  reservation: idOfNothing("rsv"),
};
export const CODE = "TICKET-CODE";
export const KEY = "SCAN-KEY";

function idOfNothing(prefix: string): string {
  return `${prefix}_${"0".repeat(26)}`;
}
