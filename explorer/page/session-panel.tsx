import { type GraphiQLPlugin, useGraphiQLActions } from '@graphiql/react';
import { type FormEvent, useState } from 'react';
import { logIn, logOut, session } from './session.js';
import { useStore } from './store.js';

const DEMO_ACCOUNTS = [
  { role: 'player', can: 'owns games, makes builds, has friends' },
  { role: 'studio', can: 'publishes games, and patches their items' },
  { role: 'analyst', can: 'reads statistics over all games and players' },
  { role: 'admin', can: 'operates the platform' },
];

function SessionPanel() {
  const present = useStore(session);
  const [fault, setFault] = useState('');
  const attempt = (work: Promise<void>) => {
    setFault('');
    work.catch((error: unknown) => setFault((error as Error).message));
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    attempt(logIn(form.get('email') as string, form.get('password') as string));
  };

  return (
    <section className="panel" aria-label="Log in">
      <h2>Log in</h2>
      {present ? (
        <p>
          You are <strong data-logged-in>{present.email}</strong>, known as {present.handle}.{' '}
          <button type="button" className="graphiql-button" onClick={() => attempt(logOut())}>
            Log out
          </button>
        </p>
      ) : (
        <p>Nobody is logged in: you see what everyone sees.</p>
      )}
      {fault && <p role="alert">{fault}</p>}
      {DEMO_ACCOUNTS.map(({ role, can }) => (
        <button
          key={role}
          type="button"
          className="graphiql-button choice"
          data-account={role}
          onClick={() => attempt(logIn(`${role}@demo`, 'demo'))}
        >
          {role}@demo
          <small>{can}</small>
        </button>
      ))}
      <form onSubmit={submit}>
        <p>
          <input name="email" placeholder="e-mail" autoComplete="username" required />
        </p>
        <p>
          <input
            name="password"
            type="password"
            placeholder="password"
            autoComplete="current-password"
            required
          />
        </p>
        <button type="submit" className="graphiql-button">
          Log in
        </button>
      </form>
    </section>
  );
}

export const sessionPlugin: GraphiQLPlugin = {
  title: 'Log in',
  icon: () => (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5">
      <circle cx="12" cy="8" r="4" />
      <path d="M4 21c1-4.500 4.200-6.500 8-6.500s7 2 8 6.500" />
    </svg>
  ),
  content: SessionPanel,
};

/** Who asks, for all panels to see; leads to where that is changed. */
export function SessionBadge() {
  const present = useStore(session);
  const { setVisiblePlugin } = useGraphiQLActions();
  return (
    <button type="button" className="badge" onClick={() => setVisiblePlugin(sessionPlugin)}>
      {present?.email ?? 'not logged in'}
    </button>
  );
}
