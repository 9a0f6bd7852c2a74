// The search box: words that must all occur, and comparisons on columns: `conv bound:memory flops>1e9 -free`.

export interface Queryable<T> {
  text(row: T): string; // lower case; all that plain words are looked for in
  fields: ReadonlyMap<string, (row: T) => string | number | null>; // by lower-case name
}

type Test<T> = (row: T) => boolean;

const comparison = /^([a-z_]+)(>=|<=|>|<|=|:)(.+)$/;

/// A term that names no known column is taken as plain text, so that any name can be searched for.
export function parseQuery<T>(query: string, source: Queryable<T>): Test<T> {
  const terms = query.toLowerCase().match(/"[^"]*"|\S+/g) ?? [];
  const tests = terms.map((term) => parseTerm(term, source));
  return (row) => tests.every((test) => test(row));
}

function parseTerm<T>(term: string, source: Queryable<T>): Test<T> {
  if (term.length > 1 && term.startsWith("-")) {
    const test = parseTerm(term.slice(1), source);
    return (row) => !test(row);
  }
  const word = term.replace(/^"|"$/g, "");
  const match = term.startsWith('"') ? null : comparison.exec(term);
  const field = match ? source.fields.get(match[1]!) : undefined;
  if (!match || !field) return (row) => source.text(row).includes(word);
  const operator = match[2]!;
  const wanted = match[3]!;
  const number = Number(wanted);
  if (operator !== ":" && operator !== "=" && !Number.isNaN(number))
    return (row) => {
      const value = field(row);
      return typeof value === "number" && compare(value, operator, number);
    };
  if (wanted === "unknown") return (row) => field(row) === null || field(row) === "" || field(row) === "unknown";
  return (row) => {
    const value = field(row);
    if (value === null) return false;
    if (typeof value === "number") return value === number;
    return operator === "=" ? value.toLowerCase() === wanted : value.toLowerCase().includes(wanted);
  };
}

function compare(value: number, operator: string, wanted: number): boolean {
  switch (operator) {
    case ">": return value > wanted;
    case ">=": return value >= wanted;
    case "<": return value < wanted;
    default: return value <= wanted;
  }
}
