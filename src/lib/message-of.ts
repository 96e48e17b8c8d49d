/**
 * What an error says, never nothing: connection errors that stand for several have no message of their own, and some
 * libraries throw what is no error. Reasons that are not part of the message follow it.
 */
export function messageOf(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at !== undefined && at !== null && parts.length < 5; at = (at as { cause?: unknown }).cause) {
    const text = ownMessage(at).trim();
    if (text !== '' && !parts.some((part) => part.includes(text))) parts.push(text);
  }
  return parts.join(': ') || 'no reason was given';
}

function ownMessage(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, code, name, errors } = error as { message?: unknown; code?: unknown; name?: unknown; errors?: unknown };
  if (typeof message === 'string' && message.trim() !== '') return message;
  if (Array.isArray(errors) && errors.length > 0) return [...new Set(errors.map(ownMessage))].join('; ');
  if (typeof code === 'string' && code !== '') return code;
  return typeof name === 'string' && name !== 'Error' ? name : '';
}
