import type { GraphContext } from '@gamegraph/subgraph-kit';
import type { SignIn } from './session/sign-in.process.js';

/** What this subgraph's resolvers get. */
export interface UsersContext extends GraphContext {
  signIn: SignIn;
  passwordLengthMin: number;
}
