// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <algorithm>

namespace countersign::http {
namespace {

unsigned char lower(char c) {
  return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

template <typename Map>
std::string_view value_or_empty(const Map& map, std::string_view name) {
  const auto found = map.find(name);
  return found == map.end() ? std::string_view{} : std::string_view{found->second};
}

Response response_of(int status, Bytes body, std::string_view content_type) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers.emplace("Content-Type", content_type);
  response.headers.emplace("Cache-Control", "no-store");
  response.headers.emplace("X-Content-Type-Options", "nosniff");
  return response;
}

}  // namespace

bool CaseInsensitiveLess::operator()(std::string_view a, std::string_view b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return lower(x) < lower(y); });
}

std::string_view Request::header(std::string_view name) const {
  return value_or_empty(headers, name);
}
std::string_view Request::parameter(std::string_view name) const {
  return value_or_empty(parameters, name);
}
std::string_view Request::query_value(std::string_view name) const {
  return value_or_empty(query, name);
}
std::string_view Response::header(std::string_view name) const {
  return value_or_empty(headers, name);
}

Response finished(Response response) {
  if (const auto finish = std::exchange(response.finish, nullptr)) finish(response);
  return response;
}

Response json_response(int status, std::string_view json) {
  return response_of(status, to_bytes(json), kJsonMediaType);
}

Response der_response(int status, Bytes der, std::string_view content_type) {
  return response_of(status, std::move(der), content_type);
}

Response html_response(int status, std::string_view html) {
  return response_of(status, to_bytes(html), "text/html; charset=utf-8");
}

Response text_response(int status, std::string_view text) {
  return response_of(status, to_bytes(text), "text/plain; charset=utf-8");
}

}  // namespace countersign::http
