// SPDX-License-Identifier: Apache-2.0
#include "source/tokens.h"

#include <gtest/gtest.h>

namespace vedette::source {
namespace {

// printf %s secret | sha256sum
constexpr std::string_view kSecretHash =
    "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

TEST(Tokens, are_found_in_every_way_of_sending_them) {
    Tokens tokens;
    ASSERT_TRUE(tokens.add("web:" + std::string(kSecretHash), "here"));
    for (const std::string header :
         {"Bearer secret", "bearer  secret", "Splunk secret", "ApiKey aWQ6c2VjcmV0",
          "Basic dXNlcjpzZWNyZXQ=", "basic dXNlcjpzZWNyZXQ"}) {
        const Token* token = tokens.find(header);
        ASSERT_NE(token, nullptr) << header;
        EXPECT_EQ(token->name, "web");
    }
    for (const std::string& header : std::vector<std::string>{
             "", "Bearer", "Bearer Secret", "secret", "Basic secret", "Basic !!!!",
             "Basic c2VjcmV0", "Digest secret", "Bearer " + std::string(kSecretHash)}) {
        EXPECT_EQ(tokens.find(header), nullptr) << header;
    }
}

TEST(Tokens, have_scopes) {
    Tokens tokens;
    const std::string base = "t:" + std::string(kSecretHash);
    ASSERT_TRUE(tokens.add(base + ":source=web, index=web-*,index=exact,api=bulk", "here"));
    const Token* token = tokens.find("Bearer secret");
    ASSERT_NE(token, nullptr);
    EXPECT_EQ(token->source, "web");
    EXPECT_TRUE(token->may_write_index("web-2026"));
    EXPECT_TRUE(token->may_write_index("exact"));
    EXPECT_FALSE(token->may_write_index("exact2"));
    EXPECT_TRUE(token->may_use("bulk"));
    EXPECT_FALSE(token->may_use("ingest")) << "api=bulk only";

    Tokens ingest;
    ASSERT_TRUE(ingest.add(base + ":source=web,api=ingest,api=hec", "here"));
    EXPECT_TRUE(ingest.find("Bearer secret")->may_write_source("web"));
    EXPECT_FALSE(ingest.find("Bearer secret")->may_write_source("mail"));
    EXPECT_FALSE(ingest.find("Bearer secret")->may_use("bulk"));
    EXPECT_TRUE(ingest.find("Bearer secret")->may_use("hec"));
}

TEST(Tokens, are_refused_when_they_cannot_be_meant) {
    const std::string hash(kSecretHash);
    for (const std::string& line : std::vector<std::string>{
             "", "name", "name:", ":" + hash, "name:secret", "name:" + hash + "0",
             "name:" + hash + ":admin", "name:" + hash + ":source=", "name:" + hash + ":api=all"}) {
        Tokens tokens;
        const auto added = tokens.add(line, "vedette.yml:3");
        ASSERT_FALSE(added) << line;
        EXPECT_EQ(added.error().where, "vedette.yml:3");
        EXPECT_FALSE(added.error().hint.empty());
    }
    Tokens tokens;
    EXPECT_TRUE(tokens.add("a:" + hash, "1"));
    EXPECT_FALSE(tokens.add("b:" + hash, "2")) << "the same token under two names";
}

TEST(Patterns, stretch_their_stars) {
    EXPECT_TRUE(fits_pattern("*", ""));
    EXPECT_TRUE(fits_pattern("a*b*c", "a__b_b_c"));
    EXPECT_TRUE(fits_pattern("**x", "x"));
    EXPECT_FALSE(fits_pattern("a*b", "a_b_"));
    EXPECT_FALSE(fits_pattern("", "a"));
    EXPECT_FALSE(fits_pattern(std::string(1'000, '*') + "b", std::string(10'000, 'a')));
}

}  // namespace
}  // namespace vedette::source
