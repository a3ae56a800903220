import { Refusal } from '@gamegraph/subgraph-kit';
import { Field, ObjectType } from 'type-graphql';
import { GameRequirement, GameState } from './game.enums.js';

@ObjectType({
  implements: Refusal,
  description: 'Another game has this slug, or had it once: old slugs keep leading to their game.',
})
export class GameSlugTaken extends Refusal {
  constructor() {
    super('This slug is taken. Choose another.');
  }
}

@ObjectType({ implements: Refusal, description: 'A game can be published once, as a draft.' })
export class GameNotADraft extends Refusal {
  @Field(() => GameState)
  state: GameState;

  constructor(state: GameState) {
    super(`Only a draft can be published, and this game is ${state}.`);
    this.state = state;
  }
}

@ObjectType({ implements: Refusal, description: 'Only a published game can be withdrawn.' })
export class GameNotPublished extends Refusal {
  @Field(() => GameState)
  state: GameState;

  constructor(state: GameState) {
    super(`Only a published game can be withdrawn, and this game is ${state}.`);
    this.state = state;
  }
}

@ObjectType({ implements: Refusal, description: 'The game would lack what a published game has.' })
export class GameIncomplete extends Refusal {
  @Field(() => [GameRequirement])
  missing: GameRequirement[];

  constructor(missing: GameRequirement[]) {
    super(`What a published game must have is missing: ${missing.join(', ')}.`);
    this.missing = missing;
  }
}
