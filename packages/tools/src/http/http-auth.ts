import type { DeclarationProblem } from '../declared/declaration-problem.ts';

/** How requests say who makes them; one of the four. */
export interface HttpAuthDeclaration {
  readonly bearer?: string | undefined;
  readonly basic?: { readonly user: string; readonly password: string } | undefined;
  readonly header?: { readonly name: string; readonly value: string } | undefined;
  readonly query?: { readonly name: string; readonly value: string } | undefined;
}

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
  if (authSecrets(auth).some((value) => value.includes('{{'))) {
    problems.push({ field, problem: 'it holds a slot; what says who asks is never filled from arguments' });
  }
  if (Object.values(authHeaders(auth)).some((value) => /[^\t\x20-\x7e\x80-\xff]/.test(value))) {
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
): void {
  if (auth === undefined) return;
  for (const [name, value] of Object.entries(authHeaders(auth))) headers.set(name, value);
  if (auth.query !== undefined) url.searchParams.set(auth.query.name, auth.query.value);
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
