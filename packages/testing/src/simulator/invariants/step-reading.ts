import type { Effect, SessionNotice } from '@antiphon/core';

/** The first notice of a kind among the effects of a step. */
export function noticeIn<Type extends SessionNotice['type']>(
  effects: readonly Effect[],
  type: Type,
): Extract<SessionNotice, { readonly type: Type }> | undefined {
  for (const effect of effects)
    if (effect.type === 'notify' && effect.notice.type === type)
      return effect.notice as Extract<SessionNotice, { readonly type: Type }>;
  return undefined;
}

/** Whether observers are warned of something in a step. */
export function isWarned(effects: readonly Effect[], code: string): boolean {
  return effects.some(
    (effect) => effect.type === 'notify' && effect.notice.type === 'warning' && effect.notice.code === code,
  );
}

/** Whether a client event of this type is sent in a step. */
export function isSent(effects: readonly Effect[], type: string): boolean {
  return effects.some((effect) => effect.type === 'transport.send' && effect.event.type === type);
}
