// @ts-check
/**
 * <zone-guess data-for data-aliases>: chooses this device's time zone in the select named by data-for, if nothing is
 * chosen there, and shows its words. Not for UTC: that is what a browser says that does not want to tell.
 */
class ZoneGuess extends HTMLElement {
  connectedCallback() {
    const select = document.getElementById(this.dataset.for || '');
    if (!(select instanceof HTMLSelectElement) || select.value) return;
    const said = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    const zone = JSON.parse(this.dataset.aliases || '{}')[said] || said;
    if (zone === 'UTC' || ![...select.options].some((option) => option.value === zone)) return;
    select.value = zone;
    this.hidden = false;
    select.addEventListener('change', () => {
      this.hidden = true;
    });
  }
}

customElements.define('zone-guess', ZoneGuess);
