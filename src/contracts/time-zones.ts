/**
 * The only time zones that Instantly takes for a schedule, by its OpenAPI document of August 2026.
 * `America/New_York`, `Europe/London` and `UTC` are not among them.
 */
export const instantlyTimeZones: readonly string[] = `
  Etc/GMT+12 Etc/GMT+11 Etc/GMT+10 America/Anchorage America/Dawson America/Creston
  America/Chihuahua America/Boise America/Belize America/Chicago America/Bahia_Banderas
  America/Regina America/Bogota America/Detroit America/Indiana/Marengo America/Caracas
  America/Asuncion America/Glace_Bay America/Campo_Grande America/Anguilla America/Santiago
  America/St_Johns America/Sao_Paulo America/Argentina/La_Rioja America/Araguaina
  America/Godthab America/Montevideo America/Bahia America/Noronha America/Scoresbysund
  Atlantic/Cape_Verde Africa/Casablanca America/Danmarkshavn Europe/Isle_of_Man Atlantic/Canary
  Africa/Abidjan Arctic/Longyearbyen Europe/Belgrade Africa/Ceuta Europe/Sarajevo Africa/Algiers
  Africa/Windhoek Asia/Nicosia Asia/Beirut Africa/Cairo Asia/Damascus Europe/Bucharest
  Africa/Blantyre Europe/Helsinki Europe/Istanbul Asia/Jerusalem Africa/Tripoli Asia/Amman
  Asia/Baghdad Europe/Kaliningrad Asia/Aden Africa/Addis_Ababa Europe/Kirov Europe/Astrakhan
  Asia/Tehran Asia/Dubai Asia/Baku Indian/Mahe Asia/Tbilisi Asia/Yerevan Asia/Kabul
  Antarctica/Mawson Asia/Yekaterinburg Asia/Karachi Asia/Kolkata Asia/Colombo Asia/Kathmandu
  Antarctica/Vostok Asia/Dhaka Asia/Rangoon Antarctica/Davis Asia/Novokuznetsk Asia/Hong_Kong
  Asia/Krasnoyarsk Asia/Brunei Australia/Perth Asia/Taipei Asia/Choibalsan Asia/Irkutsk
  Asia/Dili Asia/Pyongyang Australia/Adelaide Australia/Darwin Australia/Brisbane
  Australia/Melbourne Antarctica/DumontDUrville Australia/Currie Asia/Chita Antarctica/Macquarie
  Asia/Sakhalin Pacific/Auckland Etc/GMT-12 Pacific/Fiji Asia/Anadyr Asia/Kamchatka Etc/GMT-13
  Pacific/Apia
`
  .trim()
  .split(/\s+/);

const winter = new Date('2026-01-15T12:00:00Z');
const summer = new Date('2026-07-15T12:00:00Z');

/** Minutes ahead of UTC in winter and in summer; `undefined` for what is no time zone. */
function offsetsOf(timeZone: string): readonly [winter: number, summer: number] | undefined {
  try {
    const clock = new Intl.DateTimeFormat('sv-SE', {
      timeZone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    const minutesAt = (moment: Date): number =>
      (Date.parse(`${clock.format(moment).replace(' ', 'T')}Z`) - moment.getTime()) / 60_000;
    return [minutesAt(winter), minutesAt(summer)];
  } catch {
    return undefined;
  }
}

const mostNearest = 3;
const isBeside = (a: string, b: string): boolean => a.split('/')[0] === b.split('/')[0];

/**
 * Zones that Instantly takes in place of one that it does not: those whose clocks show the same all
 * year first, on the same continent before others. None for what is no time zone at all.
 */
export function nearestTimeZones(wanted: string): readonly string[] {
  const offsets = offsetsOf(wanted);
  if (!offsets) return [];
  const [inWinter, inSummer] = offsets;
  return instantlyTimeZones
    .map((name, place) => {
      const [winterThere, summerThere] = offsetsOf(name) ?? [Infinity, Infinity];
      const apart = Math.abs(winterThere - inWinter) + Math.abs(summerThere - inSummer);
      return { name, place, apart, isFar: !isBeside(name, wanted) };
    })
    .sort((a, b) => a.apart - b.apart || Number(a.isFar) - Number(b.isFar) || a.place - b.place)
    .slice(0, mostNearest)
    .map(({ name }) => name);
}
