// Small cookies that the server reads too (dashboard/pages/cookies.py).

const YEAR_S = 365 * 24 * 3600;

export function readCookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? found.slice(name.length + 1).replace(/^"(.*)"$/, "$1") : "";
}

export function writeCookie(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
}
