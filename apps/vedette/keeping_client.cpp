// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/keeping_client.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "apps/vedette/server_client.h"
#include "base/json_text.h"

namespace vedette::apps {

using base::ErrorCode;

base::Result<std::string> ask_keeping(
    const std::string& data_folder, const std::string& path,
    std::initializer_list<std::pair<const char*, std::string>> members, bool is_post) {
    base::HttpClientRequest request;
    request.method = is_post || members.size() > 0 ? "POST" : "GET";
    request.target = path;
    std::string body = "{";
    for (const auto& [key, text] : members) {
        if (body.size() > 1) body += ',';
        base::append_json_string(body, key);
        body += ':';
        base::append_json_string(body, text);
    }
    body += '}';
    if (request.method == "POST") request.body = {body};
    VD_TRY(auto answer, ask_server(data_folder, request));
    if (answer) return std::move(*answer);
    return base::fail(ErrorCode::unavailable, "no server runs on this folder", data_folder,
                      "start `vedette serve`: it alone may change what is kept");
}

base::Result<void> for_each_line(
    const std::string& lines,
    const std::function<void(std::string_view is, simdjson::dom::object line)>& show) {
    simdjson::dom::parser parser;
    for (std::size_t begin = 0; begin < lines.size();) {
        const std::size_t end = std::min(lines.find('\n', begin), lines.size());
        const simdjson::padded_string padded(lines.data() + begin, end - begin);
        simdjson::dom::object line;
        if (parser.parse(padded).get(line) != simdjson::SUCCESS) {
            return base::fail(ErrorCode::corrupt, "the server's answer is not understood");
        }
        show(text_in(line, "is"), line);
        begin = end + 1;
    }
    return {};
}

std::string text_in(simdjson::dom::object line, const char* key) {
    std::string_view text;
    return line[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

std::uint64_t number_in(simdjson::dom::object line, const char* key) {
    std::uint64_t number = 0;
    return line[key].get(number) == simdjson::SUCCESS ? number : 0;
}

std::vector<std::string> texts_in(simdjson::dom::object line, const char* key) {
    std::vector<std::string> out;
    simdjson::dom::array list;
    if (line[key].get(list) != simdjson::SUCCESS) return out;
    for (const auto element : list) {
        std::string_view text;
        if (element.get(text) == simdjson::SUCCESS) out.emplace_back(text);
    }
    return out;
}

std::string who_asks() {
    if (const char* behind_sudo = std::getenv("SUDO_USER")) return behind_sudo;
    const passwd* user = ::getpwuid(::geteuid());
    return user != nullptr ? user->pw_name : std::to_string(::geteuid());
}

}  // namespace vedette::apps
