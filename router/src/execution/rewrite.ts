import type { FetchDataRewrite } from '@apollo/query-planner';
import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql';
import { getOwn, isObject, type JsonObject } from './json.js';

const ON = '... on ';

/** Whether an object of the type `typeName` matches the type condition. */
export function matchesType(schema: GraphQLSchema, typeName: string, condition: string): boolean {
  if (typeName === condition) return true;
  const type = schema.getType(typeName);
  const conditionType = schema.getType(condition);
  return (
    isAbstractType(conditionType) &&
    (isObjectType(type) || isInterfaceType(type)) &&
    schema.isSubType(conditionType, type)
  );
}

/** Renames keys and sets values as the planner has it, in place. Paths are of fields and `... on Type`. */
export function applyRewrites(
  schema: GraphQLSchema,
  rewrites: FetchDataRewrite[],
  value: unknown,
): void {
  for (const rewrite of rewrites) {
    const key = rewrite.path.at(-1)!;
    visit(schema, rewrite.path, 0, value, object => {
      if (rewrite.kind === 'ValueSetter') {
        object[key] = rewrite.setValueTo;
      } else if (getOwn(object, key) !== undefined) {
        object[rewrite.renameKeyTo] = object[key];
        delete object[key];
      }
    });
  }
}

function visit(
  schema: GraphQLSchema,
  path: string[],
  depth: number,
  value: unknown,
  change: (object: JsonObject) => void,
): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(schema, path, depth, item, change);
    return;
  }
  if (!isObject(value)) return;
  const step = path[depth]!;
  if (depth === path.length - 1) return change(value);
  if (!step.startsWith(ON)) return visit(schema, path, depth + 1, getOwn(value, step), change);
  const typeName = getOwn(value, '__typename');
  if (typeof typeName !== 'string' || matchesType(schema, typeName, step.slice(ON.length))) {
    visit(schema, path, depth + 1, value, change);
  }
}
