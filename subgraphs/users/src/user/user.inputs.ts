import { IsPlainText } from '@gamegraph/subgraph-kit';
import {
  IsEmail,
  IsISO31661Alpha2,
  IsOptional,
  IsUrl,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { Field, InputType, registerEnumType } from 'type-graphql';
import { PrivacyInput } from './privacy.js';

const PASSWORD_MAX = 128;

@InputType({ description: 'Who wants an account.' })
export class RegisterInput {
  @Field(() => String)
  @IsEmail({ require_tld: false })
  @MaxLength(254)
  email!: string;

  @Field(() => String, {
    description: `At least 8 characters of any kind, ${PASSWORD_MAX} at most.`,
  })
  @MaxLength(PASSWORD_MAX)
  password!: string;

  @Field(() => String, {
    description: '3 to 24 letters and digits, with single underscores between them.',
  })
  handle!: string;

  @Field(() => String, { nullable: true, description: 'The handle, if not given.' })
  @IsPlainText({ max: 48 })
  displayName?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 3166-1 alpha-2.' })
  @IsOptional()
  @IsISO31661Alpha2()
  region?: string | null;
}

@InputType({ description: 'What is not given stays as it is; null empties.' })
export class UpdateProfileInput {
  @Field(() => String, { nullable: true })
  @IsPlainText({ max: 48 })
  displayName?: string | null;

  @Field(() => String, { nullable: true })
  @IsPlainText({ min: 0, max: 1_000, multiline: true })
  bio?: string | null;

  @Field(() => String, { nullable: true, description: 'By https.' })
  @IsOptional()
  @IsUrl({ protocols: ['https'], require_protocol: true })
  @MaxLength(2_048)
  avatarUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 3166-1 alpha-2.' })
  @IsOptional()
  @IsISO31661Alpha2()
  region?: string | null;

  @Field(() => PrivacyInput, { nullable: true })
  @IsOptional()
  @ValidateNested()
  privacy?: PrivacyInput | null;
}

export enum UserSort {
  HANDLE = 'HANDLE',
  NEWEST = 'NEWEST',
  FRIENDS_COUNT = 'FRIENDS_COUNT',
  GAMES_COUNT = 'GAMES_COUNT',
  BUILDS_COUNT = 'BUILDS_COUNT',
}

registerEnumType(UserSort, {
  name: 'UserSort',
  description: 'The order of users; counts and dates from high to low.',
});
