import { answeredError } from '../answered-error.ts';
import { callerSlots, isCallerSlot } from '../declared/caller-values.ts';
import type { DeclarationProblem } from '../declared/declaration-problem.ts';
import { fillTemplate, readTemplate, type SlotValues, slotNames } from '../declared/template.ts';

/** How requests say who makes them; one of the four. Values may hold slots such as `{{caller.key}}`, and no others. */
export interface HttpAuthDeclaration {
  readonly bearer?: string | undefined;
  readonly basic?: { readonly user: string; readonly password: string } | undefined;
  readonly header?: { readonly name: string; readonly value: string } | undefined;
  readonly query?: { readonly name: string; readonly value: string } | undefined;
}

const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** What is wrong with a declaration; `field` is where it stands. */
export function authProblems(
  auth: HttpAuthDeclaration | undefined,
  field: string,
): readonly DeclarationProblem[] {
  if (auth === undefined) return [];
  const problems: DeclarationProblem[] = [];
  if (auth.header !== undefined && !headerName.test(auth.header.name)) {
    problems.push({
      field: `${field}.header.name`,
      problem: `"${auth.header.name}" is not the name of a header`,
    });
  }
  if (authTexts(auth).some((value) => value.includes('{{') && !isOfCaller(value))) {
    problems.push({ field, problem: 'it holds a slot; what says who asks is never filled from arguments' });
  }
  if (Object.values(authHeaders(auth)).some((value) => !headerValue.test(value))) {
    problems.push({ field, problem: 'it holds characters a header cannot carry' });
  }
  return problems;
}

/** The headers of a declaration. */
export function authHeaders({
  bearer,
  basic,
  header,
}: HttpAuthDeclaration): Readonly<Record<string, string>> {
  if (bearer !== undefined) return { authorization: `Bearer ${bearer}` };
  if (basic !== undefined) return { authorization: `Basic ${base64(`${basic.user}:${basic.password}`)}` };
  return header === undefined ? {} : { [header.name]: header.value };
}

/** Adds to a request who makes it; arguments cannot override it. */
export function addAuth(
  { headers, url }: { readonly headers: Headers; readonly url: URL },
  auth: HttpAuthDeclaration | undefined,
  values: SlotValues,
): void {
  if (auth === undefined) return;
  const filled = fillAuth(auth, values);
  for (const [name, value] of Object.entries(authHeaders(filled))) {
    if (!headerValue.test(value)) {
      throw answeredError('tool.http_argument', { argument: 'caller', problem: 'a header cannot carry it' });
    }
    headers.set(name, value);
  }
  if (filled.query !== undefined) url.searchParams.set(filled.query.name, filled.query.value);
}

/** The same with its slots filled. */
export function fillAuth(auth: HttpAuthDeclaration, values: SlotValues): HttpAuthDeclaration {
  return mapAuth(auth, (text) => fillTemplate(readTemplate(text), values) ?? '');
}

/** The slots that stand in it. */
export function authSlots(auth: HttpAuthDeclaration | undefined): readonly string[] {
  return authTexts(auth).flatMap(callerSlots);
}

/** The same with each value written anew; names of headers and parameters stay. */
function mapAuth(
  { bearer, basic, header, query }: HttpAuthDeclaration,
  write: (text: string) => string,
): HttpAuthDeclaration {
  return {
    ...(bearer === undefined ? {} : { bearer: write(bearer) }),
    ...(basic === undefined ? {} : { basic: { user: write(basic.user), password: write(basic.password) } }),
    ...(header === undefined ? {} : { header: { name: header.name, value: write(header.value) } }),
    ...(query === undefined ? {} : { query: { name: query.name, value: write(query.value) } }),
  };
}

/** Whether all slots of a text are filled by the application. */
function isOfCaller(text: string): boolean {
  const slots = slotNames(readTemplate(text));
  return slots.length > 0 && slots.every(isCallerSlot);
}

function authTexts(auth: HttpAuthDeclaration | undefined): readonly string[] {
  const { bearer, basic, header, query } = auth ?? {};
  return [bearer, basic?.user, basic?.password, header?.value, query?.value].filter(
    (text) => text !== undefined,
  );
}

/** The values that must not be shown. */
export function authSecrets(auth: HttpAuthDeclaration | undefined): readonly string[] {
  const { bearer, basic, header, query } = auth ?? {};
  return [
    bearer,
    basic?.password,
    basic === undefined ? undefined : base64(`${basic.user}:${basic.password}`),
    header?.value,
    query?.value,
  ].filter((value) => value !== undefined);
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
