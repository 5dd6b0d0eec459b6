import type { TextRule } from './text-rule.ts';

/** Takes away what is written for the eye: Markdown, HTML, emoji; addresses become words. */
export const markupRules: readonly TextRule[] = [
  { pattern: /[^\S\n]+/g, speak: () => ' ' },
  { pattern: /\s*\n\s*/g, speak: () => '\n' },
  { pattern: /```[^\n`]*\n?([\s\S]*?)```/g, speak: ([code = '']) => code },
  { pattern: /!?\[([^\]]*)\]\([^)\s]*\)/g, speak: ([label = '']) => label },
  { pattern: /<\/?[a-z][^<>]*>/gi, speak: () => ' ' },
  { pattern: /&(?:amp|lt|gt|quot|nbsp);/g, speak: (_, entity) => entities[entity] ?? ' ' },
  {
    pattern: /\b(?:https?:\/\/|www\.)[^\s<>()"']*[^\s<>()"'.,;:!?]/gi,
    speak: (_, address) => speakAddress(address.replace(/^https?:\/\//i, '').replace(/^www\./i, '')),
  },
  { pattern: /\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g, speak: (_, address) => speakAddress(address) },
  {
    pattern: /\b[a-z\d-]+\.(?:com|org|net|io|dev|gov|edu)\b/gi,
    speak: (_, address) => speakAddress(address),
  },
  { pattern: /^[ \t]*(?:#{1,6}|>|[-*+•])[ \t]+/gm, speak: () => '' },
  { pattern: /^[ \t]*\|?[ \t:|-]*---[ \t:|-]*$/gm, speak: () => '' },
  { pattern: /[ \t]*\|[ \t]*/g, speak: () => ', ' },
  { pattern: /(\*\*|__|~~|`)(\S(?:.*?\S)?)\1/g, speak: ([, inner = '']) => inner },
  { pattern: /(?<![\w*])([*_])(\S(?:[^*_\n]*?\S)?)\1(?![\w*])/g, speak: ([, inner = '']) => inner },
  { pattern: /[\p{Extended_Pictographic}\p{Emoji_Modifier}\u{FE0F}\u{200D}]+/gu, speak: () => ' ' },
];

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' };

function speakAddress(address: string): string {
  return address
    .replace(/\/+$/, '')
    .replaceAll('@', ' at ')
    .replaceAll('.', ' dot ')
    .replaceAll('/', ' slash ')
    .replace(/[-_?=&#%+~:]+/g, ' ');
}
