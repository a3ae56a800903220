import { IsPlainText } from '@gamegraph/subgraph-kit';
import {
  ArrayMaxSize,
  IsISO31661Alpha2,
  IsOptional,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Field, Float, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { BuildVisibility } from './build-visibility.js';

export const NAME_MAX = 80;
export const NOTES_MAX = 5_000;
export const ITEMS_MAX = 200;
export const PARAMETERS_MAX = 100;
const KEY_MAX = 200;

@InputType({ description: 'A socket of an item of the same build.' })
export class BuildSocketInput {
  @Field(() => Int, { description: 'Which item of the list has it: 0, 1, 2 …' })
  @Min(0)
  of!: number;

  @Field(() => Int, { description: 'Which of its sockets: 0, 1, 2 …' })
  @Min(0)
  index!: number;
}

@InputType({ description: 'An item to put into a slot.' })
export class BuildItemInput {
  @Field(() => String, { description: 'The key of the slot.' })
  @MaxLength(KEY_MAX)
  slot!: string;

  @Field(() => ID)
  itemId!: string;

  @Field(() => BuildSocketInput, {
    nullable: true,
    description: 'Where the slot is sockets of other items.',
  })
  @IsOptional()
  @ValidateNested()
  socket?: BuildSocketInput | null;
}

@InputType({ description: 'What to choose: a number, or one of the values of the parameter.' })
export class BuildParameterInput {
  @Field(() => String)
  @MaxLength(KEY_MAX)
  key!: string;

  @Field(() => Float, { nullable: true, description: 'A whole number.' })
  value?: number | null;

  @Field(() => String, { nullable: true, description: 'One of `ParameterDefinition.values`.' })
  @IsOptional()
  @MaxLength(KEY_MAX)
  choice?: string | null;
}

@InputType({ description: 'What a build consists of.' })
export class BuildContentInput {
  @Field(() => ID)
  gameId!: string;

  @Field(() => [BuildItemInput], {
    description: `At most ${ITEMS_MAX}; those of one slot in their order.`,
  })
  @ArrayMaxSize(ITEMS_MAX)
  @ValidateNested({ each: true })
  items!: BuildItemInput[];

  @Field(() => [BuildParameterInput], {
    defaultValue: [],
    description: 'What is not given has the game’s default.',
  })
  @ArrayMaxSize(PARAMETERS_MAX)
  @ValidateNested({ each: true })
  parameters!: BuildParameterInput[];
}

@InputType({ description: 'A build to make.' })
export class CreateBuildInput extends BuildContentInput {
  @Field(() => String)
  @IsPlainText({ max: NAME_MAX })
  name!: string;

  @Field(() => String, { nullable: true })
  @IsPlainText({ min: 0, max: NOTES_MAX, multiline: true })
  notes?: string | null;

  @Field(() => BuildVisibility, { defaultValue: BuildVisibility.PRIVATE })
  visibility!: BuildVisibility;
}

@InputType({ description: 'What is not given stays as it is; notes that are null are emptied.' })
export class SaveBuildInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { description: 'The revision that this is a change of.' })
  expectedRevision!: number;

  @Field(() => String, { nullable: true })
  @IsPlainText({ max: NAME_MAX })
  name?: string | null;

  @Field(() => String, { nullable: true })
  @IsPlainText({ min: 0, max: NOTES_MAX, multiline: true })
  notes?: string | null;

  @Field(() => [BuildItemInput], { nullable: true, description: 'All of them, in their order.' })
  @IsOptional()
  @ArrayMaxSize(ITEMS_MAX)
  @ValidateNested({ each: true })
  items?: BuildItemInput[] | null;

  @Field(() => [BuildParameterInput], { nullable: true, description: 'All that are not defaults.' })
  @IsOptional()
  @ArrayMaxSize(PARAMETERS_MAX)
  @ValidateNested({ each: true })
  parameters?: BuildParameterInput[] | null;
}

@InputType({ description: 'What a stat is to be. Least and most are part of the range.' })
export class BuildStatFilter {
  @Field(() => String, { description: 'Its key.' })
  @MaxLength(KEY_MAX)
  stat!: string;

  @Field(() => Float, { nullable: true })
  min?: number | null;

  @Field(() => Float, { nullable: true })
  max?: number | null;
}

@InputType({ description: 'What a build is to cost. Least and most are part of the range.' })
export class BuildCostFilter {
  @Field(() => Float, { nullable: true })
  min?: number | null;

  @Field(() => Float, { nullable: true })
  max?: number | null;
}

@InputType({ description: 'Which builds. All that is given must hold.' })
export class BuildFilter {
  @Field(() => ID, { nullable: true })
  gameId?: string | null;

  @Field(() => [String], { nullable: true, description: 'Slugs; the game has all of them.' })
  @IsOptional()
  @ArrayMaxSize(20)
  gameTags?: string[] | null;

  @Field(() => ID, { nullable: true })
  authorId?: string | null;

  @Field(() => [ID], { nullable: true, description: 'The build uses all of them.' })
  @IsOptional()
  @ArrayMaxSize(20)
  itemIds?: string[] | null;

  @Field(() => [BuildStatFilter], {
    nullable: true,
    description: 'The stats are such. Needs a `gameId`: each game has its own stats.',
  })
  @IsOptional()
  @ArrayMaxSize(10)
  @ValidateNested({ each: true })
  stats?: BuildStatFilter[] | null;

  @Field(() => BuildCostFilter, {
    nullable: true,
    description:
      'Its items cost so much together, in the game’s own money. Needs a `gameId`: each game has its own.',
  })
  cost?: BuildCostFilter | null;

  @Field(() => String, { nullable: true, description: 'The author’s, as ISO 3166-1 alpha-2.' })
  @IsOptional()
  @IsISO31661Alpha2()
  region?: string | null;

  @Field(() => Boolean, { nullable: true })
  needsReview?: boolean | null;

  @Field(() => Int, { nullable: true })
  @IsOptional()
  @Min(0)
  minLikes?: number | null;
}

export enum BuildSort {
  MOST_LIKED = 'MOST_LIKED',
  NEWEST = 'NEWEST',
  UPDATED = 'UPDATED',
  GAME_TITLE = 'GAME_TITLE',
  AUTHOR_HANDLE = 'AUTHOR_HANDLE',
  NAME = 'NAME',
}

registerEnumType(BuildSort, {
  name: 'BuildSort',
  description: 'The order of builds; counts and dates from high to low.',
  valuesConfig: {
    NEWEST: { description: 'By when it was first shown to everyone, or else was made.' },
    UPDATED: { description: 'By when its author last changed it.' },
  },
});
