import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Task } from '#contracts/api.ts';
import type { TaskRunbook } from '#contracts/runbooks.ts';
import type { TaskAuditEntry, TaskPage } from '#contracts/tasks-api.ts';
import type { FakeAppliance } from './fake-appliance.ts';
import { ago } from './fake-time.ts';
import { problem } from './fake-words.ts';

const api = '/api/v1';
const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();

const resting = (): Pick<
  Task,
  | 'state'
  | 'role'
  | 'assignee'
  | 'respondBy'
  | 'level'
  | 'form'
  | 'suggestion'
  | 'image'
  | 'claimedBy'
  | 'decidedBy'
  | 'decision'
> => ({
  state: 'offered',
  role: 'operator',
  assignee: null,
  respondBy: inMinutes(8),
  level: 0,
  form: null,
  suggestion: null,
  image: null,
  claimedBy: null,
  decidedBy: null,
  decision: null,
});

/** A shelf to be counted: its answer is a form with rows. */
export const countTask = (): Task => ({
  ...resting(),
  taskId: 'count-1',
  sagaId: 'cycle-count:17',
  orderId: null,
  kind: 'count',
  title: 'Count rack-2-9',
  text: 'Count what lies there. Nobody tells you what the books say.',
  decisions: [
    { id: 'counted', label: 'Counted', tone: 'primary', needsNote: false },
    { id: 'cannot', label: 'It cannot be counted', tone: 'danger', needsNote: true },
  ],
  context: [{ label: 'Place', value: 'rack-2-9' }],
  form: {
    type: 'object',
    additionalProperties: false,
    required: ['lines', 'clean', 'state', 'tare'],
    properties: {
      lines: {
        type: 'array',
        title: 'Counted',
        maxItems: 200,
        items: {
          type: 'object',
          required: ['sku', 'quantity'],
          properties: {
            sku: { type: 'string', title: 'Article', minLength: 1, maxLength: 64 },
            quantity: { type: 'integer', title: 'Pieces', minimum: 0, maximum: 10_000_000 },
          },
        },
      },
      clean: { type: 'boolean', title: 'Is the shelf clean?' },
      state: { enum: ['good', 'torn', 'wet'], title: 'Packing', description: 'The worst of it.' },
      tare: { type: 'number', title: 'Tare in kg', minimum: 0, maximum: 50 },
      remark: { type: 'string', title: 'Remark', maxLength: 400 },
    },
  },
  createdAt: ago(120),
  dueAt: inMinutes(55),
});

/** A model that is not sure enough asks, and says what it went by. */
export const modelTask = (): Task => ({
  ...resting(),
  taskId: 'model-1',
  sagaId: 'pick-order:536371',
  orderId: '536371',
  kind: 'model-decision',
  title: 'Which robot should take over?',
  text: 'amr-2 runs low. Another one can fetch the tote.',
  decisions: [
    { id: 'amr-5', label: 'amr-5 takes over', tone: 'primary', needsNote: false },
    { id: 'wait', label: 'Wait for amr-2', tone: 'neutral', needsNote: false },
  ],
  context: [
    { label: 'Model', value: 'dispatcher: amr-5 takes over, 83 % sure' },
    { label: 'It went by', value: 'distance: 12 m, battery: 91 %' },
    { label: 'Tote', value: 'T-0409' },
    { label: 'Order', value: '536371, 12 pieces in 3 lines, to packing-2' },
    { label: 'amr-2', value: 'driving at induct-1, battery 18 %' },
    { label: 'line-plc/photo-eye-2', value: 'true' },
    { label: `At ${ago(95)}`, value: 'Send the robot: failed' },
  ],
  suggestion: { decision: 'amr-5', score: 0.83, by: 'dispatcher' },
  assignee: 'jo',
  createdAt: ago(60),
  dueAt: inMinutes(20),
});

/** A dead letter's task, with the answers and the runbook of its cause. */
export const letterTask = (): Task => ({
  ...resting(),
  taskId: 'pick-order:536380:t7',
  sagaId: 'pick-order:536380',
  orderId: '536380',
  kind: 'unknown-outcome',
  title: 'Pick: nobody knows whether it was done',
  text: 'The link to amr-3 broke while it picked.',
  decisions: [
    { id: 'done', label: 'It was done', tone: 'primary', needsNote: true },
    { id: 'not-done', label: 'It was not done', tone: 'neutral', needsNote: true },
    { id: 'ask', label: 'Ask the device again', tone: 'neutral', needsNote: false },
    { id: 'cancel', label: 'Cancel the order', tone: 'danger', needsNote: true },
  ],
  context: [{ label: 'Attempts', value: '3' }],
  createdAt: ago(300),
  dueAt: null,
});

export const letterRunbook = (task: Task): TaskRunbook => ({
  cause: 'unknown-outcome',
  title: 'Nobody knows whether it was done',
  deadlineAt: inMinutes(10),
  steps: [
    'Do not press anything yet.',
    'Go there and look: where is the tote, where is the robot?',
    'If the device is back, ask it again: it may remember.',
  ],
  actions: [
    {
      action: 'ask',
      label: 'Ask the device again',
      role: 'operator',
      request: { method: 'POST', path: `/tasks/${task.taskId}/decide`, body: { decision: 'ask' } },
      page: null,
    },
    {
      action: 'pause-robot',
      label: 'Pause the robot',
      role: 'operator',
      request: { method: 'POST', path: '/commands', body: { target: 'amr-3' } },
      page: null,
    },
    {
      action: 'park-robot',
      label: 'Send the robot to its parking place',
      role: 'technician',
      request: { method: 'POST', path: '/commands', body: { target: 'amr-3' } },
      page: null,
    },
    {
      action: 'open-device',
      label: 'Look at amr-3',
      role: 'viewer',
      request: null,
      page: '#/devices/amr-3',
    },
    {
      action: 'edit-input',
      label: 'Try again with another input',
      role: 'technician',
      request: { method: 'POST', path: `/dead-letters/${task.taskId}/redrive`, body: {} },
      page: null,
    },
  ],
});

/** What happened to a task of the made-up site until now, and what would follow. */
export function taskPage(task: Task): TaskPage {
  const entry = (seconds: number, change: TaskAuditEntry['change'], more: Partial<TaskAuditEntry> = {}) => ({
    at: ago(seconds),
    change,
    state: 'offered' as const,
    by: null,
    user: null,
    role: 'operator',
    note: null,
    ...more,
  });
  return {
    ...task,
    note: null,
    answers: null,
    audit: [
      entry(260, 'created', { state: 'created' }),
      entry(258, 'offered', { user: 'bob' }),
      entry(120, 'declined', { by: 'bob', user: 'bob', note: 'I am at the dock' }),
      entry(118, 'offered'),
      ...(task.claimedBy === null
        ? []
        : [entry(30, 'claimed', { by: task.claimedBy, user: task.claimedBy })]),
      ...(task.decision === null
        ? []
        : [entry(1, 'completed', { state: 'completed', by: task.decidedBy, note: task.decision })]),
    ],
    coming: [
      { at: inMinutes(8), what: 'unanswered', role: null, user: null },
      ...(task.dueAt === null ? [] : [{ at: task.dueAt, what: 'overdue' as const, role: null, user: null }]),
      { at: inMinutes(60), what: 'escalate', role: 'shift-lead', user: null },
    ],
    runbook: task.kind === 'unknown-outcome' && task.taskId.includes(':') ? letterRunbook(task) : null,
  };
}

export function taskRoutes(app: FastifyInstance, fake: FakeAppliance): void {
  const ended = new Map<string, Task>();
  const find = (request: FastifyRequest): Task | undefined =>
    fake.state.tasks.find((row) => row.taskId === (request.params as { id: string }).id);
  const put = (task: Task, change: Partial<Task>) => {
    fake.change([{ collection: 'tasks', put: [{ ...task, ...change }], remove: [] }]);
    return { ...task, ...change };
  };
  const changing =
    (of: (body: { to?: string }) => Partial<Task>) =>
    async (request: FastifyRequest): Promise<object> => {
      const task = find(request);
      return task === undefined ? {} : put(task, of((request.body ?? {}) as { to?: string }));
    };
  app.get(`${api}/tasks/:id`, async (request, reply) => {
    const task = find(request) ?? ended.get((request.params as { id: string }).id);
    if (task !== undefined) return taskPage(task);
    return reply.code(404).send(problem(404, 'API_NOT_FOUND', 'There is no such task', 'Look it up.'));
  });
  const mine = () => ({ claimedBy: fake.session.user, assignee: null });
  const nobody = { state: 'offered', claimedBy: null, assignee: null } as const;
  app.post(
    `${api}/tasks/:id/claim`,
    changing(() => ({ ...mine(), state: 'claimed' })),
  );
  app.post(
    `${api}/tasks/:id/start`,
    changing(() => ({ ...mine(), state: 'started' })),
  );
  app.post(
    `${api}/tasks/:id/decline`,
    changing(() => nobody),
  );
  app.post(
    `${api}/tasks/:id/release`,
    changing(() => nobody),
  );
  app.post(
    `${api}/tasks/:id/delegate`,
    changing(({ to }) => ({ ...nobody, assignee: to ?? null })),
  );
  app.post(`${api}/tasks/:id/decide`, async (request) => {
    const task = find(request);
    const { decision } = request.body as { decision: string };
    if (task !== undefined) {
      ended.set(task.taskId, { ...task, state: 'completed', decision, decidedBy: fake.session.user });
      fake.change([{ collection: 'tasks', put: [], remove: [task.taskId] }]);
    }
    return {};
  });
  app.post(`${api}/commands`, async () => ({
    commandId: 'c-1',
    result: { state: 'refused', reason: 'gate 2 is open', interlocks: ['gate-2'] },
  }));
}
