import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** What a {@link selfSignedCertificate} says. */
export interface CertificateOptions {
  /** The names and IPv4 addresses it is for. */
  readonly hosts: readonly string[];
  /** Milliseconds since the epoch; from an hour ago unless told. */
  readonly validFromMs?: number;
  /** Milliseconds since the epoch; for an hour unless told. */
  readonly validToMs?: number;
}

/** A certificate and its key, both as PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

const hourMs = 3_600_000;

/** A certificate that signs itself, made anew at every call: for servers that clients must not trust. */
export function selfSignedCertificate(options: CertificateOptions): TestCertificate {
  const now = Date.now();
  const { hosts, validFromMs = now - hourMs, validToMs = now + hourMs } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(
    tagged(0x31, sequence(objectId.commonName, tagged(0x0c, Buffer.from('antiphon test')))),
  );
  const signature = sequence(objectId.ecdsaWithSha256);
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    signature,
    name,
    sequence(time(validFromMs), time(validToMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(
      0xa3,
      sequence(
        extension(objectId.alternativeNames, sequence(...hosts.map(alternativeName))),
        extension(objectId.basicConstraints, sequence(tagged(0x01, Buffer.from([0xff])))),
      ),
    ),
  );
  const bits = Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]);
  return {
    cert: pem('CERTIFICATE', sequence(body, signature, tagged(0x03, bits))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const objectId = {
  commonName: tagged(0x06, Buffer.from([0x55, 0x04, 0x03])),
  alternativeNames: tagged(0x06, Buffer.from([0x55, 0x1d, 0x11])),
  basicConstraints: tagged(0x06, Buffer.from([0x55, 0x1d, 0x13])),
  ecdsaWithSha256: tagged(0x06, Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02])),
};

/** A value of DER: its tag, its length, itself. */
function tagged(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...members: readonly Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(members));
}

function integer(bytes: Uint8Array): Buffer {
  return tagged(0x02, bytes);
}

/** Seconds of a time, with the year in four digits. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return tagged(0x18, Buffer.from(digits));
}

function extension(id: Uint8Array, value: Uint8Array): Buffer {
  return sequence(id, tagged(0x04, value));
}

function alternativeName(host: string): Buffer {
  return isIP(host) === 4
    ? tagged(0x87, Buffer.from(host.split('.').map(Number)))
    : tagged(0x82, Buffer.from(host));
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
