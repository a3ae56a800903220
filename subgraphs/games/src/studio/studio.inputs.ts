import { IsPlainText } from '@gamegraph/subgraph-kit';
import { Length, Matches } from 'class-validator';
import { Field, InputType } from 'type-graphql';

/** What addresses are made of: words of small letters and digits with hyphens between them. */
export const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

@InputType({ description: 'A studio to found.' })
export class CreateStudioInput {
  @Field(() => String)
  @IsPlainText({ max: 80 })
  name!: string;

  @Field(() => String, {
    description: '3 to 40 small letters and digits, with single hyphens between them.',
  })
  @Length(3, 40)
  @Matches(SLUG, { message: 'handle consists of a-z and 0-9, with single hyphens between them' })
  handle!: string;
}
