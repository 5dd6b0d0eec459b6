import type { Finding } from './problem.ts';
import { type ReadYaml, readYaml } from './read-yaml.ts';
import { entriesAround, type TextEntry, withoutValue } from './text-entries.ts';

/** A YAML text read as far as it is sound. */
export interface IntactParts extends Pick<ReadYaml, 'document' | 'findings'> {
  /** False for a finding inside an entry whose syntax is broken: it would only be a consequence. */
  readonly isIntact: (found: Finding) => boolean;
}

interface Repair {
  readonly entry: TextEntry;
  readonly text: string;
  readonly read: ReadYaml;
  /** Where the first syntax error is now. */
  readonly nextErrorAt: number;
}

/** What reading again may cost in all, in the unit of {@link ReadYaml.cost}. */
const maxCost = 100_000;

/**
 * Reads a YAML text. Where its syntax is broken, the smallest entry whose value must go to mend the first error is
 * blanked out (its key stays) and the rest is read again, so that one mistake gives one finding and hides no other.
 * Offsets stay those of `text`. Without a `document` nothing could be saved.
 */
export function readIntactParts(text: string): IntactParts {
  const first = readYaml(text);
  const findings: Finding[] = [];
  const blanked: TextEntry[] = [];
  const isIntact = ({ offset }: Finding) =>
    !blanked.some(({ start, end }) => start <= offset && offset < end);
  let read = first;
  let current = text;
  let budget = maxCost;
  for (;;) {
    const error = read.findings.find(isSyntaxError);
    if (error === undefined) {
      const intact = read.findings.filter(isIntact);
      return { document: read.document, findings: [...findings, ...intact], isIntact };
    }
    const entries = entriesAround(current, error.offset).slice(0, Math.floor(budget / first.cost));
    budget -= entries.length * first.cost;
    const repair = bestRepair(current, error, entries);
    if (repair === undefined)
      return { document: undefined, findings: [...findings, ...read.findings], isIntact };
    findings.push(atMistake(error, repair.entry));
    blanked.push(repair.entry);
    ({ text: current, read } = repair);
  }
}

/** The repair after which the text can be read furthest; of equals the one that takes least away. */
function bestRepair(text: string, error: Finding, entries: readonly TextEntry[]): Repair | undefined {
  const repairs = entries.map((entry): Repair => {
    const repaired = withoutValue(text, entry);
    const read = readYaml(repaired);
    const nextErrorAt = read.findings.find(isSyntaxError)?.offset ?? Number.POSITIVE_INFINITY;
    return { entry, text: repaired, read, nextErrorAt };
  });
  const [best] = repairs
    .filter(({ entry, text: repaired, nextErrorAt }) => {
      return repaired !== text && nextErrorAt > error.offset && nextErrorAt >= entry.end;
    })
    .sort((a, b) =>
      a.nextErrorAt === b.nextErrorAt ? length(a) - length(b) : b.nextErrorAt - a.nextErrorAt,
    );
  return best;
}

function length({ entry }: Repair): number {
  return entry.end - entry.start;
}

/** An error that shows only after the entry that causes it is reported at the value of that entry. */
function atMistake(error: Finding, entry: TextEntry): Finding {
  const isInside = entry.start <= error.offset && error.offset < entry.end;
  return isInside ? error : { ...error, offset: entry.valueStart };
}

function isSyntaxError({ code }: Finding): boolean {
  return code === 'config.syntax' || code === 'config.more_syntax';
}
