import { Field, ObjectType } from 'type-graphql';
import { User } from '../user/user.entity.js';
import { Session } from './session.entity.js';

@ObjectType({ description: 'Tokens for a session that was just opened or renewed.' })
export class SignedIn {
  @Field(() => String, {
    description: 'Goes into `Authorization: Bearer …`, and lives for minutes.',
  })
  accessToken!: string;

  @Field(() => Date)
  accessTokenExpiresAt!: Date;

  @Field(() => String, {
    description: 'For `refreshSession`, once. Keep it where only the app can read it.',
  })
  refreshToken!: string;

  @Field(() => Session)
  session!: Session;

  @Field(() => User)
  user!: User;
}
