import type {
  Compensation,
  FailureRoute,
  JoinPolicy,
  Json,
  ModelNode,
  SagaDefinition,
  SagaNode,
  StepNode,
  TaskNode,
} from '#contracts/sagas.ts';
import type { Report } from './finding.ts';
import { reportSchema } from './report-schema.ts';

type Nodes = SagaDefinition['nodes'];

/** What the schema cannot say about one node. */
export function reportNode(id: string, node: SagaNode, nodes: Nodes, report: Report): void {
  const at: Report = (path, problem, cure) => report(['nodes', id, ...path], problem, cure);
  switch (node.kind) {
    case 'step':
      reportStep(node, nodes, at);
      return;
    case 'child':
      reportFailures(node.failure, at);
      if (node.compensation !== undefined) reportWork(node.compensation, ['compensation'], at);
      return;
    case 'signal':
      if (node.payload !== undefined) reportSchema(node.payload, ['payload'], at);
      if (node.onTimeout !== null && node.timeoutMs === null) {
        at(['onTimeout'], 'never comes: there is no time limit', 'Set timeoutMs, or remove onTimeout.');
      }
      return;
    case 'task':
      reportNames(node.decisions, 'decisions', at);
      reportAsking(node, at);
      return;
    case 'model':
      reportModel(node, at);
      return;
    case 'undo':
      if (!undoable.has(nodes[node.to]?.kind)) {
        at(['to'], `undoes to ${node.to}, which is no step`, 'Name a step.');
      }
      return;
    case 'parallel':
      reportNames(node.ways, 'ways', at);
      reportFailures(node.failure, at);
      reportNeed(node.need, node.ways.length, 'ways', at);
      return;
    case 'each':
      reportFailures(node.failure, at);
      reportNeed(node.need, node.itemsMax, 'items at most', at);
      if (Array.isArray(node.items) && node.items.length > node.itemsMax) {
        at(['items'], `${node.items.length} items, itemsMax is ${node.itemsMax}`, 'Set itemsMax higher.');
      }
      return;
    case 'timer':
      if (typeof node.delayMs !== 'object' && (typeof node.delayMs !== 'number' || node.delayMs < 0)) {
        at(['delayMs'], `${JSON.stringify(node.delayMs)} is no time`, 'Write milliseconds, 0 or more.');
      }
      return;
    default:
      return;
  }
}

const undoable: ReadonlySet<SagaNode['kind'] | undefined> = new Set(['step', 'child']);

function reportStep(node: StepNode, nodes: Nodes, at: Report): void {
  reportWork(node, [], at);
  reportFailures(node.failure, at);
  if (node.compensation !== undefined) reportWork(node.compensation, ['compensation'], at);
  else if (node.activity.needsUndo === true) {
    const cure = 'Say how amends are made for it (undo), even if a person has to do it.';
    at([], `${node.activity.name} demands a compensation, and there is none`, cure);
  }
  for (const [index, voided] of node.voids.entries()) {
    const target = nodes[voided];
    if ((target?.kind !== 'step' && target?.kind !== 'child') || target.compensation === undefined) {
      at(['voids', index], `voids ${voided}, which has no compensation`, 'Name a step with a compensation.');
    }
  }
}

function reportWork(work: StepNode | Compensation, under: readonly string[], at: Report): void {
  const { heartbeatMs, timeoutMs, limits = [] } = work;
  if (heartbeatMs !== undefined && timeoutMs !== null && heartbeatMs >= timeoutMs) {
    at(
      [...under, 'heartbeatMs'],
      'is not shorter than the time limit of the attempt, so it never counts',
      'Make it shorter, or remove it.',
    );
  }
  for (const [index, limit] of limits.entries()) {
    if (limit.concurrencyMax === undefined && limit.perMinuteMax === undefined) {
      at([...under, 'limits', index], `${limit.name} limits nothing`, 'Set concurrencyMax or perMinuteMax.');
    }
  }
  for (const policy of ['retry', 'refusal', 'reconcile'] as const) {
    const { firstMs, capMs } = work[policy];
    if (firstMs > capMs) {
      at(
        [...under, policy, 'firstMs'],
        `is longer than capMs, ${capMs}`,
        'Make it shorter, or capMs longer.',
      );
    }
  }
}

function reportFailures(routes: readonly FailureRoute[], at: Report): void {
  const seen = new Set<string>();
  let any = false;
  for (const [index, { codes }] of routes.entries()) {
    const again = codes.find((code) => seen.has(code));
    if (any || again !== undefined) {
      const because = any ? 'an earlier route takes every code' : `an earlier route takes ${again}`;
      at(['failure', index], `is never taken: ${because}`, 'Put it further up, or remove it.');
    }
    any ||= codes.length === 0;
    for (const code of codes) seen.add(code);
  }
}

function reportModel(node: ModelNode, at: Report): void {
  reportNames(node.options, 'options', at);
  reportAsking(node, at);
  if (node.actAt < node.approveAt) {
    at(
      ['approveAt'],
      `is above actAt (${node.approveAt} > ${node.actAt}), so nothing would be asked`,
      'The model is followed from actAt on, and a person approves from approveAt on: set approveAt lower.',
    );
  }
}

function reportAsking({ people, dueMs, onDue }: TaskNode | ModelNode, at: Report): void {
  if (onDue !== null && dueMs === null) {
    at(['onDue'], 'never comes: there is no deadline', 'Set dueMs, or remove onDue.');
  }
  if (people === undefined) return;
  const { form, assign, skill, zone, escalation = [] } = people;
  if (form !== undefined) reportSchema(form, ['people', 'form'], at);
  if (assign === 'by-skill' && skill === undefined) {
    at(['people', 'assign'], 'by-skill, but no skill is named', 'Name the skill.');
  }
  if (assign === 'by-zone' && zone === undefined) {
    at(['people', 'assign'], 'by-zone, but no zone is given', 'Give the zone.');
  }
  for (const [index, { role, user, notify }] of escalation.entries()) {
    if (role === undefined && user === undefined && notify.length === 0) {
      at(['people', 'escalation', index], 'tells nobody', 'Name a role, a user or a channel.');
    }
  }
}

function reportNeed(need: JoinPolicy, count: number, what: string, at: Report): void {
  if (typeof need === 'number' && need > count) {
    at(['need'], `needs ${need} of ${count} ${what}`, 'Set it lower.');
  }
}

function reportNames(list: readonly { readonly id: string }[], field: string, at: Report): void {
  const seen = new Set<Json>();
  for (const [index, { id }] of list.entries()) {
    if (seen.has(id)) at([field, index, 'id'], `has two ${field} of the same name, ${id}`, 'Name each once.');
    seen.add(id);
  }
}
