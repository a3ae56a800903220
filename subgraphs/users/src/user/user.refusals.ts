import { Refusal } from '@gamegraph/subgraph-kit';
import { Field, ObjectType } from 'type-graphql';

@ObjectType({
  implements: Refusal,
  description: 'Somebody has this handle, or one that looks like it.',
})
export class HandleTaken extends Refusal {
  constructor() {
    super('This handle is taken, or looks like one that is. Choose another.');
  }
}

@ObjectType({ implements: Refusal, description: 'A handle can be changed only so often.' })
export class HandleCoolingDown extends Refusal {
  @Field(() => Date, { description: 'When it can be changed again.' })
  until: Date;

  constructor(until: Date) {
    super(
      `This handle was changed not long ago. It can be changed again at ${until.toISOString()}.`,
    );
    this.until = until;
  }
}

@ObjectType({ implements: Refusal, description: 'There is an account with this e-mail address.' })
export class EmailTaken extends Refusal {
  constructor() {
    super('There is an account with this e-mail address already. Log in instead.');
  }
}
