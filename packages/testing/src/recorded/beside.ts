import { member, text } from './json-members.ts';
import type { RecordingStep } from './recording.ts';

/** The steps without what was told of responses beside the conversation, which other clients had made. */
export function withoutBeside(steps: readonly RecordingStep[]): readonly RecordingStep[] {
  const beside = new Set(
    steps.flatMap((step) => {
      const response = step.kind === 'received' ? member(step.raw, 'response') : undefined;
      return response?.['conversation_id'] === null ? [text(response['id'])] : [];
    }),
  );
  return steps.filter((step) => {
    if (step.kind !== 'received') return true;
    return !beside.has(text(step.raw['response_id']) || text(member(step.raw, 'response')?.['id']));
  });
}
