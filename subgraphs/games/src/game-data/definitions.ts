import { KEY } from '@gamegraph/rules';
import { IsPlainText } from '@gamegraph/subgraph-kit';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { Field, Float, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

/** Of what formulas name. */
export function IsKey(): PropertyDecorator {
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
  LIST = 'LIST',
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
    LIST: {
      description:
        'Some of the values that the definition lists, in an order; repeats are allowed.',
    },
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

  @Field(() => [String], { description: 'Of an ENUM or a LIST; else empty.' })
  @ArrayMaxSize(500)
  values: string[] = [];

  @Field(() => Boolean, { description: 'Whether every item has it.' })
  isRequired: boolean = false;

  @Field(() => Float, {
    nullable: true,
    description:
      'Of a number: what an item that does not have it has instead. Without one that is 0.',
  })
  defaultValue: number | null = null;
}

@InputType('ParameterDefinitionInput', {
  description: 'What whoever makes a build chooses: a whole number, or one of some values.',
})
@ObjectType({
  description:
    'What whoever makes a build chooses: a whole number, such as a level, or one of some values, such as a class.',
})
export class ParameterDefinition {
  @Field(() => String, { description: 'Formulas call it `param.key`.' })
  @IsKey()
  key!: string;

  @Field(() => String)
  @IsPlainText({ max: 80 })
  name!: string;

  @Field(() => Int, { description: 'Of a number.' })
  min: number = 0;

  @Field(() => Int, { description: 'Of a number.' })
  max: number = 0;

  @Field(() => Int, { description: 'Of a number.' })
  defaultValue: number = 0;

  @Field(() => [String], {
    description: 'What there is to choose from; the first is the default. Empty for a number.',
  })
  @ArrayMaxSize(200)
  values: string[] = [];
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

  @Field(() => String, {
    nullable: true,
    description:
      'Of a slot that is sockets of other items: the LIST that says which sockets an item has.',
  })
  socketsOf: string | null = null;

  @Field(() => String, {
    nullable: true,
    description: 'The LIST of an item for sockets that says which of these it matches.',
  })
  matchedBy: string | null = null;
}

export enum TableMatch {
  EXACT = 'EXACT',
  STEP = 'STEP',
  LINEAR = 'LINEAR',
}

registerEnumType(TableMatch, {
  name: 'TableMatch',
  description: 'How a value is looked up on an axis of a table.',
  valuesConfig: {
    EXACT: { description: 'The same key.' },
    STEP: { description: 'The greatest number that is not greater.' },
    LINEAR: { description: 'Between the two numbers next to it, in proportion.' },
  },
});

@InputType('TableAxisInput', { description: 'What the values of a table are looked up by.' })
@ObjectType({ description: 'What the values of a table are looked up by: numbers, or texts.' })
export class TableAxis {
  @Field(() => [Float], { description: 'Rising; empty for an axis of texts.' })
  @ArrayMaxSize(1_000)
  numbers: number[] = [];

  @Field(() => [String], { description: 'Empty for an axis of numbers.' })
  @ArrayMaxSize(1_000)
  texts: string[] = [];

  @Field(() => TableMatch)
  match: TableMatch = TableMatch.EXACT;
}

@InputType('TableDefinitionInput', { description: 'Numbers for formulas to look up.' })
@ObjectType({ description: 'Numbers for formulas to look up.' })
export class TableDefinition {
  @Field(() => String, { description: 'Formulas call it `table.key(first, second)`.' })
  @IsKey()
  key!: string;

  @Field(() => String)
  @IsPlainText({ max: 80 })
  name!: string;

  @Field(() => [TableAxis], { description: 'One, or two.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(2)
  @ValidateNested()
  axes!: TableAxis[];

  @Field(() => [Float], {
    description: 'All of the first key of the first axis, then all of its second, and so on.',
  })
  @ArrayMaxSize(10_000)
  values!: number[];
}

export enum Rounding {
  NONE = 'NONE',
  FLOOR = 'FLOOR',
  CEIL = 'CEIL',
  NEAREST = 'NEAREST',
  TRUNCATE = 'TRUNCATE',
}

registerEnumType(Rounding, {
  name: 'Rounding',
  description: 'How a number becomes a whole one.',
  valuesConfig: {
    NONE: { description: 'It does not.' },
    NEAREST: { description: 'Halves away from zero.' },
    TRUNCATE: { description: 'Towards zero.' },
  },
});

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

  @Field(() => Rounding, { description: 'Of what its formula and the modifiers of it come to.' })
  rounding: Rounding = Rounding.NONE;
}

export enum ModifierLayer {
  FLAT = 'FLAT',
  CONVERSION = 'CONVERSION',
  INCREASED = 'INCREASED',
  MORE = 'MORE',
  MINIMUM = 'MINIMUM',
  CAP = 'CAP',
}

registerEnumType(ModifierLayer, {
  name: 'ModifierLayer',
  description:
    'How a modifier changes a stat. Layers are applied in this order, and within one the modifiers in theirs.',
  valuesConfig: {
    FLAT: { description: 'Is added.' },
    CONVERSION: {
      description: 'So many percent of another stat become part of this one, and leave that.',
    },
    INCREASED: { description: 'So many percent of what FLAT and CONVERSION came to are added.' },
    MORE: { description: 'So many percent of what the stat is by then are added.' },
    MINIMUM: { description: 'The stat is no less.' },
    CAP: { description: 'The stat is no more.' },
  },
});

@InputType('ModifierDefinitionInput', { description: 'A change of a stat.' })
@ObjectType({ description: 'A change of a stat, by a layer: a set bonus, a percentage, a cap.' })
export class ModifierDefinition {
  @Field(() => String)
  @IsKey()
  key!: string;

  @Field(() => String)
  @IsPlainText({ max: 80 })
  name!: string;

  @Field(() => String, { description: 'The key of the stat that it changes.' })
  stat!: string;

  @Field(() => ModifierLayer)
  layer!: ModifierLayer;

  @Field(() => String, { description: 'A number, or a percentage: `sum(haste_rating) / 32.79`.' })
  formula!: string;

  @Field(() => String, {
    nullable: true,
    description: "When it applies: `count(item.set = 'Wolf') >= 2`. Always, if not said.",
  })
  condition: string | null = null;

  @Field(() => String, { nullable: true, description: 'Of a CONVERSION: the stat that gives.' })
  from: string | null = null;

  @Field(() => Rounding, { description: 'Of what the stat is right after it.' })
  rounding: Rounding = Rounding.NONE;
}

export enum RuleScope {
  BUILD = 'BUILD',
  ITEM = 'ITEM',
}

registerEnumType(RuleScope, {
  name: 'RuleScope',
  description: 'What a rule is about.',
  valuesConfig: {
    BUILD: { description: 'A build as a whole.' },
    ITEM: {
      description:
        'Each item of a build: its formula may use `item.key`, `slot()`, `copies()` and the like.',
    },
  },
});

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

  @Field(() => RuleScope)
  scope: RuleScope = RuleScope.BUILD;

  @Field(() => String, { nullable: true, description: 'How to mend it.' })
  @IsOptional()
  @IsPlainText({ max: 200 })
  cure: string | null = null;
}
