// Callbacks for host/tests/assemblyscript.rs: exits and errors in every place, values, texts, memory.
import { fails } from "./more";
export { ksr_elsewhere, inner as ksr_renamed } from "./more";

/** Runs of this instance. */
let runs = 0;
const kept = new Array<string>();

export function ksr_request_route(): void {
  runs++;
}

/** Says how often this instance ran. */
export function ksr_runs(): void {
  throw new Error(`runs ${runs}`);
}

/** Exits below calls, loops, an array's callback and the table. */
export function ksr_exit(): void {
  runs++;
  const names = new Array<string>();
  for (let at = 0; at < 10; at++) names.push(`name ${at} of ${runs}`);
  names.forEach(name => {
    if (name.startsWith("name 7")) deep(5, name);
  });
  KSR.err("exit came back");
  unreachable();
}

function deep(depth: i32, name: string): string {
  if (depth == 0) KSR.x.exit();
  return deep(depth - 1, name + "!") + name;
}

export function ksr_drop(): void {
  KSR.x.drop();
  unreachable();
}

/** Makes garbage, and reads text of the host. */
export function ksr_garbage(): void {
  runs++;
  const seen = new Map<string, string>();
  for (let at = 0; at < 5; at++) {
    KSR.pv.sets("$var(x)", `value ${at} of ${runs}`);
    seen.set(at.toString(), KSR.pv.gete("$var(x)"));
  }
  if (seen.get("4") != `value 4 of ${runs}`) throw new Error("wrong text");
}

/** Keeps some of it for the next run. */
export function ksr_keep(): void {
  KSR.pv.sets("$var(x)", `value ${runs}`);
  kept.push(KSR.pv.gete("$var(x)") + runs.toString());
  if (kept.length > 100) kept.shift();
  if (!kept[0].startsWith("value")) throw new Error("lost " + kept[0]);
}

export function ksr_throw(): void {
  fails("no such table");
}

export function ksr_assert(): void {
  assert(KSR.pv.get("$avp(unset)") != null, "a value is needed");
}

export function ksr_index(): void {
  const numbers = [1, 2, 3];
  KSR.setflag(numbers[runs + 1000000]);
}

export function ksr_recurse(): void {
  recurse(1, "x");
}

function recurse(depth: i32, text: string): i32 {
  const own = text + depth.toString();
  return recurse(depth + 1, own.substring(0, 3)) + own.length;
}

export function ksr_values(): void {
  KSR.pv.unset("$var(x)");
  KSR.pv.seti("$avp(n)", -7);
  KSR.pv.sets("$avp(s)", "12 monkeys");
  assert(KSR.pv.get("$avp(none)") == null, "null");
  assert(KSR.pv.get<string>("$avp(none)") == "", "null as text");
  assert(KSR.pv.get<i32>("$avp(none)") == 0, "null as number");
  assert(KSR.pv.get<Value>("$avp(none)").isNull, "null as it is");
  assert(KSR.pv.get<Value>("$avp(none)").toString() == "", "null as it is, as text");
  assert(KSR.pv.gete("$avp(none)") == "", "empty");
  assert(KSR.pv.getw("$avp(none)") == "<null>", "the word");
  assert(KSR.pv.get("$avp(n)")! == "-7", "number as text");
  assert(KSR.pv.get<i64>("$avp(n)") == -7, "number");
  assert(KSR.pv.get<f64>("$avp(n)") == -7.0, "number as float");
  assert(KSR.pv.get<bool>("$avp(n)"), "number as truth");
  assert(KSR.pv.getl("$avp(n)") == -7, "long");
  assert(KSR.pv.geti("$avp(n)") == -7, "int");
  const number = KSR.pv.get<Value>("$avp(n)");
  assert(number.isInt && !number.isString && number.toInt() == -7 && number.toString() == "-7", "number as it is");
  const text = KSR.pv.get<Value>("$avp(s)");
  assert(text.isString && text.toInt() == 12 && text.toString() == "12 monkeys", "text as it is");
  assert(KSR.pv.get<i32>("$avp(s)") == 12, "text as number");
  assert(`${number}, ${text}` == "-7, 12 monkeys", "in a template");
  assert(KSR.pv.getvs("$avp(none)", "default") == "default", "default text");
  assert(KSR.pv.getvn("$avp(none)", 5) == 5, "default number");
  assert(KSR.setflag(3) && KSR.isflagset(3) && !KSR.isflagset(4), "flags");
  assert(KSR.pv.setl("$var(long)", 1 << 30) && KSR.pv.getl("$var(long)") == 1 << 30, "long in");
}

export function ksr_texts(): void {
  const texts = ["", "a", "\u00e4\u00f6\u00fc\u00df", "\u65e5\u672c\u8a9e", "\ud83d\ude00 smile", "x".repeat(10000)];
  for (let at = 0; at < texts.length; at++) {
    KSR.pv.sets("$avp(t)", texts[at]);
    assert(KSR.pv.gete("$avp(t)") == texts[at], texts[at].substring(0, 20));
  }
  // halves of a pair become U+FFFD, wherever they stand
  const halves = ["\ud83d", "\ude00", "abc\ud83d", "abcdefgh\ude00ij", "\ud83d\ud83d\ude00"];
  const whole = ["\ufffd", "\ufffd", "abc\ufffd", "abcdefgh\ufffdij", "\ufffd\ud83d\ude00"];
  for (let at = 0; at < halves.length; at++) {
    KSR.pv.sets("$avp(t)", halves[at]);
    assert(KSR.pv.gete("$avp(t)") == whole[at], `half ${at}`);
  }
}

export function ksr_console(): void {
  console.log("to the log");
  trace("numbers", 2, 1, 2);
}

export function ksr_event(event: string): void {
  throw new Error("event " + event);
}

export function ksr_random(): void {
  const first = Math.random();
  assert(first >= 0 && first < 1 && first != Math.random(), "random numbers differ");
}

/** Not a callback: another kind of argument. */
export function helper(number: i32): i32 {
  return number + 1;
}
