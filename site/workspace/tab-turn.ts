/**
 * Whose turn it is to keep a piece of work, among the tabs that show it: the tab opened last. The one before saves what it has, and hears that
 * its turn is over. Browsers without locks or channels keep as if there were one tab.
 */
const PATIENCE = 1500;

type Message = { readonly type: 'hand-over' | 'saved'; readonly to: string };

/** Takes the turn for the work of that name; resolves when it is this tab's. `save` is called, and waited for, before it goes to another tab. */
export async function takeTurn(name: string, save: () => Promise<unknown>, over: () => void): Promise<() => void> {
  if (typeof BroadcastChannel === 'undefined') return () => {};
  const channel = new BroadcastChannel(`jotasu-work ${name}`);
  const me = `${Date.now()} ${Math.random()}`;
  let mine = false;
  const handed = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, PATIENCE);
    channel.onmessage = async ({ data }: MessageEvent<Message>) => {
      if (data.type === 'saved' && data.to === me) {
        clearTimeout(timer);
        resolve();
      }
      if (data.type !== 'hand-over' || data.to === me || !mine) return;
      mine = false;
      await save().catch(() => {});
      over();
      channel.postMessage({ type: 'saved', to: data.to } satisfies Message);
    };
  });
  if (await isAlone(name)) {
    mine = true;
    return () => channel.close();
  }
  channel.postMessage({ type: 'hand-over', to: me } satisfies Message);
  await handed;
  mine = true;
  return () => channel.close();
}

/** Whether no other tab shows this work. Each tab that does shares a lock of its name as long as it lives. */
async function isAlone(name: string): Promise<boolean> {
  const { locks } = navigator;
  if (locks === undefined) return false;
  const lock = `jotasu-work ${name}`;
  const { held = [] } = await locks.query();
  void locks.request(lock, { mode: 'shared' }, () => new Promise(() => {})).catch(() => {});
  return !held.some((each) => each.name === lock);
}
