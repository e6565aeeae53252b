// A session that has ended, here or elsewhere: the page becomes that of whoever may read it now, and says why.

const MARK = "session-ended";
const { reader } = document.documentElement.dataset;

/** Whether this page is nobody's any more. It is not if another session has begun, or as long as nobody can say. */
export async function isNobodysNow() {
  if (!reader) return false;
  const reply = await fetch(location.href).catch(() => null);
  const isSaid = reply !== null && reply.status < 500; // while the database is away nobody can say
  return isSaid && /data-reader=""/.test(await reply.text());
}

/** Read the page anew: a private one leads to the sign-in, and back here after it. */
export function leave() {
  try {
    sessionStorage.setItem(MARK, "1");
  } catch {
    // a browser that keeps nothing: then it is only not said
  }
  location.reload();
}

/** On the page that is read instead. */
export function sayEnded() {
  try {
    if (!sessionStorage.getItem(MARK)) return;
    sessionStorage.removeItem(MARK);
  } catch {
    return;
  }
  const note = document.createElement("p");
  note.className = "alarm ended";
  note.setAttribute("role", "status");
  note.append("Your session has ended: you are signed out.");
  const signIn = document.querySelector("a.sign-in");
  if (signIn && !document.querySelector("main [name=password]")) {
    const link = document.createElement("a");
    link.href = signIn.href;
    link.textContent = "Sign in";
    note.append(" ", link);
  }
  document.body.append(note);
}
