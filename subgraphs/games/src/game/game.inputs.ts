import { IsPlainText } from '@gamegraph/subgraph-kit';
import {
  ArrayMaxSize,
  IsOptional,
  IsUrl,
  Matches,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { SLUG } from '../studio/studio.inputs.js';
import { GamePlatform } from './game.enums.js';

const SLUG_RULE = { message: 'slug consists of a-z and 0-9, with single hyphens between them' };

@InputType({ description: 'The texts of a game in one locale, in place of those it had there.' })
export class GameTextInput {
  @Field(() => String, { description: 'As BCP 47 writes it: `de`, `pt-BR`.' })
  locale!: string;

  @Field(() => String)
  @IsPlainText({ max: 120 })
  title!: string;

  @Field(() => String, { nullable: true, description: 'In a sentence or two.' })
  @IsPlainText({ max: 300 })
  summary?: string | null;

  @Field(() => String, { nullable: true })
  @IsPlainText({ max: 10_000, multiline: true })
  description?: string | null;
}

@InputType()
abstract class GamePageInput {
  @Field(() => [GameTextInput], { nullable: true })
  @IsOptional()
  @ArrayMaxSize(30)
  @ValidateNested()
  texts?: GameTextInput[] | null;

  @Field(() => [String], { nullable: true, description: 'By name; at most 20.' })
  @IsOptional()
  @ArrayMaxSize(20)
  tags?: string[] | null;

  @Field(() => [GamePlatform], { nullable: true })
  platforms?: GamePlatform[] | null;

  @Field(() => String, { nullable: true, description: 'Of an image, by https.' })
  @IsOptional()
  @IsUrl({ protocols: ['https'], require_protocol: true })
  @MaxLength(2_048)
  coverUrl?: string | null;
}

@InputType({ description: 'A game to begin, as a draft.' })
export class CreateGameInput extends GamePageInput {
  @Field(() => ID)
  studioId!: string;

  @Field(() => String, { description: 'The unique name, for addresses.' })
  @MaxLength(80)
  @Matches(SLUG, SLUG_RULE)
  slug!: string;

  @Field(() => String, {
    description: 'The locale of its own texts, which stand in where others are missing.',
  })
  language: string = 'en';
}

@InputType({
  description: 'What is not given stays as it is; null takes the cover away.',
})
export class UpdateGameInput extends GamePageInput {
  @Field(() => ID)
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The old one keeps leading to the game.',
  })
  @IsOptional()
  @MaxLength(80)
  @Matches(SLUG, SLUG_RULE)
  slug?: string | null;

  @Field(() => [String], { nullable: true, description: 'Whose texts are taken away.' })
  removedLocales?: string[] | null;
}

@InputType({ description: 'Which games; all that is given must hold.' })
export class GameFilter {
  @Field(() => [String], { nullable: true, description: 'Slugs: games with all of these tags.' })
  @IsOptional()
  @ArrayMaxSize(20)
  tags?: string[] | null;

  @Field(() => [GamePlatform], { nullable: true, description: 'Games for any of these.' })
  platforms?: GamePlatform[] | null;

  @Field(() => ID, { nullable: true })
  studioId?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether there is a discount now.' })
  onSale?: boolean | null;

  @Field(() => Int, { nullable: true })
  @IsOptional()
  @Min(0)
  minOwners?: number | null;
}

export enum GameSort {
  RELEVANCE = 'RELEVANCE',
  TITLE = 'TITLE',
  NEWEST = 'NEWEST',
  OWNERS = 'OWNERS',
  BUILDS = 'BUILDS',
}

registerEnumType(GameSort, {
  name: 'GameSort',
  description: 'The order of games; counts and dates from high to low.',
  valuesConfig: {
    RELEVANCE: { description: 'By how well they fit the search; only with one.' },
  },
});
