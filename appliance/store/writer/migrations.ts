import { hash } from 'node:crypto';
import { ApplianceError } from '#contracts/errors.ts';
import type { StoreModule } from '#contracts/store.ts';
import type { Crash } from '../crash-points.ts';
import type { Db } from '../database.ts';

interface Applied {
  readonly position: number;
  readonly checksum: string;
}

export type MigrationPlan =
  | { readonly plan: 'apply'; readonly from: number }
  | { readonly plan: 'refuse'; readonly problem: string; readonly cure: string };

export const migrationChecksum = (sql: string): string => hash('sha256', sql, 'hex');

/** Compares what a module wants with what was applied. */
export function planMigrations(module: StoreModule, applied: readonly Applied[]): MigrationPlan {
  if (applied.length > module.migrations.length) {
    return {
      plan: 'refuse',
      problem: `module ${module.name} is at version ${applied.length}, this program knows ${module.migrations.length}`,
      cure: 'The data belongs to a newer program: start that one, or restore the backup made before it.',
    };
  }
  for (const { position, checksum } of applied) {
    const sql = module.migrations[position - 1];
    if (sql !== undefined && migrationChecksum(sql) === checksum) continue;
    return {
      plan: 'refuse',
      problem: `migration ${position} of module ${module.name} was edited after it had been applied`,
      cure: 'Restore the migration as it was and put the change into a new one behind it.',
    };
  }
  return { plan: 'apply', from: applied.length };
}

/**
 * Brings every module's tables to where this program wants them. Each migration is a transaction of its own,
 * together with its record, so that a crash leaves either both or neither.
 *
 * Errors: STORE_UNFIT for an edited or unknown migration, and for one that fails.
 */
export function applyMigrations(db: Db, modules: readonly StoreModule[], at: string, crash: Crash): void {
  checkNames(modules);
  for (const module of modules) {
    const applied = db
      .prepare('SELECT position, checksum FROM store_migrations WHERE module = ? ORDER BY position')
      .all(module.name) as Applied[];
    const plan = planMigrations(module, applied);
    if (plan.plan === 'refuse') throw new ApplianceError('STORE_UNFIT', plan);
    module.migrations.slice(plan.from).forEach((sql, index) => {
      applyOne(db, module.name, { sql, position: plan.from + index + 1, at }, crash);
    });
  }
}

function applyOne(
  db: Db,
  module: string,
  migration: { sql: string; position: number; at: string },
  crash: Crash,
): void {
  try {
    db.transaction(() => {
      db.exec(migration.sql);
      crash('in-migration');
      // Tables that nobody owns yet were made just now: from here on they are this module's.
      db.prepare(
        `INSERT INTO store_tables (name, module)
         SELECT name, ? FROM sqlite_schema
         WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN (SELECT name FROM store_tables)
           AND name NOT IN ('store_migrations', 'store_tables', 'store_state')`,
      ).run(module);
      db.prepare('INSERT INTO store_migrations VALUES (?, ?, ?, ?)').run(
        module,
        migration.position,
        migrationChecksum(migration.sql),
        migration.at,
      );
    }).immediate();
  } catch (error) {
    const problem = `migration ${migration.position} of module ${module} failed: ${String(error)}`;
    const cure = 'Nothing of it was kept. Start the program that worked before, and report the fault.';
    throw new ApplianceError('STORE_UNFIT', { problem, cure }, { cause: error });
  }
}

function checkNames(modules: readonly StoreModule[]): void {
  const seen = new Set<string>();
  for (const { name } of modules) {
    if (/^[a-z][a-z0-9-]*$/.test(name) && !seen.has(name)) {
      seen.add(name);
      continue;
    }
    const problem = `module name "${name}" is taken or not kebab-case`;
    throw new ApplianceError('STORE_UNFIT', { problem, cure: 'Give each module a name of its own.' });
  }
}
