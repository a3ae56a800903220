import { registerEnumType } from 'type-graphql';

export enum BuildVisibility {
  PUBLIC = 'PUBLIC',
  UNLISTED = 'UNLISTED',
  PRIVATE = 'PRIVATE',
}

registerEnumType(BuildVisibility, {
  name: 'BuildVisibility',
  description: 'Who may see a build.',
  valuesConfig: {
    PUBLIC: { description: 'Everyone, and it is listed.' },
    UNLISTED: { description: 'Whoever has its id or its share code. It is listed nowhere.' },
    PRIVATE: { description: 'Nobody but its author.' },
  },
});
