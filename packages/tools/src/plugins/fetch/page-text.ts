import type { HtmlToTextOptions } from 'html-to-text';

/** Longest page that is read, in characters of HTML. */
const maxHtmlLength = 1024 * 1024;

const skipped = ['nav', 'footer', 'aside', 'form', 'svg', 'button', 'noscript', 'template', 'iframe'];

const options: HtmlToTextOptions = {
  wordwrap: false,
  limits: { maxInputLength: maxHtmlLength, maxDepth: 200, ellipsis: '…' },
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    ...skipped.map((selector) => ({ selector, format: 'skip' })),
    { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } },
  ],
};

/** Loaded with the first page: most programs read none. */
let converter: Promise<(html: string) => string> | undefined;

/** A web page as it reads. */
export interface PageText {
  readonly title: string | undefined;
  readonly text: string;
}

/** The title and the text of a page, without what is not read: menus, scripts, addresses of links. */
export async function pageText(html: string): Promise<PageText> {
  converter ??= import('html-to-text').then(({ compile }) => compile(options));
  const convert = await converter;
  const title = /<title[^>]*>([^<]{1,300})<\/title>/i.exec(html.slice(0, 20_000))?.[1];
  return {
    title: title === undefined ? undefined : convert(title).replaceAll(/\s+/g, ' ').trim(),
    text: convert(html)
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim(),
  };
}
