// The others share what is left as they did before; the sum is 100.
export function balanced(before, moved, value) {
  const others = Object.keys(before).filter((name) => name !== moved);
  if (!others.length) return { [moved]: 100 };
  const sum = others.reduce((total, name) => total + before[name], 0);
  const exact = others.map((name) => (100 - value) * (sum ? before[name] / sum : 1 / others.length));
  const whole = exact.map(Math.floor);
  const order = others.map((_, nth) => nth).sort((a, b) => exact[b] - whole[b] - (exact[a] - whole[a]));
  const left = 100 - value - whole.reduce((total, each) => total + each, 0);
  for (const nth of order.slice(0, left)) whole[nth] += 1;
  return { ...Object.fromEntries(others.map((name, nth) => [name, whole[nth]])), [moved]: value };
}
