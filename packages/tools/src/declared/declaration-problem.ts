/** A mistake in the declaration of a tool; `field` is its path inside the tool, such as `http.url`. */
export interface DeclarationProblem {
  readonly field: string;
  readonly problem: string;
}
