import type { ApproveCall } from '@antiphon/tools';

/** A call that somebody is asked about. */
interface Question {
  readonly text: string;
  readonly settle: (answer: 'yes' | 'no' | 'too late') => void;
}

/** The calls that whoever talks is asked about, one at a time: `y` agrees, `n` does not, other keys keep their meaning. */
export class CallQuestions {
  readonly #tell: (text: string) => void;
  readonly #open: Question[] = [];

  /** @param tell shows a question, and what became of it */
  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  /** Whether one is open. */
  get isAsking(): boolean {
    return this.#open.length > 0;
  }

  readonly approve: ApproveCall = ({ tool, arguments: values, signal }) => {
    if (signal.aborted) return false;
    return new Promise<boolean>((resolve) => {
      const text = `run ${tool} ${JSON.stringify(values)}? y or n`;
      const onAbort = (): void => question.settle('too late');
      const question: Question = {
        text,
        settle: (answer) => {
          signal.removeEventListener('abort', onAbort);
          this.#close(question, `${tool}: ${answer}`);
          resolve(answer === 'yes');
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#open.push(question);
      if (this.#open.length === 1) this.#tell(text);
    });
  };

  /** Takes a key. @returns whether it was an answer */
  press(key: string): boolean {
    const [question] = this.#open;
    const pressed = key.toLowerCase();
    if (question === undefined || (pressed !== 'y' && pressed !== 'n')) return false;
    question.settle(pressed === 'y' ? 'yes' : 'no');
    return true;
  }

  #close(question: Question, text: string): void {
    const wasFirst = this.#open[0] === question;
    this.#open.splice(this.#open.indexOf(question), 1);
    this.#tell(text);
    const [next] = this.#open;
    if (wasFirst && next !== undefined) this.#tell(next.text);
  }
}
