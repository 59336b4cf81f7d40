/** `--help`: how to call it, the options of the table by group, what comes out. */

import { OPTIONS } from './options.js';

const WIDTH = 80;
const INDENT = 9;
const NOTES = 'A list (FILE, or - for standard input) has one URL a line, # comments, or requests as JSON: {"url":…,"method":…,"headers":…}. TIME 500ms 10s 2m. SIZE 10MB. --data and --json POST. @FILE holds a header, token, NAME:PASS or body; so do FANFETCH_HEADERS, _BEARER, _USER. --resume skips what FILE has: use it with >> FILE. --save follows no symlink.';

/** @returns {string} lines of at most 80 characters, few enough for a screen */
export function helpText() {
  return [
    'Usage: fanfetch [options] [URL...]',
    '  fanfetch https://a.example/1 https://b.example/2 | jq .status',
    '  fanfetch --from urls.txt --save pages --concurrency-per-host 4',
    'One line of JSON for each, as it completes; bytes as base64 (encoding:"base64"):',
    '  {index,url,ok,status,attempts,ms,bytes,data|file|error:{name,code,message,…}}',
    'Exit code: 0 all fine, 1 some failed, 2 wrong usage, 130 after Ctrl-C.',
    ...groups().flatMap(([title, entries]) => paragraph(title, entries, '  ')),
    ...paragraph('', NOTES.split(' '), ' '),
  ].join('\n');
}

function groups() {
  const byGroup = new Map();
  for (const [name, row] of Object.entries(OPTIONS)) byGroup.set(row.group, [...(byGroup.get(row.group) ?? []), entry(name, row)]);
  return [...byGroup];
}

/** `-H, --header 'NAME: VALUE'...`, `--[no-]progress`, `--retry N (2)` */
function entry(name, { value, short, no, many, note }) {
  const flag = `${short ? `-${short}, ` : ''}--${no ? '[no-]' : ''}${name}`;
  return [flag, value && `${value}${many ? '...' : ''}`, note && `(${note})`].filter(Boolean).join(' ');
}

/** A title in the margin, then the parts, none of them cut in two. */
function paragraph(title, parts, gap) {
  const lines = [''];
  for (const part of parts) {
    const line = lines.at(-1);
    const longer = line === '' ? part : line + gap + part;
    if (INDENT + longer.length > WIDTH) lines.push(part);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line, i) => (i === 0 ? title : '').padEnd(INDENT) + line);
}
