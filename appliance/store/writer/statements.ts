import { ApplianceError } from '#contracts/errors.ts';
import type { StoreModule } from '#contracts/store.ts';
import type { Db, Statement } from '../database.ts';

export type Statements = ReadonlyMap<string, Statement>;

/**
 * Compiles the named statements once, so that a misspelled column is found at the start and not at night.
 *
 * Errors: STORE_UNFIT when one does not compile, writes another module's table, or reads and writes at once.
 */
export function compileWrites(db: Db, modules: readonly StoreModule[]): Statements {
  const owners = tableOwners(db);
  return compile(db, modules, 'writes', (statement, module, sql) => {
    if (statement.readonly) return 'it changes nothing and belongs under reads';
    const foreign = writtenTables(db, sql, owners).find(({ module: owner }) => owner !== module);
    return foreign === undefined ? null : `it writes ${foreign.table}, which is ${foreign.module}'s`;
  });
}

export function compileReads(db: Db, modules: readonly StoreModule[]): Statements {
  return compile(db, modules, 'reads', (statement) =>
    statement.readonly && statement.reader ? null : 'it does not return rows, or it changes some',
  );
}

function compile(
  db: Db,
  modules: readonly StoreModule[],
  kind: 'reads' | 'writes',
  problemOf: (statement: Statement, module: string, sql: string) => string | null,
): Statements {
  const compiled = new Map<string, Statement>();
  for (const module of modules) {
    for (const [name, sql] of Object.entries(module[kind])) {
      const statement = prepare(db, `${module.name}.${name}`, sql);
      const problem = problemOf(statement, module.name, sql);
      if (problem !== null) throw unfit(`${module.name}.${name}`, problem);
      compiled.set(`${module.name}.${name}`, statement);
    }
  }
  return compiled;
}

function prepare(db: Db, name: string, sql: string): Statement {
  try {
    return db.prepare(sql);
  } catch (error) {
    throw unfit(name, String(error), error);
  }
}

const unfit = (name: string, problem: string, cause?: unknown): ApplianceError =>
  new ApplianceError(
    'STORE_UNFIT',
    { problem: `statement ${name}: ${problem}`, cure: 'This is a fault of the program; report it.' },
    { cause },
  );

interface Owned {
  readonly table: string;
  readonly module: string;
}

/** Root page of every table and index, and whose it is. */
function tableOwners(db: Db): ReadonlyMap<number, Owned> {
  const rows = db
    .prepare(
      `SELECT s.rootpage AS page, s.tbl_name AS "table", coalesce(t.module, 'store') AS module
       FROM sqlite_schema s LEFT JOIN store_tables t ON t.name = s.tbl_name WHERE s.rootpage > 0`,
    )
    .all() as (Owned & { page: number })[];
  return new Map(rows.map(({ page, table, module }) => [page, { table, module }]));
}

// better-sqlite3 13 has it, its types do not yet: EXPLAIN without having to bind every parameter.
type ExplainingDb = Db & { explain(sql: string): { opcode: string; p1: number; p2: number }[] };

/**
 * Tables that a statement can write, read off its compiled program: the program cannot be fooled by quoting,
 * views or triggers, as a look at the text could.
 */
function writtenTables(db: Db, sql: string, owners: ReadonlyMap<number, Owned>): readonly Owned[] {
  const program = (db as ExplainingDb).explain(sql);
  const pages = program.flatMap(({ opcode, p1, p2 }) => {
    if (opcode === 'OpenWrite') return [p2];
    return opcode === 'Clear' ? [p1] : [];
  });
  return pages.flatMap((page) => owners.get(page) ?? []);
}
