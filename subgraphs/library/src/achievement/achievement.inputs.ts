import { IsPlainText } from '@gamegraph/subgraph-kit';
import { IsOptional, IsUrl, Matches, Max, MaxLength, Min } from 'class-validator';
import { Field, InputType, Int } from 'type-graphql';

@InputType({ description: 'What an achievement is to be.' })
export class AchievementInput {
  @Field(() => String, {
    description: '1 to 64 letters, digits, `_`, `-` and `.`; it is this achievement for ever.',
  })
  @Matches(/^[A-Za-z0-9_.-]{1,64}$/)
  key!: string;

  @Field(() => String)
  @IsPlainText({ max: 100 })
  name!: string;

  @Field(() => String)
  @IsPlainText({ min: 0, max: 500 })
  description!: string;

  @Field(() => String, { nullable: true, description: 'Of an image, by https.' })
  @IsOptional()
  @IsUrl({ protocols: ['https'], require_protocol: true })
  @MaxLength(2_048)
  iconUrl?: string | null;

  @Field(() => Int, { nullable: true, description: '0 to 1000.' })
  @IsOptional()
  @Min(0)
  @Max(1_000)
  points?: number | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether the description is kept from who has it not.',
  })
  isSecret!: boolean;
}
