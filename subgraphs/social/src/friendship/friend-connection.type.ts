import { Connection } from '@gamegraph/subgraph-kit';
import { ObjectType } from 'type-graphql';
import { SinceEdge } from '../user/since-edge.type.js';
import { User } from '../user/user.stub.js';

@ObjectType({ description: 'Friends of a user.' })
export class FriendConnection extends Connection(User, 'Friend', SinceEdge) {}
