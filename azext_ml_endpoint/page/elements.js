// Elements of the page. All text of others becomes textContent, and nothing else.

const SVG = "http://www.w3.org/2000/svg";

export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  return filled(made, attributes, children);
}

export function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  return filled(made, attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

export function told(failure) {
  const { message, recommendation, detail } = failure.told ?? { message: String(failure) };
  const parts = [make("p", { class: "failure" }, message)];
  if (recommendation) parts.push(make("p", { class: "next" }, recommendation));
  if (detail) parts.push(make("pre", { tabindex: 0 }, detail));
  return parts;
}

export function choices(select, texts) {
  const known = [...select.options].map((each) => each.value);
  if (JSON.stringify(known) === JSON.stringify(Object.keys(texts))) return;
  const chosen = select.value;
  select.replaceChildren(...Object.entries(texts).map(([value, text]) => make("option", { value }, text)));
  if (chosen in texts) select.value = chosen;
}

export const show = (element, text, kind) => {
  if (element.textContent !== text) element.textContent = text;
  if (kind !== undefined) element.className = `state ${kind}`;
};
