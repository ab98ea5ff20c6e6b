const AREAS =
  /^(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc|Europe|Indian|Mexico|Pacific|US)\/[A-Za-z0-9_+/-]+$/;
const PLAIN = new Set(
  'UTC,UCT,GMT,Zulu,Universal,Greenwich,GB,NZ,PRC,ROC,ROK,CET,EET,MET,WET,EST,MST,HST,EST5EDT,CST6CDT,MST7MDT,PST8PDT,Cuba,Egypt,Eire,GB-Eire,GMT0,GMT+0,GMT-0,Hongkong,Iceland,Iran,Israel,Jamaica,Japan,Kwajalein,Libya,NZ-CHAT,Navajo,Poland,Portugal,Singapore,Turkey,W-SU'.split(
    ',',
  ),
);

/** What is wrong with a time zone's name (validateTimeZone); undefined when it may be one. The zones of an area are not listed here. */
export function timeZoneProblem(name: string): string | undefined {
  if (name === '') return 'timeZone must be nil or non-empty string';
  if (name.toLowerCase() === 'local')
    return 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
  return AREAS.test(name) || PLAIN.has(name) ? undefined : `unknown time zone ${name}`;
}
