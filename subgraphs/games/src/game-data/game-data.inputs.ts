import { DEFINITIONS_MAX } from '@gamegraph/rules';
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
  @ArrayMaxSize(DEFINITIONS_MAX.attributes)
  @ValidateNested()
  attributes: AttributeDefinition[] = [];

  @Field(() => [ParameterDefinition])
  @ArrayMaxSize(DEFINITIONS_MAX.parameters)
  @ValidateNested()
  parameters: ParameterDefinition[] = [];

  @Field(() => [SlotDefinition])
  @ArrayMaxSize(DEFINITIONS_MAX.slots)
  @ValidateNested()
  slots: SlotDefinition[] = [];

  @Field(() => [TableDefinition])
  @ArrayMaxSize(DEFINITIONS_MAX.tables)
  @ValidateNested()
  tables: TableDefinition[] = [];

  @Field(() => [StatDefinition])
  @ArrayMaxSize(DEFINITIONS_MAX.stats)
  @ValidateNested()
  stats: StatDefinition[] = [];

  @Field(() => [ModifierDefinition])
  @ArrayMaxSize(DEFINITIONS_MAX.modifiers)
  @ValidateNested()
  modifiers: ModifierDefinition[] = [];

  @Field(() => [RuleDefinition])
  @ArrayMaxSize(DEFINITIONS_MAX.rules)
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
  @ArrayMaxSize(DEFINITIONS_MAX.fights)
  @ValidateNested()
  fights: FightDefinition[] = [];
}
