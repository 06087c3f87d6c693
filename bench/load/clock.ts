/**
 * Milliseconds of the system's monotonic clock, which all processes of the machine share: `performance.now()` reads the same
 * clock from the process's own beginning, and unlike `hrtime` costs nothing.
 */
export const now = (): number => OFFSET + performance.now();

const OFFSET = Number(process.hrtime.bigint()) / 1e6 - performance.now();
