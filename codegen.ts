import type { CodegenConfig } from '@graphql-codegen/cli';
import { preset } from '@graphql-codegen/client-preset';

/** The client preset without its `graphql()` function: operations stand in `*.graphql` files, for every tool to read. */
const documentsOnly: typeof preset = {
  ...preset,
  buildGeneratesSection: async options =>
    (await preset.buildGeneratesSection(options)).filter(({ filename }) =>
      filename.endsWith('/graphql.ts'),
    ),
};

const output = (documents: string[]) => ({
  documents,
  preset: documentsOnly,
  presetConfig: { fragmentMasking: false, skipIndexFile: true },
});

/** Types of clients' operations, by the API of the supergraph. `npm run codegen` writes them; they are committed. */
const config: CodegenConfig = {
  schema: 'schema/api.graphql',
  config: {
    documentMode: 'string', // a text with a type: a page needs no GraphQL parser
    enumType: 'string-literal',
    futureProofEnums: true, // clients of today meet the values of tomorrow
    useTypeImports: true,
    strictScalars: true,
    scalars: { DateTime: 'string', MinorUnits: 'string', JSON: 'unknown' },
  },
  generates: {
    'e2e/src/gql/': output(['examples/*.graphql', 'e2e/src/**/*.graphql']),
    'drill/src/gql/': output(['drill/src/*.graphql']),
    'examples/web-client/src/gql/': output(['examples/web-client/src/**/*.graphql']),
  },
};

export default config;
