import type { Static, TSchema } from 'typebox';
import type { JoinPolicy, SagaDefinition, SagaNode, StepNode } from '#contracts/sagas.ts';
import type { Activity } from '../activities/activity.ts';
import { checkDefinition } from './check.ts';
import {
  type AfterWays,
  type EachOptions,
  type EachOutput,
  eachNode,
  type LoopOptions,
  loopNode,
  type ParallelOptions,
  type ParallelOutput,
  unrouted,
  type Ways,
} from './group-options.ts';
import { type Known, knownOf, type Maybe } from './known.ts';
import {
  type Answer,
  type ChildOptions,
  childNode,
  type EndOptions,
  type ModelOptions,
  type ModelOutput,
  modelNode,
  type SignalOptions,
  signalNode,
  type TaskOutput,
} from './node-options.ts';
import { type AskOptions, askData, type Buttons, buttonsData, schemaData } from './people-options.ts';
import { type Arg, type Computed, refTo, toData, type Value } from './refs.ts';
import { endFailed, type Joint, type Patch, type Route } from './routes.ts';
import type { BuiltSaga, SagaRef } from './saga-ref.ts';
import { LATER, type Open, Sheet } from './sheet.ts';
import {
  type CompensationOptions,
  compensationData,
  type FailureRoutes,
  type StepOptions,
  workData,
} from './work-options.ts';

/**
 * Writes a definition node by node, each typed by what stands before it: `I` is the input of the saga, `S` the
 * outputs of the nodes so far by their ids. `end` gives the data.
 *
 * A node joins all open ways that lead to it; ways close with an end, an undo or a jump.
 */
export class SagaBuilder<I, S> implements Joint<S> {
  declare readonly outputs?: () => S;
  readonly #sheet: Sheet;
  readonly #input: TSchema | undefined;
  #tails: readonly Patch[];

  constructor(sheet: Sheet, tails: readonly Patch[], input?: TSchema) {
    this.#sheet = sheet;
    this.#tails = tails;
    this.#input = input;
  }

  get tails(): readonly Patch[] {
    return this.#tails;
  }

  /** One piece of work: an action of a device, a local activity, or code with journaled sub-steps. */
  step<Id extends string, In, Out, UndoIn = never>(
    id: Id,
    activity: Activity<In, Out>,
    options: StepOptions<I, S, In, Out> & {
      readonly undo?: CompensationOptions<I, S, Id, Out, UndoIn>;
    },
  ): SagaBuilder<I, S & Record<Id, Out>> {
    const { undo, voids = [], onFailure } = options;
    const node: Open<StepNode> = {
      kind: 'step',
      ...workData(activity, options),
      ...(undo === undefined ? {} : { compensation: compensationData(undo) }),
      voids: [...voids],
      failure: [],
      next: LATER,
    };
    return this.#withNext(id, node, (tails) => {
      node.failure = this.#sheet.failures(id, onFailure, tails);
    });
  }

  /** Goes a way of its own when something holds, and joins again. */
  branch<W>(
    id: string,
    options: {
      readonly title: string;
      readonly when: (known: Known<I, S>) => Computed<boolean>;
      readonly way: (saga: SagaBuilder<I, S>) => Joint<W>;
    },
  ): SagaBuilder<I, Maybe<S, W>> {
    const chosen = { when: toData(options.when(knownOf())), next: LATER };
    const node = { kind: 'branch' as const, title: options.title, cases: [chosen], otherwise: LATER };
    this.#sheet.place(id, node, this.#tails);
    const inner = this.#sheet.way((next) => (chosen.next = next), options.way);
    return this.#then([...inner.tails, (next) => (node.otherwise = next)]);
  }

  timer(
    id: string,
    options: { readonly title: string; readonly delayMs: (known: Known<I, S>) => Arg<number> },
  ): SagaBuilder<I, S> {
    const delayMs = toData(options.delayMs(knownOf()));
    return this.#withNext(id, { kind: 'timer' as const, title: options.title, delayMs, next: LATER });
  }

  /** Waits for word from outside. A payload that does not fit the schema is refused to its sender. */
  signal<Id extends string, P extends TSchema>(
    id: Id,
    options: SignalOptions<I, S, P>,
  ): SagaBuilder<I, S & Record<Id, Static<P>>> {
    const { onTimeout } = options;
    const node = signalNode(options);
    return this.#withNext(id, node, (tails) => {
      if (onTimeout === undefined) return;
      this.#sheet.lead(`${id}-timeout`, onTimeout, tails, (next) => (node.onTimeout = next));
    });
  }

  /** Asks a person. */
  task<Id extends string, D extends string, F extends TSchema = TSchema>(
    id: Id,
    options: AskOptions<I, S, F> & { readonly kind: string; readonly decisions: Buttons<I, S, D> },
  ): SagaBuilder<I, S & Record<Id, TaskOutput<D> & Answer<F>>> {
    const decisions = buttonsData(options.decisions);
    const node = { kind: 'task' as const, taskKind: options.kind, ...askData(options), decisions };
    this.#sheet.place(id, node, this.#tails);
    return this.#then(this.#decided(id, node, decisions, options.decisions, options.onDue));
  }

  /** Asks a model; a person approves, or decides, when it is not sure enough. */
  model<Id extends string, D extends string, F extends TSchema = TSchema>(
    id: Id,
    options: ModelOptions<I, S, D, F>,
  ): SagaBuilder<I, S & Record<Id, ModelOutput<D> & Partial<Answer<F>>>> {
    const node = modelNode(options);
    this.#sheet.place(id, node, this.#tails);
    return this.#then(this.#decided(id, node, node.options, options.options, options.onDue));
  }

  /** Several ways at once. What they made is known afterwards; with another `need` than `all`, it may be missing. */
  parallel<Id extends string, const W extends Ways<I, S>, const N extends JoinPolicy = 'all'>(
    id: Id,
    options: ParallelOptions<I, S, W, N>,
  ): SagaBuilder<I, AfterWays<S, W, N> & Record<Id, ParallelOutput<W>>> {
    const { title, rest = 'cancel', onFailure } = options;
    const need: JoinPolicy = options.need ?? 'all';
    const entries = Object.entries(options.ways);
    const ways = entries.map(([way, { title }]) => ({ id: way, title, start: LATER }));
    const node = { kind: 'parallel' as const, title, need, rest, ways, ...unrouted() };
    this.#sheet.place(id, node, this.#tails);
    const ends = entries.flatMap(([, { way }], index) => {
      const chosen = ways[index];
      const patch: Patch = (next) => {
        if (chosen !== undefined) chosen.start = next;
      };
      return this.#sheet.way(patch, way).tails;
    });
    return this.#joined(id, node, ends, onFailure);
  }

  /** A way for each item of a list, some at a time. */
  each<Id extends string, Item, O, Out = null>(
    id: Id,
    options: EachOptions<I, S, Item, O, Out>,
  ): SagaBuilder<I, S & Record<Id, EachOutput<Value<Out>>>> {
    const node = eachNode(options);
    this.#sheet.place(id, node, this.#tails);
    const item = refTo<Item>(`each.${id}.item`);
    const index = refTo<number>(`each.${id}.index`);
    const inner = this.#sheet.way(
      (next) => (node.start = next),
      (saga) => options.way(saga, { item, index }),
    );
    return this.#joined(id, node, inner.tails, options.onFailure);
  }

  /** A way that is gone at least once, and again while `again` holds. */
  loop<Id extends string, O>(
    id: Id,
    options: LoopOptions<I, S, O>,
  ): SagaBuilder<I, S & O & Record<Id, { passes: number }>> {
    const { timesMax, onExhausted } = options;
    const node = loopNode(options);
    this.#sheet.place(id, node, this.#tails);
    const inner = this.#sheet.way(
      (next) => (node.start = next),
      (saga) => options.way(saga, refTo<number>(`each.${id}.index`)),
    );
    this.#sheet.place(`${id}-join`, { kind: 'join', of: id }, inner.tails);
    const tails: Patch[] = [(next) => (node.next = next)];
    const given = endFailed(`gone round ${timesMax} times without success`);
    this.#sheet.lead(`${id}-often`, onExhausted ?? given, tails, (next) => (node.otherwise = next));
    return this.#then(tails);
  }

  /** A saga of its own, waited for. */
  child<Id extends string, In, Out, UndoIn = never>(
    id: Id,
    saga: SagaRef<In, Out>,
    options: ChildOptions<I, S, Id, In, Out, UndoIn>,
  ): SagaBuilder<I, S & Record<Id, Out>> {
    const node = childNode(saga.name, options);
    return this.#withNext(id, node, (tails) => {
      node.failure = this.#sheet.failures(id, options.onFailure, tails);
    });
  }

  /** Ends the way that is open here with success, and gives the definition. */
  end<Out = Record<never, never>>(options: EndOptions<I, S, Out>): BuiltSaga<I, Value<Out>> {
    const { title, version, search, slo } = options;
    const output = toData(options.output?.(knownOf()) ?? {});
    const end: SagaNode = { kind: 'end', title: 'Done', outcome: 'completed', reason: 'done', output };
    this.#sheet.place('end', end, this.#tails);
    const { name, start, nodes } = this.#sheet;
    const definition: SagaDefinition = {
      format: 1,
      name,
      version,
      title,
      start,
      ...(this.#input === undefined ? {} : { input: schemaData(this.#input) }),
      ...(search === undefined ? {} : { search: toData(search(knownOf())) as Record<string, never> }),
      ...(slo === undefined ? {} : { slo }),
      nodes,
    };
    checkDefinition(definition);
    return definition;
  }

  /** Places a node that goes on at `next`, and whatever else leads on from it. */
  #withNext<T>(
    id: string,
    node: SagaNode & { next: string },
    more: (tails: Patch[]) => void = () => {},
  ): SagaBuilder<I, T> {
    this.#sheet.place(id, node, this.#tails);
    const tails: Patch[] = [(next) => (node.next = next)];
    more(tails);
    return this.#then(tails);
  }

  #decided<D extends string>(
    id: string,
    node: { onDue: string | null },
    buttons: readonly { id: string; next: string }[],
    routes: Buttons<I, S, D>,
    onDue: Route<I, S> | undefined,
  ): Patch[] {
    const tails: Patch[] = [];
    for (const button of buttons) {
      const { leads } = routes[button.id as D];
      this.#sheet.lead(`${id}-${button.id}`, leads, tails, (next) => (button.next = next));
    }
    if (onDue !== undefined) {
      this.#sheet.lead(`${id}-due`, onDue, tails, (next) => (node.onDue = next));
    }
    return tails;
  }

  #joined<T>(
    id: string,
    node: ReturnType<typeof unrouted>,
    ends: readonly Patch[],
    onFailure: FailureRoutes<I, S> | undefined,
  ): SagaBuilder<I, T> {
    this.#sheet.place(`${id}-join`, { kind: 'join', of: id }, ends);
    const tails: Patch[] = [(next) => (node.next = next)];
    node.failure = this.#sheet.failures(id, onFailure, tails);
    return this.#then(tails);
  }

  #then<T>(tails: readonly Patch[]): SagaBuilder<I, T> {
    this.#tails = tails;
    return this as unknown as SagaBuilder<I, T>;
  }
}

const begin = (sheet: Sheet, tails: readonly Patch[]) => new SagaBuilder<unknown, unknown>(sheet, tails);

/**
 * Begins a definition. What goes in is told by its type, `defineSaga<PickInput>('pick-order')`, or by its schema,
 * and then whoever starts one with something else is refused.
 */
export function defineSaga<I>(name: string): SagaBuilder<I, Record<never, never>>;
export function defineSaga<F extends TSchema>(
  name: string,
  input: F,
): SagaBuilder<Static<F>, Record<never, never>>;
export function defineSaga(name: string, input?: TSchema): SagaBuilder<unknown, Record<never, never>> {
  return new SagaBuilder(new Sheet(name, begin), [], input);
}
