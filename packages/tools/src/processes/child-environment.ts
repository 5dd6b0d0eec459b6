/** Variables without which programs do not start or do not find their files. Nothing else is handed on. */
const needed =
  process.platform === 'win32'
    ? [
        'PATH',
        'PATHEXT',
        'SYSTEMROOT',
        'SYSTEMDRIVE',
        'WINDIR',
        'COMSPEC',
        'TEMP',
        'TMP',
        'USERPROFILE',
        'APPDATA',
        'LOCALAPPDATA',
        'PROGRAMDATA',
        'PROGRAMFILES',
      ]
    : ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

/** The environment of a program: what programs need, the variables that `inherit` names, and `own`. */
export function childEnvironment(
  own: Readonly<Record<string, string>>,
  inherit: readonly string[] = [],
): Readonly<Record<string, string>> {
  const inherited = [...needed, ...inherit].flatMap((name): [string, string][] => {
    const value = process.env[name];
    return value === undefined || value.startsWith('()') ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(inherited), ...own };
}
