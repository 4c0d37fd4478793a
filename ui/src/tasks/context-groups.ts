import type { Task } from '#contracts/api.ts';

type Fact = Task['context'][number];

/** Facts of one kind, in their order. */
export interface FactGroup {
  readonly title: string;
  readonly facts: readonly Fact[];
}

/** In the order in which a person asks. */
const titles = [
  'About this',
  'What the model said',
  'Order and place',
  'Measured at the time',
  'What happened before',
] as const;

/** What a model went by, in words. */
export const WENT_BY = 'It went by';
const OF_MODEL: readonly string[] = ['Model', WENT_BY];
const ABOUT_ORDER: readonly string[] = ['Order', 'Customer', 'Repeated attempts', 'Places'];
/** What happened is written down as "At <time>". */
const MOMENT = /^At (\d{4}-\d\d-\d\dT\S+)$/;

/** When a fact happened; null for one that is no event. */
export const momentOf = ({ label }: Fact): string | null => MOMENT.exec(label)?.[1] ?? null;

/** The procedure gives the bare id of what the site tells more about: "D-1" beside "D-1, 8 pieces in 2 lines". */
const isToldInFull = (fact: Fact, context: readonly Fact[]): boolean =>
  context.some(({ label, value }) => label === fact.label && value.startsWith(`${fact.value}, `));

/** The frozen context by kind; each fact is in one group, and none is there twice. */
export function contextGroups(context: readonly Fact[], robotIds: readonly string[]): FactGroup[] {
  const titleOf = (fact: Fact): (typeof titles)[number] => {
    if (OF_MODEL.includes(fact.label)) return 'What the model said';
    if (momentOf(fact) !== null) return 'What happened before';
    if (fact.label.includes('/')) return 'Measured at the time';
    if (ABOUT_ORDER.includes(fact.label) || robotIds.includes(fact.label)) return 'Order and place';
    return 'About this';
  };
  const told = context.filter((fact) => !isToldInFull(fact, context));
  return titles.flatMap((title) => {
    const facts = told.filter((fact) => titleOf(fact) === title);
    return facts.length === 0 ? [] : [{ title, facts }];
  });
}
