/**
 * Prints a titled table, columns aligned, in a form that can be pasted into Markdown.
 * @param {string} title
 * @param {string[]} columns
 * @param {string[][]} rows
 * @param {string[]} [notes] printed below, one a line
 */
export function printTable(title, columns, rows, notes = []) {
  const widths = columns.map((column, i) => Math.max(column.length, ...rows.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => pad(cell, widths[i], i)).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => '-'.repeat(width + 1) + (i ? ':' : '-')).join('|')}|`;
  console.log([`\n## ${title}`, '', line(columns), rule, ...rows.map(line)].join('\n'));
  if (notes.length) console.log(`\n${notes.join('\n')}`);
}

/** A number with as many decimals as its size deserves; a dash where nothing was measured. */
export function number(value, decimals = value < 10 ? 2 : value < 100 ? 1 : 0) {
  if (!Number.isFinite(value)) return '–';
  return value.toLocaleString('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** A ratio to a baseline. */
export const times = (value) => (Number.isFinite(value) ? `${value.toFixed(2)} ×` : '–');

/** A relative spread. */
export const plusMinus = (share) => (Number.isFinite(share) ? `± ${Math.round(share * 100)} %` : '–');

const pad = (text, width, column) => (column === 0 ? text.padEnd(width) : text.padStart(width));
