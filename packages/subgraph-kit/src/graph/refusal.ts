import { Field, InterfaceType } from 'type-graphql';

/**
 * The domain says no, and the caller can act on it. A mutation's result is a union of what it makes and of the refusals
 * that it may meet; each is an object type of its own, named for its noun (`BuildNotADraft`).
 */
@InterfaceType({ description: 'Why a mutation was refused, in words for the user.' })
export abstract class Refusal {
  @Field(() => String)
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}
