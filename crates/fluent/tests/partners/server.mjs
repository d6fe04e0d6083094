// A receiver: prints its port, then each event as a line of JSON, until its standard input ends.
// Argument: JSON with sharedKey, user, password, and for TLS cert, key and clientCa, which are files.
import { readFileSync } from "node:fs";
import logger from "@fluent-org/logger";

const { sharedKey, user, password, cert, key, clientCa } = JSON.parse(process.argv[2] ?? "{}");
const security = sharedKey && {
  serverHostname: "partner",
  sharedKey,
  authorize: user !== undefined,
  userDict: user === undefined ? {} : { [user]: password },
};
const tlsOptions = cert && {
  cert: readFileSync(cert),
  key: readFileSync(key),
  ...(clientCa && { ca: readFileSync(clientCa), requestCert: true, rejectUnauthorized: true }),
};
const listenOptions = { host: "127.0.0.1", port: 0 };
const server = new logger.FluentServer({ listenOptions, security, tlsOptions });
server.on("entry", (tag, time, record) => {
  const at = typeof time === "number" ? [time, 0] : [time.epoch, time.nano];
  process.stdout.write(JSON.stringify({ tag, time: at, record }) + "\n");
});
await server.listen();
process.stdout.write(`${server.port}\n`);
process.stdin.on("end", () => process.exit(0)).resume();
