// A reporter for `node --test` that counts tests, not the suites around them, and files that failed as a whole.
export default async function* count(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    // A file is reported as a test around its tests: only its own failure (it threw, it hung) counts.
    const isAround =
      data.details?.type === 'suite' ||
      (data.nesting === 0 && data.details?.error?.failureType === 'subtestsFailed');
    if (isAround) continue;
    if (data.skip !== undefined || data.todo !== undefined) counts.skipped++;
    else if (type === 'test:pass') counts.passed++;
    else counts.failed++;
  }
  yield JSON.stringify(counts);
}
