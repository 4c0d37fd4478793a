import { ApplianceError } from '#contracts/errors.ts';
import type { SqlParams } from '#contracts/store.ts';
import type { HistoryReader } from '../history/read-history.ts';
import { QUERY_ROWS_MAX } from '../limits.ts';
import type { ReadRequest } from '../messages.ts';
import { faultOf, statementError } from '../sqlite-faults.ts';
import type { Statements } from '../writer/statements.ts';
import type { LogReader } from './read-log.ts';

export interface ReadParts {
  readonly dir: string;
  readonly statements: Statements;
  readonly log: LogReader;
  readonly history: HistoryReader;
}

/** The answer to one read. Synchronous: when it returns, no snapshot is held. */
export function answerRead({ dir, statements, log, history }: ReadParts, request: ReadRequest): unknown {
  try {
    switch (request.read) {
      case 'query':
        return query(statements, request.statement, request.params);
      case 'log':
        return log.slice(request);
      case 'tally':
        return log.tally(request.after, request.through);
      case 'head':
        return log.head();
      case 'mark':
        return log.mark(request.consumer);
      case 'samples':
        return history.samples(request);
      case 'windows':
        return history.windows(request);
    }
  } catch (error) {
    if (error instanceof ApplianceError) throw error;
    if (faultOf(error) === 'commit') throw statementError(nameOf(request), error, 0);
    throw new ApplianceError('STORE_IO', { dir, problem: String(error) }, { cause: error });
  }
}

export const nameOf = (request: ReadRequest): string =>
  request.read === 'query' ? request.statement : `store.${request.read}`;

function query(statements: Statements, name: string, params: SqlParams): unknown[] {
  const statement = statements.get(name);
  if (statement === undefined) {
    throw new ApplianceError('STORE_STATEMENT', { statement: name, problem: 'no module brings it' });
  }
  const rows: unknown[] = [];
  for (const row of statement.iterate(params)) {
    if (rows.length === QUERY_ROWS_MAX) {
      const what = `The answer of ${name}`;
      throw new ApplianceError('STORE_TOO_LARGE', { what, got: 'more rows', max: QUERY_ROWS_MAX });
    }
    rows.push(row);
  }
  return rows;
}
