// SPDX-License-Identifier: Apache-2.0
// Root and policy, kept in this browser only where the person asked for it. Never where the page is a file: browsers let all files of
// a disk share one store, so that any other page that was saved there could put its own root into it.

export interface Remembered {
  readonly root: string; // PEM
  readonly policy: string | null;
}

const ROOT = 'countersign-verify.root';
const POLICY = 'countersign-verify.policy';

export function canRemember(): boolean {
  return location.protocol !== 'file:';
}

/** Null where nothing is kept, or the browser keeps nothing. */
export function recall(): Remembered | null {
  if (!canRemember()) return null;
  try {
    const root = localStorage.getItem(ROOT);
    return root === null ? null : { root, policy: localStorage.getItem(POLICY) };
  } catch {
    return null;
  }
}

/** Whether the browser keeps it. */
export function remember({ root, policy }: Remembered): boolean {
  try {
    localStorage.setItem(ROOT, root);
    if (policy === null) localStorage.removeItem(POLICY);
    else localStorage.setItem(POLICY, policy);
    return true;
  } catch {
    return false;
  }
}

export function forget(): void {
  try {
    localStorage.removeItem(ROOT);
    localStorage.removeItem(POLICY);
  } catch {
    // Then nothing was kept.
  }
}
