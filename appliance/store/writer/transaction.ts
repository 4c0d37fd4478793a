import { ApplianceError } from '#contracts/errors.ts';
import type { Crash } from '../crash-points.ts';
import type { Db } from '../database.ts';
import {
  ANY_CHANGES,
  type WireCommit,
  type WireEvent,
  type WireMark,
  type WireOp,
  type WireRun,
} from '../messages.ts';
import { faultOf, statementError } from '../sqlite-faults.ts';
import type { LogTable } from './log-table.ts';
import type { Statements } from './statements.ts';

/** `first`: offset of the commit's first event; meaningless when it appended none. */
export type Outcome =
  | { readonly done: true; readonly first: number }
  | { readonly done: false; readonly error: ApplianceError };

export interface TransactionParts {
  readonly db: Db;
  readonly log: LogTable;
  readonly statements: Statements;
  readonly crash: Crash;
}

/** Runs commits as one transaction: durable, all of them, when it returns. */
export type RunBatch = (commits: readonly WireCommit[]) => Outcome[];

/**
 * Group commit. Each commit has a savepoint, so that one with a conflict goes alone and leaves nothing, while
 * the others share one flush. Synchronous from begin to commit.
 *
 * Errors: throws what the disk or the file did (see `faultOf`); then nothing of the batch was kept.
 */
export function groupCommit({ db, log, statements, crash }: TransactionParts): RunBatch {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  const savepoint = db.prepare('SAVEPOINT one');
  const release = db.prepare('RELEASE one');
  const rollbackToSavepoint = db.prepare('ROLLBACK TO one');
  const applyAct = actApplier({ db, log, statements, crash });

  const runOne = ({ ops }: WireCommit): Outcome => {
    const end = log.end();
    savepoint.run();
    try {
      for (const act of actsOf(ops)) applyAct(act);
      release.run();
      crash('after-savepoint');
      return { done: true, first: end.head + 1 };
    } catch (error) {
      // SQLite ends the whole transaction by itself on some faults of the disk; then there is no savepoint.
      if (!(error instanceof ApplianceError) || !db.inTransaction) throw error;
      rollbackToSavepoint.run();
      release.run();
      log.restore(end);
      return { done: false, error };
    }
  };

  return (commits) => {
    const end = log.end();
    crash('before-begin');
    begin.run();
    try {
      crash('after-begin');
      const outcomes = commits.map(runOne);
      crash('before-commit');
      commit.run();
      return outcomes;
    } catch (error) {
      log.restore(end);
      // After a failed flush the file is not touched again, not even to roll back: see `faultOf`.
      if (faultOf(error) !== 'fatal' && db.inTransaction) rollback.run();
      throw error;
    }
  };
}

function actApplier({ db, log, statements, crash }: TransactionParts): (act: Act) => void {
  // A mark never moves backwards: a late one changes nothing, and is no error.
  const mark = db.prepare(
    `INSERT INTO marks (consumer, offset) VALUES (?, ?)
     ON CONFLICT (consumer) DO UPDATE SET offset = excluded.offset WHERE excluded.offset > marks.offset`,
  );
  // Only a consumer that has marked everything it was handed has nothing left before `to`.
  const skip = db.prepare(
    `INSERT INTO marks (consumer, offset) SELECT :consumer, :to
     WHERE :handed <= coalesce((SELECT offset FROM marks WHERE consumer = :consumer), 0)
     ON CONFLICT (consumer) DO UPDATE SET offset = excluded.offset WHERE excluded.offset > marks.offset`,
  );
  return (act) => {
    if (act.act === 'append') {
      guarded('store.append', () => log.append(act.events));
      return crash('after-append');
    }
    const { op } = act;
    switch (op[0]) {
      case 'run':
        run(statements, op);
        return crash('after-run');
      case 'mark':
        guarded('store.mark', () => {
          if (op[2] > log.end().head) throw markBehindEnd(op);
          mark.run(op[1], op[2]);
        });
        return crash('after-mark');
      case 'skip':
        guarded('store.skip', () => skip.run({ consumer: op[1], handed: op[2], to: op[3] }));
    }
  };
}

/** What is done at once: a run of events, or one other op. */
type Act =
  | { readonly act: 'append'; readonly events: readonly WireEvent[] }
  | { readonly act: 'other'; readonly op: Exclude<WireOp, WireEvent> };

function actsOf(ops: readonly WireOp[]): Act[] {
  const acts: Act[] = [];
  let events: WireEvent[] = [];
  for (const op of ops) {
    if (op[0] !== 'append') {
      events = [];
      acts.push({ act: 'other', op });
      continue;
    }
    if (events.length === 0) acts.push({ act: 'append', events });
    events.push(op);
  }
  return acts;
}

const markBehindEnd = ([, consumer, to]: WireMark): ApplianceError =>
  new ApplianceError('STORE_STATEMENT', {
    statement: 'store.mark',
    problem: `${consumer} would move to ${to}, behind the end of the log`,
  });

function run(statements: Statements, [, name, params, wanted]: WireRun): void {
  const statement = statements.get(name);
  if (statement === undefined) {
    throw new ApplianceError('STORE_STATEMENT', { statement: name, problem: 'no module brings it' });
  }
  const { changes } = guarded(name, () => statement.run(params), wanted);
  if (wanted !== ANY_CHANGES && changes !== wanted) {
    throw new ApplianceError('STORE_CONFLICT', { statement: name, got: changes, wanted });
  }
}

/** Turns what is the commit's own fault into an answer for it, and lets what is the disk's rise. */
function guarded<T>(statement: string, act: () => T, wanted = 1): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof ApplianceError || faultOf(error) !== 'commit') throw error;
    throw statementError(statement, error, wanted);
  }
}
