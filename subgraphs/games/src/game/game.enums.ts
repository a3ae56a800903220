import { registerEnumType } from 'type-graphql';

export enum GameState {
  DRAFT = 'DRAFT',
  PUBLISHED = 'PUBLISHED',
  WITHDRAWN = 'WITHDRAWN',
}

registerEnumType(GameState, {
  name: 'GameState',
  description: 'Where a game is between being made and being gone.',
  valuesConfig: {
    DRAFT: { description: 'Only its studio knows of it.' },
    PUBLISHED: { description: 'In the catalogue.' },
    WITHDRAWN: { description: 'Not in the catalogue any more. Who owns it keeps it.' },
  },
});

export enum GamePlatform {
  WINDOWS = 'WINDOWS',
  MACOS = 'MACOS',
  LINUX = 'LINUX',
  ANDROID = 'ANDROID',
  IOS = 'IOS',
  WEB = 'WEB',
  SWITCH = 'SWITCH',
  PLAYSTATION = 'PLAYSTATION',
  XBOX = 'XBOX',
}

registerEnumType(GamePlatform, {
  name: 'GamePlatform',
  description: 'What a game runs on. Clients must expect further values.',
});

export enum GameRequirement {
  TITLE = 'TITLE',
  PLATFORM = 'PLATFORM',
  PRICE = 'PRICE',
}

registerEnumType(GameRequirement, {
  name: 'GameRequirement',
  description: 'What a game must have as long as it is published.',
  valuesConfig: {
    TITLE: { description: 'A title in its own language.' },
    PLATFORM: { description: 'At least one platform.' },
    PRICE: { description: 'A price in at least one region; 0 for a game that is free.' },
  },
});
