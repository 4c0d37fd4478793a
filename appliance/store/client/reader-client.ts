import { ApplianceError } from '#contracts/errors.ts';
import { READS_IN_FLIGHT_MAX, READS_WAITING_MAX } from '../limits.ts';
import type { FromReader, ReadRequest, ToReader } from '../messages.ts';
import type { Port } from '../port.ts';
import { asError } from '../wire-error.ts';
import { createGate } from './gate.ts';

export interface ReaderClient {
  /** The port to the reader has come. */
  connect(port: Port): void;
  read<T>(request: ReadRequest): Promise<T>;
  close(error: Error): void;
}

/** Asks the reader. Requests made before its port has come wait for it. */
export function createReaderClient(): ReaderClient {
  const gate = createGate<unknown>({
    what: 'reads',
    inFlightMax: READS_IN_FLIGHT_MAX,
    bytesInFlightMax: Number.POSITIVE_INFINITY,
    waitingMax: READS_WAITING_MAX,
    bytesWaitingMax: Number.POSITIVE_INFINITY,
  });
  const early: ToReader[] = [];
  let port: Port | undefined;
  let lastId = 0;

  const send = (message: ToReader): void => {
    if (port === undefined) {
      early.push(message);
      return;
    }
    try {
      port.postMessage(message);
    } catch (error) {
      // Parameters that cannot cross to another thread, such as a function.
      gate.refuse(message.id, unsendable(message.request, error));
    }
  };

  return {
    connect(given) {
      port = given;
      given.on('message', (message: FromReader) => {
        if ('error' in message) gate.refuse(message.id, asError(message.error));
        else gate.answer(message.id, message.value);
      });
      for (const message of early.splice(0)) send(message);
    },
    read<T>(request: ReadRequest) {
      lastId += 1;
      const message = { id: lastId, request };
      // What the reader answers to a request has the type that `ReadRequest` says; see answer-read.ts.
      return gate.pass(lastId, 0, () => send(message)) as Promise<T>;
    },
    close(error) {
      gate.close(error);
      port?.close();
    },
  };
}

const unsendable = (request: ReadRequest, error: unknown): ApplianceError =>
  new ApplianceError('STORE_STATEMENT', {
    statement: request.read === 'query' ? request.statement : request.read,
    problem: String(error),
  });
