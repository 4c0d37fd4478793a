import { request } from 'undici';
import { type DemoFault, type DemoFaultId, demoFaults } from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { SiteFile } from '#contracts/site-file.ts';

/** Which program carries out a fault. */
const programOf = (fault: DemoFaultId): 'sim' | 'region' => (fault.startsWith('uplink-') ? 'region' : 'sim');

export interface DemoPanel {
  faults(): readonly DemoFault[];
  set(fault: DemoFaultId, active: boolean, target?: string): Promise<DemoFault>;
  /**
   * Asks both programs again and again what is broken: it outlives a restart, and some faults mend themselves.
   * Returns what ends it.
   */
  follow(clock: Clock, log: Log): () => void;
  onChange(listener: () => void): void;
}

const TIMEOUT_MS = 3_000;
export const LOOK_MS = 2_000;

/** The demo panel: asks the simulated site and the stand-in region to break things. */
export function createDemoPanel(demo: NonNullable<SiteFile['demo']>): DemoPanel {
  const urls = { sim: demo.simUrl, region: demo.regionUrl };
  const known = new Map<DemoFaultId, DemoFault>(
    demoFaults.map((id) => [id, { id, active: false, target: null }]),
  );
  const listeners: (() => void)[] = [];

  function put(faults: readonly DemoFault[]): void {
    let changed = false;
    for (const fault of faults) {
      const before = known.get(fault.id);
      if (before === undefined || (before.active === fault.active && before.target === fault.target))
        continue;
      known.set(fault.id, { id: fault.id, active: fault.active, target: fault.target });
      changed = true;
    }
    if (changed) for (const listener of listeners) listener();
  }

  async function ask(program: 'sim' | 'region', path: string, body?: object): Promise<unknown> {
    const answer = await request(`${urls[program]}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    }).catch((cause: Error) => {
      throw new ApplianceError(
        'DEMO_PROGRAM_FAILED',
        { name: program, problem: cause.message, log: '.holdfast/' },
        { cause },
      );
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 400) {
      throw new ApplianceError('API_INVALID', {
        field: 'target',
        problem: text.slice(0, 300),
        cure: 'See GET /api/v1/robots for names.',
      });
    }
    return JSON.parse(text) as unknown;
  }

  /** One that is down says nothing: what was known of it stays, and the other is heard all the same. */
  async function lookAt(program: 'sim' | 'region', log: Log): Promise<void> {
    try {
      put(toFaults(await ask(program, '/faults')));
    } catch (error) {
      log.debug({ err: error, program }, 'what is broken could not be asked');
    }
  }

  return {
    faults: () => [...known.values()],
    async set(fault, active, target) {
      const answer = await ask(programOf(fault), `/faults/${fault}`, {
        active,
        ...(target === undefined ? {} : { target }),
      });
      put([toFault(fault, answer)]);
      return known.get(fault) ?? { id: fault, active, target: target ?? null };
    },
    follow(clock, log) {
      let isOver = false;
      let cancel = () => {};
      const look = async (): Promise<void> => {
        await Promise.all([lookAt('sim', log), lookAt('region', log)]);
        if (!isOver) cancel = clock.after(LOOK_MS, () => void look());
      };
      void look();
      return () => {
        isOver = true;
        cancel();
      };
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

function toFault(id: DemoFaultId, answer: unknown): DemoFault {
  const { active, target } = answer as { active?: unknown; target?: unknown };
  return { id, active: active === true, target: typeof target === 'string' ? target : null };
}

function toFaults(answer: unknown): readonly DemoFault[] {
  const { faults } = answer as { faults?: unknown };
  if (!Array.isArray(faults)) return [];
  return faults.flatMap((fault: { id?: unknown }) => {
    const id = demoFaults.find((known) => known === fault.id);
    return id === undefined ? [] : [toFault(id, fault)];
  });
}
