// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "store/client.h"
#include "store/schema.h"
#include "store/supervisor.h"
#include "tests/support/temporary_folder.h"

namespace vedette::store {

/// For tests: a real engine in a folder of its own.
class TestStore {
  public:
    /// Starts it; the reason why not, if this machine has no engine.
    std::optional<std::string> start() {
        SupervisorOptions options;
        options.data_folder = folder_.path() + "/store";
        supervisor_ = std::make_unique<Supervisor>(options);
        const auto started = supervisor_->start();
        if (!started) return started.error().message();
        return std::nullopt;
    }
    Supervisor& supervisor() { return *supervisor_; }
    Client client() const {
        ClientOptions options;
        options.endpoint = supervisor_->endpoint();
        return Client(options);
    }
    std::string folder() const { return folder_.path(); }

  private:
    tests::TemporaryFolder folder_;
    std::unique_ptr<Supervisor> supervisor_;
};

/// The base of tests that need a store: skips where there is no engine (VEDETTE_LIBCHDB names one).
class StoreTest : public testing::Test {
  protected:
    void SetUp() override {
        if (const auto why = store_.start()) GTEST_SKIP() << "no store: " << *why;
        Client client = store_.client();
        const auto opened = open_schema(client);
        ASSERT_TRUE(opened) << opened.error().message();
    }
    /// The answer of a question, or the text of its error.
    std::string ask(std::string_view sql, const Values& values = {}) {
        Client client = store_.client();
        const auto answer = client.query(sql, values);
        return answer ? *answer : answer.error().message();
    }

    TestStore store_;
};

}  // namespace vedette::store
