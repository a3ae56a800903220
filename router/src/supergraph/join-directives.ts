import {
  type ConstDirectiveNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
} from 'graphql';

export type FieldsType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** The value of join__Graph that a directive is about. */
export function graphOf({ arguments: args }: ConstDirectiveNode): string | undefined {
  const value = args?.find(({ name }) => name.value === 'graph')?.value;
  return value?.kind === Kind.ENUM ? value.value : undefined;
}

/** An argument that is true or false; undefined where it is not given. */
export function flagOf({ arguments: args }: ConstDirectiveNode, name: string): boolean | undefined {
  const value = args?.find(argument => argument.name.value === name)?.value;
  return value?.kind === Kind.BOOLEAN ? value.value : undefined;
}

export function textOf(
  directive: ConstDirectiveNode | undefined,
  name: string,
): string | undefined {
  const value = directive?.arguments?.find(argument => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}
