// Preloaded by the test, in every thread: whoever opens a socket ends the process.
import dgram from 'node:dgram';
import net from 'node:net';

const stop = () => {
  process.stderr.write('A SOCKET WAS OPENED\n');
  process.exit(99);
};
net.Socket.prototype.connect = stop;
net.Server.prototype.listen = stop;
dgram.Socket.prototype.send = stop;
