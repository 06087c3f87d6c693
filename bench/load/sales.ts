import { generate } from "./generate.js";
import { openReserveLane, type ReserveLoad, Sales } from "./reserve-lane.js";

generate<ReserveLoad, Sales>(() => new Sales(), openReserveLane);
