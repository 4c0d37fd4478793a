import { isApplianceError } from '#contracts/errors.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import type { SagaState } from '../decide/state.ts';
import { dig, evaluate } from '../definition/expression.ts';

const VALUE_CHARS_MAX = 200;

/**
 * By what a saga is found later: the attributes that its definition names, as text, in JSON; null without any.
 * One that cannot be computed of this input is left out: being found worse is no reason not to begin.
 */
export function searchOf(definition: SagaDefinition, state: SagaState): string | null {
  if (definition.search === undefined) return null;
  const attributes: Record<string, string> = {};
  for (const [name, expression] of Object.entries(definition.search)) {
    const value = ofInput(expression, state, `${definition.name}, search.${name}`);
    if (value === null) continue;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    attributes[name] = text.slice(0, VALUE_CHARS_MAX);
  }
  return Object.keys(attributes).length === 0 ? null : JSON.stringify(attributes);
}

/** An expression over what is known before a saga begins; null when it leads nowhere. */
export function ofInput(
  expression: Json,
  saga: Pick<SagaState, 'sagaId' | 'correlationId' | 'input'>,
  place: string,
): Json {
  try {
    return evaluate(
      expression,
      (path) => {
        if (path[0] === 'input') return dig(saga.input, path, 1);
        if (path[0] !== 'saga') return undefined;
        if (path[1] === 'id') return saga.sagaId;
        return path[1] === 'correlation' ? saga.correlationId : undefined;
      },
      place,
    );
  } catch (error) {
    if (isApplianceError(error, 'SAGA_EXPRESSION')) return null;
    throw error;
  }
}
