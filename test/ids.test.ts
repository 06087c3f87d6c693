import fc from "fast-check";
import { fromString, TypeID, toUUID } from "typeid-js";
import { describe, expect, it } from "vitest";
import { decodeId, decodeOptionalId, encodeId, kindOf, MalformedId, PREFIXES } from "../src/schema/ids.js";

const prefixes = fc.constantFrom(...PREFIXES);
const EDGES = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"];
const uuids = fc.oneof(fc.uuid({ version: 7 }), fc.uuid(), fc.constantFrom(...EDGES));

const EXAMPLE = "01h455vb4pex5vsknk084sn02q";

describe("an id", () => {
  it("is a TypeID of its kind, as the reference writes and reads it", () => {
    fc.assert(
      fc.property(prefixes, uuids, (prefix, uuid) => {
        const id = encodeId(prefix, uuid);
        expect(id).toBe(TypeID.fromUUID(prefix, uuid).toString());
        expect(toUUID(fromString(id))).toBe(uuid);
        expect(decodeId(prefix, id)).toBe(uuid);
        expect(kindOf(id)).toBe(prefix);
      }),
    );
  });

  it("is the same whatever the case in which its UUID is written", () => {
    fc.assert(
      fc.property(uuids, (uuid) => {
        expect(encodeId("evt", uuid.toUpperCase())).toBe(encodeId("evt", uuid));
      }),
    );
  });

  it("of another kind is refused, and told which was expected", () => {
    fc.assert(
      fc.property(prefixes, prefixes, uuids, (wanted, given, uuid) => {
        fc.pre(wanted !== given);
        const decode = () => decodeId(wanted, encodeId(given, uuid));
        expect(decode).toThrow(MalformedId);
        expect(decode).toThrow(`expected one like ${wanted}_`);
      }),
    );
  });

  it("has one spelling: whatever else decodes to a UUID is what that UUID encodes to", () => {
    const symbols = fc.string({ unit: fc.constantFrom(..."0123456789abcdefghijklmnopqrstuvwxyzABZ_-é\u0000\n") });
    const near = fc.tuple(fc.nat(25), symbols).map(([at, put]) => EXAMPLE.slice(0, at) + put + EXAMPLE.slice(at + 1));
    fc.assert(
      fc.property(fc.oneof(near, symbols), (suffix) => {
        const id = `ven_${suffix}`;
        const uuid = decoded(id);
        if (uuid !== null) expect(encodeId("ven", uuid)).toBe(id);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["nothing", ""],
    ["a prefix alone", "ven_"],
    ["no prefix", EXAMPLE],
    ["an empty prefix", `_${EXAMPLE}`],
    ["a prefix before the prefix", `a_ven_${EXAMPLE}`],
    ["two underscores", `ven__${EXAMPLE}`],
    ["a raw UUID", "01890a5d-ac96-774b-bcce-b302099a8057"],
    ["capitals", `ven_${EXAMPLE.toUpperCase()}`],
    ["more than 128 bits", "ven_8zzzzzzzzzzzzzzzzzzzzzzzzz"],
    ["a symbol too few", `ven_${EXAMPLE.slice(1)}`],
    ["a symbol too many", `ven_${EXAMPLE}0`],
    ["a letter that is no symbol", `ven_${EXAMPLE.slice(0, 25)}u`],
    ["a line's end", `ven_${EXAMPLE}\n`],
    ["a million letters", `ven_${"a".repeat(1_000_000)}`],
  ])("that is %s is refused in a short message", (_what, id) => {
    const refusal = refusalOf(id);
    expect(refusal).toBeInstanceOf(MalformedId);
    expect(refusal?.message.length).toBeLessThan(200);
  });

  it("that may be left out is null when it is", () => {
    expect(decodeOptionalId("gat", null)).toBeNull();
    expect(decodeOptionalId("gat", undefined)).toBeNull();
    expect(() => decodeOptionalId("gat", "")).toThrow(MalformedId);
  });

  it("of no kind that we know is refused", () => {
    expect(() => kindOf(`cat_${EXAMPLE}`)).toThrow(MalformedId);
    expect(() => kindOf("evt")).toThrow(MalformedId);
  });
});

function refusalOf(id: string): Error | null {
  try {
    decodeId("ven", id);
    return null;
  } catch (error) {
    return error instanceof Error ? error : null;
  }
}

function decoded(id: string): string | null {
  try {
    return decodeId("ven", id);
  } catch {
    return null;
  }
}
