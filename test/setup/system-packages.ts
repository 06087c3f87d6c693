import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const INSTALL_MILLISECONDS = 300_000;

const INSTALLERS = {
  "apt-get": [["update"], ["install", "--yes", "--no-install-recommends"]],
  apk: [["add", "--no-cache"]],
  dnf: [["install", "--assumeyes"]],
  brew: [["install"]],
} as const;

/** What a program is called by each package manager. */
export type Packages = Readonly<Record<keyof typeof INSTALLERS, string>>;

/** Tries the system's package managers in turn until the program is there; that it is not, the caller finds. */
export async function installPackage(name: string, packages: Packages, isThere: () => Promise<boolean>): Promise<void> {
  for (const [program, commands] of Object.entries(INSTALLERS) as [keyof Packages, readonly (readonly string[])[]][]) {
    if (!(await succeeds(program, ["--version"]))) continue;
    console.info(`The tests need ${name}; installing it with ${program}`);
    for (const [index, command] of commands.entries()) {
      const isLast = index === commands.length - 1;
      await asAdministrator(program, isLast ? [...command, packages[program]] : command);
    }
    if (await isThere()) return;
  }
}

/** Homebrew refuses to run as root; the others need it. What fails shows afterwards, in the program still missing. */
async function asAdministrator(program: string, command: readonly string[]): Promise<void> {
  const asIs = process.getuid?.() === 0 || program === "brew";
  const [first, ...rest] = asIs ? [program, ...command] : ["sudo", "--non-interactive", program, ...command];
  await succeeds(first ?? program, rest);
}

export async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return run(program, args, { env, timeout: INSTALL_MILLISECONDS }).then(
    () => true,
    () => false,
  );
}
