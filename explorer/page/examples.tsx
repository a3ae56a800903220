import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import { useEffect, useState } from 'react';
import { logIn, session } from './session.js';

/** As the router tells it; router/src/http/examples.ts. */
interface Example {
  name: string;
  title: string;
  role?: string;
  variables: string;
  document: string;
}

function Examples() {
  const [examples, setExamples] = useState<Example[]>([]);
  const [fault, setFault] = useState('');
  const { setOperationFacts, setOperationName, run } = useGraphiQLActions();
  const queryEditor = useGraphiQL(state => state.queryEditor);
  const variableEditor = useGraphiQL(state => state.variableEditor);

  useEffect(() => {
    fetch('/explorer/examples.json')
      .then(response => response.json() as Promise<Example[]>)
      .then(setExamples, (error: unknown) => setFault(String(error)));
  }, []);

  const show = async ({ document, variables, role }: Example) => {
    setFault('');
    try {
      const email = role && `${role}@demo`;
      if (email && session.get()?.email !== email) await logIn(email, 'demo');
    } catch (error) {
      return setFault((error as Error).message);
    }
    const documentAST = parse(document);
    const operations = documentAST.definitions.filter(
      (definition): definition is OperationDefinitionNode =>
        definition.kind === Kind.OPERATION_DEFINITION,
    );
    const operationName = operations[0]?.name?.value;
    queryEditor?.setValue(document);
    variableEditor?.setValue(variables);
    // Without these the name of the operation before would be sent, until the editor has caught up.
    setOperationFacts({ documentAST, operations, operationName });
    if (operationName) setOperationName(operationName);
    run();
  };

  return (
    <section className="panel" aria-label="Examples">
      <h2>Examples</h2>
      {fault && <p role="alert">{fault}</p>}
      {examples.map(example => (
        <button
          key={example.name}
          type="button"
          className="graphiql-button choice"
          data-example={example.name}
          onClick={() => void show(example)}
        >
          {example.title}
          {example.role && <small>as {example.role}@demo</small>}
        </button>
      ))}
    </section>
  );
}

export const examplesPlugin: GraphiQLPlugin = {
  title: 'Examples',
  icon: () => (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5">
      <path d="M9 18h6M10 21h4M12 3a6 6 0 0 0-4 10.5c.7.7 1 1.5 1 2.5h6c0-1 .3-1.8 1-2.5A6 6 0 0 0 12 3Z" />
    </svg>
  ),
  content: Examples,
};
