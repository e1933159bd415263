// The entry points of the component. What follows after this text is written for each script: the list of its
// callbacks, and `dispatch`, which calls them.

/** Set by `leave`: 1 an exit, 2 an error. Exported, so that the optimizer leaves its reads where they are. */
export let __kemist_leaving: i32 = 0;

// `kemist build` makes of it a call of `__kemist_dispatch`, where leaving ends.
// @ts-ignore: decorator
@external("kemist", "enter")
declare function enter(callback: i32, event: usize): void;

/** `result<_, string>`: the case, then pointer and units of the error's text. */
const RESULT: usize = memory.data(12, 4);

export function __kemist_run(callback: i32, event: usize, units: i32): usize {
  const text = __ksr.lift(event, units);
  const stack = __stack_pointer;
  enter(callback, changetype<usize>(text));
  __stack_pointer = stack;
  const how = __kemist_leaving;
  __kemist_leaving = 0;
  store<u8>(RESULT, 0);
  if (how == 2) {
    const error = __ksr.failure();
    store<u8>(RESULT, 1);
    store<usize>(RESULT, __pin(changetype<usize>(error)), 4);
    store<i32>(RESULT, error.length, 8);
  }
  return RESULT;
}

export function __kemist_post_run(result: usize): void {
  if (load<u8>(result) == 1) __unpin(load<usize>(result, 4));
}

/** Memory for the host. What is aligned to 2 is text: a string object, so that what the host writes is the string. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (size == 0) return align;
  // no exit from here: the host is between us and the callback
  if (size > 0x10000000) unreachable();
  if (oldSize == 0) return __pin(__new(size, align == 2 ? idof<string>() : idof<ArrayBuffer>()));
  if (size == oldSize) return old;
  __unpin(old);
  return __pin(__renew(old, size));
}

/** `list<string>`: pointer and count of pairs. */
const LIST: usize = memory.data(8, 4);

export function __kemist_callbacks(): usize {
  for (let at = 0; at < NAMES.length; at++) {
    const name = unchecked(NAMES[at]);
    store<usize>(PAIRS + (<usize>at << 3), changetype<usize>(name));
    store<i32>(PAIRS + (<usize>at << 3), name.length, 4);
  }
  store<usize>(LIST, PAIRS);
  store<i32>(LIST, NAMES.length, 4);
  return LIST;
}
