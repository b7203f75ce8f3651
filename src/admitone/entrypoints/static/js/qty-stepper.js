// @ts-check
/**
 * <qty-stepper>: plus and minus around a number field that works without them.
 *
 * Contract: one <input type=number min max data-unit-minor>, buttons with data-step="-1|1". The total of all such fields in
 * the same form goes into [data-total], which says how money is written: data-prefix, data-suffix, data-exponent (decimals of
 * the minor unit), data-trims (1: trailing zeros are dropped). [data-end] in the same .tk, a live region, says why it ends. Amounts are BigInt; no float ever holds money.
 */
class QtyStepper extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector('input');
    const buttons = this.querySelectorAll('button');
    if (!input || !buttons.length) return;
    const end = /** @type {HTMLElement | null} */ (this.closest('.tk')?.querySelector('[data-end]') ?? null);
    const sync = () => {
      const chosen = whole(input);
      for (const button of buttons) {
        const step = Number(button.dataset.step);
        button.disabled = chosen + step < Number(input.min) || chosen + step > Number(input.max);
      }
      this.toggleAttribute('data-some', chosen > 0);
      if (end) end.textContent = chosen >= Number(input.max) ? end.dataset.end || '' : '';
      if (input.form) showTotal(input.form);
    };
    for (const button of buttons) {
      button.addEventListener('click', () => {
        input.value = String(clamp(whole(input) + Number(button.dataset.step), input));
        sync();
      });
    }
    input.addEventListener('input', sync);
    window.addEventListener('pageshow', sync);
    this.setAttribute('data-ready', '');
    sync();
  }
}

/** @param {HTMLInputElement} input */
function whole(input) {
  return /^[0-9]{1,6}$/.test(input.value) ? Number(input.value) : 0;
}

/** @param {number} value @param {HTMLInputElement} input */
function clamp(value, input) {
  return Math.min(Number(input.max), Math.max(Number(input.min), value));
}

/** @param {HTMLFormElement} form */
function showTotal(form) {
  const output = /** @type {HTMLOutputElement | null} */ (form.querySelector('[data-total]'));
  if (!output) return;
  let count = 0;
  let minor = 0n;
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll('input[data-unit-minor]'))) {
    count += whole(input);
    minor += BigInt(whole(input)) * BigInt(input.dataset.unitMinor || '0');
  }
  output.textContent = count ? written(minor, output.dataset) : '';
}

/** The same rules as formats.py. @param {bigint} minor @param {DOMStringMap} style */
function written(minor, style) {
  if (minor === 0n) return 'Free';
  const exponent = Number(style.exponent);
  const unit = 10n ** BigInt(exponent);
  const grouped = String(minor / unit).replace(/\B(?=(\d{3})+$)/g, ',');
  let decimals = minor % unit ? String(minor % unit).padStart(exponent, '0') : '';
  if (style.trims === '1') decimals = decimals.replace(/0+$/, '');
  return `${style.prefix}${grouped}${decimals && '.'}${decimals}${style.suffix}`;
}

/** The bar that leads to the tickets is in the way once they are in sight. */
function watchBar() {
  const bar = /** @type {HTMLElement | null} */ (document.querySelector('[data-buybar]'));
  const goal = document.querySelector('#tickets');
  if (!bar || !goal) return;
  new IntersectionObserver(([seen]) => {
    bar.hidden = seen.isIntersecting;
  }, { rootMargin: '0px 0px -96px' }).observe(goal);
}

watchBar();
customElements.define('qty-stepper', QtyStepper);
