// Dollars as texts with cents: read and written without a float.

/** `−$1,234.50` in cents, or null if it is no amount. */
export function cents(text) {
  const found = /^([+−]?)\$([\d,]+)\.(\d\d)$/.exec(text ?? "");
  if (!found) return null;
  const value = BigInt(found[2].replaceAll(",", "") + found[3]);
  return found[1] === "−" ? -value : value;
}

/** `−$1,234.50`; `isSigned` puts a plus before gains. */
export function money(value, isSigned) {
  const digits = (value < 0n ? -value : value).toString().padStart(3, "0");
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
  const sign = value < 0n ? "−" : isSigned && value > 0n ? "+" : "";
  return `${sign}$${whole}.${digits.slice(-2)}`;
}
