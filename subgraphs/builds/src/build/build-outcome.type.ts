import { Field, Float, Int, ObjectType } from 'type-graphql';
import { BuildFault } from './build.refusals.js';

@ObjectType({ description: 'A figure of a build, by a formula of its game.' })
export class BuildStat {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  unit!: string | null;

  @Field(() => Float, { nullable: true })
  value!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why there is no value: the formula divides by zero, say.',
  })
  problem!: string | null;
}

@ObjectType({ description: 'A stat that is not what it was.' })
export class BuildStatDifference {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  unit!: string | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Null when it had no value, or was not there.',
  })
  before!: number | null;

  @Field(() => Float, { nullable: true, description: 'Null when it has no value, or is gone.' })
  after!: number | null;

  @Field(() => Float, { nullable: true, description: 'Null where one of the two is.' })
  change!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'The change as a part of what it was: -0.031 for 3.1 % less. Null where that was 0.',
  })
  relativeChange!: number | null;
}

@ObjectType({ description: 'What should hold of a build, and does not.' })
export class RuleViolation {
  @Field(() => String, {
    description:
      'The key of the game’s rule; `slot.<key>` or `parameter.<key>` for what slots and parameters demand by themselves.',
  })
  rule!: string;

  @Field(() => String)
  message!: string;

  @Field(() => String, { nullable: true, description: 'How to mend it, where the game says so.' })
  cure!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Which of the build’s `items` it is about: 0, 1, 2 …; null when it is about all.',
  })
  placement!: number | null;
}

@ObjectType({
  description:
    'What the author of a build chooses: a number, such as a level, or one of some values.',
})
export class BuildParameter {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  name!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      'What was chosen, or else the game’s default; null where there are values to choose from.',
  })
  value!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Which value was chosen, or else the first; null for a number.',
  })
  choice!: string | null;
}

@ObjectType({ description: 'What a build would be if it were saved.' })
export class BuildCheck {
  @Field(() => [BuildStat])
  stats!: BuildStat[];

  @Field(() => [RuleViolation], {
    description: 'All rules that it breaks. It may be saved nevertheless.',
  })
  violations!: RuleViolation[];

  @Field(() => [BuildFault], { description: 'All that keeps it from being saved.' })
  faults!: BuildFault[];
}
