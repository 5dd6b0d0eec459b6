/** The call that a message tells of. */
export interface ReportedCall {
  readonly callId: string;
  readonly name: string;
}

const words = { ended: 'has ended', so_far: 'goes on, and has this so far' } as const;

/** The message that tells the model what came of a tool that it was told goes on in the background. */
export function backgroundReport(
  { callId, name }: ReportedCall,
  outputText: string,
  stage: keyof typeof words = 'ended',
): string {
  return `[background] The tool ${name} (${callId}) ${words[stage]}:\n${outputText}`;
}

/** Reads such a message; undefined for any other. */
export function readBackgroundReport(
  text: string,
): (ReportedCall & { readonly outputText: string }) | undefined {
  const match = /^\[background\] The tool ([\w-]+) \(([^()\s]*)\) [a-z, ]+:\n/.exec(text);
  if (match === null) return undefined;
  const [head, name = '', callId = ''] = match;
  return { name, callId, outputText: text.slice(head.length) };
}
