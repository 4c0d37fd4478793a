import { type AdapterContext, boundTag } from './adapter.ts';
import { readAnswer, type TransportReport } from './transport.ts';
import { deadline } from './wait.ts';

/** A PLC answers a query within some scans. */
const QUERY_MS_MAX = 2_000;
const QUERY_POLL_MS = 50;

/**
 * Asks the PLC what became of a request; undefined when it does not say, or cannot be asked. Moves nothing. Rejects
 * when the device is silent.
 */
export function createTransportQuery({
  capability,
  tags,
  clock,
}: Omit<AdapterContext, 'places'>): (id: string) => Promise<TransportReport | undefined> {
  if (capability.bind?.queryId === undefined) return async () => undefined;
  const questionTag = boundTag(capability, 'queryId');
  const answerTags = ['queryAnswerId', 'queryStatus', 'queryLane'].map((role) => boundTag(capability, role));

  const askOnce = async (id: string): Promise<TransportReport | undefined> => {
    const written = await tags.write(questionTag, id);
    if (written.state !== 'verified') return undefined;
    const limit = deadline(clock, QUERY_MS_MAX);
    do {
      const answer = readAnswer(id, await tags.readNow(answerTags));
      if (answer !== undefined) return answer;
      await new Promise<void>((resolve) => {
        clock.after(QUERY_POLL_MS, resolve);
      });
    } while (limit.leftMs() > 0);
    return undefined;
  };

  // One query at a time: there is one register for the question.
  let asking: Promise<unknown> = Promise.resolve();
  return (id) => {
    const answer = asking.then(() => askOnce(id));
    asking = answer.catch(() => undefined);
    return answer;
  };
}
