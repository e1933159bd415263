// What stands between KSR and the host. No import and no export at the top: for an editor the names are global.

/** Null, a number or text: a result read as it is, `KSR.pv.get<Value>("$rs")`. */
// @ts-ignore: decorator
@global
class Value {
  // 0 null, 1 a number, 2 text
  private kind: i32;
  private number: i64;
  private text: string;

  /** Made by KSR's functions. */
  constructor(kind: i32, number: i64, text: string) {
    this.kind = kind;
    this.number = number;
    this.text = text;
  }

  /** Unset or absent. */
  get isNull(): bool {
    return this.kind == 0;
  }

  /** A number. */
  get isInt(): bool {
    return this.kind == 1;
  }

  /** Text. */
  get isString(): bool {
    return this.kind == 2;
  }

  /** The number, or text that is one; 0 otherwise. */
  toInt(): i64 {
    return this.kind == 1 ? this.number : __ksr.number(this.text);
  }

  /** The text, or a number as text; empty for null. */
  toString(): string {
    return this.kind == 1 ? this.number.toString() : this.text;
  }
}

/** Not for scripts: KSR's functions and the entry points use it. */
// @ts-ignore: decorator
@global
namespace __ksr {
  /** Where the host writes an xval: the case at 0; a number, or pointer and units of text, from 8 on. */
  export const AREA: usize = memory.data(16, 8);

  // The canonical ABI reads UTF-16 as it lies in memory, and refuses half a pair of surrogates, which
  // cutting a text can leave. Seen 4 units at a time whether there is any surrogate at all.
  /** The text as the host can read it: itself, nearly always. */
  export function text(value: string): string {
    let at = changetype<usize>(value);
    const end = at + ((<usize>value.length) << 1);
    while (at + 8 <= end) {
      const units = (load<u64>(at) & 0xF800F800F800F800) ^ 0xD800D800D800D800;
      if (((units - 0x0001000100010001) & ~units & 0x8000800080008000) != 0) return paired(value);
      at += 8;
    }
    while (at < end) {
      if ((load<u16>(at) & 0xF800) == 0xD800) return paired(value);
      at += 2;
    }
    return value;
  }

  /** The text with U+FFFD for each half of a pair. */
  function paired(value: string): string {
    const count = value.length;
    const units = new StaticArray<u16>(count);
    for (let at = 0; at < count; at++) {
      const unit = <u16>value.charCodeAt(at);
      if ((unit & 0xF800) != 0xD800) {
        unchecked((units[at] = unit));
      } else if ((unit & 0xFC00) == 0xD800 && at + 1 < count && (value.charCodeAt(at + 1) & 0xFC00) == 0xDC00) {
        unchecked((units[at] = unit));
        at += 1;
        unchecked((units[at] = <u16>value.charCodeAt(at)));
      } else {
        unchecked((units[at] = 0xFFFD));
      }
    }
    return String.UTF16.decodeUnsafe(changetype<usize>(units), <usize>count << 1);
  }

  /** Text given by the host: it lies in a string object that `cabi_realloc` made and pinned. */
  export function lift(pointer: usize, units: i32): string {
    if (units == 0) return "";
    // @ts-ignore: editors do not know it
    __unpin(pointer);
    return changetype<string>(pointer);
  }

  /** The number at the beginning of a text; 0 where there is none. */
  export function number(value: string): i64 {
    return value.length == 0 ? 0 : I64.parseInt(value, 10);
  }

  /** What the host wrote, as the script wants it. */
  export function result<T>(): T {
    const kind = <i32>load<u8>(AREA);
    if (isBoolean<T>()) {
      return <T>(integer(kind) != 0);
    } else if (isInteger<T>()) {
      return <T>integer(kind);
    } else if (isFloat<T>()) {
      return kind == 2 ? <T>parseFloat(lifted()) : <T>integer(kind);
    } else if (isString<T>()) {
      if (kind == 2) return changetype<T>(lifted());
      if (kind == 1) return changetype<T>(load<i64>(AREA, 8).toString());
      return isNullable<T>() ? changetype<T>(<usize>0) : changetype<T>("");
    } else if (idof<T>() == idof<Value>()) {
      const text = kind == 2 ? lifted() : "";
      return changetype<T>(new Value(kind, kind == 1 ? load<i64>(AREA, 8) : 0, text));
    } else {
      ERROR("a KSR value is read as string, string | null, a number, bool or Value");
    }
  }

  function lifted(): string {
    return lift(load<usize>(AREA, 8), load<i32>(AREA, 12));
  }

  function integer(kind: i32): i64 {
    if (kind == 1) return load<i64>(AREA, 8);
    return kind == 2 ? number(lifted()) : 0;
  }

  // ---------------------------------------------------------------- leaving a callback

  // lazy: a script's own top-level code, which runs first, may fail
  // @ts-ignore: decorator
  @lazy let message: string = "";
  // @ts-ignore: decorator
  @lazy let file: string = "";
  // @ts-ignore: decorator
  @lazy let line: u32 = 0;
  // @ts-ignore: decorator
  @lazy let column: u32 = 0;

  // `kemist build` makes of a call of `leave` a return from every function up to the entry point.
  // @ts-ignore: decorator
  @external("kemist", "leave")
  export declare function leave(why: i32): void;

  /** Ends the callback. */
  export function exit(): void {
    leave(1);
  }

  /** What `throw`, `assert` and the runtime's own checks call: the callback ends with an error of the script. */
  export function abort(text: string | null, source: string | null, at: u32, col: u32): void {
    // only kept here: the stack may have no room for more
    message = text === null ? "" : text;
    file = source === null ? "" : source;
    line = at;
    column = col;
    leave(2);
  }

  /** The error's text. */
  export function failure(): string {
    const where = file + ":" + line.toString() + ":" + column.toString();
    const text = where + ": " + (message.length == 0 ? "aborted" : message);
    message = "";
    file = "";
    return __ksr.text(text);
  }

  /** Where `Math.random` begins: 62 bits of the host's randomness, for each instance its own. */
  export function seed(): f64 {
    return reinterpret<f64>((KSR.pv.getl("$RANDOM") << 31) ^ KSR.pv.getl("$RANDOM"));
  }

  /** `trace(...)`, at debug level. */
  export function trace(text: string, n: i32 = 0, a0: f64 = 0, a1: f64 = 0, a2: f64 = 0, a3: f64 = 0, a4: f64 = 0): void {
    let shown = text;
    if (n > 0) shown += " " + a0.toString();
    if (n > 1) shown += ", " + a1.toString();
    if (n > 2) shown += ", " + a2.toString();
    if (n > 3) shown += ", " + a3.toString();
    if (n > 4) shown += ", " + a4.toString();
    KSR.dbg(shown);
  }

  /** `console.*`, to the proxy's log. */
  export namespace console {
    export function assert<T>(condition: T, text: string = ""): void {
      if (!condition) KSR.err("assertion failed: " + text);
    }
    export function log(text: string = ""): void {
      KSR.info(text);
    }
    export function debug(text: string = ""): void {
      KSR.dbg(text);
    }
    export function info(text: string = ""): void {
      KSR.info(text);
    }
    export function warn(text: string = ""): void {
      KSR.warn(text);
    }
    export function error(text: string = ""): void {
      KSR.err(text);
    }
  }
}
