import type { Antiphon } from '@antiphon/runtime';

/** Who ends spoken turns: a detector, the application, or the application that also begins them. */
export type TurnEnds = 'by_detection' | 'by_us' | 'by_button';

/** Who ends the spoken turns of an agent. */
export function turnEndsOf({ agents }: Antiphon['program']['agents'], agentName: string): TurnEnds {
  const detection = Object.hasOwn(agents, agentName) ? agents[agentName]?.turn_detection : undefined;
  if (detection?.type === 'push_to_talk') return 'by_button';
  return detection === null ? 'by_us' : 'by_detection';
}
