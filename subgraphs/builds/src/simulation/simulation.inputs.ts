import { ITERATIONS_MAX, ITERATIONS_MIN } from '@gamegraph/rules';
import { IsOptional, Max, MaxLength, Min } from 'class-validator';
import { Field, Float, ID, InputType, Int } from 'type-graphql';

@InputType({ description: 'Which fight of a build, and how often.' })
export class SimulateBuildInput {
  @Field(() => ID)
  buildId!: string;

  @Field(() => ID, { nullable: true, description: 'The other build, in a fight of two.' })
  opponentId?: string | null;

  @Field(() => String, { description: 'The key of the fight: `GameData.fights`.' })
  @MaxLength(64)
  fight!: string;

  @Field(() => Int, { description: 'The same seed makes the same fights.' })
  @Min(0)
  seed: number = 1;

  @Field(() => Int, { description: `How many fights: ${ITERATIONS_MIN} to ${ITERATIONS_MAX}.` })
  @Min(ITERATIONS_MIN)
  @Max(ITERATIONS_MAX)
  iterations: number = 10_000;

  @Field(() => Float, {
    nullable: true,
    description:
      'Stops before so many once all is known so closely: when from no mean to `low` or `high` is more than this part of it, ' +
      'or for a CHANCE more than this. 0.01 is one percent.',
  })
  @IsOptional()
  @Min(0.000_1)
  @Max(1)
  precision?: number | null;
}
