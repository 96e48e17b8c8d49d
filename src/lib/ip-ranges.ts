import { isIP, isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Lists of IP ranges (CIDR, v4 and v6), and the address of a client behind proxies. A v4-mapped v6 address is the v4 address. */

export interface IpRanges {
  /** False for what is no address. */
  contains(ip: string): boolean;
}

export interface IpRangeError {
  /** Position in the list. */
  index: number;
  message: string;
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

const V4_MAPPED_PREFIX = 96;

/**
 * Reads a list of addresses and CIDR ranges. Bits beyond the prefix are ignored (`10.1.2.3/8` is `10.0.0.0/8`), short
 * and octal notations refused. The ranges hold the good entries; the errors name the bad ones.
 */
export function parseIpRanges(entries: readonly string[]): { ranges: IpRanges; errors: IpRangeError[] } {
  const ranges: Range[] = [];
  const errors: IpRangeError[] = [];
  entries.forEach((entry, index) => {
    const range = parseRange(entry.trim());
    if (typeof range === 'string') errors.push({ index, message: `"${entry}" ${range}` });
    else ranges.push(range);
  });
  if (ranges.length === 0) return { ranges: { contains: () => false }, errors };
  const contains = (ip: string): boolean => {
    const address = parseIp(ip);
    return address !== null && ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
  };
  return { ranges: { contains }, errors };
}

/**
 * The address a request comes from: the peer's, or, where the peer is a trusted proxy, the first one from the right of
 * X-Forwarded-For that is not. What stands further left was written by the client and counts for nothing; an entry
 * that is no address ends the walk. In canonical form; null when the connection is already gone.
 */
export function clientIp(remoteAddress: string | undefined, forwardedFor: string | string[] | undefined, trusted: IpRanges): string | null {
  if (remoteAddress === undefined) return null;
  let client = canonicalIp(remoteAddress);
  if (client === null || forwardedFor === undefined || !trusted.contains(client)) return client;
  const header = typeof forwardedFor === 'string' ? forwardedFor : forwardedFor.join(',');
  for (let end = header.length; end >= 0; ) {
    const comma = end === 0 ? -1 : header.lastIndexOf(',', end - 1);
    const address = canonicalIp(withoutPort(header.slice(comma + 1, end).trim()));
    if (address === null) return client;
    client = address;
    if (!trusted.contains(client)) return client;
    end = comma;
  }
  return client;
}

/** The network of an address, /24 of v4 and /48 of v6, as its first address; null for what is no address. */
export function truncateIp(ip: string): string | null {
  const address = parseIp(ip);
  if (address === null) return null;
  if (address instanceof ipaddr.IPv4) return new ipaddr.IPv4([...address.octets.slice(0, 3), 0]).toString();
  return new ipaddr.IPv6([...address.parts.slice(0, 3), 0, 0, 0, 0, 0]).toString();
}

/** A range, or what is wrong with the text. */
function parseRange(text: string): Range | string {
  const slash = text.indexOf('/');
  const ip = slash === -1 ? text : text.slice(0, slash);
  const family = ip.includes('%') ? 0 : isIP(ip);
  if (family === 0) return 'is not an IPv4 or IPv6 address or range such as 203.0.113.0/24';
  const width = family === 4 ? 32 : 128;
  const prefix = slash === -1 ? `${width}` : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > width) return `needs a prefix length from 0 to ${width} after the slash`;
  const bits = Number(prefix);
  const address = ipaddr.parse(ip);
  if (!(address instanceof ipaddr.IPv6) || !address.isIPv4MappedAddress()) return [address, bits];
  if (bits < V4_MAPPED_PREFIX) return 'covers more than the IPv4 addresses: write the IPv4 range and the IPv6 range';
  return [address.toIPv4Address(), bits - V4_MAPPED_PREFIX];
}

function parseIp(ip: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  // ipaddr.js alone would read `10.1` and `0x7f000001` as addresses.
  return isIP(ip) === 0 ? null : ipaddr.process(ip);
}

/** An address as we keep it: v6 short and in lower case, v4-mapped as v4, without a zone; null for what is no address. */
export function canonicalIp(ip: string): string | null {
  if (isIPv4(ip)) return ip;
  if (!isIPv6(ip)) return null;
  const address = ipaddr.process(ip);
  // The zone names an interface of this machine, not the client.
  return address instanceof ipaddr.IPv6 ? new ipaddr.IPv6(address.parts).toString() : address.toString();
}

/** Some proxies write `203.0.113.7:4711` or `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  return text.replace(/^\[(.*)\](?::\d+)?$|^([^:]*):\d+$/, '$1$2');
}
