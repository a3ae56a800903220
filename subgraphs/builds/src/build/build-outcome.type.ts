import { Field, Float, ObjectType } from 'type-graphql';
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

@ObjectType({ description: 'What should hold of a build, and does not.' })
export class RuleViolation {
  @Field(() => String, {
    description:
      'The key of the game’s rule; `slot.<key>` or `parameter.<key>` for what slots and parameters demand by themselves.',
  })
  rule!: string;

  @Field(() => String)
  message!: string;
}

@ObjectType({ description: 'A number that the author of a build chooses, such as a level.' })
export class BuildParameter {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  name!: string;

  @Field(() => Float, { description: 'What was chosen, or else the game’s default.' })
  value!: number;
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
