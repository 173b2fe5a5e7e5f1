// SPDX-License-Identifier: Apache-2.0
// Sends log records with OpenTelemetry's JavaScript SDK: otlp_client.cjs PORT COUNT PREFIX http|proto [gzip]
// Prints the exporter's own figures as JSON.
const { LoggerProvider, BatchLogRecordProcessor } = require("@opentelemetry/sdk-logs");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { SeverityNumber } = require("@opentelemetry/api-logs");

async function main() {
    const [port, count] = process.argv.slice(2, 4).map(Number);
    const [prefix, kind, compression] = process.argv.slice(4);
    const { OTLPLogExporter } = require(`@opentelemetry/exporter-logs-otlp-${kind}`);
    const exporter = new OTLPLogExporter({ url: `http://127.0.0.1:${port}/v1/logs`, compression, timeoutMillis: 60_000 });
    // What the SDK is told of each export; only it knows when one has failed for good.
    const figures = { exports: 0, failed: 0 };
    const sent = exporter.export.bind(exporter);
    exporter.export = (records, done) => sent(records, (result) => {
        figures.exports += 1;
        if (result.code !== 0) {
            figures.failed += 1;
            console.error(result.error);
        }
        done(result);
    });
    const processor = new BatchLogRecordProcessor({ exporter, maxQueueSize: count, exportTimeoutMillis: 60_000 });
    const provider = new LoggerProvider({
        resource: resourceFromAttributes({ "service.name": "client", "host.name": "client.example" }), processors: [processor],
    });
    const logger = provider.getLogger("orders", "1.0");
    for (let n = 0; n < count; n += 1) {
        logger.emit({
            severityNumber: SeverityNumber.WARN, severityText: "WARN", body: `${prefix}-${n}`,
            attributes: { number: n, ratio: 0.5, ok: true, tags: ["a", "b"], "http.request.method": "GET" },
        });
    }
    await provider.forceFlush();
    await provider.shutdown();
    console.log(JSON.stringify(figures));
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
