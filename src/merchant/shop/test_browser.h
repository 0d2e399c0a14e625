// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "http/router.h"

namespace countersign::merchant {

inline constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

inline bool contains(const http::Response& response, std::string_view part) {
  return as_text(response.body).find(part) != std::string_view::npos;
}

inline std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const auto begin = text.find(before);
  if (begin == std::string_view::npos) return "";
  const auto rest = text.substr(begin + before.size());
  return std::string(rest.substr(0, rest.find(after)));
}

// A browser: keeps cookies, follows the shop's redirects, sends forms with their hidden fields.
class Browser {
 public:
  explicit Browser(const http::Router& router) : router_(router) {}

  http::Response get(std::string path, std::map<std::string, std::string, std::less<>> query = {}) {
    http::Request request;
    request.path = std::move(path);
    request.query = std::move(query);
    return send(std::move(request));
  }
  http::Response post(std::string path, const std::string& body) {
    http::Request request;
    request.method = "POST";
    request.path = std::move(path);
    request.body = to_bytes(body);
    request.headers["Content-Type"] = kFormType;
    request.headers["Host"] = "127.0.0.1:8443";
    request.headers["Origin"] = origin;
    return send(std::move(request));
  }
  // The hidden fields of a page, ready to be sent.
  std::string fields(std::string path) {
    const auto page = get(std::move(path));
    const auto text = as_text(page.body);
    return "token=" + between(text, "name=\"token\" value=\"", "\"") +
           "&form=" + between(text, "name=\"form\" value=\"", "\"");
  }

  std::map<std::string, std::string> cookies;
  std::string origin = "https://127.0.0.1:8443";

 private:
  http::Response send(http::Request request) {
    std::string cookie;
    for (const auto& [name, value] : cookies) cookie += (cookie.empty() ? "" : "; ") + name + "=" + value;
    request.headers["Cookie"] = cookie;
    const auto match = router_.match(request, false);
    if (match.route == nullptr) return match.refusal;
    auto response = match.route->blocking(request);
    const std::string set(response.header("Set-Cookie"));
    if (!set.empty()) cookies[set.substr(0, set.find('='))] = between(set, "=", ";");
    return response;
  }

  const http::Router& router_;
};

}  // namespace countersign::merchant
