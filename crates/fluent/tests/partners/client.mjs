// A sender: sends events 0 to count-1 and ends with 0 only when each was acknowledged.
// Arguments: port mode count [shared key [user password]]
import logger from "@fluent-org/logger";

const [port, eventMode, count, sharedKey, username, password] = process.argv.slice(2);
const client = new logger.FluentClient("partner", {
  eventMode,
  socket: { host: "127.0.0.1", port: Number(port), timeout: 10000 },
  security: sharedKey && { clientHostname: "client", sharedKey, username, password },
  ack: { ackTimeout: 10000 },
  flushInterval: 5,
  eventRetry: { attempts: 1 },
});
client.socketOn("error", (error) => process.stderr.write(`${error}\n`));
const sent = [];
for (let number = 0; number < Number(count); number += 1) {
  const record = { number, text: "é", nested: { list: [1, -2, 0.5, null, true] } };
  sent.push(client.emit("events", record, new logger.EventTime(1700000000 + number, 123456789)));
}
try {
  await Promise.all(sent);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error}\n`);
  process.exit(1);
}
