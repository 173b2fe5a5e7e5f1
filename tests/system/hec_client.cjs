// SPDX-License-Identifier: Apache-2.0
// Sends events with Splunk's own splunk-logging: hec_client.cjs PORT COUNT PREFIX [CHANNEL]
// With a channel the ids of the answers are asked for until all are acknowledged. Prints figures as JSON.
const { Logger } = require("splunk-logging");

const BATCH = 250;

async function acknowledged(port, channel, ids) {
    const response = await fetch(`http://127.0.0.1:${port}/services/collector/ack?channel=${channel}`, {
        method: "POST", headers: { Authorization: "Splunk any" }, body: JSON.stringify({ acks: ids }),
    });
    const { acks } = await response.json();
    return ids.filter((id) => acks[id] === true);
}

async function main() {
    const [port, count] = process.argv.slice(2, 4).map(Number);
    const [prefix, channel] = process.argv.slice(4);
    const logger = new Logger({
        token: "00000000-0000-4000-8000-000000000000", url: `http://127.0.0.1:${port}`, maxBatchCount: 0, maxRetries: 5,
        path: "/services/collector/event/1.0" + (channel ? `?channel=${channel}` : ""),
    });
    logger.error = (error, context) => console.error("client:", error, context && context.message && String(context.message).slice(0, 80));
    let answered = 0;
    const ids = [];
    const flush = () => new Promise((resolve, reject) => logger.flush((error, response, body) => {
        const answer = typeof body === "string" ? JSON.parse(body) : body;
        if (error || response.statusCode !== 200 || answer.code !== 0) return reject(error || new Error(JSON.stringify(answer)));
        answered += 1;
        if (channel) ids.push(answer.ackId);
        resolve();
    }));
    for (let n = 0; n < count; n += 1) {
        logger.send({
            message: { text: `${prefix}-${n}`, number: n }, severity: "warn",
            metadata: { source: "client", sourcetype: "_json", index: "main", host: "client.example" },
        });
        if ((n + 1) % BATCH === 0 || n + 1 === count) await flush();
    }
    const open = new Set(ids);
    while (open.size > 0) {
        for (const id of await acknowledged(port, channel, [...open])) open.delete(id);
        if (open.size > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    console.log(JSON.stringify({ answered, acknowledged: ids.length }));
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
