import { type Static, type TSchema, Type } from 'typebox';
import Value from 'typebox/value';
import { ExecuteGoal } from '#contracts/ros.ts';

const Id = Type.Optional(Type.String());

/** Operations of rosbridge v2 that the robots understand. */
const requests = {
  subscribe: Type.Object({
    op: Type.Literal('subscribe'),
    id: Id,
    topic: Type.String(),
    type: Id,
    throttle_rate: Type.Optional(Type.Number({ minimum: 0 })),
  }),
  unsubscribe: Type.Object({ op: Type.Literal('unsubscribe'), id: Id, topic: Type.String() }),
  advertise: Type.Object({
    op: Type.Literal('advertise'),
    id: Id,
    topic: Type.String(),
    type: Type.String(),
  }),
  unadvertise: Type.Object({ op: Type.Literal('unadvertise'), id: Id, topic: Type.String() }),
  publish: Type.Object({ op: Type.Literal('publish'), id: Id, topic: Type.String(), msg: Type.Unknown() }),
  call_service: Type.Object({
    op: Type.Literal('call_service'),
    id: Id,
    service: Type.String(),
    args: Type.Optional(Type.Unknown()),
  }),
  send_action_goal: Type.Object({
    op: Type.Literal('send_action_goal'),
    id: Type.String(),
    action: Type.String(),
    action_type: Id,
    args: Type.Unknown(),
    feedback: Type.Optional(Type.Boolean()),
  }),
  cancel_action_goal: Type.Object({
    op: Type.Literal('cancel_action_goal'),
    id: Type.String(),
    action: Type.String(),
  }),
} as const;
export type RosRequest = {
  [K in keyof typeof requests]: Static<(typeof requests)[K]>;
}[keyof typeof requests];

export type ParsedRequest =
  | { ok: true; request: RosRequest }
  | { ok: false; id: string | undefined; problem: string };

/** Reads one message; what cannot be read gets a `status` answer with these words. */
export function parseRequest(text: string): ParsedRequest {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { ok: false, id: undefined, problem: 'the message is not JSON' };
  }
  const { op, id } = (typeof message === 'object' && message !== null ? message : {}) as {
    op?: unknown;
    id?: unknown;
  };
  const known = typeof id === 'string' ? id : undefined;
  if (typeof op !== 'string' || !Object.hasOwn(requests, op)) {
    return { ok: false, id: known, problem: `unknown operation: ${String(op)}` };
  }
  const schema = requests[op as keyof typeof requests];
  if (!Value.Check(schema, message)) {
    return { ok: false, id: known, problem: `${op}: ${firstProblem(schema, message)}` };
  }
  return { ok: true, request: message as RosRequest };
}

/** A goal of the execute action, or what is wrong with it. */
export function parseGoal(args: unknown): ExecuteGoal | string {
  return Value.Check(ExecuteGoal, args) ? args : firstProblem(ExecuteGoal, args);
}

function firstProblem(schema: TSchema, value: unknown): string {
  const [first] = [...Value.Errors(schema, value)];
  return first === undefined ? 'it does not fit its type' : `${first.instancePath || '/'} ${first.message}`;
}
