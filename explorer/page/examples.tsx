import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { parse } from 'graphql';
import { useEffect, useState } from 'react';
import { stepsOf, valuesFor } from '../src/steps.js';
import { freshToken, logIn, post, session } from './session.js';

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
  const [chosen, setChosen] = useState('');
  const [fault, setFault] = useState('');
  const { setOperationFacts, setOperationName, run, stop } = useGraphiQLActions();
  const queryEditor = useGraphiQL(state => state.queryEditor);
  const variableEditor = useGraphiQL(state => state.variableEditor);

  useEffect(() => {
    fetch('/explorer/examples.json')
      .then(response => response.json() as Promise<Example[]>)
      .then(setExamples, (error: unknown) => setFault(String(error)));
  }, []);

  const show = async ({ document, variables, role }: Example) => {
    const documentAST = parse(document);
    const operations = stepsOf(documentAST);
    const operationName = operations.at(-1)!.name!.value;
    const values = JSON.parse(variables || '{}') as Record<string, unknown>;
    const email = role && `${role}@demo`;
    if (email && session.get()?.email !== email) await logIn(email, 'demo');
    // The steps that only prepare the last one, whose answer is shown.
    for (const [n, { name }] of operations.slice(0, -1).entries()) {
      const { data, errors } = await post(
        { query: document, variables: values, operationName: name!.value },
        await freshToken(),
      );
      if (errors?.[0]) throw new Error(`${name!.value}: ${errors[0].message}`);
      Object.assign(values, valuesFor(operations.slice(n + 1), data));
    }
    queryEditor?.setValue(document);
    variableEditor?.setValue(
      Object.keys(values).length > 0 ? JSON.stringify(values, undefined, 2) : '',
    );
    // Without these the name of the operation before would be sent, until the editor has caught up.
    setOperationFacts({ documentAST, operations, operationName });
    setOperationName(operationName);
    stop(); // `run` would only end a subscription that is open
    run();
  };

  const choose = (example: Example) => {
    setFault('');
    setChosen(example.name);
    show(example).catch((error: unknown) => setFault((error as Error).message));
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
          aria-current={example.name === chosen}
          data-example={example.name}
          onClick={() => choose(example)}
        >
          {example.title}
          {example.role && <small>as {example.role}@demo</small>}
          {example.name === chosen && <small>{proseOf(example.document)}</small>}
        </button>
      ))}
    </section>
  );
}

/** What the comments say that a document begins with. */
function proseOf(document: string): string {
  const [comments] = /^(#.*\n)*/.exec(document)!;
  return comments.replaceAll(/^# ?|\n/gm, ' ').trim();
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
