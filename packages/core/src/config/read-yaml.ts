import { Composer, type CST, type Document, Lexer, type ParsedNode, Parser } from 'yaml';
import { type Finding, finding, shorten } from './problem.ts';
import { yamlLimits } from './yaml-limits.ts';

/** A YAML text read without exhausting the process. Without `document` nothing of it can be trusted. */
export interface ReadYaml {
  readonly document: Document.Parsed | undefined;
  readonly findings: readonly Finding[];
  /** What reading it once more would cost, in the unit of `yamlLimits.maxLexemes`. */
  readonly cost: number;
}

/** Ends reading at once; `finding` says why. */
class StopReading extends Error {
  readonly finding: Finding;
  constructor(reason: Finding) {
    super(reason.code);
    this.finding = reason;
  }
}

/**
 * Reads one YAML 1.2 document within {@link yamlLimits}. Never throws.
 *
 * The limits are checked before the library composes, which recurses: deep input can abort the whole process there.
 * Reading ends after the first 20 syntax errors, since each costs more than the last.
 */
export function readYaml(text: string): ReadYaml {
  const findings: Finding[] = [];
  const cost = { lexemes: 0 };
  const result = (document: Document.Parsed | undefined): ReadYaml => {
    return { document, findings, cost: cost.lexemes + text.length / 4 };
  };
  try {
    const lexemes = splitLexemes(text);
    cost.lexemes = lexemes.length;
    return result(compose(parse(lexemes), text, findings));
  } catch (error) {
    findings.push(error instanceof StopReading ? error.finding : unreadable(error));
    return result(undefined);
  }
}

function splitLexemes(text: string): readonly string[] {
  const byteLength = utf8Length(text);
  if (byteLength > yamlLimits.maxBytes) {
    const data = { byte_length: byteLength, max_bytes: yamlLimits.maxBytes };
    throw new StopReading(finding(atOffset(0), 'config.too_large', data));
  }
  const lexemes: string[] = [];
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    lexemes.push(lexeme);
    offset += widthOf(lexeme);
    if (lexemes.length > yamlLimits.maxLexemes) {
      const limit = `${yamlLimits.maxLexemes} words, marks and line ends`;
      throw new StopReading(finding(atOffset(offset), 'config.too_many_nodes', { limit }));
    }
  }
  return lexemes;
}

function parse(lexemes: readonly string[]): readonly CST.Token[] {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let offset = 0;
  for (const lexeme of lexemes) {
    tokens.push(...parser.next(lexeme));
    offset += widthOf(lexeme);
    if (parser.stack.length > yamlLimits.maxOpenCollections) {
      throw new StopReading(finding(atOffset(offset), 'config.too_deep', { max_depth: yamlLimits.maxDepth }));
    }
  }
  return [...tokens, ...parser.end()];
}

/** Composes the first document; the composer holds it until `end`. */
function compose(
  tokens: readonly CST.Token[],
  text: string,
  findings: Finding[],
): Document.Parsed | undefined {
  const onError = (offset: number, code: string, message: string) => {
    if (findings.length >= yamlLimits.maxSyntaxErrors) {
      const data = { max_errors: yamlLimits.maxSyntaxErrors };
      throw new StopReading(finding(atOffset(offset), 'config.more_syntax', data));
    }
    const blanks =
      code === 'TAB_AS_INDENT' ? 0 : (/^ */.exec(text.slice(offset, offset + 100))?.[0].length ?? 0);
    findings.push(syntaxFinding(offset + blanks, code, message));
  };
  const composer = boundedComposer(onError);
  let composed = false;
  let directives = 0;
  for (const token of tokens) {
    if (token.type === 'error') onError(token.offset, 'UNEXPECTED_TOKEN', token.message);
    if (token.type === 'document' && composed) {
      findings.push(finding(atOffset(token.offset), 'config.multiple_documents', {}));
      break;
    }
    if (token.type === 'directive' && ++directives > yamlLimits.maxDirectives) {
      onError(token.offset, 'BAD_DIRECTIVE', 'Too many directives');
      break;
    }
    if (token.type === 'document' || token.type === 'directive') Array.from(composer.next(token));
    composed ||= token.type === 'document';
  }
  const [document] = composer.end(true, text.length);
  return document;
}

type ErrorSource = number | readonly [number, number, number?] | { readonly offset: number };

/** The composer has no public way to end early or to leave out its error objects, whose stack traces are slow. */
function boundedComposer(
  report: (offset: number, code: string, message: string) => void,
): Composer<ParsedNode> {
  const composer = new Composer<ParsedNode>({
    version: '1.2',
    schema: 'core',
    merge: false,
    prettyErrors: false,
    uniqueKeys: false,
    strict: true,
  });
  composer['onError'] = (source: ErrorSource, code: string, message: string) => {
    const offset = typeof source === 'number' ? source : 'offset' in source ? source.offset : source[0];
    report(offset, code, message);
  };
  return composer;
}

function syntaxFinding(offset: number, code: string, message: string): Finding {
  if (code === 'TAG_RESOLVE_FAILED') {
    const tag = /tag:? ?([^\s]+)/i.exec(message)?.[1] ?? '!';
    return finding(atOffset(offset), 'config.unknown_tag', { tag: shorten(tag, 60) });
  }
  const reason = shorten(message.split('\n')[0] ?? message, 160);
  return finding(atOffset(offset), 'config.syntax', { reason, advice: syntaxAdvice(code, message) });
}

function syntaxAdvice(code: string, message: string): string {
  if (message.startsWith('Flow ')) return 'Close the bracket or brace, and indent what is inside.';
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'Indent with spaces.';
    case 'BAD_SCALAR_START':
      return 'Put quotes round the text.';
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return 'Put quotes round a text that holds ": ", and check the indentation.';
    case 'BAD_INDENT':
      return 'Give every key of one mapping the same indentation.';
    case 'BAD_DQ_ESCAPE':
      return 'Use single quotes, or double the backslash.';
    case 'BLOCK_IN_FLOW':
      return 'Inside [ ] and { } separate entries by commas, on any indentation.';
    case 'MISSING_CHAR':
      return /quote/.test(message)
        ? 'Close the quote.'
        : 'Add the missing character, or close the bracket, brace or quote opened before.';
    default:
      return 'Check brackets, quotes and indentation here and in the line above.';
  }
}

function unreadable(error: unknown): Finding {
  const reason = shorten(error instanceof Error ? error.message : String(error), 160);
  return finding(atOffset(0), 'config.syntax', { reason, advice: 'Check brackets, quotes and indentation.' });
}

function atOffset(offset: number) {
  return { offset, path: [] };
}

/** Of the marks that the lexer puts between pieces (document start, flow end, scalar to come) none is in the text. */
function widthOf(lexeme: string): number {
  return lexeme === '\u0002' || lexeme === '\u0018' || lexeme === '\u001f' ? 0 : lexeme.length;
}

/** Bytes of the text in UTF-8. A lone surrogate counts as the 3 bytes of the replacement character. */
function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
