import type { Task } from '#contracts/api.ts';

type Fact = Task['context'][number];

/** Facts of one kind, in their order. */
export interface FactGroup {
  readonly title: string;
  readonly facts: readonly Fact[];
}

const ABOUT_ORDER: readonly string[] = ['Order', 'Customer', 'Repeated attempts', 'Places'];
const OF_MODEL: readonly string[] = ['Model', 'It went by'];
/** What happened is written down as "At <time>". */
const MOMENT = /^At (\d{4}-\d\d-\d\dT\S+)$/;

/** When a fact happened; null for one that is no event. */
export const momentOf = ({ label }: Fact): string | null => MOMENT.exec(label)?.[1] ?? null;

/** What a model said and what it went by; it is shown with the suggestion. */
export const modelFacts = (context: readonly Fact[]): readonly Fact[] =>
  context.filter(({ label }) => OF_MODEL.includes(label));

/** The frozen context in the order in which a person asks: what is it about, where, what is measured, what was before. */
export function contextGroups(context: readonly Fact[], robotIds: readonly string[]): FactGroup[] {
  const titleOf = (fact: Fact): string | null => {
    if (OF_MODEL.includes(fact.label)) return null;
    if (momentOf(fact) !== null) return 'What happened before';
    if (fact.label.includes('/')) return 'Measured at the time';
    if (ABOUT_ORDER.includes(fact.label) || robotIds.includes(fact.label)) return 'Order and place';
    return 'About this';
  };
  return ['About this', 'Order and place', 'Measured at the time', 'What happened before'].flatMap(
    (title) => {
      const facts = context.filter((fact) => titleOf(fact) === title);
      return facts.length === 0 ? [] : [{ title, facts }];
    },
  );
}
