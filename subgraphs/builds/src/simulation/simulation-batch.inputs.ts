import { ITERATIONS_MAX, ITERATIONS_MIN } from '@gamegraph/rules';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsOptional,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Field, Float, ID, InputType, Int } from 'type-graphql';

export const CONTESTANTS_MAX = 200;
const BUILDS_MAX = 50;

@InputType({ description: 'A place in builds, where one of several items is to be.' })
export class SimulatedChoiceInput {
  @Field(() => String, { description: 'The key of the slot.' })
  @MaxLength(64)
  slot!: string;

  @Field(() => Int, { description: 'Which of the slot’s items: 0, 1, 2 …' })
  @Min(0)
  position: number = 0;

  @Field(() => [ID], {
    description: 'What is to be tried there. Name the present one too, to have it compared.',
  })
  @ArrayMinSize(1)
  @ArrayMaxSize(CONTESTANTS_MAX)
  itemIds!: string[];
}

@InputType({ description: 'Which builds, with which items, and which fight.' })
export class SimulateBuildsInput {
  @Field(() => [ID], { description: `Of one game: ${BUILDS_MAX} at most.` })
  @ArrayMinSize(1)
  @ArrayMaxSize(BUILDS_MAX)
  buildIds!: string[];

  @Field(() => [SimulatedChoiceInput], {
    description: `All combinations are tried, of each build: ${CONTESTANTS_MAX} at most.`,
  })
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  choices: SimulatedChoiceInput[] = [];

  @Field(() => ID, { nullable: true, description: 'Whom they fight, in a fight of two builds.' })
  opponentId?: string | null;

  @Field(() => String, { description: 'The key of the fight: `GameData.fights`.' })
  @MaxLength(64)
  fight!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The key of the measure that they are ranked by. The first, if not said.',
  })
  @IsOptional()
  @MaxLength(64)
  rankBy?: string | null;

  @Field(() => Boolean, { description: 'Whether less is better.' })
  isLowestFirst: boolean = false;

  @Field(() => Int, { description: 'The same seed makes the same fights.' })
  @Min(0)
  seed: number = 1;

  @Field(() => Int, {
    description: `How many fights of each: ${ITERATIONS_MIN} to ${ITERATIONS_MAX}.`,
  })
  @Min(ITERATIONS_MIN)
  @Max(ITERATIONS_MAX)
  iterations: number = 1_000;

  @Field(() => Float, { nullable: true, description: 'As of `SimulateBuildInput`.' })
  @IsOptional()
  @Min(0.000_1)
  @Max(1)
  precision?: number | null;
}
