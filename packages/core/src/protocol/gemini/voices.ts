/** Voices of OpenAI, which agents that are at home there name. */
const foreignVoices: ReadonlySet<unknown> = new Set([
  'alloy',
  'ash',
  'ballad',
  'cedar',
  'coral',
  'echo',
  'marin',
  'sage',
  'shimmer',
  'verse',
]);

/** Whether a voice is one that Gemini does not have: the service refuses the session for a name that it does not know. */
export function isForeignVoice(voice: unknown): boolean {
  return foreignVoices.has(voice);
}
