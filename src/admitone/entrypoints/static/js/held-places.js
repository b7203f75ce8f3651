// @ts-check
/**
 * Going back to an event's page shows it as it was: from before the tickets were held, or from before they were given back.
 * What the browser remembers of a hold (pages/events/held.py) and [data-holding] then disagree, and the page is asked for anew.
 */
window.addEventListener('pageshow', (shown) => {
  const [how] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType('navigation'));
  if (!shown.persisted && how?.type !== 'back_forward') return;
  const slug = location.pathname.split('/')[2];
  const remembers = document.cookie.includes(`admitone-held-${slug}=`);
  if (remembers !== Boolean(document.querySelector('[data-holding]'))) location.replace(`/e/${slug}`);
});
