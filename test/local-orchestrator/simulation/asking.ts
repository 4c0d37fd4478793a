import type { TestSite } from '../../../local-orchestrator/test-kit/index.ts';

type Running = Awaited<ReturnType<TestSite['running']>>;

/** Asks until it is answered: a box that dies over a question is asked again when it is back. */
export async function answerOf<T>(site: TestSite, ask: (running: Running) => Promise<T>): Promise<T> {
  for (;;) {
    const running = await site.running();
    const answer = await Promise.race([ask(running), running.over.then(() => NO_ANSWER)]);
    if (answer !== NO_ANSWER) return answer as T;
  }
}
const NO_ANSWER = Symbol('the box died over it');
