import { verifyCounts } from "../domain/verify-counts.js";
import { onExistingDatabase } from "./existing-database.js";

/** 0: every count agrees with the scans. 1: some do not. */
await onExistingDatabase(async (em) => {
  const differences = await verifyCounts(em);
  for (const { message } of differences) console.log(message);
  const summary = `${differences.length} counts differ from what the scans tell.`;
  console.log(differences.length === 0 ? "Every count agrees with the scans." : summary);
  return differences.length === 0 ? 0 : 1;
});
