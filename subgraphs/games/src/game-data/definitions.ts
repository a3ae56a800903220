import { IsPlainText } from '@gamegraph/subgraph-kit';
import { ArrayMaxSize, Matches, Max, Min } from 'class-validator';
import { Field, Float, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

/** As formulas write names. */
const KEY = /^[A-Za-z_][A-Za-z0-9_-]{0,62}(?<!-)$/;

function IsKey(): PropertyDecorator {
  return Matches(KEY, {
    message: 'key consists of letters, digits, _ and -, and begins with a letter: attack_speed',
  });
}

export enum AttributeType {
  INTEGER = 'INTEGER',
  DECIMAL = 'DECIMAL',
  BOOLEAN = 'BOOLEAN',
  TEXT = 'TEXT',
  ENUM = 'ENUM',
}

registerEnumType(AttributeType, {
  name: 'AttributeType',
  description: 'What the values of an attribute are.',
  valuesConfig: {
    INTEGER: { description: 'Whole numbers.' },
    DECIMAL: { description: 'Numbers.' },
    BOOLEAN: { description: 'True or false.' },
    TEXT: { description: 'Texts for people.' },
    ENUM: { description: 'One of the values that the definition lists.' },
  },
});

// Each class is both what clients send and what they get: the two never differ.

@InputType('AttributeDefinitionInput', { description: "A typed figure of a game's items." })
@ObjectType({ description: "A typed figure of a game's items." })
export class AttributeDefinition {
  @Field(() => String, { description: 'What formulas and filters call it.' })
  @IsKey()
  key!: string;

  @Field(() => String)
  @IsPlainText({ max: 80 })
  name!: string;

  @Field(() => AttributeType)
  type!: AttributeType;

  @Field(() => String, { nullable: true, description: 'Such as `kg` or `%`.' })
  @IsPlainText({ max: 20 })
  unit: string | null = null;

  @Field(() => Float, { nullable: true, description: 'The least value of a number.' })
  min: number | null = null;

  @Field(() => Float, { nullable: true, description: 'The greatest value of a number.' })
  max: number | null = null;

  @Field(() => [String], { description: 'Of an ENUM; else empty.' })
  @ArrayMaxSize(100)
  values: string[] = [];

  @Field(() => Boolean, { description: 'Whether every item has it.' })
  isRequired: boolean = false;
}

@InputType('ParameterDefinitionInput', {
  description: 'A number that whoever makes a build chooses.',
})
@ObjectType({ description: 'A number that whoever makes a build chooses, such as a level.' })
export class ParameterDefinition {
  @Field(() => String, { description: 'Formulas call it `param.key`.' })
  @IsKey()
  key!: string;

  @Field(() => String)
  @IsPlainText({ max: 80 })
  name!: string;

  @Field(() => Int)
  min!: number;

  @Field(() => Int)
  max!: number;

  @Field(() => Int)
  defaultValue!: number;
}

@InputType('SlotDefinitionInput', { description: 'A place for items in builds.' })
@ObjectType({ description: 'A place for items in the builds of a game.' })
export class SlotDefinition {
  @Field(() => String, { description: 'What formulas and items call it.' })
  @IsKey()
  key!: string;

  @Field(() => String)
  @IsPlainText({ max: 80 })
  name!: string;

  @Field(() => Int, { description: 'How many items it holds: 1 to 100.' })
  @Min(1)
  @Max(100)
  capacity: number = 1;

  @Field(() => Boolean, { description: 'Whether it must hold one at least.' })
  isRequired: boolean = false;
}

@InputType('StatDefinitionInput', { description: 'A figure of a build.' })
@ObjectType({ description: "A figure that follows from a build's items and parameters." })
export class StatDefinition {
  @Field(() => String, { description: 'Formulas call it `stat.key`.' })
  @IsKey()
  key!: string;

  @Field(() => String)
  @IsPlainText({ max: 80 })
  name!: string;

  @Field(() => String, { nullable: true })
  @IsPlainText({ max: 20 })
  unit: string | null = null;

  @Field(() => String, { description: 'A number: `sum(damage) * (1 + param.level / 100)`.' })
  formula!: string;
}

@InputType('RuleDefinitionInput', { description: 'What must hold of builds.' })
@ObjectType({ description: 'What must hold of the builds of a game.' })
export class RuleDefinition {
  @Field(() => String)
  @IsKey()
  key!: string;

  @Field(() => String, { description: 'True or false: `sum(weight) <= stat.strength * 10`.' })
  formula!: string;

  @Field(() => String, { description: 'What to say of a build of which it does not hold.' })
  @IsPlainText({ max: 200 })
  message!: string;
}
