import type { ToolIntent } from '@antiphon/core';

export const rememberIntents: readonly ToolIntent[] = [
  {
    match: [
      "[please] (remember|keep in mind|memorize|do not forget|don't forget) [for me|for next time] [that] {fact}",
      '[please] remember [that] {fact} (for me|for next time)',
    ],
    reply: 'I will remember that.',
  },
];

export const recallIntents: readonly ToolIntent[] = [
  {
    match: [
      'what (do|did) (you|i) (know|remember|tell you|ask you to remember) [about me]',
      'what have you (remembered|kept in mind) [about me|for me]',
      'what do you (know|remember) from (last time|before)',
      'do you remember me',
    ],
    reply: '{{result.summary}}',
  },
  {
    match: [
      'what (do you|did i ask you to) (remember|know) about {about}',
      'do you remember {about}',
      'what did i (say|tell you) about {about}',
    ],
    reply: '{{result.summary}}',
  },
];

export const forgetIntents: readonly ToolIntent[] = [
  {
    match: [
      '[please] forget (everything|all) [you know|you remember] [about me]',
      '[please] (delete|erase) (everything|all|all you know|what you know) [about me]',
    ],
    reply: '{{result.summary}}',
  },
  {
    match: [
      '[please] forget [about|that|what i said about] {about}',
      '[please] (delete|erase) what you know about {about}',
    ],
    reply: '{{result.summary}}',
  },
];
