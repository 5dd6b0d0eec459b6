/** Field 1 (`ir_version`) of an ONNX model as protobuf writes it first: tag 0x08, then the version as a varint. */
const irVersionTag = 0x08;
const writtenIrVersion = 10;
const acceptedIrVersion = 9;

/**
 * A copy of an ONNX file that says IR version 9 instead of 10. The native runtime refuses 10 by the header
 * alone; the models use no operator of the newer version.
 *
 * @returns undefined when the file does not begin with exactly IR version 10.
 */
export function lowerIrVersion(model: Uint8Array): Uint8Array | undefined {
  if (model[0] !== irVersionTag || model[1] !== writtenIrVersion) return undefined;
  const lowered = Uint8Array.from(model);
  lowered[1] = acceptedIrVersion;
  return lowered;
}
