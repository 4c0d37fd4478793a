import type {
  Compensation,
  DecisionButton,
  FailureRoute,
  ReconcilePolicy,
  RefusalPolicy,
  RetryPolicy,
  SagaDefinition,
  SagaNode,
  StepNode,
} from '#contracts/sagas.ts';
import type { Activity } from '../activities/activity.ts';
import { checkDefinition } from './check.ts';
import {
  DEFAULT_EXPIRY_MS,
  DEFAULT_TIMEOUT_MS,
  defaultReconcile,
  defaultRefusal,
  defaultRetry,
} from './policies.ts';
import { type Arg, type Computed, orElse, type Ref, refTo, toData } from './refs.ts';
import { endFailed, type Outputs, type Patch, type Route, type Sub } from './routes.ts';

/** What a node may refer to: the input, and the outputs of the steps before it. */
export interface Known<I, S> {
  readonly input: Ref<I>;
  readonly steps: { readonly [K in keyof S]: Ref<S[K]> };
  /** Why a step failed; only on the way that its failure leads. */
  readonly failed: (step: string) => Ref<{ code: string; reason: string }>;
  /** Last decision of a task that may lie on another way; empty when nobody has decided it. */
  readonly decided: (task: string) => Computed<string>;
}

interface WorkOptions<I, S, In, Out> {
  readonly title: string;
  readonly input: (known: Known<I, S>) => Arg<In>;
  /** Per attempt; null waits for ever. */
  readonly timeoutMs?: number | null;
  readonly expiryMs?: number;
  readonly retry?: Partial<RetryPolicy>;
  readonly refusal?: Partial<RefusalPolicy>;
  readonly reconcile?: Partial<ReconcilePolicy>;
  /** Output when a person says that it is done; without it, a person cannot say so. */
  readonly assume?: (known: Known<I, S>) => Arg<Partial<Out>>;
}
interface CompensationOptions<I, S, In> extends WorkOptions<I, S, In, unknown> {
  readonly activity: Activity<In, unknown>;
  readonly when?: 'started' | 'completed';
}
interface StepOptions<I, S, In, Out> extends WorkOptions<I, S, In, Out> {
  readonly voids?: readonly (keyof S & string)[];
  /** Where failures lead, by code; `*` is any. The first match counts, in the order written. */
  readonly onFailure?: Readonly<Record<string, Route<I, S>>>;
}

/** Nodes are filled in while the definition is written: `next` is known when the next one comes. */
type Open<T> = { -readonly [K in keyof T]: T[K] };
const LATER = '';

interface Sheet {
  readonly name: string;
  readonly nodes: Record<string, SagaNode>;
  start: string;
}

/**
 * Writes a definition node by node, each typed by what stands before it. `end` gives the data.
 *
 * A node joins all open ways that lead to it; ways close with an end, an undo or a jump.
 */
export class SagaBuilder<I, S extends Outputs> {
  readonly #sheet: Sheet;
  #tails: Patch[];

  constructor(sheet: Sheet, tails: Patch[]) {
    this.#sheet = sheet;
    this.#tails = tails;
  }

  get tails(): readonly Patch[] {
    return this.#tails;
  }

  step<Id extends string, In, Out, UndoIn = never>(
    id: Id,
    activity: Activity<In, Out>,
    options: StepOptions<I, S, In, Out> & {
      readonly undo?: CompensationOptions<I, S & Record<Id, Out>, UndoIn>;
    },
  ): SagaBuilder<I, S & Record<Id, Out>> {
    const node: Open<StepNode> = {
      kind: 'step',
      ...this.#work(activity, options),
      ...(options.undo === undefined ? {} : { compensation: this.#compensation(options.undo) }),
      voids: [...(options.voids ?? [])],
      failure: [],
      next: LATER,
    };
    this.#place(id, node);
    const tails: Patch[] = [(next) => (node.next = next)];
    node.failure = Object.entries(options.onFailure ?? {}).map(([code, route]) =>
      this.#failure(id, code, route, tails),
    );
    this.#tails = tails;
    return this.#as<S & Record<Id, Out>>();
  }

  branch(
    id: string,
    options: {
      readonly title: string;
      readonly when: (known: Known<I, S>) => Computed<boolean>;
      readonly way: Sub<I, S>;
    },
  ): SagaBuilder<I, S> {
    const chosen = { when: toData(options.when(this.#known())), next: LATER };
    const node = { kind: 'branch' as const, title: options.title, cases: [chosen], otherwise: LATER };
    this.#place(id, node);
    const inner = options.way(new SagaBuilder<I, S>(this.#sheet, [(next) => (chosen.next = next)]));
    this.#tails = [...inner.tails, (next) => (node.otherwise = next)];
    return this;
  }

  timer(
    id: string,
    options: { readonly title: string; readonly delayMs: (known: Known<I, S>) => Arg<number> },
  ): SagaBuilder<I, S> {
    const delayMs = toData(options.delayMs(this.#known()));
    const node = { kind: 'timer' as const, title: options.title, delayMs, next: LATER };
    this.#place(id, node);
    this.#tails = [(next) => (node.next = next)];
    return this;
  }

  signal<Id extends string, P>(
    id: Id,
    options: {
      readonly title: string;
      readonly signal: string;
      readonly payload: () => P;
      readonly timeoutMs?: number;
      readonly onTimeout?: Route<I, S>;
    },
  ): SagaBuilder<I, S & Record<Id, P>> {
    const { title, signal, timeoutMs = null, onTimeout } = options;
    const node = {
      kind: 'signal' as const,
      title,
      signal,
      timeoutMs,
      next: LATER,
      onTimeout: null as string | null,
    };
    this.#place(id, node);
    const tails: Patch[] = [(next) => (node.next = next)];
    if (onTimeout !== undefined) {
      this.#lead(`${id}-timeout`, onTimeout, tails, (next) => (node.onTimeout = next));
    }
    this.#tails = tails;
    return this.#as<S & Record<Id, P>>();
  }

  task<Id extends string, D extends string>(
    id: Id,
    options: {
      readonly kind: string;
      readonly title: string;
      readonly text: (known: Known<I, S>) => Arg<string>;
      readonly context?: (known: Known<I, S>) => Readonly<Record<string, Arg<unknown>>>;
      readonly decisions: Readonly<Record<D, Omit<DecisionButton, 'id'> & { readonly leads: Route<I, S> }>>;
      readonly dueMs?: number;
      readonly onDue?: Route<I, S>;
    },
  ): SagaBuilder<I, S & Record<Id, { decision: D; by: string; note: string | null }>> {
    const known = this.#known();
    const entries = Object.entries(options.decisions) as [D, (typeof options.decisions)[D]][];
    const decisions = entries.map(([decision, { label, tone, needsNote }]) => ({
      id: decision as string,
      label,
      tone,
      needsNote,
      next: LATER,
    }));
    const node = {
      kind: 'task' as const,
      taskKind: options.kind,
      title: options.title,
      text: toData(options.text(known)),
      context: Object.entries(options.context?.(known) ?? {}).map(([label, value]) => ({
        label,
        value: toData(value),
      })),
      decisions,
      dueMs: options.dueMs ?? null,
      onDue: null as string | null,
    };
    this.#place(id, node);
    const tails: Patch[] = [];
    for (const [index, [decision, { leads }]] of entries.entries()) {
      const chosen = decisions[index];
      if (chosen !== undefined) this.#lead(`${id}-${decision}`, leads, tails, (next) => (chosen.next = next));
    }
    if (options.onDue !== undefined) {
      this.#lead(`${id}-due`, options.onDue, tails, (next) => (node.onDue = next));
    }
    this.#tails = tails;
    return this.#as<S & Record<Id, { decision: D; by: string; note: string | null }>>();
  }

  /** Ends the way that is open here with success, and gives the definition. */
  end(options: {
    readonly title: string;
    readonly version: number;
    readonly output?: (known: Known<I, S>) => Arg<unknown>;
  }): SagaDefinition {
    const output = toData(options.output?.(this.#known()) ?? {});
    this.#place('end', { kind: 'end', title: 'Done', outcome: 'completed', reason: 'done', output });
    const { name, start, nodes } = this.#sheet;
    const { title, version } = options;
    const definition: SagaDefinition = { format: 1, name, version, title, start, nodes };
    checkDefinition(definition);
    return definition;
  }

  #place(id: string, node: SagaNode): void {
    if (Object.hasOwn(this.#sheet.nodes, id))
      throw new Error(`${this.#sheet.name}: two nodes are called ${id}`);
    this.#sheet.nodes[id] = node;
    if (this.#sheet.start === LATER) this.#sheet.start = id;
    for (const patch of this.#tails) patch(id);
    this.#tails = [];
  }

  #known(): Known<I, S> {
    const steps = new Proxy({} as Known<I, S>['steps'], {
      get: (_target, id) => refTo(`steps.${String(id)}.output`),
    });
    return {
      input: refTo<I>('input'),
      steps,
      failed: (step) => refTo(`steps.${step}.failure`),
      decided: (task) => orElse(refTo<string>(`steps.${task}.output.decision`), ''),
    };
  }

  #work<In, Out>(activity: Activity<In, Out>, options: WorkOptions<I, S, In, Out>) {
    const known = this.#known();
    return {
      title: options.title,
      activity: activity.ref,
      input: toData(options.input(known)),
      timeoutMs: options.timeoutMs === undefined ? DEFAULT_TIMEOUT_MS : options.timeoutMs,
      expiryMs: options.expiryMs ?? DEFAULT_EXPIRY_MS,
      retry: { ...defaultRetry, ...options.retry },
      refusal: { ...defaultRefusal, ...options.refusal },
      reconcile: { ...defaultReconcile, ...options.reconcile },
      ...(options.assume === undefined ? {} : { assume: toData(options.assume(known)) }),
    };
  }

  #compensation<T extends Outputs, In>(options: CompensationOptions<I, T, In>): Compensation {
    const { activity, when = 'started' } = options;
    return { ...this.#as<T>().#work(activity, options), when };
  }

  #failure(id: string, code: string, route: Route<I, S>, tails: Patch[]): FailureRoute {
    const codes = code === '*' ? [] : [code];
    if (route.route === 'compensate') return { codes, leads: { do: 'compensate' } };
    if (route.route === 'park') return { codes, leads: { do: 'park' } };
    const leads = { do: 'go' as const, node: LATER };
    const suffix = code === '*' ? 'failed' : code.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    this.#lead(`${id}-${suffix}`, route, tails, (next) => (leads.node = next));
    return { codes, leads };
  }

  /** Connects a decision to where it leads; makes the undo or end node if the route needs one. */
  #lead(id: string, route: Route<I, S>, tails: Patch[], patch: Patch): void {
    switch (route.route) {
      case 'go-on':
        tails.push(patch);
        return;
      case 'to':
        patch(route.node);
        return;
      case 'do': {
        const inner = route.sub(new SagaBuilder(this.#sheet, [patch]));
        tails.push(...inner.tails);
        return;
      }
      case 'undo': {
        const { to: step, timesMax } = route;
        const title = `Undo and begin again at ${step}`;
        const node = { kind: 'undo' as const, title, to: step, timesMax, next: step, otherwise: LATER };
        this.#sheet.nodes[id] = node;
        patch(id);
        const given = endFailed(`begun again ${timesMax} times without success`);
        this.#lead(`${id}-often`, route.otherwise ?? given, tails, (next) => (node.otherwise = next));
        return;
      }
      case 'end':
        this.#sheet.nodes[id] = end(route.outcome, route.reason);
        patch(id);
        return;
      default:
        this.#sheet.nodes[id] = end('failed', 'failed');
        patch(id);
    }
  }

  #as<T extends Outputs>(): SagaBuilder<I, T> {
    return this as unknown as SagaBuilder<I, T>;
  }
}

const end = (outcome: 'failed' | 'cancelled', reason: Arg<string>): SagaNode => {
  const data = toData(reason);
  return {
    kind: 'end',
    title: outcome === 'failed' ? 'Failed' : 'Cancelled',
    outcome,
    reason: data,
    output: { reason: data },
  };
};

/** Begins a definition. `I` is the input of the saga: `defineSaga<PickInput>('pick-order')`. */
export const defineSaga = <I>(name: string): SagaBuilder<I, Record<never, never>> =>
  new SagaBuilder({ name, nodes: {}, start: LATER }, []);
