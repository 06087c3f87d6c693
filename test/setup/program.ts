import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { compiled } from "./compiled.js";

export interface ProgramRun {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly during?: (output: string, stop: () => void) => void;
}

/** Runs a program of src/cli to its end; `during` is told of what it writes. To start one takes a second of a core. */
export async function runProgram(
  name: string,
  { args = [], environment = {}, during }: ProgramRun = {},
): Promise<{ code: unknown; signal: unknown; output: string; errors: string }> {
  const child = spawn(process.execPath, [compiled(`src/cli/${name}.ts`), ...args], {
    cwd: join(import.meta.dirname, "../.."),
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    during?.(output, () => child.kill("SIGTERM"));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const [code, signal] = await once(child, "close");
  return { code, signal, output, errors };
}
