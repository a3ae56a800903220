import { ArrayMaxSize, ValidateNested } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import {
  AttributeDefinition,
  ParameterDefinition,
  RuleDefinition,
  SlotDefinition,
  StatDefinition,
} from './definitions.js';

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

  @Field(() => [StatDefinition])
  @ArrayMaxSize(200)
  @ValidateNested()
  stats: StatDefinition[] = [];

  @Field(() => [RuleDefinition])
  @ArrayMaxSize(100)
  @ValidateNested()
  rules: RuleDefinition[] = [];
}
