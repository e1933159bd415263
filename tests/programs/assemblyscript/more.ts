export function fails(what: string): void {
  if (KSR.is_REGISTER()) throw new Error(what);
}

export function ksr_elsewhere(): void {
  KSR.x.exit();
}

function inside(): void {
  throw new Error("renamed");
}
export { inside as inner };
