/** Numbers for people. */

/** `1234567` → `1.2 MB` */
export function bytesText(bytes) {
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

/** `83 ms`, `2.4 s`, `3 m 20 s` */
export function durationText(ms) {
  if (ms === undefined) return '-';
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 3600 ? `${Math.floor(seconds / 60)} m ${seconds % 60} s` : `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} m`;
}

/** `1 retry`, `2 retries` */
export function plural(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}
