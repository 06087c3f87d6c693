/** When offline scans may have happened, for scanners' clocks are right only within a tolerance. */
export interface ScanTimes {
  readonly oldest: Date;
  readonly latest: Date;
}

/** `clockTolerance`: in milliseconds. `keptFrom`: where older scans have been let go, by a longer way than the months say. */
export const scanTimes = (
  now: Date,
  { retentionMonths, clockTolerance }: { readonly retentionMonths: number; readonly clockTolerance: number },
  keptFrom: Date | null = null,
): ScanTimes => {
  const oldest = monthsBefore(now, retentionMonths);
  return {
    oldest: keptFrom !== null && keptFrom > oldest ? keptFrom : oldest,
    latest: new Date(now.getTime() + clockTolerance),
  };
};

function monthsBefore(date: Date, months: number): Date {
  const result = new Date(date);
  result.setUTCMonth(result.getUTCMonth() - months);
  return result;
}
