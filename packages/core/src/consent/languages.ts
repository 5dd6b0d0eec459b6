import type { ConsentPhrases, ConsentWords } from './consent-words.ts';
import { english } from './english.ts';
import { german } from './german.ts';

/** The languages that are known without being told, by their ISO 639-1 code. */
export const builtInLanguages: Readonly<Record<string, ConsentWords>> = { en: english, de: german };

/** What is told of a language: added to what is known of it, phrases in place of those. */
export interface ConsentWordsChange {
  readonly yes?: readonly string[] | undefined;
  readonly no?: readonly string[] | undefined;
  readonly unclear?: readonly string[] | undefined;
  readonly conditions?: readonly string[] | undefined;
  readonly filler?: readonly string[] | undefined;
  readonly phrases?:
    | { readonly [Name in keyof ConsentPhrases]?: ConsentPhrases[Name] | undefined }
    | undefined;
}

const nothingKnown: ConsentWords = {
  yes: [],
  no: [],
  unclear: [],
  conditions: [],
  filler: [],
  phrases: english.phrases,
};

/** The words of a language such as `de` or `de-AT`; undefined when nothing is known of it. */
export function consentWords(
  language: string,
  told: Readonly<Record<string, ConsentWordsChange>> = {},
): ConsentWords | undefined {
  const [primary = ''] = language.toLowerCase().split(/[-_]/);
  const known = Object.hasOwn(builtInLanguages, primary) ? builtInLanguages[primary] : undefined;
  const changes = Object.entries(told).flatMap(([name, change]) =>
    [language.toLowerCase(), primary].includes(name.toLowerCase()) ? [change] : [],
  );
  if (known === undefined && changes.length === 0) return undefined;
  return changes.reduce(changed, known ?? nothingKnown);
}

function changed(words: ConsentWords, change: ConsentWordsChange): ConsentWords {
  const stated = Object.entries(change.phrases ?? {}).filter(([, phrase]) => phrase !== undefined);
  return {
    ...words,
    yes: [...words.yes, ...(change.yes ?? [])],
    no: [...words.no, ...(change.no ?? [])],
    unclear: [...words.unclear, ...(change.unclear ?? [])],
    conditions: [...words.conditions, ...(change.conditions ?? [])],
    filler: [...words.filler, ...(change.filler ?? [])],
    phrases: { ...words.phrases, ...Object.fromEntries(stated) },
  };
}
