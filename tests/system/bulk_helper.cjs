// SPDX-License-Identifier: Apache-2.0
// Sends documents with @elastic/elasticsearch's bulk helper: bulk_helper.cjs PORT COUNT
// Prints the helper's own figures as JSON.
const { Client } = require("@elastic/elasticsearch");

async function main() {
    const [port, count] = process.argv.slice(2).map(Number);
    const client = new Client({ node: `http://127.0.0.1:${port}` });
    const documents = Array.from({ length: count }, (_, n) => ({
        "@timestamp": new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString(),
        message: `helper-${n}`,
    }));
    const result = await client.helpers.bulk({
        datasource: documents,
        flushBytes: 50_000,
        concurrency: 3,
        onDocument: (document) => ({ index: { _index: "helper", _id: document.message } }),
    });
    console.log(JSON.stringify(result));
    await client.close();
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
