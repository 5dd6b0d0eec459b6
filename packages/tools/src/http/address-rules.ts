import { isIPv4, isIPv6 } from 'node:net';

/** What an address is for; only `public` ones are on the Internet for everyone. */
export type AddressKind =
  | 'public'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'metadata'
  | 'multicast'
  | 'reserved'
  | 'tunnel'
  | 'invalid';

type Range = readonly [kind: AddressKind, first: string, prefix: number];

/** The first that holds decides. Cloud providers serve credentials at the addresses of `metadata`. */
const ranges4: readonly Range[] = [
  ['metadata', '169.254.169.254', 32],
  ['metadata', '169.254.170.0', 24],
  ['metadata', '168.63.129.16', 32],
  ['metadata', '100.100.100.200', 32],
  ['metadata', '192.0.0.192', 32],
  ['reserved', '0.0.0.0', 8],
  ['private', '10.0.0.0', 8],
  ['private', '100.64.0.0', 10],
  ['loopback', '127.0.0.0', 8],
  ['link-local', '169.254.0.0', 16],
  ['private', '172.16.0.0', 12],
  ['reserved', '192.0.0.0', 24],
  ['reserved', '192.0.2.0', 24],
  ['tunnel', '192.88.99.0', 24],
  ['private', '192.168.0.0', 16],
  ['reserved', '198.18.0.0', 15],
  ['reserved', '198.51.100.0', 24],
  ['reserved', '203.0.113.0', 24],
  ['multicast', '224.0.0.0', 4],
  ['reserved', '240.0.0.0', 4],
];

/** Only 2000::/3 is given out for public use; the ranges inside it that are not come first. */
const ranges6: readonly Range[] = [
  ['loopback', '::1', 128],
  ['metadata', 'fd00:ec2::254', 128],
  ['metadata', 'fd20:ce::254', 128],
  ['link-local', 'fe80::', 10],
  ['private', 'fc00::', 7],
  ['private', 'fec0::', 10],
  ['multicast', 'ff00::', 8],
  ['tunnel', '2001::', 32],
  ['reserved', '2001::', 23],
  ['reserved', '2001:db8::', 32],
  ['tunnel', '2002::', 16],
  ['reserved', '3fff::', 20],
  ['public', '2000::', 3],
];

/** Prefixes behind which an IPv4 address stands that is reached in the end. */
const embedding6: readonly (readonly [first: string, prefix: number])[] = [
  ['::ffff:0:0', 96],
  ['::ffff:0:0:0', 96],
  ['64:ff9b::', 96],
];

/** Tells what an address is for; a text that is no address is `invalid`. */
export function addressKind(address: string): AddressKind {
  if (isIPv4(address)) return kindIn(ranges4, bytesOf4(address)) ?? 'public';
  const bytes = bytesOf6(address);
  if (bytes === undefined) return 'invalid';
  const isEmbedding = embedding6.some(([first, prefix]) => startsWith(bytes, bytesOf6(first), prefix));
  if (isEmbedding) return addressKind(bytes.slice(12).join('.'));
  return kindIn(ranges6, bytes) ?? 'reserved';
}

/** Whether `address` is in `network`: an address, or one with `/` and the number of leading bits. */
export function isInNetwork(address: string, network: string): boolean {
  const [first = '', prefix] = network.split('/');
  const bytes = bytesOf(address);
  const start = bytesOf(first);
  if (bytes === undefined || start?.length !== bytes.length) return false;
  return startsWith(bytes, start, prefix === undefined ? start.length * 8 : Number(prefix));
}

/** Whether `network` is an address, or a range of addresses with a sensible number of leading bits. */
export function isNetwork(network: string): boolean {
  const [first = '', prefix, more] = network.split('/');
  const bytes = bytesOf(first);
  if (bytes === undefined || more !== undefined) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bytes.length * 8);
}

function kindIn(ranges: readonly Range[], bytes: readonly number[]): AddressKind | undefined {
  return ranges.find(([, first, prefix]) => startsWith(bytes, bytesOf(first), prefix))?.[0];
}

function startsWith(bytes: readonly number[], first: readonly number[] | undefined, prefix: number): boolean {
  if (first === undefined) return false;
  for (let index = 0, left = prefix; left > 0; index += 1, left -= 8) {
    const mask = left >= 8 ? 0xff : (0xff << (8 - left)) & 0xff;
    if (((bytes[index] ?? 0) & mask) !== ((first[index] ?? 0) & mask)) return false;
  }
  return true;
}

function bytesOf(address: string): readonly number[] | undefined {
  return isIPv4(address) ? bytesOf4(address) : bytesOf6(address);
}

function bytesOf4(address: string): readonly number[] {
  return address.split('.').map(Number);
}

/** The 16 bytes of an IPv6 address in any of its spellings; an address with a zone is link-local and keeps its bytes. */
function bytesOf6(address: string): readonly number[] | undefined {
  if (!isIPv6(address)) return undefined;
  const [plain = ''] = address.split('%');
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
  const [a = 0, b = 0, c = 0, d = 0] = dotted === null ? [] : bytesOf4(dotted[2] ?? '');
  const text =
    dotted === null ? plain : `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  const [head = '', tail] = text.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<number>(missing).fill(0), ...after];
  return groups.flatMap((group) => [group >> 8, group & 0xff]);
}

function groupsOf(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
