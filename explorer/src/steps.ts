import { type DocumentNode, Kind, type OperationDefinitionNode, type TypeNode } from 'graphql';

type Values = Record<string, unknown>;

/** The operations of a document: of an example, the steps that are taken one after another. */
export function stepsOf({ definitions }: DocumentNode): OperationDefinitionNode[] {
  return definitions.filter(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION,
  );
}

/**
 * What a step answers under the name of a later step's variable is the value of that variable. One that is a list has
 * all such values, in their order; another the first.
 */
export function valuesFor(later: OperationDefinitionNode[], data: unknown): Values {
  const values: Values = {};
  for (const { variable, type } of later.flatMap(step => step.variableDefinitions ?? [])) {
    const found = [...valuesCalled(variable.name.value, data)];
    if (found.length > 0) values[variable.name.value] = isList(type) ? found : found[0];
  }
  return values;
}

function* valuesCalled(name: string, data: unknown): Generator<unknown> {
  if (typeof data !== 'object' || data === null) return;
  for (const [key, value] of Object.entries(data)) {
    if (key === name) yield value;
    else yield* valuesCalled(name, value);
  }
}

function isList(type: TypeNode): boolean {
  return type.kind === Kind.NON_NULL_TYPE ? isList(type.type) : type.kind === Kind.LIST_TYPE;
}
