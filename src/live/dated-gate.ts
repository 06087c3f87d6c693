import type { GateOccupancyState, VenueOccupancyState } from "../domain/occupancy.js";
import { changedAt, noteChange } from "./lag.js";

/** One gate's counts with the moment at which they were read. */
export interface DatedGateState extends GateOccupancyState {
  readonly asOf: Date;
}

/** The same object for all who ask for the same gate of the same state. */
export function datedGate(state: VenueOccupancyState, gateId: string): DatedGateState | undefined {
  const { gates, asOf } = state;
  const gate = gates.find((candidate) => candidate.gate.id === gateId);
  if (gate === undefined) return undefined;
  const known = datedGates.get(gate);
  if (known !== undefined) return known;
  const dated = { ...gate, asOf };
  datedGates.set(gate, dated);
  const at = changedAt(state);
  if (at !== undefined) noteChange(dated, at);
  return dated;
}

const datedGates = new WeakMap<GateOccupancyState, DatedGateState>();
