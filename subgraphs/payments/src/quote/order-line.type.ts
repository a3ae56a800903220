import { Money, money } from '@gamegraph/subgraph-kit';
import { Field, ObjectType } from 'type-graphql';
import { Game } from '../game/game.stub.js';
import type { Line } from './offer.js';

@ObjectType({ description: 'A game that is bought, alone or with others.' })
export class OrderLine {
  @Field(() => Game)
  game: Game;

  @Field(() => Money, { description: 'Its part of the price.' })
  amount: Money;

  @Field(() => Game, { nullable: true, description: 'The bundle that it comes in.' })
  bundle: Game | null;

  @Field(() => Boolean, { description: 'Whether its money was given back.' })
  isRefunded: boolean;

  constructor({ gameId, minor, bundleId }: Line, currency: string, isRefunded = false) {
    this.game = new Game(gameId);
    this.amount = money(minor, currency);
    this.bundle = bundleId === null ? null : new Game(bundleId);
    this.isRefunded = isRefunded;
  }
}
