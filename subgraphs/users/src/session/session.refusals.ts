import { Refusal } from '@gamegraph/subgraph-kit';
import { Field, ObjectType } from 'type-graphql';

@ObjectType({
  implements: Refusal,
  description: 'There is no account with this e-mail address and password.',
})
export class WrongCredentials extends Refusal {
  constructor() {
    super('The e-mail address or the password is wrong.');
  }
}

@ObjectType({ implements: Refusal, description: 'Too many wrong passwords in a row.' })
export class AccountLocked extends Refusal {
  @Field(() => Date, { description: 'When one may try again.' })
  retryAt: Date;

  constructor(retryAt: Date) {
    super(`There were too many wrong passwords. Try again at ${retryAt.toISOString()}.`);
    this.retryAt = retryAt;
  }
}

@ObjectType({ implements: Refusal, description: 'A moderator has suspended the account.' })
export class AccountSuspended extends Refusal {
  @Field(() => String, { description: 'Why, in the words of the moderator.' })
  reason: string;

  @Field(() => Date, { nullable: true, description: 'When it ends; null when it does not.' })
  until: Date | null;

  constructor(reason: string, until: Date | null) {
    super(`This account is suspended${until ? ` until ${until.toISOString()}` : ''}: ${reason}`);
    this.reason = reason;
    this.until = until;
  }
}

@ObjectType({ implements: Refusal, description: 'The refresh token opens no session any more.' })
export class SessionEnded extends Refusal {
  constructor(message = 'This session has ended. Log in again.') {
    super(message);
  }
}
