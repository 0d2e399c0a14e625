// SPDX-License-Identifier: Apache-2.0
// Builds elements from plain values; text never becomes markup.

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>} Attributes */

/**
 * Makes an element; attributes whose value is a function become listeners ("onclick"), `true` an empty attribute.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} name
 * @param {Attributes} attributes
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(key.replace(/^on/, ''), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

/**
 * A heading that takes the focus when its screen is shown, so that screen readers begin there.
 * @param {string} text
 */
export function heading(text) {
  return el('h1', { tabindex: -1 }, text);
}

/**
 * A list of terms and what they are; pairs without a value are left out.
 * @param {Array<[string, Child]>} pairs
 */
export function facts(pairs) {
  const list = el('dl', {});
  for (const [term, value] of pairs) {
    if (value) list.append(el('dt', {}, term), el('dd', {}, value));
  }
  return list;
}

/**
 * A labelled input. Secrets are not kept by the browser.
 * @param {{name: string, label: string, hint?: string, type?: string, mode?: string, required?: boolean,
 *          minlength?: number, autocomplete?: string, value?: string, placeholder?: string}} field
 */
export function field(field) {
  const input = el('input', {
    name: field.name,
    type: field.type ?? 'text',
    inputmode: field.mode,
    required: field.required ?? true,
    minlength: field.minlength,
    value: field.value,
    placeholder: field.placeholder,
    autocomplete: field.autocomplete ?? 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
  });
  return el('label', {}, field.label, field.hint ? el('span', { class: 'quiet' }, field.hint) : null, input);
}

/**
 * A box to tick, or one of several to choose from.
 * @param {{name: string, label: string, type?: 'checkbox' | 'radio', value?: string, checked?: boolean,
 *          disabled?: boolean, required?: boolean}} choice
 */
export function choice(choice) {
  const { label, type, ...attributes } = choice;
  return el('label', {}, el('input', { type: type ?? 'checkbox', ...attributes }), label);
}

/**
 * A form that gives its values to `work` and is disabled while that runs.
 * @param {{submit: string, danger?: boolean}} options
 * @param {(values: Record<string, string>) => Promise<void>} work
 * @param {...Child} children
 */
export function form(options, work, ...children) {
  const button = el('button', { type: 'submit', class: options.danger ? 'danger' : 'primary' }, options.submit);
  const made = el('form', { novalidate: false, autocomplete: 'off' }, ...children, button);
  made.addEventListener('submit', async (event) => {
    event.preventDefault();
    /** @type {Record<string, string>} */
    const values = {};
    for (const [name, value] of new FormData(made)) values[name] = String(value);
    button.disabled = true;
    try {
      await work(values);
    } finally {
      button.disabled = false;
      for (const input of made.querySelectorAll('input[type=password]')) {
        /** @type {HTMLInputElement} */ (input).value = '';
      }
    }
  });
  return made;
}
