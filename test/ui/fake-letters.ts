import type { FastifyInstance, FastifyRequest } from 'fastify';
import type {
  DeadLetter,
  RedriveDetail,
  RedriveMany,
  RedriveOne,
  RedrivePlanned,
} from '#contracts/dead-letters.ts';
import type { FakeAppliance } from './fake-appliance.ts';
import { letterRunbook, letterTask } from './fake-tasks.ts';
import { ago } from './fake-time.ts';
import { problem } from './fake-words.ts';

const api = '/api/v1';

const letter = (taskId: string, more: Partial<DeadLetter>): DeadLetter => ({
  taskId,
  sagaId: taskId.replace(/:t\d+$/, ''),
  correlationId: taskId.split(':')[1] ?? '',
  definition: 'pick-order',
  step: 'send',
  title: 'Send the robot',
  role: 'action',
  cause: 'retries-exhausted',
  reason: 'amr-1 did not answer',
  activity: 'MobileRobot.goTo@1',
  device: 'amr-1',
  attempts: 5,
  input: { target: 'amr-1', epoch: 3, args: { place: 'rack-2-9' } },
  openedAt: ago(1_900),
  closedAt: null,
  closedBy: null,
  decision: null,
  note: null,
  inputAfter: null,
  redriveId: null,
  ...more,
});

export const letters = (): DeadLetter[] => [
  letter('pick-order:536380:t7', {
    step: 'pick',
    title: 'Pick',
    cause: 'unknown-outcome',
    reason: 'the link broke while it picked',
    device: 'amr-3',
    attempts: 1,
  }),
  letter('pick-order:536381:t4', {}),
  letter('pick-order:536382:t4', { device: 'amr-4' }),
  letter('putaway:88:t2', {
    definition: 'putaway',
    step: 'book',
    title: 'Book the stock',
    cause: 'definition-broken',
    reason: 'steps.scan.output.sku is not there',
    activity: 'stock.book@1',
    device: null,
    attempts: 0,
    input: { sku: '22745', quantity: 6 },
  }),
];

const closed = (): DeadLetter[] => [
  letter('pick-order:536370:t4', {
    closedAt: ago(300),
    closedBy: 'marta',
    decision: 'retry',
    note: 'gripper repaired',
    inputAfter: { target: 'amr-1', epoch: 3, args: { place: 'rack-2-10' } },
  }),
];

export function letterRoutes(app: FastifyInstance, fake: FakeAppliance): void {
  let open = letters();
  const runs: RedriveDetail[] = [];
  const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;
  const isEmpty = () => fake.state.robots.length === 0;
  const missing = problem(404, 'SAGA_DEAD_LETTER_NOT_FOUND', 'There is no such dead letter', 'Look it up.');

  app.get(`${api}/dead-letters`, async (request) => {
    if (isEmpty()) return { deadLetters: [] };
    return {
      deadLetters: (request.query as { state?: string }).state === 'closed' ? closed() : open,
    };
  });
  app.get(`${api}/dead-letters/:id`, async (request, reply) => {
    const found = [...letters(), ...closed()].find(({ taskId }) => taskId === idOf(request));
    if (found === undefined) return reply.code(404).send(missing);
    const isOpen = open.some(({ taskId }) => taskId === found.taskId);
    const end = isOpen ? {} : { closedAt: found.closedAt ?? ago(1), closedBy: found.closedBy ?? 'jo' };
    return { ...found, ...end, runbook: letterRunbook(letterTask()) };
  });
  app.post(`${api}/dead-letters/:id/redrive`, async (request) => {
    const { input } = request.body as RedriveOne;
    const found = open.find(({ taskId }) => taskId === idOf(request));
    open = open.filter((one) => one !== found);
    return { ...found, closedAt: ago(0), closedBy: fake.session.user, inputAfter: input ?? null };
  });
  app.post(`${api}/redrives`, async (request, reply) => {
    const { filter, dryRun, reason, patch } = request.body as RedriveMany;
    const chosen = open.filter(
      ({ cause, device }) =>
        (filter.cause === undefined || cause === filter.cause) &&
        (filter.device === undefined || device === filter.device),
    );
    const planned = chosen.map(
      (one): RedrivePlanned => ({
        taskId: one.taskId,
        sagaId: one.sagaId,
        step: one.step,
        cause: one.cause,
        does: one.cause === 'unknown-outcome' ? 'ask' : 'retry',
        before: one.input,
        after: { ...(one.input as object), ...patch },
        problem: one.cause === 'definition-broken' ? 'the step is gone. Cancel it.' : null,
      }),
    );
    if (dryRun) return { planned };
    const left = planned.filter((one) => one.problem !== null);
    const run: RedriveDetail = {
      redriveId: `run-${runs.length + 1}`,
      by: fake.session.user,
      reason,
      filter,
      state: 'running',
      startedAt: ago(0),
      endedAt: null,
      total: planned.length,
      pending: planned.length - left.length,
      done: 0,
      left: left.length,
      letters: left.map(({ taskId, problem: detail }) => ({ taskId, state: 'left', detail })),
    };
    runs.unshift(run);
    return reply.code(202).send(run);
  });
  app.get(`${api}/redrives`, async () => {
    const answer = { redrives: runs.map(({ letters: _letters, ...run }) => ({ ...run })) };
    // Each look finds one more piece done.
    for (const run of runs) {
      if (run.pending === 0) continue;
      run.pending -= 1;
      run.done += 1;
      if (run.pending === 0) run.state = 'done';
    }
    return answer;
  });
  app.get(`${api}/redrives/:id`, async (request) => runs.find((run) => run.redriveId === idOf(request)));
  app.post(`${api}/redrives/:id/stop`, async (request) => {
    const run = runs.find((one) => one.redriveId === idOf(request));
    if (run !== undefined) {
      run.state = 'stopped';
      run.left += run.pending;
      run.pending = 0;
    }
    return run;
  });
}
