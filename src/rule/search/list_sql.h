// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "event/lookup_list.h"

namespace vedette::rule::search {

/// The keys of a look-up list as parameters of a statement: arrays of at most
/// kListParameterBytesMax, so that a server takes each as a form field.
struct ListKeys {
    /// Keys that are compared in one way: all of a list, the networks of one prefix length, the
    /// domains of so many labels.
    struct Group {
        int size = 0;  ///< prefix length, or labels
        bool is_v4 = false;
        std::vector<std::string> always;  ///< "{pN:Array(String)}" of keys without times
        /// Keys with times, no key twice in one array: the keys, from when, to when.
        struct Timed {
            std::string keys, from, to;
        };
        std::vector<Timed> timed;
    };
    std::vector<Group> groups;
};

/// Makes a parameter of a value and gives its placeholder.
using MakeParameter = std::function<std::string(std::string_view type, std::string value)>;

ListKeys list_keys(const event::LookupList& list, const MakeParameter& parameter);

/// An expression that is 0 or 1: whether the list has the expression `value` at the time of the
/// row. It says what LookupList::find() says.
std::string list_condition(const event::LookupList& list, const ListKeys& keys,
                           const std::string& value);

}  // namespace vedette::rule::search
