import type { Json } from '#contracts/sagas.ts';

declare const value: unique symbol;
/** An expression that will have a value of this type when the saga runs. */
export interface Computed<T> {
  readonly [value]: T;
}

/**
 * A reference; its members are references to the members of what it refers to. One to what may not be there
 * (`T | undefined`) stands nowhere that a `T` is wanted, nor do its members; `orElse` says what holds then.
 */
export type Ref<T> = Computed<T> & Members<Exclude<T, undefined>, Extract<T, undefined>>;
type Members<T, Missing> = T extends readonly unknown[]
  ? unknown
  : T extends object
    ? { readonly [K in keyof T]-?: Ref<Exclude<T[K], undefined> | Missing> }
    : unknown;

/** What may stand where a `T` is wanted: the value, an expression of it, or a structure that holds some. */
export type Arg<T> =
  | T
  | Computed<T>
  | (T extends readonly (infer E)[]
      ? readonly Arg<E>[] | Computed<readonly E[]>
      : T extends object
        ? { readonly [K in keyof T]: Arg<T[K]> }
        : never);

/** What something that was written as an `Arg` will be. */
export type Value<A> =
  A extends Computed<infer T>
    ? T
    : A extends readonly (infer E)[]
      ? readonly Value<E>[]
      : A extends object
        ? { readonly [K in keyof A]: Value<A[K]> }
        : A;

const EXPRESSION = Symbol('expression');
type Carrier = { readonly [EXPRESSION]: Json };

/** A reference by path, such as `steps.reserve.output`. Members of it extend the path. */
export function refTo<T>(path: string): Ref<T> {
  return new Proxy({} as Ref<T> & object, {
    get(_target, key) {
      if (key === EXPRESSION) return { $ref: path };
      return typeof key === 'string' ? refTo<unknown>(`${path}.${key}`) : undefined;
    },
    has: (_target, key) => key === EXPRESSION,
  });
}

const computed = <T>(expression: Json): Computed<T> =>
  ({ [EXPRESSION]: expression }) satisfies Carrier as unknown as Computed<T>;

/** Turns what a definition was written with into data. Undefined members vanish, as in JSON. */
export function toData(arg: unknown): Json {
  if (typeof arg !== 'object' || arg === null) return (arg ?? null) as Json;
  if (EXPRESSION in arg) return (arg as Carrier)[EXPRESSION];
  if (Array.isArray(arg)) return arg.map((item) => toData(item));
  const data: Record<string, Json> = {};
  for (const [key, member] of Object.entries(arg)) {
    if (member !== undefined) data[key] = toData(member);
  }
  return data;
}

/** The reference, or `otherwise` when there is nothing there. */
export const orElse = <T, E>(ref: Computed<T>, otherwise: Arg<E>): Computed<Exclude<T, undefined> | E> =>
  computed({ ...(toData(ref) as { $ref: string }), $else: toData(otherwise) });

/** A sentence with values in it. */
export const text = (parts: TemplateStringsArray, ...args: readonly Arg<unknown>[]): Computed<string> =>
  computed({
    $text: parts
      .flatMap((part, index): Json[] => (index < args.length ? [part, toData(args[index])] : [part]))
      .filter((part) => part !== ''),
  });

/** The first says of what type the two are: a button that a task does not have is no comparison. */
export const eq = <T>(a: T | Computed<T>, b: Arg<NoInfer<T>>): Computed<boolean> =>
  computed({ $eq: [toData(a), toData(b)] });
export const gt = (a: Arg<number>, b: Arg<number>): Computed<boolean> =>
  computed({ $gt: [toData(a), toData(b)] });
export const not = (a: Arg<boolean>): Computed<boolean> => computed({ $not: toData(a) });
export const and = (...parts: readonly Arg<boolean>[]): Computed<boolean> =>
  computed({ $and: toData(parts) });
export const or = (...parts: readonly Arg<boolean>[]): Computed<boolean> => computed({ $or: toData(parts) });
