// @ts-check
/** <time-left data-until>: counts down to that moment, minutes and seconds; stays hidden when it is more than an hour away. */
class TimeLeft extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.#tell();
    this.#timer = window.setInterval(() => this.#tell(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #tell() {
    const seconds = Math.floor((Date.parse(this.dataset.until || '') - Date.now()) / 1000);
    this.hidden = !(seconds >= 0 && seconds < 3600);
    this.textContent = this.hidden ? '' : ` (${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left)`;
  }
}

customElements.define('time-left', TimeLeft);
