// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include "base/counters.h"
#include "source/kafka/consumer.h"
#include "source/registry.h"

namespace vedette::source {

namespace kafka {
namespace {

using base::Result;

/// The thread around a Consumer.
class KafkaSource final : public Source {
  public:
    KafkaSource(SourceContext context, KafkaSettings settings, std::string where)
        : stage_(context.counters.stage("source " + context.name)),
          consumer_(std::move(context), std::move(settings)),
          where_(std::move(where)) {}
    ~KafkaSource() override { stop(); }

    Result<void> start() override {
        VD_TRY_DO(consumer_.open(where_));
        thread_ = std::thread([this] { run(); });
        return {};
    }

    void stop() override {
        must_stop_ = true;
        if (thread_.joinable()) thread_.join();
    }

  private:
    void run() {
        while (!must_stop_) {
            consumer_.turn();
            stage_.cpu_ns = base::thread_cpu_ns();
        }
        consumer_.close();
    }

    base::StageCounters& stage_;
    Consumer consumer_;
    const std::string where_;
    std::atomic<bool> must_stop_{false};
    std::thread thread_;
};

Result<std::unique_ptr<Source>> make_kafka(const SourceSettings& settings, SourceContext context) {
    VD_TRY(KafkaSettings wanted, read_settings(settings, context));
    return std::make_unique<KafkaSource>(std::move(context), std::move(wanted), settings.where);
}

}  // namespace
}  // namespace kafka

void register_kafka(Registry& registry);
void register_kafka(Registry& registry) {
    registry.add({"kafka", kafka::make_kafka, kafka::setting_names()});
}

}  // namespace vedette::source
