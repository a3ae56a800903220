import type { ItemState } from '@gamegraph/event-contracts';
import { JsonValue } from '@gamegraph/subgraph-kit';
import { ArrayMaxSize, IsOptional, ValidateNested } from 'class-validator';
import { Field, Float, InputType, registerEnumType } from 'type-graphql';

@InputType({ description: 'An item as it is to be.' })
export class ItemInput {
  @Field(() => String, {
    description: 'Unique within the game, and for ever: at most 64 characters, without spaces.',
  })
  key!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  category!: string;

  @Field(() => String, { nullable: true, description: 'Of an image, by https.' })
  iconUrl: string | null = null;

  @Field(() => [String], { description: 'Keys of the slots that it fits.' })
  slots: string[] = [];

  @Field(() => JsonValue, {
    nullable: true,
    description: 'An object: numbers, booleans and texts by the keys of attributes.',
  })
  attributes?: ItemState['attributes'] | null;
}

@InputType({ description: 'What an attribute must be; all that is given must hold.' })
export class ItemAttributeFilter {
  @Field(() => String)
  key!: string;

  @Field(() => Float, { nullable: true, description: 'Of a number: this or more.' })
  min?: number | null;

  @Field(() => Float, { nullable: true, description: 'Of a number: this or less.' })
  max?: number | null;

  @Field(() => JsonValue, { nullable: true, description: 'A value of the type of the attribute.' })
  equals?: unknown;
}

@InputType({ description: 'Which items; all that is given must hold.' })
export class ItemFilter {
  @Field(() => String, { nullable: true })
  category?: string | null;

  @Field(() => String, { nullable: true, description: 'The key of a slot that it fits.' })
  slot?: string | null;

  @Field(() => [ItemAttributeFilter], { nullable: true })
  @IsOptional()
  @ArrayMaxSize(20)
  @ValidateNested()
  attributes?: ItemAttributeFilter[] | null;
}

export enum ItemSort {
  NAME = 'NAME',
  CATEGORY = 'CATEGORY',
}

registerEnumType(ItemSort, { name: 'ItemSort', description: 'The order of items.' });

@InputType({ description: 'An order by the values of an attribute; items without it come last.' })
export class ItemAttributeSort {
  @Field(() => String)
  key!: string;

  @Field(() => Boolean)
  descending: boolean = false;
}
