import type { StreamNews } from '../program/stream-news.ts';

const mark = 'antiphon: ';

/** A line of news, among the lines that libraries of the system write. */
export function formatNews(news: StreamNews): string {
  return `${mark}${JSON.stringify(news)}\n`;
}

/** The news in a line; a line of a library is all else. */
export function parseNativeNews(line: string): StreamNews | undefined {
  if (line.startsWith(mark)) return JSON.parse(line.slice(mark.length)) as StreamNews;
  // Sound libraries complain of every device that they try in vain.
  return undefined;
}
