// @ts-check
/**
 * <live-status data-url data-state>: asks data-url for {"state": "..."} and reloads the page once it differs from data-state.
 *
 * With data-to-top, the new page is shown from its beginning: its headline says what has changed.
 * Starts at one second and slows down to ten; rests while the page is hidden and asks at once when it is shown again.
 */
class LiveStatus extends HTMLElement {
  #wait = 1000;
  #timer = 0;

  connectedCallback() {
    document.addEventListener('visibilitychange', this);
    this.#later();
  }

  disconnectedCallback() {
    document.removeEventListener('visibilitychange', this);
    clearTimeout(this.#timer);
  }

  handleEvent() {
    if (document.hidden) return;
    this.#wait = 1000;
    void this.#ask();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#ask(), this.#wait);
    this.#wait = Math.min(10000, this.#wait * 1.25);
  }

  async #ask() {
    if (!document.hidden) {
      try {
        const answer = await fetch(this.dataset.url || '', { headers: { accept: 'application/json' }, cache: 'no-store' });
        if (answer.ok && (await answer.json()).state !== this.dataset.state) {
          // A page that is loaded again is otherwise shown from where it was, with the headline out of sight.
          if ('toTop' in this.dataset) history.scrollRestoration = 'manual';
          location.reload();
          return;
        }
      } catch {
        // No network just now: the next question comes by itself.
      }
    }
    this.#later();
  }
}

customElements.define('live-status', LiveStatus);
