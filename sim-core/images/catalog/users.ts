/** /etc/passwd and /etc/group of images, made of short lists: `name uid gid home shell` and `name gid members`. */

type Files = Readonly<Record<string, string>>;

function accounts(users: readonly string[], groups: readonly string[]): Files {
  const user = (line: string) => {
    const [name, uid, gid, home, shell] = line.split(' ');
    return `${name}:x:${uid}:${gid}:${name}:${home}:${shell}\n`;
  };
  const group = (line: string) => {
    const [name, gid, members = ''] = line.split(' ');
    return `${name}:x:${gid}:${members}\n`;
  };
  return { '/etc/passwd': users.map(user).join(''), '/etc/group': groups.map(group).join('') };
}

const list = (text: string) => text.split(', ');

const ALPINE_GROUPS = list(
  'root 0 root, bin 1 root,bin,daemon, daemon 2 root,bin,daemon, sys 3 root,bin, adm 4 root,daemon, tty 5, disk 6 root, lp 7 lp, kmem 9, wheel 10 root, floppy 11 root, mail 12 mail, news 13 news, uucp 14 uucp, cron 16 cron, audio 18, cdrom 19, dialout 20 root, ftp 21, sshd 22, input 23, tape 26 root, video 27 root, netdev 28, kvm 34 kvm, games 35, shadow 42, www-data 82, users 100 games, ntp 123, nobody 65534',
);

/** Alpine's, and those of an image made on it. */
export function alpineUsers(users: readonly string[] = [], groups: readonly string[] = []): Files {
  const none = '/sbin/nologin';
  return accounts(
    [
      'root 0 0 /root /bin/sh',
      ...list(
        'bin 1 1 /bin, daemon 2 2 /sbin, lp 4 7 /var/spool/lpd, mail 8 12 /var/mail, news 9 13 /usr/lib/news, uucp 10 14 /var/spool/uucppublic, cron 16 16 /var/spool/cron, ftp 21 21 /var/lib/ftp, sshd 22 22 /dev/null, games 35 35 /usr/games, ntp 123 123 /var/empty, guest 405 100 /dev/null, nobody 65534 65534 /',
      ).map((line) => `${line} ${none}`),
      ...users,
    ],
    [...ALPINE_GROUPS, ...groups],
  );
}

const DEBIAN_GROUPS = list(
  'root 0, daemon 1, bin 2, sys 3, adm 4, tty 5, disk 6, lp 7, mail 8, news 9, uucp 10, man 12, proxy 13, kmem 15, dialout 20, fax 21, voice 22, cdrom 24, floppy 25, tape 26, sudo 27, audio 29, dip 30, www-data 33, backup 34, operator 37, list 38, irc 39, src 40, shadow 42, utmp 43, video 44, sasl 45, plugdev 46, staff 50, games 60, users 100, nogroup 65534',
);

/** Debian's, and those of an image made on it. */
export function debianUsers(users: readonly string[] = [], groups: readonly string[] = []): Files {
  const none = '/usr/sbin/nologin';
  return accounts(
    [
      'root 0 0 /root /bin/bash',
      ...list(
        'daemon 1 1 /usr/sbin, bin 2 2 /bin, sys 3 3 /dev, games 5 60 /usr/games, man 6 12 /var/cache/man, lp 7 7 /var/spool/lpd, mail 8 8 /var/mail, news 9 9 /var/spool/news, uucp 10 10 /var/spool/uucp, proxy 13 13 /bin, www-data 33 33 /var/www, backup 34 34 /var/backups, list 38 38 /var/list, irc 39 39 /run/ircd, _apt 42 65534 /nonexistent, nobody 65534 65534 /nonexistent',
      ).map((line) => `${line} ${none}`),
      ...users,
    ],
    [...DEBIAN_GROUPS, ...groups],
  );
}

/** Those of busybox's own image. */
export function busyboxUsers(): Files {
  const none = '/bin/false';
  return accounts(
    [
      'root 0 0 /root /bin/sh',
      ...list(
        'daemon 1 1 /usr/sbin, bin 2 2 /bin, sys 3 3 /dev, mail 8 8 /var/spool/mail, www-data 33 33 /var/www, operator 37 37 /var, nobody 65534 65534 /home',
      ).map((line) => `${line} ${none}`),
    ],
    list(
      'root 0, daemon 1, bin 2, sys 3, adm 4, tty 5, disk 6, lp 7, mail 8, kmem 9, wheel 10 root, cdrom 11, dialout 18, floppy 19, video 28, audio 29, tape 32, www-data 33, operator 37, utmp 43, plugdev 46, staff 50, lock 54, netdev 82, users 100, nobody 65534',
    ),
  );
}
