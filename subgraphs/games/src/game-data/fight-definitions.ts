import { IsPlainText } from '@gamegraph/subgraph-kit';
import { ArrayMaxSize, IsOptional, ValidateNested } from 'class-validator';
import { Field, Float, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { IsKey } from './definitions.js';

export enum FightPace {
  TIME = 'TIME',
  TURNS = 'TURNS',
}

registerEnumType(FightPace, {
  name: 'FightPace',
  description: 'When the sides of a fight act.',
  valuesConfig: {
    TIME: { description: 'Each action comes in seconds of its own.' },
    TURNS: { description: 'In each turn each side does one, the faster one first.' },
  },
});

export enum FightEffectOf {
  SELF = 'SELF',
  OTHER = 'OTHER',
}

registerEnumType(FightEffectOf, {
  name: 'FightEffectOf',
  description: 'Whose variable an effect changes.',
});

export enum FightMeasureType {
  NUMBER = 'NUMBER',
  CHANCE = 'CHANCE',
}

registerEnumType(FightMeasureType, {
  name: 'FightMeasureType',
  description: 'What is measured of a fight.',
  valuesConfig: {
    CHANCE: { description: 'How often something is so: its formula is a condition.' },
  },
});

@InputType('FightVariableInput', { description: 'A figure of one side that changes in a fight.' })
@ObjectType({ description: 'A figure of one side that changes in a fight.' })
export class FightVariable {
  @Field(() => String, {
    description: 'Formulas call it `self.key`, those of the other side `other.key`.',
  })
  @IsKey()
  key!: string;

  @Field(() => String)
  @IsPlainText({ max: 80 })
  name!: string;

  @Field(() => String, { description: 'What it begins with. May use the variables before it.' })
  formula!: string;
}

@InputType('FightEffectInput', { description: 'Gives a variable another value.' })
@ObjectType({ description: 'Gives a variable another value.' })
export class FightEffect {
  @Field(() => FightEffectOf)
  of: FightEffectOf = FightEffectOf.SELF;

  @Field(() => String, { description: 'Its key.' })
  variable!: string;

  @Field(() => String, { description: 'Its new value: `other.health - self.damage`.' })
  formula!: string;
}

@InputType('FightActionInput', { description: 'What a side does in a fight.' })
@ObjectType({ description: 'What a side does in a fight.' })
export class FightAction {
  @Field(() => String)
  @IsKey()
  key!: string;

  @Field(() => String)
  @IsPlainText({ max: 80 })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: 'By TIME: the seconds until it comes again, asked anew each time.',
  })
  every: string | null = null;

  @Field(() => String, {
    nullable: true,
    description: 'By TIME: the seconds until it comes first. At once, if not said.',
  })
  first: string | null = null;

  @Field(() => String, {
    nullable: true,
    description: 'Whether it has its effects: `chance(stat.hit / 100)`. Always, if not said.',
  })
  condition: string | null = null;

  @Field(() => [FightEffect], { description: 'Each sees what those before it did.' })
  @ArrayMaxSize(50)
  @ValidateNested()
  effects: FightEffect[] = [];
}

@InputType('FightSideInput', { description: 'A side of a fight.' })
@ObjectType({ description: 'A side of a fight.' })
export class FightSide {
  @Field(() => String, {
    nullable: true,
    description: 'By TURNS: who has more goes first; chance decides between equals.',
  })
  speed: string | null = null;

  @Field(() => [FightVariable])
  @ArrayMaxSize(50)
  @ValidateNested()
  variables: FightVariable[] = [];

  @Field(() => [FightAction], { description: 'By TURNS: it does the first whose condition holds.' })
  @ArrayMaxSize(50)
  @ValidateNested()
  actions: FightAction[] = [];
}

@InputType('FightMeasureInput', { description: 'What is told of a fight.' })
@ObjectType({ description: 'What is told of a fight.' })
export class FightMeasure {
  @Field(() => String)
  @IsKey()
  key!: string;

  @Field(() => String)
  @IsPlainText({ max: 80 })
  name!: string;

  @Field(() => String, { nullable: true })
  @IsPlainText({ max: 20 })
  unit: string | null = null;

  @Field(() => FightMeasureType)
  type: FightMeasureType = FightMeasureType.NUMBER;

  @Field(() => String, {
    description:
      'From the build’s side, when it is over: `self.dealt / time()`, `other.health <= 0`.',
  })
  formula!: string;
}

@InputType('FightDefinitionInput', { description: 'A fight that builds can be simulated in.' })
@ObjectType({
  description: 'A fight that builds can be simulated in: against a target, or against each other.',
})
export class FightDefinition {
  @Field(() => String)
  @IsKey()
  key!: string;

  @Field(() => String)
  @IsPlainText({ max: 80 })
  name!: string;

  @Field(() => FightPace)
  pace!: FightPace;

  @Field(() => Float, { description: 'Seconds, or turns: then it ends, whatever happens.' })
  limit!: number;

  @Field(() => FightSide, { description: 'The build’s; of a fight of two builds, that of both.' })
  @ValidateNested()
  build!: FightSide;

  @Field(() => FightSide, { nullable: true, description: 'Null for a fight of two builds.' })
  @IsOptional()
  @ValidateNested()
  target: FightSide | null = null;

  @Field(() => String, {
    nullable: true,
    description: 'Asked after each action, from the build’s side: whether it is over.',
  })
  end: string | null = null;

  @Field(() => [FightMeasure])
  @ArrayMaxSize(20)
  @ValidateNested()
  measures!: FightMeasure[];
}
