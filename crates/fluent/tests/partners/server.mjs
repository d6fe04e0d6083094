// A receiver: prints its port, then each event as a line of JSON, until its standard input ends.
// Arguments: [shared key [user password]]
import logger from "@fluent-org/logger";

const [sharedKey, user, password] = process.argv.slice(2);
const security = sharedKey && {
  serverHostname: "partner",
  sharedKey,
  authorize: user !== undefined,
  userDict: user === undefined ? {} : { [user]: password },
};
const server = new logger.FluentServer({ listenOptions: { host: "127.0.0.1", port: 0 }, security });
server.on("entry", (tag, time, record) => {
  const at = typeof time === "number" ? [time, 0] : [time.epoch, time.nano];
  process.stdout.write(JSON.stringify({ tag, time: at, record }) + "\n");
});
await server.listen();
process.stdout.write(`${server.port}\n`);
process.stdin.on("end", () => process.exit(0)).resume();
