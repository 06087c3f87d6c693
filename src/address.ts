import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";
import proxyAddress from "@fastify/proxy-addr";

/** Tells from where a request comes, as far as that can be trusted: an address, or of IPv6 the network that one customer gets. */
export type AddressOf = (request: IncomingMessage) => string;

/** `trustedProxies`: addresses and networks whose `X-Forwarded-For` is believed, such as `10.0.0.0/8` or `loopback`. */
export function createAddressOf(trustedProxies: readonly string[]): AddressOf {
  const trust = proxyAddress.compile([...trustedProxies]);
  return (request) => grouped(proxyAddress(request, trust));
}

const MAPPED = /^::ffff:(?<address>[\d.]+)$/i;

/** An IPv4 address as it is; of IPv6 the first 64 bits, for the rest is its owner's to choose. */
function grouped(address: string): string {
  const { address: mapped } = MAPPED.exec(address)?.groups ?? {};
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = "", tail = ""] = address.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === "" ? [] : tail.split(":");
  const zeros = address.includes("::") ? Array<string>(8 - first.length - last.length).fill("0") : [];
  return `${[...first, ...zeros, ...last].slice(0, 4).join(":")}::/64`;
}
