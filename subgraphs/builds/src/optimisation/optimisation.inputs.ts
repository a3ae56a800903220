import {
  ArrayMaxSize,
  IsOptional,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { Field, Float, ID, InputType, Int } from 'type-graphql';

const KEY_MAX = 200;
const OBJECTIVE_MAX = 1_000;
const LISTED_MAX = 100;
export const ALTERNATIVES_MAX = 10;
export const SECONDS_MAX = 300;

@InputType({ description: 'What a stat of the build must be.' })
export class StatLimitInput {
  @Field(() => String, { description: 'The key of the stat.' })
  @MaxLength(KEY_MAX)
  stat!: string;

  @Field(() => Float, { nullable: true })
  min?: number | null;

  @Field(() => Float, { nullable: true })
  max?: number | null;
}

@InputType({ description: 'An item that the build must have.' })
export class RequiredItemInput {
  @Field(() => ID)
  itemId!: string;

  @Field(() => String, { description: 'The key of the slot that it is to be in.' })
  @MaxLength(KEY_MAX)
  slot!: string;
}

@InputType({ description: 'What the best build is to be like.' })
export class OptimiseBuildInput {
  @Field(() => ID, {
    description: 'The build to begin with: its parameters hold, and what is in locked slots stays.',
  })
  buildId!: string;

  @Field(() => String, {
    description:
      'What is to be as much as possible: a formula of the game’s own stats, such as `stat.dps + 0.1 * stat.health`.',
  })
  @MinLength(1)
  @MaxLength(OBJECTIVE_MAX)
  objective!: string;

  @Field(() => [String], {
    defaultValue: [],
    description:
      'Keys of slots that stay as they are, with what is in their sockets. Empty sockets are filled, unless their slot is locked.',
  })
  @ArrayMaxSize(LISTED_MAX)
  @MaxLength(KEY_MAX, { each: true })
  lockedSlots!: string[];

  @Field(() => [StatLimitInput], { defaultValue: [] })
  @ArrayMaxSize(LISTED_MAX)
  @ValidateNested({ each: true })
  limits!: StatLimitInput[];

  @Field(() => Float, {
    nullable: true,
    description: 'What the whole build costs at most, by the attribute that is the game’s `cost`.',
  })
  @IsOptional()
  @Min(0)
  budget?: number | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Whether only items of your own inventory are chosen, each as often as it is there.',
  })
  ownedOnly!: boolean;

  @Field(() => [ID], { defaultValue: [], description: 'Items that are not to be chosen.' })
  @ArrayMaxSize(LISTED_MAX)
  excludedItemIds!: string[];

  @Field(() => RequiredItemInput, { nullable: true })
  @IsOptional()
  @ValidateNested()
  required?: RequiredItemInput | null;

  @Field(() => Int, {
    defaultValue: 1,
    description: `How many builds: the best, and then others that differ from all before. At most ${ALTERNATIVES_MAX}.`,
  })
  @Min(1)
  @Max(ALTERNATIVES_MAX)
  alternatives!: number;

  @Field(() => Int, {
    defaultValue: 2,
    description:
      'How many items two of them have at least that the other has not, together: 2 for one item for another.',
  })
  @Min(1)
  @Max(LISTED_MAX)
  differing!: number;

  @Field(() => Int, {
    defaultValue: 30,
    description: 'After so many seconds the best so far is it, whether or not that is proven.',
  })
  @Min(1)
  @Max(SECONDS_MAX)
  seconds!: number;
}
