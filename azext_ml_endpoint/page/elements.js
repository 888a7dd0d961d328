// Elements of the page. All text of others becomes textContent, and nothing else.

const WIDEST = 70; // characters of a line of JSON
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

// JSON laid out: what fits into a line stays on one. Numbers and texts stay as they were written.
export function laidOut(text) {
  if (text.length > 20000) return text;
  try {
    JSON.parse(text);
    return laid(parsed(text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)), "");
  } catch {
    return text;
  }
}

function parsed(tokens) {
  let at = 0;
  const value = () => {
    const token = tokens[at++];
    if (token !== "{" && token !== "[") return { key: "", text: token };
    const items = [];
    while (!["}", "]"].includes(tokens[at])) {
      if (tokens[at] === ",") at += 1;
      const key = tokens[at + 1] === ":" ? `${tokens[at]}: ` : "";
      if (key) at += 2;
      items.push({ ...value(), key });
    }
    return { key: "", open: token, close: tokens[at++], items };
  };
  return value();
}

function laid(tree, indent) {
  const line = flat(tree);
  const isRow = tree.open === "[" && tree.items.every((each) => each.text !== undefined);
  if (!tree.items || isRow || indent.length + line.length <= WIDEST) return line;
  const inner = tree.items.map((each) => `${indent}  ${laid(each, `${indent}  `)}`).join(",\n");
  return `${tree.key}${tree.open}\n${inner}\n${indent}${tree.close}`;
}

const flat = (tree) => tree.key + (tree.text ?? `${tree.open}${tree.items.map(flat).join(", ")}${tree.close}`);
