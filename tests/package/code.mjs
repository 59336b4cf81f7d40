/** Looking into scripts, by the TypeScript compiler's parser: words in strings deceive nobody. */
import ts from 'typescript';

/** What a script names in imports, dynamic imports, `require` and `new URL(…, import.meta.url)`. */
export function specifiersIn(text) {
  const found = [];
  walk(parse(text), (at) => {
    if ((ts.isImportDeclaration(at) || ts.isExportDeclaration(at)) && at.moduleSpecifier) found.push(at.moduleSpecifier.text);
    if (!ts.isCallExpression(at) && !ts.isNewExpression(at)) return;
    const [first, second] = at.arguments ?? [];
    const imports = at.expression.kind === ts.SyntaxKind.ImportKeyword || at.expression.getText() === 'require';
    if (first && ts.isStringLiteralLike(first) && (imports || second?.getText() === 'import.meta.url')) found.push(first.text);
  });
  return found;
}

/** Calls that turn text into code. */
export function codeMakersIn(text) {
  const found = [];
  walk(parse(text), (at) => {
    if (!ts.isCallExpression(at) && !ts.isNewExpression(at)) return;
    const callee = ts.isPropertyAccessExpression(at.expression) ? at.expression.name.text : at.expression.getText();
    const [first] = at.arguments ?? [];
    const timer = /^set(Timeout|Interval|Immediate)$/.test(callee) && first && ts.isStringLiteralLike(first);
    if (['eval', 'Function'].includes(callee) || timer) found.push(at.getText().slice(0, 80));
  });
  return found;
}

/** The comments, as they stand. */
export function commentsIn(text) {
  const source = parse(text);
  const found = new Map();
  const visit = (at) => {
    for (const { pos, end } of ts.getLeadingCommentRanges(text, at.pos) ?? []) found.set(pos, text.slice(pos, end));
    for (const { pos, end } of ts.getTrailingCommentRanges(text, at.end) ?? []) found.set(pos, text.slice(pos, end));
    at.getChildren(source).forEach(visit);
  };
  visit(source);
  return [...found.values()];
}

function parse(text) {
  return ts.createSourceFile('script.js', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
}

function walk(at, visit) {
  visit(at);
  ts.forEachChild(at, (child) => walk(child, visit));
}
