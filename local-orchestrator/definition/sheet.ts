import type { FailureRoute, SagaNode } from '#contracts/sagas.ts';
import { type Arg, toData } from './refs.ts';
import { endFailed, type Joint, type Patch, type Route } from './routes.ts';
import type { FailureRoutes } from './work-options.ts';

/** Nodes are filled in while the definition is written: `next` is known when the next one comes. */
export type Open<T> = { -readonly [K in keyof T]: T[K] };
export const LATER = '';

/**
 * The nodes of a definition while it is written, and how they are connected. It knows no types; the builder does.
 */
export class Sheet {
  readonly name: string;
  readonly nodes: Record<string, SagaNode> = {};
  start = LATER;
  readonly #begin: (sheet: Sheet, tails: readonly Patch[]) => unknown;

  /** `begin` makes the builder of a way of its own. */
  constructor(name: string, begin: (sheet: Sheet, tails: readonly Patch[]) => unknown) {
    this.name = name;
    this.#begin = begin;
  }

  /** Adds a node where the open ways lead. */
  place(id: string, node: SagaNode, tails: readonly Patch[]): void {
    if (Object.hasOwn(this.nodes, id)) throw new Error(`${this.name}: two nodes are called ${id}`);
    this.nodes[id] = node;
    if (this.start === LATER) this.start = id;
    for (const patch of tails) patch(id);
  }

  /** Lets a way of its own begin where `patch` leads; returns what it leaves open. */
  way<J extends Joint>(patch: Patch, sub: (builder: never) => J): J {
    return sub(this.#begin(this, [patch]) as never);
  }

  failures<I, S>(id: string, routes: FailureRoutes<I, S> | undefined, tails: Patch[]): FailureRoute[] {
    return Object.entries(routes ?? {}).map(([code, route]) => this.#failure(id, code, route, tails));
  }

  #failure<I, S>(id: string, code: string, route: Route<I, S>, tails: Patch[]): FailureRoute {
    const codes = code === '*' ? [] : [code];
    if (route.route === 'compensate') return { codes, leads: { do: 'compensate' } };
    if (route.route === 'park') return { codes, leads: { do: 'park' } };
    const leads = { do: 'go' as const, node: LATER };
    const suffix = code === '*' ? 'failed' : code.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    this.lead(`${id}-${suffix}`, route, tails, (next) => (leads.node = next));
    return { codes, leads };
  }

  /** Connects a decision to where it leads; makes the undo or end node if the route needs one. */
  lead<I, S>(id: string, route: Route<I, S>, tails: Patch[], patch: Patch): void {
    switch (route.route) {
      case 'go-on':
        tails.push(patch);
        return;
      case 'to':
        patch(route.node);
        return;
      case 'do':
        tails.push(...this.way(patch, route.sub).tails);
        return;
      case 'undo': {
        const { to: step, timesMax } = route;
        const title = `Undo and begin again at ${step}`;
        const node = { kind: 'undo' as const, title, to: step, timesMax, next: step, otherwise: LATER };
        this.place(id, node, [patch]);
        const given = endFailed(`begun again ${timesMax} times without success`);
        this.lead(`${id}-often`, route.otherwise ?? given, tails, (next) => (node.otherwise = next));
        return;
      }
      case 'end':
        this.place(id, endNode(route.outcome, route.reason), [patch]);
        return;
      default:
        this.place(id, endNode('failed', 'failed'), [patch]);
    }
  }
}

function endNode(outcome: 'failed' | 'cancelled', reason: Arg<string>): SagaNode {
  const data = toData(reason);
  const title = outcome === 'failed' ? 'Failed' : 'Cancelled';
  return { kind: 'end', title, outcome, reason: data, output: { reason: data } };
}
