// SPDX-License-Identifier: Apache-2.0
#include "store/host/start_report.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace vedette::store::host {
namespace {

RC_GTEST_PROP(StartReport, comes_out_as_it_went_in,
              (const std::string& text, const std::string& where, const std::string& hint)) {
    const auto code = static_cast<base::ErrorCode>(*rc::gen::inRange(0, 10));
    const auto plain = [](std::string value) {
        for (char& c : value) c = c == '\0' ? ' ' : c;
        return value;
    };
    const auto error = decode_start_report(encode_start_report({code, text, where, hint, false}));
    RC_ASSERT(error.has_value());
    RC_ASSERT(error->code == code);
    RC_ASSERT(error->text == plain(text));
    RC_ASSERT(error->where == plain(where));
    RC_ASSERT(error->hint == plain(hint));
}

RC_GTEST_PROP(StartReport, survives_any_bytes, (const std::string& bytes)) {
    const auto error = decode_start_report(bytes);
    if (error) RC_ASSERT(encode_start_report(*error) == bytes);
}

TEST(StartReport, is_nothing_when_it_is_cut_off_anywhere) {
    const std::string whole =
        encode_start_report({base::ErrorCode::io, "text", "where", "hint", false});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(decode_start_report(whole.substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_start_report(whole + "x"));
}

TEST(StartReport, only_a_held_folder_has_the_status_that_asks_to_try_again) {
    EXPECT_EQ(exit_status_of({base::ErrorCode::unavailable, {}, {}, {}, true}), kExitFolderHeld);
    EXPECT_EQ(exit_status_of({base::ErrorCode::not_found, {}, {}, {}, false}), kExitFailed);
}

}  // namespace
}  // namespace vedette::store::host
