import { ArrayMaxSize, IsOptional, MaxLength, ValidateNested } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import {
  AttributeDefinition,
  ModifierDefinition,
  ParameterDefinition,
  RuleDefinition,
  SlotDefinition,
  StatDefinition,
  TableDefinition,
} from './definitions.js';
import { FightDefinition } from './fight-definitions.js';

@InputType({ description: "What a game's items are made of, and the rules of its builds." })
export class GameDataInput {
  @Field(() => [AttributeDefinition])
  @ArrayMaxSize(200)
  @ValidateNested()
  attributes: AttributeDefinition[] = [];

  @Field(() => [ParameterDefinition])
  @ArrayMaxSize(50)
  @ValidateNested()
  parameters: ParameterDefinition[] = [];

  @Field(() => [SlotDefinition])
  @ArrayMaxSize(50)
  @ValidateNested()
  slots: SlotDefinition[] = [];

  @Field(() => [TableDefinition])
  @ArrayMaxSize(100)
  @ValidateNested()
  tables: TableDefinition[] = [];

  @Field(() => [StatDefinition])
  @ArrayMaxSize(200)
  @ValidateNested()
  stats: StatDefinition[] = [];

  @Field(() => [ModifierDefinition])
  @ArrayMaxSize(500)
  @ValidateNested()
  modifiers: ModifierDefinition[] = [];

  @Field(() => [RuleDefinition])
  @ArrayMaxSize(100)
  @ValidateNested()
  rules: RuleDefinition[] = [];

  @Field(() => String, {
    nullable: true,
    description: 'The key of the attribute that is what an item costs: a number.',
  })
  @IsOptional()
  @MaxLength(64)
  cost: string | null = null;

  @Field(() => [FightDefinition])
  @ArrayMaxSize(20)
  @ValidateNested()
  fights: FightDefinition[] = [];
}
